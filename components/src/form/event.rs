//! The parts of a form that sends an event: its fields or its JSON, the errors of the whole, the button between the two.

use super::json_text::JsonText;
use super::{FormFields, FormState, STYLE, hand_focus_on};
use crate::icon::{Icon, IconView};
use crate::theme::mount_style;
use leptos::{html, prelude::*};
use std::sync::Arc;
use workflow_inspector::form::Form;

/// The fields of an event, or its JSON in their place.
#[component]
pub(crate) fn EventFields(
    /// The form; none while its schema is being read.
    #[prop(into)]
    form: Signal<Option<Arc<Form>>>,
    state: FormState,
    /// The name of the JSON's text area.
    label: &'static str,
    /// What is said of a form without fields.
    no_fields: &'static str,
    #[prop(into)] on_submit: Callback<()>,
) -> impl IntoView {
    mount_style(STYLE);
    let root = NodeRef::<html::Div>::new();
    let content = move || {
        let (form, as_json) = (form.get(), state.as_json.get());
        if let Some(root) = root.get_untracked() {
            hand_focus_on(&root);
        }
        match form {
            None => view! {
                <p class="wf-note" role="status">
                    "Reading the form…"
                </p>
            }
            .into_any(),
            Some(_) if as_json => view! { <JsonText state label on_submit /> }.into_any(),
            Some(form) => {
                let no_fields = form
                    .fields
                    .is_empty()
                    .then_some(form.problem.unwrap_or(no_fields));
                view! {
                    {form.description.clone().map(about)}
                    {no_fields.map(|text| about(text.to_owned()))}
                    <FormFields form state on_submit />
                }
                .into_any()
            }
        }
    };
    view! {
        <div class="wf-form" node_ref=root>
            {content}
        </div>
    }
}

fn about(text: String) -> impl IntoView {
    view! { <p class="wf-start__about">{text}</p> }
}

/// The errors that belong to no field. Each message is a new element, so that a repeated one is announced again.
#[component]
pub(crate) fn EventErrors(state: FormState) -> impl IntoView {
    let count = StoredValue::new(0_u32);
    let messages = move || {
        let text = state.general_error();
        count.update_value(|count| *count = count.wrapping_add(1));
        // The JSON has them beside it.
        (!text.is_empty() && !state.as_json.get()).then(|| (count.get_value(), text))
    };
    view! {
        <For
            each=messages
            key=|(number, _)| *number
            children=|(_, text)| {
                view! {
                    <p class="wf-error" role="alert">
                        {text}
                    </p>
                }
            }
        />
    }
}

/// The button that switches between fields and JSON.
#[component]
pub(crate) fn JsonToggle(
    #[prop(into)] form: Signal<Option<Arc<Form>>>,
    state: FormState,
    /// The form element, in which errors are focused.
    element: NodeRef<html::Form>,
) -> impl IntoView {
    let toggle = move |_| {
        if let Some(form) = form.get_untracked() {
            state.toggle_json(&form, element);
        }
    };
    view! {
        <button
            type="button"
            class="wf-button"
            title="The whole event as JSON"
            aria-pressed=move || state.as_json.get().to_string()
            on:click=toggle
        >
            <IconView icon=Icon::Braces />
            "JSON"
        </button>
    }
}
