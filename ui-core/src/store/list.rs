//! The handler list: its state machine, requests and timer.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use crate::reactive::*;
use workflow_protocol::{
    HandlerQuery, HandlerState, HandlerStatus, HandlersCommand, HandlersInput, HandlersMachine, RetryPolicy,
    Time,
};

use super::alarm::Alarm;
use super::{Store, next};
use crate::Error;
use crate::api::Problem;
use crate::task::{Task, spawn};

/// The age of a list of runs, and the time of its next request. Times are those of [`WorkflowClient::now`](crate::WorkflowClient::now).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListFreshness {
    /// When the latest whole list was requested. `None` before the first.
    pub listed_at: Option<Time>,
    /// When the list is requested again after an error. `None` without an error, and if retrying cannot help.
    pub next_try: Option<Time>,
}

/// The handler list of one client, shared by all hooks that use it.
pub(crate) struct List {
    store: Weak<Store>,
    machine: RefCell<HandlersMachine>,
    inbox: RefCell<VecDeque<HandlersInput>>,
    changed: Cell<bool>,
    watchers: Cell<usize>,
    /// No requests are sent, even with watchers: the server is known to be unreachable.
    paused: Cell<bool>,
    listing: RefCell<Option<Task>>,
    reads: RefCell<Vec<(u32, Task)>>,
    alarm: Alarm,
    pub(crate) handlers: ArcRwSignal<Vec<Arc<HandlerState>>>,
    pub(crate) loading: ArcRwSignal<bool>,
    pub(crate) error: ArcRwSignal<Option<Error>>,
    pub(crate) freshness: ArcRwSignal<ListFreshness>,
    version: Cell<u64>,
}

impl List {
    pub(super) fn new(store: Weak<Store>, retry: RetryPolicy, seed: u64) -> Self {
        Self {
            store,
            machine: RefCell::new(HandlersMachine::new(retry, seed)),
            inbox: RefCell::default(),
            changed: Cell::default(),
            watchers: Cell::default(),
            paused: Cell::default(),
            listing: RefCell::default(),
            reads: RefCell::default(),
            alarm: Alarm::default(),
            handlers: ArcRwSignal::default(),
            loading: ArcRwSignal::default(),
            error: ArcRwSignal::default(),
            freshness: ArcRwSignal::default(),
            version: Cell::default(),
        }
    }

