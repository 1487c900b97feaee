//! Workflows and their steps.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use workflow_protocol::{EventSchemas, Graph, Representation, WorkflowSchema, schema_title};

use super::exit::{Exception, Exit, StepResult};
use super::{Class, Context, Event, Typed};
use crate::validation::{EventSchema, Registered, Registry, read_text};

type Body = Arc<dyn Fn(Context, Event) -> BoxFuture<'static, StepResult> + Send + Sync>;

/// One step: an async function from an event to an event.
#[derive(Clone)]
pub struct Step {
    pub(crate) name: &'static str,
    pub(crate) accepts: Vec<&'static Class>,
    pub(crate) workers: usize,
    pub(crate) attempts: u32,
    pub(crate) retry_delay: Duration,
    pub(crate) body: Body,
}

impl fmt::Debug for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Step")
            .field("name", &self.name)
            .field("accepts", &self.accepts)
            .finish_non_exhaustive()
    }
}

impl Step {
    /// A step that takes one class of events.
    pub fn new<E, F, R>(name: &'static str, body: F) -> Self
    where
        E: Typed + DeserializeOwned + Send + 'static,
        F: Fn(Context, E) -> R + Send + Sync + 'static,
        R: Future<Output = StepResult> + Send + 'static,
    {
        Self::any(name, vec![E::CLASS], move |context, event: Event| {
            match event.read::<E>() {
                Ok(typed) => body(context, typed).boxed(),
                Err(error) => {
                    let exception = Exception::value_error(format!("{}: {error}", E::CLASS.name));
                    async move { Err(Exit::Raised(exception)) }.boxed()
                }
            }
        })
    }

    /// A step that takes any of several classes.
    pub fn any<F, R>(name: &'static str, accepts: Vec<&'static Class>, body: F) -> Self
    where
        F: Fn(Context, Event) -> R + Send + Sync + 'static,
        R: Future<Output = StepResult> + Send + 'static,
    {
        Self {
            name,
            accepts,
            workers: 4,
            attempts: 1,
            retry_delay: Duration::ZERO,
            body: Arc::new(move |context, event| body(context, event).boxed()),
        }
    }

    /// How many events it works on at a time. Defaults to 4, as in Python.
    #[must_use]
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// How often it is tried in all, and the pause between two attempts. Defaults to once.
    #[must_use]
    pub fn attempts(mut self, count: u32, delay: Duration) -> Self {
        self.attempts = count;
        self.retry_delay = delay;
        self
    }

    pub(crate) fn accepts(&self, class: &Class) -> bool {
        self.accepts.contains(&class)
    }
}

/// A workflow: its steps, and what the server tells about it.
#[derive(Debug)]
pub struct Workflow {
    /// The name under which it is served.
    pub name: &'static str,
    /// The answer to `/workflows/{name}/schema`.
    pub schema: WorkflowSchema,
    /// The answer to `/workflows/{name}/events`.
    pub events: EventSchemas,
    /// The answer to `/workflows/{name}/representation`.
    pub representation: Representation,
    /// Class of the start event.
    pub start: &'static Class,
    /// The classes that clients may send.
    pub registry: Registry,
    pub(crate) classes: Vec<&'static Class>,
    pub(crate) steps: Vec<Step>,
    pub(crate) timeout: Option<Duration>,
}

/// What a real server says about a workflow.
#[derive(Default, Deserialize)]
struct Recorded {
    schema: Box<RawValue>,
    events: Box<RawValue>,
    representation: Box<RawValue>,
}

impl Workflow {
    /// A workflow from what a real server says about it: the `schema`, `events` and `representation` answers
    /// as one JSON object. `classes` are those that occur in its steps or may be sent to it.
    #[must_use]
    pub fn new(
        name: &'static str,
        recorded: &str,
        start: &'static Class,
        classes: &[&'static Class],
        steps: Vec<Step>,
    ) -> Self {
        // Without white space, as the server answers it.
        let recorded = read_text(recorded).ok();
        let recorded = recorded.and_then(|recorded| serde_json::from_str(recorded.get()).ok());
        let recorded: Recorded = recorded.unwrap_or_default();
        let events = EventSchemas::parse(recorded.events.get()).unwrap_or_default();
        let graph = Graph::parse(recorded.representation.get()).unwrap_or_default();
        let mut registry = Registry::default();
        let mut known = Vec::new();
        for schema in &events.events {
            let title = schema_title(schema).unwrap_or_default();
            let class = classes.iter().find(|class| class.name == title);
            let (Some(class), Ok(schema)) = (class, EventSchema::new(schema.as_str())) else {
                continue;
            };
            known.push(*class);
            registry.classes.push(Registered {
                name: class.name.to_owned(),
                qualified_name: class.qualified_name(),
                is_stop: class.is("StopEvent"),
                schema,
            });
        }
        Self {
            name,
            schema: WorkflowSchema::parse(recorded.schema.get()).unwrap_or_default(),
            events,
            representation: Representation { graph },
            start,
            registry,
            classes: known,
            steps,
            timeout: None,
        }
    }

    /// Ends runs that take longer.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The class of that name among those that clients may send.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&'static Class> {
        self.classes.iter().find(|class| class.name == name).copied()
    }
}
