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

/// Dispatches that a run was started, with its input.
pub(crate) fn dispatch_started(element: Element, workflow: &str, started: &start::Started) {
    let detail = RunDetail {
        handler_id: &started.handler_id,
        run_id: started.handler.run_id.as_deref().unwrap_or_default(),
        more: Started {
            workflow,
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
        if !dispatched.handler_id.is_empty() {
            dispatched.update(element, run, scope);
        }
    });
}

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
    /// Dispatches what is new.
    fn update(&mut self, element: Element, run: UseWorkflowHandlerReturn, scope: Scope) {
        let all = scope == Scope::All;
        let status = run.status.get();
        let is_new_status = all && status != self.status;
        let status_detail = Status {
            status: status.as_str(),
        };
        if is_new_status && !status.is_terminal() {
            self.dispatch(element, "workflow-status", &status_detail);
        }
        if all {
            self.dispatch_events(element, run.events.get());
        }
        self.dispatch_prompts(element, run);
        if is_new_status && status.is_terminal() {
            self.dispatch(element, "workflow-status", &status_detail);
        }
        self.status = status;
        // Result and error arrive a little later than the event that ends a run, and nothing comes after them.
        let is_closed = run
            .connection
            .with(|connection| *connection == Connection::Closed);
        if all && is_closed && !self.has_ended && status.is_terminal() {
            self.has_ended = true;
            self.dispatch_end(element, run, status);
        }
    }

    fn dispatch_events(&mut self, element: Element, events: Events) {
        let from = if events.same_run(&self.events) {
            self.events.len()
        } else {
            0
        };
        // Written while the log is borrowed and dispatched afterwards: a listener may read the log too.
        let mut new = Vec::new();
        events.for_each(from..events.len(), |_, event| {
            new.push(self.to_json(&Event {
                sequence: event.sequence,
                class: &event.class.name,
                value: Payload::new(event.value),
            }));
        });
        self.events = events;
        for detail in new {
            element.dispatch("workflow-event", &detail);
        }
    }

    fn dispatch_prompts(&mut self, element: Element, run: UseWorkflowHandlerReturn) {
        let last = self.prompt;
        let is_new =
            |prompt: &&Prompt| last.is_none_or(|last| prompt.sequence > last) && prompt.state.can_respond();
        let prompts: Vec<Prompt> = run
            .prompts
            .with(|prompts| prompts.iter().filter(is_new).cloned().collect());
        for prompt in prompts {
            self.prompt = Some(prompt.sequence);
            self.dispatch(element, "workflow-input-required", &PromptDetail::from(&prompt));
        }
    }

    fn dispatch_end(&self, element: Element, run: UseWorkflowHandlerReturn, status: RunStatus) {
        match status {
            RunStatus::Completed => {
                let result = run
                    .result
                    .with(|result| result.as_ref().map(|result| result.shown().clone()));
                let detail = Completed {
                    result: result.unwrap_or_default(),
                };
                self.dispatch(element, "workflow-completed", &detail);
            }
            RunStatus::Failed | RunStatus::TimedOut => {
                let error = run.error.get().map(|error| error.detail()).unwrap_or_default();
                self.dispatch(
                    element,
                    "workflow-failed",
                    &Failed {
                        status: status.as_str(),
                        error,
                    },
                );
            }
            RunStatus::Cancelled => self.dispatch(element, "workflow-cancelled", &Cancelled {}),
            // The run is unknown to the server; its status says so.
            _ => {}
        }
    }

    fn dispatch(&self, element: Element, event: &str, more: &impl Serialize) {
        element.dispatch(event, &self.to_json(more));
    }

    /// The detail of an event of the run.
    fn to_json(&self, more: &impl Serialize) -> String {
        to_json(&RunDetail {
            handler_id: &self.handler_id,
            run_id: self.run_id.as_deref().unwrap_or_default(),
            more,
        })
    }
}
