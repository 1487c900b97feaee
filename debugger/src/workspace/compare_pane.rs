//! The comparison of the open run with another one, and the dialog that chooses that run.

use crate::state::WorkspaceState;
use leptos::prelude::*;
use std::sync::Arc;
use workflow_protocol::HandlerState;
use workflow_ui_components::compare::RunCompare;
use workflow_ui_components::dialog::Dialog;
use workflow_ui_components::runs::RunList;
use workflow_ui_core::UseWorkflowHandlerListReturn;

/// The comparison of the open run with the run in the address.
#[component]
pub(super) fn ComparePane() -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    view! {
        <RunCompare
            run=state.run
            with=state.compared
            input_of=move |id: String| state.input_of(&id)
            on_open=move |(id, sequence)| state.open_compared_event(id, sequence)
            on_close=move |()| state.close_comparison()
        />
    }
}

/// The dialog that chooses the run to compare with.
#[component]
pub(super) fn CompareDialog() -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    let open = state.compare_open;
    view! {
        <Dialog open title="Compare with">
            <div class="wf-page__choice">
                <RunList
                    runs=with_newer_last(state.runs)
                    editable=false
                    open=state.run.handler_id
                    on_open=move |second| {
                        open.set(false);
                        if let Some(first) = state.run.handler_id.get_untracked() {
                            state.compare(first, second);
                        }
                    }
                />
            </div>
        </Dialog>
    }
}

/// The runs of now in their order, and those that start later behind them: no row moves away from the pointer.
fn with_newer_last(runs: UseWorkflowHandlerListReturn) -> UseWorkflowHandlerListReturn {
    let started = |run: &Arc<HandlerState>| run.handler.started_at.clone();
    let newest = runs.handlers.with_untracked(|runs| runs.first().map(started));
    let handlers = Signal::derive(move || {
        let mut runs = runs.handlers.get();
        let newer = runs.partition_point(|run| Some(&run.handler.started_at) > newest.as_ref());
        if let Some(newer) = runs.get_mut(..newer) {
            newer.reverse();
        }
        runs.rotate_left(newer);
        runs
    });
    UseWorkflowHandlerListReturn { handlers, ..runs }
}
