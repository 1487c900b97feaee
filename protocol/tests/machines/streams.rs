use std::collections::{BTreeMap, BTreeSet};

use workflow_protocol::{MAX_STREAMS, StreamsCommand, StreamsInput, StreamsMachine, Time};

/// The driver's part: grants open a stream, revocations close it and want it again.
#[derive(Default)]
struct Room {
    machine: StreamsMachine,
    now: Time,
    open: BTreeSet<String>,
    turns: BTreeMap<String, usize>,
    revoked: usize,
    /// Those whose server takes its time to open a stream.
    slow: BTreeSet<String>,
    peeks: BTreeSet<String>,
}

impl Room {
    fn give(&mut self, input: StreamsInput) {
        self.machine.handle(self.now, input);
        while let Some(command) = self.machine.poll_command() {
            match command {
                StreamsCommand::Grant(id) => {
                    *self.turns.entry(id.clone()).or_default() += 1;
                    assert!(self.open.insert(id.clone()), "granted twice");
                    assert!(self.open.len() <= MAX_STREAMS, "more streams than places");
                    if !self.slow.contains(&id) {
                        self.machine.handle(self.now, StreamsInput::Progress(id));
                    }
                }
                StreamsCommand::Revoke(id) => {
                    assert!(self.open.remove(&id), "revoked without a grant");
                    self.revoked += 1;
                    let again = if self.peeks.contains(&id) {
                        StreamsInput::Peek(id)
                    } else {
                        StreamsInput::Want(id)
                    };
                    self.machine.handle(self.now, again);
                }
            }
        }
    }

    fn want(&mut self, count: usize) {
        for i in 0..count {
            self.give(StreamsInput::Want(format!("h{i}")));
        }
    }

    fn peek(&mut self, id: &str) {
        self.peeks.insert(id.to_owned());
        self.give(StreamsInput::Peek(id.to_owned()));
    }

    fn run_until(&mut self, end: u64) {
        while let Some(at) = self.machine.next_deadline().filter(|at| at.0 <= end) {
            self.now = self.now.max(at);
            self.give(StreamsInput::Tick);
        }
        self.now = Time(end);
    }
}

#[test]
fn four_runs_stream_undisturbed() {
    let mut room = Room::default();
    room.want(4);
    assert_eq!(room.open.len(), 4);
    room.run_until(600_000);
    assert_eq!(room.revoked, 0, "nobody waits, so nobody leaves");
    assert_eq!(room.machine.next_deadline(), None, "and no timer runs");
}

#[test]
fn with_more_runs_everyone_gets_a_turn() {
    let mut room = Room::default();
    room.want(10);
    assert_eq!(room.open.len(), MAX_STREAMS);
    room.run_until(10_000);
    assert_eq!(room.turns.len(), 10, "all have been served: {:?}", room.turns);
}

#[test]
fn runs_without_news_do_not_make_the_server_read_their_history_again_and_again() {
    let mut room = Room::default();
    room.want(10);
    room.run_until(120_000);
    let most = room.turns.values().max().copied().unwrap_or(0);
    assert!(
        most <= 5,
        "at most one connect in half a minute: {:?}",
        room.turns
    );
}

#[test]
fn a_run_that_moved_is_served_before_those_that_rest() {
    let mut room = Room::default();
    room.want(10);
    room.run_until(20_000);
    let Some(resting) = (0..10)
        .map(|i| format!("h{i}"))
        .find(|id| !room.open.contains(id))
    else {
        panic!("all ten are open");
    };
    let before = room.turns[&resting];
    room.give(StreamsInput::Moved(resting.clone()));
    room.run_until(23_000);
    assert_eq!(
        room.turns[&resting],
        before + 1,
        "its prompt is seen within seconds"
    );
}

#[test]
fn a_busy_stream_keeps_its_place_for_its_stay_only() {
    let mut room = Room::default();
    room.want(5);
    for at in (0..=12_000).step_by(100) {
        room.run_until(at);
        for id in room.open.clone() {
            room.give(StreamsInput::Progress(id));
        }
        if at == 9_900 {
            assert!(
                !room.turns.contains_key("h4"),
                "a stream that brings events is not cut short"
            );
        }
    }
    assert!(
        room.turns.contains_key("h4"),
        "but it does not keep others out for ever"
    );
}

#[test]
fn a_stream_that_ends_frees_its_place_when_the_server_has_noticed() {
    let mut room = Room::default();
    room.want(5);
    assert!(!room.open.contains("h4"));
    room.open.remove("h0");
    room.give(StreamsInput::Release("h0".to_owned()));
    room.run_until(99);
    assert!(!room.open.contains("h4"), "the server may still count five");
    room.run_until(100);
    assert!(room.open.contains("h4"));
}

#[test]
fn a_reconnect_keeps_its_place() {
    let mut room = Room::default();
    room.want(4);
    room.open.remove("h2");
    room.give(StreamsInput::Want("h2".to_owned()));
    assert!(room.open.contains("h2"));
}

#[test]
fn a_stream_that_takes_long_to_open_is_not_closed_before_it_brought_anything() {
    let mut room = Room::default();
    room.slow.extend((0..5).map(|i| format!("h{i}")));
    room.want(5);
    room.run_until(15_000);
    assert_eq!(room.revoked, 0, "none has been served yet");
    room.give(StreamsInput::Progress("h0".to_owned()));
    room.run_until(17_500);
    assert_eq!(room.revoked, 1, "the one that is open has stayed and is quiet");
    assert!(room.open.contains("h4") && !room.open.contains("h0"));
}

