//! Choosing a workflow and starting a run of it.

mod fields;

use crate::dom::unique_id;
use crate::icon::{Icon, icon};
use crate::prompt::Drafts;
use crate::theme::mount_style;
use leptos::prelude::*;
use workflow_inspector::text;
use workflow_protocol::{Handler, RawJson};
use workflow_ui_core::UseWorkflowsReturn;

const STYLE: &str = include_str!("start.css");

/// What was sent to start a run, so that it can be started again.
#[derive(Clone, Debug, PartialEq)]
pub struct Started {
    /// The handler in the server's answer.
    pub handler: Handler,
    /// The start event's fields.
    pub input: RawJson,
}

/// What a start form works on, chosen outside of it so that an address and other parts of the page can set it.
#[derive(Clone, Copy, Debug)]
pub struct StartChoices {
    /// The chosen workflow.
    pub workflow: Signal<Option<String>>,
    /// Another workflow was chosen.
    pub on_workflow: Callback<String>,
    /// The handler that the next run continues.
    pub continues: RwSignal<Option<String>>,
    /// Is the form folded to a line?
    pub folded: RwSignal<bool>,
    /// A run was started.
    pub on_started: Callback<Started>,
}

/// The workflow picker and the start form of the chosen workflow.
#[component]
pub fn StartPane(
    /// The server's workflows.
    workflows: UseWorkflowsReturn,
    /// What is chosen.
    choices: StartChoices,
) -> impl IntoView {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let StartChoices { workflow, on_workflow, continues, folded, .. } = choices;
    let UseWorkflowsReturn { names, loading, error, refresh, .. } = workflows;
    let drafts = use_context::<Drafts>().unwrap_or_default();
    let id = unique_id("workflow");
    let options = move || {
        let chosen = workflow.get();
        let mut names = names.get();
        // A link may name a workflow that the server doesn't have: it stays visible, and the form says so.
        if let Some(chosen) = chosen.as_ref().filter(|chosen| !names.contains(chosen)) {
            names.push(chosen.clone());
        }
        let options = names.into_iter().map(|name| {
            let selected = chosen.as_ref() == Some(&name);
            view! { <option value=name.clone() selected=selected>{name.clone()}</option> }.into_any()
        });
        options.collect_view()
    };
    let waiting = move || {
        let words = if loading.get() { "Loading…" } else { "Choose a workflow…" };
        view! { <option value="" disabled selected=workflow.get().is_none()>{words}</option> }.into_any()
    };
    let trouble = move || {
        error.get().map(|error| {
            view! {
                <div class="wf-start__body" role="status">
                    <p class="wf-error">{error.to_string()}</p>
                    <button type="button" class="wf-link" on:click=move |_| refresh.call()>"Try again"</button>
                </div>
            }
            .into_any()
        })
    };
    // Whoever goes to the picker wants to start something: the form opens, also for the workflow that is chosen already.
    let unfold = move |_| folded.set(false);
    let form = move || {
        let name = workflow.get()?;
        Some(fields::fields(name, choices, drafts))
    };
    let title = move || match continues.get() {
        Some(handler) => ["Continue ", &text::short_id(&handler)].concat(),
        None => String::from("Start run"),
    };
    let body_id = [&id, "-form"].concat();
    let controls = body_id.clone();
    view! {
        <section class="wf-start" aria-label="Start">
            <div class="wf-start__pick">
                <label class="wf-h" for=id.clone()>"Workflow"</label>
                <select
                    class="wf-select"
                    id=id
                    data-part="workflow"
                    on:click=unfold
                    on:change=move |event| {
                        folded.set(false);
                        on_workflow.run(event_target_value(&event));
                    }
                >
                    {waiting}
                    {options}
                </select>
            </div>
            {trouble}
            <div hidden=move || workflow.with(Option::is_none)>
                <button
                    type="button"
                    class="wf-start__fold"
                    aria-expanded=move || (!folded.get()).to_string()
                    aria-controls=controls
                    on:click=move |_| folded.update(|folded| *folded = !*folded)
                >
                    {icon(Icon::Chevron)}
                    {title}
                </button>
                <div class="wf-start__body" id=body_id hidden=move || folded.get()>{form}</div>
            </div>
        </section>
    }
    .into_any()
}
