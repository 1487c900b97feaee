//! One review: the document, the findings as they arrive, the question, and the decision.

use leptos::prelude::*;
use serde::Deserialize;
use std::sync::Arc;
use workflow_ui_components::prompt::Prompts;
use workflow_ui_components::result::RunFailure;
use workflow_ui_components::status::StatusPill;
use workflow_ui_core::{TypedEvent, UseWorkflowEventsReturn, use_workflow_events, use_workflow_handler};

#[derive(Deserialize)]
struct Document {
    title: String,
    text: String,
}

#[derive(Clone, Deserialize)]
struct Checked {
    check: String,
    passed: bool,
    finding: String,
}

#[derive(Deserialize)]
struct Reviewed {
    decision: String,
    comment: String,
}

/// The review of a handler.
#[component]
pub(crate) fn Review(#[prop(into)] handler_id: Signal<Option<String>>) -> impl IntoView {
    let run = use_workflow_handler(handler_id, true);
    let UseWorkflowEventsReturn { latest: document, .. } =
        use_workflow_events::<Document>(handler_id, "Document");
    let UseWorkflowEventsReturn { events: checks, .. } =
        use_workflow_events::<Checked>(handler_id, "Checked");
    let decision = move || run.result_as::<Reviewed>().and_then(Result::ok);
    view! {
        <article class="app__review" aria-label="Review" data-status=move || run.status.get().as_str()>
            <div class="app__card app__paper">
                <header>
                    <h2>{move || part(document, |it| &it.title)}</h2>
                    <StatusPill status=run.status />
                </header>
                <p class="app__text">{move || part(document, |it| &it.text)}</p>
            </div>
            <Prompts run />
            <RunFailure run />
            {move || decision().map(|reviewed| view! { <Decided reviewed /> })}
            <section class="app__card app__checks" aria-label="Checks">
                <h2>"Checks"</h2>
                <ul>
                    {move || {
                        let checks = checks.get().into_iter();
                        checks.map(|check| view! { <Check check=check.value.clone() /> }).collect_view()
                    }}
                </ul>
            </section>
        </article>
    }
}

#[component]
fn Check(check: Checked) -> impl IntoView {
    view! {
        <li data-passed=check.passed.to_string()>
            <span>{if check.passed { "✓ " } else { "✕ " }} {check.check}</span>
            <span class="wf-muted">{check.finding}</span>
        </li>
    }
}

#[component]
fn Decided(reviewed: Reviewed) -> impl IntoView {
    let words = if reviewed.decision == "approve" {
        "Approved"
    } else {
        "Sent back"
    };
    view! {
        <section class="app__card app__decided" aria-label="Decision" data-decision=reviewed.decision>
            <strong>{words}</strong>
            <p>{reviewed.comment}</p>
        </section>
    }
}

/// A text of the newest event; empty if there is none.
fn part<T: Send + Sync + 'static>(
    newest: Signal<Option<Arc<TypedEvent<T>>>>,
    text: fn(&T) -> &String,
) -> String {
    newest.with(|event| {
        event
            .as_ref()
            .map_or(String::new(), |event| text(&event.value).clone())
    })
}
