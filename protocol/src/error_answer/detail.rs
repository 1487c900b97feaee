//! The message of an error response.

use crate::error::{cut, is_page, page_words};
use crate::json::{Members, elements, text_of};

/// How many bytes of a server's message are shown.
const WORDS: usize = 8 * 1024;

/// The message of an error response for the user: the server's own text if there is one, else the meaning of the status.
///
/// Reads `{"detail": …}` with a string or FastAPI's list of problems, a failed run's `error`, plain text, and HTML error pages of proxies:
/// only their title or the start of their text, never tags. At most 8 KiB.
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

/// `None` if the body is not JSON of a known shape.
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
