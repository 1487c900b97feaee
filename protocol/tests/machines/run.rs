use workflow_protocol::{
    Connection, EventKind, Failure, PromptState, RawJson, RunCommand, RunInput, RunMachine, RunOptions,
    RunStatus, StreamEnd, Time,
};

use crate::world::{World, ended, frame, handler, progress, stop};

fn started(run_id: &str, at: Time) -> RunInput<'static> {
    RunInput::Started {
        handler: handler(run_id, "running"),
        at,
    }
}

fn ask(id: u64) -> String {
    frame(id, "Ask", Some("InputRequiredEvent"), r#"{"prompt":"Go on?"}"#)
}

fn lost() -> StreamEnd {
    StreamEnd::Failed(Failure::network("connection reset"))
}

#[test]
fn a_run_is_followed_from_its_first_event_to_its_result() {
    let mut world = World::new();
    assert_eq!(world.machine.status(), RunStatus::NotStarted);
    world.give(RunInput::Watch);
    assert_eq!(
        world.machine.status(),
        RunStatus::Starting,
        "watched, and nothing known yet"
    );
    world.read(Ok(handler("r1", "running")));
    let (epoch, after) = world.open();
    assert_eq!(after, -1, "a run is always read from its start");
    assert_eq!(*world.machine.connection(), Connection::Connecting);

    world.give(RunInput::StreamOpened { epoch });
    world.bytes(epoch, &progress(0));
    assert!(
        world.machine.is_buffering(),
        "whose bytes these are is not sure yet"
    );
    assert_eq!(
        world.sequences(),
        [0; 0],
        "nothing is taken before the run is confirmed"
    );
    world.read(Ok(handler("r1", "running")));
    assert_eq!(*world.machine.connection(), Connection::Live);
    assert_eq!(world.sequences(), [0], "what was held is taken then");

    world.bytes(epoch, &(progress(1) + &ended(2)));
    assert_eq!(
        world.machine.status(),
        RunStatus::Completed,
        "the stop event ends the run"
    );
    assert_eq!(
        world.command(),
        Some(RunCommand::CloseStream),
        "the browser must not reconnect to a finished run"
    );
    world.read(Ok(handler("r1", "completed")));
    assert_eq!(*world.machine.connection(), Connection::Closed);
    assert_eq!(
        world
            .machine
            .result()
            .map(|result| result.shown().as_str().to_owned()),
        Some("\"done\"".to_owned())
    );
    assert_eq!(
        world.machine.next_deadline(),
        None,
        "a finished run keeps no timer"
    );
    world.nothing_more();
}

#[test]
fn a_lost_connection_never_fails_a_run_and_loses_and_doubles_nothing() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &(progress(0) + &progress(1)));
    world.end(epoch, lost());
    assert_eq!(world.machine.status(), RunStatus::Running);
    assert!(matches!(
        world.machine.connection(),
        Connection::Retrying { attempt: 1, .. }
    ));
    world.wait();
    let (epoch, after) = world.open();
    assert_eq!(after, 1, "the stream goes on after the last event");
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r1", "running")));
    world.bytes(epoch, &(progress(1) + &progress(2)));
    assert_eq!(
        world.sequences(),
        [0, 1, 2],
        "an event that comes twice is taken once"
    );
    assert_eq!(world.machine.missing(), 0);
}

#[test]
fn a_run_that_ended_while_the_connection_was_lost_is_fetched_to_its_end() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    world.end(epoch, StreamEnd::Closed);
    world.wait();
    let (epoch, after) = world.open();
    assert_eq!(after, 0);
    world.give(RunInput::StreamOpened { epoch });
    world.bytes(epoch, &(progress(1) + &stop(2)));
    world.end(epoch, StreamEnd::Closed);
    // The end of the stream arrived before the run was confirmed: its bytes still count.
    world.read(Ok(handler("r1", "completed")));
    assert_eq!(world.sequences(), [0, 1, 2]);
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(handler("r1", "completed")));
    assert_eq!(world.machine.status(), RunStatus::Completed);
    world.nothing_more();
}

#[test]
fn a_stream_that_ends_before_its_confirmation_without_the_stop_event_is_replaced() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "running")));
    let (epoch, _) = world.open();
    world.give(RunInput::StreamOpened { epoch });
    world.bytes(epoch, &progress(0));
    world.end(epoch, lost());
    world.read(Ok(handler("r1", "running")));
    assert_eq!(world.sequences(), [0]);
    assert!(matches!(world.machine.connection(), Connection::Retrying { .. }));
    world.wait();
    assert_eq!(world.open().1, 0);
}

