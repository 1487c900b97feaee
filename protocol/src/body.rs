//! Request bodies.

use std::borrow::Cow;

use serde::Serialize;

use crate::{RawJson, SentEvent};

/// The body that starts a run with the given fields.
///
/// With a class the fields are wrapped in an envelope, which is always correct; plain fields are parsed as an envelope if one of them is
/// called `value` (observed on llama-agents-server 0.8.0). The class is the `title` of the workflow's start schema. A `handler_id` sets the
/// id of the new handler, or continues a finished one.
///
/// `null` is sent as no fields: the server would create a run that never ends.
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
    let start_event = match class {
        Some(class) => Some(Fields::Wrapped(Wrapped::new(class, value))),
        None if value.is_null() => None,
        None => Some(Fields::Bare(value)),
    };
    write(&Start {
        start_event,
        handler_id,
    })
}

#[derive(Serialize)]
struct Start<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_event: Option<Fields<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handler_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Fields<'a> {
    Wrapped(Wrapped<'a>),
    Bare(&'a RawJson),
}

#[derive(Serialize)]
struct Wrapped<'a> {
    #[serde(rename = "type")]
    class: &'a str,
    value: Cow<'a, RawJson>,
}

impl<'a> Wrapped<'a> {
    fn new(class: &'a str, value: &'a RawJson) -> Self {
        let value = if value.is_null() {
            Cow::Owned(RawJson::empty_object())
        } else {
            Cow::Borrowed(value)
        };
        Self { class, value }
    }
}

fn write(body: &impl Serialize) -> String {
    // Strings and checked JSON can always be serialised.
    serde_json::to_string(body).unwrap_or_default()
}

/// The largest request in bytes that has an `Idempotency-Key`: servers that support such keys reject larger ones with a key.
const KEYED: usize = 1024 * 1024;

/// The maximum size of a start without its fields: the class and the handler's id.
const AROUND_START: usize = 64 * 1024;

/// Whether a body of this size is sent without an `Idempotency-Key`.
#[must_use]
pub const fn is_beyond_key(bytes: usize) -> bool {
    bytes > KEYED
}

/// Whether a start with these fields is sent without an `Idempotency-Key`.
#[must_use]
pub fn start_is_beyond_key(value: &RawJson) -> bool {
    is_beyond_key(value.as_str().len() + AROUND_START)
}

/// Whether a sent event was too large for an `Idempotency-Key`.
#[must_use]
pub fn event_is_beyond_key(event: &SentEvent) -> bool {
    let without_value = event_body(&event.class, &RawJson::null(), event.step.as_deref()).len();
    let value = if event.value.is_null() {
        0
    } else {
        event.value.as_str().len().saturating_sub("{}".len())
    };
    is_beyond_key(without_value + value)
}

/// The body that sends an event to a run; `step` names the only step that receives it, else all steps that accept the class do.
///
/// ```
/// # use workflow_protocol::{RawJson, event_body};
/// let value = RawJson::parse(r#"{"choice":"a"}"#)?;
/// assert_eq!(event_body("Answer", &value, None), r#"{"event":{"type":"Answer","value":{"choice":"a"}}}"#);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
pub fn event_body(class: &str, value: &RawJson, step: Option<&str>) -> String {
    #[derive(Serialize)]
    struct Body<'a> {
        event: Wrapped<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<&'a str>,
    }
    let event = Wrapped::new(class, value);
    write(&Body { event, step })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SentState, Time};

    #[test]
    fn a_sent_event_records_whether_it_had_a_key() {
        // Beyond the limit the page sends it without a key, and reports that.
        let class = "Answer";
        for (step, null) in [(None, false), (Some("step"), false), (None, true)] {
            for length in [
                0,
                KEYED - 100,
                KEYED - 43,
                KEYED - 42,
                KEYED - 41,
                KEYED - 30,
                KEYED,
            ] {
                let value = if null {
                    RawJson::null()
                } else {
                    RawJson::string(&"x".repeat(length))
                };
                let body = event_body(class, &value, step);
                let event = SentEvent {
                    class: class.to_owned(),
                    value,
                    step: step.map(str::to_owned),
                    run_id: String::new(),
                    at: Time(0),
                    after: None,
                    prompt: None,
                    state: SentState::Sent,
                    error: None,
                    stalled: false,
                    nonce: 0,
                    replied: None,
                    server_at: None,
                    id: 0,
                };
                assert_eq!(event_is_beyond_key(&event), is_beyond_key(body.len()), "{length}");
            }
        }
        assert!(!is_beyond_key(KEYED) && is_beyond_key(KEYED + 1));
    }
}
