//! The id of the handler that a run is started in.

use super::run::Starter;
use crate::dom::unique_id;
use leptos::prelude::*;

/// The field for an id of one's own, folded away at first.
#[component]
pub(super) fn HandlerIdField(starter: Starter) -> impl IntoView {
    let Starter {
        handler_id,
        has_bad_id,
        continues,
        ..
    } = starter;
    let error_id = unique_id("id-error");
    view! {
        <details hidden=move || continues.with(Option::is_some)>
            <summary class="wf-field__hint">"Handler id"</summary>
            <input
                class="wf-input wf-mono"
                type="text"
                aria-label="Handler id"
                aria-invalid=move || has_bad_id.get().then_some("true")
                aria-describedby=error_id.clone()
                placeholder="chosen by the server"
                autocomplete="off"
                spellcheck="false"
                prop:value=handler_id
                on:input=move |event| handler_id.set(event_target_value(&event))
            />
            <p class="wf-error" id=error_id hidden=move || !has_bad_id.get()>
                "No slashes, and no dots alone: the server could not find the run by such an id."
            </p>
        </details>
    }
}
