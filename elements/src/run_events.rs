//! The events that an element dispatches about its run: each thing once, in the order in which it happened.

use crate::detail::{
    Cancelled, Completed, Event, Failed, Payload, PromptDetail, RunDetail, Started, Status, to_json,
};
use crate::element::Element;
use leptos::prelude::*;
use serde::Serialize;
use workflow_protocol::{Connection, Prompt, RunStatus};
use workflow_ui_components::start;
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

/// Dispatches that a run was started, with its input. The workflow is the one of the run: the element may name another one by now.
pub(crate) fn dispatch_started(element: Element, started: &start::Started) {
    let detail = RunDetail {
        handler_id: &started.handler_id,
        run_id: started.handler.run_id.as_deref().unwrap_or_default(),
        more: Started {
            workflow: &started.handler.workflow_name,
            input: &started.input,
        },
    };
    element.dispatch("workflow-started", &to_json(&detail));
}

/// Which events an element dispatches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Prompts,
}

/// Dispatches what happens to a run until the current owner is cleaned up.
pub(crate) fn dispatch_run_events(element: Element, run: UseWorkflowHandlerReturn, scope: Scope) {
    let mut dispatched = Dispatched::default();
    // One effect for everything: several would run in any order, and the end would come before the last event.
    Effect::new(move |_| {
        let id = run.handler_id.get().unwrap_or_default();
        let run_id = run.run_id.get();
        // A handler that is continued gets another run; one whose run is not known yet gets its first.
        let is_other = run_id.is_some() && dispatched.run_id.is_some() && dispatched.run_id != run_id;
        if dispatched.handler_id != id || is_other {
            dispatched = Dispatched {
                handler_id: id,
                ..Dispatched::default()
            };
        }
        dispatched.run_id = run_id.or(dispatched.run_id.take());
        if dispatched.handler_id.is_empty() {
            return;
        }
        let mut new = Vec::new();
        dispatched.update(&mut new, run, scope);
        // All is read before: a listener may move the element, or change its server, which cleans up the signals.
        for (event, detail) in new {
            element.dispatch(event, &detail);
        }
    });
}

/// Names and details of events, in order.
type New = Vec<(&'static str, String)>;

/// What was dispatched about one run.
#[derive(Default)]
struct Dispatched {
    handler_id: String,
    run_id: Option<String>,
    events: Events,
    /// The sequence of the last prompt.
    prompt: Option<u64>,
    status: RunStatus,
    has_ended: bool,
}

impl Dispatched {
    /// Adds what is new.
    fn update(&mut self, new: &mut New, run: UseWorkflowHandlerReturn, scope: Scope) {
        let all = scope == Scope::All;
        let status = run.status.get();
        let is_new_status = all && status != self.status;
        let status_detail = Status {
            status: status.as_str(),
        };
        if is_new_status && !status.is_terminal() {
            self.add(new, "workflow-status", &status_detail);
        }
        if all {
            self.add_events(new, run.events.get());
        }
        self.add_prompts(new, run);
        if is_new_status && status.is_terminal() {
            self.add(new, "workflow-status", &status_detail);
        }
        self.status = status;
        // Result and error arrive a little later than the event that ends a run, and nothing comes after them.
        let is_closed = run
            .connection
            .with(|connection| *connection == Connection::Closed);
        if all && is_closed && !self.has_ended && status.is_terminal() {
            self.has_ended = true;
            self.add_end(new, run, status);
        }
    }

    fn add_events(&mut self, new: &mut New, events: Events) {
        let from = if events.same_run(&self.events) {
            self.events.len()
        } else {
            0
        };
        events.for_each(from..events.len(), |_, event| {
            let detail = Event {
                sequence: event.sequence,
                class: &event.class.name,
                value: Payload::new(event.value),
            };
            self.add(new, "workflow-event", &detail);
        });
        self.events = events;
    }

    fn add_prompts(&mut self, new: &mut New, run: UseWorkflowHandlerReturn) {
        let last = self.prompt;
        let is_new =
            |prompt: &&Prompt| last.is_none_or(|last| prompt.sequence > last) && prompt.state.can_respond();
        let prompts: Vec<Prompt> = run
            .prompts
            .with(|prompts| prompts.iter().filter(is_new).cloned().collect());
        for prompt in prompts {
            self.prompt = Some(prompt.sequence);
            self.add(new, "workflow-input-required", &PromptDetail::from(&prompt));
        }
    }

    fn add_end(&self, new: &mut New, run: UseWorkflowHandlerReturn, status: RunStatus) {
        match status {
            RunStatus::Completed => {
                let result = run
                    .result
                    .with(|result| result.as_ref().map(|result| result.shown().clone()));
                let detail = Completed {
                    result: result.unwrap_or_default(),
                };
                self.add(new, "workflow-completed", &detail);
            }
            RunStatus::Failed | RunStatus::TimedOut => {
                let error = run.error.get().map(|error| error.detail()).unwrap_or_default();
                let detail = Failed {
                    status: status.as_str(),
                    error,
                };
                self.add(new, "workflow-failed", &detail);
            }
            RunStatus::Cancelled => self.add(new, "workflow-cancelled", &Cancelled {}),
            // The run is unknown to the server; its status says so.
            _ => {}
        }
    }

    fn add(&self, new: &mut New, event: &'static str, more: &impl Serialize) {
        let detail = RunDetail {
            handler_id: &self.handler_id,
            run_id: self.run_id.as_deref().unwrap_or_default(),
            more,
        };
        new.push((event, to_json(&detail)));
    }
}
