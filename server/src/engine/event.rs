//! Event classes and events.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::python::{Json, parse};

/// An event class: what of a Python class shows on the wire.
#[derive(Debug, PartialEq, Eq)]
pub struct Class {
    /// Module, as in `demos` or `workflows.events`.
    pub module: &'static str,
    /// Class name, the `type` of an envelope.
    pub name: &'static str,
    /// Ancestors between the class and `Event`, nearest first: the `types` of an envelope (`null` when there
    /// are none).
    pub ancestors: &'static [&'static str],
}

impl Class {
    /// A class of the demos that extends `Event` itself.
    #[must_use]
    pub const fn plain(name: &'static str) -> Self {
        Self {
            module: "demos",
            name,
            ancestors: &[],
        }
    }

    /// A class of the demos with ancestors.
    #[must_use]
    pub const fn of(name: &'static str, ancestors: &'static [&'static str]) -> Self {
        Self {
            module: "demos",
            name,
            ancestors,
        }
    }

    /// Whether the class is `name` or extends it.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name == name || self.ancestors.contains(&name)
    }

    /// `module.Name`.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }

    /// Python's `str(type(event))`.
    #[must_use]
    pub fn python_repr(&self) -> String {
        format!("<class '{}.{}'>", self.module, self.name)
    }

    /// The end of an envelope, from `,"qualified_name"` on.
    pub(crate) fn envelope_tail(&self, with_qualified_name: bool) -> String {
        let qualified = if with_qualified_name {
            format!("\"{}\"", self.qualified_name())
        } else {
            "null".to_owned()
        };
        let types = if self.ancestors.is_empty() {
            "null".to_owned()
        } else {
            let quoted: Vec<String> = self.ancestors.iter().map(|name| format!("\"{name}\"")).collect();
            format!("[{}]", quoted.join(","))
        };
        format!(
            ",\"qualified_name\":{qualified},\"type\":\"{}\",\"types\":{types}}}",
            self.name
        )
    }
}

/// The classes that the library itself brings.
pub mod framework {
    use super::Class;

    const MODULE: &str = "workflows.events";

    const fn class(name: &'static str, ancestors: &'static [&'static str]) -> Class {
        Class {
            module: MODULE,
            name,
            ancestors,
        }
    }

    /// The root of all events.
    pub static EVENT: Class = class("Event", &[]);
    /// Starts a run.
    pub static START: Class = class("StartEvent", &[]);
    /// Ends a run.
    pub static STOP: Class = class("StopEvent", &[]);
    /// A step failed for good.
    pub static FAILED: Class = class("WorkflowFailedEvent", &["StopEvent"]);
    /// The run took longer than it may.
    pub static TIMED_OUT: Class = class("WorkflowTimedOutEvent", &["StopEvent"]);
    /// Somebody cancelled the run.
    pub static CANCELLED: Class = class("WorkflowCancelledEvent", &["StopEvent"]);
    /// Asks a human.
    pub static INPUT_REQUIRED: Class = class("InputRequiredEvent", &[]);
    /// A human's answer.
    pub static HUMAN_RESPONSE: Class = class("HumanResponseEvent", &[]);
    /// A step was queued, started or ended.
    pub static STEP_STATE: Class = class("StepStateChanged", &["InternalDispatchEvent"]);
    /// The run waits for something from outside.
    pub static IDLE: Class = class("WorkflowIdleEvent", &["InternalDispatchEvent"]);
    /// An event met no step and no waiter.
    pub static UNHANDLED: Class = class("UnhandledEvent", &["InternalDispatchEvent"]);
}

/// A Rust type that stands for an event class.
pub trait Typed {
    /// Its class.
    const CLASS: &'static Class;
}

/// Declares the classes of Rust types: `classes! { Progress: [], Ask: ["InputRequiredEvent"] }`.
macro_rules! classes {
    ($($name:ident : [$($ancestor:literal),*]),+ $(,)?) => {
        $(impl $crate::engine::Typed for $name {
            const CLASS: &'static $crate::engine::Class = &$crate::engine::Class::of(stringify!($name), &[$($ancestor),*]);
        })+
    };
}
pub(crate) use classes;

/// An event: its class and its fields, serialised once. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Event {
    /// The class.
    pub class: &'static Class,
    /// The `value` of the envelope: a JSON object.
    pub value: Arc<str>,
}

impl Event {
    /// An event whose fields are JSON text already.
    pub fn new(class: &'static Class, value: impl Into<Arc<str>>) -> Self {
        Self {
            class,
            value: value.into(),
        }
    }

    /// The event of a Rust value. A value that can't be JSON becomes an event without fields.
    pub fn from<E: Typed + Serialize>(event: &E) -> Self {
        Self::new(
            E::CLASS,
            serde_json::to_string(event).unwrap_or_else(|_| "{}".to_owned()),
        )
    }

    /// The Rust value of the event.
    ///
    /// # Errors
    /// The fields aren't those of `E`.
    pub fn read<E: DeserializeOwned>(&self) -> Result<E, serde_json::Error> {
        serde_json::from_str(&self.value)
    }

    /// One field by name, whether declared or not (those are under `_data`).
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Json> {
        let value = parse(&self.value).ok()?;
        value.get(name).or_else(|| value.get("_data")?.get(name)).cloned()
    }

    /// The whole envelope.
    #[must_use]
    pub fn envelope(&self) -> String {
        format!("{{\"value\":{}{}", self.value, self.class.envelope_tail(true))
    }
}

/// `StopEvent(result=…)`. A result of `null` leaves the key out, as in Python.
pub fn stop<T: Serialize>(result: T) -> Event {
    let value = match serde_json::to_string(&result) {
        Ok(text) if text != "null" => format!("{{\"result\":{text}}}"),
        _ => "{}".to_owned(),
    };
    Event::new(&framework::STOP, value)
}
