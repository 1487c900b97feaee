//! Streams as recorded from llama-agents-server 0.8.0.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::{Item, decode, split_every_way};
use workflow_protocol::{Envelope, EventKind, EventLog};

fn recorded(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/streams")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Sequences, kinds and payloads of a stream's events.
fn events(name: &str) -> Vec<(u64, EventKind, String)> {
    let (items, _) = decode([recorded(name).as_slice()]);
    let read = |item| match item {
        Item::Event { data, id, .. } => {
            let envelope = Envelope::parse(&data).unwrap_or_else(|error| panic!("{name}: {error}"));
            Some((id.parse().unwrap(), envelope.kind(), envelope.value.to_owned()))
        }
        _ => None,
    };
    items.into_iter().filter_map(read).collect()
}

#[test]
fn every_recorded_stream_is_complete() {
    for (name, count, last) in [
        ("greet.sse", 3, EventKind::Stop),
        ("failed.sse", 3, EventKind::Failed),
        ("timed_out.sse", 2, EventKind::TimedOut),
        ("cancelled.sse", 2, EventKind::Cancelled),
        ("fan.sse", 25, EventKind::Stop),
        ("odd.sse", 7, EventKind::Stop),
        ("hitl_typed.sse", 9, EventKind::Stop),
        ("hitl_stock.sse", 20, EventKind::Stop),
        ("hitl_stocksig.sse", 7, EventKind::Stop),
    ] {
        let events = events(name);
        let sequences: Vec<u64> = events.iter().map(|(sequence, ..)| *sequence).collect();
        assert_eq!(
            sequences,
            (0..count).collect::<Vec<u64>>(),
            "{name}: sequences have no gaps"
        );
        assert_eq!(
            events.last().map(|(_, kind, _)| *kind),
            Some(last),
            "{name}: how it ended"
        );
        assert_eq!(
            events.iter().filter(|(_, kind, _)| kind.is_terminal()).count(),
            1,
            "{name}: one ending"
        );
    }
}

#[test]
fn public_streams_have_gaps() {
    let events = events("greet_public.sse");
    assert_eq!(events.len(), 1, "only the result is public");
    assert_eq!(events[0].0, 2, "its sequence counts the internal events");
}

#[test]
fn payloads_stay_as_they_were_sent() {
    let events = events("odd.sse");
    assert!(
        events[2]
            .2
            .contains(r#""big":12345678901234567890123,"f":1.0,"e":1e+300"#),
        "numbers to the digit: {}",
        events[2].2
    );
    assert!(
        events[2].2.contains("\\u0000 nul é 😀"),
        "text to the character: {}",
        events[2].2
    );
}

#[test]
fn a_log_holds_a_whole_run() {
    let mut log = EventLog::default();
    for (sequence, item) in decode([recorded("fan.sse").as_slice()]).0.iter().enumerate() {
        let Item::Event { data, .. } = item else {
            panic!("only events, not {item:?}")
        };
        log.push(sequence as u64, &Envelope::parse(data).unwrap(), None);
    }
    let counts: HashMap<&str, usize> = log
        .class_counts()
        .map(|(class, count)| (class.name.as_str(), count))
        .collect();
    assert_eq!(
        counts,
        HashMap::from([("StepStateChanged", 20), ("Progress", 4), ("StopEvent", 1)])
    );
    assert_eq!(log.public_len(), 5, "four times progress and the result");
    assert_eq!(log.public(4).map(|event| event.kind), Some(EventKind::Stop));
}

#[test]
fn a_recorded_stream_at_every_cut() {
    let stream = recorded("greet_public.sse");
    let expected = decode([stream.as_slice()]);
    split_every_way(&stream, |chunks| {
        assert_eq!(decode(chunks.iter().copied()), expected, "cut as {chunks:?}");
    });
    for name in ["fan.sse", "odd.sse", "failed.sse"] {
        let stream = recorded(name);
        let expected = decode([stream.as_slice()]);
        for at in 0..=stream.len() {
            let (before, after) = stream.split_at(at);
            assert_eq!(decode([before, after]), expected, "{name} cut at {at}");
        }
    }
}
