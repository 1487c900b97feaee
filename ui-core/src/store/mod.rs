//! The driver of the state machines. Each client has a store, which feeds its machines, executes their commands and updates the
//! signals.
//!
//! It contains no protocol rules.

mod alarm;
mod cache;
mod frames;
mod list;
mod poller;
mod refetch;
mod repeat;
mod run;
#[cfg(feature = "shared-tabs")]
mod sharing;
mod stream;
mod stream_slots;
mod view;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use crate::reactive::*;
use workflow_protocol::{
    Failure, Graph, Handler, HandlersInput, RawJson, Rng, RunInput, RunStatus, Time, WorkflowSchema,
    class_name,
};

use crate::SendEvent;
use crate::api::{Http, Problem};
use crate::clock::Presence;
use crate::storage::parse_claim_key;
use crate::task::{Task, spawn};

use cache::Cache;
pub(crate) use frames::Frames;
use list::List;
pub use list::ListFreshness;
pub(crate) use list::ListWatch;
pub(crate) use poller::Poller;
pub use refetch::EventPayload;
pub(crate) use refetch::{in_time, refetch, slot};
pub(crate) use repeat::Repeat;
pub(crate) use run::{Run, Watch};
pub(crate) use stream::{is_event_stream, refusal};
pub(crate) use stream_slots::StreamSlot;
use stream_slots::StreamSlots;
pub(crate) use view::{LogMark, RunView};

/// An input for the machine of a [`Run`].
pub(crate) type RunCall = RunInput<'static>;

/// How many runs that this client started are remembered until they are watched.
const STARTED: usize = 64;
/// How long the stream of a started run stays open without a watcher, in milliseconds.
const AHEAD_MS: u64 = 2_000;

/// A page that becomes visible is focused too: one probe serves both.
const PROBE_PAUSE_MS: u64 = 1_000;

/// Takes the first entry, and ends the borrow before the entry is handled.
fn next<T>(queue: &RefCell<VecDeque<T>>) -> Option<T> {
    queue.borrow_mut().pop_front()
}

/// The data of one server: watched runs, the handler list, workflow descriptions.
pub(crate) struct Store {
    me: Weak<Self>,
    http: Rc<Http>,
    slots: Rc<StreamSlots>,
    #[cfg(feature = "shared-tabs")]
    tabs: sharing::Membership,
    runs: RefCell<Vec<Rc<Run>>>,
    /// Changes when a run gets its first watcher or loses its last one.
    pub(crate) watched: ArcRwSignal<u32>,
    /// Runs wait for a stream slot. The list is polled then, because it shows which of them changed.
    under_pressure: Cell<bool>,
    list: List,
    /// The server is known to be unreachable.
    pub(crate) paused: ArcRwSignal<bool>,
    started: RefCell<Vec<(Time, Handler)>>,
    /// Runs whose stream was opened before they have a watcher, each with the timer that closes it.
    ahead: RefCell<Vec<(Watch, Task)>>,
    schemas: Cache,
    events: Cache,
    graphs: Cache,
    /// Requests that find or start a run, by workflow.
    or_started: Cache,
    dirty: RefCell<Vec<Weak<Run>>>,
    flushing: RefCell<Option<Task>>,
    presence: RefCell<Option<Box<dyn Any>>>,
    /// Listens for claims of other tabs.
    claims: RefCell<Option<Box<dyn Any>>>,
    /// How many hooks wait for the user to sign in.
    waiting: Cell<usize>,
    /// The request that checks whether the user has signed in, and when it was sent.
    probing: RefCell<Option<Task>>,
    probed_at: Cell<Time>,
    /// Tickets of events that answer no prompt.
    tickets: Cell<u64>,
    seeds: Cell<u64>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

impl Store {
    pub(crate) fn new(http: Http) -> Rc<Self> {
        let store = Rc::new_cyclic(|me: &Weak<Self>| Self {
            me: me.clone(),
            slots: StreamSlots::of(http.transport.pool(), http.origin(), &http.clock),
            #[cfg(feature = "shared-tabs")]
            tabs: sharing::Membership::default(),
            under_pressure: Cell::default(),
            list: List::new(me.clone(), http.run_options.retry, http.clock.seed()),
            paused: ArcRwSignal::default(),
            seeds: Cell::new(http.clock.seed()),
            http: Rc::new(http),
            runs: RefCell::default(),
            watched: ArcRwSignal::default(),
            started: RefCell::default(),
            ahead: RefCell::default(),
            schemas: Cache::default(),
            events: Cache::default(),
            graphs: Cache::default(),
            or_started: Cache::default(),
            dirty: RefCell::default(),
            flushing: RefCell::default(),
            presence: RefCell::default(),
            claims: RefCell::default(),
            waiting: Cell::default(),
            probing: RefCell::default(),
            probed_at: Cell::default(),
            tickets: Cell::new(1 << 63),
        });
        let me = store.me.clone();
        store.http.state.on_sign_in(move |required| {
            if let Some(store) = me.upgrade().filter(|_| !required) {
                store.resume();
            }
        });
        #[cfg(feature = "shared-tabs")]
        store.name_tabs();
        store
    }

