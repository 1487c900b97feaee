//! JSON as text: digits and the order of keys survive.

use indexmap::IndexMap;
use serde_json::value::{RawValue, to_raw_value};

/// How deep the values of a body may be nested. serde_json parses 127 levels, the real server about a thousand.
const MAX_DEPTH: usize = 120;

/// How many values a body may hold: parsed, each takes up to 700 bytes.
const MAX_VALUES: usize = 500_000;

/// The members of an object in their order. A doubled key has its last value.
pub(crate) type Fields<'a> = IndexMap<String, &'a RawValue>;

/// The members of an object; `None` for any other value.
pub(crate) fn fields(value: &RawValue) -> Option<Fields<'_>> {
    serde_json::from_str(value.get()).ok()
}

/// The value `{}`.
pub(crate) fn empty_object() -> Box<RawValue> {
    to_raw_value(&Fields::new()).unwrap_or_default()
}

/// Reads a body. A byte order mark is skipped.
///
/// # Errors
/// Why the body is not JSON.
pub(crate) fn read(body: &[u8]) -> Result<Box<RawValue>, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    read_text(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Reads one JSON value. White space between its tokens is removed, because an event is one line of a stream.
///
/// # Errors
/// Why the text is not JSON, or that it holds too much.
pub(crate) fn read_text(text: &str) -> Result<Box<RawValue>, String> {
    let value: &RawValue = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut compact = String::with_capacity(value.get().len());
    let (mut depth, mut values, mut is_string, mut is_escaped) = (0_usize, 1, false, false);
    for char in value.get().chars() {
        if is_string {
            is_string = is_escaped || char != '"';
            is_escaped = !is_escaped && char == '\\';
        } else {
            match char {
                ' ' | '\t' | '\n' | '\r' => continue,
                '"' => is_string = true,
                '{' | '[' if depth == MAX_DEPTH => return Err(format!("more than {MAX_DEPTH} levels")),
                ',' if values == MAX_VALUES => return Err(format!("more than {MAX_VALUES} values")),
                ',' => values += 1,
                '{' | '[' => depth += 1,
                '}' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        compact.push(char);
    }
    RawValue::from_string(compact).map_err(|error| error.to_string())
}

/// Python's `not value`, for a value without white space.
pub(crate) fn is_falsy(value: &RawValue) -> bool {
    let text = value.get();
    matches!(text, "null" | "false" | "\"\"" | "[]" | "{}") || text.parse() == Ok(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_removed_outside_of_strings_only() {
        let read = read(
            b"\xef\xbb\xbf { \"a b\\\\\" : [ 1.50 ,\n\"\\\" x\" ] , \"n\":123456789012345678901234567890}\n",
        );
        let text = read.expect("JSON");
        assert_eq!(
            text.get(),
            r#"{"a b\\":[1.50,"\" x"],"n":123456789012345678901234567890}"#
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "x",
            "{",
            "[1 2]",
            "01",
            "\"\t\"",
            "{\"a\":1}x",
            "\"\\q\"",
            "nul",
        ] {
            assert!(read_text(text).is_err(), "{text:?}");
        }
        assert!(read(b"\"\xff\"").is_err(), "not UTF-8");
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read_text(&nested(MAX_DEPTH)).is_ok());
        assert!(read_text(&nested(MAX_DEPTH + 1)).is_err());
        assert!(read_text(&"[".repeat(1_000_000)).is_err());
        let list = |length: usize| format!("[{}0]", "0,".repeat(length - 1));
        assert!(read_text(&list(MAX_VALUES)).is_ok());
        assert!(read_text(&list(MAX_VALUES + 1)).is_err());
    }

    #[test]
    fn falsy_is_as_in_python() {
        for text in ["null", "false", "0", "-0", "0.0", "\"\"", "[ ]", "{}"] {
            assert!(is_falsy(&read_text(text).expect("JSON")), "{text}");
        }
        for text in ["true", "10", "\"0\"", "[0]", "{\"a\":0}"] {
            assert!(!is_falsy(&read_text(text).expect("JSON")), "{text}");
        }
    }
}
