//! The current control plane: the deployments of a project and their state. Read-only.
//!
//! Follows the schemas and the router of `llama-agents-core` 0.10.2, which also produced the recorded responses of the tests; the service
//! behind them needs Kubernetes and could not be run.

use serde::{Deserialize, Serialize};

use crate::json::{Members, decode, elements};
use crate::{DecodeError, RawJson};

pub mod endpoint;

/// The phase of a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeploymentPhase {
    /// Its pods are starting.
    Pending,
    /// It is healthy and serves.
    Running,
    /// No pod is available.
    Failed,
    /// New pods are created while old ones serve.
    RollingOut,
    /// The new pods failed; old ones serve.
    RolloutFailed,
    /// It has no pods, as configured.
    Suspended,
    /// It is being built.
    Building,
    /// The build failed.
    BuildFailed,
    /// A phase of a newer server.
    Other(String),
}

impl DeploymentPhase {
    /// The phase of the control plane's text.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "Pending" => Self::Pending,
            "Running" => Self::Running,
            "Failed" => Self::Failed,
            "RollingOut" => Self::RollingOut,
            "RolloutFailed" => Self::RolloutFailed,
            "Suspended" => Self::Suspended,
            "Building" => Self::Building,
            "BuildFailed" => Self::BuildFailed,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The control plane's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Failed => "Failed",
            Self::RollingOut => "RollingOut",
            Self::RolloutFailed => "RolloutFailed",
            Self::Suspended => "Suspended",
            Self::Building => "Building",
            Self::BuildFailed => "BuildFailed",
            Self::Other(word) => word,
        }
    }

    /// Whether it is an error.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::Failed | Self::RolloutFailed | Self::BuildFailed)
    }

    /// Whether its server may respond: it serves, or old pods do.
    #[must_use]
    pub const fn may_serve(&self) -> bool {
        matches!(self, Self::Running | Self::RollingOut | Self::RolloutFailed)
    }
}

/// A deployment of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedDeployment {
    /// Its stable id.
    pub id: String,
    /// Its display name.
    #[serde(default)]
    pub display_name: String,
    /// Its project.
    #[serde(default)]
    pub project_id: String,
    /// The control plane's text for its phase; see [`phase`](Self::phase).
    pub status: String,
    /// The address of its server. `None` if it has none.
    #[serde(default)]
    pub apiserver_url: Option<String>,
    /// The source of its code.
    #[serde(default)]
    pub repo_url: String,
    /// The branch, tag or commit that is deployed.
    #[serde(default)]
    pub git_ref: Option<String>,
    /// The commit that is deployed.
    #[serde(default)]
    pub git_sha: Option<String>,
    /// Warnings of the control plane.
    #[serde(default)]
    pub warning: Option<String>,
    /// The version of its app server.
    #[serde(default)]
    pub appserver_version: Option<String>,
    /// Whether it was suspended.
    #[serde(default)]
    pub suspended: bool,
    /// Its recent events, as JSON; see [`events`](Self::events). `null` unless they were requested.
    #[serde(default)]
    pub events: RawJson,
}

impl ManagedDeployment {
    /// Reads one deployment. From an older control plane, `name` is the display name.
    ///
    /// # Errors
    /// If the text is not a JSON object with an `id` and a `status`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        let mut deployment: Self = decode("managed deployment", json)?;
        if deployment.display_name.is_empty() {
            let name = Members::read(json).and_then(|members| members.text("name"));
            deployment.display_name =
                name.map_or_else(|| deployment.id.clone(), std::borrow::Cow::into_owned);
        }
        Ok(deployment)
    }

    /// Reads the deployments of a project.
    ///
    /// # Errors
    /// If the text is not a JSON object with a list `deployments`, or one of them can't be read.
    pub fn parse_list(json: &str) -> Result<Vec<Self>, DecodeError> {
        items("managed deployments", json, "deployments", Self::parse)
    }

    /// Its phase.
    #[must_use]
    pub fn phase(&self) -> DeploymentPhase {
        DeploymentPhase::of(&self.status)
    }

    /// Its recent events, oldest first as the control plane sends them. Empty unless they were requested; invalid ones are left out.
    #[must_use]
    pub fn events(&self) -> Vec<DeploymentEvent> {
        let events = self.events.elements().unwrap_or_default().into_iter();
        events
            .filter_map(|event| decode("deployment event", event.as_str()).ok())
            .collect()
    }
}

