//! The older deployments API: `LegacyClient` and `use_legacy_task` over the scripted transport.

use futures::StreamExt as _;
use leptos::prelude::{GetUntracked as _, WithUntracked as _};
use workflow_ui_core::protocol::{Failure, Method, RawJson, RunStatus};
use workflow_ui_core::{
    Error, HttpResponse, LegacyApi, LegacyClient, LegacyEvent, LegacyOutcome, LegacyTask, NewLegacyTask,
    Reply, UseLegacyTaskOptions, UseLegacyTaskReturn, legacy_status, use_legacy_task,
    use_legacy_task_with_options,
};

use crate::kit::{Kit, test};

const CREATED: &str = r#"{"input":"{}","task_id":"t1","session_id":"s1","service_id":"ask"}"#;
const EVENTS: &str = "/tasks/t1/events";
const RESULTS: &str = "/tasks/t1/results";
const ASK: &str = r#"{"__is_pydantic": true, "value": {"_data": {"prefix": "Name? "}}, "qualified_name": "workflows.events.InputRequiredEvent"}"#;
const STOP: &str = r#"{"__is_pydantic": true, "value": {}, "qualified_name": "workflows.events.StopEvent"}"#;
const FAILED: &str = r#"{"__is_pydantic": true, "value": {"step_name": "go", "exception": {"exception_type": "builtins.ValueError", "exception_message": "kaput"}}, "qualified_name": "workflows.events.WorkflowFailedEvent"}"#;

/// What the older servers answer when anything goes wrong.
fn no_reason() -> Reply {
    Reply::Answer(HttpResponse {
        status: 500,
        content_type: Some("text/plain; charset=utf-8".to_owned()),
        body: "Internal Server Error".to_owned(),
        ..HttpResponse::default()
    })
}

fn line(text: &str) -> String {
    format!("{text}\n")
}

fn progress(n: u64) -> String {
    line(&format!(
        r#"{{"__is_pydantic": true, "value": {{"n": {n}}}, "qualified_name": "flows.Progress"}}"#
    ))
}

fn legacy(kit: &Kit, api: LegacyApi) -> LegacyClient {
    LegacyClient::new(kit.client.clone(), api)
}

fn result(text: &str) -> Reply {
    Reply::json(
        200,
        format!(r#"{{"task_id":"t1","history":[],"result":{text},"data":{{}}}}"#),
    )
}

/// A hook that follows the task `t1` of a deployment.
async fn started(kit: &Kit) -> UseLegacyTaskReturn {
    kit.server
        .post("/tasks/create", Reply::json(200, CREATED))
        .get(RESULTS, Reply::Wait);
    let hook = kit.hook(|| use_legacy_task(legacy(kit, LegacyApi::Deployment)));
    hook.start.dispatch(NewLegacyTask::default().service("ask"));
    kit.clock.settle().await;
    hook
}

fn send(kit: &Kit, text: impl Into<String>) {
    let stream = kit.server.stream("/tasks/*").expect("a stream");
    stream.bytes(text.into());
}

#[test]
fn a_task_runs_asks_and_ends() {
    test(|kit| async move {
        kit.server.post(EVENTS, Reply::json(200, "{}"));
        let hook = started(&kit).await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Running);
        let updates = kit.count_updates(hook.events);
        kit.clock.settle().await;
        let before = updates.get();
        for n in 0..3 {
            send(&kit, progress(n));
            kit.clock.settle().await;
        }
        send(&kit, line(ASK));
        kit.frame().await;
        assert_eq!(updates.get() - before, 1, "one frame, one change");
        assert_eq!(hook.events.with_untracked(Vec::len), 4);
        assert_eq!(hook.status.get_untracked(), RunStatus::Waiting);
        let prompts = hook.prompts.get_untracked();
        assert_eq!((prompts[0].id, prompts[0].text().as_str()), (3, "Name? "));
        hook.respond.dispatch(3, "Bo");
        kit.clock.settle().await;
        let sent = kit.server.requests(Method::Post, EVENTS).remove(0);
        assert!(
            sent.url.ends_with("/tasks/t1/events?session_id=s1"),
            "{}",
            sent.url
        );
        assert_eq!(
            sent.body.as_deref(),
            Some(
                r#"{"service_id":"ask","event_obj_str":"{\"__is_pydantic\":true,\"value\":{\"response\":\"Bo\"},\"qualified_name\":\"workflows.events.HumanResponseEvent\"}"}"#
            )
        );
        assert!(hook.prompts.get_untracked().is_empty());
        assert_eq!(hook.status.get_untracked(), RunStatus::Running);
        send(&kit, line(STOP));
        kit.server.stream(EVENTS).expect("a stream").close();
        kit.frame().await;
        assert_eq!(hook.events.with_untracked(Vec::len), 4, "the end is no event");
        assert_eq!(
            hook.result.get_untracked(),
            None,
            "the result has its own request"
        );
        assert!(kit.server.answer(Method::Get, RESULTS, result("\"hi Bo\"")));
        kit.clock.settle().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Completed);
        assert_eq!(hook.result.get_untracked(), Some(RawJson::string("hi Bo")));
        assert_eq!(hook.error.get_untracked(), None);
        assert!(!hook.events_lost.get_untracked());
        assert_eq!(kit.server.count(Method::Get, EVENTS), 1, "one reader");
        kit.finish().await;
    });
}

