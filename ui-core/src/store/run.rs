//! A watched run: its state machine, tasks and timers.

mod reading;
mod stored;
mod streaming;
mod watch;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::task::Waker;

use futures::channel::oneshot;
use workflow_protocol::{
    Changes, Connection, Failure, Handler, HandlerState, HandlersInput, PollInput, PromptState,
    ResponseClass, Rng, RunCommand, RunInput, RunMachine, RunOptions, RunStatus, Time, answer_classes,
};

use super::alarm::Alarm;
use super::stream_slots::StreamSlot;
use super::view::RunView;
use super::{RunCall, Store, next};
use crate::Error;
use crate::api::{Http, Problem};
use crate::reactive::set_if_changed;
use crate::storage::write_claim;
use crate::task::{Task, spawn, spawn_detached};
pub(crate) use watch::Watch;

/// The shortest time between two progress reports of a stream to its slot, in milliseconds.
const PROGRESS_MS: u64 = 100;

/// A watched run. After [`stop`](Self::stop) it does nothing; its log can still be read.
pub(crate) struct Run {
    me: Weak<Self>,
    id: String,
    store: Weak<Store>,
    http: Rc<Http>,
    machine: RefCell<RunMachine>,
    inbox: RefCell<VecDeque<Waiting>>,
    changes: Cell<Changes>,
    /// Grows with every run of the handler. Marks of an earlier log are recognised by it.
    generation: Cell<u32>,
    stopped: Cell<bool>,

    pub(super) watchers: Cell<usize>,
    pub(super) streamers: Cell<usize>,
    /// The run was started here and a view waits for its first event, so that event is published without waiting for a frame.
    pub(super) eager: Cell<bool>,
    /// How many of the streamers only poll.
    pub(super) pollers: Cell<usize>,
    stream: RefCell<Option<OpenStream>>,
    /// The stream slot, while a stream is wanted.
    slot: RefCell<Option<Rc<StreamSlot>>>,
    progress_at: Cell<Time>,
    reads: RefCell<Vec<(u32, Task)>>,
    alarm: Alarm,
    retry_inbox: RefCell<Option<Task>>,
    /// The workflow whose response classes were requested.
    classes: RefCell<Option<(String, Task)>>,
    /// A part of the response classes could not be loaded.
    classes_lost: Cell<bool>,
    /// The reader of the stream, while it is paused.
    paused_reader: RefCell<Option<Waker>>,
    /// The sent events, as they are stored.
    stored: RefCell<String>,
    /// Callers that wait until the run has ended and its stream was read.
    closing: RefCell<Vec<oneshot::Sender<()>>>,
    /// Why the handler could not be read, if nothing else is known of it.
    unread: RefCell<Option<Error>>,
    /// Reads an unknown handler again after an error, with the number of failed attempts.
    rereading: RefCell<Option<Task>>,
    unread_tries: Cell<u32>,
    pub(crate) view: RunView,
}

/// Whether a request failed without an answer from the server itself: the network, an overloaded server, or something in front of it.
fn is_lost<T>(answer: &Result<T, Problem>) -> bool {
    answer.as_ref().is_err_and(|problem| {
        problem.error.is_transient() || matches!(problem.error, Error::SignIn { .. } | Error::Decode(_))
    })
}

/// Inputs that wait for the machine.
enum Waiting {
    Call(Box<RunCall>),
    /// A chunk of the stream of this epoch.
    Bytes(u32, Vec<u8>),
}

/// The stream that the machine requested.
struct OpenStream {
    epoch: u32,
    after: i64,
    /// `None` while it waits for a slot.
    task: Option<Task>,
    /// It comes, or will come, through another tab.
    shared: bool,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Run {
    pub(super) fn new(id: &str, store: Weak<Store>, http: &Rc<Http>, seed: u64) -> Rc<Self> {
        let options = RunOptions {
            seed,
            ..http.run_options
        };
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            id: id.to_owned(),
            store,
            http: http.clone(),
            machine: RefCell::new(RunMachine::new(id, options)),
            inbox: RefCell::default(),
            changes: Cell::default(),
            generation: Cell::default(),
            stopped: Cell::default(),
            watchers: Cell::default(),
            streamers: Cell::default(),
            eager: Cell::default(),
            pollers: Cell::default(),
            stream: RefCell::default(),
            slot: RefCell::default(),
            progress_at: Cell::default(),
            reads: RefCell::default(),
            alarm: Alarm::default(),
            retry_inbox: RefCell::default(),
            classes: RefCell::default(),
            classes_lost: Cell::default(),
            paused_reader: RefCell::default(),
            stored: RefCell::default(),
            closing: RefCell::default(),
            unread: RefCell::default(),
            rereading: RefCell::default(),
            unread_tries: Cell::default(),
            view: RunView::default(),
        })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn store(&self) -> Option<Rc<Store>> {
        self.store.upgrade()
    }

