//! Two runs side by side.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use workflow_tests::{Page, Stage, until};

use crate::RUN;

on_both!(
    a_run_equals_itself,
    a_larger_fan_out_differs_only_there,
    a_loop_with_more_turns_has_extra_events,
    runs_with_retries_are_aligned,
);

on!(alone, Embedded: two_runs_are_chosen_in_the_list);

/// Time limit for reading and comparing two runs.
const SOON: Duration = Duration::from_secs(20);

#[derive(Debug, Deserialize)]
struct Counts {
    state: String,
    left: String,
    right: String,
    same: Option<u64>,
    changed: Option<u64>,
    moved: Option<u64>,
    missing: Option<u64>,
    extra: Option<u64>,
}

/// The comparison, when both runs were read and its counts are as expected.
async fn until_compared(page: &Page<'_>, what: &str, wanted: impl Fn(&Counts) -> bool) -> Counts {
    let counts = "const it = part('compare');
        if (!it) return null;
        const number = (name) => it.dataset[name] === undefined ? null : Number(it.dataset[name]);
        return { state: it.dataset.state, left: it.dataset.left ?? '', right: it.dataset.right ?? '', same: number('same'), changed: number('changed'),
            moved: number('moved'), missing: number('missing'), extra: number('extra') }";
    until(what, SOON, async || {
        let found: Option<Counts> = page.ask(counts, json!([])).await;
        match found {
            Some(found) if found.state == "done" && wanted(&found) => Ok(found),
            other => Err(format!("{other:?}")),
        }
    })
    .await
}

/// Starts a run and waits for its end.
async fn ended(page: &Page<'_>, workflow: &str, values: &[(&str, &str)]) -> String {
    let handler = page.start(workflow, values).await;
    page.until_run("its end", RUN, |run| {
        run.handler == handler && run.status == "completed"
    })
    .await;
    handler
}

/// Compares the open run with another one from the list.
async fn compare_with(page: &Page<'_>, handler: &str) {
    page.press("Compare").await;
    let row =
        "return document.querySelector(`dialog[open] [data-part=run-row][data-handler-id='${args[0]}']`)";
    page.click("the other run", row, json!([handler])).await;
}

async fn a_run_equals_itself(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = ended(&page, "loop", &[("number", "6"), ("seconds", "0.01")]).await;
    compare_with(&page, &handler).await;
    let counts = until_compared(&page, "no difference", |it| it.same > Some(5)).await;
    assert_eq!(
        (counts.changed, counts.moved, counts.missing, counts.extra),
        (Some(0), Some(0), Some(0), Some(0))
    );
    assert!(
        page.address().await.contains(&format!("compare={handler}")),
        "it is in the address"
    );
    page.reload().await;
    until_compared(&page, "the same after a reload", |it| {
        it.left == handler && it.right == handler
    })
    .await;
    page.press("Close comparison").await;
    page.until_run("the run again", RUN, |run| run.handler == handler)
        .await;
    assert!(!page.address().await.contains("compare="));
}

async fn a_larger_fan_out_differs_only_there(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let first = ended(&page, "fan_out", &[("pieces", "4"), ("seconds", "0.05")]).await;
    let second = ended(&page, "fan_out", &[("pieces", "2"), ("seconds", "0.05")]).await;
    compare_with(&page, &first).await;
    let counts = until_compared(&page, "more pieces", |it| it.extra > Some(0)).await;
    assert_eq!((counts.left, counts.right), (second, first));
    assert_eq!(
        counts.missing,
        Some(0),
        "whatever two pieces do, four do too: {:?}",
        counts.extra
    );
    page.find("the first difference, in view and open", "const it = part('compare-detail'); return it && it.dataset.difference !== 'same' && shown(it) ? it : null", json!([]))
        .await;
    page.click("the steps", "return byRole('tab', 'Steps')", json!([]))
        .await;
    page.find(
        "the steps of both runs",
        "return parts('compare-step').some((it) => 'differs' in it.dataset) ? document.body : null",
        json!([]),
    )
    .await;
    page.click(
        "the values",
        "return byRole('tab', 'Input and result')",
        json!([]),
    )
    .await;
    page.find("the changed input", "return part('compare-input')?.querySelector('[data-part=change]')?.textContent.includes('/pieces') ? document.body : null", json!([]))
        .await;
}

async fn a_loop_with_more_turns_has_extra_events(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let long = ended(&page, "loop", &[("number", "6"), ("seconds", "0.01")]).await;
    let short = ended(&page, "loop", &[("number", "4"), ("seconds", "0.01")]).await;
    compare_with(&page, &long).await;
    let counts = until_compared(&page, "more turns", |it| it.extra > Some(0)).await;
    assert_eq!((counts.left, counts.right), (short, long));
    assert!(counts.changed > Some(0), "the numbers differ, too");
    page.press("Close comparison").await;
}

async fn runs_with_retries_are_aligned(stage: &Stage) {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let handler = stage.api().start("failing", json!({})).await;
        stage.api().until_status(&handler, "failed", RUN).await;
        runs.push(handler);
    }
    let page = stage.page();
    page.open(&format!("?run={}&compare={}", runs[0], runs[1])).await;
    let counts = until_compared(&page, "the same attempts", |it| it.same >= Some(6)).await;
    assert_eq!(
        (counts.moved, counts.missing, counts.extra),
        (Some(0), Some(0), Some(0))
    );
}

async fn two_runs_are_chosen_in_the_list(stage: &Stage) {
    let first = stage.api().start("greeting", json!({ "name": "Ada" })).await;
    let second = stage.api().start("greeting", json!({ "name": "Grace" })).await;
    let page = stage.page();
    page.open("").await;
    for handler in [&first, &second] {
        page.until_listed(handler, "completed").await;
        let tick = "return document.querySelector(`[data-part=run-row][data-handler-id='${args[0]}'] [data-part=run-tick]`)";
        page.click("the box of a run", tick, json!([handler])).await;
    }
    page.press("Compare selected runs").await;
    let counts = until_compared(&page, "two greetings", |it| it.changed > Some(0)).await;
    assert_eq!((counts.left, counts.right), (first, second));
    page.press("Next difference").await;
    page.find(
        "a changed value",
        "return parts('change').some((it) => it.textContent.includes('Grace')) ? document.body : null",
        json!([]),
    )
    .await;
}
