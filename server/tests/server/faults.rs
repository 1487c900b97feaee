//! Faults on demand.

use serde_json::{Value, json};
use workflow_debugger::engine::Failing;

use crate::support::{Next, Server, soon};

#[tokio::test]
async fn a_stream_breaks_at_the_given_position_and_resumes_at_its_cursor() {
    let server = Server::demo().await;
    let id = server
        .begin("progress", json!({ "steps": 10, "per_second": 0 }))
        .await;
    server.faults.cut_after(Some(0));
    assert_eq!(
        server.events(&id, "after_sequence=-1").await.rest().await,
        (Vec::new(), Next::Broken),
        "at once"
    );
    server.faults.cut_after(Some(4));
    let (first, end) = server.events(&id, "after_sequence=-1").await.rest().await;
    assert_eq!((first.len(), end), (4, Next::Broken));
    server.faults.clear();
    let cursor = first.last().expect("events").0;
    let (second, end) = server
        .events(&id, &format!("after_sequence={cursor}"))
        .await
        .rest()
        .await;
    assert_eq!(
        (first.len() + second.len(), end),
        (11, Next::End),
        "nothing lost, nothing doubled"
    );
}

#[tokio::test]
async fn a_memory_restart_forgets_everything() {
    let server = Server::demo().await;
    let id = server.begin("endless", json!({})).await;
    let mut events = server.events(&id, "after_sequence=-1").await;
    events.class().await;
    assert_eq!(server.post("/_faults/forget", json!({})).await.status, 200);
    assert_eq!(events.rest().await.1, Next::Broken);
    assert_eq!(server.get(&format!("/handlers/{id}")).await.status, 404);
    assert_eq!(server.get("/handlers").await.json(), json!({ "handlers": [] }));
}

#[tokio::test]
async fn a_durable_restart_runs_steps_again_under_new_ids() {
    let server = Server::demo().await;
    let id = server.begin("endless", json!({ "per_second": 1000 })).await;
    let mut events = server
        .events(&id, "after_sequence=-1&include_internal=true")
        .await;
    let mut seen = Vec::new();
    while seen.len() < 5 {
        seen.push(events.class().await);
    }
    server.post("/_faults/restart", json!({})).await;
    let (rest, end) = events.rest().await;
    assert_eq!(end, Next::Broken);
    let cursor = rest.last().map_or(seen[4].0, |(id, _)| *id);
    let mut again = server
        .events(&id, &format!("after_sequence={cursor}&include_internal=true"))
        .await;
    let is_restart =
        |data: &Value| data["type"] == "StepStateChanged" && data["value"]["step_state"] == "running";
    let seam = match rest.iter().find(|(_, data)| is_restart(data)) {
        Some((id, _)) => *id,
        None => loop {
            match again.next().await {
                Next::Event { id, data } if is_restart(&data) => break id,
                Next::Event { .. } => {}
                other => panic!("{other:?} instead of the seam"),
            }
        },
    };
    assert!(seam >= 5, "ids go on: {seam}");
    let mut after = server.events(&id, &format!("after_sequence={seam}")).await;
    let Next::Event { data, .. } = after.next().await else {
        panic!("no event after the seam")
    };
    assert_eq!(data["value"], json!({ "n": 0 }), "the step began again");
}

#[tokio::test]
async fn an_answer_can_be_lost() {
    let server = Server::demo().await;
    let id = server.begin("interview", json!({})).await;
    let mut events = server.events(&id, "after_sequence=-1").await;
    events.class().await;
    server.faults.lose_posts(1);
    let lost = server
        .answer(&id, "HumanResponseEvent", json!({ "response": "lost" }))
        .await;
    assert_eq!(
        lost.json(),
        json!({ "status": "sent" }),
        "it looks as if it had arrived"
    );
    server
        .answer(&id, "HumanResponseEvent", json!({ "response": "Ada" }))
        .await;
    let Next::Event { data, .. } = events.next().await else {
        panic!("no question")
    };
    assert_eq!(data["value"]["prompt"], "What would you like to drink, Ada?");
}

#[tokio::test]
async fn any_answer_can_be_asked_for() {
    let server = Server::demo().await;
    let html = Failing {
        status: 500,
        content_type: "text/html".to_owned(),
        body: "<h1>Oops</h1>".to_owned(),
    };
    server.faults.fail(&html, 1);
    let answer = server.get("/workflows").await;
    assert_eq!(
        (answer.status, answer.header("content-type"), answer.text.as_str()),
        (500, "text/html", "<h1>Oops</h1>")
    );
    assert_eq!(server.get("/workflows").await.status, 200, "once means once");
}

#[tokio::test]
async fn delayed_frames_come_one_by_one() {
    let server = Server::demo().await;
    let id = server
        .begin("progress", json!({ "steps": 3, "per_second": 0 }))
        .await;
    server.post("/_faults/delay?ms=5", json!({})).await;
    let (events, end) = server.events(&id, "after_sequence=-1").await.rest().await;
    assert_eq!((events.len(), end), (4, Next::End));
}

#[tokio::test]
async fn open_streams_are_counted() {
    let server = Server::demo().await;
    let id = server.begin("endless", json!({})).await;
    let streams = [
        server.events(&id, "after_sequence=-1").await,
        server.events(&id, "after_sequence=-1").await,
    ];
    soon("two streams", server.faults.streams_are(2)).await;
    drop(streams);
    soon("no stream", server.faults.streams_are(0)).await;
    assert_eq!(
        server.get("/_faults").await.json(),
        json!({ "open_streams": 0, "most_streams": 2 })
    );
    assert_eq!(server.post("/_faults/nonsense", json!({})).await.status, 404);
    assert_eq!(server.post("/_faults/delay?ms=x", json!({})).await.status, 400);
}
