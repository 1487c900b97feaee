//! `use_or_start_run`: one run that survives a reload.

use leptos::prelude::*;
use serde_json::json;
use workflow_ui_core::{
    UseOrStartRunReturn, UseWorkflowHandlerReturn, deployment, provide_workflow_client, use_or_start_run,
    use_workflow_handler,
};

#[component]
fn App() -> impl IntoView {
    provide_workflow_client(deployment().client_or_ask());
    let UseOrStartRunReturn {
        handler_id,
        reused,
        error,
        start_another,
        ..
    } = use_or_start_run("progress", json!({ "steps": 600, "per_second": 2 }));
    let UseWorkflowHandlerReturn { status, events, .. } = use_workflow_handler(handler_id, true);
    view! {
        <p>
            {handler_id} " is " {move || status.get().as_str()}
            {move || if reused.get() == Some(true) { ", found again" } else { "" }}
        </p>
        <p>{move || events.get().len()} " events"</p>
        <button on:click=move |_| start_another.call()>"Start another"</button>
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}

fn main() {
    mount_to_body(App);
}
