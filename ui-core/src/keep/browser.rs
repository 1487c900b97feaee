//! `sessionStorage`, `localStorage` and Web Locks.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Storage, StorageEvent, Window};
use workflow_protocol::{Claim, order};

use super::{ClaimGuard, Keep, KeepListener, MOST, OLD, SHARED};
use crate::task::spawn_detached;

/// How long another tab may take to see what this one wrote, in milliseconds. Browsers tell tabs of each other's writes late.
const SEEN_MS: u32 = 150;
/// How often a lock that another tab has is asked for again, as long as nothing is claimed.
const TRIES: u32 = 3;

/// What the page's browser profile and tab keep.
///
/// Claims are in `localStorage` and hold no content: a state, a time and a number. What was sent is in `sessionStorage`, which no
/// other tab reads and which ends with the tab.
///
/// In secure contexts (`https:`, and this machine) a Web Lock decides between tabs that answer at the same moment. Elsewhere browsers
/// offer no lock: the claim is written, and read again after a moment. Where storage is forbidden nothing is kept.
///
/// # Drop behaviour
/// Guards give back their lock and remove their listener. A tab that is closed or killed gives its lock back too.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserKeep;

impl BrowserKeep {
    /// The page's own. Forgets claims that are older than a week.
    pub fn new() -> Self {
        let keep = Self;
        keep.sweep();
        keep
    }

    fn sweep(self) {
        let Some(storage) = storage(false) else { return };
        let keys: Vec<String> = (0..storage.length().unwrap_or(0))
            .filter_map(|at| storage.key(at).ok().flatten())
            .filter(|key| key.starts_with(SHARED))
            .collect();
        let now = js_sys::Date::now() as u64;
        let age = |key: &String| {
            let claim = self.shared(key).and_then(|text| Claim::parse(&text));
            // What can't be read is as old as can be.
            now.saturating_sub(claim.map_or(0, |claim| claim.at.0))
        };
        let ages: Vec<u64> = keys.iter().map(age).collect();
        let youngest_first = order(keys.len(), &mut |a, b| (ages[a], &keys[a]) < (ages[b], &keys[b]));
        for (rank, at) in youngest_first.into_iter().enumerate() {
            if ages[at] > OLD || rank >= MOST {
                self.share(&keys[at], None);
            }
        }
    }
}

impl Keep for BrowserKeep {
    fn of_tab(&self, key: &str) -> Option<String> {
        storage(true)?.get_item(key).ok().flatten()
    }

    fn keep_in_tab(&self, key: &str, text: Option<&str>) {
        put(storage(true), key, text);
    }

    fn shared(&self, key: &str) -> Option<String> {
        storage(false)?.get_item(key).ok().flatten()
    }

    fn share(&self, key: &str, text: Option<&str>) {
        put(storage(false), key, text);
    }

    fn claim(
        &self,
        key: &str,
        before: Option<Claim>,
        claim: Claim,
    ) -> LocalBoxFuture<'static, Result<ClaimGuard, Option<Claim>>> {
        let (me, key) = (*self, key.to_owned());
        async move {
            let stored = || me.shared(&key).and_then(|text| Claim::parse(&text));
            let mut tries = TRIES;
            let lock = loop {
                let lock = Lock::request(&key).await;
                let now = stored();
                if !Claim::may_replace(now.as_ref(), before.as_ref()) {
                    if let Some(Some(lock)) = lock {
                        lock.give_back();
                    }
                    return Err(now);
                }
                match lock {
                    // Another tab has it and nothing is claimed: it is about to, or has just given its claim back.
                    Some(None) if tries == 0 => return Err(now),
                    Some(None) => {
                        tries -= 1;
                        TimeoutFuture::new(SEEN_MS).await;
                    }
                    Some(Some(lock)) => break Some(lock),
                    None => break None,
                }
            };
            me.share(&key, Some(&claim.to_string()));
            if let Some(lock) = lock {
                return Ok(Box::new(lock) as ClaimGuard);
            }
            TimeoutFuture::new(SEEN_MS).await;
            // Without storage there is nothing to compare, and only this tab to answer.
            match stored() {
                Some(now) if now != claim => Err(Some(now)),
                _ => Ok(Box::new(()) as ClaimGuard),
            }
        }
        .boxed_local()
    }

    fn listen(&self, listener: KeepListener) -> Option<Box<dyn Any>> {
        let window = window()?;
        let callback: Closure<dyn FnMut(StorageEvent)> = Closure::new(move |event: StorageEvent| {
            if let Some(key) = event.key().filter(|key| key.starts_with(SHARED)) {
                listener(&key);
            }
        });
        let function: Function = callback.as_ref().clone().unchecked_into();
        window
            .add_event_listener_with_callback("storage", &function)
            .ok()?;
        Some(Box::new(Listening {
            window,
            function,
            _callback: callback,
        }))
    }
}

