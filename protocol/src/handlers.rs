//! The list of handlers, kept fresh by polling and by what the streams of watched runs tell.

use std::collections::HashMap;
use std::sync::Arc;

use crate::order::order;
use crate::retry;
use crate::{Failure, Handler, HandlerList, HandlerStatus, RetryPolicy, Rng, RunStatus, Time};

/// How often the running handlers are asked for while somebody looks, in milliseconds.
const RUNNING_MS: u64 = 2_000;
/// The same while nothing changes or the page is hidden.
const RUNNING_IDLE_MS: u64 = 6_000;
/// How often the whole list is asked for: it is the only way to see runs that started and ended between two polls.
const WHOLE_MS: u64 = 10_000;
/// The same for a long list (the server has no paging: ten thousand handlers are megabytes), or while nobody looks.
const WHOLE_LONG_MS: u64 = 60_000;
/// From how many handlers on a list is long.
const LONG: usize = 500;
/// Without a change for this long the list counts as idle.
const IDLE_AFTER_MS: u64 = 60_000;
/// More handlers than this that left the running ones at once are not read one by one.
const MAX_READS: usize = 8;
/// How long a run stays listed as running after it was followed, if the stop event that the server believes is suspected to be a
/// nested workflow's.
const SUSPECTED_MS: u64 = 10 * 60_000;

/// A handler and the status of its latest run, which is finer than the handler's own when the run's events are known.
#[derive(Clone, Debug, PartialEq)]
pub struct HandlerState {
    /// The handler as the server described it.
    pub handler: Handler,
    /// The run's status.
    pub status: RunStatus,
}

impl HandlerState {
    /// Whether the run counts as running although the server lists it as ended; see [`SuspectedStop`](crate::SuspectedStop).
    const fn is_suspected(&self) -> bool {
        self.handler.status.is_terminal() && !self.status.is_terminal()
    }
}

/// What happened in the world that a [`HandlersMachine`] must know.
#[derive(Clone, Debug)]
pub enum HandlersInput {
    /// Somebody looks at the list.
    Watch,
    /// Nobody does. What is known stays.
    Unwatch,
    /// Ask for the whole list now.
    Refresh,
    /// The answer to [`HandlersCommand::List`].
    Listed {
        /// The command's epoch.
        epoch: u32,
        /// The handlers, or why there are none.
        result: Result<HandlerList, Failure>,
    },
    /// The answer to [`HandlersCommand::ReadHandler`].
    HandlerRead {
        /// The command's epoch.
        epoch: u32,
        /// The command's handler.
        id: String,
        /// The handler; 404 means that it is gone.
        result: Result<Handler, Failure>,
    },
    /// A handler that came another way: as the answer to a start, for example.
    HandlerSeen(Handler),
    /// A watched run told its status.
    RunSeen {
        /// What is known of it.
        state: HandlerState,
        /// Its events are followed, so it knows more than a listing.
        streamed: bool,
    },
    /// The events of a run are no longer followed.
    RunReleased(String),
    /// The server confirmed that it deleted the handler.
    Removed(String),
    /// The time of [`HandlersMachine::next_deadline`] has come.
    Tick,
    /// The page is visible, or hidden.
    Visible(bool),
    /// The browser lost its network, or has it back.
    Online(bool),
}

/// What a [`HandlersMachine`] wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandlersCommand {
    /// GET the handlers, all of them or those with `status=running`.
    List {
        /// To be given back.
        epoch: u32,
        /// Whether only running ones are asked for.
        running_only: bool,
    },
    /// GET one handler.
    ReadHandler {
        /// To be given back.
        epoch: u32,
        /// Its id.
        id: String,
    },
}

#[derive(Debug)]
struct Entry {
    state: Arc<HandlerState>,
    /// When something last spoke of it. A listing that was asked for earlier cannot deny it.
    seen_at: Time,
    /// A stream tells its status more finely than a listing can.
    streamed: bool,
    /// Until when a run whose stop event is suspected stays listed as running without further news.
    suspected_until: Time,
}

#[derive(Clone, Copy, Debug)]
struct Listing {
    epoch: u32,
    running_only: bool,
    asked_at: Time,
}

/// All handlers that the server told of, newest first: a state machine without I/O, with the same contract as
/// [`RunMachine`](crate::RunMachine).
///
/// Running handlers are polled often and the whole list seldom. A handler that leaves the running ones is read by itself,
/// so that its end is known at once and never lost to a filter.
#[derive(Debug)]
pub struct HandlersMachine {
    entries: HashMap<String, Entry>,
    sorted: Vec<Arc<HandlerState>>,
    unreadable: usize,
    version: u64,
    commands: Vec<HandlersCommand>,
    epoch: u32,
    listing: Option<Listing>,
    /// Reads under way, with the epoch of each.
    reads: Vec<(String, u32)>,
    loaded: bool,
    error: Option<Failure>,
    attempt: u32,
    retry: RetryPolicy,
    rng: Rng,
    watched: bool,
    visible: bool,
    online: bool,
    next_running: Time,
    next_whole: Time,
    changed_at: Time,
}

