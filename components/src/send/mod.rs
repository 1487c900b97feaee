//! Sending any event to a run, and what became of those that were sent.

use crate::dom::unique_id;
use crate::drafts::{Drafts, of_this_server};
use crate::form::{FormState, whole};
use crate::icon::{Icon, icon};
use crate::reactive::*;
use crate::theme::mount_style;
use crate::ui::{El, Live, Var, div, dynamic, el, memo, span, typed};
use std::sync::Arc;
use workflow_inspector::form::Form;
use workflow_inspector::json::preview;
use workflow_inspector::text;
use workflow_protocol::{NodeKind, RawJson, SentEvent, SentState, event_is_beyond_key, schema_class};
use workflow_ui_core::SendEvent;
use workflow_ui_core::{UseWorkflowHandlerReturn, UseWorkflowReturn, use_workflow};

const STYLE: &str = include_str!("send.css");

/// Steps that are offered at most.
const STEPS: usize = 2_000;

/// The form and the list below it.
pub(crate) fn send_form(run: UseWorkflowHandlerReturn) -> El {
    mount_style(STYLE);
    mount_style(crate::form::STYLE);
    let name = Reading::derive(move || {
        run.handler
            .with(|state| state.as_ref().map(|state| state.handler.workflow_name.clone()))
            .unwrap_or_default()
    });
    let UseWorkflowReturn {
        event_schemas,
        graph,
        error: unread,
        refresh,
        ..
    } = use_workflow(name);
    let class = Var::new(String::new());
    let step = Var::new(String::new());
    let busy = Var::new(false);
    let state = FormState::new();
    let element = el("form");
    let node = element.node().clone();
    let schema = memo(move || {
        let wanted = class.get();
        let graph = graph.get();
        event_schemas.with(|schemas| {
            let schemas = schemas.as_deref().map(Vec::as_slice).unwrap_or_default();
            schemas
                .iter()
                .find(|schema| schema_class(graph.as_deref(), schema).is_some_and(|class| class == wanted))
                .cloned()
        })
    });
    // A class that the server does not describe takes any keys. Which ones it describes is not known before its answer.
    let unknown = move || event_schemas.with(Option::is_none);
    let form: Live<Option<Arc<Form>>> = memo(move || match schema.get() {
        Some(schema) => Some(Arc::new(Form::for_response(&schema))),
        None if unknown() && unread.with(Option::is_none) => None,
        None => Some(Arc::new(Form::from_schema(&RawJson::null()))),
    });
    let drafts = use_context::<Drafts>().unwrap_or_default();
    whole::keep(drafts, of_this_server("send"), state);
    let classes = unique_id("classes");
    let errors_at = node.clone();
    let submit = crate::ui::Call::new(move |()| {
        let Some(form) = form.peek().filter(|_| state.drawn.peek()) else {
            return;
        };
        if busy.peek() {
            return;
        }
        let (errors_at, sent) = (errors_at.clone(), Arc::clone(&form));
        whole::composed(state, &form, errors_at.clone(), move |value| {
            busy.set(true);
            let step = step.peek();
            let asked = run.send_event.call_with(SendEvent {
                class: class.peek().trim().to_owned(),
                value,
                step: (!step.is_empty()).then_some(step),
            });
            spawn_local(async move {
                let answer = asked.await;
                busy.set(false);
                if let Err(error) = answer {
                    whole::refused(state, &sent, &error, &errors_at);
                }
            });
        });
    });
    let trouble = dynamic(move || {
        let error = unread.get().filter(|_| unknown())?;
        let again = crate::ui::button("wf-link")
            .text("Try again")
            .on("click", move |_| refresh.call());
        Some(
            el("p")
                .class("wf-error")
                .attr("role", "status")
                .text(error.to_string())
                .text(" ")
                .child(again),
        )
    });
    let names = dynamic(move || {
        let schemas = event_schemas.get();
        let schemas = schemas.as_deref().map(Vec::as_slice).unwrap_or_default();
        let graph = graph.get();
        let classes = schemas
            .iter()
            .filter_map(|schema| schema_class(graph.as_deref(), schema));
        classes
            .map(|class| el("option").attr("value", class))
            .collect::<Vec<El>>()
    });
    let steps = dynamic(move || {
        let graph = graph.get();
        let nodes = graph
            .as_deref()
            .map(|graph| graph.nodes.as_slice())
            .unwrap_or_default();
        nodes
            .iter()
            .filter(|node| node.kind == NodeKind::Step)
            .take(STEPS)
            .map(|node| {
                el("option")
                    .attr("value", node.id.as_str())
                    .text(node.id.as_str())
            })
            .collect::<Vec<El>>()
    });
    let which = el("input")
        .class("wf-input wf-mono")
        .attr("type", "text")
        .attr("data-part", "send-class")
        .attr("list", classes.as_str())
        .attr("required", "")
        .attr("autocomplete", "off")
        .attr("spellcheck", false)
        .on("input", move |event| class.set(typed(&event)));
    let target = el("select")
        .class("wf-select")
        .attr("aria-label", "Step")
        .child(el("option").attr("value", "").text("Every step that takes it"))
        .child(steps)
        .on("change", move |event| step.set(typed(&event)));
    let labelled = |label: &'static str, input: El| {
        el("label")
            .class("wf-field")
            .child(span("wf-field__label").text(label))
            .child(input)
    };
    let send = el("button")
        .class("wf-button wf-button--primary")
        .attr("type", "submit")
        .flag("disabled", move || {
            busy.get() || class.with(String::is_empty) || !state.drawn.get()
        })
        .child(icon(Icon::Send))
        .text("Send");
    let form_part = element
        .class("wf-form")
        .attr("data-part", "send-form")
        .attr("aria-label", "Send event")
        .attr("aria-busy", move || !state.drawn.get())
        .attr("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            submit.run(());
        })
        .child(labelled("Event class", which))
        .child(el("datalist").attr("id", classes).child(names))
        .child(labelled("Step", target))
        .child(trouble)
        .child(whole::body(
            form,
            state,
            "Event JSON",
            "Any fields, or none.",
            submit,
        ))
        .child(whole::general(state))
        .child(whole::laying(form, state))
        .child(
            div("wf-form__foot")
                .child(whole::json_button(form, state, node))
                .child(span("wf-grow"))
                .child(send),
        );
    div("wf-send").child(form_part).child(dynamic(move || {
        run.sent.with(|sent| {
            (!sent.is_empty()).then(|| {
                el("ul")
                    .class("wf-send__list")
                    .attr("aria-label", "Sent events")
                    .child(sent.iter().rev().map(line).collect::<Vec<El>>())
            })
        })
    }))
}

/// One event that was sent, and what became of it.
fn line(sent: &SentEvent) -> El {
    let now = crate::dom::this_moment();
    let step = sent.step.as_ref().map(|step| [" → ", step].concat());
    el("li")
        .attr("data-part", "sent")
        .attr("data-state", sent.state.as_str())
        .child(
            span("wf-mono")
                .text(sent.class.as_str())
                .text(step)
                .text(" ")
                .text(preview(sent.value.as_str(), 120)),
        )
        .child(
            span("wf-muted")
                .text(words(sent))
                .text(" · ")
                .text(text::ago(now.since(sent.at))),
        )
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
        Some(error) => [words, ": ", error].concat(),
        None => words.to_owned(),
    };
    if event_is_beyond_key(sent) {
        [&words, "; ", WITHOUT_KEY].concat()
    } else {
        words
    }
}

/// What is said of a request that is too large to be protected from being carried out twice.
pub(crate) const WITHOUT_KEY: &str = "larger than 1 MB, so sent without an idempotency key: if the browser repeats the request, it may count twice";
