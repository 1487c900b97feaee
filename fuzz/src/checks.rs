//! What must hold for any bytes. Run by the fuzzer on inputs that it finds, and by the tests on the kept corpus.

use workflow_protocol::{
    Envelope, EventLog, Graph, Handler, RawJson, SseDecoder, SseItem, StepState, error_detail, field_str,
    fields, preview_text, validation_errors,
};

/// The items that a stream gives when it comes in pieces of `size` bytes.
fn items(bytes: &[u8], size: usize, limit: usize) -> Vec<String> {
    let mut decoder = SseDecoder::with_limit(limit);
    let mut seen = Vec::new();
    for piece in bytes.chunks(size.max(1)) {
        decoder.feed(piece, &mut |item: SseItem<'_>| seen.push(format!("{item:?}")));
    }
    seen.push(decoder.last_event_id().to_owned());
    seen
}

/// However a stream is cut, it gives the same items.
pub fn sse(data: &[u8]) {
    let (head, stream) = data.split_first().map_or((&0, data), |(head, rest)| (head, rest));
    let size = usize::from(*head & 0x0f) + 1;
    let limit = if head & 0x80 == 0 { 1 << 20 } else { 64 };
    assert_eq!(
        items(stream, size, limit),
        items(stream, usize::MAX, limit),
        "cut into pieces of {size}"
    );
}

/// Nothing that a server can send makes a reader panic; what is an envelope for us is JSON for everybody.
pub fn envelope(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(envelope) = Envelope::parse(&text) {
        assert!(
            serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(),
            "an envelope that is not JSON"
        );
        let _ = envelope.class().kind();
        let _ = fields(envelope.value);
        let _ = field_str(envelope.value, "prompt");
        let _ = StepState::parse(envelope.value);
    }
    let _ = Handler::parse(&text);
    let _ = Handler::parse_list(&text);
    let _ = Graph::parse(&text);
    let _ = RawJson::parse(text.as_ref());
    let _ = preview_text(&text, 40);
    let _ = validation_errors(&error_detail(500, None, &text));
}

/// A log gives back what was put in, in order, or says that it evicted it.
pub fn log(data: &[u8]) {
    let mut log = EventLog::new(1 << 19);
    let mut kept: Vec<(u64, String)> = Vec::new();
    let mut sequence = 0;
    for piece in data.chunks(3) {
        let (step, length) = (
            u64::from(piece[0] % 3),
            piece.get(1).map_or(0, |byte| usize::from(*byte) * 300),
        );
        sequence += step;
        let value = format!("\"{}\"", "x".repeat(length));
        let json = format!(
            "{{\"type\":\"C{}\",\"value\":{value}}}",
            piece.get(2).unwrap_or(&0) % 5
        );
        let Ok(event) = Envelope::parse(&json) else {
            continue;
        };
        let before = log.len();
        log.push(sequence, &event, None);
        if log.len() > before {
            kept.push((sequence, value));
        }
    }
    assert_eq!(log.len(), kept.len());
    let mut evicted = 0;
    for (at, (sequence, value)) in kept.iter().enumerate() {
        let event = log.get(at).expect("a row for every event");
        assert_eq!(event.sequence, *sequence);
        assert_eq!(log.index_of(*sequence), Some(at));
        match event.value {
            Some(text) => assert_eq!(text, value),
            None => evicted += 1,
        }
    }
    assert_eq!(log.evicted(), evicted, "what is evicted is counted");
}
