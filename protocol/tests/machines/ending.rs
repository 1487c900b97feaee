//! Stop events that do not end their run, over streams that were recorded from llama-agents-server 0.8.0.

use workflow_protocol::{
    Connection, Failure, Handler, HandlersInput, HandlersMachine, RetryPolicy, RunCommand, RunInput,
    RunStatus, StopCheck, StreamEnd, Time,
};

use crate::world::{World, ended, handler, progress, returned, stop};

const FIRST: &str = include_str!("../fixtures/child_stop/first.sse");
const REST: &str = include_str!("../fixtures/child_stop/rest.sse");
const STARTED: &str = include_str!("../fixtures/child_stop/started.json");
const INNER: &str = include_str!("../fixtures/child_stop/inner.json");
const OUTER: &str = include_str!("../fixtures/child_stop/outer.json");

fn recorded(text: &str) -> Handler {
    let mut handler = Handler::parse(text).expect("a handler");
    handler.handler_id = "h".to_owned();
    handler
}

/// A run that is followed to its first stop event. `described` is the handler as it is read then.
fn followed(stream: &str, described: &Handler) -> World {
    let mut world = World::new();
    let start = recorded(STARTED);
    world.give(RunInput::Watch);
    world.read(Ok(start.clone()));
    let (epoch, _) = world.open();
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(start));
    world.bytes(epoch, stream);
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(described.clone()));
    world
}

/// The next check: what it comes to is decided by the caller. Gives the stream's epoch.
#[track_caller]
fn checked(world: &mut World, after: i64) -> u32 {
    world.wait();
    let (epoch, cursor) = world.open();
    assert_eq!(cursor, after);
    epoch
}

#[track_caller]
fn nothing_new(world: &mut World, after: i64, described: &Handler) {
    let epoch = checked(world, after);
    world.end(epoch, StreamEnd::NoContent);
    world.read(Ok(described.clone()));
}

fn shown(world: &World) -> Option<String> {
    let result = world.machine.result()?;
    Some(result.shown().as_str().to_owned())
}

/// Symptom: of a workflow that passes a nested workflow's events on, 5 of 9 events and the nested result were shown.
/// Cause: the nested `StopEvent` was taken for the run's own; the server ends the stream there and goes on storing.
#[test]
fn a_forwarded_stop_event_does_not_end_the_run() {
    let inner = recorded(INNER);
    let mut world = followed(FIRST, &inner);
    assert_eq!(world.machine.status(), RunStatus::Running);
    assert!(matches!(world.machine.connection(), Connection::Retrying { .. }));
    let suspected = world.machine.suspected_stop().expect("it is doubted");
    assert_eq!(
        (suspected.sequence, suspected.check),
        (Some(4), StopCheck::Checking)
    );

    let stopped = world.now;
    nothing_new(&mut world, 4, &inner);
    assert_eq!(world.now, stopped.plus(1_000));
    let epoch = checked(&mut world, 4);
    assert_eq!(world.now, stopped.plus(2_000));
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(inner));
    assert_eq!(*world.machine.connection(), Connection::Live);
    world.bytes(epoch, REST);
    assert_eq!(world.sequences(), (0..9).collect::<Vec<u64>>());
    assert_eq!(world.machine.status(), RunStatus::Completed);
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(recorded(OUTER)));
    assert_eq!(
        shown(&world).as_deref(),
        Some(r#"{"outer":"done","inner":"inner done"}"#)
    );
    assert_eq!(*world.machine.connection(), Connection::Closed);
    assert_eq!(
        (world.machine.suspected_stop(), world.machine.next_deadline()),
        (None, None)
    );
    world.nothing_more();
}

/// Symptom: the same after a reload. Cause: the server serves a finished run up to its first stop event only.
#[test]
fn a_reload_after_the_end_reads_beyond_the_forwarded_stop_event_at_once() {
    let outer = recorded(OUTER);
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(outer.clone()));
    let (epoch, after) = world.open();
    assert_eq!(after, -1);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(outer.clone()));
    world.bytes(epoch, FIRST);
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    let before = world.now;
    world.read(Ok(outer.clone()));
    let (epoch, after) = world.open();
    assert_eq!(
        (after, world.now),
        (4, before),
        "the handler knows another result, so there is more"
    );
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(outer.clone()));
    world.bytes(epoch, REST);
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(outer));
    assert_eq!(world.machine.log().len(), 9);
    assert_eq!(world.machine.status(), RunStatus::Completed);
    assert_eq!(
        shown(&world).as_deref(),
        Some(r#"{"outer":"done","inner":"inner done"}"#)
    );
}

