//! Start a run of one workflow: a button with a fixed input, or the workflow's form.

use crate::icon::{Icon, IconView};
use crate::start::{StartForm, Started};
use crate::theme::mount_style;
use leptos::prelude::*;
use leptos::task::spawn_local;
use workflow_protocol::RawJson;
use workflow_ui_core::{UseWorkflowRunReturn, use_workflow_run};

const STYLE: &str = include_str!("trigger.css");

/// A button that starts a run with a fixed input.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::start::Started;
/// use workflow_ui_components::trigger::TriggerButton;
/// use workflow_ui_core::protocol::RawJson;
///
/// #[component]
/// fn Nightly(opened: RwSignal<Option<String>>) -> impl IntoView {
///     let input = RawJson::from_value(&serde_json::json!({ "depth": 2 }));
///     view! {
///         <TriggerButton
///             workflow="report"
///             input
///             label="Make the report"
///             on_started=move |run: Started| opened.set(Some(run.handler_id))
///         />
///     }
/// }
/// ```
#[component]
pub fn TriggerButton(
    /// The workflow to start.
    #[prop(into)]
    workflow: Signal<String>,
    /// The start event's fields, read on each click. Defaults to none.
    #[prop(into, optional)]
    input: Signal<RawJson>,
    /// The text of the button.
    #[prop(into)]
    label: Signal<String>,
    /// Called when a run was started.
    #[prop(into)]
    on_started: Callback<Started>,
) -> impl IntoView {
    mount_style(STYLE);
    let UseWorkflowRunReturn {
        run_workflow, error, ..
    } = use_workflow_run();
    // Set before the request is sent, so that a double click starts one run.
    let busy = RwSignal::new(false);
    let start = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let mut input = input.get_untracked();
        if input.is_null() {
            input = RawJson::empty_object();
        }
        let starting = run_workflow.call(workflow.get_untracked(), input.clone());
        spawn_local(async move {
            let result = starting.await;
            busy.try_set(false);
            // `error` has the reason of a failure.
            if let Ok(handler) = result {
                on_started.try_run(Started::new(handler, input));
            }
        });
    };
    let failure = move || {
        error.get().map(|error| {
            view! {
                <p class="wf-error" role="alert">
                    {error}
                </p>
            }
        })
    };
    view! {
        <div class="wf-trigger" data-part="trigger" part="trigger" data-busy=busy>
            <button
                type="button"
                class="wf-button wf-button--primary"
                data-part="trigger-button"
                part="trigger-button"
                disabled=busy
                on:click=start
            >
                <IconView icon=Icon::Play />
                {label}
            </button>
            {failure}
        </div>
    }
}

/// The start form of one workflow, from its schema: fields or JSON, inputs of earlier starts, and the button `Run`. Empty while the name of
/// the workflow is empty.
///
/// [`StartPane`](crate::start::StartPane) is the same with a workflow picker.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::start::Started;
/// use workflow_ui_components::trigger::TriggerForm;
///
/// #[component]
/// fn Interview(opened: RwSignal<Option<String>>) -> impl IntoView {
///     let on_started = move |run: Started| opened.set(Some(run.handler_id));
///     view! { <TriggerForm workflow="interview" on_started /> }
/// }
/// ```
#[component]
pub fn TriggerForm(
    /// The workflow to start.
    #[prop(into)]
    workflow: Signal<String>,
    /// Called when a run was started.
    #[prop(into)]
    on_started: Callback<Started>,
) -> impl IntoView {
    mount_style(STYLE);
    view! {
        <div class="wf-trigger" data-part="trigger" part="trigger">
            // The key replaces the form when the workflow changes.
            <For
                each=move || Some(workflow.get()).filter(|name| !name.is_empty())
                key=String::clone
                children=move |workflow| view! { <StartForm workflow on_started /> }
            />
        </div>
    }
}
