//! A field with one control: its label, control, description and errors.

use super::FormState;
use super::control::{Control, is_checkbox};
use crate::dom::unique_id;
use leptos::prelude::*;
use workflow_inspector::form::{Field, FieldKind};

/// A field with one control.
#[component]
pub(super) fn SingleField(field: Field, state: FormState) -> impl IntoView {
    if matches!(field.kind, FieldKind::Text { pattern: Some(_), .. }) {
        state.prepare_patterns();
    }
    let id = unique_id("field");
    let notes = FieldNotes::new(&field, &id, state);
    let label = view! {
        <label class="wf-field__label" for=id.clone()>
            {field.label.clone()}
        </label>
    };
    let mark = required_mark(&field);
    let null = null_toggle(&field, state);
    let is_checkbox = is_checkbox(&field);
    let errors = notes.errors;
    let name = field.name.clone();
    let required = field.required.then_some("true");
    let control = view! {
        <Control
            attr:id=id
            attr:name=name
            attr:aria-required=required
            attr:aria-invalid=move || errors.with(|errors| (!errors.is_empty()).then_some("true"))
            attr:aria-describedby=notes.described_by()
            field
            state
        />
    };
    let main = if is_checkbox {
        view! { <div class="wf-field__check">{control} {label} {mark}</div> }.into_any()
    } else {
        view! {
            <div class="wf-field__head">{label} {mark} {null}</div>
            {control}
        }
        .into_any()
    };
    view! { <div class="wf-field">{main} {notes.description()} {notes.error()}</div> }
}

/// The description and the errors of a field, which describe its control or group.
pub(super) struct FieldNotes {
    description: String,
    description_id: String,
    error_id: String,
    errors: Memo<String>,
}

impl FieldNotes {
    pub(super) fn new(field: &Field, id: &str, state: FormState) -> Self {
        let texts: Vec<&str> = field
            .description
            .as_deref()
            .into_iter()
            .chain(field.problem)
            .collect();
        let name = field.name.clone();
        Self {
            description: texts.join(" "),
            description_id: format!("{id}-hint"),
            error_id: format!("{id}-error"),
            errors: Memo::new(move |_| state.error_of(&name)),
        }
    }

    /// The ids for `aria-describedby`.
    pub(super) fn described_by(&self) -> Signal<Option<String>> {
        let description = (!self.description.is_empty()).then(|| self.description_id.clone());
        let (errors, error_id) = (self.errors, self.error_id.clone());
        Signal::derive(move || {
            let error = errors.with(|errors| (!errors.is_empty()).then_some(&error_id));
            match (&description, error) {
                (Some(description), Some(error)) => Some(format!("{description} {error}")),
                (description, error) => description.as_ref().or(error).cloned(),
            }
        })
    }

    pub(super) fn description(&self) -> impl IntoView + use<> {
        let (id, text) = (self.description_id.clone(), self.description.clone());
        (!text.is_empty()).then(|| {
            view! {
                <p class="wf-field__hint" id=id>
                    {text}
                </p>
            }
        })
    }

    pub(super) fn error(&self) -> impl IntoView + use<> {
        let (id, errors) = (self.error_id.clone(), self.errors);
        view! {
            <p class="wf-error" id=id translate="no" hidden=move || errors.with(String::is_empty)>
                {errors}
            </p>
        }
    }
}

/// The mark of a required field. It is beside the label, not in it, so that the label is what the schema says.
pub(super) fn required_mark(field: &Field) -> impl IntoView + use<> {
    field.required.then(|| {
        view! {
            <span class="wf-field__mark" aria-hidden="true">
                "required"
            </span>
        }
    })
}

/// The button that sends null instead of the input. Shown where the schema allows null and no option means it.
pub(super) fn null_toggle(field: &Field, state: FormState) -> impl IntoView + use<> {
    let has_option = matches!(field.kind, FieldKind::Choice(_) | FieldKind::Boolean);
    (field.nullable && !has_option).then(|| {
        let (id, name) = (field.id.clone(), field.name.clone());
        let pressed_id = id.clone();
        let is_pressed = move || state.with_structure(|inputs| inputs.is_null(&pressed_id));
        let toggle = move |_| {
            state.inputs.update(|inputs| {
                let is_null = inputs.is_null(&id);
                inputs.set_null(&id, !is_null);
            });
            state.clear_errors_of(&name);
        };
        let label = format!("Send null for {}", field.label);
        view! {
            <button
                type="button"
                class="wf-field__null"
                aria-label=label.clone()
                title=label
                aria-pressed=move || is_pressed().to_string()
                on:click=toggle
            >
                "null"
            </button>
        }
    })
}
