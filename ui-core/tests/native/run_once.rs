//! `use_or_start_run`, `use_run_to_completion`, and the same without hooks.

use futures::StreamExt as _;
use leptos::prelude::{GetUntracked as _, RwSignal, Set as _};
use serde_json::json;
use workflow_ui_core::protocol::{EventKind, Failure, Method, RunStatus};
use workflow_ui_core::{
    Error, Reply, StartRequest, use_or_start_run, use_run_to_completion, use_workflow_handler,
};

use crate::kit::{FAILED, Kit, STOP, handler, list, progress, test};

const RUN: &str = "/workflows/greet/run-nowait";
const RUNNING: &str = "/handlers?status=running&workflow_name=greet";

fn starts(kit: &Kit, id: &str) {
    kit.describe_workflow("greet");
    kit.server
        .post(RUN, Reply::json(200, handler(id, "r1", "running")));
    kit.know(id, "r1", "running");
}

#[test]
fn the_newest_running_run_is_reused() {
    test(|kit| async move {
        let newer = handler("h2", "r2", "running").replace("11:28:10.0", "11:29:10.0");
        let other = handler("h9", "r9", "running")
            .replace("\"greet\"", "\"other\"")
            .replace("11:28:10.0", "11:59:10.0");
        kit.server
            .get(RUNNING, list(&[handler("h1", "r1", "running"), newer, other]));
        let hook = kit.hook(|| use_or_start_run("greet", json!({})));
        assert!(hook.loading.get_untracked());
        assert_eq!(hook.handler_id.get_untracked(), None);
        kit.clock.settle().await;
        assert_eq!(hook.handler_id.get_untracked().as_deref(), Some("h2"));
        assert_eq!(hook.reused.get_untracked(), Some(true));
        assert!(!hook.loading.get_untracked());
        assert_eq!(kit.server.count(Method::Post, RUN), 0, "nothing is started");
        kit.finish().await;
    });
}

#[test]
fn without_a_running_run_one_is_started_for_all_that_ask() {
    test(|kit| async move {
        starts(&kit, "h1");
        kit.server.get(RUNNING, Reply::Wait);
        let one = kit.hook(|| use_or_start_run("greet", json!({ "name": "Ada" })));
        let other = kit.hook(|| use_or_start_run("greet", json!({ "name": "Ada" })));
        kit.clock.settle().await;
        kit.server.answer(Method::Get, RUNNING, list(&[]));
        kit.clock.settle().await;
        for hook in [one, other] {
            assert_eq!(hook.handler_id.get_untracked().as_deref(), Some("h1"));
            assert_eq!(hook.reused.get_untracked(), Some(false));
            assert_eq!(hook.error.get_untracked(), None);
        }
        assert_eq!(kit.server.count(Method::Post, RUN), 1, "two components, one run");
        kit.finish().await;
    });
}

#[test]
fn an_error_is_shown_and_can_be_tried_again() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server.get(RUNNING, Reply::detail(403, "not yours"));
        let hook = kit.hook(|| use_or_start_run("greet", json!({})));
        kit.clock.advance(60_000).await;
        assert_eq!(
            hook.error.get_untracked().and_then(|error| error.status()),
            Some(403)
        );
        assert!(!hook.loading.get_untracked());
        assert_eq!(hook.next_try.get_untracked(), None, "the server refuses for good");
        assert_eq!(kit.server.count(Method::Get, RUNNING), 1);
        starts(&kit, "h3");
        kit.server.get(RUNNING, list(&[]));
        hook.start_another.call();
        kit.clock.settle().await;
        assert_eq!(hook.error.get_untracked(), None);
        assert_eq!(hook.handler_id.get_untracked().as_deref(), Some("h3"));
        assert_eq!(kit.server.count(Method::Get, RUNNING), 2);
        kit.finish().await;
    });
}

