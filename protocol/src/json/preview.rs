//! The start of a value as one line of compact JSON.

/// The start of a JSON text without white space between tokens, cut with `…` after `max_chars` characters.
///
/// Reads only what it shows, so it is fast on payloads of any size. Works on any text: what is not JSON is shown too, without its white
/// space.
///
/// ```
/// # use workflow_protocol::preview_text;
/// assert_eq!(preview_text("{\"a b\": [1,\n 2]}", 80), r#"{"a b":[1,2]}"#);
/// assert_eq!(preview_text("[1, 2, 3]", 4), "[1,2…");
/// ```
pub fn preview_text(json: &str, max_chars: usize) -> String {
    let mut preview = String::new();
    let mut taken = 0;
    let mut in_string = false;
    let mut escaped = false;
    for character in json.chars() {
        let gap = matches!(character, ' ' | '\t' | '\n' | '\r');
        if gap && !in_string {
            continue;
        }
        if taken == max_chars {
            preview.push('…');
            break;
        }
        preview.push(character);
        taken += 1;
        match character {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ => {}
        }
    }
    preview
}
