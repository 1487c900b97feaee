//! `use_workflow_run`: start a run and show the server's answer.

use leptos::prelude::*;
use serde_json::json;
use workflow_ui_core::{UseWorkflowRunReturn, deployment, provide_workflow_client, use_workflow_run};

#[component]
fn App() -> impl IntoView {
    provide_workflow_client(deployment().client_or_ask());
    let UseWorkflowRunReturn {
        run_workflow,
        is_creating,
        error,
        ..
    } = use_workflow_run();
    let name = RwSignal::new(String::from("Ada"));
    let started = RwSignal::new(String::new());
    let start = move |_| {
        leptos::task::spawn_local(async move {
            if let Ok(handler) = run_workflow
                .call("greeting", json!({ "name": name.get_untracked() }))
                .await
            {
                started.set(format!("{} is {}", handler.handler_id, handler.status));
            }
        });
    };
    view! {
        <input prop:value=name on:input:target=move |event| name.set(event.target().value()) />
        <button on:click=start disabled=is_creating>"Greet"</button>
        <p id="started">{started}</p>
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}

fn main() {
    mount_to_body(App);
}