/// Symptom: the page showed an error for good after the list had failed once. Cause: the search was not repeated.
#[test]
fn a_search_that_fails_for_now_is_repeated() {
    test(|kit| async move {
        starts(&kit, "h3");
        kit.server
            .get(RUNNING, list(&[handler("h1", "r1", "running")]))
            .once(Method::Get, RUNNING, Reply::Wait)
            .once(Method::Get, RUNNING, Reply::offline());
        let one = kit.hook(|| use_or_start_run("greet", json!({})));
        let other = kit.hook(|| use_or_start_run("greet", json!({})));
        kit.clock.settle().await;
        kit.server
            .answer(Method::Get, RUNNING, Reply::detail(503, "busy"));
        kit.clock.settle().await;
        for hook in [one, other] {
            assert_eq!(
                hook.error.get_untracked().and_then(|error| error.status()),
                Some(503)
            );
            assert!(!hook.loading.get_untracked());
            assert!(hook.next_try.get_untracked().is_some());
        }
        // A repeated search that takes a while is not replaced by an impatient user.
        kit.server.once(Method::Get, RUNNING, Reply::Wait);
        kit.clock.advance(3_000).await;
        assert!(one.loading.get_untracked() || other.loading.get_untracked());
        let asked = kit.server.log().len();
        for hook in [one, other].iter().filter(|hook| hook.loading.get_untracked()) {
            hook.start_another.call();
        }
        kit.clock.settle().await;
        assert_eq!(kit.server.log().len(), asked);
        kit.server
            .answer(Method::Get, RUNNING, list(&[handler("h1", "r1", "running")]));
        kit.clock.advance(5_000).await;
        for hook in [one, other] {
            assert_eq!(hook.handler_id.get_untracked().as_deref(), Some("h1"));
            assert_eq!(hook.error.get_untracked(), None);
            assert_eq!(hook.next_try.get_untracked(), None);
            assert!(!hook.loading.get_untracked());
        }
        assert_eq!(kit.server.count(Method::Post, RUN), 0, "nothing is started");
        kit.finish().await;
    });
}

/// Symptom: a second run after "try again". Cause: the first start had succeeded, only its answer was lost.
#[test]
fn a_start_whose_answer_was_lost_is_searched_for_and_not_repeated() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server
            .get(RUNNING, list(&[]))
            .post(RUN, Reply::detail(502, "bad gateway"))
            .get("/handlers/*", Reply::detail(502, "bad gateway"));
        let hook = kit.hook(|| use_or_start_run("greet", json!({})));
        kit.clock.advance(60_000).await;
        assert_eq!(
            hook.error.get_untracked().and_then(|error| error.status()),
            Some(502)
        );
        assert_eq!(kit.server.count(Method::Post, RUN), 1, "a start is not repeated");
        kit.server.get(RUNNING, list(&[handler("h1", "r1", "running")]));
        hook.start_another.call();
        kit.clock.settle().await;
        assert_eq!(hook.handler_id.get_untracked().as_deref(), Some("h1"));
        assert_eq!(hook.reused.get_untracked(), Some(true));
        assert_eq!(hook.error.get_untracked(), None);
        assert_eq!(kit.server.count(Method::Post, RUN), 1);
        // From now on it starts another one.
        kit.server
            .post(RUN, Reply::json(200, handler("h2", "r2", "running")));
        hook.start_another.call();
        kit.clock.settle().await;
        assert_eq!(hook.handler_id.get_untracked().as_deref(), Some("h2"));
        assert_eq!(hook.reused.get_untracked(), Some(false));
        kit.finish().await;
    });
}

