//! Tries a regular expression on the log with the browser's own engine.
//!
//! The engine runs in a worker (`search.js` beside this file), which gets a batch of events at a time and is terminated when it does
//! not answer: a hostile pattern cannot hang the page.

use super::filter::Batch;
use super::source::EventRows;
use crate::worker::SearchScript;
use gloo_events::{EventListener, EventListenerOptions};
use js_sys::{Array, Reflect};
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};
use workflow_inspector::text::count;

/// Half of the time that a batch may take. It is waited for twice: when the page itself was blocked, the answer is queued behind the
/// first timer.
const HALF: Duration = Duration::from_millis(250);

/// A worker. It is terminated on drop.
pub(super) struct Engine {
    worker: Worker,
    /// Whether its script is loaded.
    ready: bool,
    /// The batch that is not answered yet.
    pending: Option<Batch>,
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
    fn start(script: SearchScript, rows: &Rc<EventRows>) -> Option<Self> {
        let worker = script.start()?;
        let (answers, failures) = (Rc::downgrade(rows), Rc::downgrade(rows));
        let on_message = EventListener::new(&worker, "message", move |event| {
            if let Some(rows) = answers.upgrade() {
                rows.on_answer(&event.unchecked_ref::<MessageEvent>().data());
            }
        });
        let options = EventListenerOptions::enable_prevent_default();
        let on_error = EventListener::new_with_options(&worker, "error", options, move |event| {
            event.prevent_default();
            if let Some(rows) = failures.upgrade() {
                // There is no message when the script does not load.
                let error = message(event).filter(|error| !error.is_empty());
                rows.give_up(error.unwrap_or_else(|| NO_ENGINE.to_owned()));
            }
        });
        Some(Self {
            worker,
            ready: false,
            pending: None,
            timer: None,
            _listeners: [on_message, on_error],
        })
    }

    fn stop_timer(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }

    fn start_timer(&mut self, rows: &Rc<EventRows>, is_first_half: bool) {
        let rows = Rc::downgrade(rows);
        let on_timeout = move || {
            if let Some(rows) = rows.upgrade() {
                rows.on_timeout(is_first_half);
            }
        };
        self.timer = set_timeout_with_handle(on_timeout, HALF).ok();
    }
}

const NO_ENGINE: &str = "Regular expressions can't be used here: the script that tries them doesn't load.";

fn message(error: &JsValue) -> Option<String> {
    Reflect::get(error, &JsValue::from_str("message"))
        .ok()?
        .as_string()
}

impl EventRows {
    /// Posts the next batch, unless one is pending, the search was stopped, or every event was searched.
    pub(super) fn search(self: &Rc<Self>) {
        let work = self.state.work;
        let mut engine = self.engine.borrow_mut();
        if self.given_up.get()
            || work.is_stopped()
            || engine.as_ref().is_some_and(|engine| engine.pending.is_some())
        {
            return;
        }
        let request = Array::new();
        let Some(batch) = self.batch(&request) else {
            return work.done();
        };
        work.running(self.percent());
        if engine.is_none() {
            *engine = self.script.and_then(|script| Engine::start(script, self));
        }
        let Some(engine) = engine.as_mut() else {
            self.given_up.set(true);
            work.done();
            return self.set_error(NO_ENGINE.to_owned());
        };
        // Fails only for values that cannot be cloned; texts can.
        let _ = engine.worker.post_message(&request);
        engine.pending = Some(batch);
        if engine.ready {
            engine.start_timer(self, true);
        }
    }

    /// Fills a request with the pattern, and the classes and payloads of the next events. `None` if every event was searched.
    fn batch(&self, request: &Array) -> Option<Batch> {
        let put = |text: &str| {
            request.push(&JsValue::from_str(text));
        };
        let (events, mut matches) = (self.events.borrow(), self.matches.borrow_mut());
        put("search");
        put(matches.pattern());
        matches.batch(
            events.len(),
            |index, look| {
                events.with(index, |event| {
                    look(&event.class.name, event.value.unwrap_or_default());
                });
            },
            put,
        )
    }

    fn on_answer(self: &Rc<Self>, answer: &JsValue) {
        let refused = Reflect::get(answer, &JsValue::from_str("refused"));
        if let Some(error) = refused.ok().and_then(|error| error.as_string()) {
            return self.give_up(error);
        }
        {
            let mut engine = self.engine.borrow_mut();
            let Some(engine) = engine.as_mut() else { return };
            if answer.is_string() {
                // The script is loaded, and begins with the batch that was posted meanwhile.
                engine.ready = true;
                if engine.pending.is_some() {
                    engine.start_timer(self, true);
                }
                return;
            }
            let Some(found) = answer.dyn_ref::<Array>() else {
                return;
            };
            engine.stop_timer();
            let Some(batch) = engine.pending.take() else {
                return;
            };
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "indices into the batch"
            )]
            let found = (0..found.length()).map(|at| found.get(at).as_f64().unwrap_or_default() as usize);
            self.matches.borrow_mut().take(&batch, found);
        }
        self.search();
        self.show_found();
        self.reveal_selected();
    }

    fn on_timeout(self: &Rc<Self>, is_first_half: bool) {
        if is_first_half {
            if let Some(engine) = self.engine.borrow_mut().as_mut() {
                engine.start_timer(self, false);
            }
            return;
        }
        let events = self.events.borrow();
        let searched = self.matches.borrow().scanned();
        let next = events.with(searched, |event| event.sequence).unwrap_or_default();
        self.give_up(format!(
            "This pattern takes too long. The search was stopped: of {} events, the {} before #{} were searched.",
            count(events.len() as u64),
            count(searched as u64),
            count(next),
        ));
    }

    /// Ends the search with an error. What was found stays.
    fn give_up(&self, error: String) {
        self.engine.take();
        self.given_up.set(true);
        self.state.work.done();
        self.set_error(error);
    }
}
