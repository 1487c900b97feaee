//! JSON schemas of a workflow's events, kept as text; forms are made of them elsewhere.

use std::borrow::Cow;

use serde::Deserialize;

use crate::error::decode_object;
use crate::json::{Members, text_of};
use crate::{DecodeError, RawJson};

/// The schemas of a workflow's start and stop events: the answer to `GET /workflows/{name}/schema`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WorkflowSchema {
    /// What a run is started with; `null` when not told. Empty `properties` mean that any keys are taken.
    #[serde(default)]
    pub start: RawJson,
    /// What a run ends with; `null` when not told.
    #[serde(default)]
    pub stop: RawJson,
}

impl WorkflowSchema {
    /// Reads the server's answer.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode_object("workflow schema", json)
    }
}

/// The schemas of the events that can be sent to a workflow: the answer to `GET /workflows/{name}/events`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventSchemas(pub Vec<RawJson>);

impl EventSchemas {
    /// Reads the server's answer.
    ///
    /// # Errors
    /// When the text is no JSON object with a list `events`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        #[derive(Deserialize)]
        struct Frame {
            events: Vec<RawJson>,
        }
        decode_object("event schemas", json).map(|Frame { events }| Self(events))
    }

    /// The class of one of them.
    pub fn title(&self, index: usize) -> Option<String> {
        self.0.get(index).and_then(schema_title)
    }
}

/// A schema's `title`, which is the class's name unless its author chose another.
pub fn schema_title(schema: &RawJson) -> Option<String> {
    let Members(members) = serde_json::from_str(schema.as_str()).ok()?;
    let (_, title) = members.iter().find(|(key, _)| key == "title")?;
    text_of(title.get()).map(Cow::into_owned)
}

/// The names of a server's workflows: the answer to `GET /workflows`, in the order of registration.
///
/// # Errors
/// When the text is no JSON object with a list `workflows` of strings.
pub fn parse_workflows(json: &str) -> Result<Vec<String>, DecodeError> {
    #[derive(Deserialize)]
    struct Frame {
        workflows: Vec<String>,
    }
    decode_object("workflow list", json).map(|Frame { workflows }| workflows)
}
