//! The prompts of a run, read once for each change.

use leptos::prelude::*;
use workflow_protocol::{Prompt, PromptState};
use workflow_ui_core::UseWorkflowHandlerReturn;

/// Identifies a prompt among those of all runs: every run counts its events from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct PromptKey {
    pub(crate) handler_id: String,
    pub(crate) run_id: String,
    pub(crate) sequence: u64,
}

/// All prompts of one run at one moment, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RunPrompts {
    handler_id: String,
    run_id: String,
    list: Vec<Prompt>,
}

impl RunPrompts {
    /// The prompts of a run. Components look up their prompt here: each read of `run.prompts` clones all of them.
    pub(crate) fn of(run: UseWorkflowHandlerReturn) -> Memo<Self> {
        Memo::new(move |_| Self {
            handler_id: run.handler_id.get().unwrap_or_default(),
            run_id: run.run_id.get().unwrap_or_default(),
            list: run.prompts.get(),
        })
    }

    pub(crate) fn all(&self) -> &[Prompt] {
        &self.list
    }

    /// The sequences and states of the prompts that are not closed.
    pub(super) fn open(&self) -> Vec<(u64, PromptState)> {
        let states = self.list.iter().map(|prompt| (prompt.sequence, prompt.state));
        states
            .filter(|(_, state)| *state != PromptState::Closed)
            .collect()
    }

    /// The prompts that are closed.
    pub(super) fn closed(&self) -> impl Iterator<Item = &Prompt> {
        self.list
            .iter()
            .filter(|prompt| prompt.state == PromptState::Closed)
    }

    pub(crate) fn key(&self, sequence: u64) -> PromptKey {
        PromptKey {
            handler_id: self.handler_id.clone(),
            run_id: self.run_id.clone(),
            sequence,
        }
    }

    pub(super) fn is_run_of(&self, key: &PromptKey) -> bool {
        self.handler_id == key.handler_id && self.run_id == key.run_id
    }

    /// The prompt with this key; none if it belongs to another run.
    pub(super) fn find(&self, key: &PromptKey) -> Option<&Prompt> {
        self.by_sequence(key.sequence).filter(|_| self.is_run_of(key))
    }

    pub(crate) fn by_sequence(&self, sequence: u64) -> Option<&Prompt> {
        let at = self
            .list
            .binary_search_by_key(&sequence, |prompt| prompt.sequence);
        self.list.get(at.ok()?)
    }
}
