//! Sharing of streams with the other tabs of the origin.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use futures::future::poll_fn;
use futures::{FutureExt as _, Stream};
use indexmap::IndexMap;
use workflow_protocol::{Served, StreamEnd, TabsCommand, TabsInput, TabsMachine, Time};

use super::alarm::Alarm;
use super::run::Watch;
use super::{RunCall, Store};
use crate::clock::Clock;
use crate::tabs::{TabLink, public_name};
use crate::task::{Task, spawn};

/// Whether a client shares its streams, and the name of its group of tabs.
#[derive(Default)]
pub(super) struct Membership {
    /// A run is watched, or the list was loaded.
    is_wanted: Cell<bool>,
    name: RefCell<Option<String>>,
    naming: RefCell<Option<Task>>,
    sharing: RefCell<Option<Rc<Sharing>>>,
}

impl Store {
    /// Computes the name of the group of tabs. Streams are opened directly until it is known.
    pub(super) fn name_tabs(&self) {
        let Some(tabs) = &self.http.tabs else { return };
        if !tabs.is_secret {
            *self.tabs.name.borrow_mut() = Some(public_name(&tabs.about));
            return;
        }
        let mut naming = tabs.link.name(&tabs.about);
        if let Some(name) = (&mut naming).now_or_never() {
            *self.tabs.name.borrow_mut() = name;
            return;
        }
        let me = self.me.clone();
        let task = spawn(async move {
            let name = naming.await;
            if let Some(store) = me.upgrade() {
                *store.tabs.name.borrow_mut() = name;
                if store.tabs.is_wanted.get() {
                    store.share_tabs();
                }
            }
        });
        *self.tabs.naming.borrow_mut() = Some(task);
    }

    /// Joins the other tabs, once a run is watched or the list was loaded.
    pub(super) fn share_tabs(&self) {
        self.tabs.is_wanted.set(true);
        let Some(tabs) = &self.http.tabs else { return };
        if self.tabs.sharing.borrow().is_some() {
            return;
        }
        // `take`: if the browser forbids it, do not try again.
        let Some(name) = self.tabs.name.take() else { return };
        let clock = self.http.clock.clone();
        let sharing = Sharing::start(self.me.clone(), tabs.link.clone(), clock, name);
        *self.tabs.sharing.borrow_mut() = sharing;
    }

    fn stop_sharing(&self) {
        let sharing = self.tabs.sharing.take();
        drop(sharing);
    }

    pub(super) fn sharing(&self) -> Option<Rc<Sharing>> {
        self.tabs.sharing.borrow().clone()
    }

    /// Reopens streams: those that came through another tab, or those that did not.
    fn reopen(&self, shared: bool) {
        for run in self.watched_runs() {
            run.reopen(shared);
        }
    }
}

/// The membership of this tab in its group.
pub(crate) struct Sharing {
    me: Weak<Self>,
    store: Weak<Store>,
    link: Rc<dyn TabLink>,
    clock: Rc<dyn Clock>,
    /// The name of the channel of all tabs, and the prefix of the other channels.
    key: String,
    machine: RefCell<TabsMachine>,
    commands: RefCell<VecDeque<TabsCommand>>,
    busy: Cell<bool>,
    /// The guards of this tab's channels and locks.
    guards: RefCell<Vec<Box<dyn Any>>>,
    lock_guards: RefCell<IndexMap<String, Box<dyn Any>>>,
    streams: RefCell<IndexMap<u64, Rc<RefCell<Arriving>>>>,
    made: Cell<u64>,
    /// The runs that are watched for other tabs.
    watched: RefCell<IndexMap<String, Watch>>,
    alarm: Alarm,
    /// True until the leading tab is known.
    streams_alone: Cell<bool>,
}

impl fmt::Debug for Sharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sharing")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A stream that arrives through another tab.
#[derive(Debug, Default)]
struct Arriving {
    open: bool,
    direct: bool,
    pieces: VecDeque<Vec<u8>>,
    end: Option<StreamEnd>,
    waker: Option<Waker>,
}

impl Sharing {
    /// Joins the other tabs. `None` if the browser forbids it.
    fn start(
        store: Weak<Store>,
        link: Rc<dyn TabLink>,
        clock: Rc<dyn Clock>,
        key: String,
    ) -> Option<Rc<Self>> {
        let name = [clock.seed().to_string(), clock.now().0.to_string()].join("-");
        let sharing = Rc::new_cyclic(|me| Self {
            me: me.clone(),
            store,
            link,
            clock,
            machine: RefCell::new(TabsMachine::new(name.clone())),
            key,
            commands: RefCell::default(),
            busy: Cell::default(),
            guards: RefCell::default(),
            lock_guards: RefCell::default(),
            streams: RefCell::default(),
            made: Cell::default(),
            watched: RefCell::default(),
            alarm: Alarm::default(),
            streams_alone: Cell::new(true),
        });
        let guards = sharing.join(&name)?;
        sharing.guards.replace(guards);
        sharing.collect_commands();
        sharing.work();
        Some(sharing)
    }

