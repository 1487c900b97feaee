//! Which run a component shows.

use leptos::prelude::Signal;
use workflow_ui_core::{Events, UseWorkflowHandlerReturn, use_workflow_handler};

/// The given run, or else the run of this handler, watched for as long as the current owner lives.
pub(crate) fn run_or_watch(
    run: Option<UseWorkflowHandlerReturn>,
    handler_id: Signal<Option<String>>,
) -> UseWorkflowHandlerReturn {
    run.unwrap_or_else(|| use_workflow_handler(handler_id, true))
}

/// The events of the given run, or the given events, or else those of the run of this handler.
pub(crate) fn events_or_watch(
    run: Option<UseWorkflowHandlerReturn>,
    events: Option<Signal<Events>>,
    handler_id: Signal<Option<String>>,
) -> Signal<Events> {
    run.map(|run| run.events)
        .or(events)
        .unwrap_or_else(|| use_workflow_handler(handler_id, true).events)
}
