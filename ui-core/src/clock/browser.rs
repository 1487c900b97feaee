//! The browser's clock: timers, animation frames and presence. Each is released on drop.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, select};
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{EventTarget, MessageChannel, VisibilityState, Window};
use workflow_protocol::Time;

use super::{Clock, Presence, PresenceListener};

/// The interval between signal changes in a hidden page, in milliseconds.
const HIDDEN_FRAME: u32 = 1000;

/// The clock of the page.
///
/// # Drop behaviour
/// Dropping a future cancels its timer or frame. Dropping the guard of [`Clock::on_presence`] removes its listeners.
#[derive(Debug, Default)]
pub struct BrowserClock {
    turns: Rc<RefCell<Option<Turns>>>,
    last: Cell<u64>,
}

impl BrowserClock {
    /// The clock of this page.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Clock for BrowserClock {
    fn now(&self) -> Time {
        // Unlike `Date.now()` this does not jump when the system's clock is set.
        let ms = window()
            .and_then(|window| window.performance())
            .map_or_else(js_sys::Date::now, |performance| {
                performance.time_origin() + performance.now()
            });
        let ms = if ms.is_finite() && ms > 0.0 {
            ms.round() as u64
        } else {
            0
        };
        self.last.set(self.last.get().max(ms));
        Time(self.last.get())
    }

    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()> {
        // `setTimeout` takes a signed 32-bit number; a longer wait would be no wait at all. The driver looks at the
        // clock again after waking, so waking early does no harm.
        let ms = u32::try_from(ms).unwrap_or(u32::MAX).min(i32::MAX.unsigned_abs());
        TimeoutFuture::new(ms).boxed_local()
    }

    fn frame(&self) -> LocalBoxFuture<'static, ()> {
        // Both at once: a page that becomes hidden between the request and the callback gets no frame, and one that is
        // shown again gets its frame at once instead of at the end of the second.
        let timer = TimeoutFuture::new(HIDDEN_FRAME);
        match AnimationFrame::request() {
            Some(frame) => select(frame, timer).map(|_| ()).boxed_local(),
            None => timer.boxed_local(),
        }
    }

    fn turn(&self) -> LocalBoxFuture<'static, ()> {
        // Timers are clamped to 4 ms when nested and to a second in hidden pages; messages are not.
        let mut turns = self.turns.borrow_mut();
        if turns.is_none() {
            *turns = Turns::new();
        }
        match turns.as_ref() {
            Some(turns) => turns.next().boxed_local(),
            None => TimeoutFuture::new(0).boxed_local(),
        }
    }

    fn seed(&self) -> u64 {
        (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64
    }

    fn presence(&self) -> Presence {
        let Some(window) = window() else {
            return Presence::default();
        };
        Presence {
            online: window.navigator().on_line(),
            visible: window
                .document()
                .is_none_or(|document| document.visibility_state() != VisibilityState::Hidden),
        }
    }

    fn on_presence(&self, listener: PresenceListener) -> Option<Box<dyn Any>> {
        let window = window()?;
        let mut guards = Vec::new();
        // What the event says, not what `navigator.onLine` says: they can differ for a moment.
        for (name, online) in [
            ("online", Some(true)),
            ("offline", Some(false)),
            // Another window may have covered the page without hiding it.
            ("focus", None),
            ("visibilitychange", None),
        ] {
            let listener = listener.clone();
            let target: EventTarget = match name {
                "visibilitychange" => window.document()?.into(),
                _ => window.clone().into(),
            };
            let clock = Self::new();
            guards.push(EventListener::new(&target, name, move |_| {
                let now = clock.presence();
                listener(Presence {
                    online: online.unwrap_or(now.online),
                    visible: now.visible,
                });
            }));
        }
        Some(Box::new(guards))
    }
}

fn window() -> Option<Window> {
    js_sys::global().dyn_into::<Window>().ok()
}

/// A requested animation frame, cancelled on drop.
struct AnimationFrame {
    window: Window,
    id: i32,
    done: oneshot::Receiver<()>,
    _callback: Closure<dyn FnMut(JsValue)>,
}

impl AnimationFrame {
    fn request() -> Option<Self> {
        let window = window()?;
        let (sender, done) = oneshot::channel();
        let mut sender = Some(sender);
        let callback = Closure::new(move |_: JsValue| {
            if let Some(sender) = sender.take() {
                // The waiter may be gone.
                let _ = sender.send(());
            }
        });
        let id = window
            .request_animation_frame(callback.as_ref().unchecked_ref())
            .ok()?;
        Some(Self {
            window,
            id,
            done,
            _callback: callback,
        })
    }
}

impl Future for AnimationFrame {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        self.done.poll_unpin(cx).map(|_| ())
    }
}

impl Drop for AnimationFrame {
    fn drop(&mut self) {
        // Cancelling a frame that has come does nothing.
        let _ = self.window.cancel_animation_frame(self.id);
    }
}

/// A message channel of the page to itself. Each message takes one turn of the event loop.
struct Turns {
    channel: MessageChannel,
    waiting: Rc<RefCell<VecDeque<oneshot::Sender<()>>>>,
    _callback: Closure<dyn FnMut(JsValue)>,
}

impl Turns {
    fn new() -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let waiting: Rc<RefCell<VecDeque<oneshot::Sender<()>>>> = Rc::default();
        let queue = waiting.clone();
        let callback = Closure::new(move |_: JsValue| {
            let next = queue.borrow_mut().pop_front();
            if let Some(sender) = next {
                // The waiter may be gone.
                let _ = sender.send(());
            }
        });
        channel
            .port1()
            .set_onmessage(Some(callback.as_ref().unchecked_ref()));
        Some(Self {
            channel,
            waiting,
            _callback: callback,
        })
    }

    fn next(&self) -> impl Future<Output = ()> + 'static {
        let (sender, done) = oneshot::channel();
        // If the sender is dropped here, the future resolves at once: better than a stream that stops.
        if self.channel.port2().post_message(&JsValue::NULL).is_ok() {
            self.waiting.borrow_mut().push_back(sender);
        }
        done.map(|_| ())
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.channel.port1().set_onmessage(None);
        self.channel.port1().close();
        self.channel.port2().close();
    }
}

impl std::fmt::Debug for Turns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}
