//! What a specimen stands on: a client of its own, whose server follows a script.

use std::cell::RefCell;
use std::ops::Range;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use workflow_ui_components::drafts::Drafts;
use workflow_ui_components::reactive::Reading;
use workflow_ui_components::reactive::{Owner, provide_context};
use workflow_ui_components::ui::{El, after, div, el};
use workflow_ui_core::{Recording, ScriptedTransport, WorkflowClient, provide_workflow_client};
use workflow_ui_core::{UseWorkflowHandlerReturn, use_workflow_handler};

thread_local! {
    /// Specimens live as long as the page.
    static OWNERS: RefCell<Vec<Owner>> = const { RefCell::new(Vec::new()) };
}

/// How much room a specimen gets.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    /// As high as it is.
    Natural,
    /// A column of a fixed height, which it fills.
    Tall,
    /// The whole width and a fixed height, which it fills.
    Wide,
}

/// A specimen over a server that `build` scripts.
pub(crate) fn specimen(caption: &str, size: Size, build: impl FnOnce(&ScriptedTransport) -> El) -> El {
    let server = ScriptedTransport::new();
    let client = WorkflowClient::builder("")
        .transport(server.clone())
        .no_storage()
        .build();
    let owner = Owner::current().unwrap_or_default().child();
    let inside = owner.with(|| {
        provide_workflow_client(client);
        provide_context(Drafts::new());
        build(&server)
    });
    OWNERS.with_borrow_mut(|owners| owners.push(owner));
    let (word, stage) = match size {
        Size::Natural => ("natural", "gallery__stage"),
        Size::Tall => ("tall", "gallery__stage gallery__stage--bare"),
        Size::Wide => ("wide", "gallery__stage gallery__stage--bare"),
    };
    el("figure")
        .class("gallery__specimen")
        .attr("data-size", word)
        .child(el("figcaption").class("gallery__caption").text(caption))
        .child(div(stage).child(inside))
}

/// Serves a run and watches it.
pub(crate) fn watched(server: &ScriptedTransport, recording: &Recording) -> UseWorkflowHandlerReturn {
    server.serve_all(std::slice::from_ref(recording));
    watch(&recording.handler().handler_id)
}

/// Serves a run before its end, with these frames of its stream, and watches it.
pub(crate) fn running(
    server: &ScriptedTransport,
    recording: Recording,
    frames: Range<usize>,
) -> UseWorkflowHandlerReturn {
    let recording = recording.running();
    let run = watched(server, &recording);
    feed(server.clone(), recording, frames);
    run
}

pub(crate) fn watch(id: &str) -> UseWorkflowHandlerReturn {
    let id = id.to_owned();
    use_workflow_handler(Reading::derive(move || id.clone()), true)
}

/// Feeds frames as soon as somebody reads the run's stream.
pub(crate) fn feed(server: ScriptedTransport, recording: Recording, frames: Range<usize>) {
    when_open(server, recording.handler().handler_id.clone(), move |stream| {
        recording.feed(stream, frames);
    });
}

/// Does something with the stream of a run as soon as somebody reads it.
pub(crate) fn when_open(
    server: ScriptedTransport,
    id: String,
    then: impl FnOnce(&workflow_ui_core::ScriptedStream) + 'static,
) {
    const PAUSE: i32 = 20;
    match server.stream(&["/events/", &id].concat()) {
        Some(stream) => then(&stream),
        None => {
            after(PAUSE, move || when_open(server, id, then));
        }
    }
}

/// Presses a button of an element once it is in the page.
pub(crate) fn press(element: &El, selector: &'static str) {
    const SETTLED: i32 = 300;
    let node = element.node().clone();
    after(SETTLED, move || {
        let button = node.query_selector(selector).ok().flatten();
        if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            button.click();
        }
    });
}
