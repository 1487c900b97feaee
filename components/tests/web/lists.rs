//! The lists of runs and of events.

use crate::kit::{Mounted, describe};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, HtmlSelectElement};
use workflow_ui_components::event::EventDetail;
use workflow_ui_components::events::EventList;
use workflow_ui_components::runs::RunList;
use workflow_ui_core::{Reply, use_workflow_handler};

fn choose(mounted: &Mounted, selector: &str, value: &str) {
    let select: HtmlSelectElement = mounted.find(selector).unchecked_into();
    select.set_value(value);
    let event = web_sys::Event::new("change").expect("an event");
    select.dispatch_event(&event).expect("a listener");
}

#[wasm_bindgen_test]
async fn the_run_list_needs_only_a_callback() {
    let opened = RwSignal::new(String::new());
    let mounted = Mounted::new(|server| {
        let run = |id: &str, workflow: &str| {
            format!(
                r#"{{"handler_id":"{id}","run_id":"r-{id}","status":"running","workflow_name":"{workflow}"}}"#
            )
        };
        let list = format!(r#"{{"handlers":[{},{}]}}"#, run("a", "talk"), run("b", "walk"));
        server.get("/handlers", Reply::json(200, list));
        let view = view! {
            <div style:height="300px" style:display="flex" style:flex-direction="column">
                <RunList on_open=move |id| opened.set(id) />
            </div>
        };
        view
    });
    mounted.until_there("[data-part='runs'][aria-rowcount='2']").await;
    choose(&mounted, "[aria-label='Filter runs by workflow']", "walk");
    mounted.until_there("[data-part='runs'][aria-rowcount='1']").await;
    mounted
        .until_there("[data-part='run-row'][data-handler-id='b']")
        .await;
    let row: HtmlElement = mounted.find("[data-part='run-row']");
    row.click();
    assert_eq!(opened.get_untracked(), "b");
    mounted
        .until_there("[data-part='run-row'][aria-current='true']")
        .await;
    choose(&mounted, "[aria-label='Filter runs by workflow']", "");
    mounted.until_there("[data-part='runs'][aria-rowcount='2']").await;
}

#[wasm_bindgen_test]
async fn the_event_list_and_one_event_watch_a_handler() {
    let mounted = Mounted::new(|server| {
        describe(server, "talk");
        view! {
            <EventList handler_id="h1" />
            <EventDetail handler_id="h1" sequence=0 on_close=|()| {} />
        }
    });
    let stream = mounted
        .until("a stream", |mounted| mounted.server.stream("/events/h1"))
        .await;
    stream.event(0, r#"{"type":"Note","types":null,"value":{}}"#);
    mounted.until_there("[data-part='events'][data-count='1']").await;
    let class = |mounted: &Mounted| mounted.find("[data-part='event'] h2").text_content();
    mounted
        .until("the class", |mounted| {
            (class(mounted).as_deref() == Some("Note")).then_some(())
        })
        .await;
}

#[wasm_bindgen_test]
async fn the_event_list_takes_a_run() {
    let mounted = Mounted::new(|server| {
        describe(server, "talk");
        view! { <EventList run=use_workflow_handler("h1", true) /> }
    });
    let stream = mounted
        .until("a stream", |mounted| mounted.server.stream("/events/h1"))
        .await;
    let progress = |n: u32| format!(r#"{{"type":"Progress","types":null,"value":{{"n":{n}}}}}"#);
    stream.event(0, &progress(1));
    stream.event(1, &progress(2));
    stream.event(2, r#"{"type":"Note","types":null,"value":{}}"#);
    mounted
        .until_there("[data-part='events'][aria-rowcount='3'][data-count='3']")
        .await;
    choose(&mounted, "[aria-label='Filter events by class']", "Progress");
    mounted
        .until_there("[data-part='events'][aria-rowcount='2'][data-count='3']")
        .await;
    let count = mounted.find(".wf-events__count").text_content();
    assert_eq!(count.as_deref(), Some("2 of 3"));
}
