//! Decodes responses of the server into derived types, as tolerantly as `JSON.parse`.

use std::borrow::Cow;
use std::cell::Cell;

use serde::Deserialize;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;
use serde_json::value::RawValue;

use super::members::Members;
use super::text_of;
use crate::DecodeError;

/// Decodes a JSON object. Differs from `serde_json::from_str`: of a repeated key the last value counts, `null` equals a missing field, and
/// lone surrogates in strings become U+FFFD. `what` names the object in errors.
///
/// # Errors
/// If the text is not a JSON object, or a field is missing or has another shape.
pub(crate) fn decode<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<T, DecodeError> {
    let Members(members) = Members::decode(what, text)?;
    let field = Cell::new(None);
    let mut members = members.iter().filter(|(_, value)| value.get() != "null");
    let entries = std::iter::from_fn(|| {
        let (key, value) = members.next().unzip();
        field.set(key);
        Some((key?.as_ref(), Lenient(value?)))
    });
    T::deserialize(MapDeserializer::<_, Error>::new(entries)).map_err(|error| {
        // The position is relative to the field's value.
        let words = error.to_string();
        let words = words.rsplit_once(" at line ").map_or(&*words, |(words, _)| words);
        match field.get() {
            Some(name) => DecodeError::new(what, format!("`{name}`: {words}"), text),
            None => DecodeError::new(what, words, text),
        }
    })
}

/// The value of a field.
struct Lenient<'a>(&'a RawValue);

impl<'de> IntoDeserializer<'de, Error> for Lenient<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Lenient<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_any(visitor)
    }

    // All numbers of the responses are u64. With the feature `arbitrary_precision`, which an app may enable, `deserialize_any` gives a map.
    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_u64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match text_of(self.0.get()) {
            Some(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Some(Cow::Owned(text)) => visitor.visit_string(text),
            None => self.0.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match super::elements(self.0.get()) {
            Some(list) => visitor.visit_seq(SeqDeserializer::new(list.into_iter().map(Lenient))),
            None => self.0.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 f64 char bytes byte_buf unit unit_struct tuple
        tuple_struct map struct enum identifier
    }
}