    pub(crate) fn http(&self) -> &Rc<Http> {
        &self.http
    }

    fn slots(&self) -> &Rc<StreamSlots> {
        &self.slots
    }

    pub(crate) fn list(&self) -> &List {
        &self.list
    }

    /// Pauses the list and all polling until it is called with `false`: the server is known to be unreachable.
    pub(crate) fn pause(&self, paused: bool) {
        self.list.pause(paused);
        set_if_changed(&self.paused, paused);
    }

    // Runs

    /// The watched run of this handler. Created if it has no watcher yet.
    fn run(&self, id: &str) -> Rc<Run> {
        if let Some(run) = self.known_run(id) {
            return run;
        }
        self.subscribe();
        #[cfg(feature = "shared-tabs")]
        self.share_tabs();
        let seed = self.seeds.get();
        self.seeds.set(seed.wrapping_add(0x9E37_79B9_7F4A_7C15));
        let run = Run::new(id, self.me.clone(), &self.http, seed);
        self.runs.borrow_mut().push(run.clone());
        self.watched.update(|count| *count = count.wrapping_add(1));
        run.find_sent();
        if !self.is_online(self.http.clock.presence()) {
            run.input(RunCall::Online(false));
        }
        let started = {
            let mut started = self.started.borrow_mut();
            started
                .iter()
                .position(|(_, handler)| handler.handler_id == id)
                .map(|at| started.remove(at))
        };
        if let Some((at, handler)) = started {
            run.input(RunCall::Started { handler, at });
        } else if let Some(state) = self.list.get(id) {
            run.input(RunCall::HandlerSeen(state.handler.clone()));
        }
        run
    }

    /// Watches a run until the guard is dropped; with `stream`, its events too.
    pub(crate) fn watch(&self, id: &str, stream: bool) -> Watch {
        let run = self.run(id);
        let ahead = self.take_ahead(id);
        let unseen = run.watchers.get() == usize::from(ahead.is_some());
        let watch = Watch::new(run, stream);
        drop(ahead);
        if unseen {
            // A run that was just created has no readers yet, so publish without waiting for a frame.
            watch.run().publish();
        }
        watch
    }

    /// Opens the stream of a run that was just started, before it has a watcher: building the view can take a while.
    pub(crate) fn follow_ahead(&self, id: &str) {
        if self.known_run(id).is_some() {
            return;
        }
        let watch = self.watch(id, true);
        watch.run().eager.set(true);
        let (me, id, wait) = (self.me.clone(), id.to_owned(), self.http.clock.sleep(AHEAD_MS));
        let timer = spawn(async move {
            wait.await;
            if let Some(store) = me.upgrade() {
                let ahead = store.take_ahead(&id);
                drop(ahead);
            }
        });
        self.ahead.borrow_mut().push((watch, timer));
    }

    fn take_ahead(&self, id: &str) -> Option<(Watch, Task)> {
        let mut ahead = self.ahead.borrow_mut();
        let at = ahead.iter().position(|(watch, _)| watch.run().id() == id)?;
        Some(ahead.swap_remove(at))
    }

    /// Opens the stream of a run for a short poll, until the guard is dropped.
    fn peek(&self, id: &str) -> Watch {
        Watch::peek(self.run(id))
    }

    /// All watched runs, in no particular order.
    pub(crate) fn watched_runs(&self) -> Vec<Rc<Run>> {
        self.runs.borrow().clone()
    }

    /// A unique name: the id of a new handler, or the key of a sent event.
    pub(crate) fn new_id(&self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let seed = self.seeds.get() ^ self.http.clock.seed() ^ self.http.clock.now().0.rotate_left(40);
        let mut rng = Rng::new(seed);
        self.seeds.set(rng.next_u64());
        let letter = |_| char::from(LETTERS[rng.next_u64() as usize % LETTERS.len()]);
        (0..16).map(letter).collect()
    }

    fn known_run(&self, id: &str) -> Option<Rc<Run>> {
        self.runs.borrow().iter().find(|run| run.id() == id).cloned()
    }

    /// The last watcher of `run` was dropped.
    fn release(&self, run: &Rc<Run>) {
        let removed = {
            let mut runs = self.runs.borrow_mut();
            let at = runs.iter().position(|known| Rc::ptr_eq(known, run));
            at.map(|at| runs.swap_remove(at))
        };
        if removed.is_some() {
            run.stop();
            self.watched.update(|count| *count = count.wrapping_add(1));
            self.report_pressure();
            self.unsubscribe_if_idle();
        }
    }

