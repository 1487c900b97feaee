//! Events as lines of JSON.

use super::escape::iso_time;
use serde_json::json;
use workflow_protocol::{EventKind, EventRef};

/// One event as a line of NDJSON, with its line feed. Its members are those of the server's envelope (`value`, `qualified_name`, `type`,
/// `types`), `sequence`, and `seen`: when it arrived here, or null for history.
///
/// The payload is the original text, with spaces in place of line breaks. Without one, `value` is null and `missing` has the reason:
/// `evicted` or `oversized`. A frame that is not an event has its text in `raw`, and `error`.
///
/// ```
/// use workflow_inspector::save::event_line;
/// use workflow_protocol::{Envelope, EventLog};
///
/// let mut log = EventLog::default();
/// log.push(4, &Envelope::parse(r#"{"type":"Tick","value":{"n":1}}"#)?, None);
/// let line = log.get(0).map(|event| event_line(&event));
/// let want = r#"{"sequence":4,"seen":null,"type":"Tick","types":null,"qualified_name":null,"value":{"n":1}}"#;
/// assert_eq!(line, Some(format!("{want}\n")));
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
pub fn event_line(event: &EventRef<'_>) -> String {
    let class = event.class;
    let seen = event.seen.map(|seen| iso_time(seen.0));
    let mut line = String::from("{");
    let mut member = |name: &str, value: &str| {
        if line.len() > 1 {
            line.push(',');
        }
        line.push('"');
        line.push_str(name);
        line.push_str("\":");
        line.push_str(value);
    };
    if event.numbered {
        member("sequence", &event.sequence.to_string());
    }
    member("seen", &json!(seen).to_string());
    if event.kind == EventKind::Undecodable {
        member("error", &json!(event.error).to_string());
        member("raw", &json!(event.value).to_string());
    } else {
        member("type", &json!(class.name).to_string());
        member("types", &json!(class.types).to_string());
        member("qualified_name", &json!(class.qualified_name).to_string());
        match event.value {
            // Valid JSON has line breaks between its tokens only.
            Some(value) => member("value", &value.replace(['\n', '\r'], " ")),
            None => {
                member("value", "null");
                let why = if event.kind == EventKind::Oversized {
                    "oversized"
                } else {
                    "evicted"
                };
                member("missing", &json!(why).to_string());
                member("bytes", &event.length.to_string());
            }
        }
    }
    line.push_str("}\n");
    line
}
