//! Handlers: the server's records of runs. A handler has an id and can be continued with another run.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::envelope::EnvelopeParts;
use crate::json::{Members, decode, text_of};
use crate::{DecodeError, Envelope, RawJson};

/// The record of a workflow's latest run, addressed by id. A continued handler gets another run.
///
/// Decoding is tolerant: only `handler_id` and `status` are required, so that older and newer servers work. The fields are serialised
/// in the server's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handler {
    /// The id of the handler on its server.
    pub handler_id: String,
    /// The workflow's name as registered with the server; empty if unknown.
    #[serde(default)]
    pub workflow_name: String,
    /// The id of the latest run. Sequences are numbered within a run, so a cursor belongs to the run, not to the handler.
    pub run_id: Option<String>,
    /// Why the run failed, as the server's text. Also set after a timeout.
    pub error: Option<String>,
    /// The stop event of a completed run. `None` for failed and cancelled runs.
    pub result: Option<StopResult>,
    /// Whether there is a result that the server can no longer decode.
    #[serde(default)]
    pub result_unreadable: bool,
    /// The status of the run.
    pub status: HandlerStatus,
    /// When the latest run started: ISO 8601 with microseconds and offset. Empty if missing.
    #[serde(default)]
    pub started_at: String,
    /// When the status or idleness last changed. Does not change with each event.
    pub updated_at: Option<String>,
    /// When the run ended.
    pub completed_at: Option<String>,
}

impl Handler {
    /// Reads a handler. Every response to `GET /handlers/{id}` contains one: the HTTP status 200, 202 or 500 repeats the run's status
    /// (observed on llama-agents-server 0.8.0).
    ///
    /// # Errors
    /// If the text is not a JSON object with `handler_id` and `status`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode("handler", json)
    }

    /// Reads the response to `GET /handlers`. Invalid rows are reported separately.
    ///
    /// # Errors
    /// If the text is not a JSON object with a list `handlers`.
    pub fn parse_list(json: &str) -> Result<HandlerList, DecodeError> {
        #[derive(Deserialize)]
        struct Rows<'a> {
            #[serde(borrow)]
            handlers: Vec<&'a RawValue>,
        }
        let Rows { handlers } = decode("handler list", json)?;
        let mut list = HandlerList::default();
        for row in handlers {
            match Self::parse(row.get()) {
                Ok(handler) => list.handlers.push(handler),
                Err(error) => list.unreadable.push(error),
            }
        }
        Ok(list)
    }
}

/// The handlers of a server, in no particular order: the response to `GET /handlers`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HandlerList {
    /// The valid rows.
    pub handlers: Vec<Handler>,
    /// Why the other rows could not be read. Not serialised.
    #[serde(skip)]
    pub unreadable: Vec<DecodeError>,
}

/// The status of a handler's latest run, as sent by the server.
///
/// A run that waits for a person is `Running`, and a run that timed out is `Failed`: the server has no other values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub enum HandlerStatus {
    /// Running, or waiting.
    Running,
    /// Ended with a result.
    Completed,
    /// Ended with an error or a timeout.
    Failed,
    /// Cancelled on request.
    Cancelled,
    /// Another status of a newer server.
    Other(String),
}

impl HandlerStatus {
    /// The status as on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Other(word) => word,
        }
    }

    /// Whether the run has ended. Unknown statuses do not count as ended.
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

impl From<&str> for HandlerStatus {
    fn from(word: &str) -> Self {
        match word {
            "running" => Self::Running,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for HandlerStatus {
    fn from(word: String) -> Self {
        word.as_str().into()
    }
}

impl fmt::Display for HandlerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for HandlerStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The event that ended a completed run. Serialised as an envelope, or as the bare `value` if it has no class.
#[derive(Clone, Debug, PartialEq)]
pub struct StopResult {
    /// The event's fields as sent. A result without an envelope (older servers, `GET /results/{id}`) is kept unchanged.
    pub value: RawJson,
    /// The class with its Python module.
    pub qualified_name: Option<String>,
    /// The event's class, `type` on the wire; `StopEvent` unless the workflow defines its own.
    pub class: Option<String>,
    /// The ancestors between the class and `Event`; null on the wire if there are none.
    pub types: Option<Vec<String>>,
}

impl StopResult {
    /// The result for display: the inner `result` of a plain `StopEvent` (null if it has none), all fields of a subclass.
    ///
    /// ```
    /// # use workflow_protocol::Handler;
    /// let json = r#"{"handler_id":"a","status":"completed","result":{"value":{"result":7},"type":"StopEvent","types":null}}"#;
    /// let result = Handler::parse(json)?.result.ok_or("no result")?;
    /// assert_eq!(result.shown().as_str(), "7");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shown(&self) -> RawJson {
        if self.class.as_deref() != Some("StopEvent") {
            return self.value.clone();
        }
        let Some(members) = Members::read(self.value.as_str()) else {
            return self.value.clone();
        };
        members.get("result").map_or_else(RawJson::null, RawJson::checked)
    }

    /// The result as a typed value: the `result` of a plain `StopEvent`, the fields of any other.
    ///
    /// # Errors
    /// If it has another shape.
    ///
    /// ```
    /// # use workflow_protocol::Handler;
    /// let json = r#"{"handler_id":"a","status":"completed","result":{"value":{"result":7},"type":"StopEvent","types":null}}"#;
    /// let result = Handler::parse(json)?.result.ok_or("no result")?;
    /// assert_eq!(result.decode::<u32>()?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decode<T: serde::de::DeserializeOwned>(&self) -> Result<T, DecodeError> {
        self.shown().decode()
    }

    fn read(json: &str) -> Self {
        let parts = EnvelopeParts::parse(json).unwrap_or_default();
        // Without a class it is not an envelope but an older server's bare result, which may have a field of that name.
        let (Some(value), Some(class)) = (parts.value, parts.name()) else {
            return Self {
                value: RawJson::checked(json),
                class: None,
                types: None,
                qualified_name: None,
            };
        };
        Self {
            value: RawJson::checked(value),
            class: Some(class.into()),
            types: parts
                .types()
                .map(|types| types.into_iter().map(Into::into).collect()),
            qualified_name: parts.qualified_name.and_then(text_of).map(Into::into),
        }
    }
}

impl Serialize for StopResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(class) = &self.class else {
            return self.value.serialize(serializer);
        };
        let envelope = Envelope::new(
            self.value.as_str(),
            class,
            self.types.as_ref(),
            self.qualified_name.as_deref(),
        );
        envelope.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StopResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = RawJson::deserialize(deserializer)?;
        if json.is_null() {
            return Err(D::Error::custom("a result can't be null"));
        }
        Ok(Self::read(json.as_str()))
    }
}
