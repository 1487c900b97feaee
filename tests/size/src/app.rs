//! The view. It uses what each feature adds, so that the linker keeps it.

use leptos::prelude::*;

/// Mounts the app.
pub(crate) fn mount() {
    mount_to_body(App);
}

/// Starts a run, watches it and lists the others.
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
    #[cfg(feature = "cloud")]
    let records = records();
    #[cfg(not(feature = "cloud"))]
    let records = ();
    #[cfg(feature = "json")]
    let any = any();
    #[cfg(not(feature = "json"))]
    let any = ();
    view! {
        {records}
        {any}
        <button on:click=start>"Greet"</button>
        <p>{move || error.get().map(|error| error.to_string())}</p>
        <p>{move || status.get().as_str()} {move || events.get().len()} {move || handlers.get().len()}</p>
        <pre>{move || result.get().map(|stop| stop.shown().as_str().to_owned())}</pre>
    }
}

/// Reads JSON of any shape, changes it and writes it.
#[cfg(feature = "json")]
fn any() -> impl IntoView {
    use serde_json::{Value, json};
    let text = RwSignal::new(String::new());
    let shown = move || {
        let mut value: Value = serde_json::from_str(&text.get()).unwrap_or_default();
        value["name"] = json!({ "seen": true, "number": 1.5 });
        value.to_string()
    };
    view! {
        <input bind:value=text />
        <p>{shown}</p>
    }
}

/// Reads, counts, groups and writes records.
#[cfg(feature = "cloud")]
fn records() -> impl IntoView {
    use serde_json::{Value, json};
    use workflow_ui_core::agent_data::{AggregateRequest, SearchRequest, field};
    use workflow_ui_core::{
        agent_data_address, provide_agent_data_client, use_agent_data_count, use_agent_data_groups,
        use_agent_data_item, use_agent_data_search, use_agent_data_write,
    };
    provide_agent_data_client(agent_data_address().client().collection("records"));
    let item = use_agent_data_item::<Value>("1");
    let search = use_agent_data_search::<Value>(SearchRequest::default());
    let count = use_agent_data_count(field("name").eq("Ada"));
    let groups = use_agent_data_groups(AggregateRequest::default());
    let write = use_agent_data_write::<Value>();
    let act = move |_| {
        write.create.dispatch(&json!({ "name": "Ada" }));
        write.update.dispatch("1", &json!({ "name": "Grace" }));
        write.delete.dispatch("2");
        search.load_more.call();
    };
    view! {
        <button on:click=act>"Write"</button>
        <p>{move || item.item.get().and_then(Result::ok).map(|item| item.data.to_string())}</p>
        <p>{move || search.rows.get().len()} {move || count.count.get()} {move || groups.groups.get().len()}</p>
        <p>{move || write.error.get().map(|error| error.to_string())}</p>
    }
}

/// The baseline of the comparison.
#[cfg(not(feature = "hooks"))]
#[component]
fn App() -> impl IntoView {
    view! { <p>"Hello"</p> }
}
