//! The `detail`s of the elements' events, and the entries of the property `prompts`.

use serde::Serialize;
use serde_json::value::RawValue;
use workflow_protocol::{Prompt, RawJson};

/// What every event of a run has, and what one kind of event adds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunDetail<'a, T> {
    pub(crate) handler_id: &'a str,
    /// Empty until the run is known.
    pub(crate) run_id: &'a str,
    #[serde(flatten)]
    pub(crate) more: T,
}

/// `workflow-cancelled` adds nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Cancelled {}

/// `workflow-started`.
#[derive(Debug, Serialize)]
pub(crate) struct Started<'a> {
    pub(crate) workflow: &'a str,
    pub(crate) input: &'a RawJson,
}

/// `workflow-status`.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    pub(crate) status: &'static str,
}

/// `workflow-event`.
#[derive(Debug, Serialize)]
pub(crate) struct Event<'a> {
    pub(crate) sequence: u64,
    #[serde(rename = "type")]
    pub(crate) class: &'a str,
    pub(crate) value: Payload<'a>,
}

/// The fields of an event.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Payload<'a> {
    /// As the server wrote them.
    Json(&'a RawValue),
    /// The text of a frame that is not JSON.
    Text(&'a str),
}

impl<'a> Payload<'a> {
    /// The payload with this text; `null` for one that is not in memory.
    pub(crate) fn new(text: Option<&'a str>) -> Self {
        text.map_or(Self::Json(RawValue::NULL), |text| {
            serde_json::from_str(text).map_or(Self::Text(text), Self::Json)
        })
    }
}

/// `workflow-input-required`, and an entry of the property `prompts`.
#[derive(Debug, Serialize)]
pub(crate) struct PromptDetail<'a> {
    sequence: u64,
    #[serde(rename = "type")]
    class: &'a str,
    text: String,
    value: &'a RawJson,
}

impl<'a> From<&'a Prompt> for PromptDetail<'a> {
    fn from(prompt: &'a Prompt) -> Self {
        Self {
            sequence: prompt.sequence,
            class: &prompt.class,
            text: prompt.text(),
            value: &prompt.value,
        }
    }
}

/// `workflow-completed`.
#[derive(Debug, Serialize)]
pub(crate) struct Completed {
    pub(crate) result: RawJson,
}

/// `workflow-failed`.
#[derive(Debug, Serialize)]
pub(crate) struct Failed {
    pub(crate) status: &'static str,
    pub(crate) error: String,
}

/// `workflow-select` of a list of runs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Selected<'a> {
    pub(crate) handler_id: &'a str,
    pub(crate) workflow: &'a str,
}

/// The JSON of a detail, or of a list of them.
pub(crate) fn to_json(detail: &impl Serialize) -> String {
    // Fails only for map keys that are no strings, and there are no maps.
    serde_json::to_string(detail).unwrap_or_else(|_| String::from("null"))
}
