//! Start a run, watch it, get a prompt, move the element, answer, complete, remove.

use crate::site::Site;
use serde_json::json;
use workflow_tests::{Backend, Stage};

pub(crate) async fn whole(stage: &Stage, page: &str) {
    let site = Site::open(stage, &format!("{page}/index.html")).await;
    drive(&site).await;
}

/// The same for an open page.
pub(crate) async fn drive(site: &Site<'_>) {
    site.press("workflow-trigger [data-part=run-button]").await;
    let started = site.until_dispatched("workflow-started").await;
    let id = started["handlerId"].as_str().unwrap_or_default();
    assert_eq!(started["workflow"], "interview", "{started}");
    assert_eq!(started["input"], json!({}), "what was sent: {started}");
    let record = site.server.api().handler(id).await;
    assert_eq!(
        record["workflow_name"], "interview",
        "the run is the server's: {record}"
    );

    let shown = "return document.querySelector('workflow-run [data-part=run]')?.dataset.handlerId === args";
    site.until("the run to be shown", shown, json!(id)).await;
    let asked = site.until_dispatched("workflow-input-required").await;
    assert_eq!(asked["handlerId"], id, "{asked}");
    assert!(
        asked["text"].as_str().is_some_and(|text| text.contains("name")),
        "the question in words: {asked}"
    );
    site.answer("What is your name?", "response", "Ada").await;
    site.until(
        "the second question",
        "return document.querySelector('workflow-run').innerText.includes('drink, Ada')",
        json!(null),
    )
    .await;

    // Moved in the document: the same content, and the same stream.
    let mark = "const inside = document.querySelector('workflow-run [data-part=run]');
        window.before = { inside, place: document.querySelector('workflow-run').nextElementSibling, prompt: inside.querySelector('[data-part=prompt]') };
        return true";
    assert!(site.ask::<bool>(mark, json!(null)).await, "marked");
    site.press("[data-part=prompt] input").await;
    let streams = site.proxy.streams();
    site.press_own("Move").await;
    let moved = "const run = document.querySelector('workflow-run');
        return run.nextElementSibling !== window.before.place
          && run.contains(window.before.inside) && run.contains(window.before.prompt)";
    site.until("the run to stand elsewhere as it was", moved, json!(null))
        .await;

    site.answer("What would you like to drink, Ada?", "choice", "tea")
        .await;
    let completed = site.until_dispatched("workflow-completed").await;
    assert_eq!(completed["handlerId"], id, "{completed}");
    let record = site.server.api().handler(id).await;
    assert!(
        completed["result"].to_string().contains("tea"),
        "the result: {completed} of {record}"
    );
    assert_eq!(site.proxy.streams(), streams, "no second stream after the move");

    order(site).await;
    site.press_own("Remove").await;
    site.until(
        "the run to be gone",
        "return !document.querySelector('[data-part=run]')",
        json!(null),
    )
    .await;
    if site.server.backend() == Backend::Embedded {
        site.until_streams(0).await;
    }
}

/// Every event was dispatched once, in order.
async fn order(site: &Site<'_>) {
    let dispatched = site.dispatched().await;
    let sequences: Vec<u64> = dispatched
        .iter()
        .filter(|(name, _)| name == "workflow-event")
        .filter_map(|(_, detail)| detail["sequence"].as_u64())
        .collect();
    assert!(
        !sequences.is_empty() && sequences.is_sorted_by(|before, after| before < after),
        "each event once: {sequences:?}"
    );
    let count = |wanted: &str| dispatched.iter().filter(|(name, _)| name == wanted).count();
    assert_eq!(count("workflow-started"), 1, "one start: {dispatched:?}");
    assert_eq!(
        count("workflow-input-required"),
        2,
        "two questions: {dispatched:?}"
    );
    assert_eq!(count("workflow-completed"), 1, "one end: {dispatched:?}");
    let last = dispatched.last().map(|(name, _)| name.as_str());
    assert_eq!(
        last,
        Some("workflow-completed"),
        "the end comes last: {dispatched:?}"
    );
    let statuses: Vec<&str> = dispatched
        .iter()
        .filter(|(name, _)| name == "workflow-status")
        .filter_map(|(_, detail)| detail["status"].as_str())
        .collect();
    assert!(
        statuses.contains(&"waiting") && statuses.ends_with(&["completed"]),
        "what the run went through: {statuses:?}"
    );
}
