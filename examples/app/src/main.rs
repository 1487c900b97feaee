//! A whole app: a filtered list of runs, a start form, and a run with own markup beside ready-made components.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use serde::Deserialize;
use serde_json::json;
use workflow_ui_components::progress::RunProgress;
use workflow_ui_components::prompt::Prompts;
use workflow_ui_components::provider::ApiProvider;
use workflow_ui_components::result::{RunFailure, RunResult};
use workflow_ui_components::runs::RunList;
use workflow_ui_components::start::Started;
use workflow_ui_components::status::StatusPill;
use workflow_ui_components::trigger::TriggerForm;
use workflow_ui_core::protocol::{Prompt, RunStatus};
use workflow_ui_core::{
    UseWorkflowEventsReturn, UseWorkflowHandlerListOptions, UseWorkflowHandlerReturn, deployment,
    use_workflow_events, use_workflow_handler, use_workflow_handler_list_with_options,
};

/// The event `Progress` of the workflow `progress`.
#[derive(Deserialize)]
struct Progress {
    done: u32,
    total: u32,
}

/// The result of the workflow `interview`.
#[derive(Deserialize)]
struct Served {
    name: String,
    drink: String,
}

#[component]
fn App() -> impl IntoView {
    let opened = RwSignal::new(None::<String>);
    let on_started = move |run: Started| opened.set(Some(run.handler_id));
    view! {
        <ApiProvider client=deployment().client_or_ask()>
            <h1>"Runs"</h1>
            <TriggerForm workflow="interview" on_started />
            <Runs opened />
            <Run opened />
        </ApiProvider>
    }
}

#[component]
fn Runs(opened: RwSignal<Option<String>>) -> impl IntoView {
    let statuses = RwSignal::new(Vec::<RunStatus>::new());
    let options = UseWorkflowHandlerListOptions {
        statuses: statuses.into(),
        // Without it, only runs that this page follows are known to wait.
        find_waiting: true,
        ..Default::default()
    };
    let runs = use_workflow_handler_list_with_options(None::<String>, options);
    view! {
        <label>
            "Status "
            <select on:change:target=move |event| statuses.set(event.target().value().parse().into_iter().collect())>
                <option value="">"any"</option>
                {RunStatus::ALL
                    .into_iter()
                    .map(|status| view! { <option value=status.as_str()>{status.as_str()}</option> })
                    .collect_view()}
            </select>
        </label>
        <div style="display: flex; flex-direction: column; height: 20rem">
            <RunList runs open=opened on_open=move |id| opened.set(Some(id)) />
        </div>
    }
}

/// The open run. The hooks follow the signal and never show values of the previous run.
#[component]
fn Run(opened: RwSignal<Option<String>>) -> impl IntoView {
    let run = use_workflow_handler(opened, true);
    let UseWorkflowEventsReturn { latest, .. } = use_workflow_events::<Progress>(opened, "Progress");
    let served = move || match run.result_as::<Served>()? {
        Ok(served) => Some(format!("{} drinks {}.", served.name, served.drink)),
        // The result of another workflow.
        Err(_) => None,
    };
    view! {
        <section aria-label="The opened run" hidden=move || opened.read().is_none()>
            <h2>{opened}</h2>
            <StatusPill status=run.status />
            <button on:click=move |_| run.cancel.dispatch()>"Cancel"</button>
            <progress
                value=move || latest.get().map_or(0, |event| event.value.done)
                max=move || latest.get().map_or(1, |event| event.value.total)
            />
            // The key contains the run, so a question of another run gets another row.
            <For each=move || run.open_prompts.get() key=Prompt::key let:prompt>
                <Question run prompt=run.live(prompt) />
            </For>
            <p class="served">{served}</p>
            <p role="alert">
                {move || run.error.get().or(run.action_error.get()).map(|error| error.to_string())}
            </p>
            // Ready-made components of the same run; they share its stream with the markup above.
            <RunProgress run />
            <Prompts run />
            <RunResult run />
            <RunFailure run />
        </section>
    }
}

#[component]
fn Question(run: UseWorkflowHandlerReturn, prompt: Signal<Prompt>) -> impl IntoView {
    let answer = RwSignal::new(String::new());
    let refusal = RwSignal::new(None::<String>);
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        let prompt = prompt.get_untracked();
        // The likeliest class. The stock class has a field `response`, the interview's class a field `choice`.
        let answers = run.answers.with_untracked(|classes| prompt.answers(classes));
        let (class, field) = match answers.first() {
            Some(answer) if answer.class != "HumanResponseEvent" => (answer.class.as_str(), "choice"),
            _ => ("HumanResponseEvent", "response"),
        };
        // Fails if the handler has another run by now. The state of the prompt shows the outcome.
        let sent = run
            .respond
            .call(&prompt, class, json!({ field: answer.get_untracked() }));
        refusal.set(sent.err().map(|error| error.to_string()));
    };
    view! {
        <form on:submit=send>
            <label>{move || prompt.read().text()} " " <input bind:value=answer /></label>
            <button disabled=move || !prompt.read().state.can_respond()>"Answer"</button>
            {move || prompt.read().state.as_str()} " "
            {move || prompt.read().error.clone()} {refusal}
        </form>
    }
}

fn main() {
    mount_to_body(App);
}
