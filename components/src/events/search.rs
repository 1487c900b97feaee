//! Tries a regular expression on the log with the browser's own engine.
//!
//! The engine runs in a worker (`search.js` beside this file), which gets a batch of events at a time and is terminated when it does
//! not answer: a hostile pattern cannot hang the page.

use super::engine::Engine;
use super::filter::Batch;
use super::source::EventRows;
use crate::worker::SearchScript;
use js_sys::{Array, Reflect};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use workflow_inspector::text::count;

/// Half of the time that a batch may take. It is waited for twice: when the page itself was blocked, the answer is queued behind the
/// first timer.
const HALF: Duration = Duration::from_millis(250);

const NO_ENGINE: &str = "Regular expressions can't be used here: the script that tries them doesn't load.";

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
            *engine = self.script.and_then(|script| self.start_engine(script));
        }
        let Some(engine) = engine.as_mut() else {
            self.given_up.set(true);
            work.done();
            return self.set_error(NO_ENGINE.to_owned());
        };
        engine.post(&request, batch);
        if engine.ready {
            self.start_timer(engine, true);
        }
    }

    fn start_engine(self: &Rc<Self>, script: SearchScript) -> Option<Engine> {
        let (answers, failures) = (Rc::downgrade(self), Rc::downgrade(self));
        let on_answer = move |answer| {
            if let Some(rows) = answers.upgrade() {
                rows.on_answer(&answer);
            }
        };
        let on_error = move |error: Option<String>| {
            if let Some(rows) = failures.upgrade() {
                // There is no message when the script does not load.
                rows.give_up(error.unwrap_or_else(|| NO_ENGINE.to_owned()));
            }
        };
        Engine::start(script, on_answer, on_error)
    }

    fn start_timer(self: &Rc<Self>, engine: &mut Engine, is_first_half: bool) {
        let rows = Rc::downgrade(self);
        engine.start_timer(HALF, move || {
            if let Some(rows) = rows.upgrade() {
                rows.on_timeout(is_first_half);
            }
        });
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
                    self.start_timer(engine, true);
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
                self.start_timer(engine, false);
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
