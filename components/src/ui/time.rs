//! Timers and frames. Their code exists once: each closure is boxed before it gets there.

use leptos::prelude::{
    TimeoutHandle, document, on_cleanup, request_animation_frame, set_interval_with_handle,
    set_timeout_with_handle,
};
use std::time::Duration;

/// Runs in the next animation frame; not before the page is visible again, if it is hidden.
pub fn frame(f: impl FnOnce() + 'static) {
    #[inline(never)]
    fn start(f: Box<dyn FnOnce()>) {
        request_animation_frame(f);
    }
    start(Box::new(f));
}

/// Runs once after some milliseconds, unless the handle is cleared before. Not bound to an owner.
pub fn after(ms: u64, f: impl FnOnce() + 'static) -> Option<TimeoutHandle> {
    #[inline(never)]
    fn start(ms: u64, f: Box<dyn FnOnce()>) -> Option<TimeoutHandle> {
        // Refused only for delays that browsers can't count.
        set_timeout_with_handle(f, Duration::from_millis(ms)).ok()
    }
    start(ms, Box::new(f))
}

/// Runs again and again, while the page is visible, until the current owner is cleaned up.
pub fn every(ms: u64, f: impl Fn() + 'static) {
    #[inline(never)]
    fn start(ms: u64, f: Box<dyn Fn()>) {
        let run = move || {
            if !document().hidden() {
                f();
            }
        };
        if let Ok(tick) = set_interval_with_handle(run, Duration::from_millis(ms)) {
            on_cleanup(move || tick.clear());
        }
    }
    start(ms, Box::new(f));
}