#[test]
fn nothing_left_of_a_finished_run_is_the_end() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "failed")));
    let (epoch, _) = world.open();
    world.end(epoch, StreamEnd::NoContent);
    world.read(Ok(handler("r1", "failed")));
    assert_eq!(world.machine.status(), RunStatus::Failed);
    assert_eq!(*world.machine.connection(), Connection::Closed);
    world.nothing_more();
}

#[test]
fn nothing_left_of_a_running_run_is_asked_again_later() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "running")));
    let (epoch, _) = world.open();
    world.end(epoch, StreamEnd::NoContent);
    world.read(Ok(handler("r1", "running")));
    assert!(matches!(
        world.machine.connection(),
        Connection::Retrying { attempt: 1, .. }
    ));
    assert_eq!(world.machine.status(), RunStatus::Running);
}

#[test]
fn a_continued_handler_never_mixes_two_runs() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &(progress(0) + &progress(1) + &progress(2)));
    world.end(epoch, lost());
    world.wait();
    let (epoch, after) = world.open();
    assert_eq!(after, 2);
    // Meanwhile the handler was continued: the stream answers with the events of the new run.
    world.give(RunInput::StreamOpened { epoch });
    world.bytes(epoch, &progress(3));
    world.changes = Default::default();
    world.read(Ok(handler("r2", "running")));
    assert!(world.changes.run, "the log restarts");
    assert_eq!(
        world.sequences(),
        [0; 0],
        "no frame of an unconfirmed stream is processed"
    );
    let (epoch, after) = world.open();
    assert_eq!(after, -1, "a cursor belongs to its run");
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r2", "running")));
    world.bytes(epoch, &progress(0));
    assert_eq!(world.sequences(), [0]);
    assert_eq!(world.machine.run_id(), Some("r2"));
}

#[test]
fn a_finished_run_that_is_continued_elsewhere_is_followed_into_its_new_run() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &stop(0));
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(handler("r1", "completed")));
    world.give(RunInput::HandlerSeen(handler("r2", "running")));
    assert_eq!(world.machine.status(), RunStatus::Running);
    let (_, after) = world.open();
    assert_eq!(after, -1);
}

#[test]
fn a_late_answer_does_not_bring_a_finished_run_back_to_life() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &stop(0));
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(handler("r1", "completed")));
    world.give(RunInput::HandlerSeen(handler("r1", "running")));
    world.give(RunInput::HandlerSeen(handler("r0", "running")));
    assert_eq!(world.machine.status(), RunStatus::Completed);
    assert_eq!(world.machine.run_id(), Some("r1"));
    world.nothing_more();
}

#[test]
fn inputs_of_a_stream_that_was_given_up_are_ignored() {
    let mut world = World::new();
    let old = world.live("r1");
    world.give(RunInput::Unwatch);
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    assert_eq!(*world.machine.connection(), Connection::Idle);
    world.give(RunInput::Watch);
    let (epoch, _) = world.open();
    world.bytes(old, &progress(0));
    world.end(old, lost());
    assert_eq!(world.sequences(), [0; 0], "a late chunk after a reconnect");
    assert_eq!(
        *world.machine.connection(),
        Connection::Connecting,
        "an error after the close"
    );
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r1", "running")));
    world.bytes(epoch, &progress(0));
    assert_eq!(world.sequences(), [0]);
}

#[test]
fn a_handler_that_is_being_read_is_known_although_nobody_follows_any_more() {
    // Symptom: a hook that had to stop streaming at once showed a run that had not started, for ever.
    // Cause: the first read of the handler was forgotten together with the stream that it was for.
    let mut world = World::new();
    world.give(RunInput::Watch);
    let Some(RunCommand::ReadHandler { epoch }) = world.command() else {
        panic!("the handler is read first")
    };
    world.give(RunInput::Unwatch);
    let result = Ok(handler("r1", "running"));
    world.give(RunInput::HandlerRead { epoch, result });
    assert_eq!(world.machine.status(), RunStatus::Running);
    assert_eq!(
        *world.machine.connection(),
        Connection::Idle,
        "read, and not followed"
    );
    world.nothing_more();
}

#[test]
fn a_handler_that_the_server_no_longer_knows_is_gone_and_keeps_its_events() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    world.end(epoch, lost());
    world.wait();
    let (epoch, _) = world.open();
    world.end(
        epoch,
        StreamEnd::Failed(Failure::status(404, "Handler not found")),
    );
    world.read(Err(Failure::status(404, "Handler not found")));
    assert_eq!(world.machine.status(), RunStatus::Gone);
    assert_eq!(*world.machine.connection(), Connection::Closed);
    assert_eq!(world.sequences(), [0]);
    assert_eq!(world.machine.next_deadline(), None);
    world.nothing_more();
}