impl HandlersMachine {
    /// A machine that knows no handler yet.
    pub fn new(retry: RetryPolicy, seed: u64) -> Self {
        Self {
            entries: HashMap::new(),
            sorted: Vec::new(),
            unreadable: 0,
            version: 0,
            commands: Vec::new(),
            epoch: 0,
            listing: None,
            reads: Vec::new(),
            loaded: false,
            error: None,
            attempt: 0,
            retry,
            rng: Rng::new(seed),
            watched: false,
            visible: true,
            online: true,
            next_running: Time::default(),
            next_whole: Time::default(),
            changed_at: Time::default(),
        }
    }

    /// Takes one input. Returns whether anything that can be read changed.
    pub fn handle(&mut self, now: Time, input: HandlersInput) -> bool {
        let version = self.version;
        let facts = (self.is_loading(), self.error.clone());
        let dirty = self.take(now, input);
        if dirty {
            self.version += 1;
            self.changed_at = now;
            self.sort();
        }
        self.ask(now);
        version != self.version || facts != (self.is_loading(), self.error.clone())
    }

    /// The next thing to do, if any.
    pub fn poll_command(&mut self) -> Option<HandlersCommand> {
        (!self.commands.is_empty()).then(|| self.commands.remove(0))
    }

    /// When [`HandlersInput::Tick`] is due.
    pub fn next_deadline(&self) -> Option<Time> {
        (self.watched && self.online && self.listing.is_none())
            .then(|| self.next_running.min(self.next_whole))
    }

    /// All handlers, those started last first.
    pub fn handlers(&self) -> &[Arc<HandlerState>] {
        &self.sorted
    }

    /// One handler.
    pub fn get(&self, id: &str) -> Option<&Arc<HandlerState>> {
        self.entries.get(id).map(|entry| &entry.state)
    }

    /// A number that grows whenever the list changes.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Whether the first whole list is still awaited.
    pub const fn is_loading(&self) -> bool {
        self.watched && !self.loaded && self.error.is_none()
    }

    /// Why the last listing failed. The list is as it was before.
    pub const fn error(&self) -> Option<&Failure> {
        self.error.as_ref()
    }

    /// How many rows of the last whole list could not be read.
    pub const fn unreadable(&self) -> usize {
        self.unreadable
    }

