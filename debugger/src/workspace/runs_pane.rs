//! The list of runs, with the state of the page.

use crate::state::WorkspaceState;
use leptos::prelude::*;
use workflow_ui_components::runs::RunList;
use workflow_ui_core::UseWorkflowHandlerListReturn;

/// All runs of the server.
#[component]
pub(super) fn RunsPane() -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    let UseWorkflowHandlerListReturn {
        handlers,
        loading,
        error,
        freshness,
        ..
    } = state.runs;
    view! {
        <RunList
            runs=handlers
            loading
            error
            freshness
            open=state.navigation.part(|state| state.run.clone())
            on_open=Callback::new(move |id| state.open_run(id))
        />
    }
}
