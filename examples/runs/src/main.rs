//! `use_workflow_handler_list`: the runs of a server, kept up to date.

use leptos::prelude::*;
use workflow_ui_core::{
    UseWorkflowHandlerListReturn, deployment, provide_workflow_client, use_workflow_handler_list,
};

#[component]
fn App() -> impl IntoView {
    provide_workflow_client(deployment().client_or_ask());
    let workflow = RwSignal::new(None::<String>);
    let UseWorkflowHandlerListReturn {
        handlers,
        clear_completed,
        loading,
        error,
        ..
    } = use_workflow_handler_list(workflow);
    view! {
        <input placeholder="workflow" on:change:target=move |event| workflow.set(Some(event.target().value())) />
        <button on:click=move |_| clear_completed.call()>"Hide what has ended"</button>
        <p>{move || if loading.get() { "Loading…" } else { "" }}</p>
        <table>
            {move || handlers.get().into_iter().map(|run| view! {
                <tr>
                    <td>{run.handler.workflow_name.clone()}</td>
                    <td>{run.handler.handler_id.clone()}</td>
                    <td>{run.status.as_str()}</td>
                    <td>{run.handler.error.clone()}</td>
                </tr>
            }).collect_view()}
        </table>
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}

fn main() {
    mount_to_body(App);
}
