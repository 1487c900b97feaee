//! The start form of one workflow: fields from its schema, or the whole event as JSON.

use super::{StartChoices, Started};
use crate::form::{FormState, focus_field, form_fields, submit_on_ctrl_enter};
use crate::icon::{Icon, icon};
use crate::prompt::Drafts;
use crate::reactive::spawn_local;
use crate::reactive::*;
use crate::ui::{Call, El, button, div, dynamic, effect, el, fixed, frame, memo, span, typed};
use std::sync::Arc;
use web_sys::HtmlElement;
use workflow_inspector::form::{Form, parse_object};
use workflow_inspector::text;
use workflow_protocol::{FieldError, RawJson};
use workflow_ui_core::{
    Error, RunWorkflowOptions, UseWorkflowReturn, UseWorkflowRunReturn, use_workflow, use_workflow_run,
};

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
        refresh,
        ..
    } = use_workflow(fixed(&workflow));
    let UseWorkflowRunReturn {
        run_workflow,
        is_creating,
        ..
    } = use_workflow_run();
    let element = el("form");
    let node = element.node().clone();
    let state = FormState::new();
    let key = ["start ", &workflow].concat();
    state.inputs.set(drafts.get(&key));
    effect(move || drafts.set(&key, state.inputs.get()));

    let form = memo(move || match schema.get() {
        Some(schema) => Some(Arc::new(Form::from_schema(&schema.start))),
        // Without its schema a workflow can still be started: any keys, as fields or as JSON.
        None => unread
            .with(Option::is_some)
            .then(|| Arc::new(Form::from_schema(&RawJson::null()))),
    });
    let as_json = memo(move || state.inputs.with(|inputs| inputs.json.is_some()));
    let unready = move || form.with(Option::is_none);

    let errors_at = node.clone();
    let run = move || {
        let Some(form) = form.peek() else { return };
        if is_creating.get_untracked() {
            return;
        }
        let value = match composed(state, &form) {
            Ok(value) => value,
            Err(errors) => {
                state.errors.set(errors);
                show_errors(&errors_at);
                return;
            }
        };
        state.errors.set(Vec::new());
        let options = RunWorkflowOptions {
            handler_id: continues.peek(),
            ..RunWorkflowOptions::default()
        };
        let started = run_workflow.call_with(workflow.clone(), value.clone(), options);
        let errors_at = errors_at.clone();
        spawn_local(async move {
            match started.await {
                // The form may be gone by the time the answer is here.
                Ok(handler) => {
                    state.errors.set(Vec::new());
                    continues.set(None);
                    folded.set(true);
                    on_started.run(Started {
                        handler,
                        input: value,
                    });
                }
                Err(error) => refused(state, &form, &error, &errors_at),
            }
        });
    };
    let on_submit = Call::new(move |()| run());
    let body = dynamic(move || {
        let Some(form) = form.get() else {
            return vec![el("p").class("wf-note").text("Reading the form…")];
        };
        let as_json = as_json.get();
        untrack(|| {
            if as_json {
                return vec![json_side(state, on_submit)];
            }
            let none = form
                .fields
                .is_empty()
                .then_some("This workflow takes any fields, or none.");
            let about = form.description.as_deref().into_iter().chain(none);
            let mut parts: Vec<El> = about
                .map(|text| el("p").class("wf-start__about").text(text))
                .collect();
            parts.push(form_fields(&form, state, on_submit));
            parts
        })
    });
    let general = dynamic(move || {
        let text = state.general();
        (!text.is_empty() && !as_json.get())
            .then(|| el("p").class("wf-error").attr("role", "alert").text(text))
    });
    let trouble = dynamic(move || {
        unread.get().map(|error| {
            let again = button("wf-link")
                .text("Try again")
                .on("click", move |_| refresh.call());
            el("p")
                .class("wf-error")
                .attr("role", "status")
                .text(error.to_string())
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
    let json = button("wf-button")
        .attr("title", "The whole start event as JSON")
        .attr("aria-pressed", move || as_json.get())
        .child(icon(Icon::Braces))
        .text("JSON")
        .on("click", move |_| {
            if let Some(form) = form.peek() {
                toggle_json(state, &form, &node);
            }
        });
    let start = el("button")
        .class("wf-button wf-button--primary")
        .attr("type", "submit")
        .attr("data-part", "run-button")
        .flag("disabled", move || is_creating.get() || unready())
        .child(icon(Icon::Play))
        .text("Run");
    element
        .class("wf-form")
        .attr("data-part", "start-form")
        .attr("aria-label", "Start run")
        .attr("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            on_submit.run(());
        })
        .child(continued)
        .child(trouble)
        .child(body)
        .child(general)
        .child(
            div("wf-form__foot")
                .child(json)
                .child(span("wf-grow"))
                .child(start),
        )
}

/// What the form or the JSON says.
fn composed(state: FormState, form: &Form) -> Result<RawJson, Vec<FieldError>> {
    let json = state.inputs.peek_with(|inputs| inputs.json.clone());
    match json {
        None => state.compose(form),
        Some(text) => parse_object(&text).map_err(|error| vec![whole(error.to_string())]),
    }
}

/// An error of the whole form.
const fn whole(message: String) -> FieldError {
    FieldError {
        path: String::new(),
        message,
    }
}

/// Puts the server's refusal where it belongs; what was typed stays.
fn refused(state: FormState, form: &Form, error: &Error, node: &HtmlElement) {
    let json = state.inputs.peek_with(|inputs| inputs.json.is_some());
    if error.fields().is_empty() {
        state.errors.set(vec![whole(error.to_string())]);
    } else if json {
        let words = |error: &FieldError| whole([error.path.as_str(), ": ", &error.message].concat());
        state.errors.set(error.fields().iter().map(words).collect());
    } else {
        state.refuse(form, error.fields());
    }
    show_errors(node);
}

fn show_errors(node: &HtmlElement) {
    let node = node.clone();
    frame(move || focus_field(&node));
}

/// Swaps fields and JSON. JSON that can't be read stays until it is mended or dropped: nothing that was typed is lost.
fn toggle_json(state: FormState, form: &Form, node: &HtmlElement) {
    let json = state.inputs.peek_with(|inputs| inputs.json.clone());
    match json.map(|text| parse_object(&text)) {
        None => {
            state.errors.set(Vec::new());
            state
                .inputs
                .change(|inputs| inputs.json = Some(form.to_json(inputs)));
        }
        Some(Ok(value)) => {
            state.errors.set(Vec::new());
            state.inputs.change(|inputs| {
                form.update(inputs, &value);
                inputs.json = None;
            });
        }
        Some(Err(error)) => {
            state.errors.set(vec![whole(error.to_string())]);
            show_errors(node);
        }
    }
}

fn json_side(state: FormState, on_submit: Call<()>) -> El {
    let id = crate::dom::unique_id("json");
    let error_id = [&id, "-error"].concat();
    let shown = state
        .inputs
        .peek_with(|inputs| inputs.json.clone().unwrap_or_default());
    let errors = memo(move || state.general());
    let wrong = move || errors.with(|errors| !errors.is_empty());
    let area = el("textarea")
        .class("wf-input wf-input--code")
        .attr("id", id.as_str())
        .attr("rows", "8")
        .attr("spellcheck", false)
        .attr("autocomplete", "off")
        .attr("aria-invalid", move || wrong().then_some("true"))
        .attr("aria-describedby", error_id.as_str())
        .prop("value", shown)
        .on("input", move |event| {
            state.inputs.change(|inputs| inputs.json = Some(typed(&event)));
            state.errors.set(Vec::new());
        })
        .on("keydown", move |event| submit_on_ctrl_enter(&event, on_submit));
    let drop = button("wf-link")
        .flag("hidden", move || !wrong())
        .text("Drop this JSON and go back to the fields")
        .on("click", move |_| {
            state.errors.set(Vec::new());
            state.inputs.change(|inputs| inputs.json = None);
        });
    div("wf-field")
        .child(
            el("label")
                .class("wf-field__label")
                .attr("for", id)
                .text("Start event JSON"),
        )
        .child(area)
        .child(
            el("p")
                .class("wf-error")
                .attr("id", error_id)
                .flag("hidden", move || !wrong())
                .text(move || errors.get()),
        )
        .child(drop)
}
