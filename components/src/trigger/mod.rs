//! What starts a run of one workflow: a button with a fixed input, or the workflow's form.

use crate::icon::{Icon, icon};
use crate::reactive::*;
use crate::start::{StartChoices, Started, start_form};
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{Call, El, Live, Var, button, div, dynamic, el};
use leptos::prelude::{IntoView, component};
use workflow_protocol::RawJson;
use workflow_ui_core::{UseWorkflowRunReturn, use_workflow_run};

const STYLE: &str = include_str!("trigger.css");

/// What a [`trigger_button`] works on: the properties of [`TriggerButton`].
#[derive(Clone, Copy, Debug)]
pub struct TriggerParts {
    /// The workflow to start.
    pub workflow: Live<String>,
    /// The start event's fields, read when the button is pressed.
    pub input: Live<RawJson>,
    /// The button's words.
    pub label: Live<String>,
    /// A run was started.
    pub on_started: Call<Started>,
}

/// A button that starts a run with a fixed input.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::trigger::TriggerButton;
/// use workflow_ui_components::ui::Call;
/// use workflow_ui_core::protocol::RawJson;
///
/// #[component]
/// fn Nightly(opened: RwSignal<String>) -> impl IntoView {
///     let input = RawJson::from_value(&serde_json::json!({ "depth": 2 }));
///     let on_started = Call::new(move |started: workflow_ui_components::start::Started| {
///         opened.set(started.handler.handler_id);
///     });
///     view! { <TriggerButton workflow="report" input label="Make the report" on_started /> }
/// }
/// ```
#[component]
pub fn TriggerButton(
    /// The workflow to start.
    #[prop(into)]
    workflow: Signal<String>,
    /// The start event's fields. Defaults to none.
    #[prop(into, optional)]
    input: Signal<RawJson>,
    /// The button's words.
    #[prop(into)]
    label: Signal<String>,
    /// A run was started.
    #[prop(into)]
    on_started: Call<Started>,
) -> impl IntoView {
    View::from(trigger_button(TriggerParts {
        workflow: workflow.into(),
        input: input.into(),
        label: label.into(),
        on_started,
    }))
}

/// [`TriggerButton`] as an element.
pub fn trigger_button(parts: TriggerParts) -> El {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let TriggerParts {
        workflow,
        input,
        label,
        on_started,
    } = parts;
    let UseWorkflowRunReturn {
        run_workflow, error, ..
    } = use_workflow_run();
    // Known before the request is under way: a double click starts one run.
    let busy = Var::new(false);
    let start = move |_| {
        if busy.peek() {
            return;
        }
        busy.set(true);
        let mut input = input.peek();
        if input.is_null() {
            input = RawJson::empty_object();
        }
        let started = run_workflow.call(workflow.peek(), input.clone());
        spawn_local(async move {
            let started = started.await;
            busy.set(false);
            // Why it failed is in `error`.
            if let Ok(handler) = started {
                on_started.run(Started { handler, input });
            }
        });
    };
    let go = button("wf-button wf-button--primary")
        .attr("data-part", "trigger-button")
        .flag("disabled", move || busy.get())
        .child(icon(Icon::Play))
        .text(move || label.get())
        .on("click", start);
    let said = dynamic(move || {
        error.get().map(|error| {
            el("p")
                .class("wf-error")
                .attr("role", "alert")
                .text(error.to_string())
        })
    });
    div("wf-trigger")
        .attr("data-part", "trigger")
        .flag("data-busy", move || busy.get())
        .child(go)
        .child(said)
}

/// The start form of one workflow, from its schema: fields or JSON, inputs of earlier starts, and a button that runs it.
///
/// [`StartPane`](crate::start::StartPane) is the same with a picker for the workflow.
#[component]
pub fn TriggerForm(
    /// The workflow to start.
    #[prop(into)]
    workflow: Signal<String>,
    /// A run was started.
    #[prop(into)]
    on_started: Call<Started>,
) -> impl IntoView {
    View::from(trigger_form(workflow.into(), on_started))
}

/// [`TriggerForm`] as an element.
pub fn trigger_form(workflow: Live<String>, on_started: Call<Started>) -> El {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let choices = StartChoices {
        workflow: crate::ui::memo(move || Some(workflow.get())),
        on_workflow: Call::new(|_| {}),
        continues: Var::new(None),
        folded: Var::new(false),
        on_started,
    };
    div("wf-trigger")
        .attr("data-part", "trigger")
        .child(dynamic(move || {
            let name = workflow.get();
            (!name.is_empty()).then(|| untrack(|| start_form(name, choices)))
        }))
}
