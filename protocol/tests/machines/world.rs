//! A hand that plays the server's part for one `RunMachine`.

use workflow_protocol::{
    Changes, Claim, EventKind, Failure, Handler, RunCommand, RunInput, RunMachine, RunOptions, StreamEnd,
    Time,
};

/// The answer to a handler read or a listing.
pub fn handler(run_id: &str, status: &str) -> Handler {
    let text = format!(
        r#"{{"handler_id":"h","workflow_name":"w","run_id":"{run_id}","status":"{status}",
            "started_at":"2026-11-20T11:28:{:02}.000000+00:00","updated_at":null,"completed_at":null,
            "error":null,"result":null,"result_unreadable":false}}"#,
        run_id.trim_start_matches('r').parse::<u32>().unwrap_or(0)
    );
    Handler::parse(&text).expect("a handler")
}

/// A frame as the server writes it.
pub fn frame(id: u64, class: &str, types: Option<&str>, value: &str) -> String {
    let types = types.map_or_else(|| "null".to_owned(), |types| format!("[\"{types}\"]"));
    format!(
        "id: {id}\ndata: {{\"value\":{value},\"qualified_name\":\"app.{class}\",\"type\":\"{class}\",\"types\":{types}}}\n\n"
    )
}

pub fn progress(id: u64) -> String {
    frame(id, "Progress", None, &format!("{{\"i\":{id}}}"))
}

pub fn stop(id: u64) -> String {
    frame(id, "StopEvent", None, "{\"result\":\"done\"}")
}

/// The end of a step that returned a stop event.
pub fn returned(id: u64) -> String {
    frame(
        id,
        "StepStateChanged",
        Some("InternalDispatchEvent"),
        r#"{"name":"work","step_state":"not_running","worker_id":"0","input_event_name":"<class 'app.Work'>","output_event_name":"<class 'workflows.events.StopEvent'>"}"#,
    )
}

/// The end of a run as the server writes it, in two frames from this sequence on.
pub fn ended(id: u64) -> String {
    returned(id) + &stop(id + 1)
}

/// A machine, a clock, and the commands that were not answered yet.
pub struct World {
    pub machine: RunMachine,
    pub now: Time,
    pub changes: Changes,
    /// What was to be kept for other tabs: the last word about each prompt.
    pub claims: Vec<(u64, Option<Claim>)>,
}

impl World {
    pub fn new() -> Self {
        Self {
            machine: RunMachine::new("h", RunOptions::default()),
            now: Time(1_000_000),
            changes: Changes::default(),
            claims: Vec::new(),
        }
    }

    pub fn give(&mut self, input: RunInput<'_>) {
        let changes = self.machine.handle(self.now, input);
        self.changes.merge(changes);
    }

    /// The next command that is not about claims.
    pub fn command(&mut self) -> Option<RunCommand> {
        loop {
            match self.machine.poll_command() {
                Some(RunCommand::StoreClaim { prompt, claim }) => self.claims.push((prompt, claim)),
                Some(RunCommand::LookUpClaim { .. }) => {}
                other => return other,
            }
        }
    }

    #[track_caller]
    pub fn nothing_more(&mut self) {
        assert_eq!(self.command(), None, "no further command was expected");
    }

    /// Expects a handler read and answers it.
    #[track_caller]
    pub fn read(&mut self, result: Result<Handler, Failure>) {
        match self.command() {
            Some(RunCommand::ReadHandler { epoch }) => self.give(RunInput::HandlerRead { epoch, result }),
            other => panic!("expected a handler read, got {other:?}"),
        }
    }

    /// Expects a stream to be opened; gives its epoch and cursor.
    #[track_caller]
    pub fn open(&mut self) -> (u32, i64) {
        loop {
            match self.command() {
                Some(RunCommand::CloseStream) => {}
                Some(RunCommand::OpenStream { epoch, after }) => return (epoch, after),
                other => panic!("expected a stream to be opened, got {other:?}"),
            }
        }
    }

    /// From `Watch` to a live stream of `run_id`.
    #[track_caller]
    pub fn live(&mut self, run_id: &str) -> u32 {
        self.give(RunInput::Watch);
        self.read(Ok(handler(run_id, "running")));
        let (epoch, _) = self.open();
        self.give(RunInput::StreamOpened { epoch });
        self.read(Ok(handler(run_id, "running")));
        epoch
    }

    pub fn bytes(&mut self, epoch: u32, text: &str) {
        self.give(RunInput::StreamBytes {
            epoch,
            bytes: text.as_bytes(),
        });
    }

    pub fn end(&mut self, epoch: u32, end: StreamEnd) {
        self.give(RunInput::StreamEnded { epoch, end });
    }

    /// Goes to the machine's deadline.
    #[track_caller]
    pub fn wait(&mut self) {
        self.now = self.machine.next_deadline().expect("a deadline");
        self.give(RunInput::Tick);
    }

    pub fn sequences(&self) -> Vec<u64> {
        let log = self.machine.log();
        (0..log.len())
            .filter_map(|at| log.get(at))
            .map(|event| event.sequence)
            .collect()
    }

    pub fn kinds(&self) -> Vec<EventKind> {
        let log = self.machine.log();
        (0..log.len())
            .filter_map(|at| log.get(at))
            .map(|event| event.kind)
            .collect()
    }
}