#[test]
fn a_failure_without_a_reason_is_said_as_such() {
    // llama-deploy 0.9.2 ends the stream of a failed task like a good one, then breaks the connection.
    test(|kit| async move {
        let hook = started(&kit).await;
        send(&kit, progress(0) + &line(STOP));
        let stream = kit.server.stream(EVENTS).expect("a stream");
        stream.fail(Failure::network("network error"));
        kit.frame().await;
        kit.server.answer(Method::Get, RESULTS, no_reason());
        kit.clock.settle().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Failed);
        let error = hook.error.get_untracked().expect("an error");
        assert!(LegacyClient::gave_no_reason(&error), "{error}");
        assert!(error.to_string().contains("gave no reason"), "{error}");
        assert_eq!(
            kit.server.count(Method::Get, EVENTS),
            1,
            "the end came: the stream is not opened again"
        );
        kit.finish().await;
    });
}

#[test]
fn the_app_server_says_why_a_task_failed() {
    test(|kit| async move {
        let hook = started(&kit).await;
        send(&kit, progress(0) + &line(FAILED));
        kit.server.stream(EVENTS).expect("a stream").close();
        kit.frame().await;
        kit.server.answer(Method::Get, RESULTS, no_reason());
        kit.clock.settle().await;
        assert_eq!(
            hook.error.get_untracked(),
            Some(Error::RunFailed("kaput".to_owned()))
        );
        assert_eq!(hook.status.get_untracked(), RunStatus::Failed);
        kit.finish().await;
    });
}

#[test]
fn a_result_that_is_no_text_is_completed_without_one() {
    test(|kit| async move {
        let hook = started(&kit).await;
        send(&kit, line(STOP));
        kit.server.stream(EVENTS).expect("a stream").close();
        kit.frame().await;
        kit.server.answer(Method::Get, RESULTS, no_reason());
        kit.clock.settle().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Completed);
        assert_eq!(
            (hook.result.get_untracked(), hook.error.get_untracked()),
            (None, None)
        );
        kit.finish().await;
    });
}

#[test]
fn a_stream_that_breaks_is_opened_again() {
    test(|kit| async move {
        let hook = started(&kit).await;
        send(&kit, progress(0));
        kit.frame().await;
        kit.server
            .stream(EVENTS)
            .expect("a stream")
            .fail(Failure::network("reset"));
        kit.clock.advance(1_000).await;
        assert!(hook.events_lost.get_untracked());
        assert_eq!(kit.server.count(Method::Get, EVENTS), 2);
        send(&kit, progress(2) + &line(STOP));
        kit.server.stream(EVENTS).expect("a stream").close();
        kit.frame().await;
        assert_eq!(hook.events.with_untracked(Vec::len), 2);
        // The way to the result fails for a while.
        kit.server.answer(Method::Get, RESULTS, Reply::offline());
        kit.clock.settle().await;
        assert!(matches!(hook.error.get_untracked(), Some(Error::Network(_))));
        assert_eq!(hook.status.get_untracked(), RunStatus::Running);
        kit.clock.advance(1_000).await;
        kit.server.answer(Method::Get, RESULTS, result("\"done\""));
        kit.clock.settle().await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Completed);
        assert_eq!(hook.error.get_untracked(), None);
        kit.finish().await;
    });
}

#[test]
fn a_start_that_is_refused_is_an_error() {
    test(|kit| async move {
        let words = "Service 'zzz' not found in deployment 'deployment_name'";
        kit.server.post("/tasks/create", Reply::detail(404, words));
        let hook = kit.hook(|| use_legacy_task(legacy(&kit, LegacyApi::Deployment)));
        assert_eq!(hook.respond.call(0, "x").await, Err(Error::NoHandler));
        hook.start.dispatch(NewLegacyTask::default().service("zzz"));
        kit.clock.settle().await;
        assert_eq!(
            hook.error.get_untracked().map(|error| error.detail()).as_deref(),
            Some(words)
        );
        assert_eq!(hook.status.get_untracked(), RunStatus::NotStarted);
        kit.finish().await;
    });
}

