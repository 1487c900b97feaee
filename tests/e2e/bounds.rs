//! Limits: what the page does with excessive data.

use serde_json::json;
use workflow_tests::{Script, Stage, until};

use crate::RUN;

on!(scripted, Embedded: many_classes_fill_no_menu);
on!(embedded, Embedded: a_start_too_large_for_a_key_is_reported);

/// Symptom: a run with a different class for each event stalled the page. Cause: each event copied and sorted all classes, and rebuilt the
/// class menu.
async fn many_classes_fill_no_menu(stage: &Stage) {
    const CLASSES: usize = 10_000;
    let mut script = Script::new();
    for at in 0..CLASSES {
        script = script.event(&format!("Class{at:05}"), &json!({ "at": at }));
    }
    let page = stage.completed(script.completed(&json!("fine"))).await;
    page.until_run("read to its end", RUN, |run| run.count > CLASSES as u64)
        .await;
    let options: Vec<String> = page
        .ask(
            "return [...document.querySelector('select[aria-label=\"Filter events by class\"]').options].map((option) => option.textContent)",
            json!([]),
        )
        .await;
    assert_eq!(options.len(), 502, "the first 500, and two that say something");
    assert_eq!(options.get(1).map(String::as_str), Some("Class00000"));
    assert_eq!(
        options.last().map(String::as_str),
        Some("More classes: filter by text")
    );
    for view in ["Timeline", "Graph", "Events"] {
        page.view(view).await;
        page.ask_slowly::<()>("await frame(); await frame()", json!([]))
            .await;
    }
    page.filter_events("Class09999").await;
    until("the one event of that class", RUN, async || {
        let seen: Vec<u64> = page.rows().await.into_iter().map(|row| row.sequence).collect();
        if seen == [9_999] {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }
    })
    .await;
}

/// Symptom: starts and events of more than a megabyte would be refused by servers that know idempotency keys. They are sent without a key,
/// and the page reports that.
async fn a_start_too_large_for_a_key_is_reported(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("greeting").await;
    page.fill_json("{}").await;
    // Set by script: typing would take minutes.
    page.ask::<()>(
        "const it = byRole('textbox', 'Start event JSON', part('start-form'));
        it.value = JSON.stringify({ name: 'x'.repeat(args[0]) });
        it.dispatchEvent(new Event('input', { bubbles: true }))",
        json!([1_100_000]),
    )
    .await;
    page.press_run().await;
    page.until_status("completed", RUN).await;
    page.find(
        "the note",
        "const note = part('start-note'); return note?.checkVisibility() && words(note).includes('1 MB') ? note : null",
        json!([]),
    )
    .await;
}
