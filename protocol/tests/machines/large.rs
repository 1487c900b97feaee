//! Frames of more than a megabyte, which are checked while they arrive.

use workflow_protocol::{EventKind, RunInput, StreamEnd};

use crate::world::{World, frame, handler, progress};

/// Gives a large frame and a small one after it in pieces, and compares what the log has with a run that got them at once.
fn pieces_give_what_the_whole_gives(stream: &[u8]) -> World {
    let mut expected = World::new();
    let epoch = expected.live("r1");
    expected.give(RunInput::StreamBytes { epoch, bytes: stream });
    for size in [65_536, 60_001] {
        let mut world = World::new();
        let epoch = world.live("r1");
        for bytes in stream.chunks(size) {
            world.give(RunInput::StreamBytes { epoch, bytes });
        }
        let (log, whole) = (world.machine.log(), expected.machine.log());
        assert_eq!(log.len(), whole.len());
        for at in 0..log.len() {
            let (event, other) = (log.get(at).unwrap(), whole.get(at).unwrap());
            assert!(event.value == other.value, "the text of event {at}");
            assert_eq!((event.class, event.kind), (other.class, other.kind));
            assert_eq!(event.error, other.error);
        }
    }
    expected
}

fn large(item: &str) -> String {
    format!("[{}{item}]", format!("{item},").repeat(1_500_000 / item.len()))
}

#[test]
fn a_large_value_is_stored_as_sent() {
    for item in [
        "-1.5e3",
        r#""\u00e9 é😀 \" ""#,
        r#"{"a":[true,null,{}]}"#,
        r#"[ [ ] , 0 ]"#,
    ] {
        let value = large(item);
        // Twice: the names of a class are read from its first frame.
        let stream = frame(0, "Big", None, &value) + &frame(1, "Big", None, &value) + &progress(2);
        let world = pieces_give_what_the_whole_gives(stream.as_bytes());
        let log = world.machine.log();
        for at in 0..2 {
            assert!(log.get(at).unwrap().value == Some(&value), "{item}");
            assert_eq!(log.get(at).unwrap().class.name, "Big");
        }
        assert_eq!(world.sequences(), [0, 1, 2]);
    }
}

#[test]
fn a_large_frame_that_is_no_json_is_an_undecodable_event() {
    for broken in ["01", "[}", "\"\u{1}\"", "nul"] {
        let stream = frame(0, "Big", None, &large(broken)) + &progress(1);
        let world = pieces_give_what_the_whole_gives(stream.as_bytes());
        let event = world.machine.log().get(0).unwrap();
        assert_eq!(event.kind, EventKind::Undecodable);
        assert!(event.error.is_some());
    }
}

#[test]
fn bytes_that_are_no_utf8_are_replaced_as_in_small_frames() {
    let mut stream = frame(0, "Big", None, &large("\"aXb\"")).into_bytes();
    for place in [1_200_000, 1_300_002] {
        let at = place + stream[place..].iter().position(|byte| *byte == b'X').unwrap();
        stream[at] = 0xE9;
    }
    let world = pieces_give_what_the_whole_gives(&stream);
    let event = world.machine.log().get(0).unwrap();
    assert_eq!(event.value.unwrap().matches('\u{FFFD}').count(), 2);
}

#[test]
fn a_new_connection_begins_a_new_check() {
    let value = large("1");
    let stream = frame(0, "Big", None, &value);
    let mut world = World::new();
    let epoch = world.live("r1");
    for bytes in stream.as_bytes()[..1_300_000].chunks(65_536) {
        world.give(RunInput::StreamBytes { epoch, bytes });
    }
    world.end(epoch, StreamEnd::Closed);
    world.wait();
    let (epoch, _) = world.open();
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r1", "running")));
    for bytes in stream.as_bytes().chunks(65_536) {
        world.give(RunInput::StreamBytes { epoch, bytes });
    }
    assert!(world.machine.log().get(0).unwrap().value == Some(&value));
}
