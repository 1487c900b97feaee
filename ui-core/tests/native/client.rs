//! `WorkflowClient` by itself.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::{GetUntracked as _, Owner};
use serde_json::json;
use workflow_ui_core::protocol::{FieldError, Handler, HandlerQuery, HandlerStatus, Method};
use workflow_ui_core::{
    Credentials, Error, Reply, ScriptedTransport, SendEvent, StartRequest, UseWorkflowHandlerOptions,
    WorkflowClient, provide_workflow_client, read_answer, use_workflow_handler,
    use_workflow_handler_with_options,
};

use crate::kit::{Kit, handler, handler_value, list, test};

#[test]
fn the_base_may_end_in_a_slash_and_be_relative() {
    test(|kit| async move {
        for (base, url) in [
            ("", "/workflows"),
            ("/deployments/app", "/deployments/app/workflows"),
            ("/deployments/app/", "/deployments/app/workflows"),
            ("http://host:1/", "http://host:1/workflows"),
        ] {
            let server = ScriptedTransport::new();
            let client = WorkflowClient::builder(base)
                .transport(server.clone())
                .clock(kit.clock.clone())
                .build();
            let _ = client.workflows().await;
            assert_eq!(server.log(), [format!("GET {url}")]);
            assert_eq!(client.base_url(), base);
        }
        kit.finish().await;
    });
}

