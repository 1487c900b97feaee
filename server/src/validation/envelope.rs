//! Reading an event that a client sends: bare fields, an envelope, or either inside a string.

use serde_json::value::RawValue;

use super::event_schema::EventSchema;
use super::json::{Fields, fields, read_text};
use super::report::{headed, push_line, type_of};

/// One event class that clients may send.
#[derive(Debug)]
pub struct Registered {
    /// Class name, the `type` of an envelope.
    pub name: String,
    /// `module.Name`, the legacy `qualified_name` of an envelope.
    pub qualified_name: String,
    /// Whether it is or extends `StopEvent`.
    pub is_stop: bool,
    /// Its JSON Schema.
    pub schema: EventSchema,
}

impl Registered {
    /// Checks the `value` of an event of this class; see [`EventSchema::check`].
    ///
    /// # Errors
    /// All that is wrong, as Pydantic's lines.
    pub fn check(&self, value: &RawValue) -> Result<Box<RawValue>, String> {
        self.schema.check(&self.name, self.is_stop, value)
    }
}

/// The event classes of one workflow, in the order in which `/workflows/{name}/events` lists them.
#[derive(Debug, Default)]
pub struct Registry {
    /// The classes.
    pub classes: Vec<Registered>,
}

impl Registry {
    /// The class of that name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Registered> {
        self.classes.iter().find(|class| class.name == name)
    }
}

const NOT_AN_OBJECT: &str = "Failed to deserialize event. Must be a json object, or stringified json object";

/// Finds the class of a client's event and checks its fields. `bare` names the class that a bare field object
/// stands for (the start event); without it an envelope is required.
///
/// As observed on llama-agents-server 0.8.0: an object is taken for an envelope when it has a `value` key, or
/// both a `type` and a `qualified_name`; `data` may stand for `value`; `type` wins over `qualified_name`.
///
/// # Errors
/// The text that belongs into `detail`.
pub fn parse_event<'r>(
    given: &RawValue,
    registry: &'r Registry,
    bare: Option<&str>,
) -> Result<(&'r Registered, Box<RawValue>), String> {
    let text: Option<String> = serde_json::from_str(given.get()).ok();
    let from_text = text.and_then(|text| read_text(&text).ok());
    let given = from_text.as_deref().unwrap_or(given);
    let members = fields(given).ok_or(NOT_AN_OBJECT)?;
    let has = |key: &str| members.contains_key(key);
    if let Some(class) = bare
        && !has("value")
        && !(has("type") && has("qualified_name"))
    {
        return in_class(registry.by_name(class), class, given);
    }
    let envelope = Envelope::read(&members)?;
    if let Some(class) = &envelope.class
        && let Some(registered) = registry.by_name(class)
    {
        return in_class(Some(registered), class, envelope.value);
    }
    if let Some(name) = &envelope.qualified_name {
        let mut classes = registry.classes.iter();
        let registered = classes.find(|class| class.qualified_name == *name);
        let registered = registered.ok_or_else(|| {
            format!(
                "Event type {name} is not declared by this workflow. \
                 Register it with add_workflow(..., additional_events=[...])."
            )
        })?;
        return in_class(Some(registered), name, envelope.value);
    }
    let Some(class) = envelope.class else {
        // `{event}` is literal: the server's text lacks its format prefix.
        return Err("Invalid client data. Must have a type or a qualified name, got {event}".to_owned());
    };
    let names: Vec<&str> = registry.classes.iter().map(|class| class.name.as_str()).collect();
    Err(format!(
        "Invalid event type: {class}. Expected one of {}",
        names.join(", ")
    ))
}

/// The parts of an envelope.
struct Envelope<'a> {
    value: &'a RawValue,
    class: Option<String>,
    qualified_name: Option<String>,
}

impl<'a> Envelope<'a> {
    fn read(members: &Fields<'a>) -> Result<Self, String> {
        let (mut count, mut lines) = (0, String::new());
        let mut error = |path: &str, kind: &str, message: &str, input_type: &str| {
            count += 1;
            push_line(&mut lines, path, kind, message, input_type);
        };
        let value = members.get("value").or_else(|| members.get("data")).copied();
        if value.is_none() {
            error("value", "missing", "Field required", "object");
        }
        let mut name = |key: &str| {
            let given = members.get(key)?;
            match serde_json::from_str::<Option<String>>(given.get()) {
                Ok(name) => name.filter(|name| !name.is_empty()),
                Err(_) => {
                    error(key, "string_type", "Input should be a string", type_of(given));
                    None
                }
            }
        };
        let (class, qualified_name) = (name("type"), name("qualified_name"));
        match value {
            Some(value) if count == 0 => Ok(Self {
                value,
                class,
                qualified_name,
            }),
            _ => {
                let report = headed(count, "EventEnvelope", &lines);
                Err(format!("Failed to deserialize event: {report}"))
            }
        }
    }
}

fn in_class<'r>(
    class: Option<&'r Registered>,
    name: &str,
    value: &RawValue,
) -> Result<(&'r Registered, Box<RawValue>), String> {
    let class = class.ok_or_else(|| format!("Invalid event type: {name}. No event types are registered."))?;
    match class.check(value) {
        Ok(checked) => Ok((class, checked)),
        Err(report) => Err(format!("Failed to deserialize event: {report}")),
    }
}