    /// Checks whether runs wait for a stream slot; polls the list while they do.
    fn report_pressure(&self) {
        let under_pressure = self.runs.borrow().iter().any(|run| run.is_waiting());
        if self.under_pressure.replace(under_pressure) != under_pressure {
            if under_pressure {
                self.list.add_watcher();
            } else {
                self.list.remove_watcher();
            }
        }
    }

    pub(crate) fn known_status(&self, id: &str) -> Option<RunStatus> {
        let watched = self.known_run(id).and_then(|run| run.status());
        watched.or_else(|| self.list.get(id).map(|state| state.status))
    }

    pub(crate) fn open_prompts(&self, id: &str) -> usize {
        self.known_run(id).map_or(0, |run| run.open_prompts())
    }

    // Changes that did not come from the machines' own commands

    /// A handler was read, listed or cancelled.
    pub(crate) fn seen(&self, handler: &Handler) {
        self.list.input(HandlersInput::HandlerSeen(handler.clone()));
        self.notify_run(handler);
    }

    fn notify_run(&self, handler: &Handler) {
        let run = self.known_run(&handler.handler_id);
        if let Some(run) = run {
            run.described(handler);
        }
    }

    /// A handler was started by this client.
    pub(crate) fn started(&self, handler: &Handler) {
        self.list.input(HandlersInput::HandlerSeen(handler.clone()));
        let run = self.known_run(&handler.handler_id);
        let at = self.http.clock.now();
        match run {
            Some(run) => run.input(RunCall::Started {
                handler: handler.clone(),
                at,
            }),
            None => {
                let mut started = self.started.borrow_mut();
                started.retain(|(_, known)| known.handler_id != handler.handler_id);
                if started.len() >= STARTED {
                    started.remove(0);
                }
                started.push((at, handler.clone()));
            }
        }
    }

    /// A handler was deleted by this client.
    pub(crate) fn removed(&self, id: &str) {
        self.list.input(HandlersInput::Removed(id.to_owned()));
        self.started
            .borrow_mut()
            .retain(|(_, handler)| handler.handler_id != id);
        self.lost(id);
    }

    /// The server no longer lists a handler: its run, if it is watched, reads it again.
    fn lost(&self, id: &str) {
        let run = self.known_run(id);
        if let Some(run) = run {
            run.input(RunCall::Refresh);
        }
    }

    // Workflows

    pub(crate) async fn schema(&self, workflow: &str) -> Result<Arc<WorkflowSchema>, Problem> {
        let (http, name) = (self.http.clone(), workflow.to_owned());
        self.schemas
            .get(workflow, async move { http.schema(&name).await })
            .await
    }

    pub(crate) async fn event_schemas(&self, workflow: &str) -> Result<Arc<Vec<RawJson>>, Problem> {
        let (http, name) = (self.http.clone(), workflow.to_owned());
        self.events
            .get(workflow, async move { http.event_schemas(&name).await })
            .await
    }

    pub(crate) async fn graph(&self, workflow: &str) -> Result<Arc<Graph>, Problem> {
        let (http, name) = (self.http.clone(), workflow.to_owned());
        self.graphs
            .get(workflow, async move { http.graph(&name).await })
            .await
    }

    /// What `find` gives. Concurrent calls for one workflow share it.
    pub(crate) async fn or_start<T: Send + Sync + 'static>(
        &self,
        workflow: &str,
        find: impl Future<Output = Result<T, Problem>> + 'static,
    ) -> Result<Arc<T>, Problem> {
        let found = self.or_started.get(workflow, find).await;
        // The run can end at any time, so later calls find it again.
        self.or_started.forget(workflow);
        found
    }

    /// Removes the cached descriptions of a workflow: the server may have been redeployed.
    pub(crate) fn forget_workflow(&self, workflow: &str) {
        self.schemas.forget(workflow);
        self.events.forget(workflow);
        self.graphs.forget(workflow);
    }

    // Signals

    /// Publishes the changes of `run` at the next frame.
    fn mark(&self, run: &Weak<Run>) {
        self.dirty.borrow_mut().push(run.clone());
        self.schedule();
    }

    /// Requests a frame, unless one is pending. One frame serves all runs and the list.
    fn schedule(&self) {
        if self.flushing.borrow().is_some() {
            return;
        }
        let (me, frame) = (self.me.clone(), self.http.clock.frame());
        *self.flushing.borrow_mut() = Some(spawn(async move {
            frame.await;
            if let Some(store) = me.upgrade() {
                store.flush();
            }
        }));
    }

    /// Publishes all changes.
    fn flush(&self) {
        self.flushing.take();
        let dirty = self.dirty.take();
        for run in dirty.iter().filter_map(Weak::upgrade) {
            run.publish();
        }
        self.list.publish();
    }

