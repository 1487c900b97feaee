//! The list of handlers, updated by polling and by the streams of watched runs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

mod pace;
mod vocabulary;

use crate::retry;
use crate::{
    Failure, Handler, HandlerList, HandlerStatus, RetryPolicy, Rng, RunStatus, Time, is_addressable,
};

pub use pace::ListPace;
pub use vocabulary::{HandlerState, HandlersCommand, HandlersInput};

/// Interval of requests for the running handlers while the page is hidden.
const RUNNING_HIDDEN_MS: u64 = 6_000;
/// Interval of requests for the whole list while the page is hidden.
const WHOLE_HIDDEN_MS: u64 = 60_000;
/// The delay after a response, as a multiple of its duration: a small list may use a quarter of the server's time.
const SMALL_PAUSES: u64 = 3;
/// The same for a long list, which may come from a slow store.
const LONG_PAUSES: u64 = 20;
/// A list of exactly this many rows may be incomplete: LlamaCloud's store returns no more, and does not report it (observed in
/// llama-agents-server 0.8.0).
const FULL_LIST: usize = 100;
/// How long a run with a suspected stop event stays listed as running after it is no longer followed.
const SUSPECTED_MS: u64 = 10 * 60_000;
/// How many handlers that are no longer running are read concurrently.
const MAX_READS: usize = 16;

#[derive(Debug)]
struct Entry {
    state: Arc<HandlerState>,
    /// When it was last updated. An earlier listing cannot remove it.
    seen_at: Time,
    /// A stream reports its status in more detail than a listing.
    streamed: bool,
    /// Until when a run with a suspected stop event stays listed as running without further updates.
    suspected_until: Time,
}

#[derive(Debug)]
struct Listing {
    epoch: u32,
    running_only: bool,
    asked_at: Time,
    /// Handlers that were removed since it was requested. It may still contain them.
    removed: HashSet<String>,
}

/// All handlers that the server reported, newest first: a state machine without I/O, with the same contract as
/// [`RunMachine`](crate::RunMachine).
///
/// A small list (100 KB, about 250 runs) is polled as a whole every two seconds, because the server cannot be asked for changes, and only a
/// whole list contains runs that started and ended between two polls. For a long list the running handlers are polled, and the whole list
/// as often as 50 KB per second allow. A handler that is no longer running is read individually, so that its end is known at once and not
/// lost to a filter. When the server requires sign-in, polling stops until [`HandlersInput::Refresh`].
#[derive(Debug)]
pub struct HandlersMachine {
    entries: HashMap<String, Entry>,
    sorted: Vec<Arc<HandlerState>>,
    unreadable: usize,
    version: u64,
    commands: Vec<HandlersCommand>,
    epoch: u32,
    listing: Option<Listing>,
    /// Pending reads, with their epochs.
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
    /// The server requires sign-in: polling is stopped.
    paused: bool,
    /// When the latest complete list was requested.
    listed_at: Option<Time>,
    whole: Listed,
    running: Listed,
    /// The whole list may be incomplete.
    is_cut: bool,
    pace: ListPace,
}

/// The cost of the latest listing.
#[derive(Clone, Copy, Debug, Default)]
struct Listed {
    bytes: u64,
    took: u64,
    asked_at: Time,
}

