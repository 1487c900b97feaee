//! Writes the events of a log in the server's format.

use crate::{Envelope, EventKind, EventLog, EventRef};

/// A batch ends with the event that exceeds this length.
const LENGTH: usize = 64 * 1024;

/// Frames of consecutive events.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) bytes: Vec<u8>,
    /// The sequence of its last event.
    pub(super) last: Option<i64>,
    /// The next event is no longer kept.
    pub(super) evicted: bool,
}

impl Batch {
    /// The events after a cursor, up to about 64 KiB.
    pub(super) fn read(log: &EventLog, after: i64) -> Self {
        let mut batch = Self::default();
        let mut index = first(log, after);
        while batch.bytes.len() < LENGTH
            && let Some(event) = log.get(index)
        {
            if !write(&event, &mut batch.bytes) {
                batch.evicted = true;
                break;
            }
            if event.numbered {
                batch.last = Some(i64::try_from(event.sequence).unwrap_or(i64::MAX));
            }
            index += 1;
        }
        batch
    }

    /// Whether the log has events after a cursor.
    pub(super) fn has_events(log: &EventLog, after: i64) -> bool {
        log.get(first(log, after)).is_some()
    }

    /// Whether the first event after a cursor is no longer kept.
    pub(super) fn is_evicted(log: &EventLog, after: i64) -> bool {
        log.get(first(log, after))
            .is_some_and(|event| event.value.is_none() && event.kind != EventKind::Oversized)
    }
}

fn first(log: &EventLog, after: i64) -> usize {
    u64::try_from(after).map_or(0, |after| log.index_after(after))
}

/// Appends an event's frame. `false` if its payload is no longer kept.
fn write(event: &EventRef<'_>, bytes: &mut Vec<u8>) -> bool {
    let text = match (event.kind, event.value) {
        (EventKind::Oversized, _) => [
            "An event of ",
            &event.length.to_string(),
            " bytes, which is more than is read.",
        ]
        .concat(),
        (_, None) => return false,
        (EventKind::Undecodable, Some(raw)) => raw.to_owned(),
        (_, Some(value)) => {
            let class = event.class;
            let envelope = Envelope::new(
                value,
                &class.name,
                class.types.as_ref(),
                class.qualified_name.as_deref(),
            );
            match serde_json::to_string(&envelope) {
                Ok(text) => text,
                Err(_) => return false,
            }
        }
    };
    if event.numbered {
        bytes.extend_from_slice(["id: ", &event.sequence.to_string(), "\n"].concat().as_bytes());
    }
    for line in text.split('\n') {
        bytes.extend_from_slice(b"data: ");
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    bytes.push(b'\n');
    true
}