    // Presence

    /// Listens for visibility, focus and network changes while anything is watched.
    fn subscribe(&self) {
        if self.presence.borrow().is_some() {
            return;
        }
        let me = self.me.clone();
        let guard = self.http.clock.on_presence(Rc::new(move |presence| {
            if let Some(store) = me.upgrade() {
                store.present(presence);
            }
        }));
        *self.presence.borrow_mut() = guard;
        let Some(storage) = &self.http.storage else { return };
        let me = self.me.clone();
        let guard = storage.listen(Rc::new(move |key| {
            if let Some(store) = me.upgrade() {
                store.claimed_elsewhere(key);
            }
        }));
        *self.claims.borrow_mut() = guard;
    }

    fn claimed_elsewhere(&self, key: &str) {
        let Some((run_id, prompt)) = parse_claim_key(&self.http.storage_name(), key) else {
            return;
        };
        let asked = |run: &&Rc<Run>| run.read(|machine| machine.run_id() == Some(run_id)) == Some(true);
        let run = self.runs.borrow().iter().find(asked).cloned();
        if let Some(run) = run {
            run.look_up_claim(prompt);
        }
    }

    /// Logs an event that answers no prompt, until the guard is settled. `None` if the handler has no watcher.
    pub(crate) fn sending(&self, id: &str, event: &SendEvent) -> Option<Sending> {
        let run = self.known_run(id)?;
        let ticket = self.tickets.get();
        self.tickets.set(ticket.wrapping_add(1));
        run.input(RunCall::Sending {
            ticket,
            class: class_name(&event.class).to_owned(),
            value: event.value.clone(),
            step: event.step.clone(),
        });
        Some(Sending {
            watch: Watch::keep_alive(run),
            ticket,
            settled: false,
        })
    }

    fn present(&self, presence: Presence) {
        let runs = self.watched_runs();
        let online = self.is_online(presence);
        for run in runs {
            run.input(RunCall::Online(online));
        }
        self.list.input(HandlersInput::Online(online));
        self.list.input(HandlersInput::Visible(presence.visible));
        if presence.visible {
            self.probe_sign_in();
        }
    }

    // Sign-in

    /// Completes when the server requires no sign-in. Until then it is probed whenever the user comes back to the page.
    pub(crate) async fn until_signed_in(self: &Rc<Self>) {
        self.subscribe();
        self.waiting.set(self.waiting.get() + 1);
        let waiting = Waiting(self.clone());
        self.http.state.until_signed_in().await;
        drop(waiting);
    }

    /// Checks once whether the user has signed in.
    pub(crate) fn probe_sign_in(&self) {
        let now = self.http.clock.now();
        let asked = self.probing.borrow().is_some() || now.since(self.probed_at.get()) < PROBE_PAUSE_MS;
        if asked || !self.http.state.needs_sign_in() {
            return;
        }
        self.probed_at.set(now);
        let (me, http) = (self.me.clone(), self.http.clone());
        *self.probing.borrow_mut() = Some(spawn(async move {
            http.probe_sign_in().await;
            if let Some(store) = me.upgrade() {
                store.probing.take();
            }
        }));
    }

    /// The user has signed in: resume what failed without it.
    fn resume(&self) {
        self.list.input(HandlersInput::Refresh);
        for run in self.watched_runs() {
            run.input(RunCall::Refresh);
        }
    }

    /// Whether the server can be reached, according to the browser.
    fn is_online(&self, presence: Presence) -> bool {
        presence.online || self.http.is_local()
    }

    /// Releases what is needed only while something is watched.
    fn unsubscribe_if_idle(&self) {
        if self.runs.borrow().is_empty() && !self.list.is_watched() && self.waiting.get() == 0 {
            self.probing.take();
            self.presence.take();
            self.claims.take();
            self.flushing.take();
            self.dirty.take();
        }
    }
}

/// A hook that waits for the user to sign in.
struct Waiting(Rc<Store>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.waiting.set(self.0.waiting.get().saturating_sub(1));
        self.0.unsubscribe_if_idle();
    }
}

/// An event that is being sent. If it is dropped before it is settled, its outcome is unknown.
pub(crate) struct Sending {
    /// The outcome must be stored even if the view of the run is closed meanwhile.
    watch: Watch,
    ticket: u64,
    settled: bool,
}

impl Sending {
    pub(crate) fn settle(mut self, result: Result<(), Failure>) {
        self.settled = true;
        self.report(result);
    }

    fn report(&self, result: Result<(), Failure>) {
        let ticket = self.ticket;
        self.watch.run().input(RunCall::SendSettled { ticket, result });
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if !self.settled {
            self.report(Err(Failure::network(
                "The request was given up before the server answered.",
            )));
        }
    }
}
