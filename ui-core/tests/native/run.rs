//! `use_workflow_run`.

use leptos::prelude::{GetUntracked as _, Owner};
use serde_json::json;
use workflow_ui_core::protocol::{Connection, Handler, HandlerStatus, Method, RawJson};
use workflow_ui_core::{Error, Reply, RunWorkflowOptions, use_workflow_handler, use_workflow_run};

use crate::kit::{handler, progress, test};

const RUN: &str = "/workflows/greet/run-nowait";

fn body(kit: &crate::kit::Kit, at: usize) -> String {
    kit.server
        .requests(Method::Post, RUN)
        .get(at)
        .and_then(|request| request.body.clone())
        .expect("a request with a body")
}

/// The id of our own in the body of a start.
fn own_id(kit: &crate::kit::Kit, at: usize) -> String {
    let body = body(kit, at);
    let (_, id) = body.split_once(r#""handler_id":""#).expect("an id of our own");
    id.trim_end_matches("\"}").to_owned()
}

#[test]
fn a_start_toggles_is_creating_and_gives_the_handler() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server.post(RUN, Reply::Wait);
        let hook = kit.hook(use_workflow_run);
        assert!(
            !hook.is_creating.get_untracked(),
            "nothing is created before the first call"
        );

        let started = tokio::task::spawn_local(hook.run_workflow.call("greet", json!({ "name": "Ada" })));
        kit.clock.settle().await;
        assert!(
            hook.is_creating.get_untracked(),
            "the server has not answered yet"
        );

        assert!(
            kit.server.answer(
                Method::Post,
                RUN,
                Reply::json(200, handler("h1", "r1", "running"))
            ),
            "a start waits"
        );
        let handler = started.await.expect("no panic").expect("a handler");
        assert_eq!(handler.handler_id, "h1");
        assert_eq!(
            handler.status,
            HandlerStatus::Running,
            "the status is the server's"
        );
        assert!(!hook.is_creating.get_untracked(), "the start has settled");
        assert_eq!(hook.error.get_untracked(), None);
        kit.finish().await;
    });
}

#[test]
fn an_envelope_is_always_sent() {
    // A bare object with a field called `value` is taken for an envelope by the server and refused.
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server
            .post(RUN, Reply::json(200, handler("h1", "r1", "running")));
        let hook = kit.hook(use_workflow_run);
        hook.run_workflow
            .call("greet", json!({ "value": 7 }))
            .await
            .expect("started");
        let id = own_id(&kit, 0);
        assert!(
            id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{id} needs no escapes"
        );
        assert_eq!(
            body(&kit, 0),
            format!(r#"{{"start_event":{{"type":"GreetStart","value":{{"value":7}}}},"handler_id":"{id}"}}"#)
        );

        hook.run_workflow.call("greet", ()).await.expect("started");
        let another = own_id(&kit, 1);
        assert_ne!(id, another, "each start has an id of its own");
        assert_eq!(
            body(&kit, 1),
            format!(r#"{{"start_event":{{"type":"GreetStart","value":{{}}}},"handler_id":"{another}"}}"#),
            "null would leave a zombie"
        );
        assert_eq!(
            kit.server.count(Method::Get, "/workflows/greet/schema"),
            1,
            "the class is asked for once"
        );
        kit.finish().await;
    });
}

#[test]
fn input_is_kept_to_the_digit() {
    test(|kit| async move {
        kit.server
            .post(RUN, Reply::json(200, handler("h1", "r1", "running")));
        let hook = kit.hook(use_workflow_run);
        let input = RawJson::parse(r#"{"n":12345678901234567890123,"a":1.10}"#).expect("JSON");
        let options = RunWorkflowOptions {
            class: Some("Big".to_owned()),
            handler_id: Some("h1".to_owned()),
            ..RunWorkflowOptions::default()
        };
        hook.run_workflow
            .call_with("greet", input, options)
            .await
            .expect("started");
        assert_eq!(
            body(&kit, 0),
            r#"{"start_event":{"type":"Big","value":{"n":12345678901234567890123,"a":1.10}},"handler_id":"h1"}"#
        );
        assert_eq!(kit.server.log().len(), 1, "a given class needs no schema");
        kit.finish().await;
    });
}

#[test]
fn a_failure_rejects_and_shows_the_servers_words() {
    // The React library said "Handler creation failed" whatever the server had said.
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server.once(
            Method::Post,
            RUN,
            Reply::detail(409, "Handler 'h1' is already running"),
        );
        let hook = kit.hook(use_workflow_run);
        let options = RunWorkflowOptions {
            handler_id: Some("h1".to_owned()),
            ..RunWorkflowOptions::default()
        };
        let error = hook
            .run_workflow
            .call_with("greet", json!({}), options)
            .await
            .expect_err("refused");
        assert_eq!(
            error,
            Error::Status {
                status: 409,
                detail: "Handler 'h1' is already running".to_owned()
            }
        );
        assert_eq!(hook.error.get_untracked(), Some(error.clone()));
        assert_eq!(error.to_string(), "Handler 'h1' is already running (409)");
        assert!(!hook.is_creating.get_untracked(), "the flag is reset");
        assert_eq!(
            kit.client.known_status("h1"),
            None,
            "nothing is known of a run that was not started"
        );

        kit.server
            .post(RUN, Reply::json(200, handler("h2", "r2", "running")));
        hook.run_workflow.call("greet", json!({})).await.expect("started");
        assert_eq!(hook.error.get_untracked(), None, "the next call clears the error");
        kit.finish().await;
    });
}

