//! JSON, and the fields of forms.

use crate::scene::{Size, specimen};
use leptos::prelude::Set as _;
use std::sync::Arc;
use workflow_inspector::form::Form;
use workflow_protocol::{RawJson, WorkflowSchema};
use workflow_ui_components::form::{FormState, form_fields};
use workflow_ui_components::json_view::{json_text, json_tree};
use workflow_ui_components::ui::{Call, El, memo};

/// What the demo with every kind of field says about itself.
const RICH: &str = include_str!("../../../server/src/demos/recorded/rich_form.json");

const VALUE: &str = r#"{"city":"Vlissingen","tide":{"height":4.55,"unit":"m","above":"NAP"},"measured":["1953-02-01 03:24","1953-02-01 15:10"],
"id":9007199254740993,"remarks":null,"checked":true,"note":"A text that is longer than its place, so that it goes on below where there is room for it."}"#;

fn tree_of(text: impl Into<Arc<str>>) -> El {
    let text = text.into();
    json_tree("Value", memo(move || Arc::clone(&text)))
}

fn text_of(text: impl Into<Arc<str>>) -> El {
    let text = text.into();
    json_text(memo(move || Arc::clone(&text)))
}

pub(crate) fn json() -> Vec<El> {
    let long = || {
        let rows: Vec<String> = (0..5000).map(|row: usize| format!("[{row},true]")).collect();
        ["{\"rows\":[", &rows.join(","), "]}"].concat()
    };
    vec![
        specimen("A tree", Size::Tall, |_| tree_of(VALUE)),
        specimen("Lines", Size::Tall, |_| text_of(VALUE)),
        specimen("A text alone", Size::Tall, |_| tree_of("\"4.55 m\"")),
        specimen("A long tree", Size::Tall, move |_| tree_of(long())),
        specimen("Long lines", Size::Tall, move |_| text_of(long())),
        specimen("No JSON, as a tree", Size::Tall, |_| {
            tree_of("{\"half\": [1, 2, of it")
        }),
        specimen("No JSON, as lines", Size::Tall, |_| {
            text_of("{\"half\": [1, 2, of it")
        }),
    ]
}

fn rich() -> Arc<Form> {
    let schema = workflow_protocol::members(RICH).unwrap_or_default();
    let schema = schema.iter().find(|(name, _)| name == "schema");
    let start = schema.and_then(|(_, json)| Some(WorkflowSchema::parse(json).ok()?.start));
    Arc::new(Form::from_schema(&start.unwrap_or_default()))
}

fn fields(form: &Arc<Form>, filled: &str, wrong: bool) -> El {
    let state = FormState::new();
    state
        .inputs
        .set(form.decompose(&RawJson::parse(filled).unwrap_or_default()));
    if wrong && let Err(errors) = state.compose(form) {
        state.errors.set(errors);
    }
    form_fields(form, state, Call::new(|()| {}))
}

pub(crate) fn form() -> Vec<El> {
    let filled = r#"{"customer":"Ada Lovelace","address":{"street":"Main 1","city":"Delft","postcode":"12345"},
        "articles":[{"name":"Tea","quantity":2,"price":4.5}],"gift":true,"tags":["fragile"],"labels":{"room":"3"}}"#;
    vec![
        specimen("Untouched", Size::Natural, |_| fields(&rich(), "{}", false)),
        specimen("Filled", Size::Natural, move |_| fields(&rich(), filled, false)),
        specimen("What can't be sent", Size::Natural, |_| {
            fields(&rich(), "{}", true)
        }),
        specimen("Any fields", Size::Natural, |_| {
            let any = Arc::new(Form::from_schema(&RawJson::null()));
            fields(&any, r#"{"depth":2}"#, false)
        }),
    ]
}
