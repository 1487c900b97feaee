use super::error::JsonError;
use super::tree::JsonTree;

/// The start of a JSON text on one line, at most `max_chars` characters, including `…` if something is left out.
///
/// White space outside strings is dropped. Reads only what it shows; text that is not JSON is shown unchanged, with its white space
/// collapsed.
///
/// ```
/// use workflow_inspector::json::preview;
///
/// assert_eq!(preview("{ \"a\": [1, 2] }", 40), r#"{"a":[1,2]}"#);
/// assert_eq!(preview("{ \"a\": [1, 2] }", 6), r#"{"a":…"#);
/// assert_eq!(preview("Internal\nServer Error", 40), "Internal Server Error");
/// ```
pub fn preview(raw: &str, max_chars: usize) -> String {
    let mut out = String::new();
    // White space may fill megabytes, so the bytes read are limited too.
    let mut budget = max_chars.saturating_mul(8).saturating_add(64);
    let mut count = 0;
    let (mut in_string, mut escaped, mut gap) = (false, false, false);
    let mut last = ',';
    let mut chars = raw.chars();
    for c in chars.by_ref() {
        budget -= 1;
        if !in_string && (c.is_whitespace() || c.is_control()) {
            gap = true;
        } else {
            // Between two tokens of JSON one is always a bracket, comma or colon; a gap elsewhere is not JSON.
            let spaced = gap && !structural(c) && !structural(last);
            gap = false;
            if count + usize::from(spaced) >= max_chars {
                return cut(out, count, max_chars);
            }
            if spaced {
                out.push(' ');
                count += 1;
            }
            out.push(if c < ' ' { ' ' } else { c });
            count += 1;
            last = if in_string { '"' } else { c };
            if in_string {
                in_string = escaped || c != '"';
                escaped = !escaped && c == '\\';
            } else {
                in_string = c == '"';
            }
        }
        if budget == 0 {
            break;
        }
    }
    if chars.as_str().is_empty() {
        out
    } else {
        cut(out, count, max_chars)
    }
}

fn cut(mut out: String, count: usize, max_chars: usize) -> String {
    if max_chars == 0 {
        return out;
    }
    if count >= max_chars {
        out.pop();
    }
    out.push('…');
    out
}

const fn structural(c: char) -> bool {
    matches!(c, '{' | '}' | '[' | ']' | ',' | ':')
}

/// A JSON text without the white space between its tokens. Never fails: in other text only white space is collapsed.
pub fn compact(raw: &str) -> String {
    preview(raw, usize::MAX)
}

/// A JSON text on indented lines, two spaces a step; digits, order and duplicate keys stay.
///
/// # Errors
/// Where the text stops being JSON.
pub fn pretty(raw: &str) -> Result<String, JsonError> {
    let tree = JsonTree::parse(raw)?;
    let mut out = String::with_capacity(raw.len() * 2);
    for line in tree.lines(0..tree.line_count()) {
        if !out.is_empty() {
            out.push('\n');
        }
        line.push_to(&mut out);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_texts_stay_whole() {
        for text in ["", "1", "\"a b\"", "[\"\\\" , \",1]", "{\"a\":\"x : y\"}"] {
            assert_eq!(preview(text, 100), text, "preview of {text}");
        }
        assert_eq!(preview("12345", 5), "12345", "just fits");
        assert_eq!(
            preview("12345 \n", 5),
            "12345",
            "trailing white space is nothing left out"
        );
        assert_eq!(preview("123456", 5), "1234…", "one too many");
        assert_eq!(preview("12", 0), "", "no room at all");
        assert_eq!(preview("\"äöü\"", 3), "\"ä…", "characters, not bytes");
    }

    #[test]
    fn line_ends_inside_broken_strings_stay_on_the_line() {
        assert_eq!(preview("\"a\nb", 20), "\"a b", "a raw line end becomes a space");
    }

    #[test]
    fn a_megabyte_of_blanks_is_not_read() {
        let text = format!("[{}1]", " ".repeat(1 << 20));
        assert_eq!(preview(&text, 10), "[…", "it stops and says so");
    }

    #[test]
    fn pretty_uses_the_usual_layout() {
        let raw = "{\"a\":[1,{}],\"b\":{\"c\":1e400,\"c\":[]}}";
        let want =
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": 1e400,\n    \"c\": []\n  }\n}";
        assert_eq!(pretty(raw).unwrap(), want);
        let error = pretty("{\n \"a\": 1,\n}").unwrap_err();
        assert_eq!((error.line, error.column), (3, 1), "{error}");
    }

    proptest! {
        #[test]
        fn never_panics_and_keeps_its_width(text in any::<String>(), max in 0_usize..40) {
            let shown = preview(&text, max);
            prop_assert!(shown.chars().count() <= max, "{shown:?} is wider than {max}");
            prop_assert!(!shown.contains('\n'), "{shown:?} has a line end");
        }
    }
}
