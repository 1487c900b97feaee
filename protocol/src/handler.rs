//! Handlers: the server's record of a run that can be named, watched and continued.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::envelope::EnvelopeParts;
use crate::error::decode_object;
use crate::json::{Members, text_of};
use crate::{DecodeError, RawJson};

/// The addressable record of a workflow's latest run. A handler can be continued, and then has another run.
///
/// Read tolerantly: only `handler_id` and `status` must be there, so that older and newer servers work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handler {
    /// Names the handler on its server.
    pub handler_id: String,
    /// The workflow's name as registered with the server; empty when not told.
    #[serde(default, deserialize_with = "or_default")]
    pub workflow_name: String,
    /// Names the latest run. Sequences count within a run, so a cursor belongs to this, not to the handler.
    #[serde(default)]
    pub run_id: Option<String>,
    /// Where the run stands.
    pub status: HandlerStatus,
    /// When the latest run began: ISO 8601 with microseconds and offset. Empty when not told.
    #[serde(default, deserialize_with = "or_default")]
    pub started_at: String,
    /// When status or idleness last changed; does not move with each event.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// When the run ended.
    #[serde(default)]
    pub completed_at: Option<String>,
    /// Why a run failed, in the server's words; also told of a timeout.
    #[serde(default)]
    pub error: Option<String>,
    /// The event that a completed run stopped with; none for failed and cancelled runs.
    #[serde(default)]
    pub result: Option<StopResult>,
    /// Whether there is a result that the server itself can't decode any more.
    #[serde(default, deserialize_with = "or_default")]
    pub result_unreadable: bool,
}

impl Handler {
    /// Reads a handler. The answer to `GET /handlers/{id}` is one whatever its HTTP status: 200, 202 and 500 repeat how the run
    /// stands (observed on llama-agents-server 0.8.0).
    ///
    /// # Errors
    /// When the text is no JSON object with `handler_id` and `status`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode_object("handler", json)
    }

    /// Reads the answer to `GET /handlers`. Rows that can't be read are told apart, not lost.
    ///
    /// # Errors
    /// When the text is no JSON object with a list `handlers`.
    pub fn parse_list(json: &str) -> Result<HandlerList, DecodeError> {
        #[derive(Deserialize)]
        struct Frame<'a> {
            #[serde(borrow)]
            handlers: Vec<&'a RawValue>,
        }
        let Frame { handlers: rows } = decode_object("handler list", json)?;
        let mut list = HandlerList {
            handlers: Vec::with_capacity(rows.len()),
            unreadable: Vec::new(),
        };
        for row in rows {
            match Self::parse(row.get()) {
                Ok(handler) => list.handlers.push(handler),
                Err(error) => list.unreadable.push(error),
            }
        }
        Ok(list)
    }
}

/// The handlers of a server, in no particular order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HandlerList {
    /// The rows that could be read.
    pub handlers: Vec<Handler>,
    /// Why the other rows could not.
    pub unreadable: Vec<DecodeError>,
}

/// Where a handler's latest run stands, as the server tells it.
///
/// The server has no word for a run that waits for a person (it is `Running`) nor for a timeout (`Failed`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HandlerStatus {
    /// Running, or waiting.
    Running,
    /// Ended with a result.
    Completed,
    /// Ended with an error or a timeout.
    Failed,
    /// Ended on request.
    Cancelled,
    /// What a newer server may say.
    Other(String),
}

impl HandlerStatus {
    /// The wire's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Other(word) => word,
        }
    }

    /// Whether the run has ended. An unknown word is no end.
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

impl<'de> Deserialize<'de> for HandlerStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = HandlerStatus;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a status")
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<HandlerStatus, E> {
                Ok(word.into())
            }
        }
        deserializer.deserialize_str(Word)
    }
}

/// The event that a completed run stopped with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StopResult {
    /// The event's fields as sent. A result that is no envelope (an older server's) is kept whole.
    pub value: RawJson,
    /// The event's class; `StopEvent` unless the workflow has its own.
    #[serde(rename = "type")]
    pub class: Option<String>,
    /// Its ancestors between the class and `Event`; the wire says null where there are none.
    pub types: Option<Vec<String>>,
    /// The class with its Python module.
    pub qualified_name: Option<String>,
}

impl StopResult {
    /// What a reader takes for the result: the inner `result` of a plain `StopEvent` (null when it has none), all fields of a
    /// subclass.
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
        let Ok(Members(members)) = serde_json::from_str(self.value.as_str()) else {
            return self.value.clone();
        };
        let inner = members.iter().find(|(key, _)| key == "result");
        inner.map_or_else(RawJson::null, |(_, value)| RawJson::from_raw(value))
    }

    fn read(json: &RawValue) -> Option<Self> {
        if json.get() == "null" {
            return None;
        }
        let parts = EnvelopeParts::parse(json.get()).unwrap_or_default();
        // Without a class it is no envelope but an older server's bare result, which may have a field of that name.
        let (Some(Ok(value)), Some(class)) = (parts.value.map(RawJson::parse), parts.name()) else {
            return Some(Self {
                value: RawJson::from_raw(json),
                class: None,
                types: None,
                qualified_name: None,
            });
        };
        Some(Self {
            value,
            class: Some(class.into()),
            types: parts
                .types()
                .map(|types| types.into_iter().map(Into::into).collect()),
            qualified_name: parts.qualified_name.and_then(text_of).map(Into::into),
        })
    }
}

impl<'de> Deserialize<'de> for StopResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        Self::read(&json).ok_or_else(|| serde::de::Error::custom("a result can't be null"))
    }
}

/// Takes null for the default, as older servers write some fields.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
