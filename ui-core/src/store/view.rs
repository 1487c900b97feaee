//! The signals of one run.

use std::sync::Arc;

use crate::reactive::*;
use workflow_protocol::{
    Changes, Connection, HandlerState, Prompt, ResponseClass, RunMachine, RunStatus, SentEvent, StopResult,
    SuspectedStop, WireStats,
};

use crate::Error;

/// A position in a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogMark {
    /// Which run of the handler, counted since it is watched.
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
    pub(crate) error: ArcRwSignal<Option<Error>>,
    pub(crate) suspected_stop: ArcRwSignal<Option<SuspectedStop>>,
    pub(crate) wire: ArcRwSignal<WireStats>,
}

impl RunView {
    /// Publishes what changed since the last frame: reads and sets only what `changes` names. `unread` is why the handler could not be
    /// read, `timeout` the longest duration of a request.
    pub(super) fn publish(
        &self,
        machine: &RunMachine,
        changes: Changes,
        generation: u32,
        (unread, timeout): (Option<&Error>, u64),
    ) {
        if changes.handler || changes.run {
            let status = machine.status();
            let handler = machine.handler().map(|handler| {
                let handler = handler.clone();
                Arc::new(HandlerState { handler, status })
            });
            set_if_changed(&self.handler, handler);
            set_if_changed(&self.status, status);
            set_if_changed(&self.run_id, machine.run_id().map(str::to_owned));
            set_if_changed(&self.result, machine.result().cloned());
            set_if_changed(&self.suspected_stop, machine.suspected_stop());
        }
        if changes.connection {
            set_if_changed(&self.connection, machine.connection().clone());
        }
        if changes.handler || changes.connection {
            set_if_changed(&self.error, error_of(machine, unread, timeout));
        }
        if changes.events || changes.run {
            set_if_changed(&self.log, LogMark::of(machine, generation));
        }
        if changes.prompts {
            set_if_changed(&self.prompts, machine.prompts().to_vec());
        }
        if changes.sent {
            set_if_changed(&self.sent, machine.sent().to_vec());
        }
        if changes.wire {
            set_if_changed(&self.wire, machine.wire());
        }
        #[cfg(any(test, feature = "test-util"))]
        self.assert_complete(machine, generation, (unread, timeout));
    }

    /// Panics if something changed that no flag named.
    #[cfg(any(test, feature = "test-util"))]
    fn assert_complete(
        &self,
        machine: &RunMachine,
        generation: u32,
        (unread, timeout): (Option<&Error>, u64),
    ) {
        let handler = self.handler.get_untracked();
        assert_eq!(handler.as_ref().map(|state| &state.handler), machine.handler());
        assert!(handler.is_none_or(|state| state.status == machine.status()));
        assert_eq!(self.status.get_untracked(), machine.status());
        assert_eq!(self.run_id.get_untracked().as_deref(), machine.run_id());
        assert_eq!(self.result.get_untracked().as_ref(), machine.result());
        assert_eq!(self.suspected_stop.get_untracked(), machine.suspected_stop());
        assert_eq!(self.connection.get_untracked(), *machine.connection());
        assert_eq!(self.log.get_untracked(), LogMark::of(machine, generation));
        assert_eq!(self.prompts.get_untracked(), machine.prompts());
        assert_eq!(self.sent.get_untracked(), machine.sent());
        assert_eq!(self.wire.get_untracked(), machine.wire());
        assert_eq!(self.error.get_untracked(), error_of(machine, unread, timeout));
    }
}

/// Why the run failed, why its connection was given up, or why the handler could not be read.
fn error_of(machine: &RunMachine, unread: Option<&Error>, timeout: u64) -> Option<Error> {
    let error = machine.error().map(|words| Error::RunFailed(words.to_owned()));
    error
        .or_else(|| {
            machine
                .problem()
                .map(|failure| Error::from_failure(failure.clone(), timeout))
        })
        // A handler that was read once stays valid. Only an unknown handler shows the error.
        .or_else(|| unread.filter(|_| machine.handler().is_none()).cloned())
}
