//! JSON, and the fields of forms.

use crate::scene::{Size, Specimen};
use leptos::prelude::*;
use std::sync::Arc;
use workflow_inspector::form::Form;
use workflow_protocol::{RawJson, WorkflowSchema};
use workflow_ui_components::form::{FormFields, FormState};
use workflow_ui_components::json_view::{JsonText, JsonTreeView};

/// How the demo with every kind of field describes itself.
const RICH: &str = include_str!("../../../server/src/demos/recorded/rich_form.json");

const VALUE: &str = r#"{"city":"Vlissingen","tide":{"height":4.55,"unit":"m","above":"NAP"},"measured":["1953-02-01 03:24","1953-02-01 15:10"],
"id":9007199254740993,"remarks":null,"checked":true,"note":"A text that is longer than its place, so that it goes on below where there is room for it."}"#;

const INVALID: &str = "{\"half\": [1, 2, of it";

#[component]
fn Tree(#[prop(into)] text: String) -> impl IntoView {
    view! { <JsonTreeView label="Value" text /> }
}

#[component]
fn Lines(#[prop(into)] text: String) -> impl IntoView {
    view! { <JsonText text /> }
}

fn long() -> String {
    let rows: Vec<String> = (0..5000).map(|row: usize| format!("[{row},true]")).collect();
    format!("{{\"rows\":[{}]}}", rows.join(","))
}

#[component]
pub(crate) fn Json() -> impl IntoView {
    view! {
        <Specimen caption="A tree" size=Size::Tall>
            <Tree text=VALUE />
        </Specimen>
        <Specimen caption="Lines" size=Size::Tall>
            <Lines text=VALUE />
        </Specimen>
        <Specimen caption="A text alone" size=Size::Tall>
            <Tree text="\"4.55 m\"" />
        </Specimen>
        <Specimen caption="A long tree" size=Size::Tall>
            <Tree text=long() />
        </Specimen>
        <Specimen caption="Long lines" size=Size::Tall>
            <Lines text=long() />
        </Specimen>
        <Specimen caption="No JSON, as a tree" size=Size::Tall>
            <Tree text=INVALID />
        </Specimen>
        <Specimen caption="No JSON, as lines" size=Size::Tall>
            <Lines text=INVALID />
        </Specimen>
    }
}

fn rich() -> Form {
    let schema = workflow_protocol::members(RICH).unwrap_or_default();
    let schema = schema.iter().find(|(name, _)| name == "schema");
    let start = schema.and_then(|(_, json)| Some(WorkflowSchema::parse(json).ok()?.start));
    Form::from_schema(&start.unwrap_or_default())
}

#[component]
fn Fields(
    form: Form,
    /// The object that is filled in.
    #[prop(default = "{}")]
    filled: &'static str,
    /// Whether the errors of the fields are shown.
    #[prop(optional)]
    invalid: bool,
) -> impl IntoView {
    let state = FormState::new();
    state
        .inputs
        .set(form.decompose(&RawJson::parse(filled).unwrap_or_default()));
    if invalid && let Err(errors) = state.compose(&form) {
        state.errors.set(errors);
    }
    view! { <FormFields form=Arc::new(form) state /> }
}

#[component]
pub(crate) fn Forms() -> impl IntoView {
    const FILLED: &str = r#"{"customer":"Ada Lovelace","address":{"street":"Main 1","city":"Delft","postcode":"12345"},
        "articles":[{"name":"Tea","quantity":2,"price":4.5}],"gift":true,"tags":["fragile"],"labels":{"room":"3"}}"#;
    view! {
        <Specimen caption="Untouched">
            <Fields form=rich() />
        </Specimen>
        <Specimen caption="Filled">
            <Fields form=rich() filled=FILLED />
        </Specimen>
        <Specimen caption="What can't be sent">
            <Fields form=rich() invalid=true />
        </Specimen>
        <Specimen caption="Any fields">
            <Fields form=Form::from_schema(&RawJson::null()) filled=r#"{"depth":2}"# />
        </Specimen>
    }
}