impl HandlersMachine {
    /// A machine without handlers.
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
            paused: false,
            listed_at: None,
            whole: Listed::default(),
            running: Listed::default(),
            is_cut: false,
            pace: ListPace::default(),
        }
    }

    /// Handles one input. Returns whether anything visible changed.
    pub fn handle(&mut self, now: Time, input: HandlersInput) -> bool {
        let version = self.version;
        let facts = self.facts();
        let dirty = self.take(now, input);
        if dirty {
            self.version += 1;
            self.sort();
        }
        self.ask(now);
        version != self.version || facts != self.facts()
    }

    /// The next command, if any.
    pub fn poll_command(&mut self) -> Option<HandlersCommand> {
        (!self.commands.is_empty()).then(|| self.commands.remove(0))
    }

    /// When [`HandlersInput::Tick`] is due.
    pub fn next_deadline(&self) -> Option<Time> {
        (self.watched && self.online && !self.paused && self.listing.is_none())
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

    /// When the latest complete list was requested: the maximum age of the data.
    pub const fn listed_at(&self) -> Option<Time> {
        self.listed_at
    }

    /// When the list is requested again after an error. `None` without an error, and if only the user can help: by signing in, or because
    /// the browser is offline.
    pub fn next_try(&self) -> Option<Time> {
        let waits = self.error.is_some() && self.listing.is_none();
        self.next_deadline().filter(|_| waits)
    }

    /// How many rows of the last whole list could not be read.
    pub const fn unreadable(&self) -> usize {
        self.unreadable
    }

    fn facts(&self) -> impl PartialEq + use<> {
        (
            self.is_loading(),
            self.error.clone(),
            self.listed_at,
            self.next_try(),
        )
    }

    fn take(&mut self, now: Time, input: HandlersInput) -> bool {
        match input {
            HandlersInput::Watch => {
                if !std::mem::replace(&mut self.watched, true) {
                    self.paused = false;
                    let wait = if self.loaded { 0 } else { self.pace.first_after_ms };
                    self.next_running = now.plus(wait);
                    let after = u64::from(self.pace.running_first && !self.loaded);
                    self.next_whole = self.next_running.plus(after);
                }
                false
            }
            HandlersInput::Pace(pace) => {
                self.pace = pace;
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
                self.paused = false;
                false
            }
            HandlersInput::Listed { epoch, bytes, result } => {
                match self.listing.take_if(|listing| listing.epoch == epoch) {
                    Some(listing) => self.listed(now, &listing, bytes, result),
                    None => false,
                }
            }
            HandlersInput::HandlerRead { epoch, id, result } => {
                let Some(at) = self.reads.iter().position(|read| read.0 == id && read.1 == epoch) else {
                    return false;
                };
                self.reads.swap_remove(at);
                match result {
                    Ok(handler) => self.put(now, handler),
                    Err(failure) if failure.is_not_found() => self.remove(&id),
                    // The next listing will miss it again.
                    Err(_) => false,
                }
            }
            HandlersInput::HandlerSeen(handler) => {
                self.is_back(&handler.handler_id);
                self.put(now, handler)
            }
            HandlersInput::RunSeen { state, streamed } => self.put_watched(now, state, streamed),
            HandlersInput::RunReleased(id) => {
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.streamed = false;
                }
                false
            }
            HandlersInput::Removed(id) => self.remove(&id),
            HandlersInput::Tick => false,
            HandlersInput::Visible(visible) => {
                let shown = visible && !self.visible;
                self.visible = visible;
                // The delay after an error protects the server, also while the page is visible.
                if shown && self.error.is_none() {
                    self.next_whole = self.next_whole.min(self.whole_at(now));
                    self.next_running = self.running_at(now);
                }
                false
            }
            HandlersInput::Online(online) => {
                if online && !self.online {
                    self.attempt = 0;
                    self.paused = false;
                    self.next_whole = now;
                }
                self.online = online;
                false
            }
        }
    }

    fn ask(&mut self, now: Time) {
        if !self.watched || !self.online || self.paused || self.listing.is_some() {
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
            removed: HashSet::new(),
        });
        self.commands.push(HandlersCommand::List {
            epoch: self.epoch,
            running_only,
        });
    }

    fn listed(
        &mut self,
        now: Time,
        listing: &Listing,
        bytes: u64,
        result: Result<HandlerList, Failure>,
    ) -> bool {
        let list = match result {
            Ok(list) => list,
            Err(failure) => {
                self.failed(now, failure);
                return false;
            }
        };
        self.attempt = 0;
        self.error = None;
        let listed = Listed {
            bytes,
            took: now.since(listing.asked_at),
            asked_at: listing.asked_at,
        };
        if listing.running_only {
            self.running = listed;
        } else {
            self.whole = listed;
            self.loaded = true;
            self.listed_at = Some(listing.asked_at);
        }
        let mut dirty = self.compare(listing, &list);
        self.next_whole = self.whole_at(now);
        self.next_running = self.running_at(now);
        for handler in list.handlers {
            if !listing.removed.contains(&handler.handler_id) {
                dirty |= self.put(listing.asked_at, handler);
            }
        }
        dirty
    }

    fn failed(&mut self, now: Time, failure: Failure) {
        self.attempt = self.attempt.saturating_add(1);
        let delay = self
            .retry
            .delay(self.attempt, self.rng.next_f64())
            .unwrap_or(self.retry.cap);
        let at = now.plus(retry::wait(delay, failure.retry_after));
        self.next_whole = at;
        self.next_running = at;
        self.paused = failure.needs_sign_in();
        self.error = Some(failure);
    }

    /// Whether the whole list is small enough to poll it.
    const fn is_small(&self) -> bool {
        self.whole.bytes <= self.pace.small_bytes()
    }

    /// When the whole list is due.
    fn whole_at(&self, now: Time) -> Time {
        let Listed {
            bytes,
            took,
            asked_at,
        } = self.whole;
        let ListPace {
            poll_ms,
            bytes_per_second,
            ..
        } = self.pace;
        if !self.visible {
            let affordable = ListPace::affordable_ms(bytes, bytes_per_second);
            return asked_at
                .plus(affordable.max(WHOLE_HIDDEN_MS))
                .max(now.plus(took.saturating_mul(LONG_PAUSES)));
        }
        if self.is_small() {
            // Measured from request to request, so that a run waits at most for the interval and one response.
            return asked_at
                .plus(poll_ms)
                .max(now.plus(took.saturating_mul(SMALL_PAUSES)));
        }
        // The running handlers come first; at least half of the budget remains for the whole list.
        let left = bytes_per_second.saturating_sub(self.running.bytes.saturating_mul(1_000) / poll_ms.max(1));
        let rate = left.max(bytes_per_second / 2);
        let interval = ListPace::affordable_ms(bytes, rate);
        asked_at
            .plus(interval.max(poll_ms))
            .max(now.plus(took.saturating_mul(LONG_PAUSES)))
    }

    /// When the running handlers are due. A small list includes them.
    fn running_at(&self, now: Time) -> Time {
        let Listed {
            bytes,
            took,
            asked_at,
        } = self.running;
        if self.is_small() && self.visible && !self.is_cut {
            return self.next_whole;
        }
        let ListPace {
            poll_ms,
            bytes_per_second,
            ..
        } = self.pace;
        let interval = if self.visible {
            poll_ms
        } else {
            RUNNING_HIDDEN_MS.max(poll_ms.saturating_mul(3))
        };
        let affordable = ListPace::affordable_ms(bytes, bytes_per_second / 2);
        // A whole list includes them, so they are as fresh as it is.
        let listed_at = if self.is_cut {
            asked_at
        } else {
            asked_at.max(self.whole.asked_at)
        };
        listed_at
            .plus(interval.max(affordable))
            .max(now.plus(took.saturating_mul(SMALL_PAUSES)))
    }

    /// Finds handlers that are missing in a list: ended, or deleted. Returns whether anything changed.
    fn compare(&mut self, listing: &Listing, list: &HandlerList) -> bool {
        let listed = &list.handlers;
        let ids: HashSet<&str> = listed.iter().map(|handler| &*handler.handler_id).collect();
        let missing =
            |id: &String, entry: &Entry| entry.seen_at <= listing.asked_at && !ids.contains(id.as_str());
        let is_running = |entry: &Entry| entry.state.handler.status == HandlerStatus::Running;
        let mut dirty = false;
        if !listing.running_only {
            let before = (self.entries.len(), self.unreadable);
            self.unreadable = list.unreadable.len();
            // A running one is read individually: it may have ended, or be cut off from an incomplete list.
            self.entries
                .retain(|id, entry| !missing(id, entry) || (is_running(entry) && is_addressable(id)));
            dirty = before != (self.entries.len(), self.unreadable);
            self.is_cut = listed.len() + list.unreadable.len() == FULL_LIST;
            if self.is_cut {
                return dirty;
            }
        }
        let ended: Vec<String> = self
            .entries
            .iter()
            .filter(|(id, entry)| {
                is_running(entry)
                    && !(listing.running_only && entry.streamed)
                    // The others cannot be requested; the next whole list includes them.
                    && is_addressable(id)
                    && missing(id, entry)
                    && !self.reads.iter().any(|read| read.0 == **id)
            })
            .map(|(id, _)| id.clone())
            .collect();
        // The next poll finds the others.
        for id in ended.into_iter().take(MAX_READS.saturating_sub(self.reads.len())) {
            self.epoch += 1;
            self.reads.push((id.clone(), self.epoch));
            self.commands.push(HandlersCommand::ReadHandler {
                epoch: self.epoch,
                id,
            });
        }
        dirty
    }

    /// The server no longer has a handler. Requests that are under way may still return it.
    fn remove(&mut self, id: &str) -> bool {
        self.reads.retain(|read| read.0 != id);
        if let Some(listing) = &mut self.listing {
            listing.removed.insert(id.to_owned());
        }
        self.entries.remove(id).is_some()
    }

    /// A removed handler exists again.
    fn is_back(&mut self, id: &str) {
        if let Some(listing) = &mut self.listing {
            listing.removed.remove(id);
        }
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
            return self.remove(&state.handler.handler_id);
        }
        let id = state.handler.handler_id.clone();
        self.is_back(&id);
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
        self.sorted = self.entries.values().map(|entry| entry.state.clone()).collect();
        // The server's times are ISO 8601 with the same offset and precision, so they sort as text.
        self.sorted.sort_by(|a, b| {
            let (a, b) = (&a.handler, &b.handler);
            (&b.started_at, &b.handler_id).cmp(&(&a.started_at, &a.handler_id))
        });
    }
}
