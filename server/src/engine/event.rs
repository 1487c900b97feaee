//! Event classes and events.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use workflow_protocol::{Envelope, RawJson, StopResult};

/// An event class: the parts of a Python class that the wire shows.
#[derive(Debug, PartialEq, Eq)]
pub struct Class {
    /// Module, as in `demos` or `workflows.events`.
    pub module: &'static str,
    /// Class name, the `type` of an envelope.
    pub name: &'static str,
    /// Ancestors between the class and `Event`, nearest first: the `types` of an envelope (`null` if there are none).
    pub ancestors: &'static [&'static str],
}

impl Class {
    /// A demo class that extends `Event` directly.
    #[must_use]
    pub const fn plain(name: &'static str) -> Self {
        Self {
            module: "demos",
            name,
            ancestors: &[],
        }
    }

    /// A demo class with ancestors.
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

    /// The text of an envelope after its `value`. It is the same for all events of a class.
    pub(crate) fn envelope_tail(&self, with_qualified_name: bool) -> String {
        let ancestors = || self.ancestors.iter().copied().map(Cow::Borrowed).collect();
        let envelope = Envelope {
            value: "null",
            qualified_name: with_qualified_name.then(|| self.qualified_name().into()),
            name: self.name.into(),
            types: (!self.ancestors.is_empty()).then(ancestors),
        };
        let text = serde_json::to_string(&envelope).unwrap_or_default();
        let tail = text
            .strip_prefix(ENVELOPE_HEAD)
            .and_then(|rest| rest.strip_prefix("null"));
        tail.unwrap_or("}").to_owned()
    }
}

/// The text of an envelope before its `value`.
pub(crate) const ENVELOPE_HEAD: &str = "{\"value\":";

/// The classes of the library.
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

    /// The base of all events.
    pub static EVENT: Class = class("Event", &[]);
    /// Starts a run.
    pub static START: Class = class("StartEvent", &[]);
    /// Ends a run.
    pub static STOP: Class = class("StopEvent", &[]);
    /// A step failed permanently.
    pub static FAILED: Class = class("WorkflowFailedEvent", &["StopEvent"]);
    /// The run exceeded its time limit.
    pub static TIMED_OUT: Class = class("WorkflowTimedOutEvent", &["StopEvent"]);
    /// The run was cancelled.
    pub static CANCELLED: Class = class("WorkflowCancelledEvent", &["StopEvent"]);
    /// Requests input from a person.
    pub static INPUT_REQUIRED: Class = class("InputRequiredEvent", &[]);
    /// A person's answer.
    pub static HUMAN_RESPONSE: Class = class("HumanResponseEvent", &[]);
    /// A step was queued, started or ended.
    pub static STEP_STATE: Class = class("StepStateChanged", &["InternalDispatchEvent"]);
    /// The run waits for an external event.
    pub static IDLE: Class = class("WorkflowIdleEvent", &["InternalDispatchEvent"]);
    /// No step and no waiter accepted an event.
    pub static UNHANDLED: Class = class("UnhandledEvent", &["InternalDispatchEvent"]);
}

/// A Rust type for an event class.
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
    /// The `value` of the envelope: a JSON object on one line.
    pub value: Arc<RawValue>,
}

impl Event {
    /// An event with these fields. If they cannot be serialised, it has none.
    pub fn new<F: Serialize + ?Sized>(class: &'static Class, fields: &F) -> Self {
        let value = to_raw_value(fields).or_else(|_| to_raw_value(&NoFields {}));
        Self::raw(class, value.unwrap_or_default())
    }

    /// An event whose fields are already JSON: an object on one line.
    #[must_use]
    pub fn raw(class: &'static Class, value: Box<RawValue>) -> Self {
        Self {
            class,
            value: value.into(),
        }
    }

    /// An event without fields.
    #[must_use]
    pub fn empty(class: &'static Class) -> Self {
        Self::new(class, &NoFields {})
    }

    /// The event of a Rust value.
    pub fn from<E: Typed + Serialize>(event: &E) -> Self {
        Self::new(E::CLASS, event)
    }

    /// The Rust value of the event.
    ///
    /// # Errors
    /// The fields aren't those of `E`.
    pub fn read<E: DeserializeOwned>(&self) -> Result<E, serde_json::Error> {
        serde_json::from_str(self.value.get())
    }

    /// One field by name, declared or not (undeclared ones are in `_data`).
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Box<RawValue>> {
        let member = |object: &RawValue| {
            let members: HashMap<String, &RawValue> = serde_json::from_str(object.get()).ok()?;
            members.get(name).map(|value| (*value).to_owned())
        };
        member(&self.value).or_else(|| {
            let undeclared: Undeclared = self.read().ok()?;
            member(&undeclared.data)
        })
    }

    /// The event as the result of a run.
    pub(crate) fn to_result(&self) -> StopResult {
        let ancestors = || {
            self.class
                .ancestors
                .iter()
                .map(|name| (*name).to_owned())
                .collect()
        };
        StopResult {
            value: raw_json(&self.value),
            qualified_name: Some(self.class.qualified_name()),
            class: Some(self.class.name.to_owned()),
            types: (!self.class.ancestors.is_empty()).then(ancestors),
        }
    }
}

/// The fields of an event that were asked for, each read once: events are as large as clients make them.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    event: &'a Event,
    read: HashMap<&'static str, Option<Value>>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(event: &'a Event) -> Self {
        Self {
            event,
            read: HashMap::new(),
        }
    }

    /// One field by name, as [`Event::field`].
    pub(crate) fn get(&mut self, name: &'static str) -> Option<&Value> {
        let event = self.event;
        let read = || {
            event
                .field(name)
                .and_then(|value| serde_json::from_str(value.get()).ok())
        };
        self.read.entry(name).or_insert_with(read).as_ref()
    }
}

#[derive(Serialize)]
struct NoFields {}

#[derive(Deserialize)]
struct Undeclared {
    #[serde(rename = "_data")]
    data: Box<RawValue>,
}

/// Converts the JSON to the type of the protocol.
pub(crate) fn raw_json(value: &RawValue) -> RawJson {
    RawJson::parse(value.get()).unwrap_or_default()
}

/// `StopEvent(result=…)`. A result of `null` omits the key, as in Python.
pub fn stop<T: Serialize>(result: T) -> Event {
    let result = to_raw_value(&result).ok();
    let result = result.filter(|result| result.get() != "null");
    Event::new(&framework::STOP, &Stop { result })
}

#[derive(Serialize)]
struct Stop {
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
}
