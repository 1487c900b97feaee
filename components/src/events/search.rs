//! A regular expression on its way through the log, tried by the browser's own engine.
//!
//! It runs in a worker (`search.js` beside this file), which gets some events at a time and is ended when it doesn't answer: a hostile
//! pattern can't hang the page.

use super::filter::Batch;
use super::source::Source;
use crate::dom::Listener;
use crate::grid::WindowedList;
use crate::ui::{Timer, after};
use crate::worker::SearchScript;
use js_sys::{Array, Reflect};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};
use workflow_inspector::text::count;

/// Half of the time that a batch may take, in milliseconds. The first half is only counted: when the page itself was held up, the
/// answer waits behind the timer.
const HALF: i32 = 250;

/// A worker, which ends with it.
pub(super) struct Engine {
    worker: Worker,
    /// Whether its script is loaded.
    ready: bool,
    /// What it was asked and has not answered yet.
    asked: Option<Batch>,
    timer: Option<Timer>,
    _listeners: [Listener; 2],
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.terminate();
        self.rest();
    }
}

impl Engine {
    fn start(script: SearchScript, source: &Rc<Source>) -> Option<Self> {
        let worker = script.start()?;
        let (answers, failures) = (Rc::downgrade(source), Rc::downgrade(source));
        let listeners = [
            Listener::new(&worker, "message", move |event| {
                if let Some(source) = answers.upgrade() {
                    source.answered(&event.unchecked_into::<MessageEvent>().data());
                }
            }),
            Listener::new(&worker, "error", move |event| {
                event.prevent_default();
                if let Some(source) = failures.upgrade() {
                    // A script that doesn't load has no words, an engine that has run out of something has.
                    let words = message(&event);
                    source.give_up(if words.is_empty() {
                        NO_ENGINE.to_owned()
                    } else {
                        words
                    });
                }
            }),
        ];
        Some(Self {
            worker,
            ready: false,
            asked: None,
            timer: None,
            _listeners: listeners,
        })
    }

    fn rest(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }

    /// Begins to wait for an answer.
    fn wait(&mut self, source: &Rc<Source>, again: bool) {
        let source = Rc::downgrade(source);
        self.timer = after(HALF, move || {
            if let Some(source) = source.upgrade() {
                source.waited(again);
            }
        });
    }
}

const NO_ENGINE: &str = "Regular expressions can't be used here: the script that tries them doesn't load.";

fn message(error: &JsValue) -> String {
    let words = Reflect::get(error, &JsValue::from_str("message"));
    words.ok().and_then(|words| words.as_string()).unwrap_or_default()
}

impl Source {
    /// Has the next events looked at, unless some are being looked at or nothing can come of it.
    pub(super) fn search(self: &Rc<Self>) {
        let mut engine = self.engine.borrow_mut();
        if self.stuck.get()
            || self.work.is_stopped()
            || engine.as_ref().is_some_and(|engine| engine.asked.is_some())
        {
            return;
        }
        let question = Array::new();
        let Some(batch) = self.batch(&question) else {
            return self.work.done();
        };
        self.work.running(self.percent());
        if engine.is_none() {
            *engine = self.script.and_then(|script| Engine::start(script, self));
        }
        let Some(engine) = engine.as_mut() else {
            self.stuck.set(true);
            self.work.done();
            return self.trouble.set(NO_ENGINE.to_owned());
        };
        // Fails only for what can't be copied; texts can.
        let _ = engine.worker.post_message(&question);
        engine.asked = Some(batch);
        if engine.ready {
            engine.wait(self, true);
        }
    }

    /// Puts the pattern, and classes and payloads of the next events, into a question; none when all were looked at.
    fn batch(&self, question: &Array) -> Option<Batch> {
        let put = |text: &str| {
            question.push(&JsValue::from_str(text));
        };
        let (events, mut matches) = (self.events.borrow(), self.matches.borrow_mut());
        put("search");
        put(matches.pattern());
        matches.batch(
            events.len(),
            |place, look| {
                events.with(place, |event| {
                    look(&event.class.name, event.value.unwrap_or_default());
                });
            },
            put,
        )
    }

    fn answered(self: &Rc<Self>, answer: &JsValue) {
        let refused = Reflect::get(answer, &JsValue::from_str("refused"));
        if let Some(words) = refused.ok().and_then(|words| words.as_string()) {
            return self.give_up(words);
        }
        {
            let mut engine = self.engine.borrow_mut();
            let Some(engine) = engine.as_mut() else { return };
            if answer.is_string() {
                // The script is loaded, and works on what it was asked meanwhile.
                engine.ready = true;
                if engine.asked.is_some() {
                    engine.wait(self, true);
                }
                return;
            }
            let Some(found) = answer.dyn_ref::<Array>() else {
                return;
            };
            engine.rest();
            let Some(batch) = engine.asked.take() else { return };
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "places in the question"
            )]
            let found = (0..found.length()).map(|at| found.get(at).as_f64().unwrap_or_default() as usize);
            self.matches.borrow_mut().take(&batch, found);
        }
        self.search();
        self.with_list(WindowedList::grown);
        self.told();
        self.reveal_selected();
    }

    fn waited(self: &Rc<Self>, again: bool) {
        if again {
            if let Some(engine) = self.engine.borrow_mut().as_mut() {
                engine.wait(self, false);
            }
            return;
        }
        let events = self.events.borrow();
        let seen = self.matches.borrow().scanned();
        let before = events.with(seen, |event| event.sequence).unwrap_or_default();
        let words = [
            "This pattern takes too long. The search was stopped: of ",
            &count(events.len() as u64),
            " events, the ",
            &count(seen as u64),
            " before #",
            &count(before),
            " were searched.",
        ];
        self.give_up(words.concat());
    }

    /// Ends the search, and says why. What was found stays.
    fn give_up(&self, why: String) {
        self.engine.take();
        self.stuck.set(true);
        self.work.done();
        self.trouble.set(why);
    }
}
