//! Following one run: false ends, delayed streams, frames that are not events.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{FaultProxy, Page, Script, ScriptedServer, Server, Stage};

use crate::RUN;

on!(python, Python: a_nested_workflows_stop_event_does_not_end_the_run);

on!(embedded, Embedded: a_buffered_stream_is_stalled_and_read_at_its_end);

on!(scripted, Embedded:
    a_non_event_frame_without_an_id_is_shown_completely,
    the_first_event_of_a_started_run_needs_one_handler_read,
);

/// Symptom: 4 of 13 events and the nested result, also after a reload.
/// Cause: the nested workflow's `StopEvent`, passed on by a step, was treated as the end of the run.
async fn a_nested_workflows_stop_event_does_not_end_the_run(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page
        .start("wrapping", &[("events", "8"), ("seconds", "0.5")])
        .await;
    let after = page
        .until_run("beyond the nested stop event", RUN, |run| run.count >= 4)
        .await;
    assert_eq!(after.status, "running", "{after:?}");
    page.until_listed(&handler, "running").await;
    whole(&page).await;
    page.until_listed(&handler, "completed").await;
    page.reload().await;
    whole(&page).await;
}

async fn whole(page: &Page<'_>) {
    let run = page
        .until_run("read to its end", RUN, |run| {
            run.status == "completed" && run.connection == "closed"
        })
        .await;
    assert_eq!(
        run.count, 13,
        "3 nested events, the nested stop event, 8 events, the end"
    );
    let result = page.result().await;
    assert!(result.contains("wrapped"), "the run's own result: {result}");
    assert_eq!(page.all_sequences().await.len(), 13);
}

/// Symptom: "live" and "No events yet" for minutes. Cause: a proxy buffered the stream until its end.
async fn a_buffered_stream_is_stalled_and_read_at_its_end(stage: &Stage) {
    let proxy = FaultProxy::start(stage.server().address()).await;
    proxy.buffer_streams(true);
    let page = stage.page_at(proxy.origin());
    page.open("").await;
    let handler = page
        .start("progress", &[("steps", "40"), ("per_second", "1")])
        .await;
    let stalled = page
        .until_run("stalled", Duration::from_secs(60), |run| {
            run.connection == "stalled"
        })
        .await;
    assert_eq!((stalled.status.as_str(), stalled.count), ("running", 0));
    let words: String = page
        .ask(
            "return part('run').querySelector('[data-tone=stalled]')?.textContent",
            json!([]),
        )
        .await;
    assert!(
        words.contains("proxy") && words.contains("late"),
        "the likely cause: {words}"
    );
    let sequences = stage.api().public_sequences(&handler).await;
    let run = page
        .until_run("read to its end", Duration::from_secs(60), |run| {
            run.status == "completed" && run.connection == "closed"
        })
        .await;
    assert_eq!(run.count, sequences.len() as u64);
    assert_eq!(page.all_sequences().await, sequences);
}

/// Symptom: such frames were counted as duplicates and not shown. Cause: their id is that of the previous event.
async fn a_non_event_frame_without_an_id_is_shown_completely(stage: &Stage) {
    let broken = ["{\"type\":\"Broken\", \"value\": {", "null", "42"];
    let mut script = Script::new().event("FirstEvent", &json!({}));
    for data in broken {
        script = script.nameless(data);
    }
    let script = script.event("SecondEvent", &json!({})).completed(&json!("fine"));
    let page = stage.completed(script).await;
    page.until_run("read to its end", RUN, |run| run.count == 6).await;
    let rows = page.rows().await;
    let classes: Vec<&str> = rows.iter().map(|row| row.class.as_str()).collect();
    assert_eq!(
        classes,
        [
            "FirstEvent",
            "Undecodable",
            "Undecodable",
            "Undecodable",
            "SecondEvent",
            "StopEvent"
        ]
    );
    for (row, data) in rows.iter().skip(1).zip(broken) {
        page.open_event(row.sequence).await;
        let text = page.event_text().await;
        assert!(text.contains(data), "all of its text is there: {text}");
    }
}

/// Symptom: the first event came 40 ms late. Cause: the frames waited until the handler was read again.
async fn the_first_event_of_a_started_run_needs_one_handler_read(stage: &Stage) {
    let scripted = ScriptedServer::start(Script::new().event("FirstEvent", &json!({}))).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_run("live", RUN, |run| run.connection == "live" && run.count == 1)
        .await;
    let requests = scripted.requests();
    let first = |kind: &str| requests.iter().position(|request| request == kind);
    let (start, stream) = (
        first("POST /workflows/scripted/run-nowait"),
        first("GET /events/scripted"),
    );
    let between = start
        .zip(stream)
        .and_then(|(start, stream)| requests.get(start..stream));
    assert!(
        between.is_some_and(|between| !between.iter().any(|request| request == "GET /handlers/scripted")),
        "the stream is opened before anything is asked again: {requests:?}"
    );
}