    fn take(&mut self, now: Time, input: HandlersInput) -> bool {
        match input {
            HandlersInput::Watch => {
                if !std::mem::replace(&mut self.watched, true) {
                    self.next_whole = now;
                    self.next_running = now.plus(RUNNING_MS);
                    self.changed_at = now;
                }
                false
            }
            HandlersInput::Unwatch => {
                self.watched = false;
                self.listing = None;
                self.reads.clear();
                false
            }
            HandlersInput::Refresh => {
                self.next_whole = now;
                self.listing = None;
                false
            }
            HandlersInput::Listed { epoch, result } => match self.listing {
                Some(listing) if listing.epoch == epoch => {
                    self.listing = None;
                    self.listed(now, listing, result)
                }
                _ => false,
            },
            HandlersInput::HandlerRead { epoch, id, result } => {
                let Some(at) = self.reads.iter().position(|read| read.0 == id && read.1 == epoch) else {
                    return false;
                };
                self.reads.swap_remove(at);
                match result {
                    Ok(handler) => self.put(now, handler),
                    Err(failure) if failure.is_not_found() => self.entries.remove(&id).is_some(),
                    // The next listing will find it missing again.
                    Err(_) => false,
                }
            }
            HandlersInput::HandlerSeen(handler) => self.put(now, handler),
            HandlersInput::RunSeen { state, streamed } => self.put_watched(now, state, streamed),
            HandlersInput::RunReleased(id) => {
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.streamed = false;
                }
                false
            }
            HandlersInput::Removed(id) => self.entries.remove(&id).is_some(),
            HandlersInput::Tick => false,
            HandlersInput::Visible(visible) => {
                if visible && !self.visible {
                    self.next_running = now;
                    self.next_whole = self.next_whole.min(now.plus(RUNNING_MS));
                }
                self.visible = visible;
                false
            }
            HandlersInput::Online(online) => {
                if online && !self.online {
                    self.attempt = 0;
                    self.next_whole = now;
                }
                self.online = online;
                false
            }
        }
    }

    fn ask(&mut self, now: Time) {
        if !self.watched || !self.online || self.listing.is_some() {
            return;
        }
        let running_only = if now >= self.next_whole {
            false
        } else if now >= self.next_running {
            true
        } else {
            return;
        };
        self.epoch += 1;
        self.listing = Some(Listing {
            epoch: self.epoch,
            running_only,
            asked_at: now,
        });
        self.commands.push(HandlersCommand::List {
            epoch: self.epoch,
            running_only,
        });
    }

    fn listed(&mut self, now: Time, listing: Listing, result: Result<HandlerList, Failure>) -> bool {
        let list = match result {
            Ok(list) => list,
            Err(failure) => {
                self.attempt += 1;
                let delay = self
                    .retry
                    .delay(self.attempt, self.rng.next_f64())
                    .unwrap_or(self.retry.cap);
                let at = now.plus(retry::wait(delay, failure.retry_after));
                self.next_whole = at;
                self.next_running = at;
                self.error = Some(failure);
                return false;
            }
        };
        let mut dirty = false;
        self.attempt = 0;
        self.error = None;
        let listed = &list.handlers;
        let by_id = order(listed.len(), &mut |a, b| {
            listed[a].handler_id < listed[b].handler_id
        });
        let missing = |id: &String, entry: &Entry| {
            entry.seen_at <= listing.asked_at
                && by_id
                    .binary_search_by(|at| listed[*at].handler_id.cmp(id))
                    .is_err()
        };
        if listing.running_only {
            let ended: Vec<String> = self
                .entries
                .iter()
                .filter(|(id, entry)| {
                    entry.state.handler.status == HandlerStatus::Running
                        && !entry.streamed
                        && missing(id, entry)
                        && !self.reads.iter().any(|read| read.0 == **id)
                })
                .map(|(id, _)| id.clone())
                .collect();
            if ended.len() > MAX_READS {
                self.next_whole = now;
            } else {
                for id in ended {
                    self.epoch += 1;
                    self.reads.push((id.clone(), self.epoch));
                    self.commands.push(HandlersCommand::ReadHandler {
                        epoch: self.epoch,
                        id,
                    });
                }
            }
        } else {
            self.loaded = true;
            dirty |= self.unreadable != list.unreadable.len();
            self.unreadable = list.unreadable.len();
            let before = self.entries.len();
            self.entries.retain(|id, entry| !missing(id, entry));
            dirty |= before != self.entries.len();
        }
        for handler in list.handlers {
            dirty |= self.put(listing.asked_at, handler);
        }
        let quiet = !self.visible || (!dirty && now.since(self.changed_at) > IDLE_AFTER_MS);
        self.next_running = now.plus(if quiet { RUNNING_IDLE_MS } else { RUNNING_MS });
        if !listing.running_only {
            let long = !self.visible || self.entries.len() > LONG;
            // A list that takes long to make must not keep the server busy making it.
            let took = now.since(listing.asked_at).saturating_mul(20);
            self.next_whole = now.plus(took.max(if long { WHOLE_LONG_MS } else { WHOLE_MS }));
        }
        dirty
    }

    fn put(&mut self, at: Time, handler: Handler) -> bool {
        let Some(entry) = self.entries.get_mut(&handler.handler_id) else {
            let status = handler.run_status();
            let id = handler.handler_id.clone();
            let state = Arc::new(HandlerState { handler, status });
            self.entries.insert(
                id,
                Entry {
                    state,
                    seen_at: at,
                    streamed: false,
                    suspected_until: Time::default(),
                },
            );
            return true;
        };
        entry.seen_at = entry.seen_at.max(at);
        let known = &entry.state;
        if handler.is_older_than(&known.handler) || handler == known.handler {
            return false;
        }
        let same_run = handler.run_id == known.handler.run_id;
        let unmoved = handler.updated_at == known.handler.updated_at;
        let keep = same_run
            && (entry.streamed || unmoved)
            && (known.status.is_terminal()
                || !handler.status.is_terminal()
                || (unmoved && known.is_suspected() && at < entry.suspected_until));
        let status = if keep { known.status } else { handler.run_status() };
        entry.state = Arc::new(HandlerState { handler, status });
        true
    }

    fn put_watched(&mut self, now: Time, state: HandlerState, streamed: bool) -> bool {
        if state.status == RunStatus::Gone {
            return self.entries.remove(&state.handler.handler_id).is_some();
        }
        let id = state.handler.handler_id.clone();
        let mut dirty = self.put(now, state.handler);
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.streamed = streamed;
            entry.suspected_until = now.plus(SUSPECTED_MS);
            if entry.state.status != state.status {
                entry.state = Arc::new(HandlerState {
                    handler: entry.state.handler.clone(),
                    status: state.status,
                });
                dirty = true;
            }
        }
        dirty
    }

    fn sort(&mut self) {
        let states: Vec<&Arc<HandlerState>> = self.entries.values().map(|entry| &entry.state).collect();
        // The server's times are ISO-8601 with one offset and one precision, so they sort as text.
        let key = |at: usize| {
            let handler = &states[at].handler;
            (&handler.started_at, &handler.handler_id)
        };
        let newest_first = order(states.len(), &mut |a, b| key(a) > key(b));
        self.sorted = newest_first
            .into_iter()
            .map(|at| Arc::clone(states[at]))
            .collect();
    }
}
