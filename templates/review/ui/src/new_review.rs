//! The form that starts a review: plain fields and `use_workflow_run`.

use crate::WORKFLOW;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use workflow_ui_core::{UseWorkflowRunReturn, use_workflow_run};

/// The fields of the workflow's start event.
#[derive(Serialize)]
struct StartReview {
    title: String,
    text: String,
}

/// The form. `on_started` is called with the new run's handler.
#[component]
pub(crate) fn NewReview(on_started: fn(&str)) -> impl IntoView {
    let UseWorkflowRunReturn {
        run_workflow,
        is_creating,
        error,
        ..
    } = use_workflow_run();
    let (title, text) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let document = StartReview {
            title: title.get_untracked(),
            text: text.get_untracked(),
        };
        spawn_local(async move {
            // `error` shows a refusal.
            if let Ok(handler) = run_workflow.call(WORKFLOW, document).await {
                on_started(&handler.handler_id);
            }
        });
    };
    view! {
        <form class="app__card app__form" aria-label="New review" on:submit=submit>
            <h2>"New review"</h2>
            <label for="title">"Title"</label>
            <input id="title" name="title" class="wf-input" required bind:value=title />
            <label for="text">"Text"</label>
            <textarea id="text" name="text" class="wf-input" rows="12" required bind:value=text></textarea>
            <p class="wf-error" role="alert">{move || error.get().map(|error| error.to_string())}</p>
            <button class="wf-button wf-button--primary" disabled=is_creating>"Put up for review"</button>
        </form>
    }
}
