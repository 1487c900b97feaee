//! Payloads that the log has evicted: the event's pane asks the server for them.

use crate::kit::{Mounted, describe};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use workflow_ui_components::event::EventDetail;
use workflow_ui_core::protocol::{Failure, RunOptions};
use workflow_ui_core::use_workflow_handler;
use workflow_ui_core::{ScriptedStream, WorkflowClient, provide_workflow_client};

fn big(number: u64) -> String {
    let filler = "x".repeat(300_000);
    format!(r#"{{"type":"Big","types":null,"value":{{"number":{number},"filler":"{filler}"}}}}"#)
}

/// The pane of the second of five large events, in a log that keeps one or two of them. It is mounted when all five
/// have arrived: a pane that has shown a payload keeps it.
async fn pane() -> (Mounted, ScriptedStream) {
    let pane = Mounted::new(|server| {
        describe(server, "talk");
        let client = WorkflowClient::builder("")
            .transport(server.clone())
            .no_storage()
            .run_options(RunOptions {
                log_bytes: 400_000,
                ..RunOptions::default()
            })
            .build();
        provide_workflow_client(client);
        let run = use_workflow_handler("h1", true);
        let has_all = move || run.events.with(|events| events.len() == 5);
        view! {
            <Show when=has_all>
                <EventDetail run sequence=1 on_close=|()| {} />
            </Show>
        }
    });
    let stream = pane
        .until("a stream", |pane| pane.server.stream("/events/h1"))
        .await;
    for number in 0..5 {
        stream.event(number, &big(number));
    }
    (pane, stream)
}

fn says(pane: &Mounted, words: &str) -> Option<()> {
    let panes = pane.all("[data-part='event']");
    let text = panes.first()?.text_content()?;
    text.contains(words).then_some(())
}

/// The short stream that was opened for the payload, once it is.
async fn asked(pane: &Mounted) -> ScriptedStream {
    pane.until("a second stream", |pane| {
        (pane.server.open_streams() > 1)
            .then(|| pane.server.stream("/events/h1"))
            .flatten()
    })
    .await
}

#[wasm_bindgen_test]
async fn an_evicted_payload_is_fetched_while_its_event_is_shown() {
    let (pane, _stream) = pane().await;
    pane.until("word that it is being read", |pane| says(pane, "Reading…"))
        .await;
    asked(&pane).await.event(1, &big(1));
    pane.until("the payload", |pane| says(pane, "\"number\": 1"))
        .await;
}

#[wasm_bindgen_test]
async fn a_payload_that_could_not_be_fetched_can_be_asked_for_again() {
    let (pane, _stream) = pane().await;
    asked(&pane).await.fail(Failure::network("the cable is out"));
    pane.until("the reason", |pane| says(pane, "the cable is out"))
        .await;
    let again = pane.find("[data-part='event'] [role='alert'] button");
    again.unchecked_into::<web_sys::HtmlElement>().click();
    asked(&pane).await.event(1, &big(1));
    pane.until("the payload", |pane| says(pane, "\"number\": 1"))
        .await;
}
