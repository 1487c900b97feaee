//! Runs the regular expressions of schemas and of the event filter in a worker, so that one that never ends only blocks the worker.

use crate::worker::SearchScript;
use futures::channel::oneshot;
use gloo_events::{EventListener, EventListenerOptions};
use js_sys::Array;
use leptos::prelude::set_timeout;
use std::cell::RefCell;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};

/// How long `Run` and `Send` wait for verdicts.
const SCHEMA_TIMEOUT: Duration = Duration::from_millis(200);

/// How long a filter waits before it is tried on the events.
const FILTER_TIMEOUT: Duration = Duration::from_millis(500);

/// Number of patterns that took too long and are not tried again.
const MAX_SLOW: usize = 64;

/// A pattern, and the text that it is tried on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    pub(crate) pattern: String,
    pub(crate) text: String,
}

/// The worker's answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Verdict {
    /// No answer in time, or no worker.
    #[default]
    Unknown,
    Matches,
    Differs,
    /// The browser refuses the pattern, with this message.
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

impl Dialect {
    /// The flags of the regular expression.
    const fn flags(self) -> &'static str {
        match self {
            Self::Schema => "u",
            Self::Filter => "",
        }
    }

    const fn timeout(self) -> Duration {
        match self {
            Self::Schema => SCHEMA_TIMEOUT,
            Self::Filter => FILTER_TIMEOUT,
        }
    }
}

/// A request to the worker.
struct Pending {
    id: u32,
    /// The patterns with the positions of their questions, in the order in which they are tried.
    patterns: Vec<(usize, String)>,
    verdicts: Vec<Verdict>,
    unanswered: usize,
    answer: oneshot::Sender<Vec<Verdict>>,
}

impl Pending {
    fn resolve(self) {
        // Fails only if the receiver is gone.
        let _ = self.answer.send(self.verdicts);
    }
}

/// The page's worker for patterns. Dropping it ends the worker.
struct PatternWorker {
    script: SearchScript,
    worker: Worker,
    /// Whether its script is loaded.
    is_ready: bool,
    pending: Vec<Pending>,
    _listeners: [EventListener; 2],
}

impl PatternWorker {
    fn start(script: SearchScript) -> Option<Self> {
        let worker = script.start()?;
        let on_message = EventListener::new(&worker, "message", |event| {
            on_message(&event.unchecked_ref::<MessageEvent>().data());
        });
        let options = EventListenerOptions::enable_prevent_default();
        let on_error = EventListener::new_with_options(&worker, "error", options, |event| {
            event.prevent_default();
            on_error();
        });
        Some(Self {
            script,
            worker,
            is_ready: false,
            pending: Vec::new(),
            _listeners: [on_message, on_error],
        })
    }

    fn take(&mut self, id: u32) -> Option<Pending> {
        let position = self.pending.iter().position(|pending| pending.id == id)?;
        Some(self.pending.remove(position))
    }
}

impl Drop for PatternWorker {
    fn drop(&mut self) {
        self.worker.terminate();
        for pending in self.pending.drain(..) {
            pending.resolve();
        }
    }
}

#[derive(Default)]
struct Patterns {
    worker: Option<PatternWorker>,
    /// A script that could not be loaded.
    missing: Option<SearchScript>,
    /// Patterns that took too long.
    slow: Vec<String>,
    next_id: u32,
}

thread_local! {
    static PATTERNS: RefCell<Patterns> = RefCell::default();
}

impl Patterns {
    /// The worker with this script, started if needed.
    fn worker(&mut self, script: SearchScript) -> Option<&mut PatternWorker> {
        if self.missing == Some(script) {
            return None;
        }
        if self.worker.as_ref().is_none_or(|worker| worker.script != script) {
            self.worker = Some(PatternWorker::start(script)?);
        }
        self.worker.as_mut()
    }

