//! Nothing that arrives makes a reader panic: random texts, and recorded answers with pieces missing, doubled and replaced.

use crate::all_recorded;
use proptest::prelude::*;
use proptest::sample::Index;
use workflow_protocol::{
    Envelope, EventLog, EventSchemas, Graph, Handler, RawJson, SseDecoder, SseItem, StepState, Time,
    WorkflowSchema, class_name, endpoint, error_detail, field_str, fields, is_addressable, join_base,
    members, parse_workflows, preview_text, response_classes, schema_title, text_of, validation_errors,
};

/// Gives a text to every reader.
fn read(text: &str) {
    for kind in [None, Some("text/html"), Some("application/json")] {
        let words = error_detail(500, kind, text);
        assert!(!words.is_empty(), "an error always has words");
        validation_errors(&words);
    }
    validation_errors(text);
    validation_errors(&format!("1 validation error for X\n{text}"));
    let _ = (
        Handler::parse(text),
        Handler::parse_list(text),
        WorkflowSchema::parse(text),
        parse_workflows(text),
    );
    let _ = (
        StepState::parse(text),
        Time::parse(text),
        text_of(text),
        members(text),
        field_str(text, "a"),
    );
    let _ = (
        class_name(text),
        is_addressable(text),
        preview_text(text, 7),
        preview_text(text, usize::MAX),
    );
    let _ = (
        endpoint::handler(text),
        endpoint::schema(text),
        join_base(text, text),
    );
    if let Ok(fields) = fields(text) {
        assert!(RawJson::parse(text).is_ok(), "what has fields is JSON");
        fields
            .iter()
            .for_each(|(_, value)| assert!(RawJson::parse(value.as_str()).is_ok(), "and so are they"));
    }
    let graph = Graph::parse(text).ok();
    let events = EventSchemas::parse(text).unwrap_or_default();
    response_classes(graph.as_ref(), &events.events);
    if let Ok(json) = RawJson::parse(text) {
        let _ = (json.to_value(), schema_title(&json), json.text());
    }
    let mut log = EventLog::new(1024);
    match Envelope::parse(text) {
        Ok(envelope) => log.push(1, &envelope, None),
        Err(error) => log.push_undecodable(1, text, error.to_string(), None),
    }
    assert_eq!(
        log.get(0).map(|event| event.sequence),
        Some(1),
        "every frame has its row"
    );
}

fn decode(bytes: &[u8]) {
    let mut decoder = SseDecoder::with_limit(4096);
    decoder.feed(bytes, &mut |item| {
        if let SseItem::Event { data, .. } = item {
            read(data);
        }
    });
    decoder.reset();
}

/// A recorded text with a piece replaced by another piece of a recorded text, or by some bytes.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let recorded: Vec<Vec<u8>> = all_recorded()
        .into_iter()
        .map(|(_, text)| text.into_bytes())
        .collect();
    let other = recorded.clone();
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(vec![
            "\"", "{", "}", "[", "]", ",", ":", "\\", "null", "\\ud83d", "\n", "\0", "  ", "<", "."
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
        (prop::sample::select(other), any::<Index>(), 0_usize..60).prop_map(|(text, at, length)| {
            let at = at.index(text.len());
            text[at..(at + length).min(text.len())].to_vec()
        }),
    ];
    let change = (any::<Index>(), 0_usize..40, piece);
    (
        prop::sample::select(recorded),
        prop::collection::vec(change, 1..4),
    )
        .prop_map(|(mut text, changes)| {
            for (at, length, piece) in changes {
                let at = at.index(text.len() + 1);
                let end = (at + length).min(text.len());
                text.splice(at..end, piece);
            }
            text
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        decode(&bytes);
    }

    #[test]
    fn damaged_answers(bytes in damaged()) {
        read(&String::from_utf8_lossy(&bytes));
        decode(&bytes);
    }
}

#[test]
fn every_recording_whole() {
    for (_, text) in all_recorded() {
        read(&text);
        decode(text.as_bytes());
    }
}
