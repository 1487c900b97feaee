//! Signals for starting, watching, listing and answering runs. One file per hook.

mod handler_actions;
mod use_workflow;
mod use_workflow_handler;
mod use_workflow_handler_list;
mod use_workflow_run;
mod use_workflows;

pub use handler_actions::{
    CancelRun, ClearEvents, RefreshHandler, Respond, SendEventToRun, StartStreaming, StopStreaming,
};
pub use use_workflow::{RefreshWorkflow, UseWorkflowReturn, use_workflow};
pub use use_workflow_handler::{
    UseWorkflowHandlerOptions, UseWorkflowHandlerReturn, use_workflow_handler,
    use_workflow_handler_with_options,
};
pub use use_workflow_handler_list::{
    ClearCompleted, RefreshHandlers, UseWorkflowHandlerListReturn, use_workflow_handler_list,
};
pub use use_workflow_run::{RunWorkflow, RunWorkflowOptions, UseWorkflowRunReturn, use_workflow_run};
pub use use_workflows::{RefreshWorkflows, UseWorkflowsReturn, use_workflows};
