//! The choice of a workflow.

use crate::dom::unique_id;
use leptos::prelude::*;
use workflow_ui_core::UseWorkflowsReturn;

/// A select with the server's workflows.
#[component]
pub(super) fn WorkflowPicker(
    workflows: UseWorkflowsReturn,
    chosen: Memo<Option<String>>,
    /// Called when the select is clicked.
    #[prop(into)]
    on_open: Callback<()>,
    /// Called with the name of the workflow that is chosen.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    let UseWorkflowsReturn { names, loading, .. } = workflows;
    let id = unique_id("workflow");
    let options = move || {
        let mut names = names.get();
        // A link may name a workflow that the server doesn't have: it stays visible, and the form has the server's error.
        names.extend(chosen.get().filter(|chosen| !names.contains(chosen)));
        names
    };
    let invitation = move || {
        if loading.get() {
            "Loading…"
        } else {
            "Choose a workflow…"
        }
    };
    let option = move |name: String| {
        let value = name.clone();
        let label = name.clone();
        let is_chosen = move || chosen.with(|chosen| chosen.as_deref() == Some(name.as_str()));
        view! {
            <option value=value translate="no" prop:selected=is_chosen>
                {label}
            </option>
        }
    };
    let choose = move |event| {
        on_open.run(());
        on_choose.run(event_target_value(&event));
    };
    view! {
        <div class="wf-start__pick">
            <label class="wf-h" for=id.clone()>
                "Workflow"
            </label>
            <select
                class="wf-select"
                id=id
                data-part="workflow"
                part="workflow"
                on:click=move |_| on_open.run(())
                on:change=choose
            >
                <option value="" disabled prop:selected=move || chosen.with(Option::is_none)>
                    {invitation}
                </option>
                <For each=options key=String::clone children=option />
            </select>
        </div>
    }
}
