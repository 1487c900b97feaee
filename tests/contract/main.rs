//! Compares the embedded server with the real one: the same requests must have the same responses, except for ids, times and error
//! messages.
//!
//! The Python server runs `server/reference/demos.py`, which has the same workflows as the embedded server, step by step.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and their helpers report by failing"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use workflow_tests::{Api, Backend, Server, run_alone};

use crate::normal::{difference, normal, normal_json};

mod normal;

const LIMIT: Duration = Duration::from_secs(120);
const RUN: Duration = Duration::from_secs(20);

/// The workflows of both servers.
const DEMOS: [&str; 12] = [
    "greeting",
    "progress",
    "interview",
    "approvals",
    "fan_out",
    "loop",
    "failing",
    "timeout",
    "endless",
    "rich_form",
    "tokens",
    "odd_events",
];

/// One request. `{greeted}` and similar in a path are replaced by the id of that run of [`runs`].
type Request = (&'static str, String, Option<String>);

fn get(path: impl Into<String>) -> Request {
    ("GET", path.into(), None)
}

fn post(path: impl Into<String>, body: impl Into<String>) -> Request {
    ("POST", path.into(), Some(body.into()))
}

/// Sends requests to both servers and compares all responses, so that one failing test names every difference.
fn same(requests: impl FnOnce() -> Vec<Request>) {
    run_alone(LIMIT, async || {
        let embedded = Server::shared(Backend::Embedded);
        let python = Server::shared(Backend::Python);
        let servers = [embedded.api(), python.api()];
        let ids = [runs(&servers[0]).await, runs(&servers[1]).await];
        let mut differences = Vec::new();
        for (method, path, body) in requests() {
            let mut answers = Vec::new();
            for (api, ids) in servers.iter().zip(&ids) {
                let path = fill_in(&path, ids);
                let body = body.as_ref().map(|body| fill_in(body, ids));
                let answer = api.send(method, &path, body.as_deref()).await;
                answers.push(normal(&answer, ids));
            }
            if answers[0] != answers[1] {
                let asked = format!("{method} {path} {}", body.as_deref().unwrap_or_default());
                differences.push(format!("{asked}\n{}", difference(&answers[0], &answers[1])));
            }
        }
        assert!(
            differences.is_empty(),
            "{} answers differ:\n{}",
            differences.len(),
            differences.join("\n")
        );
    });
}

/// One run for every outcome, by the name of the outcome.
async fn runs(api: &Api) -> BTreeMap<&'static str, String> {
    let mut ids = BTreeMap::new();
    ids.insert(
        "greeted",
        api.start("greeting", json!({ "name": "Ada", "count": 2 })).await,
    );
    ids.insert(
        "counted",
        api.start("progress", json!({ "steps": 3, "per_second": 0 }))
            .await,
    );
    ids.insert("failed", api.start("failing", json!({})).await);
    ids.insert("late", api.start("timeout", json!({})).await);
    ids.insert("cancelled", api.start("endless", json!({})).await);
    ids.insert("asking", api.start("interview", json!({})).await);
    ids.insert(
        "odd",
        api.start("odd_events", json!({ "big_bytes": 100, "malformed": false }))
            .await,
    );
    ids.insert("purged", api.start("endless", json!({})).await);
    api.until_status(&ids["greeted"], "completed", RUN).await;
    api.until_status(&ids["counted"], "completed", RUN).await;
    api.until_status(&ids["failed"], "failed", RUN).await;
    api.until_status(&ids["late"], "failed", RUN).await;
    api.until_status(&ids["odd"], "completed", RUN).await;
    for (run, purge) in [("cancelled", false), ("purged", true)] {
        let path = format!("/handlers/{}/cancel?purge={purge}", ids[run]);
        assert_eq!(
            api.send("POST", &path, None).await.status,
            200,
            "{run} can be cancelled"
        );
    }
    ids
}

