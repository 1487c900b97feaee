//! What a run's element tells the page: each thing once, in the order in which it happened.

use crate::Port;
use crate::json::Object;
use std::rc::Rc;
use workflow_protocol::{Connection, Handler, Prompt, RawJson, RunStatus};
use workflow_ui_components::ui::{Live, effect};
use workflow_ui_core::Events;
use workflow_ui_core::readings::UseWorkflowHandlerReturn;

/// Tells that a run was started, with its input where that is known.
pub(crate) fn tell_started(port: &Port, workflow: &str, handler: &Handler, input: Option<&RawJson>) {
    let mut detail = Object::default()
        .text("handlerId", &handler.handler_id)
        .text("runId", handler.run_id.as_deref().unwrap_or_default())
        .text("workflow", workflow);
    if let Some(input) = input {
        detail = detail.json("input", input.as_str());
    }
    port.tell("workflow-started", &detail.end());
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
        told.look(run, what, |event, detail| port.tell(event, &detail.end()));
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
    fn look(&mut self, run: UseWorkflowHandlerReturn, what: Telling, mut say: impl FnMut(&str, Object)) {
        let all = what == Telling::All;
        let status = run.status.get();
        if all && status != self.status && !status.is_terminal() {
            say("workflow-status", self.about().text("status", status.as_str()));
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
                let detail = self
                    .about()
                    .json("sequence", &event.sequence.to_string())
                    .text("type", &event.class.name)
                    .json("value", event.value.unwrap_or("null"));
                news.push(detail);
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
            say("workflow-input-required", self.within(question(&prompt)));
        }
        if all && status != self.status && status.is_terminal() {
            say("workflow-status", self.about().text("status", status.as_str()));
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

    fn end(&self, run: UseWorkflowHandlerReturn, status: RunStatus, mut say: impl FnMut(&str, Object)) {
        match status {
            RunStatus::Completed => {
                let result = run
                    .result
                    .with(|result| result.as_ref().map(|result| result.shown().as_str().to_owned()));
                let result = result.unwrap_or_else(|| String::from("null"));
                say("workflow-completed", self.about().json("result", &result));
            }
            RunStatus::Failed | RunStatus::TimedOut => {
                let detail = self
                    .about()
                    .text("status", status.as_str())
                    .text("error", &run.error.get().unwrap_or_default());
                say("workflow-failed", detail);
            }
            RunStatus::Cancelled => say("workflow-cancelled", self.about()),
            // No end of the run, but of what is known of it: its status says so.
            _ => {}
        }
    }

    /// The members that every detail has.
    fn about(&self) -> Object {
        self.within(Object::default())
    }

    fn within(&self, detail: Object) -> Object {
        let run_id = self.run_id.as_deref().unwrap_or_default();
        detail.text("handlerId", &self.handler_id).text("runId", run_id)
    }
}

/// A question as events and the property `prompts` show it.
pub(crate) fn question(prompt: &Prompt) -> Object {
    Object::default()
        .json("sequence", &prompt.sequence.to_string())
        .text("type", &prompt.class)
        .text("text", &prompt.text())
        .json("value", prompt.value.as_str())
}
