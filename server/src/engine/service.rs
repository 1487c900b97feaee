//! The engine's interface for the HTTP API.

use std::sync::{Arc, Weak};

use rand::distr::{Alphanumeric, SampleString as _};
use tokio::sync::mpsc::unbounded_channel;
use workflow_protocol::HandlerStatus;

use super::budget::{Budget, Full};
use super::context::State;
use super::log::View;
use super::run::Run;
use super::store::{Record, Store};
use super::tick::Tick;
use super::{Cursor, Event, Faults, Handler, RunLog, Workflow};

/// Ten letters and digits, like the ids of the Python server. That is enough for a development server.
fn new_id() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 10)
}

/// Why a run didn't start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    /// The handler's run has not ended.
    AlreadyRunning,
    /// The store is full.
    Full(Full),
}

/// Why an event wasn't sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// No such handler.
    NotFound,
    /// The run has ended.
    Completed,
    /// The addressed step does not exist or does not accept such events; the text is the server's.
    Refused(String),
    /// The store has no memory for the event.
    Full(Full),
}

/// The result of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// The run was ended.
    Cancelled,
    /// The handler was removed.
    Deleted,
}

/// Workflows, their handlers and their runs.
#[derive(Debug)]
pub struct Engine {
    workflows: Vec<Arc<Workflow>>,
    store: Arc<Store>,
    budget: Arc<Budget>,
    faults: Faults,
}

/// The memory of a run besides its events: its record, its tasks and their queues.
const RUN_BYTES: usize = 4096;

/// How many copies of a handler's id the store has.
const COPIES_OF_ID: usize = 4;

impl Engine {
    /// An engine with these workflows. It keeps the latest `keep_ended` ended handlers, and about `store_bytes` of events and results. Runs
    /// need a tokio runtime.
    #[must_use]
    pub fn new(workflows: Vec<Workflow>, keep_ended: usize, store_bytes: usize, faults: Faults) -> Self {
        let store = Arc::new(Store::new(keep_ended));
        let budget = Arc::new(Budget::new(store_bytes));
        let makes_room: Weak<Store> = Arc::downgrade(&store);
        budget.serve(makes_room);
        Self {
            workflows: workflows.into_iter().map(Arc::new).collect(),
            store,
            budget,
            faults,
        }
    }

    /// The workflows in the order of the list.
    #[must_use]
    pub fn workflows(&self) -> &[Arc<Workflow>] {
        &self.workflows
    }

    /// The workflow of that name.
    #[must_use]
    pub fn workflow(&self, name: &str) -> Option<&Arc<Workflow>> {
        self.workflows.iter().find(|workflow| workflow.name == name)
    }

    /// The simulated faults of this engine.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Starts a run, in a new handler or in one that has ended. An ended handler passes on its state, not its events.
    ///
    /// # Errors
    /// The handler's run has not ended, or the store is full.
    pub fn start(
        &self,
        workflow: &Arc<Workflow>,
        handler_id: Option<String>,
        event: Event,
    ) -> Result<Handler, StartError> {
        let (mailbox, ticks) = unbounded_channel();
        let record = self.begin(workflow, handler_id, event.value.get().len(), |record| {
            record.mailbox = Some(mailbox.clone())
        })?;
        let run = Run::new(
            record.handler.run_id.clone(),
            workflow.clone(),
            record.log.clone(),
            record.state.clone(),
            self.store.clone(),
            mailbox,
        );
        let task = tokio::spawn(run.drive(event, ticks));
        self.store.set_task(&record.handler.run_id, task.abort_handle());
        Ok(record.handler)
    }

    /// Stores a run that never starts. The real server does so when the start event is invalid (PROTOCOL: `start_event` of `null`); such a
    /// handler stays running forever.
    ///
    /// # Errors
    /// The handler's run has not ended, or the store is full.
    pub fn start_in_vain(
        &self,
        workflow: &Arc<Workflow>,
        handler_id: Option<String>,
    ) -> Result<(), StartError> {
        self.begin(workflow, handler_id, 0, |_| {}).map(|_| ())
    }

