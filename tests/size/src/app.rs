//! The view. It uses what each feature adds, so that the linker keeps it.

use leptos::prelude::*;

/// Shows it.
pub(crate) fn mount() {
    mount_to_body(App);
}

/// Starts a run, watches it and lists its siblings.
#[cfg(feature = "hooks")]
#[component]
fn App() -> impl IntoView {
    use workflow_ui_core::{
        UseWorkflowHandlerListReturn, UseWorkflowHandlerReturn, UseWorkflowRunReturn, WorkflowClient,
        deployment, provide_workflow_client, use_workflow_handler, use_workflow_handler_list,
        use_workflow_run,
    };
    let client = WorkflowClient::builder(deployment().base_if(|_| false));
    #[cfg(feature = "event-source")]
    let client = client.transport(workflow_ui_core::EventSourceTransport::new());
    #[cfg(feature = "shared-tabs")]
    let client = client.shared_tabs("");
    provide_workflow_client(client.build());
    let id = RwSignal::new(None::<String>);
    let UseWorkflowRunReturn {
        run_workflow, error, ..
    } = use_workflow_run();
    let UseWorkflowHandlerReturn {
        status,
        events,
        result,
        ..
    } = use_workflow_handler(id, true);
    let UseWorkflowHandlerListReturn { handlers, .. } =
        use_workflow_handler_list(Some("greeting".to_owned()));
    let start = move |_| {
        leptos::task::spawn_local(async move {
            let input = serde_json::json!({ "name": "Ada" });
            if let Ok(handler) = run_workflow.call("greeting", input).await {
                id.set(Some(handler.handler_id));
            }
        });
    };
    view! {
        <button on:click=start>"Greet"</button>
        <p>{move || error.get().map(|error| error.to_string())}</p>
        <p>{move || status.get().as_str()} {move || events.get().len()} {move || handlers.get().len()}</p>
        <pre>{move || result.get().map(|stop| stop.shown().as_str().to_owned())}</pre>
    }
}

/// What the others are compared with.
#[cfg(not(feature = "hooks"))]
#[component]
fn App() -> impl IntoView {
    view! { <p>"Hello"</p> }
}
