//! Runs that started before the page was opened.

use std::time::Duration;

use serde_json::json;
use workflow_tests::Stage;

use crate::RUN;

on_both!(
    a_reload_during_a_run_loses_nothing,
    a_finished_run_is_opened_by_its_link,
    a_failed_run_is_opened_by_its_link,
    a_running_run_is_opened_from_the_list,
    an_unknown_run_is_gone,
    a_link_opens_one_event,
    a_link_chooses_a_workflow,
);

async fn a_reload_during_a_run_loses_nothing(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page
        .start("progress", &[("steps", "50"), ("per_second", "10")])
        .await;
    page.until_run("making progress", RUN, |run| run.count >= 5).await;
    page.reload().await;
    let run = page
        .until_run("open again", RUN, |run| run.handler == handler && run.count >= 5)
        .await;
    assert_eq!(run.status, "running", "the reload came in the middle");
    page.until_status("completed", RUN).await;
    let sequences = stage.api().public_sequences(&handler).await;
    page.until_run("read to its end", RUN, |run| run.count == sequences.len() as u64)
        .await;
    assert_eq!(
        page.all_sequences().await,
        sequences,
        "nothing lost, nothing doubled"
    );
}

async fn a_finished_run_is_opened_by_its_link(stage: &Stage) {
    let handler = stage.api().start("greeting", json!({ "name": "Ada" })).await;
    stage.api().until_status(&handler, "completed", RUN).await;
    let page = stage.page();
    page.open(&format!("?run={handler}")).await;
    page.until_status("completed", RUN).await;
    assert!(
        page.result().await.contains("Ada"),
        "its result: {}",
        page.result().await
    );
    let sequences = stage.api().public_sequences(&handler).await;
    page.until_run("read to its end", RUN, |run| run.count == sequences.len() as u64)
        .await;
    assert_eq!(page.all_sequences().await, sequences, "its events");
}

async fn a_failed_run_is_opened_by_its_link(stage: &Stage) {
    let handler = stage.api().start("failing", json!({})).await;
    stage.api().until_status(&handler, "failed", RUN).await;
    let page = stage.page();
    page.open(&format!("?run={handler}")).await;
    page.until_status("failed", RUN).await;
    let record = stage.api().handler(&handler).await;
    let failure = page.failure().await;
    assert!(
        failure.contains(record["error"].as_str().expect("words")),
        "the server's words, not {failure:?}"
    );
    let sequences = stage.api().public_sequences(&handler).await;
    page.until_run("read to its end", RUN, |run| run.count == sequences.len() as u64)
        .await;
}

async fn a_running_run_is_opened_from_the_list(stage: &Stage) {
    let handler = stage.api().start("endless", json!({ "per_second": 5 })).await;
    let page = stage.page();
    page.open("").await;
    page.until_listed(&handler, "running").await;
    page.open_run(&handler).await;
    let seen = page
        .until_run("followed", RUN, |run| run.count >= 2 && run.connection == "live")
        .await;
    page.until_run("followed live", RUN, |run| run.count > seen.count + 2)
        .await;
    let cancelled = stage
        .api()
        .send("POST", &format!("/handlers/{handler}/cancel"), None)
        .await;
    assert_eq!(cancelled.status, 200, "{cancelled:?}");
    page.until_status("cancelled", RUN).await;
    page.until_listed(&handler, "cancelled").await;
}

async fn an_unknown_run_is_gone(stage: &Stage) {
    let page = stage.page();
    page.open("?run=nobodyknows").await;
    page.until_status("gone", Duration::from_secs(15)).await;
    page.choose_workflow("greeting").await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
}

async fn a_link_opens_one_event(stage: &Stage) {
    let handler = stage
        .api()
        .start("progress", json!({ "steps": 80, "per_second": 0 }))
        .await;
    stage.api().until_status(&handler, "completed", RUN).await;
    let chosen = stage.api().events(&handler, false).await.swap_remove(50);
    let page = stage.page();
    page.open(&format!("?run={handler}&event={}", chosen.sequence))
        .await;
    page.until_status("completed", RUN).await;
    let done = chosen.value()["done"].to_string();
    assert!(
        page.event_text().await.contains(&done),
        "the event of the link: {}",
        page.event_text().await
    );
}

async fn a_link_chooses_a_workflow(stage: &Stage) {
    let page = stage.page();
    page.open("?workflow=greeting").await;
    page.fill("name", "Ada").await;
    page.press_run().await;
    page.until_status("completed", RUN).await;
}
