//! A whole event as JSON, in the place of its fields.

use super::{FormState, submit_on_ctrl_enter};
use crate::dom::{key_press, unique_id};
use leptos::prelude::*;

/// The text area of the JSON, with what is wrong with it.
#[component]
pub(super) fn JsonText(
    state: FormState,
    /// The name of the text area.
    label: &'static str,
    on_submit: Callback<()>,
) -> impl IntoView {
    state.mark_drawn();
    let id = unique_id("json");
    let error_id = format!("{id}-error");
    let text = state
        .inputs
        .with_untracked(|inputs| inputs.json.clone().unwrap_or_default());
    let errors = Memo::new(move |_| state.general_error());
    let is_valid = Signal::derive(move || errors.with(String::is_empty));
    let on_input = move |event| {
        let text = event_target_value(&event);
        state.inputs.update(|inputs| inputs.json = Some(text));
        state.errors.set(Vec::new());
    };
    let discard = move |_| {
        state.errors.set(Vec::new());
        state.inputs.update(|inputs| inputs.json = None);
    };
    view! {
        <div class="wf-field">
            <label class="wf-field__label" for=id.clone()>
                {label}
            </label>
            <textarea
                class="wf-input wf-input--code"
                id=id
                rows="8"
                spellcheck="false"
                autocomplete="off"
                aria-invalid=move || (!is_valid.get()).then_some("true")
                aria-describedby=error_id.clone()
                prop:value=text
                on:input=on_input
                on:keydown=move |event| submit_on_ctrl_enter(key_press(&event), Some(on_submit))
            ></textarea>
            <p class="wf-error" id=error_id translate="no" hidden=is_valid>
                {errors}
            </p>
            <button type="button" class="wf-link" hidden=is_valid on:click=discard>
                "Drop this JSON and go back to the fields"
            </button>
        </div>
    }
}
