//! Forms: what stays while something else changes.

use crate::kit::Mounted;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;
use workflow_ui_components::form::{FieldError, Form, FormFields, FormState};
use workflow_ui_core::protocol::RawJson;

const SCHEMA: &str = r#"{"properties":{
    "name":{"title":"Name","type":"string"},
    "tags":{"title":"Tags","type":"array","items":{"type":"string"}}},"required":["name","tags"]}"#;

/// A mounted form with a name and a list of texts.
fn form() -> (Mounted, Arc<Form>, FormState) {
    form_of(SCHEMA)
}

fn form_of(schema: &str) -> (Mounted, Arc<Form>, FormState) {
    let form = Arc::new(Form::from_schema(&RawJson::parse(schema).expect("JSON")));
    let mut state = None;
    let fields = Arc::clone(&form);
    let mounted = Mounted::new(|_| {
        let new = FormState::new();
        state = Some(new);
        view! { <FormFields form=fields state=new /> }
    });
    (mounted, form, state.expect("a state"))
}

fn value(mounted: &Mounted, name: &str) -> String {
    use wasm_bindgen::JsCast as _;
    let input: HtmlInputElement = mounted.find(&format!("[name='{name}']")).unchecked_into();
    input.value()
}

fn is_focused(element: &web_sys::Element) -> bool {
    leptos::prelude::document().active_element().as_ref() == Some(element)
}

#[wasm_bindgen_test]
async fn an_item_keeps_its_focus_when_another_is_added() {
    let (mounted, ..) = form();
    let add = || mounted.find("[aria-label='Add to Tags']").click();
    add();
    mounted.until_there("[name='tags/0']").await;
    let first = mounted.find("[name='tags/0']");
    first.focus().expect("the focus");
    add();
    mounted.until_there("[name='tags/1']").await;
    assert!(is_focused(&first), "the same element, still focused");
}

#[wasm_bindgen_test]
async fn replaced_inputs_are_shown_and_the_focus_stays_in_its_field() {
    let (mounted, form, state) = form();
    let name = mounted.find("[name='name']");
    name.focus().expect("the focus");
    let input = RawJson::parse(r#"{"name":"Ada","tags":["a","b"]}"#).expect("JSON");
    state.replace_inputs(|inputs| form.update(inputs, &input));
    mounted
        .until("the values", |mounted| {
            let shown = !mounted.all("[name='tags/1']").is_empty() && value(mounted, "tags/1") == "b";
            (shown && value(mounted, "name") == "Ada").then_some(())
        })
        .await;
    mounted
        .until("the focus", |mounted| {
            is_focused(&mounted.find("[name='name']")).then_some(())
        })
        .await;
    assert_eq!(
        state.compose(&form).map(|value| value.as_str().to_owned()),
        Ok(r#"{"name":"Ada","tags":["a","b"]}"#.to_owned())
    );
}

#[wasm_bindgen_test]
async fn errors_are_shown_at_the_fields_that_they_name() {
    let (mounted, form, state) = form();
    let error = |path: &str| FieldError {
        path: path.to_owned(),
        message: format!("wrong: {path}"),
    };
    state.refuse(&form, &[error("name"), error("elsewhere")]);
    mounted.until_there("[name='name'][aria-invalid='true']").await;
    let described = mounted
        .find("[name='name']")
        .get_attribute("aria-describedby")
        .expect("a description");
    assert_eq!(
        mounted.find(&format!("#{described}")).text_content().as_deref(),
        Some("wrong: name")
    );
    let general = untrack(|| state.general_error());
    assert!(general.contains("wrong: elsewhere"), "{general}");
}

#[wasm_bindgen_test]
async fn typing_into_a_null_field_replaces_null() {
    let (mounted, form, state) =
        form_of(r#"{"properties":{"note":{"title":"Note","type":["string","null"],"maxLength":2000}}}"#);
    let composed = || state.compose(&form).map(|value| value.as_str().to_owned());
    let button = mounted.find("[aria-label='Send null for Note']");
    button.click();
    mounted.until_there("[name='note'][data-null]").await;
    assert_eq!(composed(), Ok(r#"{"note":null}"#.to_owned()));
    mounted.write("[name='note']", "paid");
    mounted.until_there("[name='note']:not([data-null])").await;
    assert_eq!(button.get_attribute("aria-pressed").as_deref(), Some("false"));
    assert_eq!(composed(), Ok(r#"{"note":"paid"}"#.to_owned()));
}
