//! The event log against a plain list, eviction included.

#![allow(clippy::expect_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use workflow_protocol::{Envelope, EventClass, EventKind, EventLog, Time};

/// What the log must remember of each event.
#[derive(Clone, Debug)]
struct Model {
    sequence: u64,
    class: EventClass,
    kind: EventKind,
    text: Option<String>,
    length: u64,
    seen: Option<Time>,
    error: Option<String>,
}

/// One event to push.
#[derive(Clone, Debug)]
enum Push {
    Event { class: usize, length: usize },
    Undecodable { length: usize, error: usize },
    Oversized { bytes: u64 },
}

const CLASSES: [(&str, &str, EventKind); 8] = [
    (r#""Tick""#, "null", EventKind::Plain),
    (r#""Tick""#, "[]", EventKind::Plain),
    (r#""Tick""#, r#"["Base"]"#, EventKind::Plain),
    (
        r#""StepStateChanged""#,
        r#"["InternalDispatchEvent"]"#,
        EventKind::StepState,
    ),
    (r#""New""#, r#"["InternalDispatchEvent"]"#, EventKind::Internal),
    (r#""Ask""#, r#"["InputRequiredEvent"]"#, EventKind::InputRequired),
    (r#""StopEvent""#, "null", EventKind::Stop),
    (r#""WorkflowFailedEvent""#, r#"["StopEvent"]"#, EventKind::Failed),
];

fn payload(length: usize, salt: usize) -> String {
    let digits: String = (0..length)
        .map(|at| char::from(b'0' + ((at * 7 + salt) % 10) as u8))
        .collect();
    format!("\"{digits}\"")
}

fn push(log: &mut EventLog, sequence: u64, seen: Option<Time>, what: &Push) -> Model {
    match what {
        Push::Event { class, length } => {
            let (name, types, kind) = CLASSES[*class];
            let value = payload(*length, *class);
            let frame = format!(r#"{{"value":{value},"type":{name},"types":{types}}}"#);
            let envelope = Envelope::parse(&frame).expect("the frame is an envelope");
            if sequence.is_multiple_of(2) {
                log.push(sequence, &envelope, seen);
            } else {
                log.push_frame(sequence, &frame, seen).expect("an envelope");
            }
            let length = value.len() as u64;
            Model {
                sequence,
                class: envelope.class(),
                kind,
                text: Some(value),
                length,
                seen,
                error: None,
            }
        }
        Push::Undecodable { length, error } => {
            let (raw, error) = ("{é".repeat(*length), "e".repeat(*error));
            log.push_undecodable(sequence, &raw, error.clone(), seen);
            Model {
                sequence,
                class: EventClass {
                    name: "Undecodable".to_owned(),
                    types: None,
                    qualified_name: None,
                },
                kind: EventKind::Undecodable,
                length: raw.len() as u64,
                text: Some(raw),
                seen,
                error: Some(error),
            }
        }
        Push::Oversized { bytes } => {
            log.push_oversized(sequence, *bytes, seen);
            let class = EventClass {
                name: "Oversized".to_owned(),
                types: None,
                qualified_name: None,
            };
            let kind = EventKind::Oversized;
            Model {
                sequence,
                class,
                kind,
                text: None,
                length: *bytes,
                seen,
                error: None,
            }
        }
    }
}

/// Compares everything that can be read with what was pushed. Texts may be missing from the oldest events only.
fn check(log: &EventLog, models: &[Model]) -> Result<(), TestCaseError> {
    prop_assert_eq!(log.len(), models.len());
    prop_assert_eq!(log.is_empty(), models.is_empty());
    prop_assert_eq!(log.last_sequence(), models.last().map(|model| model.sequence));
    prop_assert_eq!(
        log.received_bytes(),
        models.iter().map(|model| model.length).sum::<u64>()
    );
    let (mut held, mut evicted, mut began) = (0, 0, false);
    for (index, model) in models.iter().enumerate() {
        let event = log.get(index).expect("every event can be read");
        prop_assert_eq!(event.index, index);
        prop_assert_eq!(event.sequence, model.sequence);
        prop_assert_eq!(event.class, &model.class);
        prop_assert_eq!(event.kind, model.kind);
        prop_assert_eq!(event.length, model.length);
        prop_assert_eq!(event.seen, model.seen);
        match (event.value, &model.text) {
            (Some(value), Some(text)) => {
                prop_assert_eq!(value, text);
                prop_assert_eq!(event.error, model.error.as_deref());
                held += value.len() + model.error.as_ref().map_or(0, String::len);
                began = true;
            }
            (None, Some(_)) => {
                prop_assert!(!began, "event {} lost its payload before an older one", index);
                prop_assert_eq!(event.error, None);
                evicted += 1;
            }
            (value, None) => prop_assert_eq!(value, None),
        }
        prop_assert_eq!(log.index_of(model.sequence), Some(index));
        prop_assert_eq!(
            log.index_of(model.sequence + 1).is_some(),
            models
                .get(index + 1)
                .is_some_and(|next| next.sequence == model.sequence + 1)
        );
    }
    prop_assert_eq!(log.bytes(), held);
    prop_assert_eq!(log.evicted(), evicted);
    let public: Vec<usize> = models
        .iter()
        .enumerate()
        .filter(|(_, model)| !model.kind.is_internal())
        .map(|(index, _)| index)
        .collect();
    prop_assert_eq!(log.public_len(), public.len());
    for (ordinal, index) in public.iter().enumerate() {
        prop_assert_eq!(log.public(ordinal).map(|event| event.index), Some(*index));
    }
    for index in 0..=models.len() {
        prop_assert_eq!(
            log.public_ordinal(index),
            public.iter().position(|public| *public == index)
        );
    }
    prop_assert_eq!(log.get(models.len()), None);
    prop_assert_eq!(log.public(public.len()), None);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for model in models {
        *counts.entry(format!("{:?}", model.class)).or_default() += 1;
    }
    let found: BTreeMap<String, usize> = log
        .class_counts()
        .map(|(class, count)| (format!("{class:?}"), count))
        .collect();
    prop_assert_eq!(found, counts);
    Ok(())
}

fn pushes() -> impl Strategy<Value = Vec<(u64, Option<u64>, Push)>> {
    let length = prop_oneof![6 => 0_usize..40, 2 => 1_000_usize..70_000, 1 => 200_000_usize..300_000];
    let what = prop_oneof![
        12 => (0..CLASSES.len(), length).prop_map(|(class, length)| Push::Event { class, length }),
        2 => (0_usize..60_000, 0_usize..60).prop_map(|(length, error)| Push::Undecodable { length, error }),
        1 => any::<u64>().prop_map(|bytes| Push::Oversized { bytes: bytes >> 4 >> (bytes % 60) }),
    ];
    prop::collection::vec((0_u64..4, prop::option::of(0_u64..50), what), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn like_a_plain_list(pushes in pushes(), cap in prop_oneof![Just(0_usize), 100_000_usize..2_000_000]) {
        let mut log = EventLog::new(cap);
        let mut models: Vec<Model> = Vec::new();
        let (mut sequence, mut now) = (0_u64, 1_790_000_000_000_u64);
        for (gap, pause, what) in &pushes {
            let seen = pause.map(|pause| { now += pause; Time(now) });
            // A gap of nothing is a repetition, which must leave no trace.
            let first = models.is_empty();
            sequence += gap;
            let model = push(&mut log, sequence, seen, what);
            if first || *gap > 0 {
                models.push(model);
            }
        }
        check(&log, &models)?;
        // Whole chunks go: at most the newest one passes the cap.
        let newest = models.iter().rev().find(|model| model.text.is_some()).map_or(0, |model| model.length as usize + 60);
        prop_assert!(log.bytes() <= cap.max(256 * 1024).max(newest), "{} bytes held with a cap of {}", log.bytes(), cap);
    }
}

#[test]
fn nothing_in_nothing() {
    let log = EventLog::default();
    check(&log, &[]).expect("an empty log answers like an empty list");
    assert_eq!(log.index_of(0), None);
    assert_eq!(log.public_ordinal(0), None);
}

#[test]
fn repetitions_are_left_out() {
    let mut log = EventLog::default();
    let tick = Envelope {
        value: "1",
        name: "Tick".into(),
        types: None,
        qualified_name: None,
    };
    for sequence in [3, 3, 2, 5, 0, 5, 6] {
        log.push(sequence, &tick, None);
        log.push_undecodable(sequence, "{", "broken".to_owned(), None);
        log.push_oversized(sequence, 7, None);
    }
    let sequences: Vec<u64> = (0..log.len())
        .filter_map(|index| Some(log.get(index)?.sequence))
        .collect();
    assert_eq!(sequences, [3, 5, 6]);
    assert_eq!(log.received_bytes(), 3, "a repetition counts no bytes");
    assert_eq!(
        log.class_counts().map(|(_, count)| count).sum::<usize>(),
        3,
        "nor a class"
    );
}

#[test]
fn names_that_differ_anywhere_are_other_classes() {
    let mut log = EventLog::default();
    let frames = [
        r#"{"value":1,"type":"A","types":null}"#,
        r#"{"value":1,"type":"A","types":[]}"#,
        r#"{"value":1,"type":"A","types":["B"]}"#,
        r#"{"value":1,"type":"A","types":["B","C"]}"#,
        r#"{"value":1,"type":"A","types":["B"],"qualified_name":"m.A"}"#,
        r#"{"value":1,"type":"A","types":["B"],"qualified_name":"n.A"}"#,
        r#"{"value":1,"type":"B","types":["B"],"qualified_name":"n.A"}"#,
    ];
    for round in 0..3 {
        for (place, frame) in frames.iter().enumerate() {
            let sequence = (round * frames.len() + place) as u64;
            log.push(sequence, &Envelope::parse(frame).expect("an envelope"), None);
        }
    }
    let counts: Vec<usize> = log.class_counts().map(|(_, count)| count).collect();
    assert_eq!(counts, [3; 7], "each class once, however often it comes");
}

#[test]
fn a_class_for_every_event_does_not_take_all_memory() {
    let mut log = EventLog::default();
    for sequence in 0..70_000_u64 {
        let name = format!("Tick{sequence}");
        log.push(
            sequence,
            &Envelope {
                value: "1",
                name: name.into(),
                types: None,
                qualified_name: None,
            },
            None,
        );
    }
    assert_eq!(log.len(), 70_000, "no event is lost");
    assert!(
        log.class_counts().count() <= 65_536,
        "{} classes",
        log.class_counts().count()
    );
    assert_eq!(
        log.class_counts().map(|(_, count)| count).sum::<usize>(),
        70_000,
        "all are counted"
    );
    let last = log.get(69_999).expect("the last event");
    assert_eq!((last.class.name.as_str(), last.kind), ("Other", EventKind::Plain));
}

#[test]
fn times_survive_months_and_gaps() {
    let mut log = EventLog::default();
    let tick = Envelope {
        value: "1",
        name: "Tick".into(),
        types: None,
        qualified_name: None,
    };
    let day = 86_400_000;
    let start = 1_790_000_000_000;
    let times = [
        None,
        Some(start),
        None,
        Some(start + 49 * day),
        Some(start + 50 * day),
        Some(start + 50 * day),
        Some(start + 120 * day),
        None,
        Some(start + u64::from(u32::MAX) + 120 * day),
        Some(u64::MAX),
    ];
    for (sequence, seen) in times.iter().enumerate() {
        log.push(sequence as u64, &tick, seen.map(Time));
    }
    for (index, seen) in times.iter().enumerate() {
        assert_eq!(
            log.get(index).and_then(|event| event.seen),
            seen.map(Time),
            "event {index}"
        );
    }
}

#[test]
fn sequences_of_any_size() {
    let mut log = EventLog::default();
    let tick = Envelope {
        value: "1",
        name: "Tick".into(),
        types: None,
        qualified_name: None,
    };
    for sequence in [0, 1, 1 << 40, u64::MAX] {
        log.push(sequence, &tick, None);
    }
    assert_eq!(log.len(), 4);
    assert_eq!(log.index_of(u64::MAX), Some(3));
    assert_eq!(log.index_of(2), None);
    assert_eq!(log.last_sequence(), Some(u64::MAX));
}

#[test]
fn a_flood_of_broken_frames_is_bounded() {
    // The texts are empty, so that only what is wrong with them takes memory.
    let mut log = EventLog::new(512 * 1024);
    for sequence in 0..20_000 {
        log.push_undecodable(sequence, "", "x".repeat(100), None);
    }
    assert!(log.bytes() <= 512 * 1024, "{} bytes held", log.bytes());
    assert!(log.evicted() > 10_000, "{} evicted", log.evicted());
    assert_eq!(
        log.get(0).and_then(|event| event.error),
        None,
        "the oldest words are gone"
    );
    assert_eq!(
        log.get(19_999).and_then(|event| event.error).map(str::len),
        Some(100)
    );
}

#[test]
fn chunks_filled_to_the_last_byte() {
    let mut log = EventLog::default();
    let value = payload(64 * 1024 - 2, 1);
    for sequence in 0..9 {
        let envelope = Envelope {
            value: &value,
            name: "Tick".into(),
            types: None,
            qualified_name: None,
        };
        log.push(2 * sequence, &envelope, None);
        // An empty text may stand at the very end of a chunk, or at the beginning of the next.
        log.push_undecodable(2 * sequence + 1, "", String::new(), None);
        let empty = log.get(log.len() - 1).expect("the event");
        assert_eq!(
            empty.value,
            Some(""),
            "an empty text after {sequence} others is no evicted one"
        );
    }
    for index in 0..log.len() {
        let expected = if index % 2 == 0 { value.as_str() } else { "" };
        let event = log.get(index).expect("the event");
        assert!(
            event.value == Some(expected),
            "event {index} reads as it was written"
        );
        assert_eq!(
            event.kind == EventKind::Undecodable,
            index % 2 == 1,
            "event {index}"
        );
    }
}

#[test]
fn a_million_events() {
    let mut log = EventLog::new(16 * 1024 * 1024);
    let value = format!(r#"{{"n":"{}"}}"#, "x".repeat(90));
    let tick = Envelope {
        value: &value,
        name: "Tick".into(),
        types: None,
        qualified_name: None,
    };
    let step = Envelope {
        name: "StepStateChanged".into(),
        ..tick.clone()
    };
    for sequence in 0..1_000_000_u64 {
        log.push(
            sequence,
            if sequence % 4 == 3 { &step } else { &tick },
            Some(Time(sequence)),
        );
    }
    assert_eq!((log.len(), log.public_len()), (1_000_000, 750_000));
    assert!(log.bytes() <= 16 * 1024 * 1024, "{} bytes held", log.bytes());
    assert_eq!(log.received_bytes(), 1_000_000 * value.len() as u64);
    let first_held = log.evicted();
    assert_eq!(log.get(first_held - 1).and_then(|event| event.value), None);
    assert_eq!(
        log.get(first_held).and_then(|event| event.value),
        Some(value.as_str())
    );
    assert_eq!(log.public(700_000).map(|event| event.sequence), Some(933_333));
    assert_eq!(log.public_ordinal(933_333), Some(700_000));
    assert_eq!(log.index_of(999_999), Some(999_999));
}

#[test]
fn a_frame_is_the_same_whether_its_like_was_seen_before_or_not() {
    let values = [
        "1",
        "{}",
        r#"{"a":"}\""}"#,
        "null",
        "[1,[2]]",
        "01",
        "x",
        "\"\u{1}\"",
        "",
        "1,\"value\":2",
        "{",
    ];
    let tails = [
        r#","type":"A","types":null}"#,
        r#","type":"B","types":["A"]}"#,
        r#","type":"B","types":["A"]} "#,
        r#" ,"type":"A","types":null}"#,
        r#","type":"A","value":7}"#,
        r#","type":"A","value":7,"value":8}"#,
        r#","type":""}"#,
        r#","type":"A""#,
        r#","types":null,"qualified_name":"app.A"}"#,
        "}",
    ];
    let mut log = EventLog::default();
    let mut sequence = 0;
    for _ in 0..2 {
        for tail in tails {
            for value in values {
                for head in [
                    "{\"value\":",
                    "{\"value\": ",
                    "{ \"value\":",
                    "{\"type\":\"C\",\"value\":",
                ] {
                    let frame = format!("{head}{value}{tail}");
                    let before = log.len();
                    match (log.push_frame(sequence, &frame, None), Envelope::parse(&frame)) {
                        (Ok(()), Ok(envelope)) => {
                            let event = log.get(before).expect("an event");
                            assert_eq!(*event.class, envelope.class(), "{frame}");
                            assert_eq!(
                                (event.value, event.kind),
                                (Some(envelope.value), envelope.kind()),
                                "{frame}"
                            );
                            sequence += 1;
                        }
                        (Err(_), Err(_)) => assert_eq!(log.len(), before, "{frame}"),
                        (pushed, parsed) => panic!("{frame}: {pushed:?}, {parsed:?}"),
                    }
                }
            }
        }
    }
    assert!(sequence > 300, "{sequence} of them are events");
    let count: usize = log.class_counts().map(|(_, count)| count).sum();
    assert_eq!(count, log.len());
}

fn envelope(name: &str) -> Envelope<'_> {
    Envelope {
        value: "1",
        name: name.into(),
        types: None,
        qualified_name: None,
    }
}

#[test]
fn names_of_classes_count_against_the_cap() {
    // Three thousand classes of a megabyte each killed the page: only payloads counted.
    const CAP: usize = 2 * 1024 * 1024;
    let mut log = EventLog::new(CAP);
    let long = "x".repeat(100_000);
    for sequence in 0..20_000_u64 {
        let name = if sequence < 200 {
            format!("{sequence}{long}")
        } else {
            format!("Class{sequence}")
        };
        log.push(sequence, &envelope(&name), None);
    }
    let names: usize = log.class_counts().map(|(class, _)| class.name.len()).sum();
    assert!(names + log.bytes() <= CAP, "{names} and {} bytes", log.bytes());
    assert!(
        log.class_counts().count() > 250,
        "{} classes",
        log.class_counts().count()
    );
    let first = log.get(0).expect("an event").class;
    assert!(
        first.name.len() < 600 && first.name.ends_with('…'),
        "{} bytes",
        first.name.len()
    );
    assert_eq!(
        log.get(19_999).map(|event| event.value),
        Some(Some("1")),
        "the event itself is kept"
    );
    assert_eq!(log.classes(), log.class_counts().count());
}

#[test]
fn payloads_give_way_to_names_of_classes() {
    const CAP: usize = 2 * 1024 * 1024;
    let value = format!("\"{}\"", "x".repeat(1_000));
    let held = |classes: bool| {
        let mut log = EventLog::new(CAP);
        for sequence in 0..4_000_u64 {
            let name = format!("Class{}", if classes { sequence } else { 0 });
            log.push(
                sequence,
                &Envelope {
                    value: &value,
                    ..envelope(&name)
                },
                None,
            );
        }
        log.bytes()
    };
    assert!(held(true) < held(false), "{} and {}", held(true), held(false));
}

#[test]
fn what_an_event_means_survives_any_number_of_classes() {
    // Behind 65 536 classes a run's end was an event of the class "Other", so the run never ended.
    let mut log = EventLog::new(2 * 1024 * 1024);
    for sequence in 0..30_000_u64 {
        log.push(sequence, &envelope(&format!("Class{sequence}")), None);
    }
    for (sequence, name, types, kind) in [
        (30_000, "MyStop", vec!["StopEvent".into()], EventKind::Stop),
        (
            30_001,
            "Ask",
            vec!["InputRequiredEvent".into()],
            EventKind::InputRequired,
        ),
        (
            30_002,
            "StepStateChanged",
            vec!["InternalDispatchEvent".into()],
            EventKind::StepState,
        ),
    ] {
        let types = Some(types);
        log.push(
            sequence,
            &Envelope {
                types,
                ..envelope(name)
            },
            None,
        );
        let event = log.get(sequence as usize).expect("an event");
        assert_eq!((event.class.name.as_str(), event.kind), (name, kind));
        assert!(log.has_kind(kind) && !log.has_kind(EventKind::Failed));
    }
    for sequence in 30_003..60_000_u64 {
        let types = Some(vec!["InputRequiredEvent".into()]);
        let name = format!("Ask{sequence}");
        log.push(
            sequence,
            &Envelope {
                types,
                ..envelope(&name)
            },
            None,
        );
        let kind = log.get(sequence as usize).map(|event| event.kind);
        assert_eq!(kind, Some(EventKind::InputRequired), "{sequence}");
    }
}

#[test]
fn shortened_names_are_still_those_of_different_classes() {
    let mut log = EventLog::default();
    let long = "x".repeat(600);
    let names = [
        format!("{long}1"),
        format!("{long}2"),
        format!("{}…", &long[..512]),
        long[..512].to_owned(),
        "é".repeat(300),
    ];
    let ancestors = |last: &str| {
        let mut types: Vec<_> = (0..40).map(|at| format!("Base{at}").into()).collect();
        types.push(last.to_owned().into());
        Some(types)
    };
    let mut sequence = 0;
    for _ in 0..2 {
        for name in &names {
            log.push(sequence, &envelope(name), None);
            sequence += 1;
        }
        for last in ["A", "StopEvent"] {
            let types = ancestors(last);
            log.push(
                sequence,
                &Envelope {
                    types,
                    ..envelope("Deep")
                },
                None,
            );
            sequence += 1;
        }
        let types = ancestors("A").map(|types| types[..32].to_vec());
        log.push(
            sequence,
            &Envelope {
                types,
                ..envelope("Deep")
            },
            None,
        );
        sequence += 1;
    }
    let counts: Vec<usize> = log.class_counts().map(|(_, count)| count).collect();
    assert_eq!(counts, [2; 8]);
    assert_eq!(
        log.get(6).map(|event| event.kind),
        Some(EventKind::Stop),
        "its last ancestor counts"
    );
}

/// The first frame of a class is read in another way than later ones.
#[test]
fn known_and_new_classes_decode_equally() {
    for frame in [
        r#"{"value":{"n":1},"qualified_name":"app.Tick","type":"Tick","types":null}"#,
        r#"{"value":[1.5e3,"}"],"type":"Tick","types":["Base"]}"#,
        r#"{"value":1,"type":"Tick","value":2}"#,
        r#"{"value":"x" ,"type":"Tick"}"#,
        r#"{"value":null,"qualified_name":"app.Tick"} "#,
        r#"{"value":7,"type":"A","type":"Tick"}"#,
    ] {
        let mut log = EventLog::default();
        for sequence in 0..3 {
            log.push_frame(sequence, frame, None).expect("an event");
            let envelope = Envelope::parse(frame).expect("an event");
            let event = log.get(log.len() - 1).expect("an event");
            assert_eq!(
                (event.sequence, event.value),
                (sequence, Some(envelope.value)),
                "{frame}"
            );
            assert_eq!(*event.class, envelope.class(), "{frame}");
        }
    }
    for broken in [
        r#"{"value":1}"#,
        r#"{"value":1,}"#,
        r#"{"value":1,"type":"A"}}"#,
        r#"{"value":[1,"type":"A"}"#,
    ] {
        let mut log = EventLog::default();
        let error = log.push_frame(0, broken, None).expect_err(broken);
        assert_eq!(Err(error), Envelope::parse(broken).map(|_| ()), "{broken}");
        assert!(log.is_empty());
    }
}
