//! Handlers: listing, ids, ends, forgetting.

use serde_json::{Value, json};
use workflow_debugger::Options;

use crate::support::{Next, Server, soon};

fn ids(list: &Value) -> Vec<&str> {
    list["handlers"]
        .as_array()
        .expect("handlers")
        .iter()
        .map(|row| row["handler_id"].as_str().expect("an id"))
        .collect()
}

#[tokio::test]
async fn the_list_is_filtered_by_repeated_keys() {
    let server = Server::demo().await;
    for (id, workflow, value) in [
        ("a", "greeting", json!({ "name": "x" })),
        ("b", "failing", json!({})),
        ("c", "interview", json!({})),
        ("d", "tokens", json!({ "words": 1, "per_second": 0 })),
    ] {
        let body = json!({ "start_event": value, "handler_id": id });
        let how = if workflow == "interview" {
            "run-nowait"
        } else {
            "run"
        };
        server.post(&format!("/workflows/{workflow}/{how}"), body).await;
    }
    for (query, expected) in [
        ("", vec!["a", "b", "c", "d"]),
        ("?status=completed", vec!["a", "d"]),
        ("?status=failed&status=running", vec!["b", "c"]),
        ("?status=failed,running", vec![]),
        ("?status=nope", vec![]),
        ("?status=", vec!["a", "b", "c", "d"]),
        ("?status=%20failed%20&limit=1", vec!["b"]),
        ("?workflow_name=greeting&workflow_name=tokens", vec!["a", "d"]),
        ("?workflow_name=greeting&status=failed", vec![]),
        ("?workflow_name=nope", vec![]),
    ] {
        let answer = server.get(&format!("/handlers{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
        assert_eq!(ids(&answer.json()), expected, "{query}");
    }
    let row = server.get("/handlers?status=failed").await.json()["handlers"][0].clone();
    assert_eq!(row["error"], "kaput: disk full", "a row says why it failed");
    assert_eq!(row["result_unreadable"], false);
}

#[tokio::test]
async fn a_continued_handler_keeps_its_place_and_gets_a_new_run() {
    let server = Server::demo().await;
    let start = |id: &str| json!({ "start_event": { "name": "x" }, "handler_id": id });
    let first = server.post("/workflows/greeting/run", start("one")).await.json();
    server.post("/workflows/greeting/run", start("two")).await;
    let again = server.post("/workflows/greeting/run", start("one")).await.json();
    assert_ne!(first["run_id"], again["run_id"], "another run");
    assert_eq!(
        (&first["result"]["value"]["n"], &again["result"]["value"]["n"]),
        (&json!(1), &json!(2)),
        "state was handed over"
    );
    assert_eq!(
        ids(&server.get("/handlers").await.json()),
        ["one", "two"],
        "the place is kept"
    );
}

#[tokio::test]
async fn the_oldest_ended_handlers_are_forgotten() {
    let server = Server::start(Options {
        keep_ended: 3,
        ..Options::default()
    })
    .await;
    let waiting = server.begin("interview", json!({})).await;
    for id in ["1", "2", "3", "4", "5"] {
        server
            .post(
                "/workflows/greeting/run",
                json!({ "start_event": { "name": "x" }, "handler_id": id }),
            )
            .await;
    }
    let list = server.get("/handlers").await.json();
    assert_eq!(
        ids(&list),
        [waiting.as_str(), "3", "4", "5"],
        "running ones stay, three ended ones stay"
    );
    assert_eq!(
        server.get("/events/1?after_sequence=-1").await.status,
        404,
        "its events are gone, too"
    );
}

#[tokio::test]
async fn cancelling_ends_open_streams_properly() {
    let server = Server::demo().await;
    for purge in ["false", "true"] {
        let id = server.begin("endless", json!({ "per_second": 50 })).await;
        let mut events = server.events(&id, "after_sequence=-1").await;
        events.class().await;
        let answer = server
            .post(&format!("/handlers/{id}/cancel?purge={purge}"), json!({}))
            .await;
        let word = if purge == "true" { "deleted" } else { "cancelled" };
        assert_eq!((answer.status, answer.json()), (200, json!({ "status": word })));
        let (rest, end) = events.rest().await;
        let last = &rest.last().expect("an end").1;
        assert_eq!(
            (&last["type"], &last["value"], end),
            (&json!("WorkflowCancelledEvent"), &json!({}), Next::End)
        );
        let after = server.get(&format!("/handlers/{id}")).await;
        assert_eq!(
            after.status,
            if purge == "true" { 404 } else { 500 },
            "{}",
            after.text
        );
    }
}

#[tokio::test]
async fn a_waiting_run_answers_when_it_ends() {
    let server = Server::demo().await;
    let body = json!({ "start_event": {}, "handler_id": "asked" });
    let (answer, ()) = tokio::join!(server.post("/workflows/interview/run", body), async {
        soon("the handler", async {
            while server.get("/handlers/asked").await.status != 202 {}
        })
        .await;
        let busy = server
            .post(
                "/workflows/greeting/run",
                json!({ "start_event": { "name": "x" }, "handler_id": "asked" }),
            )
            .await;
        assert_eq!(
            (busy.status, busy.json()),
            (409, json!({ "detail": "Handler 'asked' is already running" }))
        );
        server.post("/handlers/asked/cancel", json!({})).await;
    });
    assert_eq!(answer.status, 500, "a cancelled run is no success");
    assert_eq!(answer.json()["status"], "cancelled");
}

#[tokio::test]
async fn a_null_start_event_leaves_a_run_that_never_ends() {
    let server = Server::demo().await;
    let answer = server
        .post(
            "/workflows/greeting/run",
            json!({ "start_event": null, "handler_id": "zombie" }),
        )
        .await;
    assert_eq!(answer.status, 500);
    assert!(
        answer
            .text
            .starts_with("{\"detail\":\"Error running workflow: Failed creating a start event"),
        "{}",
        answer.text
    );
    assert_eq!(server.status("zombie").await, "running");
    let cancelled = server.post("/handlers/zombie/cancel", json!({})).await;
    assert_eq!(cancelled.json(), json!({ "status": "cancelled" }), "it says so");
    assert_eq!(server.status("zombie").await, "running", "and yet it runs");
    let purged = server.post("/handlers/zombie/cancel?purge=true", json!({})).await;
    assert_eq!(purged.json(), json!({ "status": "deleted" }));
    assert_eq!(server.get("/handlers/zombie").await.status, 404);
}

#[tokio::test]
async fn idling_moves_the_time_of_change() {
    let server = Server::demo().await;
    let id = server.begin("interview", json!({})).await;
    let mut events = server
        .events(&id, "after_sequence=-1&include_internal=true")
        .await;
    while events.class().await.1 != "WorkflowIdleEvent" {}
    let at = |row: &Value| row["updated_at"].as_str().expect("a time").to_owned();
    // The idle event is stored just before the row is changed.
    soon("the row changes", async {
        loop {
            let row = server.get(&format!("/handlers/{id}")).await.json();
            if at(&row).as_str() > row["started_at"].as_str().expect("a time") {
                break;
            }
        }
    })
    .await;
    let before = at(&server.get(&format!("/handlers/{id}")).await.json());
    server
        .answer(&id, "HumanResponseEvent", json!({ "response": "Ada" }))
        .await;
    while events.class().await.1 != "WorkflowIdleEvent" {}
    let after = at(&server.get(&format!("/handlers/{id}")).await.json());
    assert!(after > before, "{before} < {after}");
}

#[tokio::test]
async fn a_prefix_moves_the_api() {
    let server = Server::start(Options {
        prefix: "/deployments/demo".to_owned(),
        ..Options::default()
    })
    .await;
    assert_eq!(
        server.get("/deployments/demo/health").await.json(),
        json!({ "status": "healthy" })
    );
    assert_eq!(
        server.get("/workflows").await.status,
        404,
        "there is nothing at the root"
    );
    assert_eq!(
        server.get("/debugger/").await.header("location"),
        "/debugger/?api=/deployments/demo"
    );
}

#[tokio::test]
async fn a_path_that_is_no_text_names_nothing() {
    let server = Server::demo().await;
    for path in [
        "/handlers/%ff",
        "/results/%ff",
        "/events/%ff",
        "/workflows/%ff/schema",
        "/workflows/%ff/events",
        "/workflows/%ff/representation",
    ] {
        let answer = server.get(path).await;
        assert_eq!(
            (answer.status, answer.json()),
            (404, json!({ "detail": "Not Found" })),
            "{path}"
        );
    }
    for path in [
        "/handlers/%ff/cancel",
        "/workflows/%ff/run",
        "/workflows/%ff/run-nowait",
        "/events/%ff",
    ] {
        let answer = server.post(path, json!({})).await;
        assert_eq!(
            (answer.status, answer.json()),
            (404, json!({ "detail": "Not Found" })),
            "{path}"
        );
    }
}
