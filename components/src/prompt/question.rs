//! The state of one card, shared by its parts.

use super::answers::{Answer, Ranked};
use super::run_prompts::{PromptKey, RunPrompts};
use crate::dom::focus_first;
use crate::drafts::Drafts;
use crate::form::FormState;
use leptos::{html, prelude::*};
use workflow_inspector::form::Inputs;
use workflow_protocol::{Prompt, PromptState, validation_errors};
use workflow_ui_core::UseWorkflowHandlerReturn;

/// One prompt, what can answer it, and what was entered so far.
#[derive(Clone, Copy)]
pub(super) struct Question {
    run: UseWorkflowHandlerReturn,
    key: StoredValue<PromptKey>,
    /// None if the run has no such prompt any more.
    pub(super) prompt: Memo<Option<Prompt>>,
    pub(super) state: Memo<PromptState>,
    pub(super) ranked: Memo<Ranked>,
    /// The label of the class that the user chose.
    pub(super) chosen: RwSignal<Option<String>>,
    /// The class that answers: the chosen one, or the likeliest.
    pub(super) answer: Memo<Option<Answer>>,
    /// Whether `Send` was pressed before a class was chosen.
    pub(super) must_choose: RwSignal<bool>,
    /// What is wrong with the answer as a whole.
    pub(super) problem: RwSignal<String>,
    pub(super) form: FormState,
    pub(super) drafts: Drafts,
}

impl Question {
    pub(super) fn new(
        run: UseWorkflowHandlerReturn,
        prompts: Memo<RunPrompts>,
        answers: Memo<Vec<Answer>>,
        key: PromptKey,
    ) -> Self {
        let key = StoredValue::new(key);
        let prompt =
            Memo::new(move |_| prompts.with(|prompts| key.with_value(|key| prompts.find(key).cloned())));
        let ranked = Memo::new(move |_| {
            prompt.with(|prompt| {
                let ranked = |prompt| answers.with(|answers| Ranked::of(prompt, answers));
                prompt.as_ref().map(ranked).unwrap_or_default()
            })
        });
        let chosen = RwSignal::new(None::<String>);
        let answer = Memo::new(move |_| {
            let wanted = chosen.get();
            ranked.with(|Ranked { answers, is_clear }| {
                let found = answers.iter().find(|answer| Some(answer.class.label()) == wanted);
                found.or_else(|| answers.first().filter(|_| *is_clear)).cloned()
            })
        });
        let question = Self {
            run,
            key,
            prompt,
            state: Memo::new(move |_| state_of(&prompt.read())),
            ranked,
            chosen,
            answer,
            must_choose: RwSignal::new(false),
            problem: RwSignal::new(String::new()),
            form: FormState::new(),
            drafts: use_context().unwrap_or_default(),
        };
        question.forget_when_closed(prompts);
        question.show_refusal();
        question
    }

    /// The key of the draft for a class of answers.
    pub(super) fn draft_key(self, class: &str) -> String {
        [&self.draft_prefix(), class].concat()
    }

    fn draft_prefix(self) -> String {
        self.key
            .with_value(|key| format!("{} {} {} ", key.handler_id, key.run_id, key.sequence))
    }

    /// Changes the inputs of the form.
    pub(super) fn change_inputs(self, change: impl FnOnce(&mut Inputs)) {
        self.form.inputs.update(change);
    }

    /// Whether the answer is on its way or was accepted.
    pub(super) fn is_busy(self) -> bool {
        matches!(self.state.get(), PromptState::Sending | PromptState::Sent)
    }

    /// Drops the draft of a prompt that was closed, when its card is removed. The form stores its draft just before.
    fn forget_when_closed(self, prompts: Memo<RunPrompts>) {
        let (prefix, drafts, key) = (self.draft_prefix(), self.drafts, self.key.get_value());
        on_cleanup(move || {
            let is_closed = prompts.try_with_untracked(|prompts| {
                let prompt = prompts.find(&key);
                prompt.is_some_and(|prompt| prompt.state == PromptState::Closed)
            });
            if is_closed == Some(true) {
                drafts.forget(&prefix);
            }
        });
    }

    /// Shows the server's refusal at the fields that it names. The input stays.
    fn show_refusal(self) {
        Effect::new(move |_| {
            let error = self.prompt.with(|prompt| {
                let open = prompt.as_ref().filter(|prompt| prompt.state == PromptState::Open);
                open.and_then(|prompt| prompt.error.clone())
            });
            let Some(error) = error else {
                self.problem.set(String::new());
                return;
            };
            let fields = validation_errors(&error);
            if let Some(answer) = self.answer.get_untracked() {
                self.form.refuse(&answer.form, &fields);
            }
            self.problem
                .set(if fields.is_empty() { error } else { String::new() });
        });
    }

    /// Sends the answer, unless the prompt takes none now or the form is not complete.
    pub(super) fn send(self, card: NodeRef<html::Section>) {
        if !self.state.get_untracked().can_respond() {
            return;
        }
        let Some(answer) = self.answer.get_untracked() else {
            let has_choice = self.ranked.with_untracked(|ranked| !ranked.answers.is_empty());
            self.must_choose.set(has_choice);
            if let Some(card) = card.get_untracked() {
                focus_first(&card, &["select"]);
            }
            return;
        };
        if !self.form.drawn.get_untracked() {
            return;
        }
        let form = answer.form.clone();
        self.form.compose_event(&form, card, move |value| {
            // Composing may take a while, and the hook may show another run by then.
            let prompt = self.prompt.try_get_untracked().flatten();
            let Some(prompt) = prompt.filter(|prompt| prompt.state.can_respond()) else {
                return;
            };
            let refused = self.run.respond.call(&prompt, &answer.class.class, value);
            let problem = refused.err().map(|error| error.to_string());
            self.problem.set(problem.unwrap_or_default());
        });
    }
}

/// A prompt that the run no longer has counts as closed.
fn state_of(prompt: &Option<Prompt>) -> PromptState {
    prompt.as_ref().map_or(PromptState::Closed, |prompt| prompt.state)
}
