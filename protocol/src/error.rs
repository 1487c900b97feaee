//! What the server refuses, and what of its answers can't be read, as values.

use std::fmt;

use serde::Deserialize;

mod detail;
mod validation;

pub use detail::error_detail;
pub use validation::{FieldError, validation_errors};

/// Bytes of an unreadable body that are kept.
const BODY_KEPT: usize = 2048;

/// Something that came from the server and could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} could not be read: {message}")]
pub struct DecodeError {
    /// What was to be read, such as "handler".
    pub what: &'static str,
    /// The decoder's words, with line and column where it has them.
    pub message: String,
    /// The beginning of what was read, at most 2 KiB.
    pub body: String,
}

impl DecodeError {
    pub(crate) fn new(what: &'static str, message: &dyn fmt::Display, body: &str) -> Self {
        Self {
            what,
            message: message.to_string(),
            body: cut(body, BODY_KEPT).to_owned(),
        }
    }
}

/// Decodes a whole text into a type that may borrow from it.
pub(crate) fn decode<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(text).map_err(|error| DecodeError::new(what, &error, text))
}

/// Decodes a JSON object. Derived decoders alone would also take a list of the members' values.
pub(crate) fn decode_object<'a, T: Deserialize<'a>>(
    what: &'static str,
    text: &'a str,
) -> Result<T, DecodeError> {
    let start = text.trim_start_matches([' ', '\t', '\n', '\r']);
    if start.starts_with(['[', '"']) {
        return Err(DecodeError::new(what, &"an object was expected", text));
    }
    decode(what, text)
}

/// The longest beginning of `text` within `bytes` that ends between characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
