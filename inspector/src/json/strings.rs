use std::borrow::Cow;

use workflow_protocol::push_quoted;

/// The text of a JSON string: `"a\nb"` with its quotes → two lines. Text that is no JSON string comes back as it is.
///
/// A lone surrogate becomes U+FFFD; a broken escape is kept as written.
///
/// ```
/// assert_eq!(workflow_inspector::json::unquote(r#""a\u00e9\ud83d\ude00""#), "aé😀");
/// ```
pub fn unquote(raw: &str) -> Cow<'_, str> {
    let Some(inner) = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Cow::Borrowed(raw);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let (decoded, used) = unescape(escape);
        match decoded {
            Some(decoded) => out.push(decoded),
            None => out.push_str(escape.get(..used).unwrap_or_default()),
        }
        rest = escape.get(used..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Decodes the escape at the start of `escape` and says how many bytes it took.
fn unescape(escape: &str) -> (Option<char>, usize) {
    let decoded = match escape.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(plain @ (b'"' | b'\\' | b'/')) => char::from(*plain),
        Some(b'u') => {
            let Some(unit) = hex4(escape) else {
                return (None, 2);
            };
            if !(0xd800..0xdc00).contains(&unit) {
                return (char::from_u32(unit).or(Some('\u{fffd}')), 6);
            }
            // A high surrogate: only together with the low one right behind it is it a character.
            let low = escape
                .get(6..)
                .filter(|next| next.starts_with("\\u"))
                .and_then(hex4);
            return match low {
                Some(low) if (0xdc00..0xe000).contains(&low) => (
                    char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)),
                    12,
                ),
                _ => (Some('\u{fffd}'), 6),
            };
        }
        _ => return (None, 1),
    };
    (Some(decoded), 2)
}

fn hex4(escape: &str) -> Option<u32> {
    let mut unit = 0;
    for byte in escape.as_bytes().get(2..6)? {
        unit = unit * 16 + char::from(*byte).to_digit(16)?;
    }
    Some(unit)
}

/// `text` as a JSON string, quotes included.
///
/// ```
/// assert_eq!(workflow_inspector::json::quote("a\"b"), r#""a\"b""#);
/// ```
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_quoted(&mut out, text);
    out
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

/// The key that one segment of a JSON pointer stands for.
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
    fn broken_escapes_stay_as_they_are() {
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
        fn quoting_is_undone_and_is_json(text in any::<String>()) {
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
