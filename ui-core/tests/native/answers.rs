//! Sending events, answering prompts, cancelling.

use leptos::prelude::{GetUntracked as _, RwSignal, Set as _};
use serde_json::json;
use workflow_ui_core::protocol::{Method, PromptState, RunStatus};
use workflow_ui_core::{
    CancelOutcome, Error, Reply, SendEvent, StartRequest, UseWorkflowHandlerReturn, WorkflowClient,
    use_workflow_handler,
};

use crate::kit::{ASK, Kit, STOP, first, handler, step, test};

async fn asked(kit: &Kit) -> UseWorkflowHandlerReturn {
    kit.describe_workflow("greet");
    kit.know("h1", "r1", "running");
    let hook = kit.hook(|| use_workflow_handler("h1", true));
    kit.frame().await;
    kit.server.stream("/events/h1").expect("a stream").event(0, ASK);
    kit.frame().await;
    hook
}

fn state(hook: &UseWorkflowHandlerReturn) -> PromptState {
    hook.prompts.get_untracked().first().expect("a prompt").state
}

#[test]
fn a_double_click_sends_one_answer() {
    test(|kit| async move {
        let hook = asked(&kit).await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Waiting);
        assert_eq!(
            hook.prompts
                .get_untracked()
                .first()
                .map(|prompt| prompt.text())
                .as_deref(),
            Some("Pick one")
        );
        kit.server.post("/events/h1", Reply::Wait);
        hook.respond
            .call(&first(&hook), "app.Answer", json!({ "choice": "a" }))
            .expect("JSON");
        hook.respond
            .call(&first(&hook), "app.Answer", json!({ "choice": "a" }))
            .expect("JSON");
        kit.frame().await;
        assert_eq!(state(&hook), PromptState::Sending);
        let sent = kit.server.requests(Method::Post, "/events/h1");
        assert_eq!(sent.len(), 1, "sent once");
        assert_eq!(
            sent.first().and_then(|request| request.body.as_deref()),
            Some(r#"{"event":{"type":"Answer","value":{"choice":"a"}}}"#),
            "by its short name"
        );
        let key = |name: &str| name == "idempotency-key";
        assert!(
            sent.iter().all(|request| request
                .headers
                .iter()
                .any(|(name, value)| key(name) && value.len() == 18)),
            "a server that gets it twice can tell"
        );
        kit.server.answer(
            Method::Post,
            "/events/h1",
            Reply::json(200, r#"{"status":"sent"}"#),
        );
        kit.frame().await;
        assert_eq!(state(&hook), PromptState::Sent);
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(1, &step("got", "running", "Answer"));
        kit.frame().await;
        assert_eq!(state(&hook), PromptState::Closed);
        assert_eq!(hook.status.get_untracked(), RunStatus::Running);
        kit.finish().await;
    });
}

#[test]
fn a_refused_answer_says_why_and_can_be_given_again() {
    test(|kit| async move {
        let hook = asked(&kit).await;
        let detail = "Failed to deserialize event: 1 validation error for Answer\nchoice\n  Field required [type=missing, input_value={}, input_type=dict]";
        kit.server
            .once(Method::Post, "/events/h1", Reply::detail(400, detail));
        hook.respond
            .call(&first(&hook), "Answer", json!({}))
            .expect("JSON");
        kit.frame().await;
        let prompt = hook.prompts.get_untracked().remove(0);
        assert_eq!(prompt.state, PromptState::Open);
        assert!(
            prompt.error.is_some_and(|words| words.contains("Field required")),
            "the server's words"
        );

        kit.server
            .post("/events/h1", Reply::json(200, r#"{"status":"sent"}"#));
        hook.respond
            .call(&first(&hook), "Answer", json!({ "choice": "b" }))
            .expect("JSON");
        kit.frame().await;
        assert_eq!(state(&hook), PromptState::Sent);
        kit.finish().await;
    });
}

#[test]
fn same_origin_changes_have_an_idempotency_key() {
    // Browsers send a POST again by themselves. A continuation had no key: a quick run was executed twice.
    test(|kit| async move {
        let keys = |base: &'static str| {
            let client = WorkflowClient::builder(base)
                .transport(kit.server.clone())
                .clock(kit.clock.clone())
                .build();
            let server = kit.server.clone();
            async move {
                let [events, start, cancel, read] = [
                    "/events/h1",
                    "/workflows/greet/run-nowait",
                    "/handlers/h1/cancel",
                    "/handlers/h1",
                ]
                .map(|path| format!("{base}{path}"));
                server
                    .post(&events, Reply::json(200, r#"{"status":"sent"}"#))
                    .post(&start, Reply::json(200, handler("h1", "r1", "running")))
                    .post(&cancel, Reply::json(200, r#"{"status":"cancelled"}"#))
                    .get(&read, Reply::json(500, handler("h1", "r1", "cancelled")));
                let event = SendEvent::new("Answer", &json!({})).expect("JSON");
                let request = StartRequest::new(&json!({})).expect("JSON").handler_id("h1");
                for _ in 0..2 {
                    client.send_event("h1", &event).await.expect("sent");
                    client.start_once("greet", &request).await.expect("continued");
                    client.cancel("h1", false).await.expect("cancelled");
                }
                [events, start, cancel]
                    .iter()
                    .flat_map(|path| server.requests(Method::Post, path))
                    .flat_map(|request| request.headers)
                    .filter(|(name, _)| name == "idempotency-key")
                    .map(|(_, value)| value)
                    .collect::<Vec<_>>()
            }
        };
        let mut ours = keys("").await;
        assert_eq!(ours.len(), 6, "events, starts and cancels");
        ours.sort();
        ours.dedup();
        assert_eq!(ours.len(), 6, "each has its own");
        assert!(
            keys("http://elsewhere.test").await.is_empty(),
            "its CORS rules may not know the header"
        );
        kit.finish().await;
    });
}

#[test]
fn a_lost_answer_is_unknown_and_never_sent_again() {
    test(|kit| async move {
        let hook = asked(&kit).await;
        kit.server.post("/events/h1", Reply::offline());
        hook.respond
            .call(&first(&hook), "Answer", json!({ "choice": "a" }))
            .expect("JSON");
        kit.clock.advance(60_000).await;
        assert_eq!(state(&hook), PromptState::Unknown);
        assert_eq!(
            kit.server.count(Method::Post, "/events/h1"),
            1,
            "nothing is resent by itself"
        );
        kit.finish().await;
    });
}

#[test]
fn an_answer_on_its_way_arrives_although_its_screen_is_closed() {
    test(|kit| async move {
        let hook = asked(&kit).await;
        kit.server.post("/events/h1", Reply::Wait);
        hook.respond
            .call(&first(&hook), "Answer", json!({ "choice": "a" }))
            .expect("JSON");
        kit.owner.cleanup();
        kit.clock.settle().await;
        assert_eq!(kit.server.open_streams(), 0, "the stream is closed");
        assert_eq!(kit.server.in_flight(), 1, "the answer is still on its way");
        kit.server.answer(
            Method::Post,
            "/events/h1",
            Reply::json(200, r#"{"status":"sent"}"#),
        );
        kit.finish().await;
    });
}

#[test]
fn a_screen_that_is_opened_again_finds_the_answer_on_its_way() {
    // Clicking Send, leaving and coming back offered the prompt again, and a second click sent a second answer.
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.know("h1", "r1", "running");
        let (hook, owner) = kit.component(|| use_workflow_handler("h1", true));
        kit.frame().await;
        kit.server.stream("/events/h1").expect("a stream").event(0, ASK);
        kit.frame().await;
        kit.server.post("/events/h1", Reply::Wait);
        hook.respond
            .call(&first(&hook), "Answer", json!({ "choice": "a" }))
            .expect("JSON");
        owner.cleanup();
        kit.clock.settle().await;
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        assert_eq!(state(&hook), PromptState::Sending);
        hook.respond
            .call(&first(&hook), "Answer", json!({ "choice": "a" }))
            .expect("JSON");
        kit.frame().await;
        assert_eq!(kit.server.count(Method::Post, "/events/h1"), 1, "sent once");
        kit.server.answer(
            Method::Post,
            "/events/h1",
            Reply::json(200, r#"{"status":"sent"}"#),
        );
        kit.frame().await;
        assert_eq!(state(&hook), PromptState::Sent);
        kit.finish().await;
    });
}

#[test]
fn prompts_answered_in_the_history_are_not_open() {
    // Which classes answer is learned by requests of its own, which may come back after the events.
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server
            .once(Method::Get, "/workflows/greet/representation", Reply::Wait);
        kit.know("h1", "r1", "running");
        let hook = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        kit.server
            .stream("/events/h1")
            .expect("a stream")
            .event(0, ASK)
            .event(1, &step("got", "running", "Answer"));
        kit.frame().await;
        kit.server.answer(
            Method::Get,
            "/workflows/greet/representation",
            Reply::detail(500, "no graph today"),
        );
        kit.frame().await;
        assert_eq!(
            state(&hook),
            PromptState::Open,
            "the events list alone does not show what is an answer"
        );
        kit.clock.advance(2_000).await;
        assert_eq!(state(&hook), PromptState::Closed, "the graph does");
        kit.finish().await;
    });
}

#[test]
fn send_event_reports_what_the_server_said() {
    // The React hook swallowed HTTP errors and resolved.
    test(|kit| async move {
        let hook = asked(&kit).await;
        kit.server
            .post("/events/h1", Reply::json(200, r#"{"status":"sent"}"#));
        hook.send_event
            .call("app.sub.Answer", json!({ "choice": "a" }))
            .await
            .expect("sent");
        let event = SendEvent::new("Answer", &json!({})).expect("JSON").step("got");
        hook.send_event.call_with(event).await.expect("sent");
        let bodies: Vec<_> = kit
            .server
            .requests(Method::Post, "/events/h1")
            .into_iter()
            .filter_map(|request| request.body)
            .collect();
        assert_eq!(
            bodies,
            [
                r#"{"event":{"type":"Answer","value":{"choice":"a"}}}"#,
                r#"{"event":{"type":"Answer","value":{}},"step":"got"}"#
            ]
        );
        kit.server
            .post("/events/h1", Reply::detail(409, "Workflow already completed"));
        let error = hook
            .send_event
            .call("Answer", json!({}))
            .await
            .expect_err("refused");
        assert_eq!(error.to_string(), "Workflow already completed (409)");
        kit.finish().await;
    });
}

/// Symptom: own markup that keyed its rows by sequence answered the question of another run.
#[test]
fn an_answer_never_goes_to_another_run_than_its_prompts() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.know("h1", "r1", "running");
        kit.know("h2", "r2", "running");
        let id = RwSignal::new(Some("h1".to_owned()));
        let hook = kit.hook(|| use_workflow_handler(id, true));
        kit.frame().await;
        kit.server.stream("/events/h1").expect("a stream").event(0, ASK);
        kit.frame().await;
        let prompt = hook.open_prompts.get_untracked().remove(0);
        let row = kit.hook(|| hook.live(prompt.clone()));
        assert_eq!(row.get_untracked(), prompt);

        id.set(Some("h2".to_owned()));
        kit.frame().await;
        kit.server.stream("/events/h2").expect("a stream").event(0, ASK);
        kit.frame().await;
        let other = hook.open_prompts.get_untracked().remove(0);
        assert_eq!((prompt.sequence, other.sequence), (0, 0));
        assert_ne!(prompt.key(), other.key(), "a keyed list builds another row");
        assert_eq!(row.get_untracked(), prompt, "the old row keeps its question");
        kit.server
            .post("/events/h2", Reply::json(200, r#"{"status":"sent"}"#));
        let refused = hook.respond.call(&row.get_untracked(), "Answer", json!({}));
        assert_eq!(refused, Err(Error::AnotherRun));
        kit.frame().await;
        assert_eq!(kit.server.count(Method::Post, "/events/h2"), 0);

        let row = kit.hook(|| hook.live(other.clone()));
        hook.respond.call(&other, "Answer", json!({})).expect("sent");
        kit.frame().await;
        assert_eq!(row.get_untracked().state, PromptState::Sent, "the row follows");
        assert_eq!(hook.open_prompts.get_untracked().len(), 1, "not settled yet");
        kit.finish().await;
    });
}

/// A handler that is continued has another run, whose prompts count from the beginning again.
#[test]
fn an_answer_does_not_go_to_the_next_run_of_its_handler() {
    test(|kit| async move {
        let hook = asked(&kit).await;
        let prompt = first(&hook);
        kit.know("h1", "r2", "running");
        hook.refresh.call();
        kit.frame().await;
        kit.server.stream("/events/h1").expect("a stream").event(0, ASK);
        kit.frame().await;
        assert_eq!(hook.run_id.get_untracked().as_deref(), Some("r2"));
        assert_eq!(
            hook.respond.call(&prompt, "Answer", json!({})),
            Err(Error::AnotherRun)
        );
        kit.finish().await;
    });
}

#[test]
fn nothing_can_be_sent_to_no_run() {
    test(|kit| async move {
        let id = RwSignal::new(None::<String>);
        let hook = kit.hook(|| use_workflow_handler(id, true));
        assert_eq!(hook.send_event.call("Answer", ()).await, Err(Error::NoHandler));
        assert_eq!(hook.cancel.call().await, Err(Error::NoHandler));
        kit.finish().await;
    });
}

#[test]
fn a_cancelled_run_is_read_again_and_updated_everywhere() {
    test(|kit| async move {
        let hook = asked(&kit).await;
        kit.server.post(
            "/handlers/h1/cancel",
            Reply::json(200, r#"{"status":"cancelled"}"#),
        );
        kit.know("h1", "r1", "cancelled");
        assert_eq!(hook.cancel.call().await, Ok(CancelOutcome::Cancelled));
        kit.frame().await;
        assert_eq!(
            hook.status.get_untracked(),
            RunStatus::Cancelled,
            "without waiting for the stream"
        );
        kit.finish().await;
    });
}

#[test]
fn cancelling_a_finished_run_is_no_error() {
    // The server answers 404 `Handler not found`, the same as for an unknown handler.
    test(|kit| async move {
        let hook = asked(&kit).await;
        kit.know("h1", "r1", "completed");
        kit.server.stream("/events/h1").expect("a stream").event(1, STOP);
        kit.frame().await;
        kit.server
            .post("/handlers/h1/cancel", Reply::detail(404, "Handler not found"));
        assert_eq!(hook.cancel.call().await, Ok(CancelOutcome::AlreadyFinished));
        kit.finish().await;
    });
}

#[test]
fn a_cancel_that_did_not_take_says_so() {
    // A run whose task was lost answers `cancelled` and stays `running`.
    test(|kit| async move {
        let hook = asked(&kit).await;
        kit.server.post(
            "/handlers/h1/cancel",
            Reply::json(200, r#"{"status":"cancelled"}"#),
        );
        assert_eq!(hook.cancel.call().await, Ok(CancelOutcome::StillRunning));
        kit.server
            .get("/handlers/h1", Reply::detail(404, "Handler not found"));
        kit.server
            .post("/handlers/h1/cancel", Reply::json(200, r#"{"status":"deleted"}"#));
        assert_eq!(hook.cancel.delete().await, Ok(CancelOutcome::Deleted));
        kit.frame().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Gone);
        assert_eq!(hook.events.get_untracked().len(), 1, "what we have of it stays");
        let posts = kit
            .server
            .log()
            .into_iter()
            .filter(|line| line.starts_with("POST"))
            .collect::<Vec<_>>();
        assert!(
            posts.last().is_some_and(|line| line.ends_with("purge=true")),
            "{posts:?}"
        );
        kit.finish().await;
    });
}

#[test]
fn cancelling_an_unknown_run_is_the_servers_404() {
    test(|kit| async move {
        kit.server
            .get("/handlers/h1", Reply::detail(404, "Handler not found"));
        kit.server
            .post("/handlers/h1/cancel", Reply::detail(404, "Handler not found"));
        let error = kit.client.cancel("h1", false).await.expect_err("unknown");
        assert_eq!(
            error,
            Error::Status {
                status: 404,
                detail: "Handler not found".to_owned()
            }
        );
        kit.server
            .get("/handlers/h2", Reply::json(202, handler("h2", "r2", "running")));
        assert_eq!(
            kit.client.handler("h2").await.map(|handler| handler.handler_id),
            Ok("h2".to_owned())
        );
        kit.finish().await;
    });
}