#[test]
fn a_double_click_starts_one_other_run() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server
            .get(RUNNING, list(&[handler("h1", "r1", "running")]))
            .post(RUN, Reply::Wait);
        let hook = kit.hook(|| use_or_start_run("greet", json!({})));
        kit.clock.settle().await;
        hook.start_another.call();
        kit.clock.settle().await;
        hook.start_another.call();
        kit.clock.settle().await;
        assert_eq!(kit.server.count(Method::Post, RUN), 1);
        kit.server.answer(
            Method::Post,
            RUN,
            Reply::json(200, handler("h2", "r2", "running")),
        );
        kit.clock.settle().await;
        assert_eq!(hook.handler_id.get_untracked().as_deref(), Some("h2"));
        hook.start_another.call();
        kit.clock.settle().await;
        assert_eq!(kit.server.count(Method::Post, RUN), 2, "it can be called again");
        kit.finish().await;
    });
}

#[test]
fn another_name_looks_for_another_run_and_an_empty_one_for_none() {
    test(|kit| async move {
        kit.server.get(RUNNING, list(&[handler("h1", "r1", "running")]));
        let other = handler("h2", "r2", "running").replace("\"greet\"", "\"other\"");
        kit.server
            .get("/handlers?status=running&workflow_name=other", list(&[other]));
        let name = RwSignal::new(None::<String>);
        let hook = kit.hook(|| use_or_start_run(name, ()));
        kit.clock.settle().await;
        assert!(kit.server.log().is_empty(), "nothing is asked for no workflow");
        name.set(Some("greet".to_owned()));
        kit.clock.settle().await;
        assert_eq!(hook.handler_id.get_untracked().as_deref(), Some("h1"));
        name.set(Some("other".to_owned()));
        assert_eq!(
            hook.handler_id.get_untracked(),
            None,
            "no flash of the run before"
        );
        kit.clock.settle().await;
        assert_eq!(hook.handler_id.get_untracked().as_deref(), Some("h2"));
        kit.finish().await;
    });
}

#[test]
fn a_run_to_completion_gives_its_result() {
    test(|kit| async move {
        starts(&kit, "h1");
        let hook = kit.hook(|| use_run_to_completion("greet"));
        assert!(
            kit.server.log().is_empty(),
            "nothing is asked before the first call"
        );
        let run = tokio::task::spawn_local(hook.run.call(json!({ "name": "Ada" })));
        kit.clock.settle().await;
        assert!(hook.is_running.get_untracked());
        assert_eq!(hook.handler_id.get_untracked().as_deref(), Some("h1"));
        let watched = kit.hook(|| use_workflow_handler(hook.handler_id, true));
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream.event(0, &progress(1));
        kit.frame().await;
        assert_eq!(watched.events.get_untracked().len(), 1);
        assert_eq!(kit.server.open_streams(), 1, "shared with who shows its progress");
        kit.know("h1", "r1", "completed");
        stream.event(1, STOP);
        kit.frame().await;
        let end = run.await.expect("no panic").expect("an end");
        assert!(end.is_completed());
        assert_eq!(
            end.decode::<serde_json::Value>(),
            Ok(json!({ "greeting": "Hello" }))
        );
        assert_eq!(hook.end.get_untracked(), Some(end));
        assert!(!hook.is_running.get_untracked());
        kit.finish().await;
    });
}

#[test]
fn a_failed_run_is_an_end_with_the_servers_words() {
    test(|kit| async move {
        starts(&kit, "h1");
        let hook = kit.hook(|| use_run_to_completion("greet"));
        hook.run.dispatch(json!({}));
        kit.clock.settle().await;
        kit.know("h1", "r1", "failed");
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, FAILED);
        kit.frame().await;
        let end = hook.end.get_untracked().expect("an end");
        assert_eq!(end.status, RunStatus::Failed);
        assert_eq!(end.error.as_deref(), Some("kaput: disk full"));
        assert!(end.decode::<String>().is_err(), "there is no result");
        assert_eq!(hook.error.get_untracked(), None);
        kit.finish().await;
    });
}

