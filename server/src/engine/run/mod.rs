//! The control loop of one run: handles ticks one after another, starts steps, routes events.
//!
//! It publishes events in the order of llama-index-workflows 2.26 (`runtime/control_loop`), observed on llama-agents-server 0.8.0: a step's
//! `not_running` precedes its result, a queued event's `running` precedes that of the next step, and idleness is reported when no work is
//! left.

mod reports;
mod work;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::context::State;
use super::event::Fields;
use super::store::{Outcome, Store};
use super::tick::Tick;
use super::{Event, Frame, RunLog, Wait, Workflow, framework};

/// The fields of an `UnhandledEvent`.
#[derive(Serialize)]
struct Unhandled<'a> {
    event_type: &'a str,
    qualified_name: &'a str,
    step_name: Option<&'a str>,
    idle: bool,
}

#[derive(Debug)]
struct Attempt {
    id: u64,
    event: Event,
    failures: u32,
    first: Option<Instant>,
    delayed: bool,
}

/// A running step. Dropping it cancels the step at its next await.
#[derive(Debug)]
struct Execution {
    worker: usize,
    invocation: u64,
    attempt: Attempt,
    task: JoinHandle<()>,
}

impl Drop for Execution {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Debug)]
struct Waiter {
    wait: Wait,
    trigger: Event,
    answer: Option<Event>,
}

#[derive(Debug, Default)]
struct Worker {
    queue: VecDeque<Attempt>,
    running: Vec<Execution>,
    waiters: Vec<Waiter>,
    collected: Arc<Mutex<Vec<Event>>>,
}

/// The state of a run that only its loop uses.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) log: Arc<RunLog>,
    pub(crate) state: State,
    pub(crate) store: Arc<Store>,
    pub(crate) mailbox: UnboundedSender<Tick>,
    workers: Vec<Worker>,
    buffer: VecDeque<Tick>,
    idle_check_pending: bool,
    counter: u64,
}

impl Run {
    pub(crate) fn new(
        id: String,
        workflow: Arc<Workflow>,
        log: Arc<RunLog>,
        state: State,
        store: Arc<Store>,
        mailbox: UnboundedSender<Tick>,
    ) -> Self {
        let workers = workflow.steps.iter().map(|_| Worker::default()).collect();
        Self {
            id,
            workflow,
            log,
            state,
            store,
            mailbox,
            workers,
            buffer: VecDeque::new(),
            idle_check_pending: false,
            counter: 0,
        }
    }

    /// Runs to the end. Dropping the future cancels all steps and leaves the log without an end, like a killed server.
    pub(crate) async fn drive(mut self, start: Event, mut ticks: UnboundedReceiver<Tick>) {
        self.buffer.push_back(Tick::Add {
            event: start,
            step: None,
        });
        let limit = self.workflow.timeout;
        let filled = self.log.filled();
        tokio::pin!(filled);
        let deadline = Instant::now() + limit.unwrap_or(Duration::from_secs(86_400 * 365));
        loop {
            while let Some(tick) = self.buffer.pop_front() {
                if matches!(tick, Tick::IdleCheck) && !self.buffer.is_empty() {
                    self.buffer.push_back(tick);
                    continue;
                }
                if self.process(tick) {
                    return;
                }
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(deadline), if limit.is_some() => {
                    self.time_out(limit.unwrap_or_default());
                    return;
                }
                () = &mut filled => {
                    self.fail_full();
                    return;
                }
                tick = ticks.recv() => match tick {
                    Some(tick) => self.buffer.push_back(tick),
                    None => return,
                },
            }
        }
    }

    /// Returns whether the run has ended.
    fn process(&mut self, tick: Tick) -> bool {
        match tick {
            Tick::IdleCheck => {
                self.idle_check_pending = false;
                if !self.is_busy() {
                    self.publish(Event::empty(&framework::IDLE));
                    self.store.touch(&self.id);
                }
                return false;
            }
            Tick::Cancel => {
                self.finish(Outcome::Cancelled, Event::empty(&framework::CANCELLED));
                return true;
            }
            Tick::Add { event, step } => self.route(&event, step.as_deref()),
            Tick::Done {
                step,
                invocation,
                result,
                aside,
            } => {
                if self.step_done(step, invocation, result, aside) {
                    return true;
                }
            }
            Tick::Due { step, attempt } => {
                if let Some(worker) = self.workers.get_mut(step) {
                    for waiting in worker.queue.iter_mut().filter(|waiting| waiting.id == attempt) {
                        waiting.delayed = false;
                    }
                }
                self.drain(step);
            }
            Tick::Restart => self.rewind(),
        }
        if !self.is_busy() && !self.idle_check_pending {
            self.idle_check_pending = true;
            self.buffer.push_back(Tick::IdleCheck);
        }
        false
    }

    fn is_busy(&self) -> bool {
        self.workers
            .iter()
            .any(|worker| !worker.queue.is_empty() || !worker.running.is_empty())
            || self.buffer.iter().any(|tick| matches!(tick, Tick::Add { .. }))
    }

    fn publish(&self, event: Event) {
        self.log.push(Frame::Event(event));
    }

    fn next_id(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Delivers the event to matching waiters and to the steps of its class. Reports an event that nothing accepted.
    fn route(&mut self, event: &Event, target: Option<&str>) {
        let mut woken = Vec::new();
        let mut fields = Fields::new(event);
        for step in 0..self.workers.len() {
            let mut triggers = Vec::new();
            for waiter in self
                .workers
                .get_mut(step)
                .map(|worker| worker.waiters.iter_mut())
                .into_iter()
                .flatten()
            {
                if waiter.wait.takes(event, &mut fields) {
                    waiter.answer = Some(event.clone());
                    triggers.push(waiter.trigger.clone());
                }
            }
            if !triggers.is_empty() {
                woken.push(step);
            }
            for trigger in triggers {
                self.add(step, trigger);
            }
        }
        let mut handled = !woken.is_empty();
        let workflow = self.workflow.clone();
        for (index, step) in workflow.steps.iter().enumerate() {
            if step.accepts(event.class)
                && target.is_none_or(|name| name == step.name)
                && !woken.contains(&index)
            {
                handled = true;
                self.add(index, event.clone());
            }
        }
        // A prompt is for clients, so no step has to accept it.
        if !handled && !event.class.is("InputRequiredEvent") {
            let unhandled = Unhandled {
                event_type: event.class.name,
                qualified_name: &event.class.qualified_name(),
                step_name: target,
                idle: !self.is_busy(),
            };
            self.publish(Event::new(&framework::UNHANDLED, &unhandled));
        }
    }
}
