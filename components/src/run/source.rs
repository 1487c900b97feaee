//! Which run a component shows.

use leptos::prelude::Signal;
use workflow_ui_core::{UseWorkflowHandlerReturn, use_workflow_handler};

/// The given run, or else the run of this handler, watched for as long as the current owner lives.
pub(crate) fn run_or_watch(
    run: Option<UseWorkflowHandlerReturn>,
    handler_id: Signal<Option<String>>,
) -> UseWorkflowHandlerReturn {
    run.unwrap_or_else(|| use_workflow_handler(handler_id, true))
}