fn fill_in(text: &str, ids: &BTreeMap<&'static str, String>) -> String {
    ids.iter().fold(text.to_owned(), |text, (name, id)| {
        text.replace(&format!("{{{name}}}"), id)
    })
}

#[test]
fn discovery_is_the_same() {
    same(|| {
        let mut requests = vec![get("/health")];
        for demo in DEMOS {
            requests.push(get(format!("/workflows/{demo}/schema")));
            requests.push(get(format!("/workflows/{demo}/representation")));
            requests.push(get(format!("/workflows/{demo}/events")));
        }
        requests.push(get("/workflows/nope/schema"));
        requests.push(get("/workflows/nope/events"));
        requests.push(get("/workflows/nope/representation"));
        requests
    });
}

#[test]
fn starts_are_the_same() {
    let start = |workflow: &str, body: &str| post(format!("/workflows/{workflow}/run-nowait"), body);
    let wait = |workflow: &str, body: &str| post(format!("/workflows/{workflow}/run"), body);
    same(|| {
        vec![
            start("endless", r#"{"start_event":{}}"#),
            start(
                "endless",
                r#"{"start_event":{"type":"EndlessStart","value":{"per_second":1}}}"#,
            ),
            start("endless", r#"{"start_event":"{\"per_second\":1}"}"#),
            start("endless", r#"{"kwargs":{"per_second":1}}"#),
            start("endless", "{}"),
            start("endless", r#"{"start_event":{"undeclared":1},"context":{}}"#),
            wait("greeting", r#"{"start_event":{"name":"Ada"}}"#),
            wait(
                "greeting",
                r#"{"start_event":{"name":"Ada","nick":"Countess","mood":"sad","count":10}}"#,
            ),
            wait("failing", r#"{"start_event":{"message":"no"}}"#),
            wait("timeout", r#"{"start_event":{"seconds":0}}"#),
            wait("progress", r#"{"start_event":{"steps":0}}"#),
            start("greeting", ""),
            start("greeting", "nonsense"),
            start("greeting", "[]"),
            start("greeting", "null"),
            start("greeting", "7"),
            start("greeting", "{}"),
            start("greeting", r#"{"start_event":{}}"#),
            start("greeting", r#"{"start_event":{"name":7}}"#),
            start("greeting", r#"{"start_event":{"name":"Ada","count":11}}"#),
            start(
                "greeting",
                r#"{"start_event":{"name":"Ada","count":0,"mood":"so so"}}"#,
            ),
            start("greeting", r#"{"start_event":{"name":"Ada","count":"many"}}"#),
            start("greeting", r#"{"start_event":{"name":"Ada","count":1.5}}"#),
            start("greeting", r#"{"start_event":{"type":"Nope","value":{}}}"#),
            start("greeting", r#"{"start_event":{"type":"GreetStart","value":{}}}"#),
            start("greeting", r#"{"start_event":{"value":7}}"#),
            start("greeting", r#"{"start_event":"not json"}"#),
            start("greeting", r#"{"start_event":[1]}"#),
            start("greeting", r#"{"start_event":{"name":"Ada"},"context":{"a":1}}"#),
            start("rich_form", r#"{"start_event":{}}"#),
            start(
                "rich_form",
                r#"{"start_event":{"customer":"A","address":{"street":"","city":7,"postcode":"1"},
                "articles":[{"name":"n","price":0},7],"gift":"perhaps","payment":{"kind":"barter"},"discount":1,
                "priority":"soon","deliver_on":"tomorrow","pair":[1],"size":[],"weights":{"a":"b"}}}"#,
            ),
            start(
                "rich_form",
                r#"{"start_event":{"customer":"Ada","address":{"street":"S","city":"B",
                "postcode":"10115"},"articles":[],"gift":true,"payment":{"kind":"invoice","days":91}}}"#,
            ),
            wait(
                "rich_form",
                r#"{"start_event":{"customer":"Ada","address":{"street":"S","city":"B",
                "postcode":"10115"},"articles":[{"name":"n","price":2.5}],"gift":true,
                "payment":{"kind":"invoice"},"reference":123456789012345678901234567890}}"#,
            ),
            start("nope", r#"{"start_event":{}}"#),
            start("interview", r#"{"start_event":{},"handler_id":"{asking}"}"#),
            get("/workflows/greeting/run-nowait"),
            ("DELETE", "/workflows/greeting/run-nowait".to_owned(), None),
        ]
    });
}

#[test]
fn handlers_are_the_same() {
    same(|| {
        let mut requests = Vec::new();
        for run in [
            "greeted",
            "counted",
            "failed",
            "late",
            "cancelled",
            "asking",
            "odd",
            "purged",
        ] {
            requests.push(get(format!("/handlers/{{{run}}}")));
            requests.push(get(format!("/results/{{{run}}}")));
        }
        requests.extend([
            get("/handlers/nope"),
            get("/handlers?status=failed,cancelled"),
            get("/handlers?status=nope"),
            get("/handlers?workflow_name=nope"),
            post("/handlers/{greeted}/cancel", ""),
            post("/handlers/nope/cancel", ""),
            post("/handlers/{cancelled}/cancel?purge=1", ""),
            post("/handlers/{asking}/cancel", ""),
            get("/handlers/{asking}"),
            post("/handlers/{asking}/cancel?purge=true", ""),
            get("/handlers/{asking}"),
            post("/handlers/{asking}/cancel?purge=true", ""),
        ]);
        requests
    });
}

#[test]
fn lists_are_the_same() {
    run_alone(LIMIT, async || {
        let servers = [Server::shared(Backend::Embedded), Server::shared(Backend::Python)];
        let mut seen = Vec::new();
        for server in &servers {
            let api = server.api();
            let ids = runs(&api).await;
            let list = api
                .get("/handlers?status=failed&status=cancelled&workflow_name=endless&workflow_name=failing");
            let list = list.await;
            let mut mine: Vec<String> = Vec::new();
            for (fate, id) in &ids {
                for handler in list["handlers"].as_array().expect("a list") {
                    if handler["handler_id"] == id.as_str() {
                        let mut handler = handler.clone();
                        normal_json(&mut handler);
                        mine.push(format!("{fate}: {handler}"));
                    }
                }
            }
            seen.push(mine);
        }
        assert_eq!(
            seen[0].len(),
            2,
            "the failed one and the cancelled one: {:?}",
            seen[0]
        );
        assert_eq!(seen[0], seen[1], "embedded and real");
    });
}

#[test]
fn streams_are_the_same() {
    same(|| {
        let mut requests = Vec::new();
        for run in ["greeted", "counted", "failed", "odd"] {
            for query in [
                "",
                "&include_internal=true",
                "&include_qualified_name=false",
                "&sse=false",
            ] {
                requests.push(get(format!("/events/{{{run}}}?after_sequence=-1{query}")));
            }
        }
        requests.extend([
            get("/events/{late}?after_sequence=-1&include_internal=true"),
            get("/events/{greeted}"),
            get("/events/{greeted}?after_sequence=now"),
            get("/events/{greeted}?after_sequence=2"),
            get("/events/{greeted}?after_sequence=3&include_internal=true"),
            get("/events/{greeted}?after_sequence=4"),
            get("/events/{greeted}?after_sequence=1000"),
            get("/events/{greeted}?after_sequence=abc"),
            get("/events/{purged}?after_sequence=-1"),
            get("/events/nope?after_sequence=-1"),
        ]);
        requests
    });
}

#[test]
fn answers_to_prompts_are_the_same() {
    let send = |run: &str, body: &str| post(format!("/events/{{{run}}}"), body);
    same(|| {
        vec![
            send("asking", ""),
            send("asking", "nonsense"),
            send("asking", "[]"),
            send("asking", "{}"),
            send("asking", r#"{"event":{}}"#),
            send("asking", r#"{"event":"not json"}"#),
            send("asking", r#"{"event":[1]}"#),
            send("asking", r#"{"event":{"type":"Nope","value":{}}}"#),
            send("asking", r#"{"event":{"type":"Answer","value":{}}}"#),
            send("asking", r#"{"event":{"type":"Answer","value":{"choice":7}}}"#),
            send("asking", r#"{"event":{"type":"Answer"}}"#),
            send("asking", r#"{"event":{"response":"Ada"}}"#),
            send(
                "asking",
                r#"{"event":{"type":"HumanResponseEvent","value":{"response":"A"}},"step":"nostep"}"#,
            ),
            send(
                "asking",
                r#"{"event":{"type":"HumanResponseEvent","value":{"response":"A"}},"step":"serve"}"#,
            ),
            send(
                "asking",
                r#"{"event":{"type":"HumanResponseEvent","value":{"response":"Ada"}}}"#,
            ),
            send(
                "greeted",
                r#"{"event":{"type":"GreetStart","value":{"name":"Ada"}}}"#,
            ),
            send("failed", r#"{"event":{"type":"FailStart","value":{}}}"#),
            send("nope", r#"{"event":{"type":"GreetStart","value":{}}}"#),
        ]
    });
}

#[test]
fn an_interview_runs_identically() {
    run_alone(LIMIT, async || {
        let mut logs = Vec::new();
        for backend in [Backend::Embedded, Backend::Python] {
            let server = Server::shared(backend);
            let api = server.api();
            let handler = api.start("interview", json!({})).await;
            let answers = [
                r#"{"event":{"type":"HumanResponseEvent","value":{"response":"Ada"}}}"#,
                r#"{"event":{"type":"HumanResponseEvent","value":{"response":"nobody waits for this"}}}"#,
                r#"{"event":{"type":"Answer","value":{"choice":"tea"}}}"#,
            ];
            for answer in answers {
                // Read up to a pause, so that the next answer arrives when the run is idle.
                api.events_so_far(&handler, true).await;
                let sent = api
                    .send("POST", &format!("/events/{handler}"), Some(answer))
                    .await;
                assert_eq!(
                    (sent.status, sent.body.as_str()),
                    (200, r#"{"status":"sent"}"#),
                    "{backend:?}"
                );
            }
            api.until_status(&handler, "completed", RUN).await;
            let events = api.events(&handler, true).await;
            logs.push(
                events
                    .iter()
                    .map(|it| format!("{} {}", it.sequence, it.envelope))
                    .collect::<Vec<_>>(),
            );
        }
        assert_eq!(logs[0], logs[1], "embedded and real, event by event");
    });
}

#[test]
fn a_handler_is_continued_identically() {
    run_alone(LIMIT, async || {
        let mut seen = Vec::new();
        for backend in [Backend::Embedded, Backend::Python] {
            let server = Server::shared(backend);
            let api = server.api();
            let first = api.start("greeting", json!({ "name": "Ada" })).await;
            api.until_status(&first, "completed", RUN).await;
            let before = api.handler(&first).await;
            let body = json!({ "start_event": { "name": "Ada" }, "handler_id": first }).to_string();
            let again = api.send("POST", "/workflows/greeting/run", Some(&body)).await;
            let after = again.json();
            assert_eq!(
                after["handler_id"], before["handler_id"],
                "{backend:?}: the same handler"
            );
            assert_ne!(after["run_id"], before["run_id"], "{backend:?}: another run");
            let events = api.events(&first, true).await;
            assert_eq!(
                events.first().map(|it| it.sequence),
                Some(0),
                "{backend:?}: sequences begin again"
            );
            let mut after = after;
            normal_json(&mut after);
            seen.push((again.status, after.to_string(), events.len()));
        }
        assert_eq!(seen[0], seen[1], "embedded and real");
    });
}
