//! Tracks prompts in the run's events: asked, waited for, consumed.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use super::Prompts;
use super::types::{AnswerId, AskedBy, Closing, Invocation, Prompt, PromptState};
use crate::operations;
use crate::{EventKind, EventRef, RawJson, StepState, field_str};
use indexmap::{IndexMap, IndexSet};

/// Limits what is kept until the classes are known, which takes a second or never happens.
const MAX_UNJUDGED: usize = 10_000;

/// A step that was started by an event of a class.
#[derive(Debug)]
struct Start {
    sequence: u64,
    step: String,
    class: String,
}

/// The action of a step just before the current event.
#[derive(Debug)]
struct Stop {
    invocation: Invocation,
    /// The class that it returned. `None`: it failed, or waits for an event.
    output: Option<String>,
    returned: bool,
}

/// The steps of the run that matter for prompts.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// The inputs of running steps by step and worker, to detect a restart: the same worker starts again without having stopped.
    at_work: IndexMap<(String, String), Option<String>>,
    /// How many invocations ended without output and without a prompt. Each may be retried.
    unfinished: IndexMap<Invocation, usize>,
    /// Invocations that exist exactly once: they started with the run.
    single: IndexSet<Invocation>,
    /// The first events of the run: steps that start now were started by its start event.
    beginning: Option<String>,
    /// Per response class and step, how often the step consumed it. Several steps may consume the same event, so the number of answers is
    /// the largest count, not the sum.
    taken: IndexMap<String, Taken>,
    /// Nothing can happen in the run without an external event.
    idle: bool,
    /// The step that stopped with the previous event.
    just_stopped: Option<Stop>,
    /// Events that steps consumed while prompts were open and the classes were unknown.
    unjudged: Vec<Start>,
    /// Prompts before this sequence may be repeated by a restarted server.
    replayed_before: u64,
    /// Open prompts by a hash of their text, to find equal ones.
    equal: IndexMap<u64, Vec<u64>>,
}

#[derive(Debug, Default)]
struct Taken {
    most: usize,
    by_step: IndexMap<String, usize>,
}

impl Steps {
    /// The invocation that writes to the stream: the running one, if there is only one.
    fn writer(&self) -> Option<AskedBy> {
        let mut at_work = self.at_work.iter();
        let ((step, _), input) = at_work.next()?;
        at_work.next().is_none().then(|| AskedBy {
            invocation: Invocation {
                step: step.clone(),
                input: input.clone(),
            },
            waits: false,
        })
    }

    /// Whether this is a retry of a failed invocation.
    fn is_retry(&mut self, invocation: &Invocation) -> bool {
        let Some(count) = self.unfinished.get_mut(invocation) else {
            return false;
        };
        *count -= 1;
        if *count == 0 {
            self.unfinished.swap_remove(invocation);
        }
        true
    }

    /// Whether a step consumed an answer that no other step was seen to consume.
    fn is_new(&mut self, start: &Start) -> bool {
        let taken = self.taken.entry(start.class.clone()).or_default();
        let count = taken.by_step.entry(start.step.clone()).or_default();
        *count += 1;
        let is_new = *count > taken.most;
        taken.most = taken.most.max(*count);
        is_new
    }
}

fn hash(class: &str, value: &RawJson) -> u64 {
    let mut hasher = DefaultHasher::new();
    (class, value.as_str()).hash(&mut hasher);
    hasher.finish()
}

impl Prompts {
    /// Sets the classes that can answer a prompt of this workflow. Returns whether a prompt changed.
    pub(crate) fn set_response_classes(&mut self, classes: Vec<String>) -> bool {
        self.response_classes = Some(classes.into_iter().collect());
        let unjudged = std::mem::take(&mut self.steps.unjudged);
        if unjudged.is_empty() {
            return false;
        }
        // A finished run has closed its prompts, and only now it is known which of them were answered before.
        let ended = self.reopen_ended();
        let mut changed = false;
        for start in unjudged {
            if self.can_answer(&start.class) {
                changed |= self.taken_by(&start);
            }
        }
        if ended {
            self.close_all();
        }
        changed | ended
    }

    /// Reverts that prompts ended with their run. Returns whether any did.
    fn reopen_ended(&mut self) -> bool {
        let mut any = false;
        for at in 0..self.list.len() {
            let Some(prompt) = self.list.get_mut(at) else {
                break;
            };
            if prompt.closed == Some(Closing::Ended) {
                prompt.closed = None;
                any = true;
                let (sequence, key) = (prompt.sequence, prompt.waiting().cloned());
                self.pools.entry(key).or_default().insert(sequence);
                self.read_answers(at);
            }
        }
        any
    }