#[test]
fn own_classes_of_prompts_and_bounds() {
    test(|kit| async move {
        kit.server
            .post("/tasks/create", Reply::json(200, CREATED))
            .post(EVENTS, Reply::json(200, "{}"));
        let options = UseLegacyTaskOptions {
            prompt_classes: vec!["Question".to_owned()],
            response_class: Some("flows.Answer".to_owned()),
            max_events: 8,
        };
        let hook = kit.hook(|| use_legacy_task_with_options(legacy(&kit, LegacyApi::Deployment), options));
        let task = hook.start.call(NewLegacyTask::default()).await.expect("a task");
        assert_eq!(hook.task.get_untracked(), Some(task));
        kit.clock.settle().await;
        for n in 0..30 {
            send(&kit, progress(n));
            kit.frame().await;
        }
        let kept = hook.events.with_untracked(Vec::len);
        assert!((8..=10).contains(&kept), "{kept} events are kept");
        assert_eq!(kept + hook.dropped.get_untracked(), 30);
        send(
            &kit,
            line(
                r#"{"__is_pydantic": true, "value": {"prefix": "Who? "}, "qualified_name": "flows.Question"}"#,
            ),
        );
        kit.frame().await;
        let prompt = hook.prompts.get_untracked().remove(0);
        assert_eq!((prompt.id, prompt.text().as_str()), (30, "Who? "));
        hook.respond.call(prompt.id, "Bo").await.expect("an answer");
        let body = kit.server.requests(Method::Post, EVENTS).remove(0).body;
        assert!(body.is_some_and(|body| body.contains("flows.Answer")));
        kit.finish().await;
    });
}

