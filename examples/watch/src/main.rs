//! `use_workflow_handler`: follow the run whose handler id is in the address, `#ID`.

use leptos::prelude::*;
use workflow_ui_core::{
    CancelOutcome, Error, UseWorkflowHandlerReturn, deployment, provide_workflow_client, use_workflow_handler,
};

#[component]
fn App() -> impl IntoView {
    provide_workflow_client(deployment().client_or_ask());
    let address = window().location().hash().unwrap_or_default();
    let id = RwSignal::new(Some(address.trim_start_matches('#').to_owned()));
    let UseWorkflowHandlerReturn {
        status,
        connection,
        events,
        result,
        error,
        run_id,
        cancel,
        ..
    } = use_workflow_handler(id, true);
    let last = move || {
        let events = events.get();
        events.range(events.len().saturating_sub(20)..events.len())
    };
    let outcome = RwSignal::new(None::<Result<CancelOutcome, Error>>);
    let stop = move |_| leptos::task::spawn_local(async move { outcome.set(Some(cancel.call().await)) });
    let delete = move |_| leptos::task::spawn_local(async move { outcome.set(Some(cancel.delete().await)) });
    let lost = move || outcome.get() == Some(Ok(CancelOutcome::StillRunning));
    // The run's status shows none of this.
    let unstopped = move || match outcome.get()? {
        Ok(CancelOutcome::StillRunning) => {
            Some("The server lost this run: only deleting ends it. ".to_owned())
        }
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    };
    view! {
        <input
            placeholder="handler id"
            on:change:target=move |event| {
                id.set(Some(event.target().value()));
                outcome.set(None);
            }
        />
        <p>{move || status.get().as_str()} " (" {move || connection.get().as_str()} ") " <button on:click=stop>"Cancel"</button></p>
        <p role="alert">{unstopped} <Show when=lost><button on:click=delete>"Delete"</button></Show></p>
        <ol>
            // Sequences start again at 0 in each run.
            <For each=last key=move |row| (run_id.get_untracked(), row.sequence) let:row>
                <li>{row.class.name.clone()} " " {row.value.map(|value| value.as_str().to_owned())}</li>
            </For>
        </ol>
        <pre>{move || result.get().map(|stop| stop.shown().as_str().to_owned())}</pre>
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}

fn main() {
    mount_to_body(App);
}
