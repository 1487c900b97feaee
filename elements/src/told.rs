//! What a run's element tells the page: each thing once, in the order in which it happened.

use crate::Port;
use crate::detail::{
    Cancelled, Completed, Event, Failed, Payload, Question, RunDetail, Started, Status, to_json,
};
use serde::Serialize;
use std::rc::Rc;
use workflow_protocol::{Connection, Handler, Prompt, RawJson, RunStatus};
use workflow_ui_components::reactive::{Get as _, With as _};
use workflow_ui_components::ui::{Live, effect};
use workflow_ui_core::Events;
use workflow_ui_core::UseWorkflowHandlerReturn;

/// Tells that a run was started, with its input where that is known.
pub(crate) fn tell_started(port: &Port, workflow: &str, handler: &Handler, input: Option<&RawJson>) {
    let detail = RunDetail {
        handler_id: &handler.handler_id,
        run_id: handler.run_id.as_deref().unwrap_or_default(),
        more: Started { workflow, input },
    };
    port.tell("workflow-started", &to_json(&detail));
}

/// What of a run is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Everything.
    All,
    /// Its questions alone.
    Questions,
}

/// Tells what happens to a run for as long as the owner lives.
pub(crate) fn tell(run: UseWorkflowHandlerReturn, handler_id: Live<String>, port: Rc<Port>, what: Telling) {
    let mut told = Told::default();
    // One effect for all of it: several would run in any order, and an end would come before the last event.
    effect(move || {
        let id = handler_id.get();
        let run_id = run.run_id.get();
        // A handler that is continued gets another run; one whose run is not known yet gets its first.
        let is_other = run_id.is_some() && told.run_id.is_some() && told.run_id != run_id;
        if told.handler_id != id || is_other {
            told = Told::default();
            told.handler_id = id;
        }
        told.run_id = run_id.or(told.run_id.take());
        if told.handler_id.is_empty() {
            return;
        }
        told.look(run, what, |event, detail| port.tell(event, &detail));
    });
}

/// What was told of one run.
#[derive(Default)]
struct Told {
    handler_id: String,
    run_id: Option<String>,
    events: Events,
    /// The sequence of the last question.
    asked: Option<u64>,
    status: RunStatus,
    ended: bool,
}

impl Told {
    fn look(&mut self, run: UseWorkflowHandlerReturn, what: Telling, mut say: impl FnMut(&str, String)) {
        let all = what == Telling::All;
        let status = run.status.get();
        if all && status != self.status && !status.is_terminal() {
            say(
                "workflow-status",
                self.detail(Status {
                    status: status.as_str(),
                }),
            );
        }
        if all {
            let events = run.events.get();
            let from = if events.same_run(&self.events) {
                self.events.len()
            } else {
                0
            };
            // Written while the log is looked at, told afterwards: whoever listens may want to look at it too.
            let mut news = Vec::new();
            events.for_each(from..events.len(), |_, event| {
                news.push(self.detail(Event {
                    sequence: event.sequence,
                    class: &event.class.name,
                    value: Payload::new(event.value),
                }));
            });
            self.events = events;
            for detail in news {
                say("workflow-event", detail);
            }
        }
        let last = self.asked;
        let questions = run.prompts.with(|prompts| {
            let new = |prompt: &&Prompt| {
                last.is_none_or(|last| prompt.sequence > last) && prompt.state.can_respond()
            };
            prompts.iter().filter(new).cloned().collect::<Vec<_>>()
        });
        for prompt in questions {
            self.asked = Some(prompt.sequence);
            say("workflow-input-required", self.detail(Question::from(&prompt)));
        }
        if all && status != self.status && status.is_terminal() {
            say(
                "workflow-status",
                self.detail(Status {
                    status: status.as_str(),
                }),
            );
        }
        self.status = status;
        // Its last words come a little later than the event that ends a run, and after them nothing.
        let closed = run
            .connection
            .with(|connection| *connection == Connection::Closed);
        if all && closed && !self.ended && status.is_terminal() {
            self.ended = true;
            self.end(run, status, say);
        }
    }

    fn end(&self, run: UseWorkflowHandlerReturn, status: RunStatus, mut say: impl FnMut(&str, String)) {
        match status {
            RunStatus::Completed => {
                let result = run
                    .result
                    .with(|result| result.as_ref().map(|result| result.shown().clone()));
                let result = result.unwrap_or_default();
                say("workflow-completed", self.detail(Completed { result }));
            }
            RunStatus::Failed | RunStatus::TimedOut => {
                let (status, error) = (
                    status.as_str(),
                    run.error.get().map(|error| error.detail()).unwrap_or_default(),
                );
                say("workflow-failed", self.detail(Failed { status, error }));
            }
            RunStatus::Cancelled => say("workflow-cancelled", self.detail(Cancelled {})),
            // No end of the run, but of what is known of it: its status says so.
            _ => {}
        }
    }

    /// The detail of an event of the run, as JSON.
    fn detail(&self, more: impl Serialize) -> String {
        to_json(&RunDetail {
            handler_id: &self.handler_id,
            run_id: self.run_id.as_deref().unwrap_or_default(),
            more,
        })
    }
}