    /// Handles one event in order. Returns whether a prompt changed.
    pub(crate) fn event(&mut self, event: &EventRef<'_>) -> bool {
        let mut changed = self.sent.progress(event.sequence);
        if changed {
            operations::add(self.list.len());
            (0..self.list.len()).for_each(|at| self.update(at));
        }
        changed |= self.fold(event);
        changed
    }

    fn fold(&mut self, event: &EventRef<'_>) -> bool {
        let stopped = self.steps.just_stopped.take();
        match event.kind {
            EventKind::InputRequired => self.asked(event, stopped),
            EventKind::StepState => match event.value.and_then(StepState::parse) {
                Some(step) if step.is_running() => self.step_started(&step, event.sequence),
                Some(step) if step.is_queued() => {
                    self.steps.idle = false;
                    false
                }
                Some(step) => self.step_stopped(step),
                None => false,
            },
            EventKind::Idle => {
                // No retry is pending: the server counts one as work to do.
                self.steps.unfinished.clear();
                self.steps.idle = true;
                false
            }
            EventKind::Unhandled => {
                let class = event.value.and_then(|value| field_str(value, "event_type"));
                class.is_some_and(|class| self.unhandled(&class, event.sequence, event.seen))
            }
            kind if kind.is_terminal() => self.close_all(),
            _ => false,
        }
    }

    fn asked(&mut self, event: &EventRef<'_>, stopped: Option<Stop>) -> bool {
        let value = event
            .value
            .and_then(|value| RawJson::parse(value).ok())
            .unwrap_or_else(RawJson::null);
        let class = event.class.name.clone();
        let asked_by = match stopped {
            Some(stop) if !stop.returned => {
                // It waits for the answer; it did not fail.
                self.steps.is_retry(&stop.invocation);
                Some(AskedBy {
                    invocation: stop.invocation,
                    waits: true,
                })
            }
            Some(stop) if stop.output.as_ref() == Some(&class) => Some(AskedBy {
                invocation: stop.invocation,
                waits: false,
            }),
            _ => self.steps.writer(),
        };
        let hash = hash(&class, &value);
        self.replace_equal(hash, event.sequence, &class, &value);
        self.steps.equal.entry(hash).or_default().push(event.sequence);
        let prompt = Prompt {
            handler_id: self.handler_id.clone(),
            run_id: self.run_id.clone(),
            sequence: event.sequence,
            class,
            value,
            state: PromptState::Open,
            error: None,
            sent: None,
            seen: event.seen,
            closed: None,
            asked_by,
            claim: self.early_claims.swap_remove(&event.sequence),
            unhandled: Vec::new(),
        };
        self.unlooked.push(event.sequence);
        let key = prompt.waiting().cloned();
        self.pools.entry(key).or_default().insert(prompt.sequence);
        self.list.push(prompt);
        self.read_answers(self.list.len() - 1);
        true
    }

    /// Applies the known answers to a prompt that was just opened.
    fn read_answers(&mut self, at: usize) {
        self.update(at);
        let Some(prompt) = self.list.get(at) else { return };
        let sequence = prompt.sequence;
        let own = self.sent.accepted_answers_to(sequence);
        let claimed = self.is_claimed_by_others(at);
        self.track_claim(at);
        for id in own {
            self.accepted(AnswerId::Own(id));
        }
        if claimed {
            self.accepted(AnswerId::Claimed(sequence));
        }
    }

    /// A restarted server runs running steps again from their start, so they ask again. The older prompt is gone with its step, even if it
    /// was answered. One new prompt replaces one old one, because another step may have asked the same.
    fn replace_equal(&mut self, hash: u64, sequence: u64, class: &str, value: &RawJson) {
        if self.steps.replayed_before == 0 {
            return;
        }
        let equal = self.steps.equal.get(&hash).cloned().unwrap_or_default();
        operations::add(equal.len());
        let replaced = equal.iter().copied().find(|old| {
            let old = self.place(*old).and_then(|at| self.list.get(at));
            old.is_some_and(|old| {
                old.sequence < self.steps.replayed_before
                    && old.closed.is_none()
                    && old.state != PromptState::Sending
                    && old.waiting().is_none()
                    && old.class == class
                    && old.value == *value
            })
        });
        let Some(old) = replaced else { return };
        if let Some(known) = self.steps.equal.get_mut(&hash) {
            known.retain(|known| *known != old);
        }
        let Some(at) = self.place(old) else { return };
        self.close(at, Closing::AskedAgain(sequence));
        // An unanswered prompt is the same prompt.
        self.has_replaced |= self.list.get(at).is_some_and(|old| old.sent.is_none());
    }

