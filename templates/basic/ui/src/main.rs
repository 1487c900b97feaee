//! Starts a run, follows it, and answers its question.

use leptos::prelude::*;
use serde::Deserialize;
use workflow_ui_components::drafts::Drafts;
use workflow_ui_components::events::EventList;
use workflow_ui_components::prompt::Prompts;
use workflow_ui_components::result::{RunFailure, RunResult};
use workflow_ui_components::start::{StartPane, Started};
use workflow_ui_components::status::StatusPill;
use workflow_ui_core::{
    UseWorkflowEventsReturn, deployment, provide_workflow_client, use_workflow_events, use_workflow_handler,
};

/// The workflow that the form starts by default: a key of `[tool.llamaagents.workflows]`.
const WORKFLOW: &str = "trip";

/// The event with the progress of a run.
#[derive(Deserialize)]
struct Progress {
    done: u32,
    total: u32,
    note: String,
}

#[component]
fn App() -> impl IntoView {
    let place = deployment();
    // Ignores servers of other origins in a link.
    provide_workflow_client(place.client());
    provide_context(Drafts::new());

    // The open run is in the fragment of the address, so links and reloads work on every server.
    let open = RwSignal::new(open_run());
    let listener = window_event_listener(leptos::ev::hashchange, move |_| open.set(open_run()));
    on_cleanup(move || listener.remove());

    let workflow = RwSignal::new(Some(WORKFLOW.to_owned()));
    view! {
        <div class="wf-root app">
            <header class="app__head">
                <h1>"Plan a trip"</h1>
                <p class="wf-muted">{place.name}</p>
            </header>
            <main class="app__body">
                <section class="app__card app__start" aria-label="New run">
                    <StartPane
                        workflow
                        on_workflow=move |name| workflow.set(Some(name))
                        on_started=|run: Started| go_to(&run.handler_id)
                    />
                </section>
                <Show
                    when=move || open.with(Option::is_some)
                    fallback=|| view! { <p class="app__card app__none wf-muted">"Start a run: it shows up here."</p> }
                >
                    <Run handler_id=open />
                </Show>
            </main>
        </div>
    }
}

#[component]
fn Run(#[prop(into)] handler_id: Signal<Option<String>>) -> impl IntoView {
    let run = use_workflow_handler(handler_id, true);
    let UseWorkflowEventsReturn { latest, .. } = use_workflow_events::<Progress>(handler_id, "Progress");
    let number = move |field: fn(&Progress) -> u32| {
        latest.with(|event| event.as_ref().map_or(0, |event| field(&event.value)))
    };
    let note = move || latest.with(|event| event.as_ref().map(|event| event.value.note.clone()));
    view! {
        <section class="app__run" aria-label="Run" data-status=move || run.status.get().as_str()>
            <div class="app__card app__status">
                <StatusPill status=run.status />
                <span class="wf-mono wf-muted wf-cut" translate="no">{handler_id}</span>
                <progress
                    aria-label="Progress"
                    value=move || number(|progress| progress.done)
                    max=move || number(|progress| progress.total).max(1)
                />
                <span class="wf-muted app__note" translate="no">{note}</span>
            </div>
            <Prompts run />
            <RunFailure run />
            <div class="app__result">
                <RunResult run />
            </div>
            <details class="app__card app__events">
                <summary>{move || run.events.with(|events| events.len())} " events"</summary>
                <EventList run />
            </details>
        </section>
    }
}

/// The handler id in the address.
fn open_run() -> Option<String> {
    location_hash().filter(|id| !id.is_empty())
}

fn go_to(handler_id: &str) {
    // Setting the hash cannot fail.
    let _ = location().set_hash(handler_id);
}

fn main() {
    mount_to_body(App);
}
