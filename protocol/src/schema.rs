//! JSON Schemas of a workflow's events, kept as text. `workflow-inspector` creates forms from them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::json::{Members, decode};
use crate::{DecodeError, RawJson};

/// The schemas of a workflow's start and stop events: the response to `GET /workflows/{name}/schema`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowSchema {
    /// The schema of the start event; `null` when missing. Empty `properties` mean that any keys are accepted.
    #[serde(default)]
    pub start: RawJson,
    /// The schema of the stop event; `null` when missing.
    #[serde(default)]
    pub stop: RawJson,
}

impl WorkflowSchema {
    /// Reads the server's response.
    ///
    /// # Errors
    /// If the text is not a JSON object.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode("workflow schema", json)
    }
}

/// The schemas of the events that can be sent to a workflow: the response to `GET /workflows/{name}/events`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSchemas {
    /// One schema for each class.
    pub events: Vec<RawJson>,
}

impl EventSchemas {
    /// Reads the server's response.
    ///
    /// # Errors
    /// If the text is not a JSON object with a list `events`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode("event schemas", json)
    }

    /// The class of one of them.
    pub fn title(&self, index: usize) -> Option<String> {
        self.events.get(index).and_then(schema_title)
    }
}

/// A schema's `title`, which is the class name unless its author chose another; see [`schema_class`](crate::schema_class).
pub fn schema_title(schema: &RawJson) -> Option<String> {
    let title = Members::read(schema.as_str())?.text("title");
    title.map(Cow::into_owned)
}

/// The names of a server's workflows, in the order of registration: the response to `GET /workflows`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowList {
    /// The names.
    pub workflows: Vec<String>,
}

/// The response to `GET /health` (`healthy`), to a cancel (`cancelled`, `deleted`) and to a sent event (`sent`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// The status as one word.
    pub status: String,
}

/// An error response. Clients read it with [`error_detail`](crate::error_detail), which supports other shapes too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorAnswer {
    /// The server's message; validation errors have several lines.
    pub detail: String,
}

/// The names of a server's workflows: the response to `GET /workflows`, in the order of registration.
///
/// # Errors
/// If the text is not a JSON object with a list `workflows` of strings.
pub fn parse_workflows(json: &str) -> Result<Vec<String>, DecodeError> {
    decode("workflow list", json).map(|WorkflowList { workflows }| workflows)
}

/// The `status` in the responses to `GET /health` and to a cancel; `what` names the response in the error.
///
/// # Errors
/// If the text is not a JSON object with a string `status`.
pub fn parse_status(what: &'static str, json: &str) -> Result<String, DecodeError> {
    decode(what, json).map(|StatusAnswer { status }| status)
}
