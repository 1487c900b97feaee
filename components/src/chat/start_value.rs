//! Which field of an event takes the message, and the event that results.

use super::ChatOptions;
use crate::form::{FormState, json_object};
use leptos::prelude::Set;
use std::sync::Arc;
use workflow_inspector::form::{Field, FieldKind, Form};
use workflow_protocol::{FieldError, RawJson, fields};

/// Usual names of the field of a start event that takes a message, likeliest first.
const FIELDS: [&str; 12] = [
    "message",
    "user_msg",
    "user_message",
    "msg",
    "query",
    "question",
    "prompt",
    "input",
    "user_input",
    "text",
    "topic",
    "content",
];

/// Passes the start event for a message, or what is wrong with it, to `then`.
pub(super) fn start_value(
    state: FormState,
    form: Option<Form>,
    options: &ChatOptions,
    message: &str,
    then: impl FnOnce(Result<RawJson, String>) + 'static,
) {
    let form = Arc::new(form.unwrap_or_else(|| Form::from_schema(&RawJson::null())));
    if let Some(field) = text_field(&form, &options.field) {
        return filled(state, &form, field, &options.input, message, then);
    }
    if !form.open && options.field.is_empty() {
        return then(Err(String::from("This workflow takes no text.")));
    }
    then(any_field(options, message));
}

/// The start event of a workflow that takes any fields.
fn any_field(options: &ChatOptions, message: &str) -> Result<RawJson, String> {
    let field = if options.field.is_empty() {
        FIELDS[0]
    } else {
        &options.field
    };
    let mut fields = fields(options.input.as_str()).unwrap_or_default();
    fields.push((field.to_owned(), RawJson::string(message)));
    json_object(fields).ok_or_else(|| String::from("The message can't be written as JSON."))
}

/// The field that takes the message.
fn text_field<'a>(form: &'a Form, wanted: &str) -> Option<&'a Field> {
    let named = |name: &str| form.fields.iter().find(|field| field.name == name);
    if !wanted.is_empty() {
        return named(wanted);
    }
    let is_text = |field: &&Field| matches!(field.kind, FieldKind::Text { .. });
    let usual = FIELDS.iter().find_map(|name| named(name).filter(is_text));
    usual.or_else(|| form.fields.iter().find(is_text))
}

/// Passes the value of a form with `further` fields and this message, or what is wrong with it, to `then`.
pub(super) fn filled(
    state: FormState,
    form: &Arc<Form>,
    field: &Field,
    further: &RawJson,
    message: &str,
    then: impl FnOnce(Result<RawJson, String>) + 'static,
) {
    let mut inputs = form.decompose(further);
    field.type_text(&mut inputs, message);
    state.inputs.set(inputs);
    let name = field.name.clone();
    state.composed(form, move |value| {
        then(value.map_err(|errors| {
            let line = |error: &FieldError| match error.path.as_str() {
                path if path.is_empty() || path == name => error.message.clone(),
                path => format!("{path}: {}", error.message),
            };
            errors.iter().map(line).collect::<Vec<_>>().join("\n")
        }));
    });
}
