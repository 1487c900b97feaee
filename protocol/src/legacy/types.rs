//! Responses of the older servers.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::json::{Members, decode, elements, text_of};
use crate::{DecodeError, RawJson};

/// A task to start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewLegacyTask {
    /// The fields of the workflow's start event, a JSON object. `null` counts as none.
    pub input: RawJson,
    /// The service, which is a workflow. `None`: the deployment's default one, which the current app server has only if it is called
    /// `default`.
    pub service: Option<String>,
    /// The session. `None` creates one. Tasks of a session share no state on any of these servers; a task that receives events needs its
    /// own session.
    pub session_id: Option<String>,
}

impl NewLegacyTask {
    /// A task with these fields.
    #[must_use]
    pub fn new(input: RawJson) -> Self {
        Self {
            input,
            ..Self::default()
        }
    }

    /// Sets the service.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Sets the session.
    #[must_use]
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.session_id = Some(id.into());
        self
    }

    pub(super) fn input_text(&self) -> &str {
        if self.input.is_null() {
            "{}"
        } else {
            self.input.as_str()
        }
    }
}

/// A task of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LegacyTask {
    /// Its id.
    pub task_id: String,
    /// Its session. Lists of the `Deployment` API omit it; without it a task cannot receive events.
    #[serde(default)]
    pub session_id: Option<String>,
    /// Its service, which is a workflow. Lists of the `Deployment` API omit it. `agent_id` on the wire of llama-deploy 0.2.2.
    #[serde(default, alias = "agent_id")]
    pub service_id: Option<String>,
    /// The start event's fields, as JSON text.
    #[serde(default)]
    pub input: String,
}

impl LegacyTask {
    /// Reads the response to `tasks/create`.
    ///
    /// # Errors
    /// If the text is not a JSON object with a `task_id`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode("legacy task", json)
    }
}

/// A session of the server. Its `state` is not read: llama-deploy 0.2.2 stores pickles there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacySession {
    /// Its id.
    pub session_id: String,
    /// Its tasks, oldest first. Always empty with the `Deployment` API.
    #[serde(default)]
    pub task_ids: Vec<String>,
}

impl LegacySession {
    /// Reads the response to `sessions/create` of the `Deployment` API.
    ///
    /// # Errors
    /// If the text is not a JSON object with a `session_id`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode("legacy session", json)
    }
}

/// The result of a task. Its `data` is not read: llama-deploy 0.2.2 has pickles there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacyResult {
    /// The task.
    pub task_id: String,
    /// The result; text on all known servers. llama-deploy 0.2.2 sends its `str()`, or the reason of a failure.
    #[serde(default)]
    pub result: RawJson,
}

/// A service of llama-deploy 0.2.2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacyService {
    /// Its name, which tasks refer to.
    pub service_name: String,
    /// Its description.
    #[serde(default)]
    pub description: String,
    /// The host that it listens on. Only the control plane calls it.
    #[serde(default)]
    pub host: Option<String>,
    /// The port that it listens on.
    #[serde(default)]
    pub port: Option<u64>,
}

/// The state of a llama-deploy 0.9.2 as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacyStatus {
    /// `Healthy`, `Unhealthy` or `Down`.
    pub status: String,
    /// Details. Usually empty.
    #[serde(default)]
    pub status_message: String,
    /// The maximum number of deployments.
    #[serde(default)]
    pub max_deployments: Option<u64>,
    /// The names of its deployments.
    #[serde(default)]
    pub deployments: Vec<String>,
}

impl LegacyStatus {
    /// Reads the response to `/status/`.
    ///
    /// # Errors
    /// If the text is not a JSON object with a `status`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode("legacy status", json)
    }

    /// Whether the server reports that it is healthy.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.status.eq_ignore_ascii_case("healthy")
    }
}

fn list<'a, T: Deserialize<'a>>(what: &'static str, json: &'a str) -> Result<Vec<T>, DecodeError> {
    let items = elements(json).ok_or_else(|| DecodeError::new(what, "a list was expected", json))?;
    items.into_iter().map(|item| decode(what, item.get())).collect()
}

fn map<'a, T: Deserialize<'a>>(what: &'static str, json: &'a str) -> Result<Vec<T>, DecodeError> {
    Members::decode(what, json)?
        .values()
        .map(|item| decode(what, item))
        .collect()
}

/// Reads a list of tasks.
///
/// # Errors
/// If the text is not a JSON list of tasks.
pub fn parse_tasks(json: &str) -> Result<Vec<LegacyTask>, DecodeError> {
    list("legacy tasks", json)
}

/// Reads the list of sessions of the `Deployment` API.
///
/// # Errors
/// If the text is not a JSON list of sessions.
pub fn parse_sessions(json: &str) -> Result<Vec<LegacySession>, DecodeError> {
    list("legacy sessions", json)
}

/// Reads the sessions of llama-deploy 0.2.2, a map by id.
///
/// # Errors
/// If the text is not a JSON object of sessions.
pub fn parse_session_map(json: &str) -> Result<Vec<LegacySession>, DecodeError> {
    map("legacy sessions", json)
}

/// Reads the services of llama-deploy 0.2.2, a map by name.
///
/// # Errors
/// If the text is not a JSON object of services.
pub fn parse_services(json: &str) -> Result<Vec<LegacyService>, DecodeError> {
    map("legacy services", json)
}

/// Reads the names of the deployments of llama-deploy 0.9.2.
///
/// # Errors
/// If the text is not a JSON list of objects with a `name`.
pub fn parse_deployments(json: &str) -> Result<Vec<String>, DecodeError> {
    #[derive(Deserialize)]
    struct Deployment {
        name: String,
    }
    let deployments: Vec<Deployment> = list("legacy deployments", json)?;
    Ok(deployments
        .into_iter()
        .map(|deployment| deployment.name)
        .collect())
}

/// Reads an id in a response of llama-deploy 0.2.2: a JSON string.
///
/// # Errors
/// If the text is not a JSON string.
pub fn parse_id(json: &str) -> Result<String, DecodeError> {
    let id = text_of(json.trim()).map(Cow::into_owned);
    id.ok_or_else(|| DecodeError::new("legacy id", "a string was expected", json))
}

/// Reads a task's result. `None` while the task runs (llama-deploy 0.2.2).
///
/// # Errors
/// If the text is neither `null` nor a JSON object with a `task_id`.
pub fn parse_result(json: &str) -> Result<Option<LegacyResult>, DecodeError> {
    if json.trim() == "null" {
        return Ok(None);
    }
    decode("legacy result", json).map(Some)
}
