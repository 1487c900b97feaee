//! `use_run_to_completion`: call a workflow like a function.

use leptos::prelude::*;
use serde_json::{Value, json};
use workflow_ui_core::{
    UseRunToCompletionReturn, deployment, provide_workflow_client, use_run_to_completion,
};

#[component]
fn App() -> impl IntoView {
    provide_workflow_client(deployment().client_or_ask());
    let UseRunToCompletionReturn {
        run,
        end,
        is_running,
        error,
        ..
    } = use_run_to_completion("greeting");
    let result = move || {
        end.get().map(|end| match end.decode::<Value>() {
            Ok(result) if end.is_completed() => result.to_string(),
            _ => format!("{} {}", end.status, end.error.unwrap_or_default()),
        })
    };
    view! {
        <button disabled=is_running on:click=move |_| run.dispatch(json!({ "name": "Ada" }))>"Greet"</button>
        <pre id="result">{result}</pre>
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}

fn main() {
    mount_to_body(App);
}
