//! `use_workflow_handler`: the run, its stream, its end.

use leptos::prelude::{Get as _, GetUntracked as _, RwSignal, Set as _};
use serde_json::json;
use workflow_ui_core::protocol::{Connection, Failure, Method, PromptState, RunStatus};
use workflow_ui_core::{Reply, UseWorkflowHandlerReturn, use_workflow_handler, use_workflow_run};

use crate::kit::{ASK, CANCELLED, FAILED, Kit, STOP, TIMED_OUT, handler, progress, test, words};

fn watch(kit: &Kit, id: &'static str) -> UseWorkflowHandlerReturn {
    kit.hook(|| use_workflow_handler(id, true))
}

#[test]
fn an_empty_id_means_none() {
    test(|kit| async move {
        let hook = watch(&kit, "");
        kit.frame().await;
        assert_eq!(hook.handler.get_untracked(), None);
        assert!(hook.events.get_untracked().is_empty());
        assert_eq!(hook.status.get_untracked(), RunStatus::NotStarted);
        assert!(!hook.is_streaming.get_untracked());
        hook.clear_events.call();
        hook.stop_streaming.call();
        hook.refresh.call();
        assert_eq!(kit.server.log(), [""; 0], "there is nothing to ask for");
        kit.finish().await;
    });
}

#[test]
fn an_unknown_id_is_fetched_and_followed_to_its_result() {
    // The React hook knew only ids created or listed on the same page: handler stayed null and nothing was streamed.
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.know("h1", "r1", "running");
        let hook = watch(&kit, "h1");
        kit.frame().await;
        let state = hook.handler.get_untracked().expect("the handler was read");
        assert_eq!(state.handler.run_id.as_deref(), Some("r1"));
        assert_eq!(hook.status.get_untracked(), RunStatus::Running);
        assert_eq!(hook.connection.get_untracked(), Connection::Live);
        assert!(hook.is_streaming.get_untracked());
        let stream = kit.server.stream("/events/h1").expect("a stream");
        assert!(
            stream.path().contains("after_sequence=-1"),
            "from the first event on: {}",
            stream.path()
        );
        assert!(
            stream.path().contains("include_internal=true"),
            "with internal events: {}",
            stream.path()
        );

        stream.event(0, &progress(1)).event(1, &progress(2));
        kit.frame().await;
        assert_eq!(hook.events.get_untracked().len(), 2);

        kit.know("h1", "r1", "completed");
        stream.event(2, STOP);
        kit.frame().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Completed);
        assert_eq!(hook.connection.get_untracked(), Connection::Closed);
        assert!(
            !hook.is_streaming.get_untracked(),
            "a finished run streams nothing"
        );
        let result = hook.result.get_untracked().expect("a result");
        assert_eq!(result.shown().as_str(), r#"{"greeting":"Hello"}"#);
        assert_eq!(
            kit.server.open_streams(),
            0,
            "the stream is closed by us, not kept for the server to close"
        );
        kit.finish().await;
    });
}

#[test]
fn an_id_that_the_server_does_not_know_is_gone() {
    test(|kit| async move {
        kit.server
            .get("/handlers/h1", Reply::detail(404, "Handler not found"));
        let hook = watch(&kit, "h1");
        kit.frame().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Gone);
        assert_eq!(words(&hook).as_deref(), Some("Handler not found"));
        assert_eq!(kit.server.open_streams(), 0);
        kit.finish().await;
    });
}

#[test]
fn a_finished_run_replays_its_history() {
    // The React hook never streamed a run that had ended: it had no events to show.
    test(|kit| async move {
        kit.know("h1", "r1", "completed");
        let hook = watch(&kit, "h1");
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("the history is read");
        stream.event(0, &progress(1)).event(1, STOP);
        stream.close();
        kit.frame().await;
        let events = hook.events.get_untracked();
        assert_eq!(events.len(), 2);
        assert_eq!(
            events.get(0).and_then(|row| row.seen),
            None,
            "history has no times"
        );
        assert_eq!(hook.connection.get_untracked(), Connection::Closed);
        assert_eq!(kit.opened("h1"), 1);
        kit.finish().await;
    });
}

#[test]
fn failed_timed_out_and_cancelled_are_distinguished() {
    // The React hook said "complete" to all of them.
    for (end, wire, status) in [
        (FAILED, "failed", RunStatus::Failed),
        (TIMED_OUT, "failed", RunStatus::TimedOut),
        (CANCELLED, "cancelled", RunStatus::Cancelled),
    ] {
        test(|kit| async move {
            kit.know("h1", "r1", "running");
            let hook = watch(&kit, "h1");
            kit.frame().await;
            kit.know("h1", "r1", wire);
            kit.server.stream("/events/h1").expect("a stream").event(0, end);
            kit.frame().await;
            assert_eq!(hook.status.get_untracked(), status);
            assert_eq!(
                hook.handler.get_untracked().map(|state| state.status),
                Some(status)
            );
            assert_eq!(
                hook.result.get_untracked(),
                None,
                "only a completed run has a result"
            );
            let expected = (wire == "failed").then_some("kaput: disk full");
            assert_eq!(
                words(&hook).as_deref(),
                expected,
                "the server's words for {status}"
            );
            kit.finish().await;
        });
    }
}

