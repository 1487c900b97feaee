//! The start form of one workflow: fields from its schema, or the whole event as JSON.

use super::{StartChoices, Started};
use crate::dom::unique_id;
use crate::drafts::{Drafts, of_this_server};
use crate::form::FormState;
use crate::form::whole::{self, Laid};
use crate::icon::{Icon, icon};
use crate::reactive::*;
use crate::renewal::on_renewal;
use crate::send::WITHOUT_KEY;
use crate::status::next_try;
use crate::ui::{
    Call, Dynamic, El, Live, Var, button, div, dynamic, effect, el, fixed, memo, picked, span, typed,
};
use std::sync::Arc;
use workflow_inspector::form::Form;
use workflow_inspector::json::preview;
use workflow_inspector::text;
use workflow_protocol::{RawJson, is_addressable, start_is_beyond_key};
use workflow_ui_core::RunWorkflowOptions;
use workflow_ui_core::{UseWorkflowReturn, UseWorkflowRunReturn, use_workflow, use_workflow_run};

pub(super) fn fields(workflow: String, choices: StartChoices, drafts: Drafts) -> El {
    let StartChoices {
        continues,
        folded,
        on_started,
        ..
    } = choices;
    let UseWorkflowReturn {
        schema,
        error: unread,
        next_try: next,
        refresh,
        ..
    } = use_workflow(fixed(&workflow));
    on_renewal(move || {
        if schema.with_untracked(Option::is_none) {
            refresh.call();
        }
    });
    let UseWorkflowRunReturn {
        run_workflow,
        is_creating,
        ..
    } = use_workflow_run();
    let element = el("form");
    let node = element.node().clone();
    let state = FormState::new();

    let form = memo(move || match schema.get() {
        Some(schema) => Some(Arc::new(Form::from_schema(&schema.start))),
        // Without its schema a workflow can still be started: any keys, as fields or as JSON.
        None => unread
            .with(Option::is_some)
            .then(|| Arc::new(Form::from_schema(&RawJson::null()))),
    });
    let recent_key = of_this_server(&["recent ", &workflow].concat());
    let recent = Var::new(drafts.recent(&recent_key));
    let chosen_id = Var::new(String::new());
    let bad_id = memo(move || {
        chosen_id.with(|id| !id.trim().is_empty() && !is_addressable(id.trim()))
            && continues.with(Option::is_none)
    });
    whole::keep(drafts, of_this_server(&["start ", &workflow].concat()), state);
    // What was typed while the schema could not be had belongs into the fields that came.
    effect(move || {
        if form.with(|form| form.as_ref().is_some_and(|form| !form.open))
            && state.inputs.peek_with(|inputs| !inputs.extra().is_empty())
        {
            state.laid.set(Some(Laid::Free));
        }
    });
    let without_key = Var::new(false);
    let errors_at = node.clone();
    let run = move || {
        let Some(form) = form.peek().filter(|_| state.drawn.peek()) else {
            return;
        };
        if is_creating.get_untracked() {
            return;
        }
        if bad_id.peek() {
            // Folded away, its field would refuse in silence.
            if let Ok(Some(fold)) = errors_at.query_selector("details") {
                let _ = fold.set_attribute("open", "");
            }
            return whole::show_errors(&errors_at);
        }
        let (errors_at, recent_key) = (errors_at.clone(), recent_key.clone());
        let (workflow, sent) = (workflow.clone(), Arc::clone(&form));
        whole::composed(state, &form, errors_at.clone(), move |value| {
            let options = RunWorkflowOptions {
                handler_id: continues
                    .peek()
                    .or_else(|| Some(chosen_id.peek().trim().to_owned()).filter(|id| !id.is_empty())),
                follow: true,
                ..RunWorkflowOptions::default()
            };
            without_key.set(start_is_beyond_key(&value));
            let started = run_workflow.call_with(workflow, value.clone(), options);
            spawn_local(async move {
                match started.await {
                    // The form may be gone by the time the answer is here.
                    Ok(handler) => {
                        state.errors.set(Vec::new());
                        continues.set(None);
                        chosen_id.set(String::new());
                        // Folded away, what is said about the request would not be seen.
                        folded.set(!without_key.peek());
                        drafts.started(&recent_key, &value);
                        recent.set(drafts.recent(&recent_key));
                        on_started.run(Started::new(handler, value));
                    }
                    Err(error) => whole::refused(state, &sent, &error, &errors_at),
                }
            });
        });
    };
    let on_submit = Call::new(move |()| run());
    let body = whole::body(
        form,
        state,
        "Start event JSON",
        "This workflow takes any fields, or none.",
        on_submit,
    );
    let trouble = dynamic(move || {
        unread.get().map(|error| {
            let again = button("wf-link")
                .text("Try again")
                .on("click", move |_| refresh.call());
            el("p")
                .class("wf-error")
                .attr("role", "status")
                .text(error.to_string())
                .text(". ")
                .child(next_try(next))
                .text(" ")
                .child(again)
        })
    });
    let continued = dynamic(move || {
        continues.get().map(|handler| {
            let id = span("wf-mono")
                .attr("title", handler.as_str())
                .text(text::short_id(&handler).into_owned());
            let stop = button("wf-link")
                .text("Start a new handler instead")
                .on("click", move |_| continues.set(None));
            el("p")
                .class("wf-start__about")
                .text("A new run in the handler ")
                .child(id)
                .text(", with the state of its last one. ")
                .child(stop)
        })
    });
    let start = el("button")
        .class("wf-button wf-button--primary")
        .attr("type", "submit")
        .attr("data-part", "run-button")
        .flag("disabled", move || is_creating.get() || !state.drawn.get())
        .child(icon(Icon::Play))
        .text("Run");
    element
        .class("wf-form")
        .attr("data-part", "start-form")
        .attr("aria-label", "Start run")
        .attr("aria-busy", move || !state.drawn.get())
        .attr("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            on_submit.run(());
        })
        .child(continued)
        .child(trouble)
        .child(body)
        .child(whole::general(state))
        .child(
            el("p")
                .class("wf-note")
                .attr("data-part", "start-note")
                .attr("role", "status")
                .flag("hidden", move || !without_key.get())
                .text(move || {
                    if without_key.get() {
                        ["The last start was ", WITHOUT_KEY, "."].concat()
                    } else {
                        String::new()
                    }
                }),
        )
        .child(whole::laying(form, state))
        .child(extras(recent, state, chosen_id, bad_id, continues))
        .child(
            div("wf-form__foot")
                .child(whole::json_button(form, state, node))
                .child(span("wf-grow"))
                .child(start),
        )
}

