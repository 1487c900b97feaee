//! Errors in decoding responses of the server.

use serde_json::value::RawValue;

mod page;

pub use page::WebPage;
pub(crate) use page::{is_page, page_words};

/// How many bytes of an unreadable body are kept.
const BODY_KEPT: usize = 2048;

/// How many characters of a text that is not JSON are quoted.
const QUOTED_CHARS: usize = 80;

/// Data from the server that could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} could not be read: {message}")]
pub struct DecodeError {
    /// What was decoded, for example "handler".
    pub what: &'static str,
    /// The decoder's message, with line and column if it has them.
    pub message: String,
    /// The beginning of the data, at most 2 KiB.
    pub body: String,
}

impl DecodeError {
    pub(crate) fn new(what: &'static str, message: impl Into<String>, body: &str) -> Self {
        Self {
            what,
            message: message.into(),
            body: cut(body, BODY_KEPT).to_owned(),
        }
    }

    /// A text that is no JSON object.
    pub(crate) fn no_object(what: &'static str, text: &str) -> Self {
        match serde_json::from_str::<&RawValue>(text) {
            Ok(_) => Self::new(what, "an object was expected", text),
            Err(error) => Self::no_json(what, text, &error),
        }
    }

    /// A text that is no JSON.
    pub(crate) fn no_json(what: &'static str, text: &str, error: &serde_json::Error) -> Self {
        Self::new(what, no_json_text(text, valid_part(text, error)), text)
    }

    /// The same for an error of serde_json.
    pub(crate) fn serde(what: &'static str, error: &serde_json::Error, text: &str) -> Self {
        Self::new(what, error.to_string(), text)
    }
}

/// The start of a text, up to the position of a syntax error.
fn valid_part<'a>(text: &'a str, error: &serde_json::Error) -> &'a str {
    if error.is_eof() {
        return text;
    }
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start: usize = lines.map(str::len).sum();
    // Columns are counted in bytes from 1.
    cut(text, start + error.column().saturating_sub(1))
}

/// Describes what was received instead of JSON; `before` is the valid start. A position helps only if most of the text is JSON.
fn no_json_text(text: &str, before: &str) -> String {
    if text.trim().is_empty() {
        return "it is empty".to_owned();
    }
    if let Some(page) = WebPage::of(None, text) {
        return if page.title.is_empty() {
            "it is a web page, not JSON".to_owned()
        } else {
            format!("it is a web page (“{}”), not JSON", page.title)
        };
    }
    let line = before.split('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    if before.len() == text.len() {
        format!("the text ends too early at line {line} column {column}")
    } else if before.trim().is_empty() {
        let start: String = text.trim().chars().take(QUOTED_CHARS).collect();
        format!("it is no JSON, it begins with “{start}”")
    } else {
        format!("no valid JSON at line {line} column {column}")
    }
}

/// The longest prefix of `text` of at most `bytes` that ends at a character boundary.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
