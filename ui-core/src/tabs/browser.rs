//! `BroadcastChannel` and Web Locks.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use indexmap::IndexMap;
use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, BroadcastChannel, MessageEvent, Window};

use super::{ChannelListener, TabLink};
use crate::task::spawn_detached;

type Channels = Rc<RefCell<IndexMap<String, BroadcastChannel>>>;

/// The tabs of this page's origin.
///
/// # Drop behaviour
/// Guards remove their listeners, close their channels and release their locks. The browser releases the lock of a tab that is closed or
/// killed.
#[derive(Clone)]
pub struct BrowserTabs {
    locks: Object,
    channels: Channels,
}

impl fmt::Debug for BrowserTabs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserTabs").finish_non_exhaustive()
    }
}

impl BrowserTabs {
    /// `None` if the browser has no locks or channels, or only offers them in secure contexts and this is not one.
    pub fn new() -> Option<Self> {
        let window = js_sys::global().dyn_into::<Window>().ok()?;
        let channels = Reflect::has(&window, &"BroadcastChannel".into()).unwrap_or(false);
        // web-sys calls the interface unstable.
        let locks = Reflect::get(&window.navigator(), &"locks".into()).ok()?;
        let locks = locks.dyn_into::<Object>().ok()?;
        (channels && window.is_secure_context()).then(|| Self {
            locks,
            channels: Channels::default(),
        })
    }

    fn channel(&self, name: &str) -> Option<BroadcastChannel> {
        if let Some(channel) = self.channels.borrow().get(name) {
            return Some(channel.clone());
        }
        let channel = BroadcastChannel::new(name).ok()?;
        self.channels
            .borrow_mut()
            .insert(name.to_owned(), channel.clone());
        Some(channel)
    }
}

impl TabLink for BrowserTabs {
    fn listen(&self, channel: &str, listener: ChannelListener) -> Option<Box<dyn Any>> {
        let open = self.channel(channel)?;
        let callback: Closure<dyn FnMut(MessageEvent)> = Closure::new(move |event: MessageEvent| {
            if let Ok(bytes) = event.data().dyn_into::<Uint8Array>() {
                listener(&bytes.to_vec());
            }
        });
        open.set_onmessage(Some(callback.as_ref().unchecked_ref()));
        Some(Box::new(Listening {
            channels: self.channels.clone(),
            name: channel.to_owned(),
            _callback: callback,
        }))
    }

    fn post(&self, channel: &str, message: &[u8]) {
        if let Some(channel) = self.channel(channel) {
            // Fails only for a closed channel, which has no listeners.
            let _ = channel.post_message(&Uint8Array::from(message));
        }
    }

    fn forget(&self, channel: &str) {
        close(&self.channels, channel);
    }

    fn name(&self, about: &str) -> LocalBoxFuture<'static, Option<String>> {
        super::naming::derive(self.clone(), about.to_owned()).boxed_local()
    }

    fn lock(&self, name: &str, held: Box<dyn FnOnce()>, refused: Box<dyn FnOnce()>) -> Option<Box<dyn Any>> {
        let abort = AbortController::new().ok()?;
        let release: Rc<RefCell<Option<Function>>> = Rc::default();
        let (keep, mut held) = (release.clone(), Some(held));
        let given = Rc::new(Cell::new(false));
        let was_given = given.clone();
        let callback: Closure<dyn FnMut(JsValue) -> Promise> = Closure::new(move |_| {
            given.set(true);
            let promise = Promise::new(&mut |resolve, _| *keep.borrow_mut() = Some(resolve));
            if let Some(held) = held.take() {
                held();
            }
            promise
        });
        let options = Object::new();
        Reflect::set(&options, &"signal".into(), &abort.signal()).ok()?;
        let request = Reflect::get(&self.locks, &"request".into()).ok()?;
        let request = request.dyn_into::<Function>().ok()?;
        let granted = request
            .call3(&self.locks, &name.into(), &options, callback.as_ref())
            .ok()?
            .dyn_into::<Promise>()
            .ok()?;
        // Rejected when it is not waited for any longer (unheard, that would be an error on the page's console), and at once where
        // locks are forbidden, as they are with site data blocked.
        let signal = abort.signal();
        spawn_detached(async move {
            let result = JsFuture::from(granted).await;
            if result.is_err() && !was_given.get() && !signal.aborted() {
                refused();
            }
        });
        Some(Box::new(Lock {
            release,
            abort,
            _callback: callback,
        }))
    }
}

fn close(channels: &Channels, name: &str) {
    let channel = channels.borrow_mut().shift_remove(name);
    if let Some(channel) = channel {
        channel.set_onmessage(None);
        channel.close();
    }
}

struct Listening {
    channels: Channels,
    name: String,
    _callback: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        close(&self.channels, &self.name);
    }
}

struct Lock {
    release: Rc<RefCell<Option<Function>>>,
    abort: AbortController,
    _callback: Closure<dyn FnMut(JsValue) -> Promise>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        match self.release.take() {
            Some(release) => {
                // Settling a promise does not throw.
                let _ = release.call0(&JsValue::UNDEFINED);
            }
            None => self.abort.abort(),
        }
    }
}
