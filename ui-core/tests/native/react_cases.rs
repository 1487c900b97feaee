//! The React library's own cases for its three hooks and its streaming manager (`@llamaindex/ui` 2.1.8), as ours. Where ours is
//! meant to be truer, the test asserts what is true.
//!
//! | its case | ours |
//! | --- | --- |
//! | `useWorkflowRun`: success toggles `isCreating` and returns the handler | `run::a_start_toggles_is_creating_and_gives_the_handler` |
//! | … failure sets `error` and resets the flag | `run::a_failure_rejects_and_shows_the_servers_words` |
//! | … failure leaves the store unchanged | `a_refused_start_changes_nothing_that_is_known` |
//! | `useWorkflowHandler`: null handler and no events for an unknown id | `an_unknown_id_has_no_handler_and_no_events`, `watch::an_empty_id_means_none`; an id that only the page did not know is fetched: `watch::an_unknown_id_is_fetched_and_followed_to_its_result` |
//! | … `clearEvents`, `stopStreaming` callable | `clearing_and_stopping_can_be_called_at_any_time`; what they do: `watch_log::clearing_is_a_view_of_one_hook`, `watch::stopping_one_hook_leaves_the_other_streaming` |
//! | … `sendEvent` delegates once with client, id, event | `an_event_is_posted_once_to_its_own_run_and_server`; refusals: `answers::send_event_reports_what_the_server_said` |
//! | `useWorkflowHandlerList`: starts empty | `list::it_starts_empty_and_lists_runs_of_every_status` |
//! | … falls back to running handlers when metadata is missing | `a_run_without_a_workflows_name_is_listed_where_no_name_is_asked_for` |
//! | … `clearCompleted` exists and is idempotent | `clearing_a_list_with_nothing_to_clear_is_harmless`, `list::clearing_hides_what_has_ended_for_this_hook` |
//! | streaming manager: create, reuse, concurrent subscribe, unsubscribe | `watch::ten_hooks_share_one_stream_and_the_last_one_closes_it` |
//! | … late subscribers get what was buffered | `a_late_hook_has_all_events_at_once` |
//! | … join after clean-up | `a_hook_that_comes_after_the_last_one_left_loses_nothing` |
//! | … executor error reaches all | `an_error_reaches_every_hook` |
//! | … abort before and after start | `a_hook_can_be_dropped_before_its_stream_has_answered`, `watch::ten_hooks_share_one_stream_and_the_last_one_closes_it` |
//! | … close one, close all | `watch::stopping_one_hook_leaves_the_other_streaming` |

use std::sync::Arc;

use leptos::prelude::{GetUntracked as _, Owner};
use serde_json::json;
use workflow_ui_core::protocol::{HandlerState, Method, RunStatus};
use workflow_ui_core::{
    Error, Reply, ScriptedTransport, UseWorkflowHandlerOptions, WorkflowClient, use_workflow_handler,
    use_workflow_handler_list, use_workflow_handler_with_options, use_workflow_run,
};

use crate::kit::{STOP, handler, list, progress, test, words};

#[test]
fn a_refused_start_changes_nothing_that_is_known() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.know("h1", "r1", "running");
        kit.server
            .get("/handlers", list(&[handler("h1", "r1", "running")]))
            .post(
                "/workflows/greet/run-nowait",
                Reply::detail(500, "Internal Server Error"),
            );
        let watched = kit.hook(|| use_workflow_handler("h1", true));
        let listed = kit.hook(|| use_workflow_handler_list("greet"));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream.event(0, &progress(1));
        kit.frame().await;
        let before = (listed.handlers.get_untracked(), watched.handler.get_untracked());
        let start = kit.hook(use_workflow_run);
        let refused = start.run_workflow.call("greet", json!({})).await;
        assert!(
            matches!(refused, Err(Error::Status { status: 500, .. })),
            "{refused:?}"
        );
        kit.frame().await;
        let after = (listed.handlers.get_untracked(), watched.handler.get_untracked());
        assert_eq!(after, before, "no run more, none less, none changed");
        assert_eq!(watched.events.get_untracked().len(), 1, "its events stay");
        assert_eq!(
            watched.error.get_untracked(),
            None,
            "it is the start's error alone"
        );
        kit.finish().await;
    });
}