#[test]
fn a_validation_error_names_fields() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        let detail = "Validation error for 'start_event': Failed to deserialize event: 1 validation error for GreetStart\nname\n  Field required [type=missing, input_value={}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.12/v/missing";
        kit.server.post(RUN, Reply::detail(400, detail));
        let hook = kit.hook(use_workflow_run);
        let error = hook
            .run_workflow
            .call("greet", json!({}))
            .await
            .expect_err("refused");
        let Error::Validation { status, fields, .. } = &error else {
            panic!("a validation error, not {error:?}")
        };
        assert_eq!(*status, 400);
        let fields: Vec<_> = fields
            .iter()
            .map(|field| (field.path.as_str(), field.message.as_str()))
            .collect();
        assert_eq!(fields, [("name", "Field required")]);
        assert_eq!(error.to_string(), "Not accepted: name: Field required");
        kit.finish().await;
    });
}

#[test]
fn parallel_starts_keep_is_creating_until_all_settle() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server.post(RUN, Reply::Wait);
        let hook = kit.hook(use_workflow_run);
        hook.run_workflow.dispatch("greet", json!({ "name": "a" }));
        hook.run_workflow.dispatch("greet", json!({ "name": "b" }));
        kit.clock.settle().await;
        assert_eq!(kit.server.in_flight(), 2);

        kit.server.answer(
            Method::Post,
            RUN,
            Reply::json(200, handler("h1", "r1", "running")),
        );
        kit.clock.settle().await;
        assert!(
            hook.is_creating.get_untracked(),
            "the second start is still under way"
        );
        kit.server.answer(Method::Post, RUN, Reply::offline());
        kit.clock.advance(2_000).await;
        assert!(!hook.is_creating.get_untracked(), "both have settled");
        assert!(
            matches!(hook.error.get_untracked(), Some(Error::Network(_))),
            "the second one's error is shown"
        );
        kit.finish().await;
    });
}

#[test]
fn dropping_a_start_aborts_it_and_resets_the_flag() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server.post(RUN, Reply::Wait);
        let hook = kit.hook(use_workflow_run);
        let started = tokio::task::spawn_local(hook.run_workflow.call("greet", json!({})));
        kit.clock.settle().await;
        assert_eq!(kit.server.in_flight(), 1);
        started.abort();
        kit.clock.settle().await;
        assert_eq!(kit.server.in_flight(), 0, "the request was aborted");
        assert!(!hook.is_creating.get_untracked(), "nothing is created any longer");
        kit.finish().await;
    });
}

#[test]
fn a_title_that_is_not_the_class_falls_back_to_bare_fields() {
    // A schema's root title is the class's name only as long as its author gave it no other.
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server
            .once(
                Method::Post,
                RUN,
                Reply::detail(400, "Validation error for 'start_event': Invalid event type: GreetStart. Expected one of Real"),
            )
            .once(Method::Post, RUN, Reply::json(200, handler("h1", "r1", "running")));
        let hook = kit.hook(use_workflow_run);
        hook.run_workflow
            .call("greet", json!({ "name": "Ada" }))
            .await
            .expect("started at the second try");
        let id = own_id(&kit, 1);
        assert_eq!(
            body(&kit, 1),
            format!(r#"{{"start_event":{{"name":"Ada"}},"handler_id":"{id}"}}"#)
        );
        kit.finish().await;
    });
}

#[test]
fn an_unknown_workflow_is_the_servers_404() {
    test(|kit| async move {
        kit.server
            .get(
                "/workflows/greet/schema",
                Reply::detail(404, "Workflow not found"),
            )
            .post(RUN, Reply::detail(404, "Workflow not found"));
        let hook = kit.hook(use_workflow_run);
        let error = hook
            .run_workflow
            .call("greet", json!({}))
            .await
            .expect_err("unknown");
        assert_eq!(error.to_string(), "Workflow not found (404)");
        assert!(error.is_not_found());
        kit.finish().await;
    });
}

#[test]
fn without_a_client_the_error_says_so() {
    test(|kit| async move {
        let bare = Owner::new_root(None);
        let hook = bare.with(use_workflow_run);
        assert_eq!(
            hook.run_workflow.call("greet", json!({})).await,
            Err(Error::NoClient)
        );
        assert_eq!(hook.error.get_untracked(), Some(Error::NoClient));
        drop(bare);
        kit.finish().await;
    });
}

