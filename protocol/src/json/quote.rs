//! Texts as JSON strings.

/// Appends `text` as a JSON string, quotes included.
///
/// ```
/// # use workflow_protocol::push_quoted;
/// let mut json = String::from("[");
/// push_quoted(&mut json, "a\"b");
/// assert_eq!(json, r#"["a\"b""#);
/// ```
pub fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        let escape = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            c if c < ' ' => {
                out.push_str(if c < '\u{10}' { "\\u000" } else { "\\u001" });
                out.extend(char::from_digit(c as u32 & 15, 16));
                continue;
            }
            c => {
                out.push(c);
                continue;
            }
        };
        out.push_str(escape);
    }
    out.push('"');
}