    /// Removes prompts that were asked again and that no tab here had answered.
    pub(crate) fn remove_replaced(&mut self) {
        if std::mem::take(&mut self.has_replaced) {
            self.list
                .retain(|old| old.sent.is_some() || !matches!(old.closed, Some(Closing::AskedAgain(_))));
        }
    }

    fn step_started(&mut self, step: &StepState, sequence: u64) -> bool {
        let was_idle = std::mem::take(&mut self.steps.idle);
        let invocation = Invocation {
            step: step.name.clone(),
            input: step.input.clone(),
        };
        // The steps of a nested workflow have its path in their names.
        if sequence == 0 {
            self.steps.beginning = step.input.clone();
        }
        if self.steps.beginning.is_some() {
            if self.steps.beginning == step.input && !step.name.contains('/') {
                self.steps.single.insert(invocation.clone());
            } else {
                self.steps.beginning = None;
            }
        }
        let worker = (step.name.clone(), step.worker_id.clone());
        if self.steps.at_work.insert(worker, step.input.clone()).is_some() {
            // A restarted server runs it again: this start consumes nothing new.
            self.steps.replayed_before = sequence;
            return false;
        }
        if self.steps.is_retry(&invocation) {
            return false;
        }
        let is_answer = step.input.as_deref().is_some_and(|class| self.can_answer(class));
        if let Some(changed) = self.resumed(&invocation, is_answer, was_idle, sequence) {
            return changed;
        }
        let Some(class) = invocation.input else {
            return false;
        };
        let start = Start {
            sequence,
            step: invocation.step,
            class,
        };
        if is_answer {
            return self.taken_by(&start);
        }
        if self.response_classes.is_none()
            && self.steps.unjudged.len() < MAX_UNJUDGED
            && self.pools.get(&None).is_some_and(super::Pool::is_waiting)
        {
            self.steps.unjudged.push(start);
        }
        false
    }

    /// Whether a waiting step continued; several can have the same input. `None`: it consumed its input.
    fn resumed(
        &mut self,
        invocation: &Invocation,
        is_answer: bool,
        was_idle: bool,
        sequence: u64,
    ) -> Option<bool> {
        let key = Some(invocation.clone());
        let pool = self.pools.get(&key)?;
        if !pool.is_waiting() {
            return None;
        }
        let has_accepted = pool.has_accepted();
        let input = invocation.input.as_deref().unwrap_or_default();
        if is_answer {
            // The input is itself an answer: the step consumed it, or continued.
            if self.is_awaited(input, sequence) {
                return None;
            }
            let others = self.pools.get(&None).is_some_and(super::Pool::is_waiting);
            if others && !has_accepted {
                return Some(false);
            }
        } else if self.sent.take_beside(input, sequence) {
            // We sent its input: a new invocation.
            return Some(true);
        }
        // After the run was idle only an external event starts a step. Otherwise the run may have started another invocation.
        let is_certain = was_idle || self.steps.single.contains(invocation);
        Some(if is_certain {
            self.consumed(&key, None, sequence)
        } else {
            self.maybe_consumed(&key, sequence)
        })
    }

    /// A step consumed an answer.
    fn taken_by(&mut self, start: &Start) -> bool {
        self.steps.is_new(start) && self.consumed(&None, Some(&start.class), start.sequence)
    }

    fn step_stopped(&mut self, step: StepState) -> bool {
        self.steps.idle = false;
        self.steps.beginning = None;
        let worker = (step.name.clone(), step.worker_id.clone());
        let started_with = self.steps.at_work.swap_remove(&worker).flatten();
        let invocation = Invocation {
            step: step.name,
            input: step.input.or(started_with),
        };
        if !step.returned {
            *self.steps.unfinished.entry(invocation.clone()).or_default() += 1;
        }
        self.steps.just_stopped = Some(Stop {
            invocation,
            output: step.output,
            returned: step.returned,
        });
        false
    }

    fn can_answer(&self, class: &str) -> bool {
        class == "HumanResponseEvent"
            || self
                .response_classes
                .as_ref()
                .is_some_and(|classes| classes.contains(class))
            || self.sent.has_answered_with(class)
    }
}
