//! Regular expressions from schemas and from what a person types, tried in a worker: one that never ends hangs that worker only.

use crate::dom::Listener;
use crate::ui::after;
use crate::worker::SearchScript;
use futures::channel::oneshot;
use js_sys::Array;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};

/// How long `Run` and `Send` wait for verdicts, in milliseconds.
const PATIENCE: i32 = 200;

/// How long a filter waits before it is tried on the events, in milliseconds.
const FILTER_PATIENCE: i32 = 500;

/// Patterns that took too long and are not tried again.
const HOPELESS: usize = 64;

/// A pattern, and the text that it is tried on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    pub(crate) pattern: String,
    pub(crate) text: String,
}

/// What the worker found out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Verdict {
    /// Nothing in time, or there is no worker.
    #[default]
    Unknown,
    Matches,
    Differs,
    /// The browser refuses the pattern, in its words.
    Refused(String),
}

/// How the browser reads the pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Dialect {
    /// As a schema's: with Unicode.
    Schema,
    /// As the filter of the events.
    Filter,
}

struct Pending {
    id: u32,
    /// The patterns with their places, in the order in which they are tried.
    asked: Vec<(usize, String)>,
    verdicts: Vec<Verdict>,
    left: usize,
    answer: oneshot::Sender<Vec<Verdict>>,
}

impl Pending {
    fn resolve(self) {
        // The asker may be gone.
        let _ = self.answer.send(self.verdicts);
    }
}

/// The page's worker for patterns. It ends with this value.
struct Judge {
    script: SearchScript,
    worker: Worker,
    /// Whether its script is loaded.
    ready: bool,
    pending: Vec<Pending>,
    _listeners: [Listener; 2],
}

impl Drop for Judge {
    fn drop(&mut self) {
        self.worker.terminate();
        for pending in self.pending.drain(..) {
            pending.resolve();
        }
    }
}

#[derive(Default)]
struct Court {
    judge: Option<Judge>,
    /// A script that could not be loaded.
    missing: Option<SearchScript>,
    hopeless: Vec<String>,
    next: u32,
}

thread_local! {
    static COURT: RefCell<Court> = RefCell::default();
}

impl Court {
    fn judge(&mut self, script: SearchScript) -> Option<&mut Judge> {
        if self.missing == Some(script) {
            return None;
        }
        if self.judge.as_ref().is_none_or(|judge| judge.script != script) {
            let worker = script.start()?;
            let listeners = [
                Listener::new(&worker, "message", |event| {
                    heard(&event.unchecked_into::<MessageEvent>().data());
                }),
                Listener::new(&worker, "error", |event| {
                    event.prevent_default();
                    failed();
                }),
            ];
            self.judge = Some(Judge {
                script,
                worker,
                ready: false,
                pending: Vec::new(),
                _listeners: listeners,
            });
        }
        self.judge.as_mut()
    }
}

/// Loads the worker ahead of its use.
pub(crate) fn prepare(script: Option<SearchScript>) {
    if let Some(script) = script {
        COURT.with_borrow_mut(|court| {
            court.judge(script);
        });
    }
}

/// Tries patterns, a schema's for at most 200 milliseconds. Without a script, or where it doesn't answer in time, the verdicts are unknown.
pub(crate) async fn verdicts(
    script: Option<SearchScript>,
    dialect: Dialect,
    questions: &[Question],
) -> Vec<Verdict> {
    let unknown = vec![Verdict::Unknown; questions.len()];
    let Some(script) = script.filter(|_| !questions.is_empty()) else {
        return unknown;
    };
    match COURT.with_borrow_mut(|court| ask(court, script, dialect, questions)) {
        Some(answer) => answer.await.unwrap_or(unknown),
        None => unknown,
    }
}

