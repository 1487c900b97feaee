//! What a run tells about itself, and its ends.

use std::time::Duration;

use super::{Attempt, Run};
use crate::engine::handler::quoted;
use crate::engine::store::Outcome;
use crate::engine::workflow::Exception;
use crate::engine::{Event, framework};
use crate::python::repr_float;

/// An end of so few bytes is published even if the store is full.
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
        let output = output.map_or_else(|| "null".to_owned(), quoted);
        self.publish(Event::new(
            &framework::STEP_STATE,
            format!(
                "{{\"name\":{},\"step_state\":\"{state}\",\"worker_id\":\"{worker}\",\"input_event_name\":{},\"output_event_name\":{output}}}",
                quoted(name),
                quoted(input)
            ),
        ));
    }

    pub(super) fn fail(&mut self, step: &str, attempt: &Attempt, exception: Exception) {
        let elapsed = attempt.first.map_or(0.0, |first| first.elapsed().as_secs_f64());
        let event = Event::new(
            &framework::FAILED,
            format!(
                "{{\"step_name\":{},\"exception\":{{\"exception_type\":{},\"exception_message\":{}}},\"attempts\":{},\"elapsed_seconds\":{elapsed}}}",
                quoted(step),
                quoted(exception.kind),
                quoted(&exception.message),
                attempt.failures
            ),
        );
        self.finish(Outcome::Failed(exception.message), event);
    }

    /// Ends the run because the store has no room for what it publishes.
    pub(super) fn fail_full(&mut self) {
        let words = self.log.full().to_string();
        let steps = self.workflow.steps.iter().zip(&self.workers);
        let active = steps
            .filter(|(_, worker)| !worker.running.is_empty())
            .map(|(step, _)| step.name);
        let event = Event::new(
            &framework::FAILED,
            format!(
                "{{\"step_name\":{},\"exception\":{{\"exception_type\":\"builtins.MemoryError\",\"exception_message\":{}}},\"attempts\":1,\"elapsed_seconds\":0.0}}",
                quoted(active.last().unwrap_or_default()),
                quoted(&words),
            ),
        );
        self.end(Outcome::Failed(words), event);
    }

    pub(super) fn time_out(&mut self, limit: Duration) {
        let limit = repr_float(limit.as_secs_f64());
        let steps = self.workflow.steps.iter().zip(&self.workers);
        let active: Vec<String> = steps
            .filter(|(_, worker)| !worker.running.is_empty())
            .map(|(step, _)| quoted(step.name))
            .collect();
        let event = Event::new(
            &framework::TIMED_OUT,
            format!("{{\"timeout\":{limit},\"active_steps\":[{}]}}", active.join(",")),
        );
        self.finish(
            Outcome::Failed(format!("Workflow timed out after {limit}s")),
            event,
        );
    }

    /// The handler is brought up to date before the stop event is stored, so that a client that sees the
    /// event reads the end of the run. An end for which the store has no room becomes a failure.
    pub(super) fn finish(&mut self, outcome: Outcome, event: Event) {
        let error = match &outcome {
            Outcome::Failed(error) => error.len(),
            Outcome::Completed(_) | Outcome::Cancelled => 0,
        };
        let large = event.value.len() + error;
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
