//! Payloads that the log has let go of.

use futures::FutureExt as _;
use leptos::prelude::GetUntracked as _;
use workflow_ui_core::protocol::{Failure, Method, RunOptions};
use workflow_ui_core::{
    Error, EventPayload, Events, Reply, UseWorkflowHandlerOptions, UseWorkflowHandlerReturn, WorkflowClient,
    use_workflow_handler, use_workflow_handler_with_options,
};

use crate::kit::{Kit, STOP, handler, progress, test};

fn big(n: usize) -> String {
    format!(
        r#"{{"value":{{"n":{n},"text":"{}"}},"qualified_name":"app.Big","type":"Big","types":[]}}"#,
        "x".repeat(300_000)
    )
}

/// A run of five large events in a log that keeps one or two of them.
async fn evicted(kit: &Kit) -> (UseWorkflowHandlerReturn, Events) {
    kit.know("h1", "r1", "running");
    let client = WorkflowClient::builder("")
        .transport(kit.server.clone())
        .clock(kit.clock.clone())
        .run_options(RunOptions {
            log_bytes: 400_000,
            ..RunOptions::default()
        })
        .build();
    let options = UseWorkflowHandlerOptions {
        client: Some(client),
        ..Default::default()
    };
    let hook = kit.hook(|| use_workflow_handler_with_options("h1", true, options));
    kit.frame().await;
    let stream = kit.server.stream("/events/h1").expect("a stream");
    for n in 0..5 {
        stream.event(n as u64, &big(n));
    }
    kit.frame().await;
    let events = hook.events.get_untracked();
    assert!(
        events.evicted() >= 3 && events.get(0).is_some_and(|row| row.value.is_none()),
        "{} evicted",
        events.evicted()
    );
    (hook, events)
}

const SHORT: &str = "/events/h1?sse=true&after_sequence=0&include_internal=true";

