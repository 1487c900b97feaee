//! What the hooks see of a run: signals, and the guard that keeps it watched.

use std::rc::Rc;
use std::sync::Arc;

use crate::reactive::Slot;
use workflow_protocol::{
    Connection, HandlerState, HandlersInput, Prompt, ResponseClass, RunMachine, RunStatus, SentEvent,
    StopResult, SuspectedStop, WireStats,
};

use super::RunCall;
use super::run::Run;

/// How far a log was when it was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogMark {
    /// Which of the handler's runs, counted since it is watched.
    pub(crate) generation: u32,
    pub(crate) len: usize,
    pub(crate) public: usize,
    pub(crate) evicted: usize,
    pub(crate) missing: u64,
}

impl LogMark {
    pub(super) fn of(machine: &RunMachine, generation: u32) -> Self {
        let log = machine.log();
        Self {
            generation,
            len: log.len(),
            public: log.public_len(),
            evicted: log.evicted(),
            missing: machine.missing(),
        }
    }
}

/// Everything that signals tell, taken at one moment.
pub(super) struct Facts {
    handler: Option<Arc<HandlerState>>,
    status: RunStatus,
    connection: Connection,
    run_id: Option<String>,
    log: LogMark,
    prompts: Vec<Prompt>,
    sent: Vec<SentEvent>,
    result: Option<StopResult>,
    error: Option<String>,
    suspected_stop: Option<SuspectedStop>,
    wire: WireStats,
}

impl Facts {
    pub(super) fn of(machine: &RunMachine, generation: u32, unread: Option<String>) -> Self {
        let status = machine.status();
        let state = |handler: &workflow_protocol::Handler| {
            Arc::new(HandlerState {
                handler: handler.clone(),
                status,
            })
        };
        let error = machine
            .error()
            .map(str::to_owned)
            .or_else(|| machine.problem().map(|failure| failure.detail.clone()));
        Self {
            handler: machine.handler().map(state),
            status,
            connection: machine.connection().clone(),
            run_id: machine.run_id().map(str::to_owned),
            log: LogMark::of(machine, generation),
            prompts: machine.prompts().to_vec(),
            sent: machine.sent().to_vec(),
            result: machine.result().cloned(),
            suspected_stop: machine.suspected_stop(),
            wire: machine.wire(),
            // A handler that could be read once stays what it was; only one that never could has nothing else to show.
            error: error.or_else(|| unread.filter(|_| machine.handler().is_none())),
        }
    }
}

/// The signals of one run, shared by all hooks that watch it.
#[derive(Default)]
pub(crate) struct RunView {
    pub(crate) handler: Slot<Option<Arc<HandlerState>>>,
    pub(crate) status: Slot<RunStatus>,
    pub(crate) connection: Slot<Connection>,
    pub(crate) run_id: Slot<Option<String>>,
    pub(crate) log: Slot<LogMark>,
    pub(crate) prompts: Slot<Vec<Prompt>>,
    pub(crate) sent: Slot<Vec<SentEvent>>,
    pub(crate) answers: Slot<Arc<[ResponseClass]>>,
    pub(crate) result: Slot<Option<StopResult>>,
    pub(crate) error: Slot<Option<String>>,
    pub(crate) suspected_stop: Slot<Option<SuspectedStop>>,
    pub(crate) wire: Slot<WireStats>,
}

impl RunView {
    pub(super) fn publish(&self, facts: Facts) {
        self.handler.change_to(facts.handler);
        self.status.change_to(facts.status);
        self.connection.change_to(facts.connection);
        self.run_id.change_to(facts.run_id);
        self.log.change_to(facts.log);
        self.prompts.change_to(facts.prompts);
        self.sent.change_to(facts.sent);
        self.result.change_to(facts.result);
        self.error.change_to(facts.error);
        self.suspected_stop.change_to(facts.suspected_stop);
        self.wire.change_to(facts.wire);
    }
}

/// Keeps a run watched. The last one's drop closes the stream and lets the run go; the run itself goes on at the
/// server.
#[must_use = "a run is watched only as long as its guard lives"]
#[derive(Debug)]
pub(crate) struct Watch {
    run: Rc<Run>,
    streaming: Slot<bool>,
    /// It only takes a brief look.
    peeks: bool,
}

impl Watch {
    /// Keeps a run without asking anything of it.
    pub(super) fn hold(run: Rc<Run>) -> Self {
        run.watchers.set(run.watchers.get() + 1);
        Self {
            run,
            streaming: Slot::new(false),
            peeks: false,
        }
    }

    /// Wants the events only from a place that nobody else needs.
    pub(super) fn peek(run: Rc<Run>) -> Self {
        let mut watch = Self::hold(run);
        watch.peeks = true;
        watch.start();
        watch
    }

    pub(super) fn new(run: Rc<Run>, stream: bool) -> Self {
        let watch = Self::hold(run);
        if stream {
            watch.start();
        } else if watch.run.read(|machine| machine.handler().is_none()) == Some(true) {
            watch.run.input(RunCall::Refresh);
        }
        watch
    }

    pub(crate) fn run(&self) -> &Rc<Run> {
        &self.run
    }

    /// Whether this guard wants the events.
    pub(crate) const fn streaming(&self) -> &Slot<bool> {
        &self.streaming
    }

    /// Wants the events.
    pub(crate) fn start(&self) {
        if self.streaming.with_untracked(|streaming| *streaming) {
            return;
        }
        self.streaming.set(true);
        let (streamers, lookers) = (self.run.streamers.get(), self.run.lookers.get());
        self.run.streamers.set(streamers + 1);
        self.run.lookers.set(lookers + usize::from(self.peeks));
        if streamers > 0 {
            if streamers == lookers && !self.peeks {
                self.run.stay();
            }
        } else {
            self.run.input(RunCall::Watch);
            let known = self.run.read(|machine| {
                let handler = machine
                    .handler()
                    .filter(|_| *machine.connection() == Connection::Closed);
                handler.map(|handler| handler.workflow_name.clone())
            });
            if let Some(Some(workflow)) = known {
                self.run.ask_classes(&workflow);
            }
        }
    }

    /// No longer wants the events. Others that watch the run keep them.
    pub(crate) fn stop(&self) {
        if self.streaming.with_untracked(|streaming| *streaming) {
            self.streaming.set(false);
            self.leave();
        }
    }

    fn leave(&self) {
        let streamers = self.run.streamers.get().saturating_sub(1);
        self.run.streamers.set(streamers);
        let lookers = self.run.lookers.get();
        self.run.lookers.set(lookers - usize::from(self.peeks));
        if streamers == 0 {
            self.run.input(RunCall::Unwatch);
            if let Some(store) = self.run.store() {
                let id = self.run.id().to_owned();
                store.list().input(HandlersInput::RunReleased(id));
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.streaming.with_untracked(|streaming| *streaming) {
            self.leave();
        }
        let watchers = self.run.watchers.get().saturating_sub(1);
        self.run.watchers.set(watchers);
        if watchers == 0
            && let Some(store) = self.run.store()
        {
            store.release(&self.run);
        }
    }
}
