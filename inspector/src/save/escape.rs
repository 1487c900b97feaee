//! Texts for XML, file names, and moments as texts.

/// How many characters of a name a file name keeps.
const NAME: usize = 60;

/// A text for the content of an element or for a quoted attribute, in XML and HTML. Characters that XML does not allow become `U+FFFD`.
///
/// ```
/// use workflow_inspector::save::xml_text;
///
/// assert_eq!(xml_text("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
/// assert_eq!(xml_text("\u{0}"), "\u{fffd}");
/// ```
pub fn xml_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' | ' '..='\u{7e}' => out.push(c),
            // XML 1.0 allows controls from U+007F on, but they are invisible.
            '\0'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A name for a file, from the names of its parts: letters, digits, `_` and `-`, joined with `-`. Empty parts are left out.
///
/// ```
/// use workflow_inspector::save::file_name;
///
/// assert_eq!(file_name(&["greet", "3v86", "graph"], "svg"), "greet-3v86-graph.svg");
/// assert_eq!(file_name(&["../a b", ""], "csv"), "___a_b.csv");
/// ```
pub fn file_name(parts: &[&str], extension: &str) -> String {
    let mut out = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push('-');
        }
        out.extend(part.chars().take(NAME).map(|c| match c {
            c if c.is_alphanumeric() => c,
            '-' => c,
            _ => '_',
        }));
    }
    if out.is_empty() {
        out.push_str("run");
    }
    out.push('.');
    out.push_str(extension);
    out
}

/// A time in milliseconds since the Unix epoch as UTC: `2026-11-30T08:05:09.120Z`.
///
/// ```
/// assert_eq!(workflow_inspector::save::iso_time(1_250), "1970-01-01T00:00:01.250Z");
/// ```
pub fn iso_time(ms: u64) -> String {
    let (days, of_day) = (ms / 86_400_000, ms % 86_400_000);
    // Years start in March here, so that the leap day is their last one. 719 468 days are before 1970.
    let days = days.saturating_add(719_468);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year + u64::from(month >= 10);
    let month = if month < 10 { month + 3 } else { month - 9 };
    let (second, ms) = (of_day / 1000, of_day % 1000);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}