#[test]
fn an_evicted_payload_is_fetched_over_one_short_stream() {
    test(|kit| async move {
        let (_hook, events) = evicted(&kit).await;
        let payload = events.payload(1);
        let payload = tokio::task::spawn_local(payload);
        kit.clock.settle().await;
        let stream = kit.server.stream("/events/h1").expect("a second stream");
        assert!(stream.path().contains("after_sequence=0"), "{}", stream.path());
        assert_eq!(kit.server.open_streams(), 2);
        stream.event(1, &big(1)).event(2, &big(2));
        let payload = payload.await.expect("done").expect("fetched");
        assert!(
            matches!(&payload, EventPayload::Here(text) if text.starts_with(r#"{"n":1,"text":"xx"#)),
            "{payload:.60?}"
        );
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 1, "the short stream is closed");
        assert!(
            events.get(1).is_some_and(|row| row.value.is_none()),
            "it is handed out, not kept"
        );
        kit.finish().await;
    });
}

#[test]
fn what_is_held_is_not_fetched() {
    test(|kit| async move {
        let (_hook, events) = evicted(&kit).await;
        let opened = kit.opened("h1");
        let payload = events.payload(4).now_or_never().expect("at once").expect("held");
        assert!(matches!(payload, EventPayload::Here(_)));
        assert_eq!(
            events.payload(9).await,
            Ok(EventPayload::NoLongerThere),
            "no such row"
        );
        assert_eq!(kit.opened("h1"), opened);
        kit.finish().await;
    });
}

#[test]
fn a_run_that_was_followed_by_another_is_no_longer_there() {
    test(|kit| async move {
        let (_hook, events) = evicted(&kit).await;
        let next = handler("h1", "r2", "running").replace("11:28:10", "11:30:00");
        kit.know_as("h1", &next, "running");
        let payload = tokio::task::spawn_local(events.payload(1));
        kit.clock.settle().await;
        assert_eq!(
            payload.await.expect("done"),
            Ok(EventPayload::NoLongerThere),
            "the stream serves the next run's events under the same numbers"
        );
        kit.frame().await;
        assert_eq!(
            events.payload(1).await,
            Ok(EventPayload::NoLongerThere),
            "an old reader asks for nothing"
        );
        kit.finish().await;
    });
}

#[test]
fn what_the_server_no_longer_has_is_no_longer_there() {
    test(|kit| async move {
        let (_hook, events) = evicted(&kit).await;
        for reply in [Reply::empty(204), Reply::detail(404, "Handler not found")] {
            kit.server.once(Method::Get, SHORT, reply);
            let payload = tokio::task::spawn_local(events.payload(1));
            kit.clock.settle().await;
            assert_eq!(payload.await.expect("done"), Ok(EventPayload::NoLongerThere));
        }
        // The store has a hole: the next event comes.
        let payload = tokio::task::spawn_local(events.payload(1));
        kit.clock.settle().await;
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(3, &big(3));
        assert_eq!(payload.await.expect("done"), Ok(EventPayload::NoLongerThere));
        kit.finish().await;
    });
}

#[test]
fn failures_are_errors_and_can_be_tried_again() {
    test(|kit| async move {
        let (_hook, events) = evicted(&kit).await;
        kit.server
            .once(Method::Get, SHORT, Reply::detail(503, "starting"));
        let payload = tokio::task::spawn_local(events.payload(1));
        kit.clock.settle().await;
        let error = payload.await.expect("done").expect_err("refused");
        assert_eq!(error.status(), Some(503), "{error}");

        let payload = tokio::task::spawn_local(events.payload(1));
        kit.clock.settle().await;
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .fail(Failure::network("network error"));
        assert_eq!(
            payload.await.expect("done"),
            Err(Error::Network("network error".to_owned()))
        );

        let payload = tokio::task::spawn_local(events.payload(1));
        kit.clock.advance(40_000).await;
        assert!(
            matches!(payload.await.expect("done"), Err(Error::Timeout { .. })),
            "a stream that says nothing is given up"
        );
        kit.finish().await;
    });
}

#[test]
fn refetches_wait_for_a_place_too() {
    test(|kit| async move {
        let (_hook, events) = evicted(&kit).await;
        let fetched: Vec<_> = (0..3)
            .flat_map(|_| [0, 1])
            .map(|row| tokio::task::spawn_local(events.payload(row)))
            .collect();
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 4, "the run's own and three of six");
        for _ in 0..6 {
            for n in 0..2 {
                let path = format!(
                    "/events/h1?sse=true&after_sequence={}&include_internal=true",
                    n as i64 - 1
                );
                for stream in kit.server.streams(&path) {
                    // The run's own stream has the first one's address: it knows the event already.
                    stream.event(n as u64, &big(n));
                }
            }
            // A freed place is handed on a moment later.
            kit.clock.advance(100).await;
        }
        for payload in fetched {
            let payload = payload.await.expect("done").expect("fetched");
            assert!(matches!(payload, EventPayload::Here(_)), "{payload:.60?}");
        }
        assert!(kit.server.most_streams() <= 4, "{}", kit.server.most_streams());
        kit.finish().await;
    });
}

#[test]
fn dropping_the_question_ends_its_stream() {
    test(|kit| async move {
        let (_hook, events) = evicted(&kit).await;
        let payload = tokio::task::spawn_local(events.payload(1));
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 2);
        payload.abort();
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 1);
        kit.finish().await;
    });
}

#[test]
fn nothing_is_asked_of_a_run_whose_events_are_all_here() {
    test(|kit| async move {
        kit.know("h1", "r1", "completed");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream.event(0, &progress(1)).event(1, STOP);
        kit.frame().await;
        let events = hook.events.get_untracked();
        assert_eq!(
            events.payload(0).await,
            Ok(EventPayload::Here(r#"{"n":1}"#.to_owned()))
        );
        kit.finish().await;
    });
}
