//! The control plane of today: which deployments a project has, and how they stand. Read-only.
//!
//! After the schemas and the router of `llama-agents-core` 0.10.2, which the recorded answers of the tests come from; the service behind
//! them needs Kubernetes and could not be run.

use serde::{Deserialize, Serialize};

use crate::json::{Members, decode, elements};
use crate::{DecodeError, RawJson};

pub mod endpoint;

/// What a deployment is doing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeploymentPhase {
    /// Its pods are starting.
    Pending,
    /// It is healthy and serves.
    Running,
    /// No pod is available.
    Failed,
    /// New pods are made while old ones serve.
    RollingOut,
    /// The new pods failed; old ones serve.
    RolloutFailed,
    /// It has no pods, by choice.
    Suspended,
    /// It is being built.
    Building,
    /// The build failed.
    BuildFailed,
    /// A phase of a newer server.
    Other(String),
}

impl DeploymentPhase {
    /// The phase that the control plane's word means.
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

    /// The control plane's word.
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

    /// Whether something went wrong.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::Failed | Self::RolloutFailed | Self::BuildFailed)
    }

    /// Whether its server may answer: it serves, or old pods do.
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
    /// Its name for people.
    #[serde(default)]
    pub display_name: String,
    /// The project that it belongs to.
    #[serde(default)]
    pub project_id: String,
    /// The control plane's word for what it is doing; see [`phase`](Self::phase).
    pub status: String,
    /// The address of its server. None while it has none.
    #[serde(default)]
    pub apiserver_url: Option<String>,
    /// Where its code is from.
    #[serde(default)]
    pub repo_url: String,
    /// The branch, tag or commit that is deployed.
    #[serde(default)]
    pub git_ref: Option<String>,
    /// The commit that is deployed.
    #[serde(default)]
    pub git_sha: Option<String>,
    /// What the control plane warns of.
    #[serde(default)]
    pub warning: Option<String>,
    /// The version of its app server.
    #[serde(default)]
    pub appserver_version: Option<String>,
    /// Whether it was suspended.
    #[serde(default)]
    pub suspended: bool,
    /// Its recent events, as JSON; see [`events`](Self::events). `null` unless they were asked for.
    #[serde(default)]
    pub events: RawJson,
}

impl ManagedDeployment {
    /// Reads one deployment. Of an older control plane, `name` is the display name.
    ///
    /// # Errors
    /// When the text is no JSON object with an `id` and a `status`.
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
    /// When the text is no JSON object with a list `deployments`, or one of them can't be read.
    pub fn parse_list(json: &str) -> Result<Vec<Self>, DecodeError> {
        items("managed deployments", json, "deployments", Self::parse)
    }

    /// What it is doing.
    #[must_use]
    pub fn phase(&self) -> DeploymentPhase {
        DeploymentPhase::of(&self.status)
    }

    /// Its recent events, oldest first as the control plane sends them. Empty unless they were asked for; what can't be read is left out.
    #[must_use]
    pub fn events(&self) -> Vec<DeploymentEvent> {
        let events = self.events.elements().unwrap_or_default().into_iter();
        events
            .filter_map(|event| decode("deployment event", event.as_str()).ok())
            .collect()
    }
}

/// What happened to a deployment, in Kubernetes' words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentEvent {
    /// What happened.
    #[serde(default)]
    pub message: Option<String>,
    /// The same as one word.
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

/// A version of a deployment that was released.
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
    /// When the text is no JSON object with a list `history`, or one of them can't be read.
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
    /// When the text is no JSON object with a `text`.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        decode("log line", json)
    }
}

/// A project with deployments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedProject {
    /// Its id, which the lists of deployments need.
    pub project_id: String,
    /// Its name for people.
    #[serde(default)]
    pub project_name: String,
    /// How many deployments it has.
    #[serde(default)]
    pub deployment_count: u64,
    /// The organization that it belongs to.
    #[serde(default)]
    pub org_id: String,
}

impl ManagedProject {
    /// Reads the list of projects.
    ///
    /// # Errors
    /// When the text is no JSON object with a list `projects`, or one of them can't be read.
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
    /// Its name for people.
    #[serde(default)]
    pub org_name: String,
    /// Whether projects belong to it when nothing else is said.
    #[serde(default)]
    pub is_default: bool,
}

impl ManagedOrganization {
    /// Reads the list of organizations.
    ///
    /// # Errors
    /// When the text is no JSON object with a list `organizations`, or one of them can't be read.
    pub fn parse_list(json: &str) -> Result<Vec<Self>, DecodeError> {
        items("organizations", json, "organizations", |item| {
            decode("organization", item)
        })
    }
}

/// The version of a control plane, which it gives to everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlPlaneVersion {
    /// The version.
    pub version: String,
    /// Whether everything else needs a token.
    #[serde(default)]
    pub requires_auth: bool,
    /// What it can do: `code_push`, `organizations`, and what newer ones add.
    #[serde(default)]
    pub capabilities: Vec<String>,
}

impl ControlPlaneVersion {
    /// Reads the answer.
    ///
    /// # Errors
    /// When the text is no JSON object with a `version`.
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
