//! A workflow that asks, as llama-agents-server 0.8.0 shows it.

use std::collections::VecDeque;

use workflow_protocol::Handler;

/// How the workflow asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A step returns its question, another takes the answer and returns the next question.
    OneByOne,
    /// All questions at once, answered in any order.
    Parallel,
    /// One step waits inside (`ctx.wait_for_event`), again and again.
    Waiting,
    /// Several invocations of one step wait inside, each for an answer of its own. Some begin only after the first answer.
    Waiters,
    /// The same beside a step that never rests: the run is never idle.
    BusyWaiters,
}

impl Kind {
    pub fn is_waiters(self) -> bool {
        matches!(self, Self::Waiters | Self::BusyWaiters)
    }
}

#[derive(Debug)]
pub struct Server {
    kind: Kind,
    prompts: usize,
    asked: usize,
    pub frames: Vec<String>,
    /// Sequences of the prompts that wait, oldest first.
    pub open: VecDeque<u64>,
    /// Prompts by sequence, for which an answer was taken.
    pub taken: Vec<u64>,
    /// For which prompt each answer that arrived was meant.
    pub arrived: Vec<u64>,
    /// Answers that no step wanted.
    pub unhandled: Vec<u64>,
    worker: usize,
    pub ended: bool,
}

impl Server {
    pub fn new(kind: Kind, prompts: usize) -> Self {
        let mut server = Self {
            kind,
            prompts,
            asked: 0,
            frames: Vec::new(),
            open: VecDeque::new(),
            taken: Vec::new(),
            arrived: Vec::new(),
            unhandled: Vec::new(),
            worker: 0,
            ended: false,
        };
        server.step_state("flow", "running", "StartEvent", None);
        match kind {
            Kind::Parallel => {
                (0..prompts).for_each(|_| server.ask());
                server.step_state("flow", "not_running", "StartEvent", Some("NoneType"));
            }
            Kind::Waiters | Kind::BusyWaiters => {
                server.step_state("flow", "not_running", "StartEvent", Some("NoneType"));
                (0..prompts.div_ceil(2)).for_each(|_| server.invoke());
            }
            Kind::OneByOne => {
                server.step_state("flow", "not_running", "StartEvent", Some("Ask"));
                server.ask();
            }
            Kind::Waiting => {
                server.step_state("flow", "not_running", "StartEvent", None);
                server.ask();
            }
        }
        server.rest();
        server
    }

    fn rest(&mut self) {
        if self.kind == Kind::BusyWaiters {
            self.event("Progress", false, "{}");
        } else {
            self.event("WorkflowIdleEvent", true, "{}");
        }
    }

    /// Another invocation of the waiting step begins, and asks.
    fn invoke(&mut self) {
        self.step_state("tool", "running", "Call", None);
        self.step_state("tool", "not_running", "Call", None);
        self.ask();
    }

    /// The run goes on by itself, if it is busy.
    pub fn go_on(&mut self) {
        if self.kind == Kind::BusyWaiters && self.asked < self.prompts && !self.ended {
            self.invoke();
        }
    }

    fn event(&mut self, class: &str, internal: bool, value: &str) -> u64 {
        let id = self.frames.len() as u64;
        let types = match class {
            _ if internal => r#"["InternalDispatchEvent"]"#,
            "Ask" => r#"["InputRequiredEvent"]"#,
            _ => "null",
        };
        self.frames.push(format!(
            "id: {id}\ndata: {{\"value\":{value},\"qualified_name\":\"app.{class}\",\"type\":\"{class}\",\"types\":{types}}}\n\n"
        ));
        id
    }

    fn step_state(&mut self, step: &str, state: &str, input: &str, output: Option<&str>) {
        let named = |class: &str| match state {
            "not_running" => format!("\"<class 'app.{class}'>\""),
            _ => format!("\"{class}\""),
        };
        let output = output.map_or_else(|| "null".to_owned(), named);
        let value = format!(
            r#"{{"name":"{step}","step_state":"{state}","worker_id":"{}","input_event_name":{},"output_event_name":{output}}}"#,
            self.worker % 4,
            named(input),
        );
        self.event("StepStateChanged", true, &value);
    }

    fn ask(&mut self) {
        // Some questions are equal to the one before.
        let text = format!(r#"{{"prompt":"question {}"}}"#, self.asked / 2);
        self.asked += 1;
        let id = self.event("Ask", false, &text);
        self.open.push_back(id);
    }

    /// An answer that was meant for a prompt arrives. False: the run has ended. An answer that is not right says the wrong number.
    pub fn answer(&mut self, meant: u64, right: bool) -> bool {
        if self.ended {
            return false;
        }
        self.arrived.push(meant);
        let taken = match self.kind {
            // Which question an answer is for is the workflow's own business: here it is in the answer.
            Kind::Waiters | Kind::BusyWaiters if !right => None,
            Kind::Parallel | Kind::Waiters | Kind::BusyWaiters => self
                .open
                .iter()
                .position(|open| *open == meant)
                .and_then(|at| self.open.remove(at)),
            Kind::OneByOne | Kind::Waiting => self.open.pop_front(),
        };
        let Some(taken) = taken else {
            self.unhandled.push(meant);
            self.event(
                "UnhandledEvent",
                true,
                r#"{"event_type":"Answer","qualified_name":"app.Answer","step_name":null,"idle":true}"#,
            );
            self.rest();
            return true;
        };
        self.taken.push(taken);
        let more = self.asked < self.prompts;
        match self.kind {
            Kind::Waiting => {
                self.step_state("flow", "running", "StartEvent", None);
                self.event("Progress", false, "{}");
                if more {
                    self.step_state("flow", "not_running", "StartEvent", None);
                    self.ask();
                } else {
                    self.step_state("flow", "not_running", "StartEvent", Some("StopEvent"));
                }
            }
            Kind::Waiters | Kind::BusyWaiters => {
                self.step_state("tool", "running", "Call", None);
                let is_last = !more && self.open.is_empty();
                let output = if is_last { "StopEvent" } else { "Part" };
                self.step_state("tool", "not_running", "Call", Some(output));
                if more {
                    self.invoke();
                }
            }
            Kind::OneByOne => {
                self.step_state("got", "running", "Answer", None);
                self.event("Progress", false, "{}");
                self.step_state(
                    "got",
                    "not_running",
                    "Answer",
                    Some(if more { "Ask" } else { "StopEvent" }),
                );
                if more {
                    self.ask();
                }
            }
            Kind::Parallel => {
                self.worker += 1;
                self.step_state("got", "running", "Answer", None);
                let output = if self.open.is_empty() { "StopEvent" } else { "Part" };
                self.step_state("got", "not_running", "Answer", Some(output));
            }
        }
        if self.open.is_empty() {
            self.ended = true;
            self.event("StopEvent", false, r#"{"result":"done"}"#);
        } else {
            self.rest();
        }
        true
    }

    pub fn handler(&self) -> Handler {
        let status = if self.ended { "completed" } else { "running" };
        Handler::parse(&format!(
            r#"{{"handler_id":"h","workflow_name":"w","run_id":"r1","status":"{status}","started_at":"2026-11-20T11:28:10.000000+00:00"}}"#
        ))
        .expect("a handler")
    }
}
