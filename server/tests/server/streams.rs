//! The event stream: ids, cursors, silence, speed.

use std::time::Duration;

use serde_json::{Value, json};
use workflow_debugger::Options;

use crate::support::{Events, Next, Server, soon, until};

#[tokio::test]
async fn public_and_internal_events_share_their_ids() {
    let server = Server::demo().await;
    let id = server.begin("loop", json!({ "number": 4, "seconds": 0 })).await;
    let (all, end) = server
        .events(&id, "after_sequence=-1&include_internal=true")
        .await
        .rest()
        .await;
    assert_eq!(end, Next::End, "the stop event closes the stream");
    let ids: Vec<u64> = all.iter().map(|(id, _)| *id).collect();
    assert_eq!(
        ids,
        (0..all.len() as u64).collect::<Vec<_>>(),
        "ids run from 0 without gaps"
    );
    let (public, _) = server.events(&id, "after_sequence=-1").await.rest().await;
    let is_internal = |data: &Value| data["types"] == json!(["InternalDispatchEvent"]);
    let expected: Vec<_> = all.into_iter().filter(|(_, data)| !is_internal(data)).collect();
    assert_eq!(public, expected, "hidden events leave gaps, ids stay");
    assert!(public.len() < ids.len(), "something was hidden");
}

#[tokio::test]
async fn events_come_while_the_run_goes_on_to_every_reader() {
    let server = Server::demo().await;
    let id = server.begin("interview", json!({})).await;
    let mut early = server.events(&id, "after_sequence=-1").await;
    assert_eq!(
        early.class().await.1,
        "InputRequiredEvent",
        "the first question comes before any answer"
    );
    server
        .answer(&id, "HumanResponseEvent", json!({ "response": "Ada" }))
        .await;
    assert_eq!(
        early.class().await.1,
        "Ask",
        "the second question comes while the run goes on"
    );
    let mut late = server.events(&id, "after_sequence=-1").await;
    assert_eq!(
        late.class().await.1,
        "InputRequiredEvent",
        "a second reader gets the history"
    );
    server.answer(&id, "Answer", json!({ "choice": "tea" })).await;
    assert_eq!(early.class().await.1, "StopEvent");
    assert_eq!(
        (early.next().await, late.class().await.1, late.class().await.1),
        (Next::End, "Ask".into(), "StopEvent".into())
    );
}

#[tokio::test]
async fn now_skips_what_is_stored_and_shows_what_comes() {
    let server = Server::demo().await;
    let id = server.begin("interview", json!({})).await;
    let mut first = server.events(&id, "after_sequence=-1").await;
    first.class().await;
    let mut now = server.events(&id, "").await;
    server
        .answer(&id, "HumanResponseEvent", json!({ "response": "Ada" }))
        .await;
    assert_eq!(now.class().await.1, "Ask", "the stored question was skipped");
    let mut beyond = server
        .events(&id, "after_sequence=1000000&include_internal=true")
        .await;
    server.answer(&id, "Answer", json!({ "choice": "tea" })).await;
    assert_eq!(
        beyond.next().await,
        Next::End,
        "a cursor beyond the end is silent until the run ends"
    );
}

#[tokio::test]
async fn silence_sends_heartbeats_and_hidden_events_count_as_silence() {
    let options = Options {
        heartbeat: Some(Duration::from_millis(40)),
        ..Options::default()
    };
    let server = Server::start(options).await;
    let id = server.begin("interview", json!({})).await;
    let mut events = server.events(&id, "after_sequence=-1").await;
    events.class().await;
    for _ in 0..3 {
        assert_eq!(events.next().await, Next::Comment("heartbeat".to_owned()));
    }
    let lines = server
        .open(&format!("/events/{id}?after_sequence=-1&sse=false"))
        .await;
    assert_eq!(lines.headers()["content-type"], "application/x-ndjson");
    server.post(&format!("/handlers/{id}/cancel"), json!({})).await;
    let lines = soon("lines", lines.text()).await.expect("lines");
    assert!(!lines.contains("heartbeat"), "NDJSON has no heartbeats");
    let classes: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("JSON lines")["type"]
                .as_str()
                .expect("a class")
                .to_owned()
        })
        .collect();
    assert_eq!(classes, ["InputRequiredEvent", "WorkflowCancelledEvent"]);
}