#[test]
fn a_server_that_is_down_is_tried_again_with_growing_pauses() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    let mut pauses = Vec::new();
    for attempt in 1..=12 {
        world.read(Err(Failure::network("refused")));
        let Connection::Retrying {
            attempt: found,
            at,
            cause,
        } = world.machine.connection().clone()
        else {
            panic!("expected a retry, got {:?}", world.machine.connection());
        };
        assert_eq!(found, attempt);
        assert_eq!(cause.detail, "refused");
        pauses.push(at.since(world.now));
        world.wait();
    }
    assert!(pauses[0] <= 500, "the first pause is short: {pauses:?}");
    assert!(
        pauses[5] > pauses[0] && pauses.iter().all(|pause| *pause <= 30_000),
        "capped growth: {pauses:?}"
    );
}

/// Symptom: a run that had ended stayed `running` while its stream could not be opened.
/// Cause: only a stream that was opened, or failed without a reason, was a reason to read the handler.
#[test]
fn the_end_is_noticed_although_the_stream_cannot_be_opened() {
    let busy = || StreamEnd::Failed(Failure::status(503, "busy"));
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "running")));
    let (epoch, _) = world.open();
    world.end(epoch, busy());
    world.nothing_more();
    for attempt in 2..=8 {
        world.wait();
        let (epoch, _) = world.open();
        world.end(epoch, busy());
        // One read per attempt.
        world.read(Ok(handler("r1", "running")));
        world.nothing_more();
        let Connection::Retrying {
            attempt: found,
            cause,
            ..
        } = world.machine.connection()
        else {
            panic!("expected a retry, got {:?}", world.machine.connection());
        };
        assert_eq!((*found, cause.detail.as_str()), (attempt, "busy"));
    }
    world.wait();
    let (epoch, _) = world.open();
    world.end(epoch, busy());
    world.read(Ok(handler("r1", "completed")));
    assert_eq!(world.machine.status(), RunStatus::Completed);
    assert!(
        matches!(world.machine.connection(), Connection::Retrying { .. }),
        "its events are still wanted"
    );
    // Nothing more can be learned from the handler.
    world.wait();
    let (epoch, _) = world.open();
    world.end(epoch, busy());
    world.nothing_more();
    world.wait();
    let (epoch, after) = world.open();
    assert_eq!(after, -1);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r1", "completed")));
    world.bytes(epoch, &(progress(0) + &ended(1)));
    assert_eq!(world.sequences(), [0, 1, 2]);

    // The server may also have forgotten the run.
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "running")));
    let (epoch, _) = world.open();
    world.end(epoch, lost());
    world.wait();
    let (epoch, _) = world.open();
    world.end(epoch, lost());
    world.read(Err(Failure::status(404, "Handler not found")));
    assert_eq!(world.machine.status(), RunStatus::Gone);
}

#[test]
fn what_the_server_asks_for_in_retry_after_is_kept() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    let failure = Failure {
        retry_after: Some(20_000),
        ..Failure::status(503, "busy")
    };
    world.read(Err(failure));
    assert_eq!(world.machine.next_deadline(), Some(world.now.plus(20_000)));
}

#[test]
fn a_refusal_for_good_is_not_tried_again() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "running")));
    let (epoch, _) = world.open();
    world.end(
        epoch,
        StreamEnd::Failed(Failure::status(422, "Stored handler result cannot be decoded")),
    );
    assert_eq!(*world.machine.connection(), Connection::Closed);
    assert_eq!(world.machine.next_deadline(), None);
    assert_eq!(
        world.machine.problem().map(|problem| problem.detail.as_str()),
        Some("Stored handler result cannot be decoded")
    );
    assert_eq!(
        world.machine.status(),
        RunStatus::Running,
        "the run itself is not failed by it"
    );
}

#[test]
fn a_401_is_tried_once_more_with_fresh_headers() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Err(Failure::status(401, "expired")));
    assert!(matches!(world.machine.connection(), Connection::Retrying { .. }));
    world.wait();
    world.read(Err(Failure::status(401, "expired")));
    assert_eq!(*world.machine.connection(), Connection::Closed);
    // A person asks again, after logging in.
    world.give(RunInput::Refresh);
    world.read(Ok(handler("r1", "running")));
    world.open();
}

