//! The detail pane of an event: search, folding, copying, and very long payloads.

use serde_json::{Value, json};
use thirtyfour::Key;
use workflow_tests::{Page, Script, Stage};

on!(scripted, Embedded:
    the_search_unfolds_matches,
    the_search_moves_forward_and_back,
    the_search_reports_no_match,
    the_search_scrolls_to_its_line,
    escape_clears_the_search_then_closes_the_event,
    a_value_and_its_path_are_copied,
    copy_shortcuts_copy_the_value,
    a_text_of_megabytes_is_complete,
    a_long_line_goes_on_below,
);

const SEARCH: &str = "Search in event";

/// Opens the only event, with this payload, of a completed run.
async fn opened<'a>(stage: &'a Stage, payload: &Value) -> Page<'a> {
    let script = Script::new().event("PayloadEvent", payload);
    let page = stage.completed(script.completed(&json!("fine"))).await;
    page.open_event(0).await;
    page
}

/// Waits until the active row of the tree contains this text.
async fn until_active(page: &Page<'_>, words: &str) {
    let find = "return parts('json-row', part('event')).filter(shown)
        .find((it) => 'active' in it.dataset && it.textContent.includes(args[0]))";
    page.find(&format!("the active row {words}"), find, json!([words]))
        .await;
}

/// Waits until the search shows this result.
async fn until_shown(page: &Page<'_>, words: &str) {
    let find =
        "return [...part('event').querySelectorAll('[role=status]')].find((it) => words(it) === args[0])";
    page.find(&format!("the words {words}"), find, json!([words]))
        .await;
}

/// Waits until a row of the text that contains this is fully visible.
async fn until_line(page: &Page<'_>, words: &str) {
    let find = "const grid = part('event-text');
        const view = grid.getBoundingClientRect();
        return parts('text-row', grid).filter(shown).find((it) => {
          const box = it.getBoundingClientRect();
          return box.top >= view.top - 1 && box.bottom <= view.bottom + 1 && it.textContent.includes(args[0]);
        })";
    page.find(&format!("the line {words}"), find, json!([words]))
        .await;
}

/// The copied text, when there is one.
async fn copied(page: &Page<'_>) -> String {
    let there = "return typeof window.copied === 'string' ? document.body : null";
    page.find("something to be copied", there, json!([])).await;
    page.ask(
        "const text = window.copied; window.copied = null; return text",
        json!([]),
    )
    .await
}

async fn listen_to_copies(page: &Page<'_>) {
    let listen = "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }; return true";
    assert!(page.ask::<bool>(listen, json!([])).await);
}

async fn the_search_unfolds_matches(stage: &Stage) {
    let deep = json!({ "one": { "two": { "three": { "four": { "needle": "in the hay" } } } }, "last": 1 });
    let page = opened(stage, &deep).await;
    assert!(
        !page
            .ask::<bool>(
                "return parts('json-row', part('event')).some((it) => it.textContent.startsWith('needle'))",
                json!([])
            )
            .await,
        "it is folded at first"
    );
    page.enter_in(SEARCH, "hay").await;
    until_active(&page, "needle").await;
    until_shown(&page, "1 of 1").await;
}

async fn the_search_moves_forward_and_back(stage: &Stage) {
    let many = json!({ "first": "a fish", "second": "a bird", "third": ["Fish", "fish soup"] });
    let page = opened(stage, &many).await;
    page.type_in(SEARCH, "fish").await;
    until_shown(&page, "3 found").await;
    page.key_in(SEARCH, Key::Enter).await;
    until_active(&page, "first").await;
    page.press("Next match").await;
    until_active(&page, "\"Fish\"").await;
    page.press("Next match").await;
    until_active(&page, "fish soup").await;
    until_shown(&page, "3 of 3").await;
    page.press("Next match").await;
    until_active(&page, "first").await;
    page.press("Previous match").await;
    until_active(&page, "fish soup").await;
}

