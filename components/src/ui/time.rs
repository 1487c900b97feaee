//! Timers and frames. Their code exists once: each closure is boxed before it gets there.

use crate::dom::{document, window};
use crate::reactive::on_cleanup;
use js_sys::Function;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// A timer that has not run yet, or has.
#[derive(Clone, Copy, Debug)]
pub struct Timer(i32);

impl Timer {
    /// Stops it, if it hasn't run yet.
    pub fn clear(self) {
        window().clear_timeout_with_handle(self.0);
    }
}

fn once(f: Box<dyn FnOnce()>) -> Function {
    Closure::once_into_js(f).unchecked_into()
}

/// Runs in the next animation frame; not before the page is visible again, if it is hidden.
pub fn frame(f: impl FnOnce() + 'static) {
    #[inline(never)]
    fn start(f: Box<dyn FnOnce()>) {
        // Refused by no document that is shown.
        let _ = window().request_animation_frame(&once(f));
    }
    start(Box::new(f));
}

/// Runs once after some milliseconds, unless the timer is cleared before. Not bound to an owner.
pub fn after(ms: i32, f: impl FnOnce() + 'static) -> Option<Timer> {
    #[inline(never)]
    fn start(ms: i32, f: Box<dyn FnOnce()>) -> Option<Timer> {
        let timer = window().set_timeout_with_callback_and_timeout_and_arguments_0(&once(f), ms);
        timer.ok().map(Timer)
    }
    start(ms, Box::new(f))
}

/// Runs again and again, while the page is visible, until the current owner is cleaned up.
pub fn every(ms: i32, f: impl Fn() + 'static) {
    #[inline(never)]
    fn start(ms: i32, f: Box<dyn Fn()>) {
        let run: Closure<dyn FnMut()> = Closure::new(move || {
            if !document().hidden() {
                f();
            }
        });
        let run: Function = run.into_js_value().unchecked_into();
        let timer = window().set_interval_with_callback_and_timeout_and_arguments_0(&run, ms);
        if let Ok(timer) = timer {
            on_cleanup(move || window().clear_interval_with_handle(timer));
        }
    }
    start(ms, Box::new(f));
}