#[test]
fn while_the_browser_is_offline_nothing_is_tried() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.give(RunInput::Online(false));
    world.end(epoch, lost());
    world.give(RunInput::Online(false));
    if world.machine.next_deadline().is_some() {
        world.wait();
    }
    world.nothing_more();
    assert_eq!(world.machine.next_deadline(), None);
    assert!(matches!(world.machine.connection(), Connection::Retrying { .. }));
    world.give(RunInput::Online(true));
    world.open();
}

#[test]
fn a_silent_connection_is_replaced_and_the_heartbeat_is_learned() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    world.now = world.now.plus(10_000);
    world.bytes(epoch, ": heartbeat\n\n");
    world.now = world.now.plus(10_000);
    world.bytes(epoch, ": heartbeat\n\n");
    let deadline = world.machine.next_deadline().expect("a deadline while live");
    assert_eq!(deadline.since(world.now), 22_000, "two heartbeats and a little");
    world.wait();
    let (_, after) = world.open();
    assert_eq!(after, 0);
    assert_eq!(world.machine.status(), RunStatus::Running);
}

#[test]
fn skipped_sequences_are_counted_as_missing() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &(progress(0) + &progress(4)));
    assert_eq!(world.sequences(), [0, 4]);
    assert_eq!(world.machine.missing(), 3);
}

#[test]
fn what_cannot_be_decoded_is_an_event_too() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &format!("id: 0\ndata: {{\"value\":\n\n{}", progress(1)));
    assert_eq!(world.kinds(), [EventKind::Undecodable, EventKind::Plain]);
    let log = world.machine.log();
    let event = log.get(0).expect("the broken event");
    assert_eq!(event.value, Some("{\"value\":"), "its raw text is kept");
    assert!(event.error.is_some(), "and what is wrong with it");
}

#[test]
fn a_frame_beyond_the_bound_is_skipped_to_its_end_and_shown() {
    let mut world = World::new();
    world.machine = RunMachine::new(
        "h",
        RunOptions {
            max_frame_bytes: 1_000,
            ..RunOptions::default()
        },
    );
    let epoch = world.live("r1");
    world.bytes(
        epoch,
        &format!(
            "{}id: 1\ndata: {}\n\n{}",
            progress(0),
            "x".repeat(5_000),
            progress(2)
        ),
    );
    assert_eq!(
        world.kinds(),
        [EventKind::Plain, EventKind::Oversized, EventKind::Plain]
    );
    assert_eq!(world.sequences(), [0, 1, 2], "the cursor moves on");
}

#[test]
fn a_stream_without_ids_is_counted() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(
        epoch,
        "data: {\"value\":{},\"type\":\"A\"}\n\ndata: {\"value\":{},\"type\":\"B\"}\n\n",
    );
    assert_eq!(world.sequences(), [0, 1]);
}

#[test]
fn history_has_no_times_and_news_has() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    world.now = world.now.plus(500);
    world.bytes(epoch, &progress(1));
    let seen: Vec<Option<Time>> = (0..2)
        .filter_map(|at| world.machine.log().get(at))
        .map(|e| e.seen)
        .collect();
    assert_eq!(seen, [None, Some(world.now)]);
}

#[test]
fn a_run_that_we_started_has_no_history() {
    let mut world = World::new();
    world.give(started("r1", world.now));
    world.give(RunInput::Watch);
    let (epoch, after) = world.open();
    assert_eq!(after, -1, "what happened since the start is not skipped");
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r1", "running")));
    world.bytes(epoch, &progress(0));
    assert_eq!(
        world.machine.log().get(0).and_then(|event| event.seen),
        Some(world.now)
    );
}

/// Symptom: after an outage of half an hour everything that had happened meanwhile bore the time of the reconnect.
/// Cause: of a run that the page had started nothing was ever taken for history.
#[test]
fn what_happened_while_a_run_of_ours_was_not_seen_has_no_time() {
    let seen = |world: &World| -> Vec<Option<Time>> {
        let log = world.machine.log();
        (0..log.len())
            .filter_map(|at| log.get(at))
            .map(|event| event.seen)
            .collect()
    };
    let mut world = World::new();
    world.give(started("r1", world.now));
    world.give(RunInput::Watch);
    let epoch = reopened(&mut world, -1, "running");
    world.bytes(epoch, &progress(0));
    let first = world.now;
    world.end(epoch, lost());
    world.now = world.now.plus(1_800_000);
    world.give(RunInput::Tick);
    let epoch = reopened(&mut world, 0, "running");
    world.bytes(epoch, &(progress(1) + &progress(2)));
    assert_eq!(seen(&world), [Some(first), None, None]);
    world.now = world.now.plus(1_000);
    world.bytes(epoch, &progress(3));
    assert_eq!(
        seen(&world).last(),
        Some(&Some(world.now)),
        "news have times again"
    );
    // A turn of another stream is such an absence, too.
    world.give(RunInput::Yield);
    world.now = world.now.plus(10_000);
    let epoch = reopened(&mut world, 3, "running");
    world.bytes(epoch, &progress(4));
    assert_eq!(seen(&world).last(), Some(&None));

    // Opened long after it was started: its starter showed another run meanwhile.
    let mut world = World::new();
    let start = world.now;
    world.now = world.now.plus(60_000);
    world.give(started("r1", start));
    world.give(RunInput::Watch);
    let epoch = reopened(&mut world, -1, "running");
    world.bytes(epoch, &progress(0));
    assert_eq!(seen(&world), [None]);
}

