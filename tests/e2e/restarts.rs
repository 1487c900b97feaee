//! Servers that stop and restart.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;
use workflow_tests::{Backend, BrowserOptions, Server, ServerOptions, Stage, outputs, run_with};

use crate::RUN;
use crate::interview::{NAME, answer_drink, answer_name};

on_both!(a_lost_in_memory_run_keeps_its_events);

on!(python_only, Python:
    a_prompt_survives_a_restart_on_sqlite,
    a_prompt_of_a_released_run_is_answered,
);

/// The server resumes only handlers that are at least this old when it starts.
const RESUMED_FROM: Duration = Duration::from_secs(30);

#[test]
fn a_run_on_sqlite_resumes_after_a_restart() {
    let limit = Duration::from_secs(120);
    run_with(
        Backend::Python,
        limit,
        BrowserOptions {
            one_origin: true,
            ..BrowserOptions::default()
        },
        a_run_on_sqlite_goes_on,
    );
}

async fn a_lost_in_memory_run_keeps_its_events(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("endless", &[("per_second", "5")]).await;
    page.until_run("making progress", RUN, |run| run.count >= 5).await;
    server.kill();
    let lost = page
        .until_run("without a server", RUN, |run| run.connection == "retrying")
        .await;
    assert_eq!(lost.status, "running", "what does not answer has not failed");
    server.restart();
    let gone = page.until_status("gone", Duration::from_secs(45)).await;
    assert!(
        gone.count >= 5 && gone.count >= lost.count,
        "its events are kept: {gone:?} after {lost:?}"
    );
    let sequences = page.all_sequences().await;
    assert_eq!(sequences.len() as u64, gone.count, "each has a row still");
    assert!(
        sequences.is_sorted_by(|one, other| one < other),
        "in order: {sequences:?}"
    );
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
}

async fn a_run_on_sqlite_goes_on(stage: &Stage) {
    let file = Store::new("goes-on");
    let server = Server::start(Backend::Python, file.options());
    let page = stage.page_at(server.origin());
    page.open("").await;
    let begin = Instant::now();
    let handler = page.start("relay", &[("laps", "36"), ("seconds", "1")]).await;
    page.until_run("old enough to be resumed", RESUMED_FROM * 2, |run| {
        run.count >= 10 && begin.elapsed() > RESUMED_FROM + Duration::from_secs(1)
    })
    .await;
    server.kill();
    let lost = page
        .until_run("without a server", RUN, |run| run.connection == "retrying")
        .await;
    assert_eq!(lost.status, "running", "what does not answer has not failed");
    server.restart();
    page.until_status("completed", Duration::from_secs(60)).await;
    assert!(
        page.result().await.contains("36"),
        "it ran to its end: {}",
        page.result().await
    );
    let sequences = server.api().public_sequences(&handler).await;
    page.until_run("read to its end", RUN, |run| run.count == sequences.len() as u64)
        .await;
    assert_eq!(
        page.all_sequences().await,
        sequences,
        "nothing lost, nothing doubled"
    );
}

async fn a_prompt_survives_a_restart_on_sqlite(stage: &Stage) {
    let file = Store::new("prompt");
    let server = Server::start(Backend::Python, file.options());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("interview", &[]).await;
    let before = page.until_prompt(NAME).await;
    server.kill();
    page.until_run("without a server", RUN, |run| run.connection == "retrying")
        .await;
    server.restart();
    page.until_run("connected again", Duration::from_secs(45), |run| {
        run.connection == "live"
    })
    .await;
    let after = page.until_prompt(NAME).await;
    assert_eq!(after.sequence, before.sequence, "the same prompt, not one more");
    answer_name(&page).await;
    answer_drink(&page).await;
    page.until_status("completed", RUN).await;
}

async fn a_prompt_of_a_released_run_is_answered(stage: &Stage) {
    let server = Server::start(
        Backend::Python,
        ServerOptions {
            idle_timeout: Some(0.5),
            ..ServerOptions::default()
        },
    );
    let handler = server.api().start("interview", json!({})).await;
    let page = stage.page_at(server.origin());
    page.open(&format!("?run={handler}")).await;
    page.until_prompt(NAME).await;
    // Clients cannot see that the run has left memory.
    tokio::time::sleep(Duration::from_secs(2)).await;
    answer_name(&page).await;
}

/// The file of a durable store, removed with the value.
struct Store(PathBuf);

impl Store {
    fn new(name: &str) -> Self {
        let store = Self(outputs().join(format!("{name}-{}.sqlite", std::process::id())));
        store.remove();
        store
    }

    fn options(&self) -> ServerOptions {
        ServerOptions {
            sqlite: Some(self.0.clone()),
            ..ServerOptions::default()
        }
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut file = self.0.clone().into_os_string();
            file.push(suffix);
            // Most of them never exist.
            let _ = std::fs::remove_file(file);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.remove();
    }
}
