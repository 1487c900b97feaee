//! Invoices: a form that has one extracted, the records, and the review of a record beside its text.

mod extract;
mod review;

use extract::Extract;
use leptos::prelude::*;
use review::Review;
use serde::Deserialize;
use workflow_ui_components::cloud::{Column, ItemGrid, StatusCounts};
use workflow_ui_core::protocol::RawJson;
use workflow_ui_core::{
    Error, StartRequest, StorageArea, UseAgentDataOptions, WorkflowClient, agent_data_address, deployment,
    page_storage, provide_agent_data_client, provide_workflow_client, use_workflow_handler,
};

/// What the workflow `metadata` says about the records.
#[derive(Clone, Deserialize)]
struct Metadata {
    json_schema: RawJson,
    deployment_name: String,
    extracted_data_collection: String,
}

async fn metadata(client: WorkflowClient) -> Result<Metadata, String> {
    let words = |error: Error| error.to_string();
    let request = StartRequest::new(&()).map_err(words)?;
    let end = client
        .run_to_completion("metadata", &request)
        .await
        .map_err(words)?;
    match &end.error {
        Some(error) => Err(error.clone()),
        None => end.decode().map_err(words),
    }
}

#[component]
fn App() -> impl IntoView {
    // Ignores servers of other origins in a link.
    let client = deployment().client();
    provide_workflow_client(client.clone());
    let about = LocalResource::new(move || metadata(client.clone()));
    let body = move || match about.get() {
        None => view! { <p class="app__note wf-muted">"Loading…"</p> }.into_any(),
        Some(Ok(metadata)) => view! { <Invoices metadata /> }.into_any(),
        Some(Err(words)) => view! { <p class="app__note wf-error" role="alert">{words}</p> }.into_any(),
    };
    view! {
        <div class="wf-root app">
            <header class="app__head">
                <h1>
                    <a href="#">"Invoices"</a>
                </h1>
            </header>
            {body}
        </div>
    }
}

/// The records, or the one that is open.
#[component]
fn Invoices(metadata: Metadata) -> impl IntoView {
    let client = agent_data_address()
        .builder_if(|_| false)
        .deployment(metadata.deployment_name)
        .collection(metadata.extracted_data_collection)
        .build();
    provide_agent_data_client(client);
    // The open record is in the fragment of the address, so links and reloads work on every server.
    let open = RwSignal::new(open_record());
    let listener = window_event_listener(leptos::ev::hashchange, move |_| open.set(open_record()));
    on_cleanup(move || listener.remove());
    // The newest run of this tab. It goes on while a record is open.
    let run = kept("run");
    let schema = StoredValue::new(metadata.json_schema);
    view! {
        <Show
            when=move || open.with(Option::is_some)
            fallback=move || {
                view! {
                    <main class="app__body">
                        <Extract run />
                        <Records run />
                    </main>
                }
            }
        >
            <Review id=open schema=schema.get_value() />
        </Show>
    }
}

/// The records with their counts, read again when the run ends.
#[component]
fn Records(#[prop(into)] run: Signal<String>) -> impl IntoView {
    let options = UseAgentDataOptions {
        after_run: Some(use_workflow_handler(run, true).status),
        ..UseAgentDataOptions::default()
    };
    let columns = vec![
        Column::field("File", "file_name"),
        Column::field("Vendor", "data.vendor"),
        Column::status("Status", "status"),
        Column::field("Total", "data.total"),
        Column::created("Created"),
    ];
    let status = RwSignal::new(String::new());
    view! {
        <section class="app__card app__records" aria-label="Extracted invoices">
            <StatusCounts chosen=status on_choose=move |chosen| status.set(chosen) options=options.clone() />
            <ItemGrid columns status_field="status" status on_open=|id: String| go_to(&id) options />
        </section>
    }
}

/// A text that survives a reload of the tab.
fn kept(key: &'static str) -> RwSignal<String> {
    let text = RwSignal::new(page_storage().get(StorageArea::Session, key).unwrap_or_default());
    // Where storage is denied or full, the text ends with the page.
    Effect::new(move |_| text.with(|text| page_storage().set(StorageArea::Session, key, Some(text))));
    text
}

/// The id of the record in the address.
fn open_record() -> Option<String> {
    location_hash().filter(|id| !id.is_empty())
}

fn go_to(id: &str) {
    // Setting the hash cannot fail.
    let _ = location().set_hash(id);
}

fn main() {
    mount_to_body(App);
}