#[test]
fn an_unknown_id_has_no_handler_and_no_events() {
    test(|kit| async move {
        kit.server
            .get("/handlers/h1", Reply::detail(404, "Handler not found"));
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        assert_eq!(hook.handler.get_untracked(), None, "there is none");
        assert!(hook.events.get_untracked().is_empty(), "nothing was published");
        assert!(
            hook.events.get_untracked().range(0..9).is_empty(),
            "nor is there a row"
        );
        assert!(hook.prompts.get_untracked().is_empty(), "nor a prompt");
        assert_eq!(hook.result.get_untracked(), None, "nor a result");
        assert!(!hook.is_streaming.get_untracked(), "nor a stream");
        kit.finish().await;
    });
}

#[test]
fn clearing_and_stopping_can_be_called_at_any_time() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let (hook, owner) = kit.component(|| use_workflow_handler("h1", true));
        let both = || {
            hook.clear_events.call();
            hook.stop_streaming.call();
            hook.stop_streaming.call();
        };
        both();
        kit.frame().await;
        assert_eq!(
            hook.status.get_untracked(),
            RunStatus::Running,
            "the handler is read even so"
        );
        assert_eq!(kit.server.open_streams(), 0, "stopped before it began");
        both();
        kit.know("h1", "r1", "completed");
        hook.refresh.call();
        kit.frame().await;
        both();
        kit.frame().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Completed);
        owner.cleanup();
        both();
        kit.finish().await;
    });
}

