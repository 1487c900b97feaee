//! JSON as text: values of a server are shown and sent back unchanged. `serde_json` checks the syntax.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::DecodeError;

mod check;
mod decode;
mod members;
mod preview;
mod text;

pub use members::{decode_fields, field_str, fields, members};
pub use preview::preview_text;
pub use text::text_of;

pub(crate) use check::JsonCheck;
pub(crate) use decode::decode;
pub(crate) use members::Members;

/// The elements of a list. `None` if the text is not a JSON list.
pub(crate) fn elements(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

/// The text of one JSON value exactly as received: digits beyond 2⁵³, the order of keys and duplicate keys are preserved.
///
/// The text is valid JSON without surrounding white space. Clones share it. Equality compares texts, so `1.0` and `1` differ. Inside a
/// `serde_json` document it represents the value itself, not a string.
///
/// ```
/// # use workflow_protocol::RawJson;
/// let json = RawJson::parse(r#" {"n": 9007199254740993} "#)?;
/// assert_eq!(json.as_str(), r#"{"n": 9007199254740993}"#);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct RawJson(Arc<str>);

impl RawJson {
    /// Checks the syntax of the text and stores it.
    ///
    /// # Errors
    /// If the text is not exactly one JSON value.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, DecodeError> {
        let text = text.as_ref();
        match serde_json::from_str::<&RawValue>(text) {
            Ok(value) => Ok(Self::checked(value.get())),
            Err(error) => Err(DecodeError::no_json("JSON text", text, &error)),
        }
    }

    /// The text of a value that is already known to be JSON without surrounding white space.
    pub(crate) fn checked(value: &str) -> Self {
        Self(value.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value `null`.
    pub fn null() -> Self {
        Self::checked("null")
    }

    /// The value `{}`.
    pub fn empty_object() -> Self {
        Self::checked("{}")
    }

    /// Whether this is the value `null`.
    pub fn is_null(&self) -> bool {
        self.as_str() == "null"
    }

    /// The parsed value. Numbers beyond 64 bits lose digits; of duplicate keys only the last value is kept.
    ///
    /// A value that `serde_json` cannot represent (more than 127 levels, numbers beyond `f64`, half surrogate pairs) becomes a string with
    /// the whole text.
    pub fn to_value(&self) -> Value {
        serde_json::from_str(self.as_str()).unwrap_or_else(|_| Value::String(self.as_str().to_owned()))
    }

    /// Decodes the text into a type.
    ///
    /// # Errors
    /// If the value has another shape.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        serde_json::from_str(self.as_str())
            .map_err(|error| DecodeError::serde("value", &error, self.as_str()))
    }

    /// The compact text of a value.
    pub fn from_value(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// The text of a string, quoted and escaped.
    ///
    /// ```
    /// # use workflow_protocol::RawJson;
    /// assert_eq!(RawJson::string("a\"b").as_str(), r#""a\"b""#);
    /// ```
    pub fn string(text: &str) -> Self {
        // A string can always be serialised.
        Self(serde_json::to_string(text).unwrap_or_default().into())
    }

    /// The elements' texts if this is a list of strings, unescaped.
    ///
    /// ```
    /// # use workflow_protocol::RawJson;
    /// let list = RawJson::parse(r#"["a", "b\n"]"#)?;
    /// assert_eq!(list.texts(), Some(vec!["a".to_owned(), "b\n".to_owned()]));
    /// # Ok::<(), workflow_protocol::DecodeError>(())
    /// ```
    pub fn texts(&self) -> Option<Vec<String>> {
        let list = elements(self.as_str())?.into_iter();
        list.map(|text| text_of(text.get()).map(Cow::into_owned))
            .collect()
    }

    /// The elements if this is a list.
    pub fn elements(&self) -> Option<Vec<Self>> {
        let list = elements(self.as_str())?.into_iter();
        Some(list.map(|value| Self::checked(value.get())).collect())
    }

    /// The value's text if it is a string, unescaped.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        text_of(self.as_str())
    }
}

impl Default for RawJson {
    /// `null`.
    fn default() -> Self {
        Self::null()
    }
}

impl From<RawJson> for Arc<str> {
    /// The text, shared.
    fn from(json: RawJson) -> Self {
        json.0
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.as_str() == other.as_str()
    }
}

impl Eq for RawJson {}

impl Hash for RawJson {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawJson(")?;
        f.write_str(self.as_str())?;
        f.write_str(")")
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_raw(self.as_str(), serializer)
    }
}

/// Serialises a JSON text as its JSON value, not as a string.
pub(crate) fn serialize_raw<S: Serializer>(json: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let raw: &RawValue = serde_json::from_str(json).map_err(S::Error::custom)?;
    raw.serialize(serializer)
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|raw| Self::checked(raw.get()))
    }
}
