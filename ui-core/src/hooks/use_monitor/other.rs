//! What a deployment is that is no workflow server, and what it has. Each kind is recognised with its feature only.

use workflow_protocol::legacy::LegacyService;
use workflow_protocol::manage::ManagedDeployment;

use crate::{Error, WorkflowClient};

/// The most deployments of a llama-deploy 0.9.2 whose tasks and sessions are counted.
#[cfg(feature = "legacy")]
const MOST_COUNTED: usize = 10;
/// The most projects of a control plane whose deployments are read.
#[cfg(feature = "control-plane")]
const MOST_PROJECTS: usize = 10;
/// The most deployments of a control plane.
#[cfg(feature = "control-plane")]
const MOST_DEPLOYMENTS: usize = 100;
/// The lines of a log.
#[cfg(feature = "control-plane")]
const LOG_LINES: u32 = 200;
/// How long a log may take, in milliseconds.
#[cfg(feature = "control-plane")]
const LOG_MS: u64 = 15_000;

/// A server that is no workflow server, with what it has. See [`MonitoredDeployment::other`](super::MonitoredDeployment::other).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtherServer {
    /// llama-deploy 0.9.2 (legacy): its deployments. It is recognised by `/status/`, at its root.
    LegacyServer(Vec<LegacyDeployment>),
    /// llama-deploy 0.2.2 (legacy): its services.
    LegacyControlPlane(Vec<LegacyService>),
    /// The control plane of today's platform: the deployments of the first ten projects of the user, at most 100.
    ControlPlane(Vec<ManagedDeployment>),
}

impl OtherServer {
    /// The name of the product.
    #[must_use]
    pub const fn product(&self) -> &'static str {
        match self {
            Self::LegacyServer(_) => "llama-deploy 0.9 (legacy)",
            Self::LegacyControlPlane(_) => "llama-deploy 0.2 (legacy)",
            Self::ControlPlane(_) => "Control plane",
        }
    }
}

/// A deployment of a llama-deploy 0.9.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyDeployment {
    /// Its name.
    pub name: String,
    /// The number of its tasks, also those that ended. None if it could not be read, and of the eleventh deployment and further ones.
    pub tasks: Option<usize>,
    /// The number of its sessions. None as for tasks.
    pub sessions: Option<usize>,
}

/// Which of them a server is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    #[cfg(feature = "legacy")]
    LegacyServer,
    #[cfg(feature = "legacy")]
    LegacyControlPlane,
    #[cfg(feature = "control-plane")]
    ControlPlane,
}

const KINDS: &[Kind] = &[
    #[cfg(feature = "legacy")]
    Kind::LegacyServer,
    #[cfg(feature = "legacy")]
    Kind::LegacyControlPlane,
    #[cfg(feature = "control-plane")]
    Kind::ControlPlane,
];

/// Whether a server that answers its `/health` so may be one of them: it has no such path, or something else there.
pub(super) fn is_possible(error: &Error) -> bool {
    error.is_not_found() || matches!(error, Error::Decode(_))
}

/// Asks a server which of them it is.
pub(super) async fn find(client: &WorkflowClient) -> Option<Kind> {
    for kind in KINDS {
        if kind.is_it(client).await {
            return Some(*kind);
        }
    }
    None
}

impl Kind {
    async fn is_it(self, client: &WorkflowClient) -> bool {
        #[cfg(not(any(feature = "legacy", feature = "control-plane")))]
        let _ = client;
        match self {
            #[cfg(feature = "legacy")]
            Self::LegacyServer => crate::legacy_status(client).await.is_ok(),
            #[cfg(feature = "legacy")]
            Self::LegacyControlPlane => {
                use workflow_protocol::legacy::endpoint::control_plane::queue_config;
                let http = client.store().http().clone();
                let answer = http.body(queue_config()).await;
                answer.is_ok_and(|body| body.trim_start().starts_with('{'))
            }
            #[cfg(feature = "control-plane")]
            Self::ControlPlane => crate::ControlPlaneClient::new(client.clone())
                .version()
                .await
                .is_ok(),
        }
    }

    /// Reads what it has.
    pub(super) async fn read(self, client: &WorkflowClient) -> Result<OtherServer, Error> {
        #[cfg(not(any(feature = "legacy", feature = "control-plane")))]
        let _ = client;
        match self {
            #[cfg(feature = "legacy")]
            Self::LegacyServer => read_deployments(client).await,
            #[cfg(feature = "legacy")]
            Self::LegacyControlPlane => {
                let legacy = crate::LegacyClient::new(client.clone(), crate::LegacyApi::ControlPlane);
                let services = legacy.service_definitions().await?;
                Ok(OtherServer::LegacyControlPlane(services))
            }
            #[cfg(feature = "control-plane")]
            Self::ControlPlane => {
                let control_plane = crate::ControlPlaneClient::new(client.clone());
                let mut found = Vec::new();
                for project in control_plane.projects(None).await?.iter().take(MOST_PROJECTS) {
                    found.extend(control_plane.deployments(&project.project_id).await?);
                }
                found.truncate(MOST_DEPLOYMENTS);
                Ok(OtherServer::ControlPlane(found))
            }
        }
    }
}

#[cfg(feature = "legacy")]
async fn read_deployments(client: &WorkflowClient) -> Result<OtherServer, Error> {
    use workflow_protocol::legacy::{endpoint::apiserver, parse_sessions, parse_tasks};
    let status = crate::legacy_status(client).await?;
    if !status.is_healthy() {
        let detail = format!("The server is {} {}", status.status, status.status_message);
        return Err(Error::Status {
            status: 200,
            detail: detail.trim_end().to_owned(),
        });
    }
    let http = client.store().http().clone();
    let mut deployments = Vec::new();
    for (at, name) in status.deployments.into_iter().enumerate() {
        let (mut tasks, mut sessions) = (None, None);
        if at < MOST_COUNTED {
            let listed = http.body(apiserver::tasks(&name)).await.ok();
            tasks = listed.and_then(|body| Some(parse_tasks(&body).ok()?.len()));
            let listed = http.body(apiserver::sessions(&name)).await.ok();
            sessions = listed.and_then(|body| Some(parse_sessions(&body).ok()?.len()));
        }
        deployments.push(LegacyDeployment {
            name,
            tasks,
            sessions,
        });
    }
    Ok(OtherServer::LegacyServer(deployments))
}

#[cfg(feature = "control-plane")]
pub(super) async fn read_log(
    client: &WorkflowClient,
    project: &str,
    id: &str,
) -> Result<Vec<workflow_protocol::manage::DeploymentLogLine>, Error> {
    use futures::StreamExt as _;
    use futures::future::{Either, select};
    let control_plane = crate::ControlPlaneClient::new(client.clone());
    let read = Box::pin(async {
        let mut log = control_plane.logs(project, id, LOG_LINES, false).await?;
        let mut lines = Vec::new();
        while let Some(line) = log.next().await {
            match line {
                Ok(line) => lines.push(line),
                Err(Error::Decode(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(lines)
    });
    match select(read, client.store().http().clock.sleep(LOG_MS)).await {
        Either::Left((lines, _)) => lines,
        Either::Right(_) => Err(Error::Timeout { after_ms: LOG_MS }),
    }
}