/// Symptom: the events after a forwarded stop event never came if the first of them was large.
/// Cause: a chunk that completed no event was taken for a stream that has nothing more.
#[test]
fn an_event_after_a_suspected_stop_event_may_come_in_many_chunks() {
    let inner = recorded(INNER);
    let mut world = followed(FIRST, &inner);
    let epoch = checked(&mut world, 4);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(inner));
    let (head, tail) = REST.split_at(REST.find("data:").expect("an event") + 20);
    world.bytes(epoch, head);
    world.nothing_more();
    assert_eq!(*world.machine.connection(), Connection::Live);
    let silence = world.machine.next_deadline().map(|at| at.since(world.now));
    assert!(silence <= Some(30_000), "it is not waited for without end");
    world.bytes(epoch, tail);
    assert_eq!(world.sequences(), (0..9).collect::<Vec<u64>>());
    assert_eq!(world.machine.status(), RunStatus::Completed);

    // A heartbeat shows that there is nothing for now.
    let inner = recorded(INNER);
    let mut world = followed(FIRST, &inner);
    let epoch = checked(&mut world, 4);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(inner));
    world.bytes(epoch, ": heartbeat\n\n");
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
}

#[test]
fn a_connection_that_breaks_after_a_forwarded_stop_event_leaves_the_run_running() {
    let inner = recorded(INNER);
    let mut world = followed(FIRST, &inner);
    let epoch = checked(&mut world, 4);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(inner.clone()));
    let next = REST.find("id: 6").expect("two events");
    world.bytes(epoch, &REST[..next]);
    assert_eq!(
        world.machine.status(),
        RunStatus::Running,
        "the row reports an end that was none"
    );
    assert_eq!(*world.machine.connection(), Connection::Live);
    let silent = world.machine.next_deadline().map(|at| at.since(world.now));
    assert!(
        silent > Some(5_000),
        "it is not hurried as a run that has ended: {silent:?}"
    );
    world.end(epoch, StreamEnd::Failed(Failure::network("reset")));
    // Nothing is stored behind event 5 yet, and the server takes its own row for true.
    nothing_new(&mut world, 5, &inner);
    assert_eq!(world.machine.status(), RunStatus::Running);
    let epoch = checked(&mut world, 5);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(inner));
    world.bytes(epoch, &REST[next..]);
    assert_eq!(world.machine.status(), RunStatus::Completed);
}

/// Symptom: the last events of a run were missing. Cause: the run ended between the server's report that nothing is left, which was about
/// the forwarded stop event, and the read of its handler.
#[test]
fn events_after_the_report_that_nothing_is_left_are_fetched() {
    let inner = recorded(INNER);
    let mut world = followed(FIRST, &inner);
    let epoch = checked(&mut world, 4);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(inner));
    let next = REST.find("id: 6").expect("two events");
    world.bytes(epoch, &REST[..next]);
    world.end(epoch, StreamEnd::Failed(Failure::network("reset")));
    let epoch = checked(&mut world, 5);
    world.end(epoch, StreamEnd::NoContent);
    world.read(Ok(recorded(OUTER)));
    let (epoch, after) = world.open();
    assert_eq!(after, 5);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(recorded(OUTER)));
    world.bytes(epoch, &REST[next..]);
    assert_eq!(world.sequences(), (0..9).collect::<Vec<u64>>());
    assert_eq!(world.machine.status(), RunStatus::Completed);
}

