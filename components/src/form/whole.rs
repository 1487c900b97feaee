//! A whole object to be sent: as fields of its schema, or as JSON. The start event's form and any other event's.

use super::json_side::json_side;
use super::{FormState, focus_field, form_fields, hand_focus_on};
use crate::drafts::Drafts;
use crate::icon::{Icon, icon};
use crate::reactive::{on_cleanup, untrack};
use crate::ui::{Call, Dynamic, El, Live, button, div, dynamic, effect, el, frame, memo, on_window};
use std::sync::Arc;
use web_sys::HtmlElement;
use workflow_inspector::form::{Form, Inputs, parse_object};
use workflow_protocol::{FieldError, RawJson};
use workflow_ui_core::Error;

/// The fields, or the JSON in their place, named `label`.
pub(crate) fn body(
    form: Live<Option<Arc<Form>>>,
    state: FormState,
    label: &'static str,
    none: &'static str,
    on_submit: Call<()>,
) -> El {
    let as_json = as_json(state);
    let whole = div("wf-form");
    let node = whole.node().clone();
    whole.child(dynamic(move || {
        let Some(form) = form.get() else {
            return vec![
                el("p")
                    .class("wf-note")
                    .attr("role", "status")
                    .text("Reading the form…"),
            ];
        };
        let as_json = as_json.get();
        state.refilled.track();
        hand_focus_on(&node);
        untrack(|| {
            if as_json {
                return state.drawing(|| vec![json_side(state, label, on_submit)]);
            }
            let none = form.fields.is_empty().then_some(form.problem.unwrap_or(none));
            let about = form.description.as_deref().into_iter().chain(none);
            let mut parts: Vec<El> = about
                .map(|text| el("p").class("wf-start__about").text(text))
                .collect();
            parts.push(form_fields(&form, state, on_submit));
            parts
        })
    }))
}

/// What is wrong with the whole of it.
pub(crate) fn general(state: FormState) -> Dynamic {
    let as_json = as_json(state);
    dynamic(move || {
        let text = state.general();
        (!text.is_empty() && !as_json.get())
            .then(|| el("p").class("wf-error").attr("role", "alert").text(text))
    })
}

/// The button that swaps fields and JSON. `node` is where errors are shown.
pub(crate) fn json_button(form: Live<Option<Arc<Form>>>, state: FormState, node: HtmlElement) -> El {
    let as_json = as_json(state);
    button("wf-button")
        .attr("title", "The whole event as JSON")
        .attr("aria-pressed", move || as_json.get())
        .child(icon(Icon::Braces))
        .text("JSON")
        .on("click", move |_| {
            if let Some(form) = form.peek() {
                toggle_json(state, &form, &node);
            }
        })
}

fn as_json(state: FormState) -> Live<bool> {
    memo(move || state.shaped(|inputs| inputs.json.is_some()))
}

/// Keeps what is typed while the form comes and goes, and over a reload. `key` is one [of this server](crate::drafts::of_this_server).
pub(crate) fn keep(drafts: Drafts, key: String, state: FormState) {
    state.inputs.set(drafts.get(&key));
    let (gone, hidden) = (key.clone(), key.clone());
    effect(move || drafts.set(&key, state.inputs.get()));
    // A form that left the screen is kept over a reload, too.
    on_cleanup(move || drafts.save(&gone));
    on_window("pagehide", move |_| drafts.save(&hidden));
}

/// What is to be put into the fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Laid {
    /// A JSON text in the place of what was typed.
    Instead(String),
    /// The JSON side, over what was typed.
    Side,
    /// Free keys that have got a field.
    Free,
}

/// Puts it there as soon as the code for it is.
pub(crate) fn laying(form: Live<Option<Arc<Form>>>, state: FormState) -> Dynamic {
    dynamic(move || match (state.laid.get(), form.get()) {
        (Some(laid), Some(form)) => Some(lay(&form, state, laid)),
        _ => None,
    })
}

fn lay(form: &Form, state: FormState, laid: Laid) -> El {
    let mut inputs = state.inputs.peek();
    let text = match laid {
        Laid::Free => None,
        Laid::Side => inputs.json.take(),
        Laid::Instead(text) => {
            inputs = Inputs::default();
            Some(text)
        }
    };
    match text.as_deref().map(parse_object) {
        None => form.adopt(&mut inputs),
        Some(Ok(value)) => form.update(&mut inputs, &value),
        Some(Err(_)) => inputs.json = text,
    }
    state.laid.set(None);
    state.errors.set(Vec::new());
    state.inputs.set(inputs);
    state.refill();
    el("span")
}

/// Hands the value of the fields, or of the JSON in their place, to `then`, at the time that [`FormState::composed`] says. A form that
/// can't be sent shows its errors at the fields of `node` instead.
pub(crate) fn composed(
    state: FormState,
    form: &Arc<Form>,
    node: HtmlElement,
    then: impl FnOnce(RawJson) + 'static,
) {
    let sent = Arc::clone(form);
    let settle = move |value: Result<RawJson, Vec<FieldError>>| match value {
        Ok(value) => {
            state.errors.set(Vec::new());
            then(value);
        }
        Err(errors) => {
            state.refuse(&sent, &errors);
            show_errors(&node);
        }
    };
    match state.inputs.peek_with(|inputs| inputs.json.clone()) {
        None => state.composed(form, settle),
        Some(text) => settle(parse_object(&text).map_err(|error| vec![whole(error.to_string())])),
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
pub(crate) fn refused(state: FormState, form: &Form, error: &Error, node: &HtmlElement) {
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

pub(crate) fn show_errors(node: &HtmlElement) {
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
        Some(Ok(_)) => state.laid.set(Some(Laid::Side)),
        Some(Err(error)) => {
            state.errors.set(vec![whole(error.to_string())]);
            show_errors(node);
        }
    }
}