#[test]
fn an_event_is_posted_once_to_its_own_run_and_server() {
    test(|kit| async move {
        for id in ["h1", "h2"] {
            kit.know(id, "r1", "running");
        }
        kit.server
            .post("/events/h1", Reply::json(200, r#"{"status":"sent"}"#));
        let elsewhere = ScriptedTransport::new().with_base("http://other");
        elsewhere.get("/handlers/h1", Reply::json(202, handler("h1", "r9", "running")));
        let other = UseWorkflowHandlerOptions {
            client: Some(
                WorkflowClient::builder("http://other")
                    .transport(elsewhere.clone())
                    .clock(kit.clock.clone())
                    .build(),
            ),
            ..UseWorkflowHandlerOptions::default()
        };
        let one = kit.hook(|| use_workflow_handler("h1", true));
        kit.hook(|| use_workflow_handler("h2", true));
        kit.hook(|| use_workflow_handler_with_options("h1", true, other));
        kit.frame().await;
        one.send_event
            .call("Answer", json!({ "choice": "tea" }))
            .await
            .expect("sent");
        kit.frame().await;
        let sent: Vec<Option<String>> = kit
            .server
            .requests(Method::Post, "/events/h1")
            .into_iter()
            .map(|request| request.body)
            .collect();
        let event = r#"{"event":{"type":"Answer","value":{"choice":"tea"}}}"#;
        assert_eq!(sent, [Some(event.to_owned())], "once, as it is");
        assert_eq!(
            kit.server.count(Method::Post, "/events/h2"),
            0,
            "not to the other run"
        );
        assert_eq!(
            elsewhere.count(Method::Post, "/events/h1"),
            0,
            "not to the run of that name on the other server"
        );
        kit.finish().await;
        assert_eq!(elsewhere.open_streams(), 0, "the other server's stream is closed");
    });
}

#[test]
fn a_run_without_a_workflows_name_is_listed_where_no_name_is_asked_for() {
    // Symptom: the React hook's list showed the running handlers of other workflows.
    // Cause: its summaries had no name, and what had none was listed as long as it ran.
    test(|kit| async move {
        let nameless = handler("b", "r2", "running").replace(r#""workflow_name":"greet","#, "");
        kit.server
            .get("/handlers", list(&[handler("a", "r1", "running"), nameless]));
        let all = kit.hook(|| use_workflow_handler_list(None::<String>));
        let named = kit.hook(|| use_workflow_handler_list("greet"));
        kit.frame().await;
        let ids = |rows: Vec<Arc<HandlerState>>| {
            let mut ids: Vec<String> = rows.iter().map(|row| row.handler.handler_id.clone()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(all.handlers.get_untracked()), ["a", "b"], "all there are");
        assert_eq!(
            ids(named.handlers.get_untracked()),
            ["a"],
            "those of the name alone"
        );
        kit.finish().await;
    });
}

#[test]
fn clearing_a_list_with_nothing_to_clear_is_harmless() {
    test(|kit| async move {
        kit.server.get("/handlers", list(&[]));
        let hook = kit.hook(|| use_workflow_handler_list("greet"));
        hook.clear_completed.call();
        kit.frame().await;
        hook.clear_completed.call();
        hook.clear_completed.call();
        assert!(hook.handlers.get_untracked().is_empty(), "still nothing");
        kit.server
            .get("/handlers", list(&[handler("a", "r1", "completed")]));
        hook.refresh.call();
        kit.frame().await;
        assert_eq!(
            hook.handlers.get_untracked().len(),
            1,
            "what comes later was not cleared"
        );
        kit.finish().await;
    });
}

#[test]
fn a_late_hook_has_all_events_at_once() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream.event(0, &progress(1)).event(1, &progress(2));
        kit.frame().await;
        let late = kit.hook(|| use_workflow_handler("h1", true));
        assert_eq!(
            late.events.get_untracked().len(),
            2,
            "without a frame or a request"
        );
        stream.event(2, &progress(3));
        kit.frame().await;
        assert_eq!(late.events.get_untracked().len(), 3, "and live from there");
        assert_eq!(kit.opened("h1"), 1, "over the same stream");
        kit.finish().await;
    });
}

#[test]
fn a_hook_that_comes_after_the_last_one_left_loses_nothing() {
    // The React manager kept a dead stream, and later hooks hung on it.
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let (_, owner) = kit.component(|| use_workflow_handler("h1", true));
        kit.frame().await;
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, &progress(1));
        kit.frame().await;
        owner.cleanup();
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 0, "the last one has left");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        assert_eq!(kit.server.open_streams(), 1, "a stream of its own");
        let stream = kit.server.stream("/events/h1").expect("a stream");
        if stream.path().contains("after_sequence=-1") {
            stream.event(0, &progress(1));
        }
        stream.event(1, &progress(2)).event(2, STOP);
        kit.know("h1", "r1", "completed");
        stream.close();
        kit.frame().await;
        let events = hook.events.get_untracked();
        let sequences: Vec<u64> = events.range(0..9).iter().map(|row| row.sequence).collect();
        assert_eq!(sequences, [0, 1, 2], "from the first to the last, none twice");
        kit.finish().await;
    });
}

#[test]
fn an_error_reaches_every_hook() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        kit.server
            .get("/events/h1", Reply::detail(404, "Handler not found"));
        let one = kit.hook(|| use_workflow_handler("h1", true));
        let other = kit.hook(|| use_workflow_handler("h1", true));
        kit.server
            .get("/handlers/h1", Reply::detail(404, "Handler not found"));
        kit.frame().await;
        kit.frame().await;
        for hook in [one, other] {
            assert_eq!(hook.status.get_untracked(), RunStatus::Gone, "published to both");
            assert_eq!(
                words(&hook).as_deref(),
                Some("Handler not found"),
                "in the server's words"
            );
        }
        kit.finish().await;
    });
}

#[test]
fn a_hook_can_be_dropped_before_its_stream_has_answered() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        kit.server.get("/events/h1", Reply::Wait);
        for rounds in 0..4 {
            let owner = kit.owner.with(Owner::new);
            owner.with(|| use_workflow_handler("h1", true));
            for _ in 0..rounds {
                kit.clock.settle().await;
            }
            owner.cleanup();
        }
        // Nothing may be left of any of them.
        kit.finish().await;
    });
}
