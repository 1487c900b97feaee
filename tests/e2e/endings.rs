//! Runs that fail, time out or are cancelled.

use workflow_tests::Stage;

use crate::RUN;

on_both!(
    a_failure_shows_the_servers_text,
    a_timeout_is_not_a_failure,
    a_run_is_cancelled
);

async fn a_failure_shows_the_servers_text(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page
        .start("failing", &[("message", "no more paper in tray 7")])
        .await;
    page.until_status("failed", RUN).await;
    let record = stage.api().handler(&handler).await;
    let words = record["error"].as_str().expect("the server's words");
    assert!(
        words.contains("tray 7"),
        "the server fails as configured: {words}"
    );
    let failure = page.failure().await;
    assert!(failure.contains(words), "{words:?} is shown, not {failure:?}");
    page.until_listed(&handler, "failed").await;
}

async fn a_timeout_is_not_a_failure(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("timeout", &[]).await;
    page.until_status("timed_out", RUN).await;
    let record = stage.api().handler(&handler).await;
    let words = record["error"].as_str().expect("the server's words");
    let failure = page.failure().await;
    assert!(failure.contains(words), "{words:?} is shown, not {failure:?}");
}

async fn a_run_is_cancelled(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("endless", &[("per_second", "5")]).await;
    page.until_run("making progress", RUN, |run| run.count >= 3).await;
    page.press("Cancel run").await;
    page.until_status("cancelled", RUN).await;
    assert_eq!(
        stage.api().handler(&handler).await["status"],
        "cancelled",
        "the server has cancelled it"
    );
    let sequences = stage.api().public_sequences(&handler).await;
    page.until_run("read to its end", RUN, |run| run.count == sequences.len() as u64)
        .await;
    assert_eq!(
        page.all_sequences().await,
        sequences,
        "its events are still there, its end among them"
    );
    page.until_listed(&handler, "cancelled").await;
}
