//! Choose a workflow and start a run.

mod form;
mod handler_id;
mod picker;
mod recent;
mod run;

use crate::dom::unique_id;
use crate::icon::{Icon, IconView};
use crate::status::NextTry;
use crate::theme::mount_style;
pub(crate) use form::StartForm;
use leptos::prelude::*;
use picker::WorkflowPicker;
use workflow_inspector::text;
use workflow_protocol::{Handler, RawJson};
use workflow_ui_core::{UseWorkflowsReturn, use_workflows};

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

/// The workflow picker and the start form of the chosen workflow.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::start::{StartPane, Started};
///
/// #[component]
/// fn Start(opened: RwSignal<Option<String>>) -> impl IntoView {
///     let workflow = RwSignal::new(None::<String>);
///     view! {
///         <StartPane
///             workflow
///             on_workflow=move |name| workflow.set(Some(name))
///             on_started=move |started: Started| opened.set(Some(started.handler_id))
///         />
///     }
/// }
/// ```
#[component]
pub fn StartPane(
    /// The server's workflows. Defaults to those of the provided client.
    #[prop(optional)]
    workflows: Option<UseWorkflowsReturn>,
    /// The chosen workflow.
    #[prop(into)]
    workflow: Signal<Option<String>>,
    /// Called with the name when another workflow is chosen.
    #[prop(into)]
    on_workflow: Callback<String>,
    /// The handler that the next run continues. Defaults to none; set to none after a start.
    #[prop(optional, into)]
    continues: RwSignal<Option<String>>,
    /// Whether the form is folded to a line. Defaults to unfolded; a start folds it.
    #[prop(optional, into)]
    folded: RwSignal<bool>,
    /// Called when a run was started.
    #[prop(into)]
    on_started: Callback<Started>,
) -> impl IntoView {
    mount_style(STYLE);
    let workflows = workflows.unwrap_or_else(use_workflows);
    let chosen = Memo::new(move |_| workflow.get());
    clear_with_workflow(continues, chosen);
    // Why a start was refused whose form is gone: another workflow was chosen meanwhile.
    let refusal = RwSignal::new(None::<String>);
    let choose = move |name| {
        // A handler is continued with the workflow that it ran.
        continues.set(None);
        refusal.set(None);
        on_workflow.run(name);
    };
    // Made here, so that it outlives the form.
    let on_started = Callback::new(move |started| {
        refusal.set(None);
        on_started.run(started);
    });
    let on_refused = Callback::new(move |reason| refusal.set(Some(reason)));
    let body_id = unique_id("start");
    let title = move || match continues.get() {
        Some(handler_id) => format!("Continue {}", text::short_id(&handler_id)),
        None => String::from("Start run"),
    };
    view! {
        <section class="wf-start" aria-label="Start">
            <WorkflowPicker
                workflows
                chosen
                // A click on the picker unfolds the form of the workflow that is chosen already, too.
                on_open=move |()| folded.set(false)
                on_choose=choose
            />
            <ListError workflows />
            <Show when=move || refusal.with(Option::is_some)>
                <p class="wf-start__body wf-error" role="alert">
                    {refusal}
                </p>
            </Show>
            <div hidden=move || chosen.with(Option::is_none)>
                <button
                    type="button"
                    class="wf-start__fold"
                    translate="no"
                    aria-expanded=move || (!folded.get()).to_string()
                    aria-controls=body_id.clone()
                    on:click=move |_| folded.update(|folded| *folded = !*folded)
                >
                    <IconView icon=Icon::Chevron />
                    {title}
                </button>
                <div class="wf-start__body" id=body_id hidden=folded>
                    <For
                        each=move || chosen.get()
                        key=String::clone
                        children=move |workflow| {
                            view! { <StartForm workflow continues folded on_started on_refused /> }
                        }
                    />
                </div>
            </div>
        </section>
    }
}

/// A handler is continued with the workflow that it ran: the choice of another one ends that, also by Back.
fn clear_with_workflow(continues: RwSignal<Option<String>>, chosen: Memo<Option<String>>) {
    Effect::new(move |before: Option<[Option<String>; 2]>| {
        let now = [chosen.get(), continues.get()];
        if let Some([workflow, handler]) = before
            && handler.is_some()
            && handler == now[1]
            && workflow != now[0]
        {
            continues.set(None);
        }
        now
    });
}

/// Why the workflows could not be read.
#[component]
fn ListError(workflows: UseWorkflowsReturn) -> impl IntoView {
    let UseWorkflowsReturn {
        error,
        next_try: at,
        refresh,
        ..
    } = workflows;
    move || {
        error.get().map(|error| {
            view! {
                <div class="wf-start__body" role="status">
                    <p class="wf-error">{error.to_string()} ". " <NextTry at /></p>
                    <button type="button" class="wf-link" on:click=move |_| refresh.call()>
                        "Try again"
                    </button>
                </div>
            }
        })
    }
}