/// The whole point of cursors: wherever the stream is cut, also inside a character, the log is the same.
#[test]
fn a_stream_cut_at_every_byte_gives_the_same_log() {
    let events = [
        progress(0),
        crate::world::frame(1, "Words", None, "{\"text\":\"Grüße, 世界 🦙\"}"),
        progress(2),
        stop(3),
    ];
    let all: String = events.concat();
    for cut in 0..all.len() {
        let mut world = World::new();
        let epoch = world.live("r1");
        world.give(RunInput::StreamBytes {
            epoch,
            bytes: &all.as_bytes()[..cut],
        });
        world.end(epoch, lost());
        world.wait();
        let (epoch, after) = world.open();
        world.give(RunInput::StreamOpened { epoch });
        world.read(Ok(handler("r1", "running")));
        let rest = events[usize::try_from(after + 1).expect("a cursor")..].concat();
        world.bytes(epoch, &rest);
        assert_eq!(world.sequences(), [0, 1, 2, 3], "cut after {cut} bytes");
        let text = world
            .machine
            .log()
            .get(1)
            .and_then(|event| event.value.map(str::to_owned));
        assert_eq!(
            text.as_deref(),
            Some("{\"text\":\"Grüße, 世界 🦙\"}"),
            "cut after {cut} bytes"
        );
        assert_eq!(
            world.machine.status(),
            RunStatus::Completed,
            "cut after {cut} bytes"
        );
    }
}

#[test]
fn a_revoked_stream_resumes_at_its_cursor() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &(progress(0) + &progress(1)));
    world.give(RunInput::Yield);
    let (epoch, after) = world.open();
    assert_eq!(after, 1);
    assert_eq!(*world.machine.connection(), Connection::Connecting);
    assert_eq!(
        world.machine.next_deadline(),
        None,
        "it waits for its turn, however long that takes"
    );
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r1", "running")));
    world.bytes(epoch, &progress(2));
    assert_eq!(world.sequences(), [0, 1, 2]);
}

/// A stream from `after` that is opened and confirmed. Gives its epoch.
#[track_caller]
fn reopened(world: &mut World, after: i64, status: &str) -> u32 {
    let (epoch, cursor) = world.open();
    assert_eq!(cursor, after);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r1", status)));
    epoch
}

/// A stream from `after` that dies without a byte.
#[track_caller]
fn dies(world: &mut World, after: i64) {
    let epoch = reopened(world, after, "running");
    world.end(epoch, lost());
    world.wait();
}

/// Symptom: the page retried for ever, with growing pauses, and never showed what came after.
/// Cause: an event whose text holds half a surrogate pair; the server breaks every stream that comes to it.
#[test]
fn an_event_that_the_server_cannot_send_is_given_up_and_shown_as_such() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    world.end(epoch, lost());
    world.wait();
    for _ in 0..3 {
        dies(&mut world, 0);
    }
    let epoch = reopened(&mut world, 1, "running");
    world.bytes(epoch, &progress(2));
    assert_eq!(
        world.sequences(),
        [0],
        "not taken before the event got another chance"
    );
    dies(&mut world, 0);
    let epoch = reopened(&mut world, 1, "running");
    world.bytes(epoch, &(progress(2) + &progress(3)));
    assert_eq!(world.sequences(), [0, 1, 2, 3]);
    assert_eq!(world.kinds()[1], EventKind::Undecodable);
    assert_eq!(world.machine.missing(), 0, "it is there, and says what is wrong");
    world.end(epoch, lost());
    world.wait();
    assert_eq!(world.open().1, 3);
}

