//! Prompts: thousands of them leave a small page, and each answers its own run.

use crate::kit::{Mounted, describe};
use leptos::prelude::*;
use std::fmt::Write as _;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;
use workflow_ui_components::prompt::Prompts;
use workflow_ui_core::protocol::Method;
use workflow_ui_core::{Reply, ScriptedStream};

const MORE: &str = "[data-part='more-prompts']";
const CARD: &str = "[data-part='prompt']";

fn ask(sequence: u64) -> String {
    format!(
        r#"{{"type":"InputRequiredEvent","types":null,"value":{{"_data":{{"prefix":"Question {sequence}?"}}}}}}"#
    )
}

/// The prompts of a run that asks this many questions.
async fn asked(count: u64) -> (Mounted, ScriptedStream) {
    let page = Mounted::new(|server| {
        describe(server, "talk");
        view! { <Prompts handler_id=Some("h1".to_owned()) /> }
    });
    let stream = page
        .until("a stream", |page| page.server.stream("/events/h1"))
        .await;
    let mut bytes = String::new();
    for sequence in 0..count {
        let _ = write!(bytes, "id: {sequence}\ndata: {}\n\n", ask(sequence));
    }
    stream.bytes(bytes);
    (page, stream)
}

async fn until_listed(page: &Mounted, count: &str) {
    page.until("the list", |page| {
        let list = page.all(MORE).into_iter().next()?;
        (list.get_attribute("data-count").as_deref() == Some(count)).then_some(())
    })
    .await;
    page.until("its rows", |page| {
        (!page.all("[data-part='more-prompt']").is_empty()).then_some(())
    })
    .await;
}

/// The text in a field.
fn value(page: &Mounted, selector: &str) -> String {
    let field: HtmlInputElement = page.find(selector).unchecked_into();
    field.value()
}

fn sequences(page: &Mounted, selector: &str) -> Vec<String> {
    let elements = page.all(selector);
    let sequences = elements
        .iter()
        .filter_map(|element| element.get_attribute("data-seq"));
    sequences.collect()
}

// Symptom: 1 000 open prompts blocked the page for 2.6 s, 5 000 for good. Cause: each of them was a card with a form.
#[wasm_bindgen_test]
async fn two_thousand_prompts_leave_a_small_page() {
    const MOST: usize = 500;
    let (page, _stream) = asked(2000).await;
    until_listed(&page, "1990").await;
    assert_eq!(page.all(CARD).len(), 10, "the first ten are cards");
    let elements = page.all("*").len();
    assert!(elements < MOST, "{elements} elements");
    let list = page.find(MORE);
    assert_eq!(list.get_attribute("role").as_deref(), Some("list"));
    assert_eq!(list.get_attribute("aria-label").as_deref(), Some("More prompts"));
    let row = page.find("[data-part='more-prompt']");
    assert_eq!(row.get_attribute("role").as_deref(), Some("listitem"));
    assert_eq!(row.get_attribute("data-seq").as_deref(), Some("10"));
    assert_eq!(row.get_attribute("aria-setsize").as_deref(), Some("1990"));
    assert!(
        !row.has_attribute("aria-selected"),
        "list items cannot be selected"
    );
    let words = row.text_content().unwrap_or_default();
    assert!(words.contains("Question 10?"), "{words}");
}

#[wasm_bindgen_test]
async fn a_row_becomes_a_card_with_the_focus() {
    let (page, _stream) = asked(40).await;
    until_listed(&page, "30").await;
    page.find("[data-part='more-prompt'][data-seq='12'] button")
        .click();
    page.until("the focus", |page| {
        let card = page
            .all("[data-part='prompt'][data-seq='12']")
            .into_iter()
            .next()?;
        card.contains(document().active_element().as_deref())
            .then_some(())
    })
    .await;
    assert_eq!(page.all(CARD).len(), 11, "ten and the chosen one");
    until_listed(&page, "29").await;
}

#[wasm_bindgen_test]
async fn arrow_keys_move_between_the_rows() {
    let (page, _stream) = asked(40).await;
    until_listed(&page, "30").await;
    let focused = || {
        let row = document().active_element()?.closest("[data-seq]").ok()??;
        row.get_attribute("data-seq")
    };
    for (key, expected) in [
        ("ArrowDown", "10"),
        ("End", "39"),
        ("ArrowUp", "38"),
        ("Home", "10"),
    ] {
        assert!(!page.key(MORE, key, false), "the list takes the key");
        page.until(key, |_| (focused().as_deref() == Some(expected)).then_some(()))
            .await;
    }
}

// Symptom: with many prompts the one that was answered last was nowhere to be seen. Cause: only the first ten by sequence were cards.
#[wasm_bindgen_test]
async fn an_answered_prompt_makes_room_for_the_next_one() {
    let (page, _stream) = asked(12).await;
    until_listed(&page, "2").await;
    page.server
        .post("/events/h1", Reply::json(200, r#"{"status":"sent"}"#));
    let field = "[data-part='prompt'][data-seq='0'] [name='response']";
    page.until_there(field).await;
    page.write(field, "yes");
    page.find("[data-part='prompt'][data-seq='0'] [type='submit']")
        .click();
    page.until("the next card", |page| (page.all(CARD).len() == 11).then_some(()))
        .await;
    page.until_there("[data-part='prompt'][data-seq='0'][data-state='sent']")
        .await;
    let expected: Vec<String> = (0..11).map(|sequence: u64| sequence.to_string()).collect();
    assert_eq!(sequences(&page, CARD), expected, "in order");
    assert_eq!(page.server.count(Method::Post, "/events/h1"), 1, "sent once");
}

// Symptom: a question of another run stayed in its row, and the answer went to the other run. Cause: rows were keyed by the sequence.
#[wasm_bindgen_test]
async fn a_card_belongs_to_one_run() {
    let handler_id = RwSignal::new(Some("h1".to_owned()));
    let page = Mounted::new(|server| {
        describe(server, "talk");
        let other = r#"{"handler_id":"h2","run_id":"r2","status":"running","workflow_name":"talk"}"#;
        server.get("/handlers/h2", Reply::json(202, other));
        view! { <Prompts handler_id /> }
    });
    let field = "[data-part='prompt'][data-seq='0'] [name='response']";
    let stream = page
        .until("a stream", |page| page.server.stream("/events/h1"))
        .await;
    stream.event(0, &ask(0));
    page.until_there(field).await;
    page.write(field, "for the first run");
    handler_id.set(Some("h2".to_owned()));
    let stream = page
        .until("another stream", |page| page.server.stream("/events/h2"))
        .await;
    stream.event(0, &ask(0));
    page.until_there("[data-part='prompt'][data-handler-id='h2']")
        .await;
    page.until_there(field).await;
    assert_eq!(value(&page, field), "", "another form");
    handler_id.set(Some("h1".to_owned()));
    let card = "[data-part='prompt'][data-handler-id='h1']";
    page.until("the first card again", |page| {
        // The run is read again. An event that comes twice is one event.
        let stream = page.server.stream("/events/h1")?;
        stream.event(0, &ask(0));
        (!page.all(card).is_empty()).then_some(())
    })
    .await;
    page.until_there(field).await;
    assert_eq!(value(&page, field), "for the first run", "nothing typed is lost");
}
