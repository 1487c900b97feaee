//! What a hostile or clumsy server may send: nothing of it may take memory without bound or time beyond its length.

use crate::{Item, decode, decode_with};
use workflow_protocol::SseDecoder;

fn event(data: &str, id: &str) -> Item {
    Item::Event {
        event: String::new(),
        data: data.to_owned(),
        id: id.to_owned(),
    }
}

#[test]
fn an_event_beyond_the_limit_is_skipped_and_reported_once() {
    let stream = format!(
        "id: 1\ndata: ok\n\nid: 2\ndata: {}\n\nid: 3\ndata: fine\n\n",
        "x".repeat(11)
    );
    let expected = vec![
        event("ok", "1"),
        Item::Oversized {
            id: "2".to_owned(),
            bytes: 11,
        },
        event("fine", "3"),
    ];
    for size in 1..=stream.len() {
        let (items, last_id) = decode_with(SseDecoder::with_limit(10), stream.as_bytes().chunks(size));
        assert_eq!(items, expected, "in chunks of {size}");
        assert_eq!(last_id, "3", "in chunks of {size}");
    }
}

#[test]
fn the_bound_counts_all_lines_of_an_event() {
    for (stream, expected) in [
        ("data: 12345\ndata: 6789\n\n", event("12345\n6789", "")),
        (
            "data: 12345\ndata: 67890\n\n",
            Item::Oversized {
                id: String::new(),
                bytes: 11,
            },
        ),
        ("data: 1234567890\n\n", event("1234567890", "")),
        (
            "data: 1234567890\ndata\n\n",
            Item::Oversized {
                id: String::new(),
                bytes: 11,
            },
        ),
    ] {
        for size in 1..=stream.len() {
            let (items, _) = decode_with(SseDecoder::with_limit(10), stream.as_bytes().chunks(size));
            assert_eq!(
                items,
                std::slice::from_ref(&expected),
                "{stream:?} in chunks of {size}"
            );
        }
    }
}

#[test]
fn an_id_behind_the_skipped_data_still_counts() {
    let (items, last_id) = decode_with(
        SseDecoder::with_limit(3),
        [b"data: 12345\nid: 9\ndata: 6\n\n".as_slice()],
    );
    assert_eq!(
        items,
        [Item::Oversized {
            id: "9".to_owned(),
            bytes: 7
        }]
    );
    assert_eq!(last_id, "9", "the cursor moves on");
}

#[test]
fn an_unfinished_oversized_event_is_discarded() {
    let mut decoder = SseDecoder::with_limit(3);
    let mut items = Vec::new();
    decoder.feed(b"id: 1\ndata: 12345\n", &mut |item| items.push(Item::from(item)));
    decoder.reset();
    decoder.feed(b"data: 1\n\n", &mut |item| items.push(Item::from(item)));
    assert_eq!(
        items,
        [event("1", "")],
        "neither its data nor its id outlive the connection"
    );
}

#[test]
fn a_bound_of_nothing_takes_only_empty_data() {
    let (items, _) = decode_with(SseDecoder::with_limit(0), [b"data\n\ndata: 1\n\n".as_slice()]);
    assert_eq!(
        items,
        [
            event("", ""),
            Item::Oversized {
                id: String::new(),
                bytes: 1
            }
        ]
    );
}

#[test]
fn endless_lines_of_other_fields_are_not_stored() {
    // A decoder's debug text shows what it holds; it must not grow with the stream.
    for start in [
        ":",
        "unknown: ",
        "id: ",
        "event: ",
        "retry: ",
        "x",
        "data\u{301}: ",
    ] {
        let mut decoder = SseDecoder::with_limit(1024);
        decoder.feed(start.as_bytes(), &mut |_| {});
        let chunk = [b'7'; 64 * 1024];
        for _ in 0..64 {
            decoder.feed(&chunk, &mut |_| {});
        }
        let held = format!("{decoder:?}").len();
        assert!(
            held < 16 * 1024,
            "{start:?}: {held} characters of state after 4 MiB"
        );
        let mut items = Vec::new();
        decoder.feed(b"\ndata: 1\n\n", &mut |item| items.push(Item::from(item)));
        assert_eq!(items.last(), Some(&event("1", "")), "{start:?}: decoding goes on");
    }
}

#[test]
fn too_long_ids_and_names_are_ignored() {
    let long = "7".repeat(1025);
    let fits = "7".repeat(1024);
    let (items, last_id) = decode([format!("id: 1\nid: {long}\nevent: {long}\ndata: a\n\n").as_bytes()]);
    assert_eq!((items, last_id.as_str()), (vec![event("a", "1")], "1"));
    let (_, last_id) = decode([format!("id: {fits}\n\n").as_bytes()]);
    assert_eq!(last_id, fits, "1 KiB is taken");
    let (_, last_id) = decode([format!("id: {long}\nid: 2\n\n:{long}\nid: 3\n\n").as_bytes()]);
    assert_eq!(last_id, "3", "the next line is none the worse for it");
}

#[test]
fn a_long_comment_is_cut_between_characters() {
    for before in 0..4 {
        let stream = format!(":{}{}\n", "x".repeat(before), "😀".repeat(400));
        for size in [1, 7, 1000, stream.len()] {
            let (items, _) = decode(stream.as_bytes().chunks(size));
            let [Item::Comment(text)] = items.as_slice() else {
                panic!("one comment, not {items:?}")
            };
            let expected = format!("{}{}", "x".repeat(before), "😀".repeat((1024 - before) / 4));
            assert_eq!(text, &expected, "{before} bytes ahead, in chunks of {size}");
        }
    }
}

#[test]
fn a_huge_line_byte_by_byte_costs_its_length() {
    // Quadratic work would take minutes here, and the test's runner would say so.
    let mut decoder = SseDecoder::new();
    let mut length = 0;
    decoder.feed(b"data: ", &mut |_| {});
    for _ in 0..1_000_000 {
        decoder.feed(b"x", &mut |_| {});
    }
    decoder.feed(b"\n\n", &mut |item| {
        if let Item::Event { data, .. } = item.into() {
            length = data.len();
        }
    });
    assert_eq!(length, 1_000_000, "all of it arrives");
}

#[test]
fn many_data_lines_cost_their_length() {
    let mut stream = b"data: x\n".repeat(500_000);
    stream.push(b'\n');
    let (items, _) = decode([stream.as_slice()]);
    let [Item::Event { data, .. }] = items.as_slice() else {
        panic!("one event, not {}", items.len())
    };
    assert_eq!(data.len(), 999_999);
}

#[test]
fn complete_data_is_lent_from_the_chunk() {
    let chunk = b"id: 1\ndata: hello\n\n";
    let range = chunk.as_ptr_range();
    let mut lent = false;
    SseDecoder::new().feed(chunk, &mut |item| {
        if let workflow_protocol::SseItem::Event { data, .. } = item {
            lent = range.contains(&data.as_ptr());
        }
    });
    assert!(lent, "the data must not be copied");
}
