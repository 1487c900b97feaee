//! JSON strings as Rust strings.

use std::borrow::Cow;
use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

/// The unescaped text of a JSON string; `None` for other values. Lone surrogates, which Python writes and Rust strings cannot contain,
/// become U+FFFD.
pub fn text_of(json: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str(json).ok().map(|Text(text)| text)
}

/// A string that is decoded as bytes: then `serde_json` returns lone surrogates as WTF-8 instead of failing.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        let text =
            str::from_utf8(bytes).map_or_else(|_| Cow::Owned(replace_surrogates(bytes)), Cow::Borrowed);
        Ok(Text(text))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(replace_surrogates(bytes))))
    }
}

/// WTF-8 as UTF-8 with one U+FFFD for each lone surrogate.
fn replace_surrogates(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        // A surrogate has three bytes, each of which is invalid alone. Only the first one is 0xED.
        if chunk.invalid().first() == Some(&0xED) {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}
