//! A browser with tabs, for tests.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::LocalBoxFuture;

use super::{ChannelListener, TabLink};
use crate::task::spawn_detached;

/// One tab of a scripted browser. [`another`](Self::another) opens more.
#[derive(Clone)]
pub struct ScriptedTabs {
    browser: Rc<Browser>,
    tab: u64,
    alive: Rc<Cell<bool>>,
}

#[derive(Default)]
struct Browser {
    next: Cell<u64>,
    channels: RefCell<HashMap<String, Vec<Listening>>>,
    locks: RefCell<HashMap<String, VecDeque<Asking>>>,
    /// Whether lock requests are refused.
    refuses: Cell<bool>,
    /// Those that wait for their names, while names are slow.
    naming: RefCell<Option<Vec<oneshot::Sender<()>>>>,
}

#[derive(Clone)]
struct Listening {
    id: u64,
    tab: u64,
    listener: ChannelListener,
}

struct Asking {
    id: u64,
    tab: u64,
    held: Option<Box<dyn FnOnce()>>,
}

impl fmt::Debug for ScriptedTabs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedTabs")
            .field("tab", &self.tab)
            .finish_non_exhaustive()
    }
}

impl Default for ScriptedTabs {
    fn default() -> Self {
        Self::new()
    }
}

impl ScriptedTabs {
    /// The first tab of a browser.
    pub fn new() -> Self {
        Self {
            browser: Rc::default(),
            tab: 0,
            alive: Rc::new(Cell::new(true)),
        }
    }

    /// Another tab of the same browser.
    #[must_use]
    pub fn another(&self) -> Self {
        Self {
            browser: self.browser.clone(),
            tab: self.browser.id(),
            alive: Rc::new(Cell::new(true)),
        }
    }

    /// Kills the tab: it posts and receives nothing more, and its locks are released.
    pub fn kill(&self) {
        self.alive.set(false);
        for listening in self.browser.channels.borrow_mut().values_mut() {
            listening.retain(|listening| listening.tab != self.tab);
        }
        self.browser.retain(|asking| asking.tab != self.tab);
    }

    /// Refuses every lock, as browsers do where site data is blocked.
    pub fn refuse_locks(&self) {
        self.browser.refuses.set(true);
    }

    /// Delays the names that clients ask for until [`name_all`](Self::name_all).
    pub fn delay_names(&self) {
        self.browser.naming.borrow_mut().get_or_insert_default();
    }

    /// Returns all delayed names, and further ones at once.
    pub fn name_all(&self) {
        for waiting in self.browser.naming.take().into_iter().flatten() {
            // The client may be gone.
            let _ = waiting.send(());
        }
    }

    /// The number of listeners and locks in the whole browser.
    pub fn pending(&self) -> usize {
        let listening: usize = self.browser.channels.borrow().values().map(Vec::len).sum();
        let locks: usize = self.browser.locks.borrow().values().map(VecDeque::len).sum();
        listening + locks
    }
}

impl Browser {
    fn id(&self) -> u64 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    /// Takes lock requests away and gives what became free to the next.
    fn retain(&self, keep: impl Fn(&Asking) -> bool) {
        let mut gone = Vec::new();
        for queue in self.locks.borrow_mut().values_mut() {
            let (kept, dropped): (Vec<_>, Vec<_>) = queue.drain(..).partition(|asking| keep(asking));
            *queue = kept.into();
            gone.extend(dropped);
        }
        // What was asked for may own whatever asks here next.
        drop(gone);
        self.grant();
    }

    fn grant(&self) {
        for queue in self.locks.borrow_mut().values_mut() {
            if let Some(held) = queue.front_mut().and_then(|first| first.held.take()) {
                spawn_detached(async move { held() });
            }
        }
    }
}

impl TabLink for ScriptedTabs {
    fn listen(&self, channel: &str, listener: ChannelListener) -> Option<Box<dyn Any>> {
        let id = self.browser.id();
        let mut channels = self.browser.channels.borrow_mut();
        channels.entry(channel.to_owned()).or_default().push(Listening {
            id,
            tab: self.tab,
            listener,
        });
        let (browser, channel) = (self.browser.clone(), channel.to_owned());
        Some(Box::new(Guard(Some(Box::new(move || {
            if let Some(listening) = browser.channels.borrow_mut().get_mut(&channel) {
                listening.retain(|listening| listening.id != id);
            }
        })))))
    }

    fn post(&self, channel: &str, message: &[u8]) {
        if !self.alive.get() {
            return;
        }
        let listening = self.browser.channels.borrow().get(channel).cloned();
        for listening in listening.into_iter().flatten().filter(|l| l.tab != self.tab) {
            let message = message.to_vec();
            let (browser, channel) = (self.browser.clone(), channel.to_owned());
            spawn_detached(async move {
                let still = browser
                    .channels
                    .borrow()
                    .get(&channel)
                    .is_some_and(|all| all.iter().any(|known| known.id == listening.id));
                if still {
                    (listening.listener)(&message);
                }
            });
        }
    }

    fn forget(&self, _channel: &str) {}

    fn name(&self, about: &str) -> LocalBoxFuture<'static, Option<String>> {
        let name = super::public_name(about);
        let mut waiting = self.browser.naming.borrow_mut();
        let Some(waiting) = waiting.as_mut() else {
            return futures::future::ready(Some(name)).boxed_local();
        };
        let (sender, done) = oneshot::channel::<()>();
        waiting.push(sender);
        async move { done.await.ok().map(|()| name) }.boxed_local()
    }

    fn lock(&self, name: &str, held: Box<dyn FnOnce()>, refused: Box<dyn FnOnce()>) -> Option<Box<dyn Any>> {
        if self.browser.refuses.get() {
            spawn_detached(async move { refused() });
            return Some(Box::new(()));
        }
        let id = self.browser.id();
        if self.alive.get() {
            let mut locks = self.browser.locks.borrow_mut();
            locks.entry(name.to_owned()).or_default().push_back(Asking {
                id,
                tab: self.tab,
                held: Some(held),
            });
        }
        self.browser.grant();
        let browser = self.browser.clone();
        Some(Box::new(Guard(Some(Box::new(move || {
            browser.retain(|asking| asking.id != id);
        })))))
    }
}

struct Guard(Option<Box<dyn FnOnce()>>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}
