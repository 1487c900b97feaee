//! The worker that tries regular expressions.

use super::filter::Batch;
use crate::worker::SearchScript;
use gloo_events::{EventListener, EventListenerOptions};
use js_sys::{Array, Reflect};
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};

/// A worker. It is terminated on drop.
pub(super) struct Engine {
    worker: Worker,
    /// Whether its script is loaded.
    pub(super) ready: bool,
    /// The batch that is not answered yet.
    pub(super) pending: Option<Batch>,
    timer: Option<TimeoutHandle>,
    _listeners: [EventListener; 2],
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.terminate();
        self.stop_timer();
    }
}

impl Engine {
    /// Calls `on_answer` with each message of the worker, and `on_error` with what the browser says about an error, if it says anything.
    pub(super) fn start(
        script: SearchScript,
        on_answer: impl Fn(JsValue) + 'static,
        on_error: impl Fn(Option<String>) + 'static,
    ) -> Option<Self> {
        let worker = script.start()?;
        let on_message = EventListener::new(&worker, "message", move |event| {
            on_answer(event.unchecked_ref::<MessageEvent>().data());
        });
        let options = EventListenerOptions::enable_prevent_default();
        let on_error = EventListener::new_with_options(&worker, "error", options, move |event| {
            event.prevent_default();
            on_error(message(event).filter(|error| !error.is_empty()));
        });
        Some(Self {
            worker,
            ready: false,
            pending: None,
            timer: None,
            _listeners: [on_message, on_error],
        })
    }

    pub(super) fn post(&mut self, request: &Array, batch: Batch) {
        // Fails only for values that cannot be cloned; texts can.
        let _ = self.worker.post_message(request);
        self.pending = Some(batch);
    }

    pub(super) fn start_timer(&mut self, after: Duration, on_timeout: impl FnOnce() + 'static) {
        self.timer = set_timeout_with_handle(on_timeout, after).ok();
    }

    pub(super) fn stop_timer(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }
}

fn message(error: &JsValue) -> Option<String> {
    Reflect::get(error, &JsValue::from_str("message"))
        .ok()?
        .as_string()
}
