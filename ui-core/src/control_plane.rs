//! The control plane of today, as a source of deployments: read-only.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::{Stream, StreamExt as _};
use workflow_protocol::manage::{
    ControlPlaneVersion, DeploymentLogLine, DeploymentRelease, ManagedDeployment, ManagedOrganization,
    ManagedProject, endpoint,
};
use workflow_protocol::{DecodeError, Request, SseItem};

use crate::api::Http;
use crate::store::Frames;
use crate::{Error, WorkflowClient};

/// The control plane of today's platform: the deployments of a project, how they stand, their releases and logs. It changes nothing.
///
/// Its address, headers (a bearer token), transport and clock are those of the [`WorkflowClient`] that it is made of. Whether it lets pages
/// of other origins ask is not known: put `workflow-debugger --upstream` in front of it.
///
/// After the schemas and the router of `llama-agents-core` 0.10.2.
///
/// ```no_run
/// use workflow_ui_core::{ControlPlaneClient, Error, WorkflowClient};
///
/// async fn failing() -> Result<Vec<String>, Error> {
///     let client = WorkflowClient::builder("https://api.example.org")
///         .headers(|| async { vec![("authorization".to_owned(), "Bearer …".to_owned())] })
///         .build();
///     let client = ControlPlaneClient::new(client);
///     let deployments = client.deployments("my-project").await?;
///     let failing = deployments.into_iter().filter(|deployment| deployment.phase().is_failure());
///     Ok(failing.map(|deployment| deployment.display_name).collect())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlPlaneClient(WorkflowClient);

impl ControlPlaneClient {
    /// A client with the address and the settings of another.
    pub const fn new(client: WorkflowClient) -> Self {
        Self(client)
    }

    /// The client that it was made of.
    pub const fn client(&self) -> &WorkflowClient {
        &self.0
    }

    fn http(&self) -> Rc<Http> {
        self.0.store().http().clone()
    }

    async fn get(&self, request: Request) -> Result<String, Error> {
        Ok(self.http().body(request).await?)
    }

    /// Its version, and whether it needs a token. Answered to everybody.
    ///
    /// # Errors
    /// Every cause of [`Error`].
    pub async fn version(&self) -> Result<ControlPlaneVersion, Error> {
        Ok(ControlPlaneVersion::parse(&self.get(endpoint::version()).await?)?)
    }

    /// The organizations of the user.
    ///
    /// # Errors
    /// [`Error::SignIn`] without a token; every cause of [`Error`].
    pub async fn organizations(&self) -> Result<Vec<ManagedOrganization>, Error> {
        Ok(ManagedOrganization::parse_list(
            &self.get(endpoint::organizations()).await?,
        )?)
    }

    /// The projects of the user, or of one organization.
    ///
    /// # Errors
    /// [`Error::SignIn`] without a token; every cause of [`Error`].
    pub async fn projects(&self, organization: Option<&str>) -> Result<Vec<ManagedProject>, Error> {
        Ok(ManagedProject::parse_list(
            &self.get(endpoint::projects(organization)).await?,
        )?)
    }

    /// The deployments of a project, with status and git ref.
    ///
    /// # Errors
    /// [`Error::SignIn`] without a token; every cause of [`Error`].
    pub async fn deployments(&self, project: &str) -> Result<Vec<ManagedDeployment>, Error> {
        Ok(ManagedDeployment::parse_list(
            &self.get(endpoint::deployments(project)).await?,
        )?)
    }

    /// One deployment with its recent events.
    ///
    /// # Errors
    /// 404 for an unknown one; every cause of [`Error`].
    pub async fn deployment(&self, project: &str, id: &str) -> Result<ManagedDeployment, Error> {
        Ok(ManagedDeployment::parse(
            &self.get(endpoint::deployment(project, id)).await?,
        )?)
    }

    /// The versions of a deployment that were released, newest first.
    ///
    /// # Errors
    /// 404 for an unknown one; every cause of [`Error`].
    pub async fn history(&self, project: &str, id: &str) -> Result<Vec<DeploymentRelease>, Error> {
        Ok(DeploymentRelease::parse_history(
            &self.get(endpoint::history(project, id)).await?,
        )?)
    }

    /// The last lines of a deployment's log; with `follow` also those that are still to come, until the next release. The stream keeps one of
    /// the four places for streams of its origin, as [`WorkflowClient::events`] does.
    ///
    /// # Errors
    /// 404 for an unknown deployment, 409 before its first release; every cause of [`Error`].
    pub async fn logs(
        &self,
        project: &str,
        id: &str,
        lines: u32,
        follow: bool,
    ) -> Result<DeploymentLog, Error> {
        let request = endpoint::logs(project, id, lines, follow);
        let frames = Frames::open(self.0.store(), request, read).await?;
        frames
            .map(DeploymentLog)
            .ok_or_else(|| Error::from_answer(204, None, ""))
    }
}

/// The lines of a deployment's log: a [`Stream`] that ends with the connection. From [`ControlPlaneClient::logs`].
///
/// A line that can't be read is an [`Error::Decode`] and does not end the stream; a connection that breaks is an [`Error::Network`] and does.
#[must_use = "the connection ends when the stream is dropped"]
pub struct DeploymentLog(Frames<DeploymentLogLine>);

impl fmt::Debug for DeploymentLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeploymentLog").finish_non_exhaustive()
    }
}

impl Stream for DeploymentLog {
    type Item = Result<DeploymentLogLine, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

fn read(item: &SseItem<'_>) -> Option<Result<DeploymentLogLine, Error>> {
    match item {
        SseItem::Event {
            event: "log", data, ..
        } => Some(DeploymentLogLine::parse(data).map_err(Error::from)),
        SseItem::Oversized { bytes, .. } => Some(Err(Error::Decode(DecodeError {
            what: "log line",
            message: format!("it has {bytes} bytes, which is more than is read"),
            body: String::new(),
        }))),
        SseItem::Event { .. } | SseItem::Comment(_) | SseItem::Retry(_) => None,
    }
}
