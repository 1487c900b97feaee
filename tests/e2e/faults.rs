//! Network faults while a run is watched.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{FaultProxy, Page, Server, ServerOptions, Stage, until};

use crate::RUN;
use crate::interview::{DRINK, NAME, answer_drink, answer_name};

/// Time limit for dozens of broken streams: each reconnect comes after a delay.
const MENDED: Duration = Duration::from_secs(60);

on_both!(
    a_cut_stream_resumes,
    repeatedly_cut_streams_lose_nothing,
    a_network_failure_is_not_a_failed_run,
    a_prompt_is_answered_after_a_cut,
    a_slow_network_loses_nothing,
    characters_survive_cuts_inside_them,
    a_start_without_a_network_is_reported,
    an_answer_whose_reply_is_lost_is_not_sent_again,
);

on!(python_only, Python: a_server_that_starts_later_is_used);

/// The page has the server's public events, each once, in order, after every fault.
async fn events_are_complete_and_unique(stage: &Stage, page: &Page<'_>, handler: &str) {
    let sequences = stage.api().public_sequences(handler).await;
    let run = page
        .until_run("read to its end", MENDED, |run| {
            run.count >= sequences.len() as u64
        })
        .await;
    assert_eq!(run.count, sequences.len() as u64, "nothing doubled");
    assert_eq!(page.all_sequences().await, sequences, "nothing lost, in order");
}

async fn a_cut_stream_resumes(stage: &Stage) {
    let proxy = FaultProxy::start(stage.server().address()).await;
    let page = stage.page_at(proxy.origin());
    page.open("").await;
    let handler = page
        .start("progress", &[("steps", "60"), ("per_second", "15")])
        .await;
    for count in [5, 15, 30] {
        page.until_run("making progress", RUN, |run| run.count >= count)
            .await;
        proxy.cut();
    }
    let run = page.until_status("completed", RUN).await;
    assert_eq!(run.handler, handler, "it is the same run");
    events_are_complete_and_unique(stage, &page, &handler).await;
    assert!(
        proxy.streams() > 1,
        "the page asked again: {} streams",
        proxy.streams()
    );
}

async fn repeatedly_cut_streams_lose_nothing(stage: &Stage) {
    let proxy = FaultProxy::start(stage.server().address()).await;
    let page = stage.page_at(proxy.origin());
    page.open("").await;
    // An odd number: most cuts are inside a frame.
    proxy.cut_streams_after(Some(1777));
    let handler = page
        .start("progress", &[("steps", "40"), ("per_second", "20")])
        .await;
    page.until_status("completed", Duration::from_secs(40)).await;
    until("the stream to be read in pieces", RUN, async || {
        match proxy.cuts() {
            0..3 => Err(format!("{} cuts", proxy.cuts())),
            _ => Ok(()),
        }
    })
    .await;
    events_are_complete_and_unique(stage, &page, &handler).await;
}

async fn a_network_failure_is_not_a_failed_run(stage: &Stage) {
    let proxy = FaultProxy::start(stage.server().address()).await;
    let page = stage.page_at(proxy.origin());
    page.open("").await;
    let handler = page
        .start("progress", &[("steps", "40"), ("per_second", "10")])
        .await;
    let before = page.until_run("making progress", RUN, |run| run.count >= 5).await;
    proxy.refuse(true);
    proxy.cut();
    let cut = page
        .until_run("without a network", RUN, |run| run.connection == "retrying")
        .await;
    assert_eq!(cut.status, "running", "what we cannot reach has not failed");
    assert!(cut.count >= before.count, "its events are kept");
    // Long enough for several attempts.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let still = page.run().await.expect("the run");
    assert_eq!(
        (still.status.as_str(), still.handler),
        ("running", handler.clone()),
        "still the same run"
    );
    proxy.refuse(false);
    page.until_status("completed", Duration::from_secs(30)).await;
    events_are_complete_and_unique(stage, &page, &handler).await;
}

