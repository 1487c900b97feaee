//! A run: what is built when, and what follows from the tabs and the selected event.

use crate::kit::{Mounted, describe};
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use workflow_ui_components::events::EventList;
use workflow_ui_components::run::{EVENTS, RunView, TIMELINE};
use workflow_ui_core::protocol::Method;
use workflow_ui_core::{Reply, ScriptedStream};

const RUN: &str = "[data-part='run']";
const PROGRESS: &str = r#"{"type":"Progress","types":null,"value":{"done":1,"total":2}}"#;

/// The view of the run `h1`, given by its handler id alone.
async fn opened(tab: RwSignal<&'static str>) -> (Mounted, ScriptedStream) {
    let page = Mounted::new(|server| {
        describe(server, "talk");
        view! {
            <div style="display: flex; flex-direction: column; height: 600px">
                <RunView handler_id="h1" tab on_tab=move |key| tab.set(key) />
            </div>
        }
    });
    let stream = page
        .until("a stream", |page| page.server.stream("/events/h1"))
        .await;
    stream.event(0, PROGRESS);
    page.until("the event", |page| {
        let count = page.find(RUN).get_attribute("data-count");
        (count.as_deref() == Some("1")).then_some(())
    })
    .await;
    (page, stream)
}

#[wasm_bindgen_test]
async fn a_tab_is_built_when_it_is_shown() {
    let tab = RwSignal::new(TIMELINE);
    let (page, _stream) = opened(tab).await;
    page.until_there("[data-part='timeline']").await;
    for part in ["events", "graph", "wire", "result"] {
        let selector = format!("[data-part='{part}']");
        assert!(page.all(&selector).is_empty(), "{part} was not shown yet");
    }
    tab.set(EVENTS);
    page.until_there("[data-part='event-row']").await;
    tab.set(TIMELINE);
    page.until_there("[data-part='timeline']").await;
    assert_eq!(
        page.all("[data-part='events']").len(),
        1,
        "what was shown once is kept"
    );
}

#[wasm_bindgen_test]
async fn an_opened_event_is_shown_beside_the_run() {
    let (page, _stream) = opened(RwSignal::new(EVENTS)).await;
    page.until_there("[data-part='event-row']").await;
    assert!(page.all("[data-part='event']").is_empty());
    page.find("[data-part='event-row']").click();
    page.until_there("[data-part='event'][data-seq='0']").await;
}

#[wasm_bindgen_test]
async fn the_opened_event_is_selected_until_another_run_is_shown() {
    let id = RwSignal::new("h1");
    let page = Mounted::new(|server| {
        describe(server, "talk");
        let other = r#"{"handler_id":"h2","run_id":"r2","status":"running","workflow_name":"talk"}"#;
        server.get("/handlers/h2", Reply::json(202, other));
        view! {
            <div style="display: flex; flex-direction: column; height: 600px">
                <EventList handler_id=move || Some(id.get().to_owned()) />
            </div>
        }
    });
    for handler in ["h1", "h2"] {
        id.set(handler);
        let stream = page
            .until("a stream", |page| {
                page.server.stream(&format!("/events/{handler}"))
            })
            .await;
        stream.event(0, PROGRESS);
        page.until_there("[data-part='event-row'][aria-selected='false']")
            .await;
        page.find("[data-part='event-row']").click();
        page.until_there("[data-part='event-row'][aria-selected='true']")
            .await;
    }
}

#[wasm_bindgen_test]
async fn the_dialogs_are_built_when_they_are_opened() {
    let (page, _stream) = opened(RwSignal::new(EVENTS)).await;
    assert!(page.all("dialog").is_empty());
    page.server.post("/handlers/h1/cancel?purge=true", Reply::Wait);
    page.until("the button", |page| {
        let buttons = page.all(".wf-run__actions button:not([hidden])");
        let delete = buttons
            .into_iter()
            .find(|button| button.text_content().as_deref() == Some("Delete run"))?;
        wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(delete).ok()
    })
    .await
    .click();
    page.until_there("dialog[open] .wf-form__foot").await;
    assert_eq!(
        page.server.count(Method::Post, "/handlers/h1/cancel?purge=true"),
        0,
        "nothing is deleted before the question is answered"
    );
}