#[test]
fn a_control_plane_is_asked_until_it_has_a_stream_and_a_result() {
    test(|kit| async move {
        const STREAM: &str = "/sessions/s9/tasks/t1/result_stream";
        const RESULT: &str = "/sessions/s9/tasks/t1/result";
        kit.server
            .post("/sessions/create", Reply::json(200, "\"s9\""))
            .get(
                "/services",
                Reply::json(
                    200,
                    r#"{"flow":{"service_name":"flow","description":"","prompt":[]}}"#,
                ),
            )
            .post("/sessions/s9/tasks", Reply::json(200, "\"t1\""))
            .get(RESULT, Reply::json(200, "null"))
            .once(Method::Get, STREAM, Reply::detail(404, "Task stream not found"));
        let hook = kit.hook(|| use_legacy_task(legacy(&kit, LegacyApi::ControlPlane)));
        hook.start.dispatch(NewLegacyTask::default());
        kit.clock.settle().await;
        let body = kit
            .server
            .requests(Method::Post, "/sessions/s9/tasks")
            .remove(0)
            .body;
        assert_eq!(
            body.as_deref(),
            Some(r#"{"input":"{}","agent_id":"flow","session_id":"s9"}"#)
        );
        kit.clock.advance(600).await;
        let stream = kit.server.stream(STREAM).expect("a stream");
        stream.bytes("{\"progress\": \"p0\"}\n");
        kit.frame().await;
        stream.fail(Failure::network("reset"));
        kit.clock.advance(600).await;
        // It replays from the start.
        let stream = kit.server.stream(STREAM).expect("a stream");
        stream
            .bytes("{\"progress\": \"p0\"}\n{\"progress\": \"p1\"}\n{\"result\": {\"a\": 1}}\n")
            .close();
        kit.frame().await;
        assert_eq!(
            hook.events.with_untracked(Vec::len),
            2,
            "none is doubled, the result is none"
        );
        assert!(!hook.events_lost.get_untracked());
        kit.server.get(
            RESULT,
            Reply::json(
                200,
                r#"{"task_id":"t1","history":[],"result":"{'a': 1}","data":{"state":"gAR9lC4="}}"#,
            ),
        );
        kit.clock.advance(600).await;
        assert_eq!(hook.status.get_untracked(), RunStatus::Completed);
        assert_eq!(
            hook.result.get_untracked().map(|it| it.to_string()).as_deref(),
            Some(r#"{"a": 1}"#)
        );
        let event = LegacyEvent::new("flows.Answer", RawJson::empty_object());
        let refused = hook.send_event.call(event).await.expect_err("no such request");
        assert!(refused.is_not_found() && refused.to_string().contains("takes no events"));
        kit.finish().await;
    });
}

#[test]
fn a_task_has_one_reader() {
    test(|kit| async move {
        let client = legacy(&kit, LegacyApi::Deployment);
        let task = LegacyTask::parse(CREATED).expect("a task");
        let mut first = client
            .stream(&task)
            .await
            .expect("a stream")
            .expect("the first one");
        assert!(
            client.stream(&task).await.expect("no error").is_none(),
            "it would take events away"
        );
        send(&kit, progress(0) + &line(STOP));
        kit.server.stream(EVENTS).expect("a stream").close();
        assert_eq!(first.end(), None);
        let mut seen = 0;
        while let Some(event) = first.next().await {
            assert_eq!(event.expect("an event").name(), Some("Progress"));
            seen += 1;
        }
        let end = first.end().cloned().expect("an end");
        assert_eq!((seen, end.is_whole), (1, true));
        drop(first);
        kit.server.get(RESULTS, result("\"x\""));
        let outcome = client.outcome(&task, Some(&end)).await;
        assert_eq!(outcome, Ok(LegacyOutcome::Completed(Some(RawJson::string("x")))));
        assert!(
            client.stream(&task).await.expect("no error").is_some(),
            "nobody reads it now"
        );
        kit.finish().await;
    });
}

#[test]
fn lists_sessions_and_the_server() {
    test(|kit| async move {
        kit.server
            .get(
                "/status/",
                Reply::json(
                    200,
                    r#"{"status":"Healthy","status_message":"","max_deployments":10,"deployments":["toy"]}"#,
                ),
            )
            .get(
                "/tasks",
                Reply::json(
                    200,
                    r#"[{"input":"{}","task_id":"t1","session_id":null,"service_id":null}]"#,
                ),
            )
            .post("/tasks/run", Reply::json(200, r#""p_result 1""#))
            .post(
                "/sessions/create",
                Reply::json(200, r#"{"session_id":"s1","task_ids":[],"state":{}}"#),
            )
            .post("/sessions/delete", no_reason())
            .get(
                "/sessions",
                Reply::json(200, r#"[{"session_id":"s1","task_ids":[],"state":{}}]"#),
            );
        let client = legacy(&kit, LegacyApi::Deployment);
        let status = legacy_status(&kit.client).await.expect("a status");
        assert!(status.is_healthy() && status.deployments == ["toy"]);
        assert_eq!(client.services().await, Ok(vec![]), "0.9.2 does not list them");
        let ran = client.run(&NewLegacyTask::default()).await;
        assert_eq!(ran, Ok(RawJson::string("p_result 1")));
        let tasks = client.tasks().await.expect("tasks");
        let event = LegacyEvent::new("flows.Answer", RawJson::empty_object());
        let unsent = client.send_event(&tasks[0], &event).await;
        assert!(
            matches!(unsent, Err(Error::Unaddressable { .. })),
            "a task of a list has no session"
        );
        assert_eq!(client.create_session().await.as_deref(), Ok("s1"));
        assert_eq!(client.sessions().await.expect("sessions").len(), 1);
        let gone = client
            .delete_session("nope")
            .await
            .expect_err("an unknown session");
        assert!(LegacyClient::gave_no_reason(&gone));
        let control = legacy(&kit, LegacyApi::ControlPlane);
        kit.server
            .get(
                "/sessions",
                Reply::json(
                    200,
                    r#"{"s1":{"session_id":"s1","task_ids":["t1","t2"],"state":{}}}"#,
                ),
            )
            .get("/sessions/s1/current_task", Reply::json(200, "null"));
        let tasks = control.tasks().await.expect("tasks");
        assert_eq!(
            tasks.iter().map(|task| task.task_id.as_str()).collect::<Vec<_>>(),
            ["t1", "t2"]
        );
        assert_eq!(control.current_task("s1").await, Ok(None));
        kit.finish().await;
    });
}

#[test]
fn another_product_is_no_legacy_server() {
    test(|kit| async move {
        let page = || {
            Reply::Answer(HttpResponse {
                status: 200,
                content_type: Some("text/html".to_owned()),
                body: "<html><title>Welcome to nginx!</title></html>".to_owned(),
                ..HttpResponse::default()
            })
        };
        kit.server.get("/*", page()).post("/*", page());
        let client = legacy(&kit, LegacyApi::Deployment);
        let task = LegacyTask::parse(CREATED).expect("a task");
        assert!(matches!(client.tasks().await, Err(Error::Decode(_))));
        assert!(matches!(
            client.create(&NewLegacyTask::default()).await,
            Err(Error::Decode(_))
        ));
        assert!(matches!(client.stream(&task).await, Err(Error::Decode(_))));
        assert!(matches!(legacy_status(&kit.client).await, Err(Error::Decode(_))));
        kit.finish().await;
    });
}
