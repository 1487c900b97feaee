//! Streams that bring nothing: proxies that buffer, connections that broke unnoticed, and runs that are only quiet.

use workflow_protocol::{
    Connection, Failure, FailureKind, Handler, RunCommand, RunInput, RunMachine, RunOptions, RunStatus,
    StreamEnd,
};

use crate::world::{World, ended, handler, progress};

fn moved(mut handler: Handler, second: u32) -> Handler {
    handler.updated_at = Some(format!("2026-11-20T11:29:{second:02}.000000+00:00"));
    handler
}

/// Lets time pass up to each deadline, for at most `ms`; every handler read is answered with `described`. Gives the streams asked for.
fn pass(world: &mut World, ms: u64, described: &Handler) -> Vec<u32> {
    let end = world.now.plus(ms);
    let mut opened = Vec::new();
    while let Some(at) = world.machine.next_deadline().filter(|at| *at <= end) {
        world.now = world.now.max(at);
        world.give(RunInput::Tick);
        opened.extend(answer(world, described));
    }
    world.now = end;
    opened
}

fn answer(world: &mut World, described: &Handler) -> Vec<u32> {
    let mut opened = Vec::new();
    while let Some(command) = world.command() {
        match command {
            RunCommand::ReadHandler { epoch } => world.give(RunInput::HandlerRead {
                epoch,
                result: Ok(described.clone()),
            }),
            RunCommand::OpenStream { epoch, .. } => opened.push(epoch),
            _ => {}
        }
    }
    opened
}

/// Symptom: "live" and "No events yet" for minutes. Cause: a proxy kept the whole stream until its end.
#[test]
fn a_stream_that_a_proxy_holds_back_is_stalled_and_the_run_is_followed_without_it() {
    let running = handler("r1", "running");
    let mut world = World::new();
    world.live("r1");
    assert_eq!(pass(&mut world, 29_999, &running), [0; 0]);
    assert_eq!(*world.machine.connection(), Connection::Live);
    let opened = world.now.plus(1).0 - 30_000;
    world.now = world.now.plus(1);
    world.give(RunInput::Tick);
    let Connection::Stalled { since, buffered } = *world.machine.connection() else {
        panic!("not stalled: {:?}", world.machine.connection());
    };
    assert_eq!(
        (since.0, buffered),
        (opened, true),
        "a run's first event is stored when it begins"
    );
    assert_eq!(
        world.machine.status(),
        RunStatus::Running,
        "a stalled stream says nothing about the run"
    );

    world.read(Ok(running.clone()));
    for _ in 0..4 {
        let before = world.now;
        world.wait();
        assert_eq!(world.now, before.plus(3_000));
        world.read(Ok(running.clone()));
        world.nothing_more();
    }
    // The run ends: the stream is over now, so it is handed on whole.
    world.wait();
    world.read(Ok(moved(handler("r1", "completed"), 1)));
    let (epoch, after) = world.open();
    assert_eq!(after, -1);
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(moved(handler("r1", "completed"), 1)));
    assert!(matches!(world.machine.connection(), Connection::Stalled { .. }));
    world.bytes(epoch, &(progress(0) + &ended(1)));
    assert_eq!(world.sequences(), [0, 1, 2]);
    assert_eq!(world.command(), Some(RunCommand::CloseStream));
    world.read(Ok(moved(handler("r1", "completed"), 1)));
    assert_eq!(*world.machine.connection(), Connection::Closed);
    assert_eq!(world.machine.next_deadline(), None);
    world.nothing_more();
}

#[test]
fn a_stalled_stream_is_tried_again_every_minute_and_is_live_with_its_first_byte() {
    let running = handler("r1", "running");
    let mut world = World::new();
    world.live("r1");
    assert_eq!(pass(&mut world, 30_000, &running), [0; 0]);
    assert_eq!(pass(&mut world, 59_999, &running), [0; 0]);
    let opened = pass(&mut world, 1, &running);
    let [epoch] = opened[..] else {
        panic!("one stream was expected, got {opened:?}");
    };
    // A proxy that cuts what it has nothing for: still stalled.
    world.end(epoch, StreamEnd::Failed(Failure::network("reset")));
    assert!(matches!(world.machine.connection(), Connection::Stalled { .. }));
    let opened = pass(&mut world, 60_000, &running);
    let [epoch] = opened[..] else {
        panic!("one stream was expected, got {opened:?}");
    };
    world.give(RunInput::StreamOpened { epoch });
    assert_eq!(answer(&mut world, &running), [0; 0]);
    assert!(matches!(world.machine.connection(), Connection::Stalled { .. }));
    world.bytes(epoch, ": heartbeat\n\n");
    assert_eq!(*world.machine.connection(), Connection::Live);

    // A person does not want to wait for the minute.
    let mut world = World::new();
    world.live("r1");
    assert_eq!(pass(&mut world, 35_000, &running), [0; 0]);
    world.give(RunInput::Refresh);
    assert_eq!(answer(&mut world, &running).len(), 1);
    assert!(matches!(world.machine.connection(), Connection::Stalled { .. }));
}

