//! Two runs side by side.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use thirtyfour::Key;
use workflow_tests::{Page, Stage, until};

use crate::RUN;

on_both!(
    a_run_equals_itself,
    a_larger_fan_out_differs_only_there,
    a_loop_with_more_turns_has_extra_events,
    runs_with_retries_are_aligned,
);

on!(alone, Embedded:
    two_runs_are_chosen_in_the_list,
    keys_lead_out_of_a_comparison,
    a_comparison_gives_the_moment_of_a_replay_back,
);

/// Time limit for reading and comparing two runs.
const SOON: Duration = Duration::from_secs(20);

#[derive(Debug, Deserialize)]
pub(crate) struct Counts {
    state: String,
    pub(crate) left: String,
    pub(crate) right: String,
    pub(crate) same: Option<u64>,
    pub(crate) changed: Option<u64>,
    pub(crate) moved: Option<u64>,
    pub(crate) missing: Option<u64>,
    pub(crate) extra: Option<u64>,
}

/// The comparison, when both runs were read and its counts are as expected.
pub(crate) async fn until_compared(page: &Page<'_>, what: &str, wanted: impl Fn(&Counts) -> bool) -> Counts {
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
pub(crate) async fn compare_with(page: &Page<'_>, handler: &str) {
    page.press("Compare").await;
    // Found and clicked at once: the runs of other tests move the rows, which show other runs then.
    let choose = "const row = document.querySelector(`dialog[open] [data-part=run-row][data-handler-id='${args[0]}']`);
        row?.click();
        return Boolean(row)";
    until("the other run in the list", SOON, async || {
        let is_chosen: bool = page.ask(choose, json!([handler])).await;
        is_chosen
            .then_some(())
            .ok_or_else(|| "it is not there".to_owned())
    })
    .await;
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

// Symptom: the keys of the tabs, `e` and Escape did nothing while two runs were compared, and Back lost the focus. Cause: they changed
// what the run shows, whose place the comparison had taken.
async fn keys_lead_out_of_a_comparison(stage: &Stage) {
    let mut runs = Vec::new();
    for name in ["Ada", "Grace"] {
        let handler = stage.api().start("greeting", json!({ "name": name })).await;
        stage.api().until_status(&handler, "completed", RUN).await;
        runs.push(handler);
    }
    let page = stage.page();
    page.open(&format!("?run={}", runs[0])).await;
    page.until_status("completed", RUN).await;
    for (key, name) in [
        ("2", "Timeline"),
        ("3", "Graph"),
        ("1", "Events"),
        (Key::Escape.value().to_string().as_str(), "Events"),
    ] {
        compare_with(&page, &runs[1]).await;
        until_compared(&page, "two greetings", |it| it.changed > Some(0)).await;
        page.until_focused("Events").await;
        page.keys(key).await;
        page.until_run("the run in place of the comparison", RUN, |run| {
            run.handler == runs[0]
        })
        .await;
        page.until_focused(name).await;
        assert!(!page.address().await.contains("compare="));
    }
    // The tab was shown in the place of the comparison, to which Back leads; then the comparison is gone.
    page.ask::<()>("history.back()", json!([])).await;
    until_compared(&page, "the comparison again", |it| it.changed > Some(0)).await;
    page.until_focused("Events").await;
    page.keys("e").await;
    let list = "const it = part('events'); return it && it === document.activeElement ? it : null";
    page.find("the focus on the events", list, json!([])).await;
    page.ask::<()>("history.back()", json!([])).await;
    until_compared(&page, "the comparison once more", |it| it.changed > Some(0)).await;
    let row = "return parts('run-row').filter(shown).find((it) => it.dataset.handlerId === args[0])";
    page.click("the row of the open run", row, json!([runs[0]])).await;
    page.until_run("the run", RUN, |run| run.handler == runs[0]).await;
}

async fn a_comparison_gives_the_moment_of_a_replay_back(stage: &Stage) {
    let handler = stage
        .api()
        .start("loop", json!({ "number": 6, "seconds": 0 }))
        .await;
    stage.api().until_status(&handler, "completed", RUN).await;
    let page = stage.page();
    page.open(&format!("?run={handler}&at=4&compare={handler}")).await;
    let counts = until_compared(&page, "all events of the run", |it| it.same > Some(5)).await;
    assert_eq!(
        (counts.changed, counts.extra),
        (Some(0), Some(0)),
        "not those until the moment alone"
    );
    page.keys(Key::Escape.value().to_string()).await;
    page.until_replay("the moment", |replay| replay.at == 4).await;
    let address = page.address().await;
    assert!(
        address.contains("at=4") && !address.contains("compare="),
        "{address}"
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