#[test]
fn every_endpoint_is_asked_as_the_server_expects() {
    test(|kit| async move {
        let server = &kit.server;
        kit.describe_workflow("greet");
        server
            .get("/health", Reply::json(200, r#"{"status":"healthy"}"#))
            .get("/workflows", Reply::json(200, r#"{"workflows":["greet"]}"#))
            .get(
                "/handlers",
                list(&[handler("h1", "r1", "running"), "{\"status\":1}".to_owned()]),
            )
            .get("/handlers/h1", Reply::json(500, handler("h1", "r1", "failed")))
            .post(
                "/workflows/greet/run",
                Reply::json(500, handler("h1", "r1", "failed")),
            )
            .post(
                "/workflows/greet/run-nowait",
                Reply::json(200, handler("h1", "r1", "running")),
            );
        let client = &kit.client;
        assert_eq!(client.health().await, Ok(()));
        assert_eq!(client.workflows().await, Ok(vec!["greet".to_owned()]));
        assert!(client.schema("greet").await.is_ok());
        assert_eq!(
            client.event_schemas("greet").await.map(|schemas| schemas.len()),
            Ok(2)
        );
        assert_eq!(
            client.graph("greet").await.map(|graph| graph.name),
            Ok("greet".to_owned())
        );
        let start = StartRequest::new(&json!({ "name": "Ada" }))
            .expect("JSON")
            .class("GreetStart");
        let failed = client
            .run("greet", &start)
            .await
            .expect("a failed run is an answer");
        assert_eq!(failed.status, HandlerStatus::Failed);
        assert_eq!(
            client.run_nowait("greet", &start).await,
            Ok(handler_value("h1", "r1", "running"))
        );
        let query = HandlerQuery {
            status: vec![HandlerStatus::Running],
            workflow_name: vec!["a b".to_owned()],
        };
        let found = client.handlers(&query).await.expect("a list");
        assert_eq!(
            (found.handlers.len(), found.unreadable.len()),
            (1, 1),
            "a bad row does not lose the others"
        );
        let failed: Handler = client
            .handler("h1")
            .await
            .expect("HTTP 500 with a handler is a handler");
        assert_eq!(failed.error.as_deref(), Some("kaput: disk full"));
        assert_eq!(
            server.log(),
            [
                "GET /health",
                "GET /workflows",
                "GET /workflows/greet/schema",
                "GET /workflows/greet/events",
                "GET /workflows/greet/representation",
                "POST /workflows/greet/run",
                "POST /workflows/greet/run-nowait",
                "GET /handlers?status=running&workflow_name=a%20b",
                "GET /handlers/h1",
            ]
        );
        let post = server.requests(Method::Post, "/workflows/greet/run").remove(0);
        assert!(
            post.headers
                .contains(&("content-type".to_owned(), "application/json".to_owned()))
        );
        assert_eq!(
            post.body.as_deref(),
            Some(r#"{"start_event":{"type":"GreetStart","value":{"name":"Ada"}}}"#)
        );
        kit.finish().await;
    });
}

#[test]
fn headers_are_asked_for_at_every_request_and_every_stream() {
    test(|kit| async move {
        let asked = Rc::new(Cell::new(0));
        let counter = asked.clone();
        let client = WorkflowClient::builder("")
            .transport(kit.server.clone())
            .clock(kit.clock.clone())
            .credentials(Credentials::Include)
            .headers(move || {
                counter.set(counter.get() + 1);
                let token = format!("Bearer {}", counter.get());
                async move { vec![("authorization".to_owned(), token)] }
            })
            .build();
        kit.know("h1", "r1", "running");
        let owner = Owner::new();
        let hook = owner.with(|| {
            provide_workflow_client(client);
            use_workflow_handler("h1", true)
        });
        kit.frame().await;
        assert!(hook.is_streaming.get_untracked());
        let stream = kit.server.requests(Method::Get, "/events/h1").remove(0);
        assert_eq!(stream.credentials, Credentials::Include);
        let token = stream
            .headers
            .iter()
            .find(|(name, _)| name == "authorization")
            .cloned();
        assert!(
            token.is_some_and(|(_, token)| token.starts_with("Bearer ")),
            "streams carry the headers too"
        );
        assert_eq!(asked.get(), kit.server.log().len(), "once per request");
        owner.cleanup();
        kit.finish().await;
    });
}

#[test]
fn causes_are_distinguished() {
    test(|kit| async move {
        let cases = [
            (
                Reply::offline(),
                Error::Network("Failed to fetch".to_owned()),
                "Could not reach the workflow server: Failed to fetch",
            ),
            (
                Reply::detail(401, "token expired"),
                Error::SignIn {
                    status: 401,
                    detail: "token expired".to_owned(),
                },
                "This server requires sign-in: token expired",
            ),
            (
                Reply::detail(404, "Handler not found"),
                Error::Status {
                    status: 404,
                    detail: "Handler not found".to_owned(),
                },
                "Handler not found (404)",
            ),
        ];
        for (reply, error, words) in cases {
            kit.server.get("/handlers/h1", reply);
            let found = kit.client.handler("h1").await.expect_err("an error");
            assert_eq!(found, error);
            assert_eq!(found.to_string(), words);
        }
        kit.server.get("/handlers/h1", Reply::json(200, "[1,2"));
        let Err(Error::Decode(error)) = kit.client.handler("h1").await else {
            panic!("a decode error")
        };
        assert_eq!((error.what, error.body.as_str()), ("handler", "[1,2"));
        let error = Error::Validation {
            status: 400,
            detail: "long".to_owned(),
            fields: vec![FieldError {
                path: "a/0".to_owned(),
                message: "too short".to_owned(),
            }],
        };
        assert_eq!(error.to_string(), "Not accepted: a/0: too short");
        kit.finish().await;
    });
}

#[test]
fn an_answer_that_does_not_come_is_a_timeout_but_not_for_run() {
    test(|kit| async move {
        kit.server
            .get("/workflows", Reply::Wait)
            .post("/workflows/greet/run", Reply::Wait);
        let client = kit.client.clone();
        let names = tokio::task::spawn_local(async move { client.workflows().await });
        let client = kit.client.clone();
        let run = tokio::task::spawn_local(async move {
            let start = StartRequest::new(&json!({})).expect("JSON");
            client.run("greet", &start).await
        });
        kit.clock.advance(29_000).await;
        assert!(!names.is_finished());
        kit.clock.advance(2_000).await;
        let error = names.await.expect("no panic").expect_err("a timeout");
        assert_eq!(error, Error::Timeout { after_ms: 30_000 });
        assert_eq!(
            error.to_string(),
            "The workflow server did not answer within 30 s"
        );
        kit.clock.advance(3_600_000).await;
        assert!(!run.is_finished(), "a run may take hours");
        assert_eq!(kit.server.in_flight(), 1, "the timed-out request was aborted");
        run.abort();
        kit.finish().await;
    });
}

#[test]
fn two_clients_on_one_page_never_mix() {
    test(|kit| async move {
        let other = Kit::new();
        kit.know("h1", "r1", "running");
        other.know("h1", "r9", "completed");
        let here = kit.hook(|| use_workflow_handler("h1", true));
        let options = UseWorkflowHandlerOptions {
            client: Some(other.client.clone()),
            ..Default::default()
        };
        let there = kit.hook(|| use_workflow_handler_with_options("h1", true, options));
        kit.frame().await;
        other.frame().await;
        assert_eq!(here.run_id.get_untracked().as_deref(), Some("r1"));
        assert_eq!(there.run_id.get_untracked().as_deref(), Some("r9"));
        assert_eq!((kit.opened("h1"), other.opened("h1")), (1, 1));
        assert_ne!(kit.client, other.client);
        assert_eq!(kit.client, kit.client.clone());
        kit.finish().await;
        other.finish().await;
    });
}

#[test]
fn a_page_that_is_no_workflow_server_is_not_healthy() {
    test(|kit| async move {
        kit.server
            .get("/health", Reply::json(200, "<!doctype html><title>app</title>"));
        assert!(matches!(kit.client.health().await, Err(Error::Decode(_))));
        kit.server
            .get("/health", Reply::json(200, r#"{"status":"Healthy"}"#));
        assert_eq!(kit.client.health().await, Ok(()), "the app server's spelling");
        kit.server
            .get("/health", Reply::json(503, r#"{"status":"unhealthy"}"#));
        assert_eq!(
            kit.client.health().await.map_err(|error| error.status()),
            Err(Some(503))
        );
        kit.finish().await;
    });
}

#[test]
fn what_is_too_large_for_a_key_is_sent_without_one() {
    // A server that knows keys keeps what it compares, and refused large events with 413.
    test(|kit| async move {
        kit.server
            .post(
                "/workflows/greet/run-nowait",
                Reply::json(200, handler("h1", "r1", "running")),
            )
            .post("/events/h1", Reply::json(200, r#"{"status":"sent"}"#));
        for (length, keys) in [(900_000, 1), (1_100_000, 0)] {
            let text = "x".repeat(length);
            let start = StartRequest::new(&json!({ "text": text })).expect("JSON");
            kit.client.run_nowait("greet", &start).await.expect("started");
            let event = SendEvent::new("Answer", &json!({ "text": text })).expect("JSON");
            kit.client.send_event("h1", &event).await.expect("sent");
            for path in ["/workflows/greet/run-nowait", "/events/h1"] {
                let request = kit.server.requests(Method::Post, path).pop().expect("a request");
                let names = request.headers.iter().map(|(name, _)| name.as_str());
                let found = names.filter(|name| *name == "idempotency-key").count();
                assert_eq!(found, keys, "{path} with {length} bytes");
            }
        }
        kit.finish().await;
    });
}

#[test]
fn an_answer_is_read_up_to_a_bound() {
    // An answer without an end took all memory of the page.
    test(|kit| async move {
        let chunks = |count: usize| futures::stream::iter((0..count).map(|_| Ok(vec![b'x'; 1024 * 1024])));
        let failure = read_answer(chunks(1_000_000)).await.expect_err("too large");
        assert!(failure.detail.contains("64 MB"), "{}", failure.detail);
        assert_eq!(
            read_answer(chunks(2)).await.map(|text| text.len()),
            Ok(2 * 1024 * 1024)
        );
        let odd = [b"\xef\xbb\xbfa\xe2".to_vec(), b"\x82\xac\xff".to_vec()];
        let odd = futures::stream::iter(odd.map(Ok));
        assert_eq!(
            read_answer(odd).await.as_deref(),
            Ok("a€\u{fffd}"),
            "as a browser reads it"
        );
        kit.finish().await;
    });
}