#[test]
fn a_suspected_end_is_checked_after_1_2_and_5_s_and_then_every_10_s_until_it_is_believed() {
    let inner = recorded(INNER);
    let mut world = followed(FIRST, &inner);
    let stopped = world.now;
    let mut checks = Vec::new();
    while world.machine.suspected_stop().map(|stop| stop.check) == Some(StopCheck::Checking) {
        nothing_new(&mut world, 4, &inner);
        checks.push(world.now.since(stopped) / 1_000);
    }
    assert_eq!(checks[..6], [1, 2, 5, 15, 25, 35]);
    assert_eq!(checks.last(), Some(&605));
    assert_eq!(
        world.machine.status(),
        RunStatus::Completed,
        "after ten minutes it is believed"
    );
    assert_eq!(*world.machine.connection(), Connection::Closed);
    assert_eq!(shown(&world).as_deref(), Some("\"inner done\""));
    assert_eq!(
        world.machine.suspected_stop().map(|stop| stop.check),
        Some(StopCheck::GivenUp),
        "with a note"
    );

    // It goes on once a minute, and nobody sees it.
    let before = world.now;
    nothing_new(&mut world, 4, &inner);
    assert_eq!(world.now, before.plus(60_000));
    let epoch = checked(&mut world, 4);
    assert_eq!(*world.machine.connection(), Connection::Closed);
    world.end(epoch, StreamEnd::Failed(Failure::network("reset")));
    assert_eq!(
        *world.machine.connection(),
        Connection::Closed,
        "a failed check is no lost connection"
    );
    let epoch = checked(&mut world, 4);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(inner));
    world.bytes(epoch, REST);
    assert_eq!(world.machine.log().len(), 9);
    assert_eq!(world.machine.suspected_stop(), None);

    // And stops when the run is no longer open.
    let inner = recorded(INNER);
    let mut world = followed(FIRST, &inner);
    while world.machine.status() == RunStatus::Running {
        nothing_new(&mut world, 4, &inner);
    }
    assert_eq!(world.machine.status(), RunStatus::Completed);
    world.give(RunInput::Unwatch);
    assert_eq!(world.machine.next_deadline(), None);
    world.give(RunInput::Watch);
    assert_eq!(world.open().1, 4);
}

#[test]
fn news_of_the_handler_is_a_reason_to_check_at_once() {
    let mut world = followed(FIRST, &recorded(INNER));
    world.give(RunInput::HandlerSeen(recorded(INNER)));
    world.nothing_more();
    world.give(RunInput::HandlerSeen(recorded(OUTER)));
    assert_eq!(world.open().1, 4);
}

#[test]
fn failed_timed_out_and_cancelled_runs_end_at_once() {
    for class in [
        "WorkflowFailedEvent",
        "WorkflowTimedOutEvent",
        "WorkflowCancelledEvent",
    ] {
        let mut world = World::new();
        let epoch = world.live("r1");
        let last = crate::world::frame(1, class, Some("StopEvent"), "{}");
        let working = returned(0).replace("not_running", "running");
        world.bytes(epoch, &(working + &last));
        assert!(world.machine.status().is_terminal(), "{class}");
        assert_eq!(world.machine.suspected_stop(), None, "{class}");
    }
}

/// A server that writes concurrently may put another step's event between the two.
#[test]
fn the_end_of_the_step_need_not_be_the_very_last_event() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &(returned(0) + &progress(1) + &stop(2)));
    assert_eq!(world.machine.status(), RunStatus::Completed);
    assert_eq!(world.machine.suspected_stop(), None);
}

#[test]
fn another_steps_end_before_a_stop_event_proves_nothing() {
    let mut world = World::new();
    let epoch = world.live("r1");
    let other = returned(0).replace("workflows.events.StopEvent", "app.Other");
    world.bytes(epoch, &(other + &stop(1)));
    assert_eq!(world.machine.status(), RunStatus::Running);
    // Nor does the step that returned the one before.
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &(returned(0) + &stop(1)));
    assert_eq!(world.machine.status(), RunStatus::Completed);
}

#[test]
fn a_stop_event_of_a_stream_without_steps_ends_the_run_and_is_checked_three_times() {
    let done = handler("r1", "completed");
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &(progress(0) + &stop(1)));
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(done.clone()));
    assert_eq!(world.machine.status(), RunStatus::Completed);
    assert_eq!(*world.machine.connection(), Connection::Closed);
    assert_eq!(world.machine.suspected_stop(), None, "nothing speaks against it");
    let stopped = world.now;
    for seconds in [1, 5] {
        nothing_new(&mut world, 1, &done);
        assert_eq!(world.now, stopped.plus(seconds * 1_000));
        assert_eq!(*world.machine.connection(), Connection::Closed);
    }
    let epoch = checked(&mut world, 1);
    assert_eq!(world.now, stopped.plus(30_000));
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(done.clone()));
    world.bytes(epoch, &progress(2));
    assert_eq!(world.machine.status(), RunStatus::Running, "there was more");
    world.bytes(epoch, &ended(3));
    assert_eq!(world.machine.status(), RunStatus::Completed);

    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &stop(0));
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(done.clone()));
    for _ in 0..3 {
        nothing_new(&mut world, 0, &done);
    }
    assert_eq!(world.machine.next_deadline(), None);
    world.nothing_more();
}

