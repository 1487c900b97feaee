//! The interface of the engine for the API.

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

/// Ten letters and digits, as the Python server's ids. A development server needs no more.
fn new_id() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 10)
}

/// Why a run didn't start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    /// The handler has a run that is still going on.
    AlreadyRunning,
    /// The store has no room for another run.
    Full(Full),
}

/// Why an event wasn't sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendError {
    /// No such handler.
    NotFound,
    /// The run has ended.
    Completed,
    /// The addressed step doesn't exist or doesn't take such events; the words are the server's.
    Refused(String),
    /// The store has no room for the event.
    Full(Full),
}

/// What came of a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// The run was ended.
    Cancelled,
    /// The handler is gone.
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

/// What a run takes besides its events: its record, its tasks and their queues.
const RUN_BYTES: usize = 4096;

/// How often the store holds a handler's id.
const COPIES_OF_ID: usize = 4;

impl Engine {
    /// An engine that serves these workflows and keeps the latest `keep_ended` ended handlers, and about `store_bytes` of events
    /// and results. Runs need a tokio runtime.
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

    /// The workflows in the order in which they are listed.
    #[must_use]
    pub fn workflows(&self) -> &[Arc<Workflow>] {
        &self.workflows
    }

    /// The workflow of that name.
    #[must_use]
    pub fn workflow(&self, name: &str) -> Option<&Arc<Workflow>> {
        self.workflows.iter().find(|workflow| workflow.name == name)
    }

    /// The faults that this engine was told to show.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Starts a run, in a new handler or in one that has ended: that one's state is handed over, its events
    /// are not.
    ///
    /// # Errors
    /// The handler's run has not ended, or there is no room for another one.
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

    /// Stores a run that never begins. The real server does so when the start event can't be made (PROTOCOL:
    /// `start_event` of `null`); such a handler is running for ever.
    ///
    /// # Errors
    /// The handler's run has not ended, or there is no room for another one.
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

    /// The handlers that are wanted, in the order of their creation.
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

    /// Waits until the handler's present run has ended and gives the handler, unless it was deleted
    /// meanwhile.
    pub async fn wait(&self, handler_id: &str) -> Option<Handler> {
        let record = self.store.get(handler_id)?;
        record.log.wait_for_end().await;
        self.handler(handler_id)
    }

    /// Hands an event to a run. That it was sent says nothing about whether any step wants it.
    ///
    /// # Errors
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
            // A run that ends just now doesn't listen any more; the real server loses such an event as well.
            let _ = mailbox.send(Tick::Add { event, step });
        }
        Ok(())
    }

    /// Ends a run; with `purge` the handler is removed, too. `None`: there is no such handler, or nothing to
    /// end.
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

    /// A reader of the handler's latest run: the run's log and its end, as the API's stream needs them.
    #[must_use]
    pub fn log(&self, handler_id: &str) -> Option<(Arc<RunLog>, bool)> {
        let record = self.store.get(handler_id)?;
        let ended = record.handler.status.is_terminal() || record.log.ended();
        Some((record.log, ended))
    }

    pub(crate) fn cursor(log: &Arc<RunLog>, after: i64, view: View) -> Cursor {
        Cursor::new(log.clone(), after, view)
    }

    /// As if the server had been killed and started again. `durable`: steps that were at work begin again and
    /// publish again; otherwise everything is forgotten. Open streams break.
    pub fn restart(&self, durable: bool) {
        if durable {
            for mailbox in self.store.mailboxes() {
                // A run that ends just now has nothing to begin again.
                let _ = mailbox.send(Tick::Restart);
            }
        } else {
            self.store.clear();
        }
        self.faults.cut_streams();
    }
}
