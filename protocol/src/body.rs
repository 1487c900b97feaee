//! Bodies of requests.

use std::fmt::Write as _;

use crate::RawJson;

/// The body that starts a run with the given fields.
///
/// With a class the fields are wrapped in an envelope, which is always safe; bare ones are taken for an envelope when one of
/// them is called `value` (observed on llama-agents-server 0.8.0). The class is the `title` of the workflow's start schema. A
/// `handler_id` chooses the new handler's id, or continues a finished one.
///
/// `null` stands for no fields: sent as such it would leave a run behind that never ends.
///
/// ```
/// # use workflow_protocol::{RawJson, start_body};
/// let value = RawJson::parse(r#"{"name":"Ada"}"#)?;
/// assert_eq!(
///     start_body(Some("Greet"), &value, Some("h1")),
///     r#"{"start_event":{"type":"Greet","value":{"name":"Ada"}},"handler_id":"h1"}"#,
/// );
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
pub fn start_body(class: Option<&str>, value: &RawJson, handler_id: Option<&str>) -> String {
    let mut body = String::from("{");
    match class {
        Some(class) => {
            body.push_str("\"start_event\":");
            push_envelope(&mut body, class, value);
        }
        None if value.is_null() => {}
        None => push(&mut body, format_args!("\"start_event\":{value}")),
    }
    if let Some(id) = handler_id {
        let comma = if body.len() > 1 { "," } else { "" };
        push(
            &mut body,
            format_args!("{comma}\"handler_id\":{}", RawJson::string(id)),
        );
    }
    body.push('}');
    body
}

/// The body that sends an event to a run; `step` names the one step that shall get it, else every step that takes the class.
///
/// ```
/// # use workflow_protocol::{RawJson, event_body};
/// let value = RawJson::parse(r#"{"choice":"a"}"#)?;
/// assert_eq!(event_body("Answer", &value, None), r#"{"event":{"type":"Answer","value":{"choice":"a"}}}"#);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
pub fn event_body(class: &str, value: &RawJson, step: Option<&str>) -> String {
    let mut body = String::from("{\"event\":");
    push_envelope(&mut body, class, value);
    if let Some(step) = step {
        push(&mut body, format_args!(",\"step\":{}", RawJson::string(step)));
    }
    body.push('}');
    body
}

fn push_envelope(body: &mut String, class: &str, value: &RawJson) {
    let value = if value.is_null() { "{}" } else { value.as_str() };
    push(
        body,
        format_args!("{{\"type\":{},\"value\":{value}}}", RawJson::string(class)),
    );
}

fn push(body: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    let _ = body.write_fmt(arguments);
}
