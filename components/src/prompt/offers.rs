//! The answers that a question itself offers, one press away.

use super::question::Question;
use leptos::prelude::*;
use workflow_inspector::form::{Field, FieldKind, Form, Inputs, choice_label};
use workflow_protocol::{Prompt, RawJson, fields};

/// More offers than this are read in the event, not pressed.
const MOST_OFFERS: usize = 24;

/// The answers that a question itself offers: texts in a list that is called `choices` or `options`.
pub(crate) fn offered(prompt: &Prompt) -> Vec<String> {
    let fields = fields(prompt.value.as_str()).unwrap_or_default();
    let list = fields
        .into_iter()
        .find(|(name, _)| name == "choices" || name == "options");
    let offers = list.and_then(|(_, list)| list.texts()).unwrap_or_default();
    if offers.len() > MOST_OFFERS {
        Vec::new()
    } else {
        offers
    }
}

/// Buttons that fill the offered answers into the field that they are meant for; none for those that it doesn't take.
#[component]
pub(super) fn Offers(question: Question) -> impl IntoView {
    let Question { prompt, answer, .. } = question;
    let offers = Memo::new(move |_| prompt.with(|prompt| prompt.as_ref().map(offered).unwrap_or_default()));
    move || {
        let offers = offers.get();
        let field = answer.with(|answer| meant(&answer.as_ref()?.form, &offers).cloned());
        field.map(|field| {
            let offers = offers.into_iter().filter(|offer| takes(&field, offer));
            let buttons: Vec<_> = offers
                .map(|offer| view! { <OfferButton question field=field.clone() offer /> })
                .collect();
            view! {
                <div class="wf-prompt__offers" role="group" aria-label="Suggested answers">
                    {buttons}
                </div>
            }
        })
    }
}

#[component]
fn OfferButton(question: Question, field: Field, offer: String) -> impl IntoView {
    let label = offer.clone();
    let choose = move |_| {
        question.change_inputs(|inputs| fill(&field, inputs, &offer));
        question.form.clear_errors_of(&field.name);
        question.form.refill();
    };
    view! {
        <button type="button" class="wf-button" on:click=choose>
            {label}
        </button>
    }
}

/// The field that the offers are meant for: the one that lists them, else one for texts, and rather one that has to be filled in
/// than a comment that may stay empty.
fn meant<'a>(form: &'a Form, offers: &[String]) -> Option<&'a Field> {
    let fits = |field: &&Field| offers.iter().any(|offer| takes(field, offer));
    let fields = || form.fields.iter().filter(fits);
    let lists = |field: &&Field| matches!(field.kind, FieldKind::Choice(_));
    fields()
        .find(lists)
        .or_else(|| fields().find(|field| field.required))
        .or_else(|| fields().next())
}

fn takes(field: &Field, offer: &str) -> bool {
    match &field.kind {
        FieldKind::Choice(values) => place(values, offer).is_some(),
        FieldKind::Text {
            min_length,
            max_length,
            ..
        } => {
            let length = offer.chars().count() as u64;
            min_length.is_none_or(|min| min <= length) && max_length.is_none_or(|max| length <= max)
        }
        _ => false,
    }
}

fn fill(field: &Field, inputs: &mut Inputs, offer: &str) {
    match &field.kind {
        FieldKind::Choice(values) => field.choose(inputs, place(values, offer)),
        _ => field.type_text(inputs, offer),
    }
}

/// The value that is called like the offer.
fn place(values: &[RawJson], offer: &str) -> Option<usize> {
    values.iter().position(|value| choice_label(value) == offer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(schema: &str, offers: &[&str]) -> Vec<String> {
        let form = Form::for_response(&RawJson::parse(schema).unwrap());
        let offers: Vec<String> = offers.iter().map(|offer| (*offer).to_owned()).collect();
        let Some(field) = meant(&form, &offers) else {
            return Vec::new();
        };
        let answer = |offer: &String| {
            let mut inputs = Inputs::default();
            fill(field, &mut inputs, offer);
            form.compose(&inputs, &|_, _| None).unwrap().as_str().to_owned()
        };
        offers
            .iter()
            .filter(|offer| takes(field, offer))
            .map(answer)
            .collect()
    }

    /// Symptom: the buttons of a question that is answered by a `Literal` did nothing, or wrote into the comment before it. Cause:
    /// only the first field was filled, and only where it took texts.
    #[test]
    fn an_offer_is_chosen_where_it_is_listed() {
        let schema = r#"{"title":"Answer","required":["choice"],"properties":{
            "comment":{"type":"string","default":""},"choice":{"enum":["a","b"],"type":"string"}}}"#;
        assert_eq!(
            filled(schema, &["a", "b", "c"]),
            [r#"{"choice":"a"}"#, r#"{"choice":"b"}"#],
            "and what isn't listed is not offered"
        );
    }

    #[test]
    fn an_offer_is_written_where_a_text_has_to_be() {
        let schema = r#"{"title":"Answer","required":["choice"],"properties":{
            "comment":{"type":"string","default":""},"choice":{"type":"string","maxLength":2}}}"#;
        assert_eq!(
            filled(schema, &["a", "long"]),
            [r#"{"choice":"a"}"#],
            "and only what may be"
        );
        let stock = r#"{"title":"HumanResponseEvent","type":"object","properties":{}}"#;
        assert_eq!(filled(stock, &["a"]), [r#"{"response":"a"}"#]);
    }

    #[test]
    fn an_offer_that_is_called_like_a_number_is_that_number() {
        let schema =
            r#"{"title":"Answer","required":["n"],"properties":{"n":{"enum":[1,2],"type":"integer"}}}"#;
        assert_eq!(filled(schema, &["2"]), [r#"{"n":2}"#]);
    }

    #[test]
    fn nothing_is_offered_where_no_field_takes_it() {
        let schema = r#"{"title":"Answer","required":["n"],"properties":{"n":{"type":"integer"}}}"#;
        assert_eq!(filled(schema, &["a"]), Vec::<String>::new());
    }
}
