//! What the engine does with several workers; the recorded answers cover runs whose order is always the same.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Next, Server};

fn states<'a>(events: &'a [(u64, Value)], step: &str) -> Vec<(&'a str, &'a str)> {
    events
        .iter()
        .map(|(_, data)| data)
        .filter(|data| data["type"] == "StepStateChanged" && data["value"]["name"] == step)
        .map(|data| {
            let text = |key: &str| data["value"][key].as_str().expect("text");
            (text("step_state"), text("worker_id"))
        })
        .collect()
}

#[tokio::test]
async fn four_workers_share_what_is_queued() {
    let server = Server::demo().await;
    let id = server
        .begin("fan_out", json!({ "pieces": 30, "seconds": 0.002 }))
        .await;
    let (events, _) = server
        .events(&id, "after_sequence=-1&include_internal=true")
        .await
        .rest()
        .await;
    let mut busy = BTreeSet::new();
    let (mut most, mut started, mut queued) = (0, 0, 0);
    for (state, worker) in states(&events, "work") {
        match state {
            "running" => {
                assert!(busy.insert(worker), "worker {worker} has one piece at a time");
                started += 1;
                most = most.max(busy.len());
            }
            "not_running" => assert!(busy.remove(worker), "worker {worker} was at work"),
            other => {
                assert_eq!((other, worker), ("preparing", "<enqueued>"));
                queued += 1;
            }
        }
    }
    assert_eq!(
        (most, started, queued),
        (4, 30, 26),
        "four at once, the rest waits"
    );
    let pieces: BTreeSet<u64> = events
        .iter()
        .filter(|(_, data)| data["type"] == "WorkDone")
        .map(|(_, data)| data["value"]["piece"].as_u64().expect("a number"))
        .collect();
    assert_eq!(pieces, (0..30).collect(), "every piece once");
    let last = &events.last().expect("an end").1;
    let sum: u64 = (0..30).map(|piece| piece * piece).sum();
    assert_eq!(last["value"], json!({ "result": { "pieces": 30, "sum": sum } }));
}

#[tokio::test]
async fn a_failing_step_is_retried_and_reported_each_time() {
    let server = Server::demo().await;
    let id = server.begin("failing", json!({})).await;
    let (events, _) = server
        .events(&id, "after_sequence=-1&include_internal=true")
        .await
        .rest()
        .await;
    assert_eq!(
        states(&events, "write"),
        [("running", "0"), ("not_running", "0")].repeat(3),
        "three attempts"
    );
    let idle = events
        .iter()
        .filter(|(_, data)| data["type"] == "WorkflowIdleEvent")
        .count();
    assert_eq!(idle, 0, "a run that waits for its next attempt is not idle");
}

/// Symptom: the demos had no questions of one class at the same time, so only Python tests covered them. Cause: a wait took any
/// event of its class.
#[tokio::test]
async fn parallel_questions_of_one_class_are_answered_in_any_order() {
    let server = Server::demo().await;
    let id = server.begin("approvals", json!({ "calls": 3 })).await;
    let mut events = server.events(&id, "after_sequence=-1").await;
    let mut public = async || match events.next().await {
        Next::Event { data, .. } => data,
        other => panic!("no event but {other:?}"),
    };
    let mut asked = BTreeSet::new();
    for _ in 0..3 {
        let question = public().await;
        assert_eq!(question["type"], "MayRun");
        asked.insert(question["value"]["call"].as_u64().expect("a number"));
    }
    assert_eq!(asked, BTreeSet::from([0, 1, 2]), "each call asks once");
    for call in [2, 0, 1] {
        let answer = json!({ "call": call, "allow": call != 0 });
        assert_eq!(server.answer(&id, "Permission", answer).await.status, 200);
        let done = public().await;
        assert_eq!(done["type"], "ToolDone");
        assert_eq!(
            done["value"]["call"], call,
            "the answer completes the call that it names"
        );
    }
    let end = public().await;
    assert_eq!(end["value"]["result"], json!({ "calls": 3, "ran": [1, 2] }));
}