fn window() -> Option<Window> {
    js_sys::global().dyn_into::<Window>().ok()
}

/// None where the browser forbids it.
fn storage(session: bool) -> Option<Storage> {
    let window = window()?;
    let storage = if session {
        window.session_storage()
    } else {
        window.local_storage()
    };
    storage.ok().flatten()
}

fn put(storage: Option<Storage>, key: &str, text: Option<&str>) {
    if let Some(storage) = storage {
        // A full storage keeps nothing more: then the page knows it as long as it lives.
        let _ = match text {
            Some(text) => storage.set_item(key, text),
            None => storage.remove_item(key),
        };
    }
}

struct Listening {
    window: Window,
    function: Function,
    _callback: Closure<dyn FnMut(StorageEvent)>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        // Fails only for a window that is gone.
        let _ = self
            .window
            .remove_event_listener_with_callback("storage", &self.function);
    }
}

/// A Web Lock. Given back a moment after it is dropped, when the other tabs have seen what was written under it.
struct Lock(Option<Function>);

impl Lock {
    /// Gives it back at once: nothing was written under it.
    fn give_back(mut self) {
        if let Some(release) = self.0.take() {
            // Settling a promise does not throw.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }

    /// None: the browser has no locks. `Some(None)`: another tab has it.
    async fn request(name: &str) -> Option<Option<Self>> {
        // web-sys calls the interface unstable. It is there in secure contexts only.
        let locks = Reflect::get(&window()?.navigator(), &"locks".into()).ok()?;
        let locks = locks.dyn_into::<Object>().ok()?;
        let request = Reflect::get(&locks, &"request".into()).ok()?;
        let request = request.dyn_into::<Function>().ok()?;
        let options = Object::new();
        Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE).ok()?;
        let (sender, answer) = oneshot::channel();
        let sender = RefCell::new(Some(sender));
        let release: Rc<RefCell<Option<Function>>> = Rc::default();
        let resolve = release.clone();
        let callback: Closure<dyn FnMut(JsValue) -> JsValue> = Closure::new(move |lock: JsValue| {
            let held = !lock.is_null();
            if let Some(sender) = sender.take() {
                // Whoever asked may be gone; then its promise is not kept either.
                let _ = sender.send(held);
            }
            if held {
                Promise::new(&mut |resolved, _| *resolve.borrow_mut() = Some(resolved)).into()
            } else {
                JsValue::UNDEFINED
            }
        });
        let granted = request
            .call3(&locks, &name.into(), &options, callback.as_ref())
            .ok()?
            .dyn_into::<Promise>()
            .ok()?;
        // Rejected where locks are forbidden: the closure is dropped then, and with it the sender.
        spawn_detached(async move {
            let _ = JsFuture::from(granted).await;
            drop(callback);
        });
        match answer.await {
            Ok(true) => Some(Some(Self(release.take()))),
            Ok(false) => Some(None),
            Err(_) => None,
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let Some(release) = self.0.take() else { return };
        spawn_detached(async move {
            TimeoutFuture::new(SEEN_MS).await;
            // Settling a promise does not throw.
            let _ = release.call0(&JsValue::UNDEFINED);
        });
    }
}
