//! A virtual clock for tests.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use workflow_protocol::Time;

use super::{Clock, Presence, PresenceListener};

/// The length of an animation frame, in milliseconds.
const FRAME: u64 = 16;
/// How often the executor gets a turn until all tasks that can run now have run.
const TURNS: usize = 200;

/// Virtual time. It only moves when a test calls [`advance`](Self::advance).
///
/// Cloning returns the same clock. Frames come every 16 ms, or every second while the page is hidden
/// ([`set_visible`](Self::set_visible)).
#[derive(Clone, Debug, Default)]
pub struct ScriptedClock {
    state: Rc<State>,
    page: u64,
}

#[derive(Default)]
struct State {
    now: Cell<u64>,
    next_id: Cell<u64>,
    timers: RefCell<BTreeMap<(u64, u64), Option<Waker>>>,
    presence: Cell<Presence>,
    listeners: RefCell<BTreeMap<u64, PresenceListener>>,
    frames: Cell<u64>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("now", &self.now.get())
            .field("timers", &self.timers.borrow().len())
            .finish_non_exhaustive()
    }
}

impl ScriptedClock {
    /// A clock with the time `now`, in milliseconds since the Unix epoch.
    pub fn starting_at(now: u64) -> Self {
        let clock = Self::default();
        clock.state.now.set(now);
        clock
    }

    /// The same clock for another page, with another [`seed`](Clock::seed).
    #[must_use]
    pub fn another_page(&self) -> Self {
        Self {
            state: self.state.clone(),
            page: self.id(),
        }
    }

    /// Runs all tasks that can run now, without moving time.
    pub async fn settle(&self) {
        for _ in 0..TURNS {
            yield_now().await;
        }
    }

    /// Moves time by `ms`. Stops at each timer on the way, so that its tasks run at their time.
    pub async fn advance(&self, ms: u64) {
        let target = self.state.now.get().saturating_add(ms);
        self.settle().await;
        while let Some(due) = self.next_timer().filter(|due| *due <= target) {
            self.state.now.set(self.state.now.get().max(due));
            self.wake_due();
            self.settle().await;
        }
        self.state.now.set(target);
        self.settle().await;
    }

    /// Moves time to the end of the current animation frame.
    pub async fn next_frame(&self) {
        self.advance(FRAME - self.state.now.get() % FRAME).await;
    }

    /// The number of pending timers and frames.
    pub fn pending(&self) -> usize {
        self.state.timers.borrow().len()
    }

    /// The number of frames requested since the clock was created.
    pub fn frames(&self) -> u64 {
        self.state.frames.get()
    }

    /// The number of presence listeners.
    pub fn listeners(&self) -> usize {
        self.state.listeners.borrow().len()
    }

    /// Sets whether the browser is online.
    pub fn set_online(&self, online: bool) {
        self.set_presence(Presence {
            online,
            ..self.state.presence.get()
        });
    }

    /// Sets whether the page is visible.
    pub fn set_visible(&self, visible: bool) {
        self.set_presence(Presence {
            visible,
            ..self.state.presence.get()
        });
    }

    fn set_presence(&self, presence: Presence) {
        self.state.presence.set(presence);
        let listeners: Vec<PresenceListener> = self.state.listeners.borrow().values().cloned().collect();
        for listener in listeners {
            listener(presence);
        }
    }

    fn next_timer(&self) -> Option<u64> {
        self.state.timers.borrow().keys().next().map(|(due, _)| *due)
    }

    fn wake_due(&self) {
        let now = self.state.now.get();
        let wakers: Vec<Waker> = {
            let mut timers = self.state.timers.borrow_mut();
            let later = timers.split_off(&(now + 1, 0));
            std::mem::replace(&mut *timers, later)
                .into_values()
                .flatten()
                .collect()
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn timer(&self, due: u64) -> Timer {
        let id = self.id();
        self.state.timers.borrow_mut().insert((due, id), None);
        Timer {
            state: self.state.clone(),
            key: (due, id),
        }
    }

    fn id(&self) -> u64 {
        self.state.next_id.set(self.state.next_id.get() + 1);
        self.state.next_id.get()
    }
}

impl Clock for ScriptedClock {
    fn now(&self) -> Time {
        Time(self.state.now.get())
    }

    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        self.timer(self.state.now.get().saturating_add(ms.max(1)))
            .boxed_local()
    }

    fn frame(&self) -> LocalBoxFuture<'static, ()> {
        self.state.frames.set(self.state.frames.get() + 1);
        let now = self.state.now.get();
        let wait = if self.state.presence.get().visible {
            FRAME - now % FRAME
        } else {
            1000
        };
        self.timer(now.saturating_add(wait)).boxed_local()
    }

    fn turn(&self) -> LocalBoxFuture<'static, ()> {
        yield_now().boxed_local()
    }

    fn seed(&self) -> u64 {
        7 + self.page
    }

    fn presence(&self) -> Presence {
        self.state.presence.get()
    }

    fn on_presence(&self, listener: PresenceListener) -> Option<Box<dyn Any>> {
        let id = self.id();
        self.state.listeners.borrow_mut().insert(id, listener);
        Some(Box::new(Listening {
            state: Rc::downgrade(&self.state),
            id,
        }))
    }
}

struct Timer {
    state: Rc<State>,
    key: (u64, u64),
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut timers = self.state.timers.borrow_mut();
        match timers.get_mut(&self.key) {
            Some(waker) => {
                *waker = Some(cx.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.state.timers.borrow_mut().remove(&self.key);
    }
}

struct Listening {
    state: Weak<State>,
    id: u64,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(state) = self.state.upgrade() {
            state.listeners.borrow_mut().remove(&self.id);
        }
    }
}

/// Pending once, so that the executor runs everything else that is ready.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    futures::future::poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