#[test]
fn a_connection_that_breaks_does_not_end_the_wait() {
    test(|kit| async move {
        starts(&kit, "h1");
        let client = kit.client.clone();
        let run = tokio::task::spawn_local(async move {
            let request = StartRequest::new(&json!({})).expect("JSON");
            client.run_to_completion("greet", &request).await
        });
        kit.clock.settle().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream.event(0, &progress(1));
        stream.fail(Failure::network("reset"));
        kit.clock.advance(5_000).await;
        let stream = kit.server.stream("/events/h1").expect("another stream");
        assert!(stream.path().contains("after_sequence=0"), "{}", stream.path());
        kit.know("h1", "r1", "completed");
        stream.event(1, STOP);
        kit.frame().await;
        assert!(run.await.expect("no panic").expect("an end").is_completed());
        kit.finish().await;
    });
}

#[test]
fn what_the_server_refuses_for_good_is_an_error() {
    test(|kit| async move {
        kit.server.get("/handlers/h1", Reply::detail(403, "not yours"));
        let error = kit.client.completion("h1").await.expect_err("refused");
        assert_eq!(error.status(), Some(403));
        kit.server
            .get("/handlers/h2", Reply::detail(404, "Handler not found"));
        assert_eq!(
            kit.client.completion("h2").await.expect("an end").status,
            RunStatus::Gone
        );
        kit.finish().await;
    });
}

#[test]
fn cleaning_up_ends_the_wait_and_not_the_run() {
    test(|kit| async move {
        starts(&kit, "h1");
        let (hook, owner) = kit.component(|| use_run_to_completion("greet"));
        hook.run.dispatch(json!({}));
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 1);
        owner.cleanup();
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 0);
        assert_eq!(kit.server.count(Method::Post, "/handlers/h1/cancel"), 0);
        kit.finish().await;
    });
}

#[test]
fn the_plain_stream_is_what_the_server_sends() {
    test(|kit| async move {
        let mut events = kit
            .client
            .events("h1", -1, false)
            .await
            .expect("open")
            .expect("a stream");
        let server = kit
            .server
            .stream("/events/h1?sse=true&after_sequence=-1")
            .expect("a stream");
        server.event(3, &progress(1)).event(4, "nonsense").event(5, STOP);
        let first = events.next().await.expect("an event").expect("decoded");
        assert_eq!(
            (first.sequence, first.class.name.as_str(), first.value.as_str()),
            (Some(3), "Progress", r#"{"n":1}"#)
        );
        assert_eq!(
            events
                .next()
                .await
                .expect("an item")
                .map_err(|error| error.as_str()),
            Err("decode")
        );
        assert_eq!(
            events.next().await.expect("an event").expect("decoded").kind,
            EventKind::Stop
        );
        server.fail(Failure::network("reset"));
        assert!(matches!(events.next().await, Some(Err(Error::Network(_)))));
        assert!(events.next().await.is_none());
        drop(events);
        kit.server.once(Method::Get, "/events/h1", Reply::empty(204));
        assert!(
            kit.client
                .events("h1", 5, true)
                .await
                .expect("an answer")
                .is_none()
        );
        kit.server
            .once(Method::Get, "/events/h1", Reply::detail(404, "Handler not found"));
        assert!(
            kit.client
                .events("h1", 5, true)
                .await
                .expect_err("unknown")
                .is_not_found()
        );
        kit.finish().await;
    });
}

#[test]
fn the_deprecated_result_is_unwrapped() {
    test(|kit| async move {
        let body = handler("h1", "r1", "completed").replace(
            r#"{"value":{"result":{"greeting":"Hello"}},"qualified_name":"workflows.events.StopEvent","type":"StopEvent","types":null}"#,
            r#"{"greeting":"Hello"}"#,
        );
        kit.server.get("/results/h1", Reply::json(200, body));
        let result = kit
            .client
            .result("h1")
            .await
            .expect("a handler")
            .result
            .expect("a result");
        assert_eq!(result.shown().as_str(), r#"{"greeting":"Hello"}"#);
        kit.finish().await;
    });
}
