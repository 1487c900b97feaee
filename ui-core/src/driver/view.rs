//! What the hooks see of a run: signals, and the guard that keeps it watched.

use std::rc::Rc;
use std::sync::Arc;

use crate::reactive::{ArcRwSignal, Set as _, WithUntracked as _};
use workflow_protocol::{
    Connection, HandlerState, Prompt, ResponseClass, RunMachine, RunStatus, SentEvent, StopResult, WireStats,
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
            wire: machine.wire(),
            // A handler that could be read once stays what it was; only one that never could has nothing else to show.
            error: error.or_else(|| unread.filter(|_| machine.handler().is_none())),
        }
    }
}

/// The signals of one run, shared by all hooks that watch it.
#[derive(Default)]
pub(crate) struct RunView {
    pub(crate) handler: ArcRwSignal<Option<Arc<HandlerState>>>,
    pub(crate) status: ArcRwSignal<RunStatus>,
    pub(crate) connection: ArcRwSignal<Connection>,
    pub(crate) run_id: ArcRwSignal<Option<String>>,
    pub(crate) log: ArcRwSignal<LogMark>,
    pub(crate) prompts: ArcRwSignal<Vec<Prompt>>,
    pub(crate) sent: ArcRwSignal<Vec<SentEvent>>,
    pub(crate) answers: ArcRwSignal<Arc<[ResponseClass]>>,
    pub(crate) result: ArcRwSignal<Option<StopResult>>,
    pub(crate) error: ArcRwSignal<Option<String>>,
    pub(crate) wire: ArcRwSignal<WireStats>,
}

impl RunView {
    pub(super) fn publish(&self, facts: Facts) {
        update(&self.handler, facts.handler);
        update(&self.status, facts.status);
        update(&self.connection, facts.connection);
        update(&self.run_id, facts.run_id);
        update(&self.log, facts.log);
        update(&self.prompts, facts.prompts);
        update(&self.sent, facts.sent);
        update(&self.result, facts.result);
        update(&self.error, facts.error);
        update(&self.wire, facts.wire);
    }
}

/// Sets a signal only to something new, so that nobody is woken for nothing.
pub(super) fn update<T: PartialEq + Send + Sync + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|known| *known != value) {
        signal.set(value);
    }
}

/// Keeps a run watched. The last one's drop closes the stream and lets the run go; the run itself goes on at the
/// server.
#[must_use = "a run is watched only as long as its guard lives"]
#[derive(Debug)]
pub(crate) struct Watch {
    run: Rc<Run>,
    streaming: ArcRwSignal<bool>,
}

impl Watch {
    /// Keeps a run without asking anything of it.
    pub(super) fn hold(run: Rc<Run>) -> Self {
        run.watchers.set(run.watchers.get() + 1);
        Self {
            run,
            streaming: ArcRwSignal::new(false),
        }
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
    pub(crate) const fn streaming(&self) -> &ArcRwSignal<bool> {
        &self.streaming
    }

    /// Wants the events.
    pub(crate) fn start(&self) {
        if self.streaming.with_untracked(|streaming| *streaming) {
            return;
        }
        self.streaming.set(true);
        let streamers = self.run.streamers.get();
        self.run.streamers.set(streamers + 1);
        if streamers == 0 {
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
        if streamers == 0 {
            self.run.input(RunCall::Unwatch);
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
