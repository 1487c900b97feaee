//! The schemas of a server, as one JSON text that can be kept in a file.

use crate::Error;
use serde_json::{Map, Value, json};

/// What a server says of its workflows' classes.
///
/// As JSON: `{"workflows": {NAME: {"start": SCHEMA, "stop": SCHEMA, "events": [SCHEMA, …]}}}`, where the first two are the answer
/// of `GET /workflows/{name}/schema` and the last is that of `GET /workflows/{name}/events`. The title of each schema is the name of its
/// class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schemas(Map<String, Value>);

/// What a server says of the classes of one workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkflowSchemas {
    /// The schema of the class of the start event.
    pub start: Value,
    /// The schema of the class of the stop event.
    pub stop: Value,
    /// The schemas of all classes that the workflow's steps name, those two among them.
    pub events: Vec<Value>,
}

impl Schemas {
    /// No workflow at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what [`Schemas::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// [`Error::Schemas`] when it is not JSON, or not of that shape.
    pub fn parse(text: &str) -> Result<Self, Error> {
        #[derive(serde::Deserialize)]
        struct File {
            workflows: Map<String, Value>,
        }
        let file: File = serde_json::from_str(text)?;
        Ok(Self(file.workflows))
    }

    /// Adds a workflow, or replaces it. Its events are kept in the order of their names: the server's order changes with each
    /// of its starts, and what is kept in a file shouldn't.
    pub fn insert(&mut self, name: impl Into<String>, mut workflow: WorkflowSchemas) {
        workflow
            .events
            .sort_by_cached_key(|event| event["title"].as_str().map(str::to_owned));
        let value = json!({ "start": workflow.start, "stop": workflow.stop, "events": workflow.events });
        self.0.insert(name.into(), value);
    }

    /// The workflows by name. A part that is missing is a schema that allows anything.
    pub fn workflows(&self) -> impl Iterator<Item = (&str, WorkflowSchemas)> {
        self.0.iter().map(|(name, workflow)| {
            let part = |key: &str| workflow.get(key).cloned().unwrap_or_else(|| json!({}));
            let events = workflow.get("events").and_then(Value::as_array).cloned();
            let workflow = WorkflowSchemas {
                start: part("start"),
                stop: part("stop"),
                events: events.unwrap_or_default(),
            };
            (name.as_str(), workflow)
        })
    }

    /// Indented JSON, the workflows in the order of their names.
    #[must_use]
    pub fn to_json(&self) -> String {
        format!("{:#}\n", json!({ "workflows": self.0 }))
    }
}
