//! The end of a step: an event, a wait, or an exception.

use serde::Serialize;
use serde_json::Value;

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

    pub(crate) fn takes(&self, event: &Event) -> bool {
        self.class == event.class
            && self.requirements.iter().all(|(field, required)| {
                let value = event.field(field);
                value.is_some_and(|value| {
                    serde_json::from_str(value.get()).is_ok_and(|value: Value| value == *required)
                })
            })
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