    fn ask(
        &mut self,
        script: SearchScript,
        dialect: Dialect,
        questions: &[Question],
    ) -> Option<oneshot::Receiver<Vec<Verdict>>> {
        let mut asked: Vec<(usize, &Question)> = questions.iter().enumerate().collect();
        asked.retain(|(_, question)| !self.slow.contains(&question.pattern));
        // Simple ones first: a pattern that never ends keeps those behind it from a verdict.
        asked.sort_by_key(|(_, question)| {
            let is_choice = |letter: &char| matches!(letter, '(' | '|' | '*' | '+' | '{');
            question.pattern.chars().filter(is_choice).count()
        });
        if asked.is_empty() {
            return None;
        }
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        let message = Array::of3(&"check".into(), &id.into(), &dialect.flags().into());
        for (position, question) in &asked {
            message.push(&JsValue::from_f64(*position as f64));
            message.push(&JsValue::from_str(&question.pattern));
            message.push(&JsValue::from_str(&question.text));
        }
        let patterns = asked
            .iter()
            .map(|(position, question)| (*position, question.pattern.clone()));
        let worker = self.worker(script)?;
        worker.worker.post_message(&message).ok()?;
        let (answer, receiver) = oneshot::channel();
        worker.pending.push(Pending {
            id,
            unanswered: asked.len(),
            patterns: patterns.collect(),
            verdicts: vec![Verdict::Unknown; questions.len()],
            answer,
        });
        set_timeout(move || on_timeout(id), dialect.timeout());
        Some(receiver)
    }
}

/// Loads the worker ahead of its use.
pub(crate) fn prepare(script: Option<SearchScript>) {
    if let Some(script) = script {
        PATTERNS.with_borrow_mut(|patterns| {
            patterns.worker(script);
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
    let Some(script) = script else {
        return unknown;
    };
    match PATTERNS.with_borrow_mut(|patterns| patterns.ask(script, dialect, questions)) {
        Some(answer) => answer.await.unwrap_or(unknown),
        None => unknown,
    }
}

/// A message of the worker: a text when its script is loaded, then `[id, position, verdict]`, where a text is the browser's objection.
fn on_message(message: &JsValue) {
    PATTERNS.with_borrow_mut(|patterns| {
        let Some(worker) = patterns.worker.as_mut() else {
            return;
        };
        let Some(parts) = message.dyn_ref::<Array>() else {
            worker.is_ready = true;
            return;
        };
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small numbers that were sent from here"
        )]
        let number = |part: u32| parts.get(part).as_f64().unwrap_or(-1.0) as u32;
        let id = number(0);
        let Some(pending) = worker.pending.iter_mut().find(|pending| pending.id == id) else {
            return;
        };
        let verdict = parts.get(2);
        if let Some(place) = pending.verdicts.get_mut(number(1) as usize) {
            *place = match verdict.as_string() {
                Some(objection) => Verdict::Refused(objection),
                None if verdict.is_truthy() => Verdict::Matches,
                None => Verdict::Differs,
            };
            pending.unanswered = pending.unanswered.saturating_sub(1);
        }
        if pending.unanswered == 0
            && let Some(pending) = worker.take(id)
        {
            pending.resolve();
        }
    });
}

/// The time for an answer is over.
fn on_timeout(id: u32) {
    PATTERNS.with_borrow_mut(|patterns| {
        let Some(worker) = patterns.worker.as_mut() else {
            return;
        };
        let Some(first) = worker.pending.first() else {
            return;
        };
        // The worker hangs in the first question without an answer.
        let is_unanswered =
            |(position, _): &&(usize, String)| first.verdicts.get(*position) == Some(&Verdict::Unknown);
        let hanging = first.patterns.iter().find(is_unanswered);
        let hanging = hanging.map(|(_, pattern)| pattern.clone());
        let is_ready = worker.is_ready;
        let Some(pending) = worker.take(id) else { return };
        pending.resolve();
        if !is_ready {
            // The script is still loading; the next question may find it there.
            return;
        }
        if let Some(pattern) = hanging {
            if patterns.slow.len() >= MAX_SLOW {
                patterns.slow.remove(0);
            }
            patterns.slow.push(pattern);
        }
        patterns.worker = None;
    });
}

/// The script can't be loaded.
fn on_error() {
    PATTERNS.with_borrow_mut(|patterns| {
        if let Some(worker) = patterns.worker.take() {
            patterns.missing = Some(worker.script);
        }
    });
}
