//! A regular expression on its way through the log, tried by the browser's own engine.
//!
//! It runs in a worker (`search.js` beside this file), which gets some events at a time and is ended when it doesn't answer: a hostile
//! pattern can't hang the page.

use super::filter::Batch;
use super::source::Source;
use crate::dom::{Listener, regular_expression};
use crate::grid::WindowedList;
use crate::ui::{Timer, after};
use js_sys::{Array, Reflect};
use std::cell::Cell;
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
    ready: Cell<bool>,
    /// What it was asked and has not answered yet.
    asked: Cell<Option<Batch>>,
    timer: Cell<Option<Timer>>,
    _listeners: [Listener; 2],
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.terminate();
        self.rest();
    }
}

impl Engine {
    fn start(address: &str, source: &Rc<Source>) -> Option<Self> {
        let worker = Worker::new(address).ok()?;
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
                    source.give_up(message(&event).unwrap_or_else(|| NO_ENGINE.to_owned()));
                }
            }),
        ];
        Some(Self {
            worker,
            ready: Cell::default(),
            asked: Cell::default(),
            timer: Cell::default(),
            _listeners: listeners,
        })
    }

    /// Whether an answer is awaited.
    pub(super) fn is_busy(&self) -> bool {
        let asked = self.asked.take();
        let busy = asked.is_some();
        self.asked.set(asked);
        busy
    }

    fn rest(&self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }

    /// Begins to wait for an answer.
    fn wait(&self, source: &Rc<Source>, halves: u8) {
        let source = Rc::downgrade(source);
        self.timer.set(after(HALF, move || {
            if let Some(source) = source.upgrade() {
                source.waited(halves);
            }
        }));
    }
}

const NO_ENGINE: &str = "Regular expressions can't be used here: the script that tries them doesn't load.";

/// What the browser has against a pattern.
pub(super) fn objection(pattern: &str) -> Option<String> {
    let error = regular_expression(pattern, flags(pattern)).err()?;
    Some(message(&error).unwrap_or_default())
}

fn message(error: &JsValue) -> Option<String> {
    Reflect::get(error, &JsValue::from_str("message"))
        .ok()?
        .as_string()
}

/// As in a text, capitals make it exact; but those behind a backslash are no letters.
fn flags(pattern: &str) -> &'static str {
    let mut escaped = false;
    let exact = pattern.chars().any(|letter| {
        let plain = !escaped;
        escaped = plain && letter == '\\';
        plain && letter.is_uppercase()
    });
    if exact { "" } else { "i" }
}

impl Source {
    /// Has the next events looked at, unless some are being looked at or nothing can come of it.
    pub(super) fn search(self: &Rc<Self>) {
        let mut engine = self.engine.borrow_mut();
        if self.stuck.get() || engine.as_ref().is_some_and(Engine::is_busy) {
            return;
        }
        let pattern = self.matches.borrow().pattern().to_owned();
        let question = Array::of2(&JsValue::from_str(&pattern), &JsValue::from_str(flags(&pattern)));
        let Some(batch) = self.batch(&question) else {
            return;
        };
        if engine.is_none() {
            *engine = self.address.and_then(|address| Engine::start(address, self));
        }
        let Some(engine) = engine.as_ref() else {
            self.stuck.set(true);
            return self.trouble.set(NO_ENGINE.to_owned());
        };
        // Fails only for what can't be copied; texts can.
        let _ = engine.worker.post_message(&question);
        engine.asked.set(Some(batch));
        if engine.ready.get() {
            engine.wait(self, 1);
        }
    }

    /// Puts classes and payloads of the next events into a question; none when all were looked at.
    fn batch(&self, question: &Array) -> Option<Batch> {
        let events = self.events.borrow();
        self.matches.borrow_mut().batch(
            events.len(),
            |place, look| {
                events.with(place, |event| {
                    look(&event.class.name, event.value.unwrap_or_default())
                });
            },
            |text| {
                question.push(&JsValue::from_str(text));
            },
        )
    }

    fn answered(self: &Rc<Self>, answer: &JsValue) {
        {
            let engine = self.engine.borrow();
            let Some(engine) = engine.as_ref() else { return };
            let Some(found) = answer.dyn_ref::<Array>() else {
                // Its first word: the script is there, and works on what it was asked meanwhile.
                engine.ready.set(true);
                engine.wait(self, 1);
                return;
            };
            engine.rest();
            let Some(batch) = engine.asked.take() else { return };
            let mut matches = self.matches.borrow_mut();
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "places in the question"
            )]
            let found = found.iter().filter_map(|at| Some(at.as_f64()? as usize));
            matches.take(batch, found);
        }
        self.search();
        self.with_list(WindowedList::grown);
        self.told();
        self.reveal_selected();
    }

    fn waited(self: &Rc<Self>, halves: u8) {
        if halves > 0 {
            if let Some(engine) = self.engine.borrow().as_ref() {
                engine.wait(self, halves - 1);
            }
            return;
        }
        let events = self.events.borrow();
        let seen = self.matches.borrow().scanned();
        let mut words = String::from("This pattern takes too long. The search was stopped: of ");
        words.push_str(&count(events.len() as u64));
        words.push_str(" events, the ");
        words.push_str(&count(seen as u64));
        words.push_str(" before #");
        words.push_str(&count(
            events.with(seen, |event| event.sequence).unwrap_or_default(),
        ));
        words.push_str(" were searched.");
        self.give_up(words);
    }

    /// Ends the search, and says why. What was found stays.
    fn give_up(&self, why: String) {
        self.engine.take();
        self.stuck.set(true);
        self.trouble.set(why);
    }
}

#[cfg(test)]
mod tests {
    use super::flags;

    #[test]
    fn capitals_make_it_exact_and_classes_of_characters_do_not() {
        for (pattern, expected) in [
            ("ada", "i"),
            ("Ada", ""),
            ("\\D+\\S", "i"),
            ("\\\\Da", ""),
            ("[A-Z]", ""),
            ("\\", "i"),
        ] {
            assert_eq!(flags(pattern), expected, "{pattern}");
        }
    }
}
