//! `use_pending_inputs`: answer the prompts of all running runs.

use leptos::prelude::*;
use serde_json::json;
use workflow_ui_core::{
    PendingInput, UsePendingInputsOptions, UsePendingInputsReturn, deployment, provide_workflow_client,
    use_pending_inputs_with_options,
};

#[component]
fn App() -> impl IntoView {
    provide_workflow_client(deployment().client_or_ask());
    let options = UsePendingInputsOptions {
        all_running: true,
        ..UsePendingInputsOptions::default()
    };
    let waiting = use_pending_inputs_with_options(options);
    let UsePendingInputsReturn { inputs, count, error } = waiting;
    view! {
        <h1>{count} " open"</h1>
        // Keyed, so that a row keeps its input while other rows come and go.
        <For each=move || inputs.get() key=PendingInput::key let:input>
            <Question input=waiting.live(input) />
        </For>
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}

#[component]
fn Question(input: Signal<PendingInput>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let send = move |_| {
        let input = input.get_untracked();
        // The likeliest class. The stock class has a field `response`, the demo's class a field `choice`.
        let (class, field) = match input.answers.first() {
            Some(answer) if answer.class != "HumanResponseEvent" => (answer.class.as_str(), "choice"),
            _ => ("HumanResponseEvent", "response"),
        };
        // The state of the prompt shows the outcome.
        let _ = input.respond(class, json!({ field: typed.get_untracked() }));
    };
    view! {
        <p>
            {move || input.get().text} " "
            <input prop:value=typed on:input:target=move |event| typed.set(event.target().value()) />
            <button on:click=send disabled=move || !input.get().state().can_respond()>"Send"</button> " "
            {move || input.get().state().as_str()} " " {move || input.get().prompt.error}
        </p>
    }
}

fn main() {
    mount_to_body(App);
}
