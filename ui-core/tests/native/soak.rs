//! The same thing a thousand times: nothing may be left behind.

use leptos::prelude::GetUntracked as _;
use workflow_ui_core::protocol::{Connection, Failure};
use workflow_ui_core::{live_tasks, use_workflow_handler, use_workflow_handler_list};

use crate::kit::{list, progress, test};

#[test]
fn a_thousand_subscribers_come_and_go() {
    test(|kit| async move {
        for n in 0..6 {
            kit.know(&format!("h{n}"), &format!("r{n}"), "running");
        }
        kit.server.get("/handlers", list(&[]));
        let mut most = 0;
        for n in 0..1_000_u64 {
            let (_hooks, owner) = kit.component(|| {
                let all = use_workflow_handler_list(None::<String>);
                (use_workflow_handler(format!("h{}", n % 6), true), all)
            });
            // Some go before their request was answered, some while it is, some when they are live.
            match n % 4 {
                0 => {}
                1 => tokio::task::yield_now().await,
                2 => kit.clock.settle().await,
                _ => kit.frame().await,
            }
            owner.cleanup();
            if n % 50 == 49 {
                kit.clock.settle().await;
                most = most.max(live_tasks());
                assert_eq!(
                    (
                        kit.server.open_streams(),
                        kit.server.in_flight(),
                        kit.clock.pending(),
                        kit.clock.listeners()
                    ),
                    (0, 0, 0, 0),
                    "after {n} subscribers"
                );
            }
        }
        assert_eq!(most, 0, "no task is left");
        assert!(kit.server.most_streams() <= 4);
        kit.finish().await;
    });
}

#[test]
fn a_thousand_reconnects_leave_as_much_as_one() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let mut first = None;
        for n in 0..1_000_u64 {
            let stream = kit.server.stream("/events/h1").expect("a stream");
            stream.event(n, &progress(n));
            if n % 2 == 0 {
                stream.fail(Failure::network("network error"));
            } else {
                stream.close();
            }
            kit.clock.advance(600).await;
            assert_eq!(hook.connection.get_untracked(), Connection::Live, "after cut {n}");
            let left = (
                live_tasks(),
                kit.clock.pending(),
                kit.server.open_streams(),
                kit.server.in_flight(),
            );
            assert_eq!(left, *first.get_or_insert(left), "after cut {n}");
        }
        let events = hook.events.get_untracked();
        assert_eq!((events.len(), events.missing()), (1_000, 0));
        assert_eq!(hook.wire.get_untracked().reconnects(), 1_000);
        kit.finish().await;
    });
}
