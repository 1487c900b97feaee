//! Events on the wire: an envelope with the class names and the fields.

use std::borrow::Cow;

use serde::Serialize;

use crate::DecodeError;
use crate::json::{Members, elements, text_of};

mod class;
mod step_state;

pub use class::{EventClass, EventKind};
pub use step_state::{StepState, class_name};

/// One event of a stream. Only the names are decoded; the fields are borrowed and checked for syntax, but not parsed.
///
/// Serialised as the server writes it. Serialising fails if `value` is not JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Envelope<'a> {
    /// The JSON text of the fields, exactly as sent; `null` if the envelope has none.
    #[serde(serialize_with = "crate::json::serialize_raw")]
    pub value: &'a str,
    /// The class with its Python module; null if the stream was requested without it.
    pub qualified_name: Option<Cow<'a, str>>,
    /// The class: `type` on the wire, or the last part of `qualified_name` if an older server sends no `type`.
    #[serde(rename = "type")]
    pub name: Cow<'a, str>,
    /// The ancestors between the class and `Event`; null on the wire if there are none.
    pub types: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Envelope<'a> {
    /// Parses the `data` of one frame in a single pass. If a key is repeated, the last value counts.
    ///
    /// # Errors
    /// If the text is not a JSON object, or contains neither `type` nor `qualified_name`, so that it has no class.
    ///
    /// ```
    /// # use workflow_protocol::Envelope;
    /// let frame = r#"{"value":{"n":1},"qualified_name":"app.Tick","type":"Tick","types":null}"#;
    /// let envelope = Envelope::parse(frame)?;
    /// assert_eq!((envelope.name.as_ref(), envelope.value), ("Tick", r#"{"n":1}"#));
    /// # Ok::<(), workflow_protocol::DecodeError>(())
    /// ```
    pub fn parse(json: &'a str) -> Result<Self, DecodeError> {
        let parts = EnvelopeParts::parse(json)?;
        let Some(name) = parts.name() else {
            return Err(DecodeError::new(
                "event",
                "neither `type` nor `qualified_name` names its class",
                json,
            ));
        };
        Ok(Self {
            value: parts.value.unwrap_or("null"),
            name,
            types: parts.types(),
            qualified_name: parts.qualified_name.and_then(text_of),
        })
    }

    /// The envelope from checked fields, and from an object of all keys that follow them. `None` if it names no class, or contains fields
    /// again.
    pub(crate) fn of_rest(value: &'a str, rest: &'a str) -> Option<Self> {
        let parts = EnvelopeParts::parse(rest).ok()?;
        if parts.value.is_some() {
            return None;
        }
        Some(Self {
            value,
            name: parts.name()?,
            types: parts.types(),
            qualified_name: parts.qualified_name.and_then(text_of),
        })
    }

    /// An envelope from known names and fields.
    pub(crate) fn new(
        value: &'a str,
        class: &'a str,
        types: Option<&'a Vec<String>>,
        qualified_name: Option<&'a str>,
    ) -> Self {
        let types = types.map(|types| types.iter().map(|name| name.as_str().into()).collect());
        Self {
            value,
            qualified_name: qualified_name.map(Cow::Borrowed),
            name: class.into(),
            types,
        }
    }

    /// The class with its names, owned.
    pub fn class(&self) -> EventClass {
        EventClass {
            name: self.name.clone().into_owned(),
            types: self
                .types
                .as_ref()
                .map(|types| types.iter().map(|name| name.clone().into_owned()).collect()),
            qualified_name: self.qualified_name.clone().map(Cow::into_owned),
        }
    }

    /// The kind of the event.
    pub fn kind(&self) -> EventKind {
        EventKind::of(|class| self.is(class))
    }

    /// Whether the event is of a class or of one derived from it.
    pub fn is(&self, class: &str) -> bool {
        self.name == class || self.types.iter().flatten().any(|name| name == class)
    }
}

/// The texts of an envelope's members.
#[derive(Clone, Copy, Default)]
pub(crate) struct EnvelopeParts<'a> {
    pub(crate) value: Option<&'a str>,
    pub(crate) qualified_name: Option<&'a str>,
    class: Option<&'a str>,
    types: Option<&'a str>,
}

impl<'a> EnvelopeParts<'a> {
    pub(crate) fn parse(json: &'a str) -> Result<Self, DecodeError> {
        let members = Members::decode("event", json)?;
        Ok(Self {
            value: members.get("value"),
            qualified_name: members.get("qualified_name"),
            class: members.get("type"),
            types: members.get("types"),
        })
    }

    pub(crate) fn name(&self) -> Option<Cow<'a, str>> {
        let named = self.class.and_then(text_of).filter(|name| !name.is_empty());
        named.or_else(|| {
            let name = match text_of(self.qualified_name?)? {
                Cow::Borrowed(name) => Cow::Borrowed(class_name(name)),
                Cow::Owned(name) => Cow::Owned(class_name(&name).to_owned()),
            };
            (!name.is_empty()).then_some(name)
        })
    }

    pub(crate) fn types(&self) -> Option<Vec<Cow<'a, str>>> {
        let list = elements(self.types?)?.into_iter();
        Some(list.filter_map(|name| text_of(name.get())).collect())
    }
}