fn ask(
    court: &mut Court,
    script: SearchScript,
    dialect: Dialect,
    questions: &[Question],
) -> Option<oneshot::Receiver<Vec<Verdict>>> {
    let id = court.next;
    let message = Array::of3(
        &JsValue::from_str("check"),
        &JsValue::from_f64(f64::from(id)),
        &JsValue::from_str(match dialect {
            Dialect::Schema => "u",
            Dialect::Filter => "",
        }),
    );
    let mut asked: Vec<(usize, &Question)> = questions.iter().enumerate().collect();
    asked.retain(|(_, question)| !court.hopeless.contains(&question.pattern));
    // Simple ones first: a pattern that never ends keeps those behind it from a verdict.
    asked.sort_by_key(|(_, question)| {
        let choices = |letter: &char| matches!(letter, '(' | '|' | '*' | '+' | '{');
        question.pattern.chars().filter(choices).count()
    });
    if asked.is_empty() {
        return None;
    }
    for (at, question) in &asked {
        message.push(&JsValue::from_f64(*at as f64));
        message.push(&JsValue::from_str(&question.pattern));
        message.push(&JsValue::from_str(&question.text));
    }
    let asked: Vec<(usize, String)> = asked
        .into_iter()
        .map(|(at, question)| (at, question.pattern.clone()))
        .collect();
    court.next = id.wrapping_add(1);
    let judge = court.judge(script)?;
    judge.worker.post_message(&message).ok()?;
    let (answer, receiver) = oneshot::channel();
    judge.pending.push(Pending {
        id,
        left: asked.len(),
        asked,
        verdicts: vec![Verdict::Unknown; questions.len()],
        answer,
    });
    let patience = match dialect {
        Dialect::Schema => PATIENCE,
        Dialect::Filter => FILTER_PATIENCE,
    };
    after(patience, move || waited(id));
    Some(receiver)
}

/// A message of the worker: a word when its script is loaded, then `[id, place, verdict]`, where a text is the browser's objection.
fn heard(message: &JsValue) {
    COURT.with_borrow_mut(|court| {
        let Some(judge) = court.judge.as_mut() else { return };
        let Some(parts) = message.dyn_ref::<Array>() else {
            judge.ready = true;
            return;
        };
        let number = |at: u32| {
            let number = parts.get(at).as_f64().unwrap_or(-1.0);
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "small numbers that were sent from here"
            )]
            let number = number as u32;
            number
        };
        let id = number(0);
        let Some(at) = judge.pending.iter().position(|pending| pending.id == id) else {
            return;
        };
        let Some(pending) = judge.pending.get_mut(at) else {
            return;
        };
        let verdict = parts.get(2);
        if let Some(place) = pending.verdicts.get_mut(number(1) as usize) {
            *place = match verdict.as_string() {
                Some(words) => Verdict::Refused(words),
                None if verdict.is_truthy() => Verdict::Matches,
                None => Verdict::Differs,
            };
            pending.left = pending.left.saturating_sub(1);
        }
        if pending.left == 0 {
            judge.pending.remove(at).resolve();
        }
    });
}

/// The time for an answer is over.
fn waited(id: u32) {
    COURT.with_borrow_mut(|court| {
        let Some(judge) = court.judge.as_mut() else { return };
        let Some(at) = judge.pending.iter().position(|pending| pending.id == id) else {
            return;
        };
        if !judge.ready {
            // The script is still loading; the next question may find it there.
            return judge.pending.remove(at).resolve();
        }
        // The first question without an answer is the one that the worker hangs in.
        let stuck = judge.pending.first().and_then(|first| {
            let unanswered = |(at, _): &&(usize, String)| first.verdicts.get(*at) == Some(&Verdict::Unknown);
            first
                .asked
                .iter()
                .find(unanswered)
                .map(|(_, pattern)| pattern.clone())
        });
        if let Some(stuck) = stuck {
            if court.hopeless.len() >= HOPELESS {
                court.hopeless.remove(0);
            }
            court.hopeless.push(stuck);
        }
        court.judge = None;
    });
}

/// The script cannot be loaded.
fn failed() {
    COURT.with_borrow_mut(|court| {
        if let Some(judge) = court.judge.take() {
            court.missing = Some(judge.script);
        }
    });
}
