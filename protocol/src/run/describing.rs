//! The server's handler record, and when to trust it.

use super::stalling::Silence;
use super::{LAST_EVENT_MS, PATIENCE_MS, Phase, PoisonCheck, RunCommand, RunMachine};
use crate::sent::forget_effects;
use crate::{Changes, Connection, EventKind, EventLog, Handler, HandlerStatus, RunStatus, Time, WireStats};

impl RunMachine {
    pub(super) fn read(&mut self) -> u32 {
        self.epoch += 1;
        self.commands.push(RunCommand::ReadHandler { epoch: self.epoch });
        self.epoch
    }

    /// A handler that was received without a request, at any time.
    pub(super) fn seen(&mut self, now: Time, handler: Handler, changes: &mut Changes) {
        if handler.handler_id != self.handler_id {
            return;
        }
        let served = self.run_id.clone();
        let ended = self.has_ended();
        let row = self
            .handler
            .as_ref()
            .and_then(|handler| handler.updated_at.clone());
        if !self.learn(now, handler, changes) {
            return;
        }
        let another = self.run_id != served || changes.run;
        if !another && self.moved_after_stop(row.as_deref()) {
            // Something was stored after the assumed end.
            if self.suspicion.is_none() {
                self.suspect_end(now);
            }
            if self.watched {
                self.check_end(now);
            }
            return;
        }
        self.fetch_stalled(now);
        // A run that had already ended and has not changed needs no further reads.
        let news = !ended || changes.handler;
        let restless = news && self.phase == Phase::Done && self.outcome.is_none() && self.problem.is_none();
        if !self.watched {
            if self.phase == Phase::Done && (another || restless) {
                self.phase = Phase::Idle;
                self.connection = Connection::Idle;
            }
        } else if changes.run || restless {
            self.attempt = 0;
            self.close_stream();
            self.awaited_read = None;
            self.connection = Connection::Connecting;
            self.connect(now);
        } else if self.phase == Phase::Live
            && self.has_ended()
            && self.deadline.is_none_or(|at| at > now.plus(LAST_EVENT_MS))
        {
            self.deadline = Some(now.plus(LAST_EVENT_MS));
        }
    }

    /// Accepts a handler record unless it is older than the current one. Returns whether it was accepted.
    pub(super) fn learn(&mut self, now: Time, handler: Handler, changes: &mut Changes) -> bool {
        if let Some(known) = &self.handler
            && handler.is_older_than(known)
        {
            return false;
        }
        let another = handler.run_id.is_some() && handler.run_id != self.run_id;
        // Nothing is known of a run that was gone, and its prompts were closed: its events show what is still open.
        let back = std::mem::take(&mut self.gone);
        if another || back {
            if self.run_id.is_some() {
                self.restart(changes);
            }
            if another {
                self.run_id.clone_from(&handler.run_id);
                self.prompts
                    .set_run(handler.run_id.as_deref().unwrap_or_default());
            }
            self.remember_sent();
            changes.prompts = true;
        }
        if self.handler.as_ref() != Some(&handler) {
            changes.handler = true;
            self.handler = Some(handler);
        }
        if self.outcome.is_some() && !self.described_end {
            // The handler's result replaces the one in the stop event.
            self.described_end = true;
            changes.handler = true;
        }
        self.note_description(now);
        true
    }

    /// Removes the run's events and everything derived from them.
    fn restart(&mut self, changes: &mut Changes) {
        self.log = EventLog::new(self.options.log_bytes);
        self.sent_before.extend_from_slice(self.prompts.sent());
        forget_effects(
            &mut self.sent_before,
            "The run was lost before the server answered.",
        );
        self.prompts.clear_run();
        self.outcome = None;
        self.suspicion = None;
        self.stale_end = None;
        self.described_end = false;
        if self.stall.take().is_some() {
            self.connection = Connection::Connecting;
        }
        self.silence = Silence::default();
        self.poison = PoisonCheck::default();
        self.wire = WireStats {
            heartbeat_interval: self.heartbeat,
            ..WireStats::default()
        };
        self.started_at = None;
        self.patience = PATIENCE_MS;
        changes.run = true;
        changes.events = true;
        changes.prompts = true;
    }

    /// Whether the handler changed after the run's stop event was received and nothing more was expected.
    fn moved_after_stop(&self, before: Option<&str>) -> bool {
        let waits = match self.phase {
            Phase::Done => self.outcome.as_ref().is_some_and(|it| it.kind == EventKind::Stop),
            Phase::Waiting => self.is_checking_stop(),
            _ => false,
        };
        let row = self
            .handler
            .as_ref()
            .and_then(|handler| handler.updated_at.as_deref());
        waits && before.is_some() && row.is_some() && row != before
    }

    /// Whether the run has ended according to the handler, and no event contradicted that.
    pub(super) fn has_ended(&self) -> bool {
        self.handler
            .as_ref()
            .is_some_and(|handler| handler.status.is_terminal())
            && !self.is_end_stale()
            && !self.is_checking_stop()
    }
}

impl Handler {
    /// The run's status from the handler alone. A timeout is recognised by the server's text, `Workflow timed out after …` (observed on
    /// llama-agents-server 0.8.0).
    pub fn run_status(&self) -> RunStatus {
        match &self.status {
            HandlerStatus::Running | HandlerStatus::Other(_) => RunStatus::Running,
            HandlerStatus::Completed => RunStatus::Completed,
            HandlerStatus::Cancelled => RunStatus::Cancelled,
            HandlerStatus::Failed => {
                if self
                    .error
                    .as_deref()
                    .is_some_and(|error| error.starts_with("Workflow timed out"))
                {
                    RunStatus::TimedOut
                } else {
                    RunStatus::Failed
                }
            }
        }
    }

    /// Whether this record is known to be older than another one of the same handler. Responses can overtake each other: a `running` that
    /// was read before the end must not revive a finished run.
    pub fn is_older_than(&self, other: &Self) -> bool {
        let time = |text: &str| Time::parse(text);
        if self.run_id != other.run_id {
            return matches!((time(&self.started_at), time(&other.started_at)), (Some(a), Some(b)) if a < b);
        }
        if other.status.is_terminal() && !self.status.is_terminal() {
            return true;
        }
        let (Some(a), Some(b)) = (self.updated_at.as_deref(), other.updated_at.as_deref()) else {
            return false;
        };
        matches!((time(a), time(b)), (Some(a), Some(b)) if a < b)
    }
}
