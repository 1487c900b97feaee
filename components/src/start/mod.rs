//! Choosing a workflow and starting a run of it.

mod fields;

use crate::dom::unique_id;
use crate::drafts::Drafts;
use crate::icon::{Icon, icon};
use crate::reactive::*;
use crate::status::next_try;
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{Call, El, Live, Var, button, div, dynamic, el, typed};
use leptos::prelude::{IntoView, component};
use workflow_inspector::text;
use workflow_protocol::{Handler, RawJson};
use workflow_ui_core::UseWorkflowsReturn;

const STYLE: &str = include_str!("start.css");

/// A run that was started, and what was sent to start it.
#[derive(Clone, Debug, PartialEq)]
pub struct Started {
    /// The id of the handler.
    pub handler_id: String,
    /// The handler in the server's answer.
    pub handler: Handler,
    /// The start event's fields, with which it can be started again.
    pub input: RawJson,
}

impl Started {
    /// From the server's answer and the start event's fields.
    #[must_use]
    pub fn new(handler: Handler, input: RawJson) -> Self {
        Self {
            handler_id: handler.handler_id.clone(),
            handler,
            input,
        }
    }
}

/// What a start form works on, chosen outside of it so that an address and other parts of the page can set it.
#[derive(Clone, Copy, Debug)]
pub struct StartChoices {
    /// The chosen workflow.
    pub workflow: Live<Option<String>>,
    /// Another workflow was chosen.
    pub on_workflow: Call<String>,
    /// The handler that the next run continues.
    pub continues: Var<Option<String>>,
    /// Is the form folded to a line?
    pub folded: Var<bool>,
    /// A run was started.
    pub on_started: Call<Started>,
}

/// The start form of one workflow, without a picker.
pub(crate) fn start_form(workflow: String, choices: StartChoices) -> El {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    fields::fields(workflow, choices, use_context::<Drafts>().unwrap_or_default())
}

/// The workflow picker and the start form of the chosen workflow.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::start::{StartChoices, StartPane, Started};
/// use workflow_ui_components::ui::{Call, Var};
/// use workflow_ui_core::use_workflows;
///
/// #[component]
/// fn Start(opened: RwSignal<String>) -> impl IntoView {
///     let workflow = RwSignal::new(None::<String>);
///     let choices = StartChoices {
///         workflow: workflow.into(),
///         on_workflow: Call::new(move |name| workflow.set(Some(name))),
///         continues: Var::new(None),
///         folded: Var::new(false),
///         on_started: Call::new(move |started: Started| opened.set(started.handler.handler_id)),
///     };
///     view! { <StartPane workflows=use_workflows() choices /> }
/// }
/// ```
#[component]
pub fn StartPane(
    /// The server's workflows.
    workflows: workflow_ui_core::UseWorkflowsReturn,
    /// What is chosen.
    choices: StartChoices,
) -> impl IntoView {
    View::from(start_pane(workflows.into(), choices))
}

/// [`StartPane`] as an element.
pub fn start_pane(workflows: UseWorkflowsReturn, choices: StartChoices) -> El {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let StartChoices {
        workflow,
        on_workflow,
        continues,
        folded,
        ..
    } = choices;
    let UseWorkflowsReturn {
        names,
        loading,
        error,
        next_try: next,
        refresh,
        ..
    } = workflows;
    let drafts = use_context::<Drafts>().unwrap_or_default();
    let id = unique_id("workflow");
    let options = dynamic(move || {
        let chosen = workflow.get();
        let mut names = names.get();
        // A link may name a workflow that the server doesn't have: it stays visible, and the form says so.
        if let Some(chosen) = chosen.as_ref().filter(|chosen| !names.contains(chosen)) {
            names.push(chosen.clone());
        }
        let first = if loading.get() {
            "Loading…"
        } else {
            "Choose a workflow…"
        };
        let first = el("option")
            .attr("value", "")
            .attr("disabled", "")
            .text(first)
            .on_off("selected", chosen.is_none());
        let option = |name: &String| {
            el("option")
                .attr("value", name.as_str())
                .text(name.as_str())
                .on_off("selected", chosen.as_ref() == Some(name))
        };
        let mut options = vec![first];
        options.extend(names.iter().map(option));
        options
    });
    let select = el("select")
        .class("wf-select")
        .attr("id", id.as_str())
        .attr("data-part", "workflow")
        .child(options)
        // Whoever goes to the picker wants to start something: the form opens, also for the workflow that is chosen already.
        .on("click", move |_| folded.set(false))
        .on("change", move |event| {
            folded.set(false);
            // A handler is continued with the workflow that it ran.
            continues.set(None);
            on_workflow.run(typed(&event));
        });
    let trouble = dynamic(move || {
        error.get().map(|error| {
            div("wf-start__body")
                .attr("role", "status")
                .child(
                    el("p")
                        .class("wf-error")
                        .text(error.to_string())
                        .text(". ")
                        .child(next_try(next)),
                )
                .child(
                    button("wf-link")
                        .text("Try again")
                        .on("click", move |_| refresh.call()),
                )
        })
    });
    let title = move || match continues.get() {
        Some(handler) => ["Continue ", &text::short_id(&handler)].concat(),
        None => String::from("Start run"),
    };
    let body_id = [&id, "-form"].concat();
    let fold = button("wf-start__fold")
        .attr("aria-expanded", move || !folded.get())
        .attr("aria-controls", body_id.as_str())
        .child(icon(Icon::Chevron))
        .text(title)
        .on("click", move |_| folded.set(!folded.peek()));
    let form = dynamic(move || {
        let name = workflow.get()?;
        Some(untrack(|| fields::fields(name, choices, drafts)))
    });
    el("section")
        .class("wf-start")
        .attr("aria-label", "Start")
        .child(
            div("wf-start__pick")
                .child(el("label").class("wf-h").attr("for", id).text("Workflow"))
                .child(select),
        )
        .child(trouble)
        .child(
            div("")
                .flag("hidden", move || workflow.with(Option::is_none))
                .child(fold)
                .child(
                    div("wf-start__body")
                        .attr("id", body_id)
                        .flag("hidden", move || folded.get())
                        .child(form),
                ),
        )
}