/// What a form has for those who come again.
fn extras(
    recent: Var<Vec<RawJson>>,
    state: FormState,
    chosen: Var<String>,
    bad: Live<bool>,
    continues: Var<Option<String>>,
) -> El {
    div("wf-form")
        .child(recent_inputs(recent, state))
        .child(id_field(chosen, bad, continues))
}

/// The id of the handler, for whoever wants to choose it.
fn id_field(chosen: Var<String>, bad: Live<bool>, continues: Var<Option<String>>) -> El {
    let error_id = unique_id("id-error");
    let input = el("input")
        .class("wf-input wf-mono")
        .attr("type", "text")
        .attr("aria-label", "Handler id")
        .attr("aria-invalid", move || bad.get().then_some("true"))
        .attr("aria-describedby", error_id.as_str())
        .attr("placeholder", "chosen by the server")
        .attr("autocomplete", "off")
        .attr("spellcheck", false)
        .prop("value", move || chosen.get())
        .on("input", move |event| chosen.set(typed(&event)));
    let error = el("p")
        .class("wf-error")
        .attr("id", error_id)
        .flag("hidden", move || !bad.get())
        .text("No slashes, and no dots alone: the server could not find the run by such an id.");
    el("details")
        .flag("hidden", move || continues.with(Option::is_some))
        .child(el("summary").class("wf-field__hint").text("Handler id"))
        .child(input)
        .child(error)
}

/// What the workflow was started with before in this tab: choosing one fills the form with it.
fn recent_inputs(recent: Var<Vec<RawJson>>, state: FormState) -> Dynamic {
    dynamic(move || {
        let inputs = recent.get();
        (!inputs.is_empty()).then(|| {
            let first = el("option").attr("value", "").text("Recent inputs…");
            let options: Vec<El> = inputs
                .iter()
                .map(|input| el("option").text(preview(input.as_str(), 80)))
                .collect();
            el("select")
                .class("wf-select")
                .attr("aria-label", "Recent inputs")
                .child(first)
                .child(options)
                .on("change", move |event| {
                    // The first line is the invitation.
                    let input = picked(&event)
                        .and_then(|at| at.checked_sub(1))
                        .and_then(|at| inputs.get(at));
                    if let Some(input) = input {
                        state.laid.set(Some(Laid::Instead(input.as_str().to_owned())));
                    }
                })
        })
    })
}
