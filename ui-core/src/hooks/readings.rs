//! The hooks for pages that count their bytes: the same as those above, with a [`Reading`] in the place of each signal.
//!
//! A `Signal<T>` brings some two kilobytes of code for every `T` that a page reads. The code of a [`Reading`] exists once.
//!
//! ```no_run
//! use workflow_ui_core::readings::{Reading, UseWorkflowHandlerReturn, use_workflow_handler};
//!
//! let id = Reading::derive(|| "h1".to_owned());
//! let UseWorkflowHandlerReturn { status, .. } = use_workflow_handler(id, true);
//! let running = status.get().as_str();
//! ```

pub use crate::reactive::{Held, Live, Reading, Readings, Signals, Values};

use super::{
    UsePendingInputsOptions, UseWorkflowHandlerListOptions, UseWorkflowHandlerOptions, UseWorkflowOptions,
    UseWorkflowRunOptions, UseWorkflowsOptions,
};

/// What [`use_workflow_handler`] gives.
pub type UseWorkflowHandlerReturn = super::use_workflow_handler::UseWorkflowHandlerReturn<Readings>;
/// What [`use_workflow_handler_list`] gives.
pub type UseWorkflowHandlerListReturn =
    super::use_workflow_handler_list::UseWorkflowHandlerListReturn<Readings>;
/// What [`use_workflow`] gives.
pub type UseWorkflowReturn = super::use_workflow::UseWorkflowReturn<Readings>;
/// What [`use_workflows`] gives.
pub type UseWorkflowsReturn = super::use_workflows::UseWorkflowsReturn<Readings>;
/// What [`use_workflow_run`] gives.
pub type UseWorkflowRunReturn = super::use_workflow_run::UseWorkflowRunReturn<Readings>;
/// What [`use_pending_inputs_with_options`] gives.
pub type UsePendingInputsReturn = super::use_pending_inputs::UsePendingInputsReturn<Readings>;

/// See [`use_workflow_handler`](crate::use_workflow_handler).
pub fn use_workflow_handler(handler_id: Reading<String>, auto_stream: bool) -> UseWorkflowHandlerReturn {
    super::use_workflow_handler::workflow_handler(
        handler_id,
        auto_stream,
        UseWorkflowHandlerOptions::default(),
    )
}

/// See [`use_workflow_handler_list`](crate::use_workflow_handler_list).
pub fn use_workflow_handler_list(workflow_name: Reading<Option<String>>) -> UseWorkflowHandlerListReturn {
    super::use_workflow_handler_list::handler_list(workflow_name, UseWorkflowHandlerListOptions::default())
}

/// See [`use_workflow`](crate::use_workflow).
pub fn use_workflow(name: Reading<String>) -> UseWorkflowReturn {
    super::use_workflow::workflow(name, UseWorkflowOptions::default())
}

/// See [`use_workflows`](crate::use_workflows).
pub fn use_workflows() -> UseWorkflowsReturn {
    super::use_workflows::workflows(UseWorkflowsOptions::default())
}

/// What [`use_server_state`] gives.
pub type UseServerStateReturn = super::use_server_state::UseServerStateReturn<Readings>;

/// See [`use_server_state`](crate::use_server_state).
pub fn use_server_state() -> UseServerStateReturn {
    super::use_server_state::server_state(None)
}

/// See [`use_workflow_run`](crate::use_workflow_run).
pub fn use_workflow_run() -> UseWorkflowRunReturn {
    super::use_workflow_run::workflow_run(UseWorkflowRunOptions::default())
}

/// See [`use_pending_inputs_with_options`](crate::use_pending_inputs_with_options).
pub fn use_pending_inputs_with_options(options: UsePendingInputsOptions) -> UsePendingInputsReturn {
    super::use_pending_inputs::pending_inputs(options)
}

impl From<super::UseWorkflowHandlerReturn> for UseWorkflowHandlerReturn {
    fn from(hook: super::UseWorkflowHandlerReturn) -> Self {
        Self {
            handler: hook.handler.into(),
            events: hook.events.into(),
            is_streaming: hook.is_streaming.into(),
            stop_streaming: hook.stop_streaming,
            start_streaming: hook.start_streaming,
            clear_events: hook.clear_events,
            send_event: hook.send_event,
            respond: hook.respond,
            cancel: hook.cancel,
            refresh: hook.refresh,
            status: hook.status.into(),
            connection: hook.connection.into(),
            run_id: hook.run_id.into(),
            prompts: hook.prompts.into(),
            sent: hook.sent.into(),
            answers: hook.answers.into(),
            result: hook.result.into(),
            error: hook.error.into(),
            suspected_stop: hook.suspected_stop.into(),
            wire: hook.wire.into(),
        }
    }
}

impl From<super::UseWorkflowReturn> for UseWorkflowReturn {
    fn from(hook: super::UseWorkflowReturn) -> Self {
        Self {
            schema: hook.schema.into(),
            event_schemas: hook.event_schemas.into(),
            graph: hook.graph.into(),
            loading: hook.loading.into(),
            error: hook.error.into(),
            next_try: hook.next_try.into(),
            refresh: hook.refresh,
        }
    }
}

impl From<super::UseWorkflowsReturn> for UseWorkflowsReturn {
    fn from(hook: super::UseWorkflowsReturn) -> Self {
        Self {
            names: hook.names.into(),
            loading: hook.loading.into(),
            error: hook.error.into(),
            next_try: hook.next_try.into(),
            refresh: hook.refresh,
        }
    }
}
