//! Which execution continues which: a retry its failed attempt, and a step that waited for an answer itself.
//!
//! The events contain the class of a step's input and no identity. A start of the same step and class after a failure is a retry, unless
//! the event can come from the step's queue. The server reports an event that is queued (`preparing`), but neither which of the queued
//! events starts nor when a retry becomes due. So the queue is counted. While an event of the class may be queued, a start is not called
//! a retry: a missing attempt number is better than a wrong one.

use super::{FAILED_STEP, NONE, Outcome, Steps, UNFINISHED};
use workflow_protocol::StepState;

/// A step, and the class of its input.
pub(super) type Input = (u32, u32);

/// The events of a class that wait for a free worker of a step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Queue {
    /// The highest possible number of queued events, at least 1.
    queued: u32,
    /// The number of starts that were either a queued event or a retry: at most as many failed executions were retried by them.
    unsure: u32,
}

impl Steps {
    /// An event waits for a free worker. There is no closing event.
    pub(super) fn queue(&mut self, state: &StepState) {
        let step = self.intern(&state.name);
        let input = state.input.as_deref().map_or(NONE, |class| self.intern(class));
        if state.input.as_deref() == Some(FAILED_STEP) {
            self.give_up();
        }
        if self.queues.len() < UNFINISHED || self.queues.contains_key(&(step, input)) {
            let queue = self.queues.entry((step, input)).or_default();
            queue.queued = queue.queued.saturating_add(1);
        }
    }

    /// A worker of a step became free. If the step has queued events, the server starts one of them at once. So if a worker of any step
    /// becomes free and the one before was not used, the queue of the latter's step is empty.
    pub(super) fn release(&mut self, step: u32) {
        let unused = std::mem::replace(&mut self.free, step);
        if unused != NONE {
            let empty: Vec<Input> = self
                .queues
                .keys()
                .filter(|key| key.0 == unused)
                .copied()
                .collect();
            for key in empty {
                self.forget_queue(key);
            }
        }
    }

    /// Takes the execution that a start continues: a failed one that is retried, or one that waited for an answer. `is_rerun`: the server
    /// was restarted and starts an execution again, which is not queued.
    pub(super) fn take_continued(&mut self, key: Input, is_rerun: bool) -> Option<u32> {
        if self.free == key.0 {
            self.free = NONE;
        }
        let may_be_queued = self.queues.contains_key(&key);
        let at = self
            .unfinished
            .iter()
            .position(|span| self.input_of(*span) == Some(key) && !(may_be_queued && self.is_failed(*span)));
        let continued = at.map(|at| self.unfinished.remove(at));
        if may_be_queued && !is_rerun {
            self.leave_queue(key);
        }
        // The event of a final failure was delivered just now. One that was queued was handled then.
        if continued.is_none() && !may_be_queued && self.name(key.1) == FAILED_STEP {
            self.give_up();
        }
        continued
    }

    /// A handler got the newest failure, which was final: no start continues it.
    fn give_up(&mut self) {
        let newest = self.unfinished.iter().rposition(|span| self.is_failed(*span));
        let Some(span) = newest.map(|at| self.unfinished.remove(at)) else {
            return;
        };
        let Some(key) = self.input_of(span) else { return };
        self.given_up.insert(key.0, span);
        let failed = self.failed(key);
        if let Some(queue) = self.queues.get_mut(&key) {
            // Fewer executions can have been retried than starts are unsure: the other starts were queued events.
            let others = queue.unsure.saturating_sub(failed);
            queue.unsure -= others;
            queue.queued = queue.queued.saturating_sub(others);
            self.forget_empty_queue(key);
        }
    }

    /// An execution started while events of its class may be queued.
    fn leave_queue(&mut self, key: Input) {
        let failed = self.failed(key);
        if let Some(queue) = self.queues.get_mut(&key) {
            if queue.unsure < failed {
                queue.unsure += 1;
            } else {
                queue.queued = queue.queued.saturating_sub(1);
            }
            self.forget_empty_queue(key);
        }
    }

    fn forget_empty_queue(&mut self, key: Input) {
        if self.queues.get(&key).is_some_and(|queue| queue.queued == 0) {
            self.forget_queue(key);
        }
    }

    /// Nothing is queued any more: unsure starts beyond the number of queued events were retries, presumably of the oldest failures.
    fn forget_queue(&mut self, key: Input) {
        let Some(queue) = self.queues.remove(&key) else {
            return;
        };
        for _ in queue.queued..queue.unsure {
            let oldest = self
                .unfinished
                .iter()
                .position(|span| self.input_of(*span) == Some(key) && self.is_failed(*span));
            if let Some(at) = oldest {
                self.unfinished.remove(at);
            }
        }
    }

    /// How many failed executions of a step with a class may be retried.
    fn failed(&self, key: Input) -> u32 {
        let failed = |span: &&u32| self.input_of(**span) == Some(key) && self.is_failed(**span);
        self.unfinished.iter().filter(failed).count() as u32
    }

    fn input_of(&self, span: u32) -> Option<Input> {
        let span = self.span(span)?;
        Some((self.lane(span.lane)?.step, span.input))
    }

    fn is_failed(&self, span: u32) -> bool {
        self.span(span)
            .is_some_and(|span| span.outcome == Outcome::Failed)
    }
}
