//! A browser profile in a test.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use workflow_protocol::Claim;

use super::{ClaimGuard, Storage, StorageArea, StorageListener, read_claim, write_claim};

/// The storage of a browser profile, as one of its tabs sees it. A clone is the same tab.
#[derive(Clone, Default)]
pub struct ScriptedStorage {
    profile: Rc<Profile>,
    tab: Rc<RefCell<BTreeMap<String, String>>>,
    number: u64,
    denied: Rc<Cell<bool>>,
}

#[derive(Default)]
struct Profile {
    shared: RefCell<BTreeMap<String, String>>,
    listeners: RefCell<BTreeMap<u64, (u64, StorageListener)>>,
    next: Cell<u64>,
}

impl std::fmt::Debug for ScriptedStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedStorage")
            .field("shared", &self.profile.shared)
            .field("tab", &self.tab)
            .finish_non_exhaustive()
    }
}

impl ScriptedStorage {
    /// The first tab of a new profile.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another tab of the same profile.
    #[must_use]
    pub fn another_tab(&self) -> Self {
        Self {
            profile: self.profile.clone(),
            tab: Rc::default(),
            number: self.next_number(),
            denied: Rc::default(),
        }
    }

    /// The page after a reload of this tab: it finds what the tab stored.
    #[must_use]
    pub fn reloaded(&self) -> Self {
        Self {
            number: self.next_number(),
            ..self.clone()
        }
    }

    /// Denies this tab any access from now on, or allows it again: nothing is read or written, as with site data blocked.
    pub fn deny(&self, denied: bool) {
        self.denied.set(denied);
    }

    /// Everything in [`StorageArea::Local`], by key.
    pub fn all_shared(&self) -> Vec<(String, String)> {
        self.profile.shared.borrow().clone().into_iter().collect()
    }

    /// How many listeners are attached in the whole profile.
    pub fn listeners(&self) -> usize {
        self.profile.listeners.borrow().len()
    }

    fn next_number(&self) -> u64 {
        self.profile.next.set(self.profile.next.get() + 1);
        self.profile.next.get()
    }

    fn texts(&self, area: StorageArea) -> Option<&RefCell<BTreeMap<String, String>>> {
        let texts = match area {
            StorageArea::Session => &*self.tab,
            StorageArea::Local => &self.profile.shared,
        };
        (!self.denied.get()).then_some(texts)
    }

    fn notify_others(&self, key: &str) {
        let listeners: Vec<StorageListener> = self
            .profile
            .listeners
            .borrow()
            .values()
            .filter(|(tab, _)| *tab != self.number)
            .map(|(_, listener)| listener.clone())
            .collect();
        for listener in listeners {
            listener(key);
        }
    }
}

impl Storage for ScriptedStorage {
    fn get(&self, area: StorageArea, key: &str) -> Option<String> {
        self.texts(area)?.borrow().get(key).cloned()
    }

    fn set(&self, area: StorageArea, key: &str, text: Option<&str>) -> Option<()> {
        let texts = self.texts(area)?;
        match text {
            Some(text) => texts.borrow_mut().insert(key.to_owned(), text.to_owned()),
            None => texts.borrow_mut().remove(key),
        };
        if area == StorageArea::Local {
            self.notify_others(key);
        }
        Some(())
    }

    fn keys(&self, area: StorageArea, prefix: &str) -> Vec<String> {
        let texts = self.texts(area).map(RefCell::borrow);
        let keys = texts.iter().flat_map(|texts| texts.keys());
        keys.filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    fn claim(
        &self,
        key: &str,
        before: Option<Claim>,
        claim: Claim,
    ) -> LocalBoxFuture<'static, Result<ClaimGuard, Option<Claim>>> {
        let (me, key) = (self.clone(), key.to_owned());
        async move {
            // Other tabs run in between, as in a browser.
            crate::clock::yield_now().await;
            let stored = read_claim(&me, &key);
            if !Claim::may_replace(stored.as_ref(), before.as_ref()) {
                return Err(stored);
            }
            write_claim(&me, &key, Some(&claim));
            Ok(Box::new(()) as ClaimGuard)
        }
        .boxed_local()
    }

    fn listen(&self, listener: StorageListener) -> Option<Box<dyn Any>> {
        let id = self.next_number();
        self.profile
            .listeners
            .borrow_mut()
            .insert(id, (self.number, listener));
        Some(Box::new(Listening {
            profile: Rc::downgrade(&self.profile),
            id,
        }))
    }
}

struct Listening {
    profile: Weak<Profile>,
    id: u64,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(profile) = self.profile.upgrade() {
            profile.listeners.borrow_mut().remove(&self.id);
        }
    }
}