#[test]
fn ten_hooks_share_one_stream_and_the_last_one_closes_it() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let mut components: Vec<_> = (0..10)
            .map(|_| kit.component(|| use_workflow_handler("h1", true)))
            .collect();
        kit.frame().await;
        assert_eq!(kit.opened("h1"), 1, "one stream for ten hooks");
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, &progress(1));
        kit.frame().await;
        for (hook, _) in &components {
            assert_eq!(hook.events.get_untracked().len(), 1, "every hook sees the event");
        }
        let (_, last) = components.pop().expect("the tenth");
        for (_, owner) in components {
            owner.cleanup();
        }
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 1, "one hook is left");
        last.cleanup();
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 0, "the last one closes it");
        assert_eq!(
            kit.server.count(Method::Post, "/handlers/h1/cancel"),
            0,
            "and never cancels the run"
        );
        kit.finish().await;
    });
}

#[test]
fn a_changing_id_moves_the_hook_without_a_flash_of_the_old_run() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        kit.know("h2", "r2", "running");
        let id = RwSignal::new(Some("h1".to_owned()));
        let hook = kit.hook(|| use_workflow_handler(id, true));
        kit.frame().await;
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, &progress(1));
        kit.frame().await;
        assert_eq!(hook.events.get_untracked().len(), 1);

        id.set(Some("h2".to_owned()));
        assert_eq!(
            hook.handler.get_untracked(),
            None,
            "the old handler is not shown under the new id"
        );
        assert!(hook.events.get_untracked().is_empty(), "nor are its events");
        kit.frame().await;
        assert_eq!(hook.run_id.get_untracked().as_deref(), Some("r2"));
        assert!(
            !kit.server.stream("/events/h1").expect("the old stream").is_open(),
            "the old stream is closed"
        );
        assert_eq!(kit.server.open_streams(), 1);

        id.set(None);
        kit.frame().await;
        assert_eq!(kit.server.open_streams(), 0, "no id, no stream");
        assert_eq!(hook.handler.get_untracked(), None);
        kit.finish().await;
    });
}

#[test]
fn a_hook_moves_even_if_nobody_reads_it() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        kit.know("h2", "r2", "running");
        let id = RwSignal::new(Some("h1".to_owned()));
        kit.hook(|| use_workflow_handler(id, true));
        kit.frame().await;
        assert_eq!(kit.opened("h1"), 1);
        id.set(Some("h2".to_owned()));
        kit.frame().await;
        assert_eq!((kit.opened("h2"), kit.server.open_streams()), (1, 1));
        kit.finish().await;
    });
}

#[test]
fn a_lost_connection_never_fails_the_run_and_resumes_after_the_last_event() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = watch(&kit, "h1");
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream.event(0, &progress(1));
        stream.fail(Failure::network("network error"));
        kit.frame().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Running);
        let Connection::Retrying { attempt, cause, .. } = hook.connection.get_untracked() else {
            panic!("retrying, not {:?}", hook.connection.get_untracked());
        };
        assert_eq!((attempt, cause.detail.as_str()), (1, "network error"));
        assert!(hook.is_streaming.get_untracked(), "still followed");

        kit.clock.advance(1_000).await;
        let stream = kit.server.stream("/events/h1").expect("another stream");
        assert!(
            stream.path().contains("after_sequence=0"),
            "after the last event: {}",
            stream.path()
        );
        stream.event(1, &progress(2));
        kit.frame().await;
        assert_eq!(hook.connection.get_untracked(), Connection::Live);
        assert_eq!(hook.events.get_untracked().len(), 2);
        kit.finish().await;
    });
}

#[test]
fn an_error_page_becomes_words_and_is_tried_again() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let mut page = Reply::json(
            502,
            "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
        );
        if let Reply::Answer(answer) = &mut page {
            answer.content_type = Some("text/html".to_owned());
        }
        kit.server.once(Method::Get, "/events/h1", page);
        let hook = watch(&kit, "h1");
        kit.frame().await;
        let Connection::Retrying { cause, .. } = hook.connection.get_untracked() else {
            panic!("retrying, not {:?}", hook.connection.get_untracked());
        };
        assert!(
            cause.detail.contains("Bad Gateway") && !cause.detail.contains('<'),
            "{}",
            cause.detail
        );
        kit.clock.advance(1_000).await;
        assert_eq!(hook.connection.get_untracked(), Connection::Live);
        kit.finish().await;
    });
}

#[test]
fn a_stream_that_never_answers_is_given_up() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        kit.server.once(Method::Get, "/events/h1", Reply::Wait);
        let hook = watch(&kit, "h1");
        kit.frame().await;
        assert_eq!(hook.connection.get_untracked(), Connection::Connecting);
        kit.clock.advance(40_000).await;
        assert_eq!(
            hook.connection.get_untracked(),
            Connection::Live,
            "the second attempt is answered"
        );
        kit.finish().await;
    });
}

