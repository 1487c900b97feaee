//! A browser profile in a test.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use workflow_protocol::Claim;

use super::{ClaimGuard, Keep, KeepListener};

/// What a browser profile keeps, as seen by one of its tabs. A clone is the same tab.
#[derive(Clone, Default)]
pub struct ScriptedKeep {
    profile: Rc<Profile>,
    tab: Rc<RefCell<BTreeMap<String, String>>>,
    number: u64,
}

#[derive(Default)]
struct Profile {
    shared: RefCell<BTreeMap<String, String>>,
    listeners: RefCell<BTreeMap<u64, (u64, KeepListener)>>,
    next: Cell<u64>,
}

impl std::fmt::Debug for ScriptedKeep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedKeep")
            .field("shared", &self.profile.shared)
            .field("tab", &self.tab)
            .finish_non_exhaustive()
    }
}

impl ScriptedKeep {
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
            number: self.number(),
        }
    }

    /// The page that the browser shows after a reload of this tab: it finds what the tab kept.
    #[must_use]
    pub fn reloaded(&self) -> Self {
        Self {
            number: self.number(),
            ..self.clone()
        }
    }

    /// Everything that all tabs share, by key.
    pub fn all_shared(&self) -> Vec<(String, String)> {
        self.profile.shared.borrow().clone().into_iter().collect()
    }

    /// How many listeners are attached in the whole profile.
    pub fn listeners(&self) -> usize {
        self.profile.listeners.borrow().len()
    }

    fn number(&self) -> u64 {
        self.profile.next.set(self.profile.next.get() + 1);
        self.profile.next.get()
    }

    fn tell_others(&self, key: &str) {
        let listeners: Vec<KeepListener> = self
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

impl Keep for ScriptedKeep {
    fn of_tab(&self, key: &str) -> Option<String> {
        self.tab.borrow().get(key).cloned()
    }

    fn keep_in_tab(&self, key: &str, text: Option<&str>) {
        put(&self.tab, key, text);
    }

    fn shared(&self, key: &str) -> Option<String> {
        self.profile.shared.borrow().get(key).cloned()
    }

    fn share(&self, key: &str, text: Option<&str>) {
        put(&self.profile.shared, key, text);
        self.tell_others(key);
    }

    fn claim(
        &self,
        key: &str,
        before: Option<Claim>,
        claim: Claim,
    ) -> LocalBoxFuture<'static, Result<ClaimGuard, Option<Claim>>> {
        let (me, key) = (self.clone(), key.to_owned());
        async move {
            // Others have their turn between the wish and its fulfilment, as in a browser.
            crate::clock::yield_now().await;
            let stored = me.shared(&key).and_then(|text| Claim::parse(&text));
            if !Claim::may_replace(stored.as_ref(), before.as_ref()) {
                return Err(stored);
            }
            me.share(&key, Some(&claim.to_string()));
            Ok(Box::new(()) as ClaimGuard)
        }
        .boxed_local()
    }

    fn listen(&self, listener: KeepListener) -> Option<Box<dyn Any>> {
        let id = self.number();
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

fn put(shelf: &RefCell<BTreeMap<String, String>>, key: &str, text: Option<&str>) {
    let mut shelf = shelf.borrow_mut();
    match text {
        Some(text) => shelf.insert(key.to_owned(), text.to_owned()),
        None => shelf.remove(key),
    };
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