/// An event of a deployment, in Kubernetes' terms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentEvent {
    /// The message.
    #[serde(default)]
    pub message: Option<String>,
    /// The reason, as one word.
    #[serde(default)]
    pub reason: Option<String>,
    /// `Normal` or `Warning`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// When it was last seen, RFC 3339.
    #[serde(default)]
    pub last_timestamp: Option<String>,
    /// How often it was seen.
    #[serde(default)]
    pub count: Option<u64>,
}

/// A released version of a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentRelease {
    /// Its commit.
    pub git_sha: String,
    /// The app server's image.
    #[serde(default)]
    pub image_tag: Option<String>,
    /// When it was released, RFC 3339.
    #[serde(default)]
    pub released_at: String,
}

impl DeploymentRelease {
    /// Reads the history of a deployment, newest first.
    ///
    /// # Errors
    /// If the text is not a JSON object with a list `history`, or one of them can't be read.
    pub fn parse_history(json: &str) -> Result<Vec<Self>, DecodeError> {
        items("deployment history", json, "history", |item| {
            decode("deployment release", item)
        })
    }
}

/// A line of a deployment's log: the data of an event `log`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentLogLine {
    /// The pod that wrote it.
    #[serde(default)]
    pub pod: String,
    /// The container in the pod.
    #[serde(default)]
    pub container: String,
    /// The line.
    pub text: String,
    /// When it was written, RFC 3339.
    #[serde(default)]
    pub timestamp: String,
}

impl DeploymentLogLine {
    /// Reads the data of an event `log`.
    ///
    /// # Errors
    /// If the text is not a JSON object with a `text`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode("log line", json)
    }
}

/// A project with deployments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedProject {
    /// Its id, which the lists of deployments need.
    pub project_id: String,
    /// Its display name.
    #[serde(default)]
    pub project_name: String,
    /// How many deployments it has.
    #[serde(default)]
    pub deployment_count: u64,
    /// Its organization.
    #[serde(default)]
    pub org_id: String,
}

impl ManagedProject {
    /// Reads the list of projects.
    ///
    /// # Errors
    /// If the text is not a JSON object with a list `projects`, or one of them can't be read.
    pub fn parse_list(json: &str) -> Result<Vec<Self>, DecodeError> {
        items("projects", json, "projects", |item| {
            let mut project: Self = decode("project", item)?;
            if project.project_name.is_empty() {
                project.project_name.clone_from(&project.project_id);
            }
            Ok(project)
        })
    }
}

/// An organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedOrganization {
    /// Its id.
    pub org_id: String,
    /// Its display name.
    #[serde(default)]
    pub org_name: String,
    /// Whether it is the default organization of projects.
    #[serde(default)]
    pub is_default: bool,
}

impl ManagedOrganization {
    /// Reads the list of organizations.
    ///
    /// # Errors
    /// If the text is not a JSON object with a list `organizations`, or one of them can't be read.
    pub fn parse_list(json: &str) -> Result<Vec<Self>, DecodeError> {
        items("organizations", json, "organizations", |item| {
            decode("organization", item)
        })
    }
}

/// The version of a control plane, available without a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlPlaneVersion {
    /// The version.
    pub version: String,
    /// Whether all other requests need a token.
    #[serde(default)]
    pub requires_auth: bool,
    /// Its features: `code_push`, `organizations`, and those of newer versions.
    #[serde(default)]
    pub capabilities: Vec<String>,
}

impl ControlPlaneVersion {
    /// Reads the response.
    ///
    /// # Errors
    /// If the text is not a JSON object with a `version`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode("control plane's version", json)
    }
}

/// The items of an object's list.
fn items<T>(
    what: &'static str,
    json: &str,
    name: &str,
    read: impl Fn(&str) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let list = Members::decode(what, json)?.get(name).and_then(elements);
    let list = list.ok_or_else(|| DecodeError::new(what, format!("`{name}`: a list was expected"), json))?;
    list.into_iter().map(|item| read(item.get())).collect()
}
