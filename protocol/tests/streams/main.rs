//! The decoder of server-sent events: conformance, cuts, bounds.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod bounds;
mod cases;
mod oracle;
mod recorded;

use workflow_protocol::{SseDecoder, SseItem};

/// What a stream gave, owned.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Event { event: String, data: String, id: String },
    Comment(String),
    Retry(u64),
    Oversized { id: String, bytes: u64 },
}

impl From<SseItem<'_>> for Item {
    fn from(item: SseItem<'_>) -> Self {
        match item {
            SseItem::Event { event, data, id, .. } => Self::Event {
                event: event.to_owned(),
                data: data.to_owned(),
                id: id.to_owned(),
            },
            SseItem::Comment(text) => Self::Comment(text.to_owned()),
            SseItem::Retry(milliseconds) => Self::Retry(milliseconds),
            SseItem::Oversized { id, bytes, .. } => Self::Oversized {
                id: id.to_owned(),
                bytes,
            },
        }
    }
}

/// Feeds chunks to a decoder; gives its items and its last event id.
fn decode_with<'a>(
    mut decoder: SseDecoder,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Item>, String) {
    let mut items = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk, &mut |item| items.push(item.into()));
    }
    (items, decoder.last_event_id().to_owned())
}

fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Item>, String) {
    decode_with(SseDecoder::new(), chunks)
}

/// Calls `check` with every way to cut `bytes` in three (with empty parts), and with single bytes.
fn split_every_way(bytes: &[u8], mut check: impl FnMut(&[&[u8]])) {
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            check(&[&bytes[..first], &bytes[first..second], &bytes[second..]]);
        }
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    check(&single);
}