    pub(super) const fn is_watched(&self) -> bool {
        self.watchers.get() > 0
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<HandlerState>> {
        self.machine.try_borrow().ok()?.get(id).cloned()
    }

    /// Polls the list until the guard is dropped.
    pub(crate) fn watch(&self) -> Option<ListWatch> {
        let store = self.store.upgrade()?;
        self.add_watcher();
        Some(ListWatch(store))
    }

    /// Polls the list until [`remove_watcher`](Self::remove_watcher) was called as often as this.
    pub(super) fn add_watcher(&self) {
        let Some(store) = self.store.upgrade() else { return };
        store.subscribe();
        self.watchers.set(self.watchers.get() + 1);
        if self.watchers.get() == 1 {
            let presence = store.http().clock.presence();
            self.input(HandlersInput::Online(store.is_online(presence)));
            self.input(HandlersInput::Visible(presence.visible));
            if !self.paused.get() {
                self.input(HandlersInput::Watch);
            }
            // No signal had a reader before, so publish without waiting for a frame.
            self.publish();
        }
    }

    pub(super) fn remove_watcher(&self) {
        self.watchers.set(self.watchers.get().saturating_sub(1));
        if self.watchers.get() == 0 {
            self.stop();
        }
    }

    fn stop(&self) {
        self.input(HandlersInput::Unwatch);
        self.listing.take();
        self.reads.borrow_mut().clear();
    }

    /// Pauses the list and aborts its requests, until it is called with `false`.
    pub(super) fn pause(&self, paused: bool) {
        if self.paused.replace(paused) == paused || !self.is_watched() {
            return;
        }
        if paused {
            self.stop();
        } else {
            self.input(HandlersInput::Watch);
        }
    }

    /// Passes an input to the machine and executes its commands.
    pub(crate) fn input(&self, input: HandlersInput) {
        self.inbox.borrow_mut().push_back(input);
        let Some(store) = self.store.upgrade() else { return };
        let now = store.http().clock.now();
        loop {
            // Busy only in calls from the loop below; the outer call handles the input.
            let Ok(mut machine) = self.machine.try_borrow_mut() else {
                return;
            };
            let Some(input) = next(&self.inbox) else {
                return;
            };
            let changed = machine.handle(now, input);
            let commands: Vec<HandlersCommand> = std::iter::from_fn(|| machine.poll_command()).collect();
            let deadline = machine.next_deadline();
            drop(machine);
            for command in commands {
                self.command(&store, command);
            }
            self.set_timer(&store, deadline);
            if changed && !self.changed.replace(true) && self.is_watched() {
                store.schedule();
            }
        }
    }

    fn command(&self, store: &Rc<Store>, command: HandlersCommand) {
        let (http, me) = (store.http().clone(), self.store.clone());
        match command {
            HandlersCommand::List { epoch, running_only } => {
                let query = HandlerQuery {
                    status: if running_only {
                        vec![HandlerStatus::Running]
                    } else {
                        Vec::new()
                    },
                    workflow_name: Vec::new(),
                };
                let task = spawn(async move {
                    let (result, bytes) = match http.handlers(&query).await {
                        Ok((list, bytes)) => (Ok(list), bytes),
                        Err(problem) => (Err(problem.failure()), 0),
                    };
                    let Some(store) = me.upgrade() else { return };
                    if let Ok(list) = &result {
                        for handler in &list.handlers {
                            store.notify_run(handler);
                        }
                        // Electing a leader takes a while. Start now, because users of a list will open a run.
                        #[cfg(feature = "shared-tabs")]
                        store.share_tabs();
                    }
                    store.list.input(HandlersInput::Listed { epoch, bytes, result });
                });
                *self.listing.borrow_mut() = Some(task);
            }
            HandlersCommand::ReadHandler { epoch, id } => {
                let task = spawn(async move {
                    let result = http.handler(&id).await.map_err(Problem::failure);
                    let Some(store) = me.upgrade() else { return };
                    store.list.reads.borrow_mut().retain(|(read, _)| *read != epoch);
                    match &result {
                        Ok(handler) => store.notify_run(handler),
                        Err(failure) if failure.is_not_found() => store.lost(&id),
                        Err(_) => {}
                    }
                    store.list.input(HandlersInput::HandlerRead { epoch, id, result });
                });
                self.reads.borrow_mut().push((epoch, task));
            }
        }
    }

    fn set_timer(&self, store: &Rc<Store>, deadline: Option<Time>) {
        let me = self.store.clone();
        let wake = move || {
            if let Some(store) = me.upgrade() {
                store.list.alarm.unset();
                store.list.input(HandlersInput::Tick);
            }
        };
        self.alarm.set(&store.http().clock, deadline, Box::new(wake));
    }

    /// Publishes what changed to the signals.
    pub(super) fn publish(&self) {
        self.changed.set(false);
        let Ok(machine) = self.machine.try_borrow() else {
            return;
        };
        let loading = machine.is_loading();
        let error = machine.error().cloned();
        let freshness = ListFreshness {
            listed_at: machine.listed_at(),
            next_try: machine.next_try(),
        };
        let version = machine.version();
        let handlers = (self.version.replace(version) != version).then(|| machine.handlers().to_vec());
        drop(machine);
        if let Some(handlers) = handlers {
            self.handlers.set(handlers);
        }
        set_if_changed(&self.loading, loading);
        set_if_changed(&self.freshness, freshness);
        let timeout = self.store.upgrade().map_or(0, |store| store.http().timeout);
        set_if_changed(
            &self.error,
            error.map(|failure| Error::from_failure(failure, timeout)),
        );
    }
}

/// Polls the list. Dropping the last guard stops polling; the data stays.
#[must_use = "the list is kept fresh only as long as its guard lives"]
#[derive(Debug)]
pub(crate) struct ListWatch(Rc<Store>);

impl ListWatch {
    pub(crate) fn list(&self) -> &List {
        &self.0.list
    }
}

impl Drop for ListWatch {
    fn drop(&mut self) {
        self.0.list.remove_watcher();
        self.0.unsubscribe_if_idle();
    }
}
