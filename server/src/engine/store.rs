//! The memory store: handlers in order of creation, with their runs.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;
use workflow_protocol::HandlerStatus;

use super::budget::MakeRoom;
use super::context::State;
use super::tick::Tick;
use super::{Event, Handler, RunLog, Workflow, lock, now_text};

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Completed(Event),
    Failed(String),
    Cancelled,
}

/// The latest run of a handler.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) handler: Handler,
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) log: Arc<RunLog>,
    pub(crate) state: State,
    /// `None` for a run that never started (invalid start event).
    pub(crate) mailbox: Option<UnboundedSender<Tick>>,
    pub(crate) task: Option<AbortHandle>,
}

#[derive(Debug, Default)]
struct Inner {
    records: HashMap<String, (u64, Record)>,
    handler_of_run: HashMap<String, String>,
    created: u64,
    /// Ids of the handlers whose latest run has ended, oldest first.
    ended: VecDeque<String>,
}

impl Inner {
    fn forget_oldest(&mut self) -> bool {
        let Some(run_id) = self.ended.pop_front() else {
            return false;
        };
        if let Some(handler_id) = self.handler_of_run.remove(&run_id) {
            self.records.remove(&handler_id);
        }
        true
    }

    /// Removes a run that is no longer the latest of its handler.
    fn forget_run(&mut self, run_id: &str) {
        self.handler_of_run.remove(run_id);
        self.ended.retain(|ended| ended != run_id);
    }
}

/// Keeps running handlers and the latest thousand ended ones (observed on llama-agents-server 0.8.0).
#[derive(Debug)]
pub(crate) struct Store {
    inner: Mutex<Inner>,
    keep_ended: usize,
}

impl MakeRoom for Store {
    /// Removes the handler whose run ended first.
    fn forget_oldest(&self) -> bool {
        lock(&self.inner).forget_oldest()
    }
}

impl Store {
    pub(crate) fn new(keep_ended: usize) -> Self {
        Self {
            inner: Mutex::default(),
            keep_ended,
        }
    }

    pub(crate) fn get(&self, handler_id: &str) -> Option<Record> {
        lock(&self.inner)
            .records
            .get(handler_id)
            .map(|(_, record)| record.clone())
    }

    /// Whether the handler has a run that has not ended.
    pub(crate) fn is_running(&self, handler_id: &str) -> bool {
        let inner = lock(&self.inner);
        let record = inner.records.get(handler_id);
        record.is_some_and(|(_, record)| !record.handler.status.is_terminal())
    }

    /// Handlers in order of creation; a continued one keeps its position.
    pub(crate) fn list(&self, wanted: impl Fn(&Handler) -> bool) -> Vec<Handler> {
        let inner = lock(&self.inner);
        let mut found: Vec<(u64, Handler)> = inner
            .records
            .values()
            .filter(|(_, record)| wanted(&record.handler))
            .map(|(order, record)| (*order, record.handler.clone()))
            .collect();
        found.sort_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, handler)| handler).collect()
    }

    /// Stores a new run unless the handler's run has not ended. `make` receives the record of the previous run.
    pub(crate) fn begin(
        &self,
        handler_id: &str,
        make: impl FnOnce(Option<&Record>) -> Record,
    ) -> Option<Record> {
        let mut inner = lock(&self.inner);
        let before = inner.records.get(handler_id);
        if before.is_some_and(|(_, record)| !record.handler.status.is_terminal()) {
            return None;
        }
        let record = make(before.map(|(_, record)| record));
        let old_run = before.map(|(order, record)| (*order, record.handler.run_id.clone()));
        let order = match old_run {
            Some((order, run_id)) => {
                inner.forget_run(&run_id);
                order
            }
            None => {
                inner.created += 1;
                inner.created
            }
        };
        inner
            .handler_of_run
            .insert(record.handler.run_id.clone(), handler_id.to_owned());
        inner
            .records
            .insert(handler_id.to_owned(), (order, record.clone()));
        Some(record)
    }

    /// Stores the task of a run, so that [`clear`](Self::clear) can stop it.
    pub(crate) fn set_task(&self, run_id: &str, task: AbortHandle) {
        self.change(run_id, |record| record.task = Some(task));
    }

    /// The run became idle or active.
    pub(crate) fn touch(&self, run_id: &str) {
        self.change(run_id, |record| record.handler.updated_at = now_text());
    }

    /// The run ended. Removes the oldest ended handlers beyond the limit.
    pub(crate) fn finish(&self, run_id: &str, outcome: Outcome) {
        let changed = self.change(run_id, |record| {
            let handler = &mut record.handler;
            handler.updated_at = now_text();
            handler.completed_at = Some(handler.updated_at.clone());
            match outcome {
                Outcome::Completed(event) => {
                    handler.status = HandlerStatus::Completed;
                    handler.result = Some(event);
                }
                Outcome::Failed(error) => {
                    handler.status = HandlerStatus::Failed;
                    handler.error = Some(error.into());
                }
                Outcome::Cancelled => handler.status = HandlerStatus::Cancelled,
            }
        });
        if !changed {
            return;
        }
        let mut inner = lock(&self.inner);
        inner.ended.push_back(run_id.to_owned());
        while inner.ended.len() > self.keep_ended && inner.forget_oldest() {}
    }

    pub(crate) fn remove(&self, handler_id: &str) -> Option<Record> {
        let mut inner = lock(&self.inner);
        let (_, record) = inner.records.remove(handler_id)?;
        inner.forget_run(&record.handler.run_id);
        Some(record)
    }

    /// Removes everything and stops every run.
    pub(crate) fn clear(&self) {
        let inner = std::mem::take(&mut *lock(&self.inner));
        for (_, record) in inner.records.into_values() {
            if let Some(task) = record.task {
                task.abort();
            }
        }
    }

    /// The mailboxes of all running runs.
    pub(crate) fn mailboxes(&self) -> Vec<UnboundedSender<Tick>> {
        let inner = lock(&self.inner);
        let running = inner
            .records
            .values()
            .filter(|(_, record)| !record.handler.status.is_terminal());
        running.filter_map(|(_, record)| record.mailbox.clone()).collect()
    }

    /// Updates the record of a run if it is the latest of its handler. Returns whether it is.
    fn change(&self, run_id: &str, change: impl FnOnce(&mut Record)) -> bool {
        let mut inner = lock(&self.inner);
        let Inner {
            records,
            handler_of_run,
            ..
        } = &mut *inner;
        let record = handler_of_run.get(run_id).and_then(|id| records.get_mut(id));
        let is_known = record.is_some();
        if let Some((_, record)) = record {
            change(record);
        }
        is_known
    }
}