async fn the_search_reports_no_match(stage: &Stage) {
    let page = opened(stage, &json!({ "word": "hay" })).await;
    page.enter_in(SEARCH, "needle").await;
    until_shown(&page, "Nothing found").await;
}

async fn the_search_scrolls_to_its_line(stage: &Stage) {
    let numbers: Vec<String> = (0..3000).map(|number| format!("number {number}")).collect();
    let page = opened(stage, &json!({ "numbers": numbers })).await;
    page.press("Text").await;
    page.enter_in(SEARCH, "number 2222").await;
    until_line(&page, "number 2222").await;
    let rendered: usize = page.ask("return parts('text-row').length", json!([])).await;
    assert!(
        rendered < 150,
        "the document does not grow with the payload: {rendered} rows"
    );
}

async fn escape_clears_the_search_then_closes_the_event(stage: &Stage) {
    let page = opened(stage, &json!({ "word": "hay" })).await;
    page.enter_in(SEARCH, "hay").await;
    until_shown(&page, "1 of 1").await;
    page.key_in(SEARCH, Key::Escape).await;
    page.find(
        "the empty field",
        "const it = byRole('textbox', args[0]); return it?.value === '' ? it : null",
        json!([SEARCH]),
    )
    .await;
    page.key_in(SEARCH, Key::Escape).await;
    page.find(
        "the page without the event",
        "return part('event') ? null : document.body",
        json!([]),
    )
    .await;
}

async fn a_value_and_its_path_are_copied(stage: &Stage) {
    let payload = json!({ "a/b": ["zero", { "text": "two\nlines", "big": [1, 2] }] });
    let page = opened(stage, &payload).await;
    listen_to_copies(&page).await;
    page.enter_in(SEARCH, "lines").await;
    until_active(&page, "lines").await;
    page.press("Copy value").await;
    assert_eq!(copied(&page).await, "two\nlines", "of a text, what it says");
    page.press("Copy path").await;
    assert_eq!(copied(&page).await, "/a~1b/1/text", "as a JSON pointer");
    page.enter_in(SEARCH, "big").await;
    until_active(&page, "big").await;
    page.press("Copy value").await;
    assert_eq!(copied(&page).await, "[1,2]", "of all else, how it came");
}

async fn copy_shortcuts_copy_the_value(stage: &Stage) {
    let page = opened(stage, &json!({ "big": 12_345_678 })).await;
    listen_to_copies(&page).await;
    page.click(
        "the row",
        "return parts('json-row', part('event')).filter(shown).find((it) => it.textContent.includes('12345678'))",
        json!([]),
    )
    .await;
    until_active(&page, "12345678").await;
    page.keys(Key::Control + "c").await;
    assert_eq!(copied(&page).await, "12345678");
}

/// Symptom: only the first quarter of a megabyte of a long payload was shown. Cause: the whole text would have been laid out at once.
async fn a_text_of_megabytes_is_complete(stage: &Stage) {
    let lines: Vec<String> = (0..40_000)
        .map(|line| format!("line {line} of a text that nobody reads to its end"))
        .collect();
    let page = opened(stage, &json!({ "lines": lines })).await;
    page.press("Text").await;
    page.enter_in(SEARCH, "line 39999 ").await;
    until_line(&page, "line 39999 of").await;
}

async fn a_long_line_goes_on_below(stage: &Stage) {
    let long = "0123456789".repeat(30_000);
    let page = opened(stage, &json!({ "long": format!("{long}Z") })).await;
    page.press("Text").await;
    page.enter_in(SEARCH, "Z").await;
    let seen = "const grid = part('event-text');
        const row = parts('text-row', grid).filter(shown).find((it) => 'active' in it.dataset);
        const line = row?.querySelector('[role=gridcell]');
        return line && line.textContent.includes('Z') && line.scrollWidth <= row.clientWidth ? row : null";
    page.find("the end of the line, within the pane", seen, json!([]))
        .await;
}
