//! What a question says besides its text, put into its answer: declared fields are filled in, others can be added.

use super::question::Question;
use crate::form::json_object;
use leptos::prelude::*;
use workflow_inspector::form::{Field, FieldKind, Form, Inputs};
use workflow_inspector::json::preview;
use workflow_protocol::{Prompt, RawJson, text_of};

/// Names and values of fields.
type Fields = Vec<(String, RawJson)>;

/// More fields than this are read in the event.
const MOST_FIELDS: usize = 12;

/// Longer values are read in the event.
const LONGEST: usize = 2_000;

/// Fields of a question that an answer does not repeat.
const OFFERS: [&str; 2] = ["choices", "options"];

/// The fields of a question that its answer may repeat.
pub(super) fn repeated(prompt: &Prompt) -> Fields {
    let mut fields = prompt.extra_fields();
    fields.retain(|(name, value)| {
        !OFFERS.contains(&name.as_str()) && value.as_str().len() <= LONGEST && !value.is_null()
    });
    fields
}

/// What stands in the answer's form before anybody typed: the question's fields that the answer declares with the same name and type.
pub(super) fn prefilled(form: &Form, mut fields: Fields) -> Option<Inputs> {
    let declared = |name: &str| form.fields.iter().find(|field| field.name == name);
    fields.retain(|(name, value)| declared(name).is_some_and(|field| fits(form, field, value)));
    if fields.is_empty() {
        return None;
    }
    Some(form.decompose(&json_object(fields)?))
}

fn fits(form: &Form, field: &Field, value: &RawJson) -> bool {
    let text = value.as_str();
    let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let is_type = match &field.kind {
        FieldKind::Text { .. } => text.starts_with('"'),
        FieldKind::Integer(_) => is_number && !text.contains(['.', 'e', 'E']),
        FieldKind::Number(_) => is_number,
        FieldKind::Boolean => text == "true" || text == "false",
        FieldKind::Choice(values) => values.contains(value),
        FieldKind::List { .. } => text.starts_with('['),
        FieldKind::Object | FieldKind::Map { .. } => text.starts_with('{'),
        _ => false,
    };
    is_type && {
        json_object([(field.name.clone(), value.clone())]).is_some_and(|object| {
            form.check(field, &form.decompose(&object), &|_, _| None)
                .is_empty()
        })
    }
}

/// Fields of the question that its answer does not declare: a step may ask for them (`requirements` of `ctx.wait_for_event`).
fn addable(form: &Form, mut fields: Fields) -> Fields {
    fields.retain(|(name, _)| form.fields.iter().all(|field| field.name != *name));
    fields.truncate(MOST_FIELDS);
    fields
}

/// The value as it is typed into a row: a text without its quotes, unless it would be read as something else then.
fn typed(value: &RawJson) -> String {
    let text = text_of(value.as_str()).filter(|text| RawJson::parse(text.as_ref()).is_err());
    text.map_or_else(|| value.as_str().to_owned(), |text| text.into_owned())
}

/// Buttons that add a field of the question to its answer; none for those that are there.
#[component]
pub(super) fn QuestionFields(question: Question) -> impl IntoView {
    let Question { prompt, answer, .. } = question;
    move || {
        let answer = answer.get().filter(|answer| answer.form.takes_further_keys())?;
        let fields = prompt.with_untracked(|prompt| prompt.as_ref().map(repeated))?;
        let fields = addable(&answer.form, fields);
        (!fields.is_empty()).then(|| {
            view! {
                <div>
                    <MissingFields question fields />
                </div>
            }
        })
    }
}

#[component]
fn MissingFields(question: Question, fields: Fields) -> impl IntoView {
    let missing = Memo::new(move |_| {
        let inputs = question.form.inputs.get();
        let is_missing = |name: &str| inputs.extra().iter().all(|(key, _)| key != name);
        let missing = fields.iter().filter(|(name, _)| is_missing(name));
        missing.cloned().collect::<Vec<_>>()
    });
    move || {
        let missing = missing.get();
        (!missing.is_empty()).then(|| {
            let buttons: Vec<_> = missing
                .into_iter()
                .map(|(name, value)| view! { <AddField question name value /> })
                .collect();
            view! {
                <div class="wf-prompt__offers" role="group" aria-label="Fields of the question">
                    {buttons}
                </div>
            }
        })
    }
}

#[component]
fn AddField(question: Question, name: String, value: RawJson) -> impl IntoView {
    let label = format!("Add {name}: {}", preview(value.as_str(), 60));
    let row = (name, typed(&value));
    let add = move |_| {
        question.change_inputs(|inputs| {
            let mut rows = inputs.extra().to_vec();
            rows.push(row.clone());
            inputs.set_extra(rows);
        });
        question.form.clear_errors_of("");
    };
    view! {
        <button type="button" class="wf-button" translate="no" on:click=add>
            {label}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workflow_protocol::fields;

    fn form(schema: &str) -> Form {
        Form::for_response(&RawJson::parse(schema).unwrap())
    }

    fn filled(schema: &str, question: &str) -> Option<String> {
        let form = form(schema);
        let inputs = prefilled(&form, fields(question).unwrap())?;
        Some(form.compose(&inputs, &|_, _| None).unwrap().as_str().to_owned())
    }

    /// Symptom: of five equal questions none could be answered, since the answer has to repeat which question it is about. Cause: the
    /// form began empty.
    #[test]
    fn declared_fields_of_the_same_name_and_type_are_prefilled() {
        let schema =
            r#"{"title":"ToolApproval","properties":{"call":{"type":"integer"},"note":{"type":"string"}}}"#;
        assert_eq!(
            filled(schema, r#"{"call":3,"other":1}"#).as_deref(),
            Some(r#"{"call":3}"#)
        );
        assert_eq!(filled(schema, r#"{"call":"3","note":4}"#), None, "other types");
        assert_eq!(filled(schema, r#"{"call":3.5}"#), None);
        let bounded = r#"{"title":"A","properties":{"n":{"type":"integer","maximum":5}}}"#;
        assert_eq!(
            filled(bounded, r#"{"n":9}"#),
            None,
            "a value that the answer does not take"
        );
    }

    /// Symptom: an answer that must name a user could not be given. Cause: its class declares no such field, and the form added none.
    #[test]
    fn undeclared_fields_of_the_question_can_be_added() {
        let stock = form(r#"{"title":"HumanResponseEvent","type":"object","properties":{}}"#);
        let question = fields(r#"{"_data":{"user_name":"Robin","limit":"250","n":7}}"#).unwrap();
        let rows = addable(&stock, question);
        let rows: Vec<(&str, String)> = rows
            .iter()
            .map(|(name, value)| (name.as_str(), typed(value)))
            .collect();
        assert_eq!(
            rows,
            [
                ("user_name", String::from("Robin")),
                ("limit", String::from("\"250\"")),
                ("n", String::from("7")),
            ],
            "a text that reads as a number keeps its quotes"
        );
        let mut inputs = Inputs::default();
        inputs.set_extra(
            rows.iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        );
        stock.fields[0].type_text(&mut inputs, "yes");
        assert_eq!(
            stock.compose(&inputs, &|_, _| None).unwrap().as_str(),
            r#"{"response":"yes","user_name":"Robin","limit":"250","n":7}"#
        );
    }
}
