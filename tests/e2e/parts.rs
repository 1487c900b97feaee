//! The page's program comes in parts: what is not needed at first is there when it is.

use serde_json::json;
use workflow_tests::{Page, Stage, devtools, until};

use crate::RUN;

on!(embedded, Embedded:
    everything_is_loaded_before_it_is_asked_for,
    the_form_works_before_the_rest_is_there,
    a_part_that_did_not_come_is_tried_again,
    a_page_that_opens_with_a_run_loads_its_part_at_once,
);

/// The parts that the page has asked for, each as often as it did.
async fn asked_for(page: &Page<'_>) -> Vec<String> {
    let script = "return performance.getEntriesByType('resource')
        .map((it) => it.name.match(/_([a-z]+)\\d*\\.wasm$/)?.[1])
        .filter((it) => it && it !== 'bg' && it !== 'shared').sort()";
    page.ask(script, json!([])).await
}

/// Has the browser refuse what fits these, as a network that breaks does.
async fn block(page: &Page<'_>, patterns: &[&str]) {
    devtools(page.browser(), "Network.enable", json!({})).await;
    devtools(
        page.browser(),
        "Network.setBlockedURLs",
        json!({ "urls": patterns }),
    )
    .await;
}

async fn everything_is_loaded_before_it_is_asked_for(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    until("all parts", RUN, async || {
        let parts = asked_for(&page).await;
        if parts == ["more", "run", "views"] {
            Ok(())
        } else {
            Err(format!("{parts:?}"))
        }
    })
    .await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    page.view("Timeline").await;
    page.find("the timeline", "return part('timeline')", json!([]))
        .await;
    assert_eq!(asked_for(&page).await, ["more", "run", "views"], "each once");
}

async fn the_form_works_before_the_rest_is_there(stage: &Stage) {
    let page = stage.page();
    block(
        &page,
        &["*_run.wasm", "*_views.wasm", "*_more.wasm", "*_shared*.wasm"],
    )
    .await;
    page.open("").await;
    page.choose_workflow("greeting").await;
    page.fill("name", "Ada").await;
    page.press_run().await;
    page.find(
        "what is missing",
        "return [...document.querySelectorAll('[role=alert]')].find((it) => it.textContent.includes('could not be loaded'))",
        json!([]),
    )
    .await;
    // The list is not part of it: the run has its line there.
    let handler: String = page
        .ask("return new URL(location).searchParams.get('run')", json!([]))
        .await;
    page.until_listed(&handler, "completed").await;
}

async fn a_part_that_did_not_come_is_tried_again(stage: &Stage) {
    let page = stage.page();
    block(&page, &["*_run.wasm"]).await;
    page.open("").await;
    page.choose_workflow("interview").await;
    page.press_run().await;
    page.find("the button", "return byRole('button', 'Try again')", json!([]))
        .await;
    block(&page, &[]).await;
    page.click("Try again", "return byRole('button', 'Try again')", json!([]))
        .await;
    page.until_prompt(crate::interview::NAME).await;
}

async fn a_page_that_opens_with_a_run_loads_its_part_at_once(stage: &Stage) {
    let api = stage.api();
    let handler = api.start("greeting", json!({ "name": "Ada" })).await;
    let page = stage.page();
    page.open(&format!("?run={handler}&view=graph")).await;
    page.until_status("completed", RUN).await;
    page.find("the graph", "return part('graph')", json!([])).await;
    assert!(page.result().await.contains("Ada"), "whole");
}
