//! Sends any event to a run, and lists the sent events with their outcome.

use crate::dom::{this_moment, unique_id};
use crate::drafts::{Drafts, of_this_server};
use crate::form::{EventErrors, EventFields, FormState, JsonToggle};
use crate::icon::{Icon, IconView};
use crate::theme::mount_style;
use leptos::task::spawn_local;
use leptos::{ev, html, prelude::*};
use std::sync::Arc;
use workflow_inspector::form::Form;
use workflow_inspector::json::preview;
use workflow_inspector::text;
use workflow_protocol::{NodeKind, RawJson, SentEvent, SentState, event_is_beyond_key, schema_class};
use workflow_ui_core::{SendEvent, UseWorkflowHandlerReturn, UseWorkflowReturn, use_workflow};

const STYLE: &str = include_str!("send.css");

/// Largest number of steps that are offered.
const STEPS: usize = 2_000;

/// What the user chose to send.
#[derive(Clone, Copy)]
struct Draft {
    class: RwSignal<String>,
    /// The step that receives it; empty for every step that accepts it.
    step: RwSignal<String>,
    /// The fields of the class; none while they are not known.
    form: Memo<Option<Arc<Form>>>,
    fields: FormState,
    /// The form element.
    element: NodeRef<html::Form>,
    busy: RwSignal<bool>,
}

impl Draft {
    fn new(workflow: UseWorkflowReturn) -> Self {
        let class = RwSignal::new(String::new());
        let schema = Memo::new(move |_| {
            let (wanted, graph) = (class.get(), workflow.graph.get());
            let is_wanted = |schema: &&RawJson| {
                schema_class(graph.as_deref(), schema).is_some_and(|class| class == wanted)
            };
            workflow.event_schemas.with(|schemas| {
                let mut schemas = schemas.iter().flat_map(|schemas| schemas.iter());
                schemas.find(is_wanted).cloned()
            })
        });
        let form = Memo::new(move |_| match schema.get() {
            Some(schema) => Some(Arc::new(Form::for_response(&schema))),
            // Which classes the server describes is not known before it answers.
            None if workflow.event_schemas.with(Option::is_none) && workflow.error.with(Option::is_none) => {
                None
            }
            // A class that the server does not describe takes any keys.
            None => Some(Arc::new(Form::from_schema(&RawJson::null()))),
        });
        let fields = FormState::new();
        fields.keep_draft(
            use_context::<Drafts>().unwrap_or_default(),
            of_this_server("send"),
        );
        Self {
            class,
            step: RwSignal::new(String::new()),
            form,
            fields,
            element: NodeRef::new(),
            busy: RwSignal::new(false),
        }
    }

    /// Sends it, unless the fields have errors, which they show.
    fn send(self, run: UseWorkflowHandlerReturn) {
        let Self {
            class,
            step,
            fields,
            element,
            busy,
            ..
        } = self;
        let Some(form) = self.form.get_untracked().filter(|_| !busy.get_untracked()) else {
            return;
        };
        let sent = Arc::clone(&form);
        fields.compose_event(&form, element, move |value| {
            busy.set(true);
            let step = step.get_untracked();
            let sending = run.send_event.call_with(SendEvent {
                class: class.with_untracked(|class| class.trim().to_owned()),
                value,
                step: (!step.is_empty()).then_some(step),
            });
            spawn_local(async move {
                let result = sending.await;
                busy.try_set(false);
                if let Err(error) = result {
                    fields.show_refusal(&sent, &error, element);
                }
            });
        });
    }
}

