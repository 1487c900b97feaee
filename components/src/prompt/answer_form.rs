//! The form of a card.

use super::class_picker::ClassPicker;
use super::offers::Offers;
use super::question::Question;
use super::question_fields::{QuestionFields, prefilled, repeated};
use crate::drafts::of_this_server;
use crate::form::{ExtraFields, FormFields, hand_focus_on};
use crate::icon::{Icon, IconView};
use leptos::{html, prelude::*};
use web_sys::SubmitEvent;
use workflow_inspector::form::Inputs;

#[component]
pub(super) fn AnswerForm(
    question: Question,
    /// The card, which shows the errors.
    card: NodeRef<html::Section>,
) -> impl IntoView {
    let Question {
        ranked, answer, form, ..
    } = question;
    let on_submit = Callback::new(move |()| question.send(card));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        on_submit.run(());
    };
    // Without a class there are no fields to wait for: `Send` asks for the choice.
    let is_loading = Memo::new(move |_| {
        let has_to_choose = answer.with(Option::is_none) && ranked.with(|ranked| !ranked.answers.is_empty());
        !has_to_choose && !form.drawn.get()
    });
    let fields = NodeRef::<html::Fieldset>::new();
    view! {
        <form
            class="wf-form"
            aria-busy=move || is_loading.get().to_string()
            novalidate=true
            on:submit=submit
        >
            <ClassPicker question />
            <Offers question />
            <QuestionFields question />
            <div class="wf-prompt__row">
                <fieldset
                    class="wf-prompt__fields"
                    disabled=move || question.is_busy()
                    node_ref=fields
                >
                    <Fields question fields on_submit />
                </fieldset>
                <button
                    type="submit"
                    class="wf-button wf-button--primary"
                    disabled=move || question.is_busy() || is_loading.get()
                >
                    <IconView icon=Icon::Send />
                    "Send"
                </button>
            </div>
            <Problem question />
        </form>
    }
}

/// The fields of the class that answers. They are built again for another class only: nothing else may touch what the user is typing.
#[component]
fn Fields(
    question: Question,
    /// The element around the fields.
    fields: NodeRef<html::Fieldset>,
    on_submit: Callback<()>,
) -> impl IntoView {
    let Question { answer, .. } = question;
    let version = Memo::new(move |before: Option<&u32>| {
        answer.with(|_| ());
        before.map_or(0, |before| before.wrapping_add(1))
    });
    let each = move || {
        let version = version.get();
        if let Some(fields) = fields.get_untracked() {
            hand_focus_on(&fields);
        }
        answer.with(Option::is_some).then_some(version)
    };
    view! {
        <For each key=|version| *version let:_version>
            <FieldsOfClass question on_submit />
        </For>
    }
}

#[component]
fn FieldsOfClass(question: Question, on_submit: Callback<()>) -> impl IntoView {
    let Question {
        prompt,
        answer,
        form,
        drafts,
        ..
    } = question;
    answer.get_untracked().map(|answer| {
        let key = question.draft_key(&answer.class.label());
        form.keep_draft(drafts, of_this_server(&key));
        if form.inputs.with_untracked(|inputs| *inputs == Inputs::default()) {
            let question = prompt.with_untracked(|prompt| prompt.as_ref().map(repeated));
            if let Some(inputs) = question.and_then(|fields| prefilled(&answer.form, fields)) {
                form.prefill(inputs);
            }
        }
        // The form of an open class has them already.
        let has_extra = answer.form.takes_further_keys() && !answer.form.open;
        view! {
            <div class="wf-form">
                <FormFields form=answer.form state=form on_submit />
                {has_extra.then(|| view! { <ExtraFields state=form /> })}
            </div>
        }
    })
}

/// What is wrong with the answer and belongs to no field.
#[component]
fn Problem(question: Question) -> impl IntoView {
    let Question { problem, form, .. } = question;
    let text = Memo::new(move |_| {
        let texts = [problem.get(), form.general_error()];
        let texts: Vec<&str> = texts
            .iter()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        texts.join("\n")
    });
    move || {
        let text = text.get();
        (!text.is_empty()).then(|| view! { <p class="wf-error" role="alert">{text}</p> })
    }
}
