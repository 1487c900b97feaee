//! The words of an error answer.

use crate::error::cut;
use crate::json::{Members, elements, text_of};

/// Bytes of an answer's own words that are shown.
const WORDS: usize = 8 * 1024;
/// Characters shown of an HTML page without a title.
const PAGE_CHARS: usize = 200;

/// The words of an error answer, ready to be shown: the server's own where it has some, else what the status means.
///
/// Reads `{"detail": …}` with a string or FastAPI's list of problems, a failed run's `error`, plain text, and HTML error
/// pages of proxies, of which only the title, or the beginning of their text, is kept: never their tags. At most 8 KiB.
///
/// ```
/// # use workflow_protocol::error_detail;
/// let json = Some("application/json");
/// assert_eq!(error_detail(404, json, r#"{"detail":"Handler not found"}"#), "Handler not found");
/// assert_eq!(error_detail(502, Some("text/html"), "<html><title>502 Bad Gateway</title>"), "502 Bad Gateway");
/// assert_eq!(error_detail(503, None, ""), "503 Service Unavailable");
/// ```
pub fn error_detail(status: u16, content_type: Option<&str>, body: &str) -> String {
    let body = body.trim();
    let words = if is_page(content_type, body) {
        page_words(body)
    } else {
        json_words(body).unwrap_or_else(|| shorten(body))
    };
    if words.is_empty() {
        status_words(status)
    } else {
        words
    }
}

fn shorten(text: &str) -> String {
    let text = text.trim();
    let kept = cut(text, WORDS);
    if kept.len() < text.len() {
        format!("{kept}…")
    } else {
        kept.to_owned()
    }
}

/// `None` when the body is not JSON of a known shape.
fn json_words(body: &str) -> Option<String> {
    if let Some(text) = text_of(body) {
        return Some(shorten(&text));
    }
    let members = Members::read(body)?;
    let mut found = None;
    for name in ["detail", "error", "message"] {
        let Some(value) = members.get(name) else { continue };
        let words = value_words(value);
        if !words.is_empty() {
            return Some(words);
        }
        found = Some(words);
    }
    found
}

fn value_words(value: &str) -> String {
    match text_of(value) {
        Some(text) if is_page(None, &text) => page_words(&text),
        Some(text) => shorten(&text),
        None if matches!(value, "null" | "{}" | "[]") => String::new(),
        None => shorten(&problems(value).unwrap_or_else(|| value.to_owned())),
    }
}

/// FastAPI's list of problems as one line each: `body.name: Field required`.
fn problems(list: &str) -> Option<String> {
    let list = elements(list)?.into_iter();
    let lines: Vec<String> = list.filter_map(|problem| problem_words(problem.get())).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn problem_words(problem: &str) -> Option<String> {
    if let Some(text) = text_of(problem) {
        return Some(text.into_owned());
    }
    let (location, message) = super::validation::located_problem(problem)?;
    if location.is_empty() {
        Some(message)
    } else {
        Some(format!("{}: {message}", location.join(".")))
    }
}

/// Whether the text is an HTML or XML document. Python's `<class 'x'>` and `<enqueued>` are not.
pub(super) fn is_page(content_type: Option<&str>, body: &str) -> bool {
    let declared = content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    let starts = |tag: &str| {
        body.get(..tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag))
    };
    (declared && body.starts_with('<'))
        || [
            "<!doctype",
            "<html",
            "<head",
            "<body",
            "<?xml",
            "<!--",
            "<h1",
            "<center",
            "<title",
            "<pre",
        ]
        .iter()
        .any(|tag| starts(tag))
}

/// Title of an HTML page, or the beginning of its text.
pub(super) fn page_words(page: &str) -> String {
    let title = element(page, "title")
        .map(text_content)
        .filter(|title| !title.is_empty());
    let words = title.unwrap_or_else(|| text_content(page));
    let cut: String = words.chars().take(PAGE_CHARS).collect();
    if cut.len() < words.len() {
        format!("{cut}…")
    } else {
        cut
    }
}

/// What stands between the tags of the first such element.
fn element<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let open = find_tag(page, &format!("<{name}"))?;
    let inner = page.get(open..)?.split_once('>')?.1;
    let end = find_tag(inner, &format!("</{name}")).unwrap_or(inner.len());
    inner.get(..end)
}

fn find_tag(page: &str, tag: &str) -> Option<usize> {
    let starts = |at: usize| {
        page.get(at..at + tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag))
            && !page
                .as_bytes()
                .get(at + tag.len())
                .is_some_and(u8::is_ascii_alphanumeric)
    };
    memchr::memchr_iter(b'<', page.as_bytes()).find(|at| starts(*at))
}

/// The text outside of tags, scripts and styles, with common entities read and white space joined.
fn text_content(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let hidden = ["script", "style", "!--"].iter().find(|name| {
            tag.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        });
        rest = match hidden {
            Some(&"!--") => tag.split_once("-->").map_or("", |(_, after)| after),
            Some(name) => find_tag(tag, &format!("</{name}"))
                .and_then(|end| tag.get(end..)?.split_once('>'))
                .map_or("", |(_, after)| after),
            None => tag.split_once('>').map_or("", |(_, after)| after),
        };
    }
    text.push_str(rest);
    // The ampersand last: "&amp;lt;" is the text "&lt;".
    let text = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (entity, character)| text.replace(entity, character));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn status_words(status: u16) -> String {
    let meaning = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return format!("HTTP status {status}"),
    };
    format!("{status} {meaning}")
}
