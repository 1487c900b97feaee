//! Handlers: the addressable records that clients know.

use std::fmt::Write;
use std::sync::Arc;

use super::{Event, now_text};

/// What a handler's `status` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not ended.
    Running,
    /// Ended with a result.
    Completed,
    /// Failed or timed out.
    Failed,
    /// Cancelled by a client.
    Cancelled,
}

impl Status {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the run has ended.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Running)
    }
}

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
    pub status: Status,
    /// Words of a failure.
    pub error: Option<Arc<str>>,
    /// The stop event of a completed run.
    pub result: Option<Event>,
    /// When the latest run began.
    pub started_at: String,
    /// When its status, or its being idle, changed.
    pub updated_at: String,
    /// When it ended.
    pub completed_at: Option<String>,
}

impl Handler {
    /// A handler whose run begins now.
    #[must_use]
    pub fn new(handler_id: String, workflow_name: String, run_id: String) -> Self {
        let now = now_text();
        Self {
            handler_id,
            workflow_name,
            run_id,
            status: Status::Running,
            error: None,
            result: None,
            updated_at: now.clone(),
            started_at: now,
            completed_at: None,
        }
    }

    /// The handler as JSON, with the keys in the server's order.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.json_with(
            &self
                .result
                .as_ref()
                .map_or_else(|| "null".to_owned(), Event::envelope),
        )
    }

    /// The handler as the deprecated `/results` answers: `result` is unwrapped.
    #[must_use]
    pub fn to_unwrapped_json(&self) -> String {
        let result = match &self.result {
            None => "null".to_owned(),
            Some(event) if event.class.name == "StopEvent" => event
                .field("result")
                .map_or_else(|| "null".to_owned(), |result| result.to_string()),
            Some(event) => event.value.to_string(),
        };
        self.json_with(&result)
    }

    fn json_with(&self, result: &str) -> String {
        let mut out = String::with_capacity(400 + result.len());
        let optional = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quoted);
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "{{\"handler_id\":{},\"workflow_name\":{},\"run_id\":{},\"error\":{},\"result\":{result},\
             \"result_unreadable\":false,\"status\":\"{}\",\"started_at\":{},\"updated_at\":{},\"completed_at\":{}}}",
            quoted(&self.handler_id),
            quoted(&self.workflow_name),
            quoted(&self.run_id),
            optional(self.error.as_deref()),
            self.status.as_str(),
            quoted(&self.started_at),
            quoted(&self.updated_at),
            optional(self.completed_at.as_deref()),
        );
        out
    }
}

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}