/// A nested workflow's internal events may be passed on too: then its stop event looks like the run's own.
#[test]
fn a_finished_run_whose_handler_changes_is_checked_again() {
    let mut inner = handler("r1", "completed");
    inner.updated_at = Some("2026-11-20T11:29:00.000000+00:00".to_owned());
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &ended(0));
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(inner.clone()));
    world.nothing_more();
    let mut outer = inner.clone();
    outer.updated_at = Some("2026-11-20T11:30:00.000000+00:00".to_owned());
    world.give(RunInput::HandlerSeen(outer.clone()));
    let (epoch, after) = world.open();
    assert_eq!(after, 1);
    assert_eq!(*world.machine.connection(), Connection::Closed);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(outer));
    world.bytes(epoch, &(progress(2) + &ended(3)));
    assert_eq!(world.sequences(), [0, 1, 2, 3, 4]);
    assert_eq!(world.machine.status(), RunStatus::Completed);
}

/// Symptom: the list showed a suspected run as completed again with the next listing.
/// Cause: the row of a listing said so, and the finer status of the followed run was dropped for it.
#[test]
fn a_suspected_run_stays_running_in_the_list() {
    let inner = recorded(INNER);
    let world = followed(FIRST, &inner);
    let mut list = HandlersMachine::new(RetryPolicy::default(), 1);
    let state = workflow_protocol::HandlerState {
        handler: inner.clone(),
        status: world.machine.status(),
    };
    list.handle(
        Time(0),
        HandlersInput::RunSeen {
            state,
            streamed: true,
        },
    );
    let status = |list: &HandlersMachine| list.get("h").map(|state| state.status);
    assert_eq!(status(&list), Some(RunStatus::Running));
    list.handle(Time(2_000), HandlersInput::HandlerSeen(inner.clone()));
    assert_eq!(status(&list), Some(RunStatus::Running));
    let mut reread = inner.clone();
    reread.workflow_name = "renamed".to_owned();
    list.handle(Time(4_000), HandlersInput::HandlerSeen(reread));
    assert_eq!(status(&list), Some(RunStatus::Running), "the row did not move");
    list.handle(Time(6_000), HandlersInput::RunReleased("h".to_owned()));
    list.handle(Time(8_000), HandlersInput::HandlerSeen(inner.clone()));
    assert_eq!(status(&list), Some(RunStatus::Running));
    list.handle(Time(9_000), HandlersInput::HandlerSeen(recorded(OUTER)));
    assert_eq!(status(&list), Some(RunStatus::Completed), "the row moved");
}

/// Not every server says that there is nothing left.
#[test]
fn a_check_that_opens_a_silent_stream_does_not_keep_it() {
    let done = handler("r1", "completed");
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &(progress(0) + &stop(1)));
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(done.clone()));
    for _ in 0..3 {
        let epoch = checked(&mut world, 1);
        world.give(RunInput::StreamOpened { epoch });
        world.read(Ok(done.clone()));
        assert_eq!(*world.machine.connection(), Connection::Closed);
        world.wait();
        assert_eq!(world.command(), Some(RunCommand::CloseStream));
    }
    assert_eq!(world.machine.next_deadline(), None);

    let inner = recorded(INNER);
    let mut world = followed(FIRST, &inner);
    let stopped = world.now;
    while world.machine.status() == RunStatus::Running {
        assert!(world.now.since(stopped) < 2_000_000, "it is believed some day");
        world.wait();
        match world.command() {
            Some(RunCommand::OpenStream { epoch, .. }) => {
                world.give(RunInput::StreamOpened { epoch });
                world.read(Ok(inner.clone()));
            }
            Some(RunCommand::CloseStream) | None => {}
            other => panic!("unexpected: {other:?}"),
        }
    }
    assert_eq!(world.machine.status(), RunStatus::Completed);
}