#[test]
fn an_event_that_comes_when_it_gets_its_chance_is_taken() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    world.end(epoch, lost());
    world.wait();
    for _ in 0..3 {
        dies(&mut world, 0);
    }
    let epoch = reopened(&mut world, 1, "running");
    world.bytes(epoch, &progress(2));
    // It was the network: the event itself can be read.
    let epoch = reopened(&mut world, 0, "running");
    world.bytes(epoch, &(progress(1) + &progress(2)));
    assert_eq!(world.sequences(), [0, 1, 2]);
    assert_eq!(world.kinds(), [EventKind::Plain; 3]);
}

#[test]
fn a_network_that_lets_nothing_through_gives_up_no_event() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    world.end(epoch, lost());
    world.wait();
    for after in [0, 0, 0, 1, 0, 0, 0, 1, 0, 0] {
        dies(&mut world, after);
    }
    assert_eq!(world.sequences(), [0]);
    let epoch = reopened(&mut world, 0, "running");
    world.bytes(epoch, ": heartbeat\n\n");
    world.end(epoch, lost());
    world.wait();
    for _ in 0..3 {
        dies(&mut world, 0);
    }
    assert_eq!(world.open().1, 1, "what was heard counts from the beginning");
}

#[test]
fn half_an_event_is_a_network_that_broke() {
    let mut world = World::new();
    let mut epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    for _ in 0..6 {
        world.end(epoch, lost());
        world.wait();
        epoch = reopened(&mut world, 0, "running");
        world.bytes(epoch, "id: 1\nda");
    }
}

#[test]
fn a_last_event_that_the_server_cannot_send_does_not_hide_the_end() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "completed")));
    for _ in 0..3 {
        let epoch = reopened(&mut world, -1, "completed");
        world.end(epoch, lost());
        world.wait();
    }
    let (epoch, after) = world.open();
    assert_eq!(after, 0);
    world.end(epoch, StreamEnd::NoContent);
    let epoch = reopened(&mut world, -1, "completed");
    world.end(epoch, lost());
    world.wait();
    let (epoch, _) = world.open();
    world.end(epoch, StreamEnd::NoContent);
    world.read(Ok(handler("r1", "completed")));
    assert_eq!(world.sequences(), [0]);
    assert_eq!(world.machine.status(), RunStatus::Completed);
    assert_eq!(*world.machine.connection(), Connection::Closed);
    world.nothing_more();
}

/// Symptom: a run stood still, live, with heartbeats and without events, although the server had more of it.
/// Cause: a stream that was opened while a server came back was never notified of what was stored later; heartbeats kept the watchdog quiet.
#[test]
fn a_stream_with_heartbeats_only_is_replaced_after_a_while() {
    let mut world = World::new();
    let mut epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    for minutes in [2, 4, 8, 15, 15] {
        let begin = world.now;
        while world
            .machine
            .next_deadline()
            .is_some_and(|at| at > world.now.plus(25_000))
        {
            world.now = world.now.plus(25_000);
            world.bytes(epoch, ": heartbeat\n\n");
            world.nothing_more();
        }
        world.wait();
        assert_eq!(
            world.now,
            begin.plus(minutes * 60_000),
            "the next one is waited for longer"
        );
        epoch = reopened(&mut world, 0, "running");
    }
    world.bytes(epoch, &progress(1));
    assert_eq!(world.sequences(), [0, 1]);
    let soon = world.machine.next_deadline().map(|at| at.since(world.now));
    assert!(
        soon.is_some_and(|ms| ms <= 120_000),
        "an event restarts the wait: {soon:?}"
    );
}

/// Symptom: one wrong 404, of a proxy or of a server that was just coming up, closed the run's questions for good: it could not be
/// answered any more.
/// Cause: when the run was listed again its stream went on at the cursor, behind the events that ask.
#[test]
fn a_run_that_was_only_gone_for_a_moment_asks_again() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &(progress(0) + &ask(1)));
    world.give(RunInput::ResponseClasses(vec!["Answer".to_owned()]));
    world.give(RunInput::Respond {
        prompt: 1,
        class: "Answer".to_owned(),
        value: RawJson::empty_object(),
    });
    assert!(matches!(world.command(), Some(RunCommand::Answer { .. })));
    world.give(RunInput::Refresh);
    world.read(Err(Failure::status(404, "Handler not found")));
    assert_eq!(world.machine.status(), RunStatus::Gone);
    assert_eq!(world.command(), Some(RunCommand::CloseStream));

    world.changes = Default::default();
    world.give(RunInput::HandlerSeen(handler("r1", "running")));
    assert_eq!(
        world.sequences(),
        [0, 1],
        "what we have stays until it is sure that the run is back"
    );
    world.give(RunInput::HandlerSeen(handler("r1", "running")));
    world.read(Ok(handler("r1", "running")));
    assert!(world.changes.run, "the log restarts");
    let epoch = reopened(&mut world, -1, "running");
    world.nothing_more();
    world.bytes(epoch, &(progress(0) + &ask(1)));
    assert_eq!(world.sequences(), [0, 1]);
    assert_eq!(
        (world.machine.status(), world.machine.prompts()[0].state),
        (RunStatus::Waiting, PromptState::Unknown),
        "nobody heard what became of the answer: it can be given again"
    );
    assert_eq!(world.machine.wire().missing, 0);
}

