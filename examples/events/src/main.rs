//! `use_workflow_events`: the progress events of a run, decoded into a type.

use leptos::prelude::*;
use serde_json::json;
use workflow_ui_core::{
    UseRunToCompletionReturn, UseWorkflowEventsReturn, deployment, provide_workflow_client,
    use_run_to_completion, use_workflow_events,
};

/// The event that the demo workflow `progress` publishes.
#[derive(serde::Deserialize)]
struct Progress {
    done: u64,
    total: u64,
}

#[component]
fn App() -> impl IntoView {
    provide_workflow_client(deployment().client_or_ask());
    let UseRunToCompletionReturn {
        run,
        handler_id,
        is_running,
        error,
        ..
    } = use_run_to_completion("progress");
    let UseWorkflowEventsReturn { latest, errors, .. } =
        use_workflow_events::<Progress>(handler_id, "Progress");
    view! {
        <button disabled=is_running on:click=move |_| run.dispatch(json!({ "steps": 50, "per_second": 10 }))>"Count"</button>
        <progress
            value=move || latest.get().map_or(0, |event| event.value.done)
            max=move || latest.get().map_or(1, |event| event.value.total)
        />
        <p>{move || errors.with(|errors| errors.first().map(ToString::to_string))}</p>
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}

fn main() {
    mount_to_body(App);
}
