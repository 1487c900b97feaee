//! A specimen's surroundings: a client of its own, whose server follows a script.

use leptos::tachys::reactive_graph::OwnedView;
use leptos::{html, prelude::*};
use std::ops::Range;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use workflow_ui_components::drafts::Drafts;
use workflow_ui_core::{
    Recording, ScriptedStream, ScriptedTransport, UseWorkflowHandlerReturn, WorkflowClient,
    provide_workflow_client, use_workflow_handler,
};

/// How much room a specimen gets.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Size {
    /// As high as it is.
    Natural,
    /// A column of a fixed height, which it fills.
    Tall,
    /// The whole width and a fixed height, which it fills.
    Wide,
}

/// The children over a server of their own; see [`server`].
#[component]
pub(crate) fn Specimen(
    caption: &'static str,
    #[prop(default = Size::Natural)] size: Size,
    /// The selector of a button that is pressed once the specimen is in the page.
    #[prop(optional)]
    press: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    // An owner of its own: no specimen has the client of another one.
    let owner = Owner::current().unwrap_or_default().child();
    let content = owner.with(|| {
        let server = ScriptedTransport::new();
        let client = WorkflowClient::builder("")
            .transport(server.clone())
            .no_storage()
            .build();
        provide_workflow_client(client);
        provide_context(Drafts::new());
        provide_context(StoredValue::new_local(server));
        children()
    });
    let stage = NodeRef::<html::Div>::new();
    if let Some(selector) = press {
        press_soon(stage, selector);
    }
    let (word, class) = match size {
        Size::Natural => ("natural", "gallery__stage"),
        Size::Tall => ("tall", "gallery__stage gallery__stage--bare"),
        Size::Wide => ("wide", "gallery__stage gallery__stage--bare"),
    };
    view! {
        <figure class="gallery__specimen" data-size=word>
            <figcaption class="gallery__caption">{caption}</figcaption>
            <div class=class node_ref=stage>
                {OwnedView::new_with_owner(content, owner)}
            </div>
        </figure>
    }
}

/// The server of the current specimen.
pub(crate) fn server() -> ScriptedTransport {
    expect_context::<StoredValue<ScriptedTransport, LocalStorage>>().get_value()
}

/// Serves a run and watches it.
pub(crate) fn watched(recording: &Recording) -> UseWorkflowHandlerReturn {
    server().serve_all(std::slice::from_ref(recording));
    watch(&recording.handler().handler_id)
}

/// Serves a run before its end, with these frames of its stream, and watches it.
pub(crate) fn running(recording: Recording, frames: Range<usize>) -> UseWorkflowHandlerReturn {
    let recording = recording.running();
    let run = watched(&recording);
    feed(server(), recording, frames);
    run
}

pub(crate) fn watch(id: &str) -> UseWorkflowHandlerReturn {
    use_workflow_handler(id, true)
}

/// Feeds frames as soon as the run's stream is read.
pub(crate) fn feed(server: ScriptedTransport, recording: Recording, frames: Range<usize>) {
    when_open(server, recording.handler().handler_id.clone(), move |stream| {
        recording.feed(stream, frames);
    });
}

/// Does something with the stream of a run as soon as it is read.
pub(crate) fn when_open(server: ScriptedTransport, id: String, then: impl FnOnce(&ScriptedStream) + 'static) {
    const PAUSE: Duration = Duration::from_millis(20);
    match server.stream(&format!("/events/{id}")) {
        Some(stream) => then(&stream),
        None => set_timeout(move || when_open(server, id, then), PAUSE),
    }
}

/// Presses a button below an element once it is in the page.
pub(crate) fn press_soon(root: NodeRef<html::Div>, selector: &'static str) {
    const SETTLED: Duration = Duration::from_millis(300);
    let press = move || {
        let root = root.try_get_untracked().flatten();
        let button = root.and_then(|root| root.query_selector(selector).ok().flatten());
        if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            button.click();
        }
    };
    set_timeout(press, SETTLED);
}
