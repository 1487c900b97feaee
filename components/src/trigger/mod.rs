//! What starts a run of one workflow: a button with a fixed input, or the workflow's form.

use crate::icon::{Icon, IconView};
use crate::start::{StartForm, Started};
use crate::theme::mount_style;
use crate::ui::{Call, El, Live, element_of};
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
    /// The words on the button.
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

/// The start form of one workflow, from its schema: fields or JSON, inputs of earlier starts, and a button that runs it. Nothing while
/// the name of the workflow is empty.
///
/// [`StartPane`](crate::start::StartPane) is the same with a picker for the workflow.
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

/// [`TriggerButton`] as an element.
pub fn trigger_button(parts: TriggerParts) -> El {
    let TriggerParts {
        workflow,
        input,
        label,
        on_started,
    } = parts;
    let workflow: Signal<String> = workflow.into();
    let label: Signal<String> = label.into();
    let input: Signal<RawJson> = input.into();
    let on_started = Callback::new(move |started| on_started.run(started));
    element_of(view! { <TriggerButton workflow input label on_started /> })
}

/// [`TriggerForm`] as an element.
pub fn trigger_form(workflow: Live<String>, on_started: Call<Started>) -> El {
    let workflow: Signal<String> = workflow.into();
    let on_started = Callback::new(move |started| on_started.run(started));
    element_of(view! { <TriggerForm workflow on_started /> })
}

/// The properties of [`TriggerButton`], for [`trigger_button`].
#[derive(Clone, Copy, Debug)]
pub struct TriggerParts {
    /// The workflow to start.
    pub workflow: Live<String>,
    /// The start event's fields.
    pub input: Live<RawJson>,
    /// The words on the button.
    pub label: Live<String>,
    /// Called when a run was started.
    pub on_started: Call<Started>,
}