/// A form that sends any event to a run, and the list of the events that were sent.
#[component]
pub(crate) fn SendForm(run: UseWorkflowHandlerReturn) -> impl IntoView {
    mount_style(STYLE);
    let workflow = use_workflow(Signal::derive(move || {
        let handler = run.handler.get();
        handler.map(|state| state.handler.workflow_name.clone())
    }));
    let draft = Draft::new(workflow);
    let Draft {
        class,
        step,
        form,
        fields,
        element,
        busy,
    } = draft;
    let is_ready = Memo::new(move |_| form.with(Option::is_some));
    let submit = move |()| draft.send(run);
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        submit(());
    };
    let classes = unique_id("classes");
    let list = classes.clone();
    view! {
        <div class="wf-send">
            <form
                class="wf-form"
                data-part="send-form"
                part="send-form"
                aria-label="Send event"
                aria-busy=move || (!is_ready.get()).to_string()
                novalidate
                node_ref=element
                on:submit=on_submit
            >
                <label class="wf-field">
                    <span class="wf-field__label">"Event class"</span>
                    <input
                        class="wf-input wf-mono"
                        type="text"
                        data-part="send-class"
                        part="send-class"
                        list=list
                        required
                        autocomplete="off"
                        spellcheck="false"
                        on:input=move |event| class.set(event_target_value(&event))
                    />
                </label>
                <datalist id=classes>{move || class_options(workflow)}</datalist>
                <label class="wf-field">
                    <span class="wf-field__label">"Step"</span>
                    <select
                        class="wf-select"
                        aria-label="Step"
                        on:change=move |event| step.set(event_target_value(&event))
                    >
                        <option value="">"Every step that takes it"</option>
                        {move || step_options(workflow)}
                    </select>
                </label>
                <Unread workflow />
                <EventFields
                    form
                    state=fields
                    label="Event JSON"
                    no_fields="Any fields, or none."
                    on_submit=submit
                />
                <EventErrors state=fields />
                <div class="wf-form__foot">
                    <JsonToggle form state=fields element />
                    <span class="wf-grow"></span>
                    <button
                        type="submit"
                        class="wf-button wf-button--primary"
                        disabled=move || busy.get() || class.with(String::is_empty) || !is_ready.get()
                    >
                        <IconView icon=Icon::Send />
                        "Send"
                    </button>
                </div>
            </form>
            <SentList sent=run.sent />
        </div>
    }
}

/// The classes of the events that the server describes.
fn class_options(workflow: UseWorkflowReturn) -> impl IntoView {
    let graph = workflow.graph.get();
    workflow.event_schemas.with(|schemas| {
        let schemas = schemas.iter().flat_map(|schemas| schemas.iter());
        let classes = schemas.filter_map(|schema| schema_class(graph.as_deref(), schema));
        classes
            .map(|class| view! { <option value=class></option> })
            .collect_view()
    })
}

/// The steps of the workflow.
fn step_options(workflow: UseWorkflowReturn) -> impl IntoView {
    workflow.graph.with(|graph| {
        let nodes = graph.iter().flat_map(|graph| graph.nodes.iter());
        let steps = nodes.filter(|node| node.kind == NodeKind::Step).take(STEPS);
        steps
            .map(|node| view! { <option value=node.id.clone()>{node.id.clone()}</option> })
            .collect_view()
    })
}

/// Why the classes are not known, with a button that asks for them again.
#[component]
fn Unread(workflow: UseWorkflowReturn) -> impl IntoView {
    let UseWorkflowReturn {
        event_schemas,
        error,
        refresh,
        ..
    } = workflow;
    let error = move || error.get().filter(|_| event_schemas.with(Option::is_none));
    move || {
        error().map(|error| {
            view! {
                <p class="wf-error" role="status">
                    {error}
                    " "
                    <button type="button" class="wf-link" on:click=move |_| refresh.call()>
                        "Try again"
                    </button>
                </p>
            }
        })
    }
}

/// The events that were sent, newest first; nothing while there are none.
#[component]
fn SentList(sent: Signal<Vec<SentEvent>>) -> impl IntoView {
    move || {
        let sent = sent.get();
        (!sent.is_empty()).then(|| {
            view! {
                <ul class="wf-send__list" aria-label="Sent events" translate="no">
                    {sent.iter().rev().map(sent_line).collect_view()}
                </ul>
            }
        })
    }
}

/// An event that was sent, and what became of it.
fn sent_line(sent: &SentEvent) -> impl IntoView + use<> {
    let step = sent.step.as_ref().map(|step| format!(" → {step}"));
    let event = format!(
        "{}{} {}",
        sent.class,
        step.unwrap_or_default(),
        preview(sent.value.as_str(), 120)
    );
    let outcome = format!("{} · {}", words(sent), text::ago(this_moment().since(sent.at)));
    view! {
        <li data-part="sent" part="sent" data-state=sent.state.as_str()>
            <span class="wf-mono">{event}</span>
            <span class="wf-muted">{outcome}</span>
        </li>
    }
}

/// What became of it, in words.
pub(crate) fn words(sent: &SentEvent) -> String {
    let words = match sent.state {
        SentState::Sending => "sending",
        SentState::Sent => "accepted by the server",
        SentState::Taken => "a step took it",
        SentState::Unhandled => "no step wanted it",
        SentState::Refused => "refused",
        SentState::Unknown => "the connection broke: it may have arrived or not",
    };
    let words = match &sent.error {
        Some(error) => format!("{words}: {error}"),
        None => words.to_owned(),
    };
    if event_is_beyond_key(sent) {
        format!("{words}; {WITHOUT_KEY}")
    } else {
        words
    }
}

/// What is said of a request that is too large to be protected from being carried out twice.
pub(crate) const WITHOUT_KEY: &str = "larger than 1 MB, so sent without an idempotency key: if the browser repeats the request, it may count twice";
