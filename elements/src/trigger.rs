//! `<workflow-trigger>`: starts runs of one workflow, by a form or, where the input is given, by a button.

use crate::element::Element;
use crate::run_events::dispatch_started;
use leptos::prelude::*;
use workflow_protocol::RawJson;
use workflow_ui_components::start::Started;
use workflow_ui_components::trigger::{TriggerButton, TriggerForm};

/// What the element shows.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Kind {
    Form,
    Button,
    /// The attribute `input` is no JSON, with the parser's message.
    Invalid(String),
}

#[component]
pub(crate) fn WorkflowTrigger(element: Element) -> impl IntoView {
    let workflow = element.text("workflow");
    let label = Memo::new(move |_| element.attribute("label").unwrap_or_else(|| String::from("Run")));
    let input = Memo::new(move |_| {
        let input = element.attribute("input")?;
        Some(RawJson::parse(input).map_err(|error| error.to_string()))
    });
    let kind = Memo::new(move |_| match input.get() {
        None => Kind::Form,
        Some(Ok(_)) => Kind::Button,
        Some(Err(error)) => Kind::Invalid(error),
    });
    let fields = Memo::new(move |_| match input.get() {
        Some(Ok(input)) => input,
        _ => RawJson::null(),
    });
    let on_started = Callback::new(move |started: Started| {
        dispatch_started(element, &started);
    });
    let content = move |kind| match kind {
        Kind::Form => view! { <TriggerForm workflow on_started /> }.into_any(),
        Kind::Button => view! { <TriggerButton workflow input=fields label on_started /> }.into_any(),
        Kind::Invalid(error) => view! {
            <p class="wf-error" role="alert">
                {format!("The input is no JSON: {error}")}
            </p>
        }
        .into_any(),
    };
    view! {
        <div>
            <For each=move || [kind.get()] key=Clone::clone children=content />
        </div>
    }
}