/// A start that waits for its answer, with the id that it was sent under.
async fn waiting(kit: &crate::kit::Kit) -> (tokio::task::JoinHandle<Result<Handler, Error>>, String) {
    kit.describe_workflow("greet");
    kit.server.post(RUN, Reply::Wait);
    let hook = kit.hook(use_workflow_run);
    let started = tokio::task::spawn_local(hook.run_workflow.call("greet", json!({})));
    kit.clock.settle().await;
    let id = own_id(kit, 0);
    (started, id)
}

#[test]
fn a_start_that_the_browser_sent_twice_is_one_run() {
    // Chromium sends a POST again when a connection that it reused is reset before the answer: two runs, one of them unknown.
    test(|kit| async move {
        let (started, id) = waiting(&kit).await;
        kit.know(&id, "r1", "running");
        let refusal = Reply::detail(409, &format!("Handler '{id}' is already running"));
        kit.server.answer(Method::Post, RUN, refusal);
        let handler = started.await.expect("no panic").expect("it is ours");
        assert_eq!(handler.handler_id, id);
        assert_eq!(kit.server.count(Method::Post, RUN), 1, "never sent again by us");
        kit.finish().await;
    });
}

#[test]
fn a_start_whose_answer_was_lost_is_found() {
    test(|kit| async move {
        for lost in [Reply::offline(), Reply::detail(502, "Bad gateway")] {
            let (started, id) = waiting(&kit).await;
            kit.know(&id, "r1", "running");
            kit.server.answer(Method::Post, RUN, lost);
            assert_eq!(started.await.expect("no panic").expect("found").handler_id, id);
            kit.server.clear();
        }
        kit.finish().await;
    });
}

#[test]
fn a_start_that_never_arrived_is_an_error_and_is_not_sent_again() {
    test(|kit| async move {
        let (started, _) = waiting(&kit).await;
        kit.server.answer(Method::Post, RUN, Reply::offline());
        kit.clock.advance(2_000).await;
        let error = started.await.expect("no panic").expect_err("not started");
        assert_eq!(error.as_str(), "network");
        assert_eq!(kit.server.count(Method::Post, RUN), 1);
        kit.finish().await;
    });
}

#[test]
fn a_server_that_takes_no_ids_can_choose_its_own() {
    test(|kit| async move {
        kit.server
            .post(RUN, Reply::json(200, handler("h1", "r1", "running")));
        let hook = kit.hook(use_workflow_run);
        let options = RunWorkflowOptions {
            server_chooses_id: true,
            class: Some("Greet".to_owned()),
            ..RunWorkflowOptions::default()
        };
        hook.run_workflow
            .call_with("greet", (), options)
            .await
            .expect("started");
        assert_eq!(body(&kit, 0), r#"{"start_event":{"type":"Greet","value":{}}}"#);
        kit.finish().await;
    });
}

/// Symptom: 40 ms passed between the answer to a start and the request for its stream, and as long until its first event was shown.
/// Cause: the stream was opened by the view of the run, when that had been built, and its frames waited for a second read.
#[test]
fn a_run_that_will_be_followed_is_streamed_from_the_answer_on() {
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.know("h1", "r1", "running");
        kit.server
            .post(RUN, Reply::json(200, handler("h1", "r1", "running")));
        kit.server.get("/handlers/h1", Reply::Wait);
        let hook = kit.hook(use_workflow_run);
        let options = RunWorkflowOptions {
            follow: true,
            ..RunWorkflowOptions::default()
        };
        let starting = hook.run_workflow.call_with("greet", json!({}), options.clone());
        starting.await.expect("started");
        kit.clock.settle().await;
        let log = kit.server.log();
        let asked = |path: &str| log.iter().position(|line| line.contains(path));
        assert!(
            asked("/events/h1") > asked("run-nowait") && asked("/events/h1") < asked("/handlers/h1"),
            "{log:?}"
        );
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream.event(0, &progress(0));
        kit.clock.settle().await;
        let (run, owner) = kit.component(|| use_workflow_handler("h1", true));
        assert_eq!(run.connection.get_untracked(), Connection::Live);
        assert_eq!(
            run.events.get_untracked().len(),
            1,
            "nothing waits for a frame or a read"
        );
        assert_eq!(kit.opened("h1"), 1, "the view takes the stream over");
        kit.clock.advance(10_000).await;
        assert!(stream.is_open(), "it is the view's now");
        owner.cleanup();
        kit.clock.settle().await;
        assert!(!stream.is_open());

        // Nobody comes to watch it.
        kit.know("h2", "r2", "running");
        kit.server
            .post(RUN, Reply::json(200, handler("h2", "r2", "running")));
        let starting = hook.run_workflow.call_with("greet", json!({}), options);
        starting.await.expect("started");
        kit.clock.settle().await;
        let stream = kit.server.stream("/events/h2").expect("a stream");
        kit.clock.advance(1_900).await;
        assert!(stream.is_open());
        kit.clock.advance(200).await;
        assert!(!stream.is_open(), "nothing is streamed that nobody watches");
        kit.finish().await;
    });
}
