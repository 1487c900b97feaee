//! A page that a browser has translated: each translatable text is in new elements, as Google Translate creates them. Live values must stay
//! correct.

use serde_json::json;
use workflow_tests::{Page, Stage, until};

use crate::RUN;

on!(embedded, Embedded: live_texts_stay_correct_on_a_translated_page);

/// Wraps each translatable text, now and when new ones appear, like the translator.
const TRANSLATE: &str = "
    const wrap = (root) => {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        for (const text of texts) {
            const parent = text.parentElement;
            if (!parent || !text.data.trim() || parent.closest('[translate=no], svg, textarea, script, style, option, font')) continue;
            const outer = document.createElement('font');
            const inner = document.createElement('font');
            inner.textContent = '«' + text.data + '»';
            outer.append(inner);
            text.replaceWith(outer);
        }
    };
    wrap(document.body);
    new MutationObserver((changes) => {
        for (const change of changes) for (const node of change.addedNodes) if (node.isConnected) wrap(node.parentElement);
    }).observe(document.body, { subtree: true, childList: true });
    return true";

async fn translate(page: &Page<'_>) {
    let done: bool = page.ask(TRANSLATE, json!([])).await;
    assert!(done);
}

/// Waits until an element's text is this, without the previous text.
async fn until_says(page: &Page<'_>, what: &str, element: &str, wanted: &str, not: &str) {
    let script = format!("return ({element})?.textContent ?? ''");
    until(what, RUN, async || {
        let text: String = page.ask(&script, json!([])).await;
        if text.contains(wanted) && !text.contains(not) {
            Ok(())
        } else {
            Err(text)
        }
    })
    .await;
}

// Symptom: on a translated page a completed run stayed "running", and another run showed the id of the run before. Cause: the
// translator replaces text nodes, and the page wrote into nodes that were no longer in it.
async fn live_texts_stay_correct_on_a_translated_page(stage: &Stage) {
    let page = stage.page();
    let api = stage.api();
    page.open("").await;
    let first = page.start("interview", &[]).await;
    page.until_prompt("name").await;
    translate(&page).await;
    let pill = "part('run').querySelector('.wf-status')";
    until_says(&page, "it waits", pill, "waiting", "completed").await;

    // The same prompt card and head keep changing.
    // The translator has renamed the buttons, so another client answers.
    let body = r#"{"event":{"type":"HumanResponseEvent","value":{"response":"Ada"}}}"#;
    let answer = api.send("POST", &format!("/events/{first}"), Some(body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    page.until_prompt("drink").await;
    until_says(
        &page,
        "the second question",
        "part('prompt')",
        "drink",
        "your name",
    )
    .await;
    let cancelled = api.send("POST", &format!("/handlers/{first}/cancel"), None).await;
    assert_eq!(cancelled.status, 200, "{cancelled:?}");
    page.until_status("cancelled", RUN).await;
    until_says(&page, "it was cancelled", pill, "cancelled", "waiting").await;
    let row = format!(
        "[...document.querySelectorAll('[data-part=run-row]')].find((it) => it.dataset.handlerId === '{first}')"
    );
    until_says(&page, "its row", &row, "cancelled", "waiting").await;

    // Another run: its id, its workflow and its numbers.
    let second = api.start("greeting", json!({ "name": "Ada" })).await;
    page.open_run(&second).await;
    page.until_status("completed", RUN).await;
    let head = "part('run')";
    until_says(&page, "the other run", head, &second[..4], &first[..6]).await;
    until_says(&page, "its status", pill, "completed", "cancelled").await;
    until_says(&page, "its result", "part('result')", "Ada", "cancelled").await;
}
