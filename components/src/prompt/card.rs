//! One prompt with its text, its form and its state.

use super::answer_form::AnswerForm;
use super::answers::Answer;
use super::question::Question;
use super::run_prompts::{PromptKey, RunPrompts};
use crate::dom::scrolls;
use crate::icon::{Icon, IconView};
use crate::send::WITHOUT_KEY;
use crate::theme::mount_style;
use leptos::{html, prelude::*};
use workflow_inspector::json::preview;
use workflow_protocol::{Prompt, PromptState, event_is_beyond_key};
use workflow_ui_core::UseWorkflowHandlerReturn;

/// Characters of the answer that the card shows.
const ANSWER: usize = 120;

#[component]
pub(crate) fn Card(
    run: UseWorkflowHandlerReturn,
    prompts: Memo<RunPrompts>,
    answers: Memo<Vec<Answer>>,
    key: PromptKey,
) -> impl IntoView {
    mount_style(super::STYLE);
    mount_style(crate::form::STYLE);
    let PromptKey {
        handler_id, sequence, ..
    } = key.clone();
    let question = Question::new(run, prompts, answers, key);
    let prompt = question.prompt;
    let card = NodeRef::<html::Section>::new();
    let text = NodeRef::<html::P>::new();
    text.on_load(|text| scrolls(&text));
    let class = move || prompt.with(|prompt| prompt.as_ref().map(|prompt| prompt.class.clone()));
    view! {
        <section
            class="wf-prompt"
            data-part="prompt"
            part="prompt"
            role="region"
            aria-label="Input required"
            data-handler-id=handler_id
            data-seq=sequence
            data-state=move || question.state.get().as_str()
            node_ref=card
        >
            <div class="wf-prompt__head">
                <IconView icon=Icon::Hourglass />
                "Input required"
                <span class="wf-prompt__from" translate="no">
                    {class}
                    {format!(" #{sequence}")}
                </span>
            </div>
            <p class="wf-prompt__text" node_ref=text>
                {move || prompt.with(|prompt| prompt.as_ref().map(Prompt::text))}
            </p>
            <AnswerForm question card />
            <StateLine question />
        </section>
    }
}

/// What became of the answer so far.
#[component]
fn StateLine(question: Question) -> impl IntoView {
    let Question { prompt, state, .. } = question;
    let words = move || state_words(state.get());
    view! {
        <p
            class="wf-prompt__state"
            role="status"
            translate="no"
            hidden=move || words().is_empty()
        >
            {words}
            <span class="wf-mono wf-cut">
                {move || prompt.with(|prompt| prompt.as_ref().map(pending_answer))}
            </span>
            {move || prompt.with(|prompt| prompt.as_ref().map(key_words))}
        </p>
    }
}

const fn state_words(state: PromptState) -> &'static str {
    match state {
        PromptState::Open | PromptState::Closed => "",
        PromptState::Sending => "Sending…",
        PromptState::Sent => "Sent. Waiting for the run to take it:",
        PromptState::Unhandled => {
            "The server accepted the answer, but no step of the run took it. A step may expect another value, or a field that the form does not list: add it. It can be answered again."
        }
        PromptState::Unknown => {
            "The connection broke while sending: the answer may have arrived or not. It is not sent again by itself; sending it again may answer twice."
        }
    }
}

/// Says that an answer is too large for an idempotency key.
fn key_words(prompt: &Prompt) -> String {
    match &prompt.sent {
        Some(sent) if event_is_beyond_key(sent) => format!(" ({WITHOUT_KEY})"),
        _ => String::new(),
    }
}

/// Our own answer, while the run has not taken it yet.
fn pending_answer(prompt: &Prompt) -> String {
    match (&prompt.sent, prompt.state) {
        (Some(sent), PromptState::Sending | PromptState::Sent) => preview(sent.value.as_str(), ANSWER),
        _ => String::new(),
    }
}
