//! The fields of `StepStateChanged`.

use std::borrow::Cow;

use crate::json::{Members, text_of};

/// A step that started, ended or was queued, from the fields of a `StepStateChanged`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StepState {
    /// The step's name.
    pub name: String,
    /// The state on the wire: `preparing`, `running`, `not_running`; on older servers `in_progress`, `not_in_progress`, `exited`.
    pub state: String,
    /// A small number that is reused, or `<enqueued>` while the step has no worker. The latter never gets a closing event.
    pub worker_id: String,
    /// The short class name of the step's input event.
    pub input: Option<String>,
    /// The short class name of the event that the step returned. `None` while it runs, and if it returned nothing, failed or parked.
    pub output: Option<String>,
    /// Whether the step finished, with or without an event. A step that failed or parked did not.
    pub returned: bool,
}

impl StepState {
    /// Reads the fields of a `StepStateChanged`; `None` if they have neither a step's name nor a state.
    ///
    /// The server writes class names in two ways, `Work` and `<class 'app.Work'>`, and `<class 'NoneType'>` for none (observed on
    /// llama-agents-server 0.8.0). This type has only the short name.
    pub fn parse(value: &str) -> Option<Self> {
        let members = Members::read(value)?;
        let text = |name: &str| members.text(name).map(Cow::into_owned);
        Some(Self {
            name: text("name")?,
            state: text("step_state")?,
            worker_id: members.get("worker_id").map(worker).unwrap_or_default(),
            input: text("input_event_name").as_deref().and_then(known_class),
            output: text("output_event_name").as_deref().and_then(known_class),
            returned: text("output_event_name").is_some(),
        })
    }

    /// Whether the step is running.
    pub fn is_running(&self) -> bool {
        matches!(self.state.as_str(), "running" | "in_progress")
    }

    /// Whether the step waits for a free worker.
    pub fn is_queued(&self) -> bool {
        self.state == "preparing"
    }

    /// Whether the step has stopped.
    pub fn is_stopped(&self) -> bool {
        !self.is_running() && !self.is_queued()
    }
}

fn worker(value: &str) -> String {
    text_of(value).map_or_else(|| value.to_owned(), Cow::into_owned)
}

fn known_class(text: &str) -> Option<String> {
    let name = class_name(text);
    (!matches!(name, "NoneType" | "None" | "")).then(|| name.to_owned())
}

/// The short name of a class, from its Python representation or its qualified name.
///
/// ```
/// # use workflow_protocol::class_name;
/// assert_eq!(class_name("<class 'app.models.Work'>"), "Work");
/// assert_eq!(class_name("app.Work"), "Work");
/// assert_eq!(class_name("Work"), "Work");
/// ```
pub fn class_name(text: &str) -> &str {
    let text = text.trim();
    let inner = text
        .strip_prefix("<class '")
        .and_then(|rest| rest.strip_suffix("'>"))
        .unwrap_or(text);
    inner.rsplit('.').next().unwrap_or(inner)
}