#[test]
fn who_waits_is_counted() {
    let mut room = Room::default();
    room.want(7);
    assert_eq!((room.machine.open(), room.machine.waiting()), (4, 3));
}

#[test]
fn no_stream_rests_while_a_slot_is_free() {
    let mut room = Room::default();
    room.want(5);
    room.run_until(5_000);
    assert_eq!(room.machine.waiting(), 1, "one rests");
    let Some(ended) = room.open.pop_first() else {
        panic!("none is open");
    };
    room.give(StreamsInput::Release(ended));
    room.run_until(5_100);
    assert_eq!((room.machine.open(), room.machine.waiting()), (4, 0));
}

/// Symptom: with more runs than places the server counted five or six streams now and then.
/// Cause: a place was handed on in the moment in which its stream was closed, before the server could notice.
#[test]
fn a_place_is_handed_on_only_after_the_server_has_noticed() {
    let mut room = Room::default();
    room.want(10);
    let mut closed_at = BTreeMap::new();
    let mut before = room.open.clone();
    for at in 0..60_000 {
        room.run_until(at);
        for id in before.difference(&room.open) {
            closed_at.insert(id.clone(), at);
        }
        let counted = room.open.len() + closed_at.values().filter(|closed| at < **closed + 100).count();
        assert!(counted <= MAX_STREAMS, "{counted} streams at {at} ms");
        before.clone_from(&room.open);
    }
    assert!(room.revoked > 10, "places were handed on: {}", room.revoked);
}

#[test]
fn places_that_another_tab_had_are_free_a_moment_later() {
    let mut room = Room::default();
    room.give(StreamsInput::Inherited);
    room.want(5);
    assert_eq!(room.open.len(), 0);
    room.run_until(100);
    assert_eq!(room.open.len(), MAX_STREAMS);
    room.run_until(3_000);
    assert_eq!(room.turns.len(), 5);
}

#[test]
fn a_poll_uses_a_free_slot() {
    let mut room = Room::default();
    room.want(3);
    room.peek("look");
    assert!(room.open.contains("look"));
    room.peek("other");
    assert!(!room.open.contains("other"), "four are open");
    room.run_until(600_000);
    assert_eq!(room.revoked, 0, "looks take no turns with each other");
}

#[test]
fn a_poll_releases_its_slot_when_a_stream_waits() {
    let mut room = Room::default();
    room.want(3);
    room.peek("look");
    room.give(StreamsInput::Want("h3".to_owned()));
    assert!(!room.open.contains("look"));
    room.run_until(100);
    assert!(room.open.contains("h3"), "as soon as the place is free");
    assert_eq!(room.revoked, 1, "nobody else left");
    room.run_until(600_000);
    assert!(!room.open.contains("look"), "it gets no turn");
    assert_eq!(room.revoked, 1);
}

#[test]
fn a_waiting_poll_takes_no_turn_from_streams() {
    let mut room = Room::default();
    room.want(4);
    room.peek("look");
    room.run_until(600_000);
    assert_eq!(room.revoked, 0);
    room.open.remove("h1");
    room.give(StreamsInput::Release("h1".to_owned()));
    room.run_until(600_100);
    assert!(room.open.contains("look"), "now there is one to spare");
}

#[test]
fn waiting_streams_precede_earlier_polls() {
    let mut room = Room::default();
    room.want(4);
    room.peek("look");
    room.run_until(30_000);
    room.give(StreamsInput::Want("h4".to_owned()));
    room.run_until(31_000);
    assert!(room.open.contains("h4") && !room.open.contains("look"));
}

#[test]
fn a_promoted_poll_stays_open() {
    let mut room = Room::default();
    room.peek("h0");
    room.peeks.clear();
    room.give(StreamsInput::Want("h0".to_owned()));
    assert_eq!(room.turns["h0"], 1, "its stream was open already");
    for id in ["h1", "h2", "h3", "h4"] {
        room.give(StreamsInput::Want(id.to_owned()));
    }
    room.run_until(1_900);
    assert!(room.open.contains("h0"), "it has the stay of all others");
    room.run_until(30_000);
    assert_eq!(room.turns.len(), 5, "and takes turns like them");
}

/// Symptom: beside a plain stream that an app kept open, the fifth watched run never got a turn.
/// Cause: that stream was asked to leave, which it can't; as long as it was taken for leaving nobody else was asked.
#[test]
fn pinned_streams_are_not_revoked_and_do_not_block_turns() {
    let mut room = Room::default();
    room.give(StreamsInput::Pin("held".to_owned()));
    room.want(5);
    room.run_until(60_000);
    assert!(room.open.contains("held"));
    assert_eq!(room.turns["held"], 1);
    assert_eq!(
        room.turns.len(),
        6,
        "all five take turns on three places: {:?}",
        room.turns
    );
    room.open.remove("held");
    room.give(StreamsInput::Release("held".to_owned()));
    room.run_until(60_100);
    assert_eq!(room.open.len(), MAX_STREAMS);
}

#[test]
fn fully_pinned_slots_leave_no_timer() {
    let mut room = Room::default();
    for n in 0..MAX_STREAMS {
        room.give(StreamsInput::Pin(format!("held{n}")));
    }
    room.want(1);
    room.run_until(600_000);
    assert_eq!((room.revoked, room.open.len()), (0, MAX_STREAMS));
    assert_eq!(room.machine.next_deadline(), None);
    room.open.remove("held0");
    room.give(StreamsInput::Release("held0".to_owned()));
    room.run_until(600_100);
    assert!(room.open.contains("h0"));
}