    fn begin(
        &self,
        workflow: &Arc<Workflow>,
        handler_id: Option<String>,
        start_bytes: usize,
        change: impl FnOnce(&mut Record),
    ) -> Result<Record, StartError> {
        let handler_id = handler_id.unwrap_or_else(new_id);
        if self.store.is_running(&handler_id) {
            return Err(StartError::AlreadyRunning);
        }
        let bytes = RUN_BYTES + start_bytes + COPIES_OF_ID * handler_id.len();
        let charge = self.budget.charge(bytes).map_err(StartError::Full)?;
        self.store
            .begin(&handler_id, |before| {
                let mut record = Record {
                    handler: Handler::new(handler_id.clone(), workflow.name.to_owned(), new_id()),
                    workflow: workflow.clone(),
                    log: Arc::new(RunLog::new(charge)),
                    state: before.map_or_else(State::default, |record| record.state.handed_over()),
                    mailbox: None,
                    task: None,
                };
                record.log.count(record.state.bytes());
                change(&mut record);
                record
            })
            .ok_or(StartError::AlreadyRunning)
    }

    /// One handler.
    #[must_use]
    pub fn handler(&self, handler_id: &str) -> Option<Handler> {
        self.store.get(handler_id).map(|record| record.handler)
    }

    /// The handlers that match, in order of creation.
    pub fn handlers(&self, wanted: impl Fn(&Handler) -> bool) -> Vec<Handler> {
        self.store.list(wanted)
    }

    /// The workflow of a handler and whether its run has ended.
    #[must_use]
    pub fn target(&self, handler_id: &str) -> Option<(Arc<Workflow>, HandlerStatus)> {
        self.store
            .get(handler_id)
            .map(|record| (record.workflow, record.handler.status))
    }

    /// Waits until the handler's current run has ended and returns the handler, unless it was deleted.
    pub async fn wait(&self, handler_id: &str) -> Option<Handler> {
        let record = self.store.get(handler_id)?;
        record.log.wait_for_end().await;
        self.handler(handler_id)
    }

    /// Sends an event to a run. Success does not mean that a step accepts it.
    ///
    /// # Errors
    /// See [`SendError`].
    /// See [`SendError`].
    pub fn send(&self, handler_id: &str, event: Event, step: Option<String>) -> Result<(), SendError> {
        let record = self.store.get(handler_id).ok_or(SendError::NotFound)?;
        if record.handler.status.is_terminal() {
            return Err(SendError::Completed);
        }
        if let Some(name) = &step {
            let Some(definition) = record.workflow.steps.iter().find(|step| step.name == name) else {
                return Err(SendError::Refused(format!(
                    "Failed to send event: Step {name} does not exist"
                )));
            };
            if !definition.accepts(event.class) {
                let class = event.class.python_repr();
                let words =
                    format!("Failed to send event: Step {name} does not accept event of type {class}");
                return Err(SendError::Refused(words));
            }
        }
        let bytes = event.value.get().len() + step.as_deref().map_or(0, str::len);
        record.log.admit(bytes).map_err(SendError::Full)?;
        self.store.touch(&record.handler.run_id);
        if self.faults.loses_post() {
            return Ok(());
        }
        if let Some(mailbox) = record.mailbox {
            // A run that is just ending does not receive it; the real server loses such an event as well.
            let _ = mailbox.send(Tick::Add { event, step });
        }
        Ok(())
    }

    /// Ends a run; `purge` also removes the handler. `None`: there is no such handler, or nothing to end.
    pub async fn cancel(&self, handler_id: &str, purge: bool) -> Option<Cancelled> {
        let record = self.store.get(handler_id)?;
        let ended = record.handler.status.is_terminal();
        if ended && !purge {
            return None;
        }
        if let Some(mailbox) = record.mailbox.filter(|_| !ended)
            && mailbox.send(Tick::Cancel).is_ok()
        {
            record.log.wait_for_end().await;
        }
        if purge {
            return self.store.remove(handler_id).map(|_| Cancelled::Deleted);
        }
        Some(Cancelled::Cancelled)
    }

    /// A reader of the handler's latest run, with the run's log, for the API's stream.
    #[must_use]
    pub fn log(&self, handler_id: &str) -> Option<(Arc<RunLog>, bool)> {
        let record = self.store.get(handler_id)?;
        let ended = record.handler.status.is_terminal() || record.log.ended();
        Some((record.log, ended))
    }

    pub(crate) fn cursor(log: &Arc<RunLog>, after: i64, view: View) -> Cursor {
        Cursor::new(log.clone(), after, view)
    }

    /// Simulates a kill and restart of the server. `durable`: running steps start again and publish again; otherwise all data is lost. Open
    /// streams break.
    pub fn restart(&self, durable: bool) {
        if durable {
            for mailbox in self.store.mailboxes() {
                // A run that is just ending has nothing to restart.
                let _ = mailbox.send(Tick::Restart);
            }
        } else {
            self.store.clear();
        }
        self.faults.cut_streams();
    }
}
