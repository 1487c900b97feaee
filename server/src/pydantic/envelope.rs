//! Reading an event that a client sends: bare fields, an envelope, or either inside a string.

use super::{Problem, Problems, check_event, report};
use crate::python::{Json, parse};

/// One event class that clients may send.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Class name, the `type` of an envelope.
    pub name: String,
    /// `module.Name`, the legacy `qualified_name` of an envelope.
    pub qualified_name: String,
    /// Whether it is or extends `StopEvent`.
    pub is_stop: bool,
    /// Its JSON Schema.
    pub schema: Json,
}

/// The event classes of one workflow, in the order in which `/workflows/{name}/events` lists them.
#[derive(Debug, Clone, Default)]
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
/// stands for (the start event); without it an envelope is needed.
///
/// As observed on llama-agents-server 0.8.0: an object is taken for an envelope when it has a `value` key, or
/// both a `type` and a `qualified_name`; `data` may stand for `value`; `type` wins over `qualified_name`.
///
/// # Errors
/// The text that belongs into `detail`.
pub fn parse_event<'r>(
    given: &Json,
    registry: &'r Registry,
    bare: Option<&str>,
) -> Result<(&'r Registered, Json), String> {
    let from_text = match given {
        Json::Str(text) => parse(text).ok(),
        _ => None,
    };
    let given = from_text.as_ref().unwrap_or(given);
    let Json::Dict(pairs) = given else {
        return Err(NOT_AN_OBJECT.to_owned());
    };
    if let Some(class) = bare {
        let named = given.get("qualified_name").is_some() && given.get("type").is_some();
        if !named && given.get("value").is_none() {
            return in_class(registry, class, given);
        }
    }
    let mut problems = Problems::default();
    let value = given.get("value").or_else(|| given.get("data"));
    if value.is_none() {
        problems.push(|| Problem::new("value", "missing", "Field required", given));
    }
    let mut name_of = |key: &str| match pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value) {
        Some(Json::Str(text)) if !text.is_empty() => Some(text.as_str()),
        None | Some(Json::Null | Json::Str(_)) => None,
        Some(other) => {
            problems.push(|| Problem::new(key, "string_type", "Input should be a valid string", other));
            None
        }
    };
    let (class, qualified_name) = (name_of("type"), name_of("qualified_name"));
    let Some(value) = value.filter(|_| problems.is_empty()) else {
        return Err(format!(
            "Failed to deserialize event: {}",
            report("EventEnvelope", &problems)
        ));
    };
    let mut unknown = None;
    if let Some(class) = class {
        if registry.by_name(class).is_some() {
            return in_class(registry, class, value);
        }
        let names: Vec<&str> = registry.classes.iter().map(|class| class.name.as_str()).collect();
        unknown = Some(format!(
            "Invalid event type: {class}. Expected one of {}",
            names.join(", ")
        ));
    }
    if let Some(qualified_name) = qualified_name {
        return match registry
            .classes
            .iter()
            .find(|class| class.qualified_name == qualified_name)
        {
            Some(class) => in_class(registry, &class.name, value),
            None => Err(format!(
                "Event type {qualified_name} is not declared by this workflow. \
                 Register it with add_workflow(..., additional_events=[...])."
            )),
        };
    }
    // `{event}` is literal: the server's text lacks its format prefix.
    Err(unknown.unwrap_or_else(|| {
        "Invalid client data. Must have a type or a qualified name, got {event}".to_owned()
    }))
}

fn in_class<'r>(registry: &'r Registry, name: &str, value: &Json) -> Result<(&'r Registered, Json), String> {
    let Some(class) = registry.by_name(name) else {
        return Err(format!(
            "Invalid event type: {name}. No event types are registered."
        ));
    };
    match check_event(&class.name, &class.schema, class.is_stop, value) {
        Ok(checked) => Ok((class, checked.0)),
        Err(problems) => Err(format!(
            "Failed to deserialize event: {}",
            report(&class.name, &problems)
        )),
    }
}
