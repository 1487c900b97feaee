//! `use_pending_inputs`: answer the prompts of all running runs.

use leptos::prelude::*;
use serde_json::json;
use workflow_ui_core::{
    PendingInput, UsePendingInputsOptions, UsePendingInputsReturn, WorkflowClient, deployment,
    provide_workflow_client, use_pending_inputs_with_options,
};

#[component]
fn App() -> impl IntoView {
    provide_workflow_client(WorkflowClient::new(deployment().api_base));
    let options = UsePendingInputsOptions {
        all_running: true,
        ..UsePendingInputsOptions::default()
    };
    let UsePendingInputsReturn { inputs, count, error } = use_pending_inputs_with_options(options);
    view! {
        <h1>{count} " open"</h1>
        {move || inputs.get().into_iter().map(|input| view! { <Question input /> }).collect_view()}
        <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
    }
}

#[component]
fn Question(input: PendingInput) -> impl IntoView {
    let class = input
        .answers
        .first()
        .map_or(String::from("HumanResponseEvent"), |answer| answer.class.clone());
    let field = if class == "HumanResponseEvent" {
        "response"
    } else {
        "choice"
    };
    let typed = RwSignal::new(String::new());
    let (text, state, refusal) = (input.text.clone(), input.state(), input.prompt.error.clone());
    let send = move |_| {
        // What comes of it is the prompt's state.
        let _ = input.respond(&class, json!({ field: typed.get_untracked() }));
    };
    view! {
        <p>
            {text} " " <input on:input:target=move |event| typed.set(event.target().value()) />
            <button on:click=send disabled=!state.can_respond()>"Send"</button> " " {state.as_str()} " " {refusal}
        </p>
    }
}

fn main() {
    mount_to_body(App);
}
