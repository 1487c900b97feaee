//! A lock that one tab of the origin holds at a time.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Window;

use crate::task::spawn_detached;

/// How long it may take until another tab sees what this one wrote, in milliseconds. Browsers pass writes on late.
pub(super) const VISIBLE_MS: u32 = 150;

pub(super) fn window() -> Option<Window> {
    js_sys::global().dyn_into::<Window>().ok()
}

/// A Web Lock. Released a moment after it is dropped, when the other tabs can see what was written under it.
pub(super) struct Lock(Option<Function>);

impl Lock {
    /// Releases it at once: nothing was written under it.
    pub(super) fn release_now(mut self) {
        if let Some(release) = self.0.take() {
            // Settling a promise does not throw.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }

    /// None: the browser has no locks. `Some(None)`: another tab holds it.
    pub(super) async fn request(name: &str) -> Option<Option<Self>> {
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
                // The receiver may be gone; then its promise is not kept either.
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
            TimeoutFuture::new(VISIBLE_MS).await;
            // Settling a promise does not throw.
            let _ = release.call0(&JsValue::UNDEFINED);
        });
    }
}
