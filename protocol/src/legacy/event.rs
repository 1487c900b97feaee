//! One line of a task's stream.

use serde::Serialize;

use crate::json::{Members, decode_fields, fields, text_of};
use crate::{DecodeError, EventClass, EventKind, RawJson, class_name};

/// An event of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyEvent {
    /// The class with its Python module, `flows.Progress`. `None` from llama-deploy 0.2.2, which sends only fields.
    pub class: Option<String>,
    /// The fields exactly as sent. Those that the class does not declare are nested under `_data`; see [`fields`](Self::fields).
    pub value: RawJson,
}

impl LegacyEvent {
    /// An event to send. `class` needs its Python module: `workflows.events.HumanResponseEvent`.
    pub fn new(class: impl Into<String>, value: RawJson) -> Self {
        Self {
            class: Some(class.into()),
            value,
        }
    }

    /// Reads a line: an event that was serialised with its class, or any other JSON, which is read as fields without a class.
    ///
    /// # Errors
    /// If the line is not JSON.
    ///
    /// ```
    /// # use workflow_protocol::legacy::LegacyEvent;
    /// let line = r#"{"__is_pydantic": true, "value": {"n": 0}, "qualified_name": "flows.Progress"}"#;
    /// let event = LegacyEvent::parse(line)?;
    /// assert_eq!((event.name(), event.value.as_str()), (Some("Progress"), r#"{"n": 0}"#));
    /// assert_eq!(LegacyEvent::parse(r#"{"progress": "p0"}"#)?.name(), None);
    /// # Ok::<(), workflow_protocol::DecodeError>(())
    /// ```
    pub fn parse(line: &str) -> Result<Self, DecodeError> {
        let members = Members::read(line);
        let named = members.as_ref().and_then(|members| {
            members.get("__is_pydantic")?;
            let class = text_of(members.get("qualified_name")?)?;
            Some((class, members.get("value")?))
        });
        Ok(match named {
            Some((class, value)) => Self {
                class: Some(class.into_owned()),
                value: RawJson::checked(value),
            },
            None => Self {
                class: None,
                value: RawJson::parse(line)?,
            },
        })
    }

    /// The bare name of the class.
    pub fn name(&self) -> Option<&str> {
        self.class.as_deref().map(class_name)
    }

    /// The kind of the event by its own class. This wire has no ancestors: a class derived from `InputRequiredEvent` or `StopEvent` is
    /// [`EventKind::Plain`].
    pub fn kind(&self) -> EventKind {
        match self.name() {
            Some(name) => EventClass::named(name).kind(),
            None => EventKind::Plain,
        }
    }

    /// The fields in order, with those that the class does not declare at the same level.
    ///
    /// # Errors
    /// If the event is not a JSON object.
    pub fn fields(&self) -> Result<Vec<(String, RawJson)>, DecodeError> {
        fields(self.value.as_str())
    }

    /// The fields as a typed value.
    ///
    /// # Errors
    /// If the event has another shape.
    pub fn decode<T: serde::de::DeserializeOwned>(&self) -> Result<T, DecodeError> {
        decode_fields(self.value.as_str())
    }

    /// The text that the server parses as an event of this class.
    pub(super) fn serialised(&self) -> String {
        #[derive(Serialize)]
        struct Serialised<'a> {
            __is_pydantic: bool,
            value: &'a RawJson,
            qualified_name: &'a str,
        }
        let serialised = Serialised {
            __is_pydantic: true,
            value: &self.value,
            qualified_name: self.class.as_deref().unwrap_or_default(),
        };
        // Strings and checked JSON can always be serialised.
        serde_json::to_string(&serialised).unwrap_or_default()
    }
}