    pub(crate) const fn generation(&self) -> u32 {
        self.generation.get()
    }

    /// Reads the machine. `None` only while the machine handles an input; no reader runs then.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&RunMachine) -> R) -> Option<R> {
        self.machine.try_borrow().ok().map(|machine| read(&machine))
    }

    pub(super) fn status(&self) -> Option<RunStatus> {
        self.read(|machine| machine.handler().map(|_| machine.status()))
            .flatten()
    }

    /// How many prompts are open, according to the events read so far.
    pub(super) fn open_prompts(&self) -> usize {
        let open = self.read(|machine| {
            let open = machine.prompts().iter().filter(|prompt| prompt.state.is_open());
            if machine.status().is_terminal() {
                0
            } else {
                open.count()
            }
        });
        open.unwrap_or_default()
    }

    /// Whether a prompt is not closed, according to the events read so far.
    pub(super) fn has_unsettled_prompts(&self) -> bool {
        let unsettled = self.read(|machine| {
            let mut prompts = machine.prompts().iter();
            !machine.status().is_terminal() && prompts.any(|prompt| prompt.state != PromptState::Closed)
        });
        unsettled == Some(true)
    }

    /// The progress of a poll: when its stream was opened or last received something; or how it ended, also because the run got a
    /// permanent watcher. `None`: not open yet.
    pub(super) fn poll_progress(&self) -> Option<PollInput> {
        if !self.is_peek() {
            return Some(PollInput::Ended { failed: false });
        }
        self.read(|machine| match machine.connection() {
            Connection::Live => Some(PollInput::Progress(self.progress_at.get())),
            Connection::Closed => Some(PollInput::Ended { failed: false }),
            Connection::Stalled { .. } | Connection::Retrying { .. } => {
                Some(PollInput::Ended { failed: true })
            }
            Connection::Idle | Connection::Connecting => None,
        })
        .flatten()
    }

    // Inputs

    /// Passes an input to the machine and executes its commands.
    pub(crate) fn input(&self, call: RunCall) {
        if !self.stopped.get() {
            self.put(Waiting::Call(Box::new(call)));
        }
    }

    /// Passes a chunk of the stream to the machine, without a copy unless the machine is being read.
    pub(super) fn bytes(&self, epoch: u32, bytes: &[u8]) {
        if self.stopped.get() {
            return;
        }
        if self.inbox.borrow().is_empty()
            && let Ok(mut machine) = self.machine.try_borrow_mut()
        {
            let now = self.http.clock.now();
            let changes = machine.handle(now, RunInput::StreamBytes { epoch, bytes });
            let first = changes.events && self.eager.take();
            self.after(machine, changes);
            if first && let Some(store) = self.store() {
                store.flush();
            }
            if now.since(self.progress_at.get()) >= PROGRESS_MS {
                self.progress(now);
            }
            return;
        }
        self.put(Waiting::Bytes(epoch, bytes.to_vec()));
    }

    fn put(&self, waiting: Waiting) {
        self.inbox.borrow_mut().push_back(waiting);
        self.work();
    }

    fn work(&self) {
        loop {
            // A reader may call this from inside its closure. The input waits, because the machine is borrowed.
            let Ok(mut machine) = self.machine.try_borrow_mut() else {
                let (me, turn) = (self.me.clone(), self.http.clock.turn());
                *self.retry_inbox.borrow_mut() = Some(spawn(async move {
                    turn.await;
                    if let Some(run) = me.upgrade() {
                        run.work();
                    }
                }));
                return;
            };
            let Some(waiting) = next(&self.inbox) else {
                return;
            };
            let now = self.http.clock.now();
            let changes = match waiting {
                Waiting::Call(call) => machine.handle(now, *call),
                Waiting::Bytes(epoch, bytes) => {
                    machine.handle(now, RunInput::StreamBytes { epoch, bytes: &bytes })
                }
            };
            self.after(machine, changes);
        }
    }

    fn after(&self, mut machine: std::cell::RefMut<'_, RunMachine>, changes: Changes) {
        if changes.run {
            self.generation.set(self.generation.get().wrapping_add(1));
        }
        let commands: Vec<RunCommand> = std::iter::from_fn(|| machine.poll_command()).collect();
        let deadline = machine.next_deadline();
        let buffering = machine.is_buffering();
        let live = changes.connection && *machine.connection() == Connection::Live;
        // Not earlier: requests for prompts must not compete with the request that identifies the run.
        let connected = matches!(machine.connection(), Connection::Live | Connection::Closed);
        let workflow = ((changes.connection || changes.handler) && connected)
            .then(|| machine.handler().map(|handler| handler.workflow_name.clone()))
            .flatten();
        let sent = (changes.sent && self.http.storage.is_some()).then(|| machine.sent_text());
        let closed = changes.connection && *machine.connection() == Connection::Closed;
        let state = (changes.handler && !self.stopped.get())
            .then(|| {
                machine.handler().cloned().map(|handler| HandlerState {
                    handler,
                    status: machine.status(),
                })
            })
            .flatten();
        drop(machine);

        if let Some(sent) = sent {
            self.store_sent(sent);
        }
        // Before the commands: a granted or revoked slot may call back during them.
        self.set_timer(deadline);
        if !buffering && let Some(waker) = self.paused_reader.take() {
            waker.wake();
        }
        let about_streams = commands
            .iter()
            .any(|command| matches!(command, RunCommand::OpenStream { .. } | RunCommand::CloseStream));
        for command in commands {
            self.command(command);
        }
        if about_streams {
            self.release_unused_slot();
        }
        if closed {
            // Callers that gave up have dropped their receiver.
            for waiting in self.closing.take() {
                let _ = waiting.send(());
            }
        }
        if live {
            self.progress(self.http.clock.now());
        }
        if let Some(workflow) = workflow {
            self.ask_classes(&workflow);
        }
        if let Some(state) = state
            && let Some(store) = self.store()
        {
            let streamed = self.streamers.get() > 0;
            store.list().input(HandlersInput::RunSeen { state, streamed });
        }
        if changes.any() {
            self.mark(changes);
            #[cfg(feature = "shared-tabs")]
            if let Some(sharing) = self.store().and_then(|store| store.sharing()) {
                sharing.changed(&self.id);
            }
        }
    }

    fn mark(&self, changes: Changes) {
        let mut all = self.changes.get();
        let first = !all.any();
        all.merge(changes);
        self.changes.set(all);
        if first && let Some(store) = self.store() {
            store.mark(&self.me);
        }
    }

    /// Publishes what changed since the last frame.
    pub(super) fn publish(&self) {
        self.read(|machine| {
            let unread = self.unread.borrow().clone();
            self.view.publish(
                machine,
                self.changes.take(),
                self.generation.get(),
                (unread.as_ref(), self.http.timeout),
            );
        });
    }

    /// Completes when nothing more will arrive: the run has ended and its events were read, or the server refuses permanently.
    pub(crate) async fn closed(&self) {
        while self.read(|machine| *machine.connection() == Connection::Closed) != Some(true) {
            let (sender, closed) = oneshot::channel();
            self.closing.borrow_mut().push(sender);
            if closed.await.is_err() {
                return;
            }
        }
    }

    // Commands

    fn command(&self, command: RunCommand) {
        let (me, http, id) = (self.me.clone(), self.http.clone(), self.id.clone());
        match command {
            RunCommand::ReadHandler { epoch } => {
                let task = spawn(async move {
                    let result = http.handler(&id).await.map_err(Problem::failure);
                    if let Some(run) = me.upgrade() {
                        run.reads.borrow_mut().retain(|(read, _)| *read != epoch);
                        run.handler_read(epoch, result);
                    }
                });
                self.reads.borrow_mut().push((epoch, task));
            }
            RunCommand::OpenStream { epoch, after } => {
                *self.stream.borrow_mut() = Some(OpenStream {
                    epoch,
                    after,
                    task: None,
                    shared: false,
                });
                if !self.share(epoch, after) {
                    self.request_slot();
                }
            }
            RunCommand::CloseStream => {
                self.stream.take();
                self.paused_reader.take();
            }
            RunCommand::Answer {
                ticket,
                body,
                prompt,
                before,
                claim,
            } => {
                let claimed = self.claim(prompt, before, claim);
                let key = self.store().map(|store| store.new_id());
                // An answer must arrive even if its view is closed at once. The run is kept until then, so that a view that is opened
                // again does not offer the prompt again.
                let kept = me.upgrade().map(Watch::keep_alive);
                spawn_detached(async move {
                    let settled = match claimed.await {
                        // Keep the guard until the result has been stored.
                        Ok(guard) => {
                            let result = http.post_event(&id, body, key).await.map_err(Problem::failure);
                            (RunCall::SendSettled { ticket, result }, Some(guard))
                        }
                        Err(claim) => (RunCall::AnswerDenied { ticket, claim }, None),
                    };
                    if let Some(kept) = kept {
                        kept.run().input(settled.0);
                    }
                });
            }
            RunCommand::StoreClaim { prompt, claim } => {
                if let Some((storage, key)) = self.claim_key(prompt) {
                    write_claim(&*storage, &key, claim.as_ref());
                }
            }
            RunCommand::LookUpClaim { prompt } => self.look_up_claim(prompt),
        }
    }

    fn handler_read(&self, epoch: u32, result: Result<Handler, Failure>) {
        let timeout = self.http.timeout;
        let unread = result
            .as_ref()
            .err()
            .map(|failure| Error::from_failure(failure.clone(), timeout));
        let before = std::mem::replace(&mut *self.unread.borrow_mut(), unread.clone());
        let failure = result.as_ref().err().cloned();
        self.input(RunCall::ServerClock(self.http.state.clock()));
        self.input(RunCall::HandlerRead { epoch, result });
        self.reread(failure);
        if before != unread {
            self.mark(Changes {
                handler: true,
                ..Changes::default()
            });
        }
    }

    /// Reads the handler again while nothing is known of it. While its events are followed, the machine does this.
    fn reread(&self, failure: Option<Failure>) {
        let is_unknown = self
            .read(|machine| machine.handler().is_none() && matches!(machine.connection(), Connection::Idle));
        let failure = failure.filter(|failure| is_unknown == Some(true) && !failure.is_permanent());
        let Some(failure) = failure.filter(|_| !self.stopped.get()) else {
            self.unread_tries.set(0);
            return;
        };
        let attempt = self.unread_tries.get().saturating_add(1);
        self.unread_tries.set(attempt);
        let random = Rng::new(self.http.clock.seed() ^ u64::from(attempt)).next_f64();
        let retry = self.http.run_options.retry;
        let Some(delay) = retry.delay_or_asked(attempt, random, failure.retry_after) else {
            return;
        };
        let (me, sleep) = (self.me.clone(), self.http.clock.sleep(delay));
        *self.rereading.borrow_mut() = Some(spawn(async move {
            sleep.await;
            if let Some(run) = me.upgrade() {
                run.input(RunCall::Refresh);
            }
        }));
    }

    fn set_timer(&self, deadline: Option<Time>) {
        let me = self.me.clone();
        let wake = move || {
            if let Some(run) = me.upgrade() {
                run.alarm.unset();
                run.input(RunCall::Tick);
            }
        };
        let deadline = deadline.filter(|_| !self.stopped.get());
        self.alarm.set(&self.http.clock, deadline, Box::new(wake));
    }

    /// Loads the classes that can answer the prompts of this workflow.
    pub(super) fn ask_classes(&self, workflow: &str) {
        let known = self
            .classes
            .borrow()
            .as_ref()
            .is_some_and(|(known, _)| known == workflow);
        // Any change of the run is a good moment to retry.
        let known = known && !self.classes_lost.get();
        if known || workflow.is_empty() || self.streamers.get() == 0 {
            return;
        }
        let (me, http, name) = (self.me.clone(), self.http.clone(), workflow.to_owned());
        let task = spawn(async move {
            let mut rng = Rng::new(http.clock.seed());
            for attempt in 1.. {
                let Some(run) = me.upgrade() else { return };
                run.classes_lost.set(false);
                let Some(store) = run.store() else { return };
                drop(run);
                let (graph, events) = futures::join!(store.graph(&name), store.event_schemas(&name));
                drop(store);
                let Some(run) = me.upgrade() else { return };
                let lost = (is_lost(&graph), is_lost(&events));
                // One of the two is enough to begin with.
                if lost != (true, true) {
                    // The server refuses to describe the workflow: use the stock classes.
                    let (graph, events) = (graph.ok(), events.unwrap_or_default());
                    run.learn_classes(answer_classes(graph.as_deref(), &events), graph.is_some());
                }
                if lost == (false, false) {
                    return;
                }
                run.classes_lost.set(true);
                drop(run);
                http.state.until_signed_in().await;
                let Some(delay) = http.run_options.retry.delay(attempt, rng.next_f64()) else {
                    return;
                };
                http.clock.sleep(delay).await;
            }
        });
        *self.classes.borrow_mut() = Some((workflow.to_owned(), task));
    }

    /// Without the graph the classes are only offered: most of them start other steps, which is no evidence of an answer.
    fn learn_classes(&self, answers: Vec<ResponseClass>, has_graph: bool) {
        let classes = answers.iter().map(|answer| answer.class.clone()).collect();
        set_if_changed(&self.view.answers, answers.into());
        if has_graph {
            self.input(RunCall::ResponseClasses(classes));
        }
    }

    /// Stops all tasks and timers.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
        self.inbox.borrow_mut().clear();
        self.stream.take();
        let slot = self.slot.take();
        drop(slot);
        self.alarm.unset();
        self.classes.take();
        self.rereading.take();
        self.paused_reader.take();
        self.retry_inbox.take();
        self.reads.borrow_mut().clear();
        self.closing.take();
    }
}