    fn join(&self, name: &str) -> Option<Vec<Box<dyn Any>>> {
        let mut guards = Vec::new();
        for channel in [self.key.clone(), self.name_of(name)] {
            let me = self.me.clone();
            guards.push(self.link.listen(
                &channel,
                Rc::new(move |message| {
                    if let Some(sharing) = me.upgrade() {
                        sharing.input(TabsInput::Message(message));
                    }
                }),
            )?);
        }
        // This tab keeps the lock as long as it lives, so other tabs notice when it is gone.
        guards.push(
            self.link
                .lock(&self.name_of(name), Box::new(|| {}), Box::new(|| {}))?,
        );
        let (me, refused) = (self.me.clone(), self.me.clone());
        guards.push(self.link.lock(
            &[&self.key, "-leads"].concat(),
            Box::new(move || {
                if let Some(sharing) = me.upgrade() {
                    sharing.input(TabsInput::Elected);
                }
            }),
            Box::new(move || {
                if let Some(sharing) = refused.upgrade() {
                    sharing.refused();
                }
            }),
        )?);
        Some(guards)
    }

    /// The browser grants no locks, so no tab can lead: open every stream directly.
    fn refused(&self) {
        self.input(TabsInput::Refused);
        if let Some(store) = self.store.upgrade() {
            store.stop_sharing();
        }
    }

    /// Reopens streams that were opened before the leading tab was known, through that tab.
    fn settle(&self) {
        let (leads, is_led) = {
            let machine = self.machine.borrow();
            (machine.leads(), machine.leader().is_some())
        };
        if !leads && !is_led {
            return;
        }
        let store = self.store.upgrade().filter(|_| !leads);
        if self.streams_alone.replace(false)
            && let Some(store) = store
        {
            store.reopen(false);
        }
    }

    /// The name of a tab's channel and lock.
    fn name_of(&self, tab: &str) -> String {
        [&self.key, "-", tab].concat()
    }

    pub(super) fn leads(&self) -> bool {
        self.machine.borrow().leads()
    }

    /// A run changed; send the changes to the tabs that watch it.
    pub(super) fn changed(&self, handler: &str) {
        let wanted = {
            let machine = self.machine.borrow();
            machine.leads() && machine.is_led(handler)
        };
        if wanted {
            self.serve(handler);
            self.work();
        }
    }

    fn serve(&self, handler: &str) {
        let run = self.store.upgrade().and_then(|store| store.known_run(handler));
        if let Some(run) = run {
            run.read(|machine| {
                let now = self.clock.now();
                self.machine
                    .borrow_mut()
                    .serve(now, handler, &Served::of(machine));
            });
            self.collect_commands();
        }
    }

    fn input(&self, input: TabsInput<'_>) {
        self.machine.borrow_mut().handle(self.clock.now(), input);
        self.collect_commands();
        self.work();
        self.settle();
    }

    fn collect_commands(&self) {
        let mut machine = self.machine.borrow_mut();
        self.commands
            .borrow_mut()
            .extend(std::iter::from_fn(|| machine.poll_command()));
        let deadline = machine.next_deadline();
        drop(machine);
        self.set_timer(deadline);
    }

    /// Executes the machine's commands. Nothing is borrowed during a command.
    fn work(&self) {
        if self.busy.replace(true) {
            return;
        }
        loop {
            let Some(command) = self.commands.borrow_mut().pop_front() else {
                break;
            };
            self.execute(command);
        }
        self.busy.set(false);
    }

