//! Random streams against a second, naive decoder that follows the text of the standard line by line.

use proptest::prelude::*;

use crate::{Item, decode, decode_with, split_every_way};
use workflow_protocol::SseDecoder;

/// The standard's steps over a whole stream: decode, split into lines, process.
fn naive(bytes: &[u8]) -> (Vec<Item>, String) {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    // An invalid beginning of a mark is decoded like any other bytes.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.pop();
    let (mut items, mut data, mut event, mut id, mut last_id) =
        (vec![], String::new(), String::new(), String::new(), String::new());
    for line in lines {
        if line.is_empty() {
            last_id.clone_from(&id);
            if let Some(data) = data.strip_suffix('\n') {
                items.push(Item::Event {
                    event: event.clone(),
                    data: data.to_owned(),
                    id: last_id.clone(),
                });
            }
            data.clear();
            event.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => items.push(Item::Comment(value.to_owned())),
            "event" => event = value.to_owned(),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "id" if !value.contains('\0') => id = value.to_owned(),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                items.push(Item::Retry(value.parse().unwrap_or(u64::MAX)));
            }
            _ => {}
        }
    }
    (items, last_id)
}

/// Streams of pieces that mean something, so that most cuts hit something.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"data:",
        b"data: ",
        b"data",
        b"event:",
        b"event: tick",
        b"id:",
        b"id: 7",
        b"id: a",
        b"retry:",
        b"retry: 12",
        b":",
        b": ",
        b" ",
        b"\n",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"\r\r",
        b"\r\n\r\n",
        b"\0",
        b"x",
        b"12",
        b"\xEF\xBB\xBF",
        b"\xEF",
        b"\xEF\xBB",
        b"\xBF",
        b"\xE2\x82\xAC",
        b"\xE2\x82",
        b"\xF0\x9F\x98\x80",
        b"\xF0\x9F",
        b"\x80",
        b"\xFF",
        b"\xED\xA0\x80",
        b"unknown: y",
        b"{\"a\":1}",
    ];
    let piece = prop_oneof![
        20 => prop::sample::select(pieces).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_cut_matches_the_standard(bytes in streams(), sizes in prop::collection::vec(0_usize..9, 1..30)) {
        let expected = naive(&bytes);
        prop_assert_eq!(&decode([bytes.as_slice()]), &expected, "in one piece");
        prop_assert_eq!(&decode(bytes.chunks(1)), &expected, "byte by byte");
        let mut rest = bytes.as_slice();
        let mut chunks = Vec::new();
        for size in sizes.iter().cycle().take(bytes.len() + sizes.len()) {
            let (chunk, after) = rest.split_at((*size).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        chunks.push(rest);
        prop_assert_eq!(&decode(chunks.iter().copied()), &expected, "cut as {:?}", chunks);
    }

    #[test]
    fn with_a_bound_however_cut(bytes in streams(), limit in 0_usize..12) {
        let whole = decode_with(SseDecoder::with_limit(limit), [bytes.as_slice()]);
        let single = decode_with(SseDecoder::with_limit(limit), bytes.chunks(1));
        prop_assert_eq!(&single, &whole);
        // The bound changes nothing but which events are reported in full.
        let (unbounded, last_id) = naive(&bytes);
        prop_assert_eq!(&whole.1, &last_id);
        prop_assert_eq!(whole.0.len(), unbounded.len());
        for (bounded, full) in whole.0.iter().zip(&unbounded) {
            match (bounded, full) {
                (Item::Oversized { id, bytes }, Item::Event { id: expected, .. }) => {
                    prop_assert_eq!(id, expected);
                    prop_assert!(*bytes > limit as u64, "{} bytes within the bound of {}", bytes, limit);
                }
                _ => prop_assert_eq!(bounded, full),
            }
        }
    }

    #[test]
    fn a_reset_is_a_new_stream_with_the_last_id(before in streams(), after in streams()) {
        let mut items = Vec::new();
        let mut decoder = SseDecoder::new();
        decoder.feed(&before, &mut |_| {});
        let kept = decoder.last_event_id().to_owned();
        decoder.reset();
        prop_assert_eq!(decoder.last_event_id(), kept.as_str());
        decoder.feed(&after, &mut |item| items.push(Item::from(item)));
        // The same as a stream that had begun with that id. A mark counts only at a stream's very beginning.
        let mut expected = Vec::new();
        let mut other = SseDecoder::new();
        other.feed(format!("id: {kept}\n\n").as_bytes(), &mut |_| {});
        let after = after.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&after);
        other.feed(after, &mut |item| expected.push(Item::from(item)));
        prop_assert_eq!(items, expected);
    }
}

#[test]
fn a_short_stream_at_every_cut() {
    let stream = "\u{feff}: hi\r\nid: 1\r\ndata: {\"t\":\"a€😀\"}\r\n\r\nretry: 9\rdata\r\rid\0: 2\nid: 3\ndata: x\ndata: y\n\n";
    let expected = naive(stream.as_bytes());
    assert_eq!(
        expected.0.len(),
        5,
        "the stream holds a comment, three events and a retry"
    );
    split_every_way(stream.as_bytes(), |chunks| {
        assert_eq!(decode(chunks.iter().copied()), expected, "cut as {chunks:?}");
    });
}
