//! The prompts of a run, read once for each change.

use leptos::prelude::*;
use std::sync::Arc;
use workflow_protocol::{Prompt, PromptState};
use workflow_ui_core::UseWorkflowHandlerReturn;

/// Identifies a prompt among those of all runs: every run counts its events from 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PromptKey {
    pub(crate) handler_id: Arc<str>,
    pub(crate) run_id: Arc<str>,
    pub(crate) sequence: u64,
}

impl PromptKey {
    pub(crate) fn of(prompt: &Prompt) -> Self {
        Self {
            handler_id: Arc::clone(&prompt.handler_id),
            run_id: Arc::clone(&prompt.run_id),
            sequence: prompt.sequence,
        }
    }
}

/// All prompts of one run, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RunPrompts(Vec<Prompt>);

impl RunPrompts {
    /// The prompts of a run. Components look up their prompt here: each read of `run.prompts` clones all of them.
    pub(crate) fn of(run: UseWorkflowHandlerReturn) -> Memo<Self> {
        Memo::new(move |_| Self(run.prompts.get()))
    }

    pub(crate) fn all(&self) -> &[Prompt] {
        &self.0
    }

    /// The sequences and states of the prompts that are not closed.
    pub(super) fn open(&self) -> Vec<(u64, PromptState)> {
        let states = self.0.iter().map(|prompt| (prompt.sequence, prompt.state));
        states
            .filter(|(_, state)| *state != PromptState::Closed)
            .collect()
    }

    /// The prompts that are closed.
    pub(super) fn closed(&self) -> impl Iterator<Item = &Prompt> {
        let prompts = self.0.iter();
        prompts.filter(|prompt| prompt.state == PromptState::Closed)
    }

    /// The prompt with this key; none if it belongs to another run.
    pub(crate) fn find(&self, key: &PromptKey) -> Option<&Prompt> {
        self.by_sequence(key.sequence)
            .filter(|prompt| prompt.run_id == key.run_id && prompt.handler_id == key.handler_id)
    }

    pub(crate) fn by_sequence(&self, sequence: u64) -> Option<&Prompt> {
        let at = self.0.binary_search_by_key(&sequence, |prompt| prompt.sequence);
        self.0.get(at.ok()?)
    }

    pub(crate) fn key(&self, sequence: u64) -> Option<PromptKey> {
        self.by_sequence(sequence).map(PromptKey::of)
    }
}
