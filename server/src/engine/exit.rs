//! The end of a step: an event, a wait, or an exception.

use serde::Serialize;
use serde_json::Value;

use super::event::Fields;
use super::{Class, Event, Typed};

/// What a step waits for.
#[derive(Debug, Clone)]
pub struct Wait {
    pub(crate) id: String,
    pub(crate) class: &'static Class,
    pub(crate) prompt: Event,
    pub(crate) requirements: Vec<(&'static str, Value)>,
}

impl Wait {
    /// Waits for an event of this class. `id` identifies the waiter, so that the second run of the step finds the answer; concurrent waits
    /// need different ids. `prompt` is published once, when the wait starts.
    pub fn new(id: impl Into<String>, class: &'static Class, prompt: Event) -> Self {
        Self {
            id: id.into(),
            class,
            prompt,
            requirements: Vec::new(),
        }
    }

    /// Accepts only an event with this value in this field.
    #[must_use]
    pub fn requiring(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.requirements.push((field, value.into()));
        self
    }

    /// Whether it waits for this event. `fields` are those of the event: they are read once for all waiters.
    pub(crate) fn takes(&self, event: &Event, fields: &mut Fields<'_>) -> bool {
        self.class == event.class
            && self
                .requirements
                .iter()
                .all(|(field, required)| fields.get(field) == Some(required))
    }
}

/// Why a step ended without a result.
#[derive(Debug)]
pub enum Exit {
    /// It waits for an event; then it runs again from its start.
    Waiting(Box<Wait>),
    /// It raised an exception.
    Raised(Exception),
}

/// The exception that a Python step would raise.
#[derive(Debug, Clone)]
pub struct Exception {
    /// `builtins.ValueError`.
    pub kind: &'static str,
    /// Its message.
    pub message: String,
}

impl Exception {
    /// `ValueError(message)`.
    pub fn value_error(message: impl Into<String>) -> Self {
        Self {
            kind: "builtins.ValueError",
            message: message.into(),
        }
    }
}

impl From<Exception> for Exit {
    fn from(exception: Exception) -> Self {
        Self::Raised(exception)
    }
}

/// The result of a step: an event for other steps, a stop event, or nothing.
pub type StepResult = Result<Option<Event>, Exit>;

/// `return Event(…)`.
///
/// # Errors
/// None; the type is that of a step.
pub fn next<E: Typed + Serialize>(event: &E) -> StepResult {
    Ok(Some(Event::from(event)))
}

/// `return StopEvent(result=…)`.
///
/// # Errors
/// None; the type is that of a step.
pub fn done<T: Serialize>(result: T) -> StepResult {
    Ok(Some(super::stop(result)))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::super::framework;
    use super::*;

    #[test]
    fn an_event_is_read_once_for_all_waiters() {
        // A thousand waiters read an event of 15 MB a thousand times, and no other run went on.
        let mut members: serde_json::Map<_, _> = (0..100_000)
            .map(|number| (format!("key {number}"), json!(number)))
            .collect();
        members.insert("call".to_owned(), json!(999));
        let event = Event::new(&framework::HUMAN_RESPONSE, &members);
        let waits: Vec<Wait> = (0..1_000)
            .map(|call| {
                let prompt = Event::empty(&framework::INPUT_REQUIRED);
                Wait::new(format!("call-{call}"), &framework::HUMAN_RESPONSE, prompt).requiring("call", call)
            })
            .collect();
        let begun = Instant::now();
        let mut fields = Fields::new(&event);
        let taken: Vec<&str> = waits
            .iter()
            .filter(|wait| wait.takes(&event, &mut fields))
            .map(|wait| wait.id.as_str())
            .collect();
        assert_eq!(taken, ["call-999"]);
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }

    #[test]
    fn a_field_that_is_missing_is_not_null() {
        let event = Event::new(
            &framework::HUMAN_RESPONSE,
            &json!({ "_data": { "a": null, "b": 1 } }),
        );
        let mut fields = Fields::new(&event);
        let mut takes = |field, value: Value| {
            let prompt = Event::empty(&framework::INPUT_REQUIRED);
            let wait = Wait::new("w", &framework::HUMAN_RESPONSE, prompt).requiring(field, value);
            wait.takes(&event, &mut fields)
        };
        assert!(takes("a", json!(null)) && takes("b", json!(1)));
        assert!(!takes("c", json!(null)) && !takes("b", json!(2)) && !takes("a", json!(1)));
    }
}