#[test]
fn a_late_listing_does_not_bring_a_deleted_run_back() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    world.give(RunInput::Refresh);
    world.read(Err(Failure::status(404, "Handler not found")));
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    // It was asked for before the deletion.
    world.give(RunInput::HandlerSeen(handler("r1", "running")));
    world.read(Err(Failure::status(404, "Handler not found")));
    assert_eq!(world.machine.status(), RunStatus::Gone);
    assert_eq!(world.sequences(), [0], "what we have of it stays");
    world.nothing_more();
}

#[test]
fn a_run_that_was_gone_is_read_from_its_start_when_it_is_watched_again() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &ask(0));
    world.give(RunInput::Refresh);
    world.read(Err(Failure::status(404, "Handler not found")));
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.give(RunInput::Unwatch);
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "running")));
    let epoch = reopened(&mut world, -1, "running");
    world.bytes(epoch, &ask(0));
    assert_eq!(world.machine.status(), RunStatus::Waiting);
}

/// Symptom: a finished run whose last event can't be read was connected to again at every whole listing, every ten seconds.
/// Cause: whatever a listing said was taken for a reason to look for the run's end once more.
#[test]
fn an_unchanged_listing_does_not_touch_a_finished_run() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "completed")));
    let (epoch, _) = world.open();
    world.end(epoch, StreamEnd::NoContent);
    world.read(Ok(handler("r1", "completed")));
    assert_eq!(*world.machine.connection(), Connection::Closed);
    for _ in 0..3 {
        world.give(RunInput::HandlerSeen(handler("r1", "completed")));
        world.nothing_more();
    }
    assert_eq!(*world.machine.connection(), Connection::Closed);
    let mut moved = handler("r1", "completed");
    moved.updated_at = Some("2026-11-20T11:30:00.000000+00:00".to_owned());
    world.give(RunInput::HandlerSeen(moved));
    world.open();
}

/// Symptom: the page died ("attempt to add with overflow"), or one event was reported twice.
/// Cause: a frame whose id is the largest number there is.
#[test]
fn the_largest_sequence_ends_the_log_and_nothing_else() {
    const LAST: u64 = u64::MAX;
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &(progress(0) + &ask(LAST)));
    assert_eq!(world.sequences(), [0, LAST]);
    assert_eq!(world.machine.missing(), LAST - 1);
    let nameless = "data: {\"value\":{},\"type\":\"A\"}\n\n";
    world.bytes(
        epoch,
        &(ask(LAST) + nameless + "id: 18446744073709551615\ndata: {\n\n"),
    );
    assert_eq!(world.sequences(), [0, LAST], "there is no number behind the last");
    assert_eq!(world.machine.prompts().len(), 1, "it asked once");
    // Nor is there an event behind it that the server could be unable to send.
    world.end(epoch, lost());
    world.wait();
    for _ in 0..8 {
        dies(&mut world, i64::MAX);
    }
    let epoch = reopened(&mut world, i64::MAX, "running");
    world.bytes(epoch, &stop(LAST));
    assert_eq!(world.sequences(), [0, LAST]);
}

/// Symptom: the first event of a run that the page had started came 40 ms late.
/// Cause: its frames waited until the handler was read a second time, although the answer to the start had named the run.
#[test]
fn the_frames_of_a_run_that_we_started_wait_for_nothing() {
    let mut world = World::new();
    world.give(started("r1", world.now));
    world.give(RunInput::Watch);
    let (epoch, after) = world.open();
    assert_eq!(after, -1);
    world.nothing_more();
    world.give(RunInput::StreamOpened { epoch });
    assert_eq!(*world.machine.connection(), Connection::Live);
    assert!(!world.machine.is_buffering());
    world.bytes(epoch, &progress(0));
    assert_eq!(world.sequences(), [0]);
    // The handler is read beside it.
    world.read(Ok(handler("r1", "running")));
    assert_eq!(world.sequences(), [0]);
    assert_eq!(*world.machine.connection(), Connection::Live);
    world.bytes(epoch, &ended(1));
    assert_eq!(world.machine.status(), RunStatus::Completed);
}

