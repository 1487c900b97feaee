//! The state of one chat, shared by its parts.

use super::aim::{Aim, has_card};
use super::talk::Talk;
use crate::prompt::{Answer, PromptKey, RunPrompts};
use leptos::prelude::*;
use workflow_inspector::chat::answer_text;
use workflow_protocol::{Prompt, PromptState};
use workflow_ui_core::UseWorkflowHandlerReturn;

#[derive(Clone, Copy)]
pub(super) struct Conversation {
    pub(super) run: UseWorkflowHandlerReturn,
    /// The handler of `run`.
    pub(super) handler_id: Signal<Option<String>>,
    /// The handler that the chat itself opens, if the page did not give it a run.
    pub(super) opened: RwSignal<Option<String>>,
    pub(super) prompts: Memo<RunPrompts>,
    pub(super) answers: Memo<Vec<Answer>>,
    pub(super) aim: Memo<Aim>,
    pub(super) talk: Talk,
}

impl Conversation {
    /// Reads a prompt of the run.
    pub(super) fn prompt<T: Default>(self, key: &PromptKey, read: impl FnOnce(&Prompt) -> T) -> T {
        let read = |prompts: &RunPrompts| prompts.find(key).map(read);
        self.prompts.with(read).unwrap_or_default()
    }

    /// Adds the run's events and the answers to its prompts to the messages.
    pub(super) fn follow_run(self) {
        let given = Memo::new(move |_| {
            self.prompts.with(|prompts| {
                let given = prompts.all().iter().filter_map(|prompt| {
                    // What was refused is no message, and the answer to a prompt with a card is shown there.
                    let sent = prompt
                        .sent
                        .as_ref()
                        .filter(|_| prompt.state != PromptState::Open)?;
                    let in_card = self.answers.with(|answers| has_card(prompt, answers));
                    (!in_card).then(|| (prompt.sequence, answer_text(sent.value.as_str())))
                });
                given.collect::<Vec<(u64, String)>>()
            })
        });
        Effect::new(move |_| {
            self.handler_id
                .with(|id| self.talk.open(id.as_deref().unwrap_or_default()));
            self.talk
                .take(self.run.events.get(), self.run.run_id.get().unwrap_or_default());
            given.with(|given| self.talk.answer(given));
        });
    }
}