#[tokio::test]
async fn without_a_heartbeat_there_is_none() {
    let server = Server::start(Options {
        heartbeat: None,
        ..Options::default()
    })
    .await;
    let id = server.begin("timeout", json!({})).await;
    let (events, end) = server.events(&id, "after_sequence=-1").await.rest().await;
    assert_eq!(
        (events.len(), end),
        (2, Next::End),
        "two events in two seconds, nothing else"
    );
}

#[tokio::test]
async fn a_hundred_thousand_events_arrive_whole() {
    let server = Server::demo().await;
    let id = server
        .begin("progress", json!({ "steps": 100_000, "per_second": 0 }))
        .await;
    let response = server.open(&format!("/events/{id}?after_sequence=-1")).await;
    let text = soon("all events", response.text()).await.expect("a body");
    assert_eq!(text.matches("\n\n").count(), 100_001, "every event and the end");
    assert!(
        text.contains("\"done\":100000,\"total\":100000"),
        "the last one is there"
    );
}

#[tokio::test]
async fn many_events_come_in_large_pieces() {
    let server = Server::demo().await;
    let id = server
        .begin("progress", json!({ "steps": 10_000, "per_second": 0 }))
        .await;
    until("the run ends", async || server.status(&id).await == "completed").await;
    let response = server.open(&format!("/events/{id}?after_sequence=-1")).await;
    let mut pieces = 0_usize;
    let mut bytes = 0_usize;
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = soon("a chunk", futures::StreamExt::next(&mut chunks)).await {
        pieces += 1;
        bytes += chunk.expect("bytes").len();
    }
    assert!(
        bytes / pieces >= 4096,
        "{bytes} bytes in {pieces} pieces: frames are not sent one by one"
    );
}

#[tokio::test]
async fn odd_events_come_as_they_are() {
    let server = Server::demo().await;
    let id = server.begin("odd_events", json!({})).await;
    let response = server.open(&format!("/events/{id}?after_sequence=-1")).await;
    let text = soon("odd events", response.text()).await.expect("a body");
    for part in [
        "\"just_beyond\":9007199254740993,\"huge\":10000000000000000000000000000000000000000",
        "data: {\"value\":{\"cut\":\"in the mid\n",
        "{\"value\":{\"_data\":{\"msg\":\"dynamic\",\"value\":1,\"_private\":\"kept\"}},\"qualified_name\":\"workflows.events.Event\",\"type\":\"Event\",\"types\":null}",
        "</script><script>alert(2)</script>",
        "\\u0000",
    ] {
        assert!(text.contains(part), "missing: {part}");
    }
    assert!(text.len() > 1_000_000, "one event is a megabyte long");
    let (events, end) = Events::new(server.open(&format!("/events/{id}?after_sequence=-1")).await)
        .rest()
        .await;
    assert_eq!(end, Next::End, "a frame that isn't JSON doesn't end the stream");
    assert_eq!(
        events.iter().filter(|(_, data)| data.is_string()).count(),
        1,
        "one frame is not JSON"
    );
}

#[tokio::test]
async fn a_reader_that_leaves_is_noticed() {
    let server = Server::demo().await;
    let id = server.begin("endless", json!({})).await;
    let mut reader = server.events(&id, "after_sequence=-1").await;
    reader.class().await;
    assert_eq!(server.faults.streams().0, 1, "one stream is open");
    drop(reader);
    soon("the stream is closed", server.faults.streams_are(0)).await;
    assert_eq!(server.status(&id).await, "running", "leaving doesn't end the run");
}