#[test]
fn a_started_run_that_was_replaced_meanwhile_is_discarded() {
    let mut world = World::new();
    world.give(started("r1", world.now));
    world.give(RunInput::Watch);
    let (epoch, _) = world.open();
    world.give(RunInput::StreamOpened { epoch });
    world.bytes(epoch, &(progress(0) + &progress(1)));
    world.changes = Default::default();
    world.read(Ok(handler("r2", "running")));
    assert!(world.changes.run, "the log begins again");
    assert_eq!(world.sequences(), [0; 0]);
    let (epoch, after) = world.open();
    assert_eq!(after, -1);
    world.give(RunInput::StreamOpened { epoch });
    world.bytes(epoch, &progress(0));
    assert_eq!(
        world.sequences(),
        [0; 0],
        "this one is not named by our own start"
    );
    world.read(Ok(handler("r2", "running")));
    assert_eq!(world.sequences(), [0]);
    assert_eq!(world.machine.run_id(), Some("r2"));
}

#[test]
fn a_start_is_trusted_for_its_first_stream_and_for_a_moment_only() {
    let mut world = World::new();
    world.give(started("r1", world.now));
    world.give(RunInput::Watch);
    let (epoch, _) = world.open();
    world.now = world.now.plus(6_000);
    world.give(RunInput::StreamOpened { epoch });
    assert!(world.machine.is_buffering(), "opened long after the answer");

    let mut world = World::new();
    world.give(started("r1", world.now));
    world.give(RunInput::Watch);
    let (epoch, _) = world.open();
    world.give(RunInput::StreamOpened { epoch });
    // The read that should confirm the run fails: the next stream is confirmed as ever.
    world.read(Err(Failure::network("reset")));
    world.wait();
    let (epoch, _) = world.open();
    world.give(RunInput::StreamOpened { epoch });
    assert!(world.machine.is_buffering());
    assert_eq!(world.sequences(), [0; 0]);
}

/// Symptom: frames that are no JSON were counted as repeated, and nothing of them was shown.
/// Cause: without an id of their own they had that of the event before.
#[test]
fn a_broken_frame_without_an_id_is_an_event_of_its_own() {
    let mut world = World::new();
    let epoch = world.live("r1");
    let broken = ["{\"type\":\"Broken\", \"value\": {", "null", "42"];
    let frames: String = broken.iter().map(|data| format!("data: {data}\n\n")).collect();
    world.bytes(epoch, &(frames.clone() + &progress(0) + &progress(1) + &frames));
    world.bytes(
        epoch,
        &(progress(2) + "data: {\"type\":\"Fine\",\"value\":{}}\n\n"),
    );
    let kinds = world.kinds();
    let count = |kind| kinds.iter().filter(|known| **known == kind).count();
    assert_eq!((count(EventKind::Undecodable), count(EventKind::Plain)), (6, 3));
    let log = world.machine.log();
    assert_eq!(log.public_len(), 9);
    for (at, data) in broken.iter().enumerate() {
        for index in [at, at + 5] {
            let event = log.get(index).expect("a row");
            assert_eq!((event.value, event.error.is_some()), (Some(*data), true));
            assert!(!event.numbered);
            assert_eq!(log.index_of(event.sequence), Some(index), "it can be found again");
        }
    }
    assert_eq!(log.last_sequence(), Some(2));
    assert_eq!(
        [0, 1, 2].map(|sequence| log.index_of(sequence)),
        [Some(3), Some(4), Some(8)]
    );
    let wire = world.machine.wire();
    assert_eq!(
        (wire.repeated, wire.missing),
        (1, 0),
        "only what can be decoded may be a repetition"
    );
    world.end(epoch, lost());
    world.wait();
    assert_eq!(world.open().1, 2, "the cursor is the last event's");
}

#[test]
fn a_frame_beyond_the_bound_without_an_id_is_shown_too() {
    let mut world = World::new();
    world.machine = RunMachine::new(
        "h",
        RunOptions {
            max_frame_bytes: 1_000,
            ..RunOptions::default()
        },
    );
    let epoch = world.live("r1");
    world.bytes(
        epoch,
        &format!("{}data: {}\n\n{}", progress(0), "x".repeat(5_000), progress(1)),
    );
    assert_eq!(
        world.kinds(),
        [EventKind::Plain, EventKind::Oversized, EventKind::Plain]
    );
    assert_eq!(world.machine.log().last_sequence(), Some(1));
    assert_eq!(world.machine.wire().repeated, 0);
}