#[test]
fn twice_the_heartbeat_and_2_s_without_a_byte_is_stalled() {
    let running = handler("r1", "running");
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    world.now = world.now.plus(10_000);
    world.bytes(epoch, ": heartbeat\n\n");
    assert_eq!(pass(&mut world, 21_999, &running), [0; 0]);
    assert_eq!(*world.machine.connection(), Connection::Live);
    let opened = pass(&mut world, 1, &running);
    assert!(
        matches!(
            world.machine.connection(),
            Connection::Stalled { buffered: false, .. }
        ),
        "{:?}",
        world.machine.connection()
    );
    let [epoch] = opened[..] else {
        panic!("a connection that broke unnoticed is replaced at once, got {opened:?}");
    };
    world.give(RunInput::StreamOpened { epoch });
    assert_eq!(answer(&mut world, &running), [0; 0]);
    world.bytes(epoch, &progress(1));
    assert_eq!(*world.machine.connection(), Connection::Live);
    assert_eq!(world.sequences(), [0, 1]);
}

/// Symptom to avoid: a run that waits for a person over night is called stalled.
#[test]
fn a_quiet_run_on_a_server_without_heartbeats_is_not_stalled() {
    let running = moved(handler("r1", "running"), 1);
    let mut world = World::new();
    let mut epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    // The row of the event that just arrived, listed a little later: no news.
    world.now = world.now.plus(2_000);
    world.give(RunInput::HandlerSeen(running.clone()));
    for _ in 0..100 {
        for opened in pass(&mut world, 30_000, &running) {
            epoch = opened;
            world.give(RunInput::StreamOpened { epoch });
            assert_eq!(answer(&mut world, &running), [0; 0]);
        }
        let connection = world.machine.connection();
        assert!(
            !matches!(connection, Connection::Stalled { .. }),
            "{connection:?}"
        );
    }
    world.bytes(epoch, &progress(1));
    assert_eq!(world.sequences(), [0, 1]);
}

#[test]
fn a_row_that_moves_in_silence_shows_that_events_are_held_back() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    let quiet = moved(handler("r1", "running"), 1);
    assert_eq!(pass(&mut world, 31_000, &quiet), [0; 0]);
    assert_eq!(*world.machine.connection(), Connection::Live);
    // It idles: it asks somebody, and nothing arrives.
    world.give(RunInput::HandlerSeen(moved(handler("r1", "running"), 9)));
    pass(&mut world, 0, &quiet);
    assert!(matches!(
        world.machine.connection(),
        Connection::Stalled { buffered: true, .. }
    ));
}

#[test]
fn a_server_that_cannot_be_reached_is_no_stalled_stream() {
    let mut world = World::new();
    world.live("r1");
    world.wait();
    world.read(Err(Failure::network("refused")));
    assert!(
        matches!(world.machine.connection(), Connection::Retrying { .. }),
        "{:?}",
        world.machine.connection()
    );

    let mut world = World::new();
    world.live("r1");
    world.wait();
    world.read(Err(Failure::status(404, "Handler not found")));
    assert_eq!(world.machine.status(), RunStatus::Gone);
    assert_eq!(*world.machine.connection(), Connection::Closed);
    assert_eq!(world.machine.next_deadline(), None);
}

/// Some proxies keep the head of an answer, too, until its body is complete.
#[test]
fn a_stream_whose_answer_does_not_begin_is_stalled() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "running")));
    let late = Failure {
        kind: FailureKind::Timeout,
        ..Failure::network("no answer")
    };
    let (epoch, _) = world.open();
    world.end(epoch, StreamEnd::Failed(late.clone()));
    assert!(matches!(world.machine.connection(), Connection::Retrying { .. }));
    world.wait();
    let (epoch, _) = world.open();
    world.end(epoch, StreamEnd::Failed(late));
    assert!(matches!(
        world.machine.connection(),
        Connection::Stalled { buffered: true, .. }
    ));
    world.read(Ok(handler("r1", "running")));
    assert_eq!(pass(&mut world, 60_000, &handler("r1", "running")).len(), 1);
}

#[test]
fn nothing_is_polled_when_nobody_follows_the_run_any_more() {
    let mut world = World::new();
    world.machine = RunMachine::new("h", RunOptions::default());
    world.live("r1");
    world.wait();
    world.read(Ok(handler("r1", "running")));
    world.give(RunInput::Unwatch);
    assert_eq!(*world.machine.connection(), Connection::Idle);
    assert_eq!(world.machine.next_deadline(), None);
    world.give(RunInput::Watch);
    world.open();
    assert_eq!(*world.machine.connection(), Connection::Connecting);
}
