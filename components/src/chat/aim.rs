//! What the next message does.

use crate::prompt::{Answer, Ranked, RunPrompts};
use leptos::prelude::*;
use workflow_inspector::form::FieldKind;
use workflow_protocol::{Prompt, PromptState};
use workflow_ui_core::UseWorkflowHandlerReturn;

/// What a message that is sent now does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Aim {
    /// It starts a run.
    #[default]
    Start,
    /// It answers the prompt with this sequence.
    Answer(u64),
    /// Nothing: the open prompt has a form of its own.
    Card,
    /// Nothing: the workflow is running.
    Wait,
}

impl Aim {
    pub(super) fn of_next_message(
        run: UseWorkflowHandlerReturn,
        handler_id: Signal<Option<String>>,
        prompts: Memo<RunPrompts>,
        answers: Memo<Vec<Answer>>,
    ) -> Memo<Self> {
        Memo::new(move |_| {
            if handler_id.with(Option::is_none) || run.status.get().is_terminal() {
                return Self::Start;
            }
            prompts.with(|prompts| {
                let mut open = prompts.all().iter().filter(|prompt| prompt.state.can_respond());
                let has_open = open.clone().next().is_some();
                let plain = answers.with(|answers| open.find(|prompt| !has_card(prompt, answers)));
                match plain {
                    Some(prompt) => Self::Answer(prompt.sequence),
                    None if has_open => Self::Card,
                    None => Self::Wait,
                }
            })
        })
    }
}

/// The class that answers, if it needs no choice among likely ones and takes one text.
pub(super) fn plain_answer(prompt: &Prompt, answers: &[Answer]) -> Option<Answer> {
    let stock = |answer: &Answer| answer.class.class == "HumanResponseEvent";
    let ranked = Ranked::of(prompt, answers);
    let mut answers = ranked.answers.into_iter();
    let first = answers.next()?;
    if answers
        .next()
        .is_some_and(|second| stock(&second) == stock(&first))
    {
        return None;
    }
    let is_text =
        matches!(first.form.fields.as_slice(), [only] if matches!(only.kind, FieldKind::Text { .. }));
    is_text.then_some(first)
}

/// Whether a prompt is answered in a card: the answer is more than a text, or the user has to see what became of the last one.
pub(super) fn has_card(prompt: &Prompt, answers: &[Answer]) -> bool {
    match prompt.state {
        PromptState::Closed => false,
        PromptState::Unknown | PromptState::Unhandled => true,
        _ => plain_answer(prompt, answers).is_none(),
    }
}
