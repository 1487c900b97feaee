//! Validation errors by field.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::json::{Members, elements, text_of};

/// One validation error of a refused event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldError {
    /// The location, as a JSON pointer into the event's fields without the first slash: `items/0/name`. Empty for the event as a whole. If
    /// a union was refused, the names of its branches are part of the path, as in the server's text.
    pub path: String,
    /// The server's message.
    pub message: String,
}

/// The problems by field in a refused event's error text; empty if there are none.
///
/// Reads pydantic's text anywhere in `detail` (observed on llama-agents-server 0.8.0), and the JSON list of FastAPI's validation errors,
/// without the first segment (`body`).
///
/// ```
/// # use workflow_protocol::validation_errors;
/// let detail = "Failed to deserialize event: 1 validation error for Answer\nchoice\n  Field required [type=missing, input_value={}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.12/v/missing";
/// let errors = validation_errors(detail);
/// assert_eq!(errors[0].path, "choice");
/// assert_eq!(errors[0].message, "Field required");
/// ```
pub fn validation_errors(detail: &str) -> Vec<FieldError> {
    json_errors(detail.trim()).unwrap_or_else(|| text_errors(detail))
}

fn json_errors(text: &str) -> Option<Vec<FieldError>> {
    let list = if text.starts_with('{') {
        let detail = Members::read(text)?.get("detail")?;
        if let Some(text) = text_of(detail) {
            return Some(text_errors(&text));
        }
        detail
    } else {
        text
    };
    let mut errors = Vec::new();
    for problem in elements(list)? {
        if let Some((location, message)) = located_problem(problem.get()) {
            errors.push(FieldError {
                path: pointer(location.get(1..).unwrap_or_default()),
                message,
            });
        }
    }
    Some(errors)
}

/// Location and message of one problem of a FastAPI response.
pub(super) fn located_problem(problem: &str) -> Option<(Vec<String>, String)> {
    let members = Members::read(problem)?;
    let message = members.text("msg")?.into_owned();
    let location = members.get("loc").and_then(elements).unwrap_or_default();
    let segment =
        |value: &RawValue| text_of(value.get()).map_or_else(|| value.get().to_owned(), Cow::into_owned);
    Some((location.into_iter().map(segment).collect(), message))
}

fn pointer(segments: &[String]) -> String {
    let escaped = segments
        .iter()
        .map(|segment| segment.replace('~', "~0").replace('/', "~1"));
    escaped.collect::<Vec<_>>().join("/")
}

/// Each problem is a line with its location (none for the whole model), then the message indented by two spaces, ending in `[type=…,
/// input_value=…, input_type=…]`, then usually a line with a link. Messages and locations can contain line breaks.
fn text_errors(detail: &str) -> Vec<FieldError> {
    let Some((model, body)) = header(detail) else {
        return Vec::new();
    };
    let mut errors = Vec::new();
    let mut location: Option<String> = None;
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with(LINK) {
            continue;
        }
        let Some(first) = line.strip_prefix("  ") else {
            match &mut location {
                Some(start) => {
                    start.push('\n');
                    start.push_str(line);
                }
                None => location = Some(line.to_owned()),
            }
            continue;
        };
        let mut message = first.to_owned();
        let mut has_kind = first.contains(KIND);
        while !(has_kind && message.ends_with(']')) {
            // Without its ending the message continues, except into the link that follows it.
            let Some(next) = lines.next_if(|next| !next.starts_with(LINK)) else {
                break;
            };
            message.push('\n');
            message.push_str(next);
            has_kind |= next.contains(KIND);
        }
        if let Some(end) = message.find(KIND) {
            message.truncate(end);
        }
        let path = location
            .take()
            .map(|text| pointer(&segments(&text)))
            .unwrap_or_default();
        // A refused envelope says nothing about the event's fields, which may include one called "value".
        let path = if model == "EventEnvelope" {
            String::new()
        } else {
            path
        };
        errors.push(FieldError { path, message });
    }
    errors
}

const KIND: &str = " [type=";
const LINK: &str = "    For further information visit ";

/// The model's name and the text after the line `2 validation errors for Model`.
fn header(detail: &str) -> Option<(&str, &str)> {
    let mut searched = 0;
    loop {
        let rest = detail.get(searched..)?;
        let at = rest.find(" validation error")?;
        let (before, after) = rest.split_at_checked(at)?;
        let after = after.strip_prefix(" validation error")?;
        let after_plural = after.strip_prefix('s').unwrap_or(after);
        let counted = before.ends_with(|digit: char| digit.is_ascii_digit());
        if let (true, Some(model)) = (counted, after_plural.strip_prefix(" for ")) {
            return Some(model.split_once('\n').unwrap_or((model, "")));
        }
        searched = detail.len() - after.len();
    }
}

/// The parts of a location such as ``items.0.`a.b` ``: joined by dots, with back quotes around parts that contain a dot.
fn segments(location: &str) -> Vec<String> {
    let mut segments = Vec::new();
    let mut rest = location;
    loop {
        let quoted = rest.strip_prefix('`').and_then(|inner| {
            let end = inner
                .find("`.")
                .or_else(|| inner.ends_with('`').then(|| inner.len() - 1))?;
            Some((inner.get(..end)?, inner.get(end + 1..)?))
        });
        let dot = rest.find('.').unwrap_or(rest.len());
        let (segment, after) = quoted
            .or_else(|| rest.split_at_checked(dot))
            .unwrap_or((rest, ""));
        segments.push(segment.to_owned());
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None => return segments,
        }
    }
}
