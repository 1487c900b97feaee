//! The form that has a document extracted, and the messages of its run.

use crate::kept;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::JsFuture;
use workflow_ui_components::result::RunFailure;
use workflow_ui_core::{
    UseWorkflowEventsReturn, UseWorkflowRunReturn, use_workflow_events, use_workflow_handler,
    use_workflow_run,
};

/// The fields of the start event of `process-file`.
#[derive(Serialize)]
struct ProcessFile {
    file_name: String,
    text: String,
}

/// A message of the run to the person in front of the page.
#[derive(Clone, Deserialize)]
struct Toast {
    level: String,
    message: String,
}

#[derive(Deserialize)]
struct Stored {
    item_id: String,
}

/// The form. `run` is set to the handler of each run that it starts.
#[component]
pub(crate) fn Extract(run: RwSignal<String>) -> impl IntoView {
    let UseWorkflowRunReturn {
        run_workflow,
        is_creating,
        error,
        ..
    } = use_workflow_run();
    let (name, text) = (kept("name"), kept("text"));
    let choose = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let Some(file) = input.files().and_then(|files| files.get(0)) else {
            return;
        };
        spawn_local(async move {
            if let Ok(read) = JsFuture::from(file.text()).await {
                name.try_set(file.name());
                text.try_set(read.as_string().unwrap_or_default());
            }
        });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let document = ProcessFile {
            file_name: name.get_untracked(),
            text: text.get_untracked(),
        };
        spawn_local(async move {
            // `error` shows a refusal.
            if let Ok(handler) = run_workflow.call("process-file", document).await {
                run.try_set(handler.handler_id);
                text.try_set(String::new());
            }
        });
    };
    view! {
        <form class="app__card app__form" aria-label="New invoice" on:submit=submit>
            <h2>"New invoice"</h2>
            <label for="file">"Text file"</label>
            <input id="file" type="file" accept=".txt,.md,text/plain" on:change=choose />
            <label for="name">"File name"</label>
            <input id="name" name="name" class="wf-input" required bind:value=name />
            <label for="text">"Text"</label>
            <textarea
                id="text"
                name="text"
                class="wf-input"
                rows="10"
                required
                placeholder="Number: 2026-17\nVendor: Example Ltd\nDate: 2026-11-30\nItem: Paper, 5, 7.50\nTotal: 37.50"
                bind:value=text
            ></textarea>
            <p class="wf-error" role="alert">{move || error.get().map(|error| error.to_string())}</p>
            <button class="wf-button wf-button--primary" disabled=is_creating>"Extract"</button>
            <Toasts run />
        </form>
    }
}

/// The messages of a run, its failure, and a link to the record that it made.
#[component]
fn Toasts(#[prop(into)] run: Signal<String>) -> impl IntoView {
    let handler = use_workflow_handler(run, true);
    let UseWorkflowEventsReturn { events, .. } = use_workflow_events::<Toast>(run, "UIToast");
    let stored = move || handler.result_as::<Stored>().and_then(Result::ok);
    let toasts = move || {
        let toasts = events.get().into_iter();
        let toasts = toasts.map(|event| {
            let Toast { level, message } = event.value.clone();
            view! { <li class="app__toast" data-level=level>{message}</li> }
        });
        toasts.collect_view()
    };
    view! {
        <div class="app__toasts">
            <ul role="log" aria-label="Messages">{toasts}</ul>
            <RunFailure run=handler />
            {move || stored().map(|stored| view! { <a href=format!("#{}", stored.item_id)>"Review it"</a> })}
        </div>
    }
}
