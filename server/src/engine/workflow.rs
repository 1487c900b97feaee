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
    /// A step that accepts one event class.
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

    /// A step that accepts any of several classes.
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

    /// How many events it handles at a time. Defaults to 4, as in Python.
    #[must_use]
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// The total number of attempts, and the delay between two of them. Defaults to one attempt.
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

/// A workflow: its steps, and the descriptions that the server returns.
#[derive(Debug)]
pub struct Workflow {
    /// The name under which it is served.
    pub name: &'static str,
    /// The response of `/workflows/{name}/schema`.
    pub schema: WorkflowSchema,
    /// The response of `/workflows/{name}/events`.
    pub events: EventSchemas,
    /// The response of `/workflows/{name}/representation`.
    pub representation: Representation,
    /// Class of the start event.
    pub start: &'static Class,
    /// The classes that clients may send.
    pub registry: Registry,
    pub(crate) classes: Vec<&'static Class>,
    pub(crate) steps: Vec<Step>,
    pub(crate) timeout: Option<Duration>,
}

/// The descriptions of a workflow from a real server.
#[derive(Default, Deserialize)]
struct Recorded {
    schema: Box<RawValue>,
    events: Box<RawValue>,
    representation: Box<RawValue>,
}

impl Workflow {
    /// A workflow from the `schema`, `events` and `representation` responses of a real server, as one JSON object. `classes` are those that
    /// its steps use or that may be sent to it.
    #[must_use]
    pub fn new(
        name: &'static str,
        recorded: &str,
        start: &'static Class,
        classes: &[&'static Class],
        steps: Vec<Step>,
    ) -> Self {
        // Without white space, like the server's response.
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

    /// The time limit of its runs.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The class of that name, if clients may send it.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<&'static Class> {
        self.classes.iter().find(|class| class.name == name).copied()
    }
}
