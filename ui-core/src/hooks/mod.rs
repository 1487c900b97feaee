//! The hooks: start, follow, list and answer runs. One file per hook.

mod handler_actions;
mod use_monitor;
mod use_or_start_run;
mod use_pending_inputs;
mod use_run_to_completion;
mod use_server_state;
mod use_workflow;
mod use_workflow_events;
mod use_workflow_handler;
mod use_workflow_handler_list;
mod use_workflow_run;
mod use_workflows;
mod watching;

pub use handler_actions::{
    CancelRun, ClearEvents, RefreshHandler, Respond, SendEventToRun, StartStreaming, StopStreaming,
};
pub use use_monitor::{
    DeploymentHealth, DeploymentState, LegacyDeployment, MonitorSource, MonitoredDeployment, OtherServer,
    UseMonitorOptions, UseMonitorReturn, use_monitor, use_monitor_with_options,
};
pub use use_or_start_run::{
    StartAnother, UseOrStartRunOptions, UseOrStartRunReturn, use_or_start_run, use_or_start_run_with_options,
};
pub use use_pending_inputs::{
    PendingInput, UsePendingInputsOptions, UsePendingInputsReturn, use_pending_inputs,
    use_pending_inputs_with_options,
};
pub use use_run_to_completion::{
    RunToCompletion, UseRunToCompletionOptions, UseRunToCompletionReturn, use_run_to_completion,
    use_run_to_completion_with_options,
};
pub use use_server_state::{
    UseServerStateOptions, UseServerStateReturn, use_server_state, use_server_state_with_options,
};
pub use use_workflow::{
    RefreshWorkflow, UseWorkflowOptions, UseWorkflowReturn, use_workflow, use_workflow_with_options,
};
pub use use_workflow_events::{
    TypedEvent, TypedEventError, TypedEvents, UseWorkflowEventsOptions, UseWorkflowEventsReturn,
    use_workflow_events, use_workflow_events_with_options,
};
pub use use_workflow_handler::{
    UseWorkflowHandlerOptions, UseWorkflowHandlerReturn, use_workflow_handler,
    use_workflow_handler_with_options,
};
pub use use_workflow_handler_list::{
    ClearCompleted, RefreshHandlers, UseWorkflowHandlerListOptions, UseWorkflowHandlerListReturn,
    use_workflow_handler_list, use_workflow_handler_list_with_options,
};
#[cfg(feature = "cloud")]
pub(crate) use use_workflow_run::Counted;
pub use use_workflow_run::{
    RunWorkflow, RunWorkflowOptions, UseWorkflowRunOptions, UseWorkflowRunReturn, use_workflow_run,
    use_workflow_run_with_options,
};
pub use use_workflows::{
    RefreshWorkflows, UseWorkflowsOptions, UseWorkflowsReturn, use_workflows, use_workflows_with_options,
};
