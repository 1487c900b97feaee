//! The form that adds a deployment.

use leptos::{ev, prelude::*};

#[component]
pub(super) fn AddDeployment(on_add: Callback<(String, String), Result<(), String>>) -> impl IntoView {
    let (name, address) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let error = RwSignal::new(None::<String>);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let typed = (
            name.get_untracked().trim().to_owned(),
            address.get_untracked().trim().to_owned(),
        );
        match on_add.run(typed) {
            Ok(()) => {
                error.set(None);
                name.set(String::new());
                address.set(String::new());
            }
            Err(words) => error.set(Some(words)),
        }
    };
    let is_invalid = move || error.with(Option::is_some).to_string();
    view! {
        <details class="wf-monitor__pad">
            <summary class="wf-monitor__summary">"Add a server"</summary>
            <form class="wf-form" data-part="add-deployment" part="add-deployment" aria-label="Add a server" on:submit=submit>
                <label class="wf-field">
                    <span class="wf-field__label">"Name"</span>
                    <input
                        class="wf-input"
                        autocomplete="off"
                        spellcheck="false"
                        aria-invalid=is_invalid
                        bind:value=name
                    />
                </label>
                <label class="wf-field">
                    <span class="wf-field__label">"Address"</span>
                    <input
                        class="wf-input wf-mono"
                        inputmode="url"
                        autocomplete="off"
                        spellcheck="false"
                        placeholder="http://127.0.0.1:8000"
                        aria-invalid=is_invalid
                        bind:value=address
                    />
                </label>
                <Show when=move || error.with(Option::is_some)>
                    <p class="wf-error" role="alert" translate="no">
                        {move || error.get()}
                    </p>
                </Show>
                <button type="submit" class="wf-button">
                    "Add"
                </button>
            </form>
        </details>
    }
    .into_any()
}
