use std::borrow::Cow;

use workflow_protocol::text_of;

/// The text of a JSON string: `"a\nb"` with its quotes → two lines. A text that is not a JSON string is returned unchanged, without
/// surrounding quotes.
///
/// A lone surrogate becomes U+FFFD.
///
/// ```
/// assert_eq!(workflow_inspector::json::unquote(r#""a\u00e9\ud83d\ude00""#), "aé😀");
/// ```
pub fn unquote(raw: &str) -> Cow<'_, str> {
    let inner = || raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    text_of(raw).unwrap_or_else(|| Cow::Borrowed(inner().unwrap_or(raw)))
}

/// `text` as a JSON string, quotes included.
///
/// ```
/// assert_eq!(workflow_inspector::json::quote("a\"b"), r#""a\"b""#);
/// ```
pub fn quote(text: &str) -> String {
    // A string can always be serialised.
    serde_json::to_string(text).unwrap_or_default()
}

/// Appends `text` as a JSON string, quotes included.
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    out.push_str(&quote(text));
}

/// Appends one segment of a JSON pointer, escaped after RFC 6901, without a slash.
pub(crate) fn push_pointer(out: &mut String, segment: &str) {
    for c in segment.chars() {
        match c {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            c => out.push(c),
        }
    }
}

/// The key of one segment of a JSON pointer.
pub(super) fn pointer_key(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    let mut chars = segment.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = match chars.peek() {
            Some('0') if c == '~' => '~',
            Some('1') if c == '~' => '/',
            _ => {
                out.push(c);
                continue;
            }
        };
        chars.next();
        out.push(escaped);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_texts_stay_as_they_are() {
        for (raw, want) in [
            (r#""\x""#, "\\x"),
            (r#""\u12""#, "\\u12"),
            (r#""a\""#, "a\\"),
            (r#""\ud800""#, "\u{fffd}"),
            (r#""\ud800\u0041""#, "\u{fffd}A"),
            (r#""\udc00""#, "\u{fffd}"),
            ("12", "12"),
            ("\"", "\""),
        ] {
            assert_eq!(unquote(raw), want, "unquote({raw})");
        }
    }

    proptest! {
        #[test]
        fn quoting_round_trips_and_is_json(text in any::<String>()) {
            let quoted = quote(&text);
            prop_assert_eq!(&*unquote(&quoted), &text, "our own reading");
            prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text, "serde_json's reading");
        }

        #[test]
        fn unquote_agrees_with_serde_json(text in any::<String>()) {
            let quoted = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(&*unquote(&quoted), &text, "{}", quoted);
        }

        #[test]
        fn unquote_never_panics(text in "\"(\\\\|u|d8|[0-9a-f]|é|\"){0,12}\"") {
            let _ = unquote(&text);
        }
    }
}
