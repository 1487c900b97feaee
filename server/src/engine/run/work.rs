//! Execution of steps: start, queue, park, retry.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Attempt, Execution, Run, Waiter};
use crate::engine::context::Aside;
use crate::engine::store::Outcome;
use crate::engine::tick::Tick;
use crate::engine::{Context, Event, Exit, StepResult, Wait, lock};

impl Run {
    pub(super) fn add(&mut self, step: usize, event: Event) {
        let id = self.next_id();
        self.start_or_queue(
            step,
            Attempt {
                id,
                event,
                failures: 0,
                first: None,
                delayed: false,
            },
        );
    }

    pub(super) fn start_or_queue(&mut self, step: usize, mut attempt: Attempt) {
        let workflow = self.workflow.clone();
        let invocation = self.next_id();
        let (Some(definition), Some(worker)) = (workflow.steps.get(step), self.workers.get_mut(step)) else {
            return;
        };
        let free =
            (0..definition.workers).find(|id| worker.running.iter().all(|execution| execution.worker != *id));
        let Some(id) = free else {
            let input = attempt.event.class.name;
            worker.queue.push_back(attempt);
            self.step_state(definition.name, "preparing", "<enqueued>", input, None);
            return;
        };
        attempt.first = attempt.first.or_else(|| Some(Instant::now()));
        let answers: HashMap<_, _> = worker
            .waiters
            .iter()
            .filter_map(|waiter| Some((waiter.wait.id.clone(), waiter.answer.clone()?)))
            .collect();
        let context = Context {
            log: self.log.clone(),
            state: self.state.clone(),
            collected: worker.collected.clone(),
            answers: Arc::new(answers),
            aside: Arc::default(),
        };
        let input = attempt.event.class.name;
        // Published before the step starts, so that events of the step come later.
        self.step_state(definition.name, "running", &id.to_string(), input, None);
        let (mailbox, aside) = (self.mailbox.clone(), context.aside.clone());
        let future = (definition.body)(context, attempt.event.clone());
        let task = tokio::spawn(async move {
            let result = future.await;
            let aside = std::mem::take(&mut *lock(&aside));
            // A run that has ended does not receive it.
            let _ = mailbox.send(Tick::Done {
                step,
                invocation,
                result,
                aside,
            });
        });
        if let Some(worker) = self.workers.get_mut(step) {
            worker.running.push(Execution {
                worker: id,
                invocation,
                attempt,
                task,
            });
        }
    }

    /// Starts queued work that is not delayed, while workers are free.
    pub(super) fn drain(&mut self, step: usize) {
        let limit = self
            .workflow
            .steps
            .get(step)
            .map_or(0, |definition| definition.workers);
        while let Some(worker) = self.workers.get_mut(step) {
            let ready = worker.queue.iter().position(|attempt| !attempt.delayed);
            let (true, Some(ready)) = (worker.running.len() < limit, ready) else {
                return;
            };
            let Some(attempt) = worker.queue.remove(ready) else {
                return;
            };
            self.start_or_queue(step, attempt);
        }
    }

    /// Returns whether the run has ended.
    pub(super) fn step_done(
        &mut self,
        step: usize,
        invocation: u64,
        result: StepResult,
        aside: Aside,
    ) -> bool {
        let workflow = self.workflow.clone();
        let (Some(definition), Some(worker)) = (workflow.steps.get(step), self.workers.get_mut(step)) else {
            return false;
        };
        let Some(place) = worker
            .running
            .iter()
            .position(|execution| execution.invocation == invocation)
        else {
            return false;
        };
        let mut execution = worker.running.remove(place);
        let output = match &result {
            Ok(Some(event)) => Some(event.class.python_repr()),
            Ok(None) => Some("<class 'NoneType'>".to_owned()),
            Err(_) => None,
        };
        if result.is_ok() {
            worker
                .waiters
                .retain(|waiter| !aside.answered.contains(&waiter.wait.id));
        }
        let input = execution.attempt.event.class.python_repr();
        self.step_state(
            definition.name,
            "not_running",
            &execution.worker.to_string(),
            &input,
            output.as_deref(),
        );
        match result {
            Ok(Some(event)) if event.class.is("StopEvent") => {
                self.finish(Outcome::Completed(event.clone()), event);
                return true;
            }
            Ok(Some(event)) => {
                if event.class.is("InputRequiredEvent") {
                    self.publish(event.clone());
                }
                self.buffer.push_back(Tick::Add { event, step: None });
            }
            Ok(None) => {}
            Err(Exit::Waiting(wait)) => self.park(step, *wait, &execution.attempt.event),
            Err(Exit::Raised(exception)) => {
                execution.attempt.failures += 1;
                if execution.attempt.failures >= definition.attempts {
                    self.fail(definition.name, &execution.attempt, exception);
                    return true;
                }
                self.retry(step, &execution.attempt, definition.retry_delay);
            }
        }
        self.buffer.extend(
            aside
                .sent
                .into_iter()
                .map(|event| Tick::Add { event, step: None }),
        );
        self.drain(step);
        false
    }

    pub(super) fn park(&mut self, step: usize, wait: Wait, trigger: &Event) {
        let Some(worker) = self.workers.get_mut(step) else {
            return;
        };
        let prompt = wait.prompt.clone();
        let known = worker.waiters.iter().position(|known| known.wait.id == wait.id);
        let waiter = Waiter {
            wait,
            trigger: trigger.clone(),
            answer: None,
        };
        match known.and_then(|known| worker.waiters.get_mut(known)) {
            Some(known) => *known = waiter,
            None => {
                worker.waiters.push(waiter);
                self.publish(prompt);
            }
        }
    }

    pub(super) fn retry(&mut self, step: usize, failed: &Attempt, delay: Duration) {
        let id = self.next_id();
        let Some(worker) = self.workers.get_mut(step) else {
            return;
        };
        let attempt = Attempt {
            id,
            event: failed.event.clone(),
            failures: failed.failures,
            first: failed.first,
            delayed: !delay.is_zero(),
        };
        worker.queue.push_front(attempt);
        if !delay.is_zero() {
            let mailbox = self.mailbox.clone();
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                // A run that has ended does not receive it.
                let _ = mailbox.send(Tick::Due { step, attempt: id });
            });
        }
    }

    pub(super) fn rewind(&mut self) {
        for step in 0..self.workers.len() {
            if let Some(worker) = self.workers.get_mut(step) {
                for execution in std::mem::take(&mut worker.running) {
                    let Attempt {
                        id,
                        event,
                        failures,
                        first,
                        ..
                    } = &execution.attempt;
                    let attempt = Attempt {
                        id: *id,
                        event: event.clone(),
                        failures: *failures,
                        first: *first,
                        delayed: false,
                    };
                    worker.queue.push_front(attempt);
                }
            }
            self.drain(step);
        }
    }
}
