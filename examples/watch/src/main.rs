//! `use_workflow_handler`: watch a run by the id in the address, `#ID`.

use leptos::prelude::*;
use workflow_ui_core::{
    UseWorkflowHandlerReturn, WorkflowClient, deployment, provide_workflow_client, use_workflow_handler,
};

#[component]
fn App() -> impl IntoView {
    provide_workflow_client(WorkflowClient::new(deployment().api_base));
    let address = window().location().hash().unwrap_or_default();
    let id = RwSignal::new(address.trim_start_matches('#').to_owned());
    let UseWorkflowHandlerReturn {
        status,
        connection,
        events,
        result,
        error,
        cancel,
        ..
    } = use_workflow_handler(id, true);
    let last = move || {
        let events = events.get();
        events.range(events.len().saturating_sub(20)..events.len())
    };
    let stop = move |_| {
        leptos::task::spawn_local(async move {
            // What came of it is the run's status.
            let _ = cancel.call().await;
        });
    };
    view! {
        <input placeholder="handler id" on:change:target=move |event| id.set(event.target().value()) />
        <p>{move || status.get().as_str()} " (" {move || connection.get().as_str()} ") " <button on:click=stop>"Cancel"</button></p>
        <ol>
            <For each=last key=|row| row.sequence let:row>
                <li>{row.class.name.clone()} " " {row.value.map(|value| value.as_str().to_owned())}</li>
            </For>
        </ol>
        <pre>{move || result.get().map(|stop| stop.shown().as_str().to_owned())}</pre>
        <p role="alert">{error}</p>
    }
}

fn main() {
    mount_to_body(App);
}
