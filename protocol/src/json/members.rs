//! The members of one JSON object, borrowed from its text.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use memchr::memmem;
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::text_of;
use crate::{DecodeError, RawJson};

/// Keys and value texts of a JSON object, in order. If a key occurs more than once, its last value is kept at the position of the first,
/// like `JSON.parse`.
///
/// Values are checked for syntax but not parsed, so the cost is one pass over the text.
///
/// # Errors
/// If the text is not a JSON object.
///
/// ```
/// # use workflow_protocol::members;
/// assert_eq!(members(r#"{"a": [1, 2], "b": 3, "a": 4}"#)?, [("a".into(), "4"), ("b".into(), "3")]);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
pub fn members(text: &str) -> Result<Vec<(Cow<'_, str>, &str)>, DecodeError> {
    let Members(members) = Members::decode("object", text)?;
    Ok(members
        .into_iter()
        .map(|(key, value)| (key, value.get()))
        .collect())
}

/// An event's fields: the payload's own keys, then those of its `_data` that are not own keys, in order.
///
/// The server nests keys that an event's class does not declare in `_data` (observed on llama-agents-server 0.8.0); the key `_data` itself
/// is left out if it contains such an object.
///
/// # Errors
/// If the text is not a JSON object.
///
/// ```
/// # use workflow_protocol::fields;
/// let fields = fields(r#"{"_data":{"prefix":"Name?","n":1},"n":2}"#)?;
/// let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
/// assert_eq!(fields, [("n", "2"), ("prefix", r#""Name?""#)]);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
pub fn fields(value: &str) -> Result<Vec<(String, RawJson)>, DecodeError> {
    let Members(fields) = Members::decode("event fields", value)?.with_dynamic();
    let fields = fields.into_iter();
    Ok(fields
        .map(|(key, value)| (key.into_owned(), RawJson::checked(value.get())))
        .collect())
}

/// The fields of an event as a typed value. Fields that the event's class does not declare are at the same level as the others, see
/// [`fields`].
///
/// # Errors
/// If the event has another shape.
///
/// ```
/// # use workflow_protocol::decode_fields;
/// #[derive(serde::Deserialize)]
/// struct Question {
///     prefix: String,
///     n: u8,
/// }
/// let question: Question = decode_fields(r#"{"_data":{"prefix":"Name?"},"n":2}"#)?;
/// assert_eq!((question.prefix.as_str(), question.n), ("Name?", 2));
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
pub fn decode_fields<T: DeserializeOwned>(value: &str) -> Result<T, DecodeError> {
    let nested = memmem::find(value.as_bytes(), b"\"_data\"").and_then(|_| Members::read(value));
    let decoded = match nested.map(Members::with_dynamic) {
        Some(Members(fields)) => T::deserialize(MapDeserializer::new(fields.into_iter())),
        None => serde_json::from_str(value),
    };
    decoded.map_err(|error| DecodeError::serde("event fields", &error, value))
}

/// The text of one field of an event if it is a string, looked up as [`fields`] does.
pub fn field_str(value: &str, name: &str) -> Option<String> {
    let fields = Members::read(value)?.with_dynamic();
    fields.text(name).map(Cow::into_owned)
}

/// The members of one object with unique keys, in order of first appearance.
pub(crate) struct Members<'a>(pub(super) IndexMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Members<'a> {
    /// `None` if the text is not a JSON object.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn decode(what: &'static str, text: &'a str) -> Result<Self, DecodeError> {
        Self::read(text).ok_or_else(|| DecodeError::no_object(what, text))
    }

    /// The raw text of a member.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(|value| value.get())
    }

    /// The raw texts of the members.
    pub(crate) fn values(&self) -> impl Iterator<Item = &'a str> {
        self.0.values().map(|value| value.get())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of a member that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        text_of(self.get(name)?)
    }

    /// Replaces `_data`, if it is an object, by those of its members that are not own keys.
    fn with_dynamic(mut self) -> Self {
        if let Some(Members(dynamic)) = self.get("_data").and_then(Members::read) {
            self.0.shift_remove("_data");
            for (key, value) in dynamic {
                self.0.entry(key).or_insert(value);
            }
        }
        self
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = IndexMap::new();
        // Keys are compared raw: a lone surrogate in one must not make the whole object unreadable.
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let key = text_of(key.get()).unwrap_or(Cow::Borrowed(key.get()));
            members.insert(key, value);
        }
        Ok(Members(members))
    }
}
