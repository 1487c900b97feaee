//! A replay: the bar, its keys, and what it shows of the steps.

use crate::kit::{Mounted, describe};
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use workflow_ui_components::replay::{Replay, ReplayBar};
use workflow_ui_components::step_log::RunLog;
use workflow_ui_core::use_workflow_handler;

const SLIDER: &str = "[data-part='replay-slider']";

fn step(state: &str, output: &str) -> String {
    format!(
        r#"{{"type":"StepStateChanged","types":["InternalDispatchEvent"],"value":{{"name":"plan","step_state":"{state}","worker_id":"0","input_event_name":"StartEvent","output_event_name":{output}}}}}"#
    )
}

#[wasm_bindgen_test]
async fn keys_step_through_what_the_steps_did() {
    let replay = Replay::new();
    let page = Mounted::new(|server| {
        describe(server, "talk");
        let run = use_workflow_handler("h1", true);
        view! {
            <div style="display: flex; flex-direction: column; height: 600px">
                <ReplayBar run replay />
                <RunLog run at=replay.at />
            </div>
        }
    });
    let stream = page
        .until("a stream", |page| page.server.stream("/events/h1"))
        .await;
    stream.event(0, &step("running", "null"));
    stream.event(1, &step("not_running", r#""<class 'app.Draft'>""#));
    stream.event(2, r#"{"type":"Draft","types":null,"value":{}}"#);
    page.until("two lines", |page| {
        (page.all("[data-part='log-line']").len() == 2).then_some(())
    })
    .await;
    assert!(page.all("[data-part='replay']").is_empty(), "no replay is open");

    replay.toggle();
    page.until_there("[data-part='replay'][data-at='2']").await;
    let moment = |page: &Mounted| page.find("[data-part='replay-moment']").text_content();
    page.until("the steps", |page| {
        moment(page)?.contains("1 of 1 turns").then_some(())
    })
    .await;
    assert!(!page.key(SLIDER, ",", false), "the bar takes the key");
    page.until_there("[data-part='replay'][data-at='1']").await;
    page.key(SLIDER, ",", false);
    page.until_there("[data-part='log-line'][data-seq='1'][data-future]")
        .await;
    page.until("the step at work", |page| {
        moment(page)?.contains("running plan").then_some(())
    })
    .await;
    page.key(SLIDER, ".", false);
    page.until_there("[data-part='log-line'][data-seq='1'][aria-current='true']")
        .await;
    replay.close();
    page.until("no replay", |page| {
        page.all("[data-part='replay']").is_empty().then_some(())
    })
    .await;
}
