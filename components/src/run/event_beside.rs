//! The selected event beside the run.

use crate::event::EventDetail;
use crate::theme::mount_style;
use leptos::prelude::*;
use workflow_ui_core::UseWorkflowHandlerReturn;

const STYLE: &str = include_str!("event_beside.css");

/// A view of a run with the selected event beside it, or over it where there is no room.
#[component]
pub(super) fn EventBeside(
    run: UseWorkflowHandlerReturn,
    /// The sequence of the selected event.
    selection: RwSignal<Option<u64>>,
    /// The view of the run.
    frame: AnyView,
) -> impl IntoView {
    mount_style(STYLE);
    // Another run has other events.
    Effect::new(move |_| {
        run.handler_id.track();
        run.run_id.track();
        selection.set(None);
    });
    let sequence = Signal::derive(move || selection.get().unwrap_or_default());
    view! {
        <div class="wf-whole">
            {frame}
            <Show when=move || selection.with(Option::is_some)>
                <div class="wf-whole__event">
                    <EventDetail run sequence on_close=move |()| selection.set(None) />
                </div>
            </Show>
        </div>
    }
}