    fn execute(&self, command: TabsCommand) {
        let run = |handler: &str| self.store.upgrade().and_then(|store| store.known_run(handler));
        match command {
            TabsCommand::Post { to, message } => match to {
                Some(tab) => self.link.post(&self.name_of(&tab), &message),
                None => self.link.post(&self.key, &message),
            },
            TabsCommand::WatchLock(tab) => {
                let (me, gone) = (self.me.clone(), tab.clone());
                let acquired = Box::new(move || {
                    if let Some(sharing) = me.upgrade() {
                        sharing.input(TabsInput::TabGone(gone));
                    }
                });
                let guard = self.link.lock(&self.name_of(&tab), acquired, Box::new(|| {}));
                let before = guard.and_then(|guard| self.lock_guards.borrow_mut().insert(tab, guard));
                drop(before);
            }
            TabsCommand::Forget(tab) => {
                let guard = self.lock_guards.borrow_mut().shift_remove(&tab);
                drop(guard);
                self.link.forget(&self.name_of(&tab));
            }
            TabsCommand::Direct { stream } => self.arrive(stream, |stream| stream.direct = true),
            TabsCommand::Opened { stream } => self.arrive(stream, |stream| stream.open = true),
            TabsCommand::Bytes { stream, bytes } => {
                self.arrive(stream, |stream| stream.pieces.push_back(bytes));
            }
            TabsCommand::Ended { stream, end } => self.arrive(stream, |stream| stream.end = Some(end)),
            TabsCommand::Reopen => {
                if let Some(store) = self.store.upgrade() {
                    store.slots().inherit();
                    store.reopen(true);
                }
            }
            TabsCommand::Watch { handler, peek } => {
                if let Some(store) = self.store.upgrade() {
                    let watch = if peek {
                        store.peek(&handler)
                    } else {
                        store.watch(&handler, true)
                    };
                    let before = self.watched.borrow_mut().insert(handler, watch);
                    drop(before);
                }
            }
            TabsCommand::Unwatch(handler) => {
                let watch = self.watched.borrow_mut().shift_remove(&handler);
                drop(watch);
            }
            TabsCommand::Serve(handler) => self.serve(&handler),
            TabsCommand::Refresh(handler) => {
                if let Some(run) = run(&handler) {
                    run.input(RunCall::Refresh);
                }
            }
        }
    }

    fn arrive(&self, stream: u64, change: impl FnOnce(&mut Arriving)) {
        let found = self.streams.borrow().get(&stream).cloned();
        if let Some(arriving) = found {
            let waker = {
                let mut arriving = arriving.borrow_mut();
                change(&mut arriving);
                arriving.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Requests the events of a run after a cursor; `peek`: for a short poll.
    pub(super) fn open(&self, handler: &str, run_id: String, after: i64, peek: bool) -> TabStream {
        let stream = self.made.get();
        self.made.set(stream + 1);
        let arriving: Rc<RefCell<Arriving>> = Rc::default();
        self.streams.borrow_mut().insert(stream, arriving.clone());
        self.input(TabsInput::Open {
            stream,
            handler: handler.to_owned(),
            run_id,
            after,
            peek,
        });
        TabStream {
            sharing: self.me.clone(),
            stream,
            arriving,
        }
    }

    fn set_timer(&self, deadline: Option<Time>) {
        let me = self.me.clone();
        let wake = move || {
            if let Some(sharing) = me.upgrade() {
                sharing.alarm.unset();
                sharing.input(TabsInput::Tick);
            }
        };
        self.alarm.set(&self.clock, deadline, Box::new(wake));
    }
}

/// A stream through another tab. Dropping it closes it.
#[derive(Debug)]
pub(super) struct TabStream {
    sharing: Weak<Sharing>,
    stream: u64,
    arriving: Rc<RefCell<Arriving>>,
}

impl TabStream {
    /// Completes when the way of the stream is known: `Ok(true)` through another tab; `Ok(false)`: open it directly.
    pub(super) async fn opened(&self) -> Result<bool, StreamEnd> {
        poll_fn(|cx| {
            let mut arriving = self.arriving.borrow_mut();
            if arriving.direct {
                return Poll::Ready(Ok(false));
            }
            if arriving.open {
                return Poll::Ready(Ok(true));
            }
            if let Some(end) = arriving.end.take() {
                return Poll::Ready(Err(end));
            }
            arriving.waker = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl Stream for TabStream {
    type Item = Result<Vec<u8>, StreamEnd>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut arriving = self.arriving.borrow_mut();
        if let Some(piece) = arriving.pieces.pop_front() {
            drop(arriving);
            if let Some(sharing) = self.sharing.upgrade() {
                let stream = self.stream;
                sharing.input(TabsInput::Taken { stream });
            }
            return Poll::Ready(Some(Ok(piece)));
        }
        if let Some(end) = arriving.end.take() {
            return Poll::Ready(Some(Err(end)));
        }
        arriving.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for TabStream {
    fn drop(&mut self) {
        if let Some(sharing) = self.sharing.upgrade() {
            sharing.streams.borrow_mut().shift_remove(&self.stream);
            sharing.input(TabsInput::Close { stream: self.stream });
        }
    }
}
