//! Handlers: the records that clients address by id.

use std::sync::Arc;

use workflow_protocol::{self as protocol, HandlerStatus, StopResult};

use super::event::raw_json;
use super::{Event, now_text};

/// One handler, pointing to its latest run.
#[derive(Debug, Clone)]
pub struct Handler {
    /// Its id.
    pub handler_id: String,
    /// Name of the workflow.
    pub workflow_name: String,
    /// Id of the latest run.
    pub run_id: String,
    /// Status of the latest run.
    pub status: HandlerStatus,
    /// The message of a failure.
    pub error: Option<Arc<str>>,
    /// The stop event of a completed run.
    pub result: Option<Event>,
    /// When the latest run began.
    pub started_at: String,
    /// When its status or its idle state changed.
    pub updated_at: String,
    /// When it ended.
    pub completed_at: Option<String>,
}

impl Handler {
    /// A handler whose run starts now.
    #[must_use]
    pub fn new(handler_id: String, workflow_name: String, run_id: String) -> Self {
        let now = now_text();
        Self {
            handler_id,
            workflow_name,
            run_id,
            status: HandlerStatus::Running,
            error: None,
            result: None,
            updated_at: now.clone(),
            started_at: now,
            completed_at: None,
        }
    }

    /// The handler as the server returns it.
    #[must_use]
    pub fn answer(&self) -> protocol::Handler {
        self.answer_with(self.result.as_ref().map(Event::to_result))
    }

    /// The handler as the deprecated `/results` returns it: `result` has no envelope.
    #[must_use]
    pub fn unwrapped_answer(&self) -> protocol::Handler {
        let value = self.result.as_ref().and_then(|event| {
            if event.class.name == "StopEvent" {
                event.field("result").map(|result| raw_json(&result))
            } else {
                Some(raw_json(&event.value))
            }
        });
        self.answer_with(value.map(|value| StopResult {
            value,
            qualified_name: None,
            class: None,
            types: None,
        }))
    }

    fn answer_with(&self, result: Option<StopResult>) -> protocol::Handler {
        protocol::Handler {
            handler_id: self.handler_id.clone(),
            workflow_name: self.workflow_name.clone(),
            run_id: Some(self.run_id.clone()),
            error: self.error.as_deref().map(str::to_owned),
            result,
            result_unreadable: false,
            status: self.status.clone(),
            started_at: self.started_at.clone(),
            updated_at: Some(self.updated_at.clone()),
            completed_at: self.completed_at.clone(),
        }
    }
}
