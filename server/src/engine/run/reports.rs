//! The events that a run publishes about itself, and its ends.

use std::time::Duration;

use serde::Serialize;

use super::{Attempt, Run};
use crate::engine::store::Outcome;
use crate::engine::{Event, Exception, framework};

#[derive(Serialize)]
struct StepStateChanged<'a> {
    name: &'a str,
    step_state: &'a str,
    worker_id: &'a str,
    input_event_name: &'a str,
    output_event_name: Option<&'a str>,
}

#[derive(Serialize)]
struct Failed<'a> {
    step_name: &'a str,
    exception: Raised<'a>,
    attempts: u32,
    elapsed_seconds: f64,
}

#[derive(Serialize)]
struct Raised<'a> {
    exception_type: &'a str,
    exception_message: &'a str,
}

#[derive(Serialize)]
struct TimedOut {
    timeout: f64,
    active_steps: Vec<&'static str>,
}

/// A final event of at most this size in bytes is published even if the store is full.
const SMALL_END: usize = 4096;

impl Run {
    pub(super) fn step_state(
        &self,
        name: &str,
        state: &str,
        worker: &str,
        input: &str,
        output: Option<&str>,
    ) {
        let change = StepStateChanged {
            name,
            step_state: state,
            worker_id: worker,
            input_event_name: input,
            output_event_name: output,
        };
        self.publish(Event::new(&framework::STEP_STATE, &change));
    }

    pub(super) fn fail(&mut self, step: &str, attempt: &Attempt, exception: Exception) {
        let elapsed = attempt.first.map_or(0.0, |first| first.elapsed().as_secs_f64());
        let failed = Failed {
            step_name: step,
            exception: Raised {
                exception_type: exception.kind,
                exception_message: &exception.message,
            },
            attempts: attempt.failures,
            elapsed_seconds: elapsed,
        };
        let event = Event::new(&framework::FAILED, &failed);
        self.finish(Outcome::Failed(exception.message), event);
    }

    /// Ends the run because its events do not fit into the store.
    pub(super) fn fail_full(&mut self) {
        let words = self.log.full().to_string();
        let steps = self.workflow.steps.iter().zip(&self.workers);
        let mut active = steps
            .filter(|(_, worker)| !worker.running.is_empty())
            .map(|(step, _)| step.name);
        let failed = Failed {
            step_name: active.next_back().unwrap_or_default(),
            exception: Raised {
                exception_type: "builtins.MemoryError",
                exception_message: &words,
            },
            attempts: 1,
            elapsed_seconds: 0.0,
        };
        let event = Event::new(&framework::FAILED, &failed);
        self.end(Outcome::Failed(words), event);
    }

    pub(super) fn time_out(&mut self, limit: Duration) {
        let timeout = limit.as_secs_f64();
        let steps = self.workflow.steps.iter().zip(&self.workers);
        let active = steps.filter(|(_, worker)| !worker.running.is_empty());
        let timed_out = TimedOut {
            timeout,
            active_steps: active.map(|(step, _)| step.name).collect(),
        };
        let event = Event::new(&framework::TIMED_OUT, &timed_out);
        self.finish(
            Outcome::Failed(format!("Workflow timed out after {timeout:?}s")),
            event,
        );
    }

    /// Updates the handler before the stop event is stored, so that a client that sees the event reads the final status. If the result does
    /// not fit into the store, the run fails.
    pub(super) fn finish(&mut self, outcome: Outcome, event: Event) {
        let error = match &outcome {
            Outcome::Failed(error) => error.len(),
            Outcome::Completed(_) | Outcome::Cancelled => 0,
        };
        let large = event.value.get().len() + error;
        if large > SMALL_END && self.log.take(large).is_err() {
            self.fail_full();
        } else {
            self.end(outcome, event);
        }
    }

    fn end(&mut self, outcome: Outcome, event: Event) {
        self.workers.clear();
        self.store.finish(&self.id, outcome);
        self.publish(event);
    }
}