#[test]
fn without_auto_stream_the_handler_is_read_and_nothing_streamed() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", false));
        kit.frame().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Running);
        assert_eq!(kit.opened("h1"), 0);
        assert!(!hook.is_streaming.get_untracked());

        hook.start_streaming.call();
        kit.frame().await;
        assert!(hook.is_streaming.get_untracked());
        hook.stop_streaming.call();
        kit.frame().await;
        assert!(!hook.is_streaming.get_untracked());
        assert_eq!(kit.server.open_streams(), 0);
        kit.finish().await;
    });
}

#[test]
fn a_handler_that_cannot_be_read_says_why() {
    test(|kit| async move {
        kit.server.once(
            Method::Get,
            "/handlers/h1",
            Reply::detail(422, "Stored handler result cannot be decoded"),
        );
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", false));
        kit.frame().await;
        assert_eq!(
            words(&hook).as_deref(),
            Some("Stored handler result cannot be decoded")
        );
        hook.refresh.call();
        kit.frame().await;
        assert_eq!(hook.error.get_untracked(), None, "read at the second try");
        assert_eq!(hook.status.get_untracked(), RunStatus::Running);
        kit.finish().await;
    });
}

#[test]
fn stopping_one_hook_leaves_the_other_streaming() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let (one, other) = (watch(&kit, "h1"), watch(&kit, "h1"));
        kit.frame().await;
        one.stop_streaming.call();
        kit.frame().await;
        assert!(!one.is_streaming.get_untracked());
        assert!(other.is_streaming.get_untracked());
        assert_eq!(kit.server.open_streams(), 1);
        kit.finish().await;
    });
}

#[test]
fn a_started_run_is_known_to_the_next_hook_at_once_and_loses_nothing() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.know("h1", "r1", "running");
        kit.server.post(
            "/workflows/greet/run-nowait",
            Reply::json(200, handler("h1", "r1", "running")),
        );
        let starter = kit.hook(use_workflow_run);
        let started = starter
            .run_workflow
            .call("greet", json!({}))
            .await
            .expect("started");
        let hook = kit.hook(|| use_workflow_handler(started.handler_id, true));
        assert_eq!(hook.status.get(), RunStatus::Running, "known without asking");
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        assert!(stream.path().contains("after_sequence=-1"), "{}", stream.path());
        stream.event(0, &progress(1));
        kit.frame().await;
        let seen = hook.events.get_untracked().get(0).and_then(|row| row.seen);
        assert!(
            seen.is_some(),
            "events of a run that we started are news, not history"
        );
        kit.finish().await;
    });
}

/// Symptom: a run that was started and opened a minute later showed all its events at the time of its opening.
/// Cause: that the page had started it was remembered, and not when.
#[test]
fn a_run_that_is_opened_long_after_its_start_has_a_history() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.know("h1", "r1", "running");
        kit.server.post(
            "/workflows/greet/run-nowait",
            Reply::json(200, handler("h1", "r1", "running")),
        );
        let starter = kit.hook(use_workflow_run);
        let started = starter
            .run_workflow
            .call("greet", json!({}))
            .await
            .expect("started");
        kit.clock.advance(60_000).await;
        let hook = kit.hook(|| use_workflow_handler(started.handler_id, true));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream.event(0, &progress(1));
        kit.frame().await;
        let first = hook.events.get_untracked().get(0).expect("the event");
        assert_eq!(first.seen, None, "nobody knows when it happened");
        kit.finish().await;
    });
}

#[test]
fn offline_pauses_and_online_resumes() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let hook = watch(&kit, "h1");
        kit.frame().await;
        kit.clock.set_online(false);
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .fail(Failure::network("network error"));
        kit.clock.advance(120_000).await;
        let opened = kit.opened("h1");
        kit.clock.advance(120_000).await;
        assert_eq!(kit.opened("h1"), opened, "nothing is tried while offline");
        kit.clock.set_online(true);
        kit.frame().await;
        assert_eq!(hook.connection.get_untracked(), Connection::Live);
        kit.finish().await;
    });
}

/// Symptom: a question could still be answered after its run had ended. Cause: the handler reported the end, and the stream not yet.
#[test]
fn no_prompt_is_open_after_the_end_that_the_handler_reports() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.know("h1", "r1", "running");
        let run = watch(&kit, "h1");
        let updates = kit.count_updates(run.open_prompts);
        kit.frame().await;
        kit.server.stream("/events/h1").expect("a stream").event(0, ASK);
        kit.frame().await;
        assert_eq!(run.open_prompts.get_untracked().len(), 1);
        let before = updates.get();
        kit.know("h1", "r1", "completed");
        run.refresh.call();
        kit.frame().await;
        assert_eq!(run.status.get_untracked(), RunStatus::Completed);
        assert_eq!(run.connection.get_untracked(), Connection::Live);
        assert!(run.open_prompts.get_untracked().is_empty());
        assert!(updates.get() > before, "readers are notified");
        assert_eq!(
            run.prompts.get_untracked()[0].state,
            PromptState::Open,
            "the events do not show its end yet"
        );
        kit.finish().await;
    });
}
