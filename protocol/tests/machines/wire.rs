//! Streams over a transport that reports no failures, and what is counted on the wire.

use workflow_protocol::{Connection, Failure, RunCommand, RunInput, RunStatus, StreamEnd, WireStats};

use crate::world::{World, handler, progress, stop};

fn untold() -> StreamEnd {
    StreamEnd::Failed(Failure::unknown("the stream failed"))
}

#[test]
fn the_handler_is_read_after_each_failure_without_details() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    for attempt in 1..4 {
        let epoch = if attempt == 1 { epoch } else { world.open().0 };
        world.end(epoch, untold());
        assert!(
            !matches!(world.machine.connection(), Connection::Closed),
            "nothing is known of the run"
        );
        world.read(Ok(handler("r1", "running")));
        assert!(
            matches!(world.machine.connection(), Connection::Retrying { attempt: n, .. } if *n == attempt),
            "{:?}",
            world.machine.connection()
        );
        world.nothing_more();
        world.wait();
    }
    let (epoch, after) = world.open();
    assert_eq!(after, 0, "after the last event");
    world.give(RunInput::StreamOpened { epoch });
    world.read(Ok(handler("r1", "running")));
    world.bytes(epoch, &(progress(1) + &stop(2)));
    assert_eq!(world.sequences(), [0, 1, 2]);
}

#[test]
fn an_untold_404_is_a_run_that_is_gone() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.end(epoch, untold());
    world.read(Err(Failure::status(404, "Handler not found")));
    assert_eq!(world.machine.status(), RunStatus::Gone);
    assert_eq!(*world.machine.connection(), Connection::Closed);
    world.nothing_more();
}

#[test]
fn an_untold_204_ends_after_a_few_tries() {
    let mut world = World::new();
    world.give(RunInput::Watch);
    world.read(Ok(handler("r1", "completed")));
    let mut opened = 0;
    while *world.machine.connection() != Connection::Closed {
        let (epoch, _) = world.open();
        opened += 1;
        assert!(opened < 10, "tried for ever");
        world.end(epoch, untold());
        world.read(Ok(handler("r1", "completed")));
        if *world.machine.connection() != Connection::Closed {
            world.wait();
        }
    }
    assert_eq!(opened, 6, "the stream may have been cut as well");
    assert_eq!(world.machine.status(), RunStatus::Completed, "the handler knows");
    world.nothing_more();
}

#[test]
fn another_run_that_is_found_so_is_followed() {
    let mut world = World::new();
    let epoch = world.live("r1");
    world.bytes(epoch, &progress(0));
    world.end(epoch, untold());
    world.read(Ok(handler("r2", "running")));
    let (_, after) = world.open();
    assert_eq!(after, -1);
}

#[test]
fn what_the_wire_carries_is_counted() {
    let mut world = World::new();
    assert_eq!(world.machine.wire(), WireStats::default());
    let epoch = world.live("r1");
    let text = progress(0) + &progress(1) + &progress(4);
    world.bytes(epoch, &text);
    world.bytes(epoch, &progress(4));
    let opened = world.now;
    world.now = opened.plus(25_000);
    world.bytes(epoch, ": heartbeat\n\n");
    let wire = world.machine.wire();
    assert_eq!(
        (wire.frames, wire.repeated, wire.missing, wire.heartbeats),
        (4, 1, 2, 1)
    );
    assert_eq!(wire.bytes, (text.len() + progress(4).len() + 13) as u64);
    assert_eq!(
        (wire.last_heartbeat, wire.heartbeat_interval),
        (Some(world.now), Some(25_000))
    );
    assert_eq!((wire.connects, wire.reconnects()), (1, 0));
    assert!(world.changes.wire, "signals follow");

    world.end(epoch, StreamEnd::Closed);
    world.wait();
    let (epoch, _) = world.open();
    world.give(RunInput::StreamOpened { epoch });
    assert_eq!(world.machine.wire().reconnects(), 1);
    // Another run: nothing of the first one counts, but the server's heartbeat is known.
    world.read(Ok(handler("r2", "running")));
    let wire = world.machine.wire();
    assert_eq!(
        (wire.frames, wire.bytes, wire.missing, wire.connects),
        (0, 0, 0, 0)
    );
    assert_eq!(wire.heartbeat_interval, Some(25_000));
    assert!(matches!(world.command(), Some(RunCommand::CloseStream)));
}