async fn a_prompt_is_answered_after_a_cut(stage: &Stage) {
    let proxy = FaultProxy::start(stage.server().address()).await;
    let page = stage.page_at(proxy.origin());
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    let before = page.until_prompt(NAME).await;
    proxy.cut();
    page.until_run("connected again", RUN, |run| {
        run.connection == "live" && proxy.streams() > 1
    })
    .await;
    let after = page.until_prompt(NAME).await;
    assert_eq!(after.sequence, before.sequence, "the same prompt, not one more");
    assert_eq!(page.open_prompts().await, 1, "and once only");
    answer_name(&page).await;
    answer_drink(&page).await;
    page.until_status("completed", RUN).await;
    events_are_complete_and_unique(stage, &page, &handler).await;
}

async fn a_slow_network_loses_nothing(stage: &Stage) {
    let proxy = FaultProxy::start(stage.server().address()).await;
    let page = stage.page_at(proxy.origin());
    page.open("").await;
    proxy.delay(Duration::from_millis(120));
    let handler = page
        .start("progress", &[("steps", "100"), ("per_second", "0")])
        .await;
    page.until_status("completed", RUN).await;
    events_are_complete_and_unique(stage, &page, &handler).await;
}

async fn characters_survive_cuts_inside_them(stage: &Stage) {
    let handler = stage
        .api()
        .start("odd_events", json!({ "big_bytes": 300, "malformed": false }))
        .await;
    stage.api().until_status(&handler, "completed", RUN).await;
    let proxy = FaultProxy::start(stage.server().address()).await;
    // The head and every single event fit, two events rarely do.
    proxy.cut_streams_after(Some(1601));
    let page = stage.page_at(proxy.origin());
    page.open(&format!("?run={handler}")).await;
    page.until_status("completed", RUN).await;
    events_are_complete_and_unique(stage, &page, &handler).await;
    let events = stage.api().events(&handler, false).await;
    let unicode = events
        .iter()
        .find(|event| event.class() == "Unicode")
        .expect("an event of many scripts");
    page.open_event(unicode.sequence).await;
    let text = page.event_text().await;
    assert!(
        text.contains("漢字 🧑\u{200d}🚀") && text.contains("é ß"),
        "every character is whole: {text}"
    );
}

async fn a_start_without_a_network_is_reported(stage: &Stage) {
    let proxy = FaultProxy::start(stage.server().address()).await;
    let page = stage.page_at(proxy.origin());
    page.open("").await;
    page.choose_workflow("greeting").await;
    page.fill("name", "Ada").await;
    proxy.refuse(true);
    proxy.cut();
    page.press_run().await;
    page.until_form_shows_an_error().await;
    assert_eq!(page.field("name").await, "Ada", "what was typed stays");
    proxy.refuse(false);
    page.press_run().await;
    page.until_status("completed", Duration::from_secs(30)).await;
    assert!(
        page.result().await.contains("Ada"),
        "it was started when it could be: {}",
        page.result().await
    );
}

async fn an_answer_whose_reply_is_lost_is_not_sent_again(stage: &Stage) {
    let proxy = FaultProxy::start(stage.server().address()).await;
    let page = stage.page_at(proxy.origin());
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.fill_prompt("response", "Ada").await;
    proxy.lose_answers_to_posted_events(true);
    page.press_send().await;
    // The server has received it, maybe twice: Chromium repeats the request itself on a reused connection. The page learns it from the
    // run's next event.
    page.until_prompt(DRINK).await;
    proxy.lose_answers_to_posted_events(false);
    answer_drink(&page).await;
    page.until_status("completed", RUN).await;
    let events = stage.api().events(&handler, true).await;
    let unhandled = events
        .iter()
        .filter(|event| event.class() == "UnhandledEvent")
        .count();
    assert_eq!(unhandled, 0, "no answer came twice");
}

async fn a_server_that_starts_later_is_used(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    server.kill();
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.until_health("down").await;
    server.restart();
    page.until_health("ok").await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
}
