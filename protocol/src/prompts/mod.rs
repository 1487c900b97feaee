//! The prompts of a run and their outcome.
//!
//! The protocol links a prompt neither to the class of its answer nor to an id. Everything is derived from the run's events, including
//! internal ones (observed on llama-agents-server 0.8.0):
//!
//! - a step that *returns* its prompt ends (`not_running`, with the prompt's class as output), and another step consumes the
//!   answer: `StepStateChanged running` with the answer's class as input;
//! - a step that *waits* itself (`ctx.wait_for_event`) stops without output and frees its worker, directly followed by the
//!   prompt. When the answer arrives, the same step starts again with the same input. So does every other invocation of that step, and
//!   worker numbers are reused. Only a start directly after `WorkflowIdleEvent` has an external cause;
//! - an unhandled answer is followed by `UnhandledEvent`, which only has its class.

mod attribution;
#[cfg(test)]
mod linear;
mod outbox;
mod pool;
mod tracking;
mod types;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use pool::{Pool, Pools};
use tracking::Steps;
pub use types::{Closing, Prompt, PromptState, prompt_text};

use crate::operations;
use crate::sent::SentLog;
use crate::{Claim, Time};

/// All prompts of one run, folded from its events.
#[derive(Debug, Default)]
pub(crate) struct Prompts {
    handler_id: Arc<str>,
    run_id: Arc<str>,
    /// Ordered by sequence.
    list: Vec<Prompt>,
    /// `None` until the workflow's classes are known.
    response_classes: Option<IndexSet<String>>,
    steps: Steps,
    pools: Pools,
    sent: SentLog,
    /// Classes and sequences of `UnhandledEvent`s whose answer is unknown.
    stray: Vec<(String, u64)>,
    /// Claims of other tabs for prompts that were not received yet.
    early_claims: IndexMap<u64, Claim>,
    /// Prompts whose claim expires, with the claim's nonce and the time at which it does.
    expiring: BTreeMap<u64, (u64, Time)>,
    /// Messages for the other tabs, fetched by the machine.
    outbox: VecDeque<(u64, Option<Claim>)>,
    /// Prompts whose claims were not looked up yet.
    unlooked: Vec<u64>,
    next_ticket: u64,
    has_replaced: bool,
    /// The time of the current input.
    now: Time,
}

impl Prompts {
    /// No prompts, for runs of this handler.
    pub(crate) fn new(handler_id: &str) -> Self {
        Self {
            handler_id: handler_id.into(),
            ..Self::default()
        }
    }

    /// Sets the run that the next prompts belong to.
    pub(crate) fn set_run(&mut self, run_id: &str) {
        self.run_id = run_id.into();
    }

    /// The time of the input that follows.
    pub(crate) const fn set_now(&mut self, now: Time) {
        self.now = now;
    }

    pub(crate) fn all(&self) -> &[Prompt] {
        &self.list
    }

    pub(crate) fn any_open(&self) -> bool {
        self.list.iter().any(|prompt| prompt.state.is_open())
    }

    /// Removes the data of the run, not of the workflow.
    pub(crate) fn clear_run(&mut self) {
        *self = Self {
            handler_id: self.handler_id.clone(),
            run_id: self.run_id.clone(),
            response_classes: self.response_classes.take(),
            // A ticket of the old run must not settle a prompt of the new one.
            next_ticket: self.next_ticket,
            now: self.now,
            ..Self::default()
        };
    }

    /// The run ended, or is unknown to the server.
    pub(crate) fn close_all(&mut self) -> bool {
        self.sent.end();
        self.pools.clear();
        let mut changed = false;
        for at in 0..self.list.len() {
            operations::add(1);
            if self.list.get(at).is_some_and(|prompt| prompt.closed.is_none()) {
                self.close(at, Closing::Ended);
                changed = true;
            }
        }
        changed
    }

    /// Reads the state of our answer to one prompt.
    fn update(&mut self, at: usize) {
        if let Some(prompt) = self.list.get_mut(at) {
            prompt.update(&self.sent);
        }
    }

    fn place(&self, sequence: u64) -> Option<usize> {
        operations::add(1);
        self.list
            .binary_search_by_key(&sequence, |prompt| prompt.sequence)
            .ok()
    }
}
