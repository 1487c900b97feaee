//! Requests of the older deployments API.

use std::fmt;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use send_wrapper::SendWrapper;
use workflow_protocol::legacy::{
    LegacyApi, LegacyEvent, LegacyOutcome, LegacyReader, LegacyResult, LegacyService, LegacySession,
    LegacyStatus, LegacyStreamEnd, LegacyTask, NewLegacyTask, endpoint, parse_id, parse_result,
    parse_services, parse_session_map, parse_sessions, parse_tasks,
};
use workflow_protocol::{RawJson, Request, parse_workflows};

use super::answers::{answer, is_no_reason, no_reason};
use super::reading::Readers;
use super::stream::LegacyStream;
use crate::api::Http;
use crate::{Error, WorkflowClient};

/// How often llama-deploy 0.2.2 is asked for a result, in milliseconds. Its own client does so every second.
const RESULT_POLL_MS: u64 = 500;

/// The class of the events that answer prompts.
const HUMAN_RESPONSE: &str = "workflows.events.HumanResponseEvent";

/// A server of the older deployments API: tasks in sessions. For llama-deploy 0.2.2 and 0.9.2, and for the routes that today's app server
/// (`llamactl serve`) keeps for their clients.
///
/// Its address, headers, transport and clock are those of the [`WorkflowClient`] that it is made of. A clone is the same client.
///
/// ```no_run
/// use workflow_ui_core::{Error, LegacyClient, LegacyOutcome, NewLegacyTask};
/// use workflow_ui_core::protocol::RawJson;
/// use futures::StreamExt as _;
///
/// async fn greet() -> Result<(), Error> {
///     let client = LegacyClient::deployment("/deployments/toy");
///     let input = RawJson::parse(r#"{"name": "Ada"}"#)?;
///     let task = client.create(&NewLegacyTask::new(input).service("greet")).await?;
///     let mut end = None;
///     if let Some(mut stream) = client.stream(&task).await? {
///         while let Some(event) = stream.next().await {
///             let event = event?;
///             println!("{:?} {}", event.name(), event.value);
///         }
///         end = stream.end().cloned();
///     }
///     if let LegacyOutcome::Completed(Some(result)) = client.outcome(&task, end.as_ref()).await? {
///         println!("{result}");
///     }
///     Ok(())
/// }
/// ```
///
/// # Errors
/// These servers answer 500 without a reason to nearly everything that goes wrong. That is [`Error::Status`] with a text that says so;
/// [`gave_no_reason`](Self::gave_no_reason) recognises it.
#[derive(Clone)]
pub struct LegacyClient(SendWrapper<Rc<Inner>>);

struct Inner {
    client: WorkflowClient,
    api: LegacyApi,
    readers: Readers,
}

impl LegacyClient {
    /// A client of a deployment of llama-deploy 0.9.2 or of today's app server. `base_url` ends with `/deployments/{name}`.
    pub fn deployment(base_url: impl Into<String>) -> Self {
        Self::new(WorkflowClient::new(base_url), LegacyApi::Deployment)
    }

    /// A client of the control plane of llama-deploy 0.2.2. It sends no CORS headers unless it was configured to, so a page of another
    /// origin reaches it through a proxy only, such as `workflow-debugger --upstream`.
    pub fn control_plane(base_url: impl Into<String>) -> Self {
        Self::new(WorkflowClient::new(base_url), LegacyApi::ControlPlane)
    }

    /// A client with the address and the settings of another.
    #[must_use]
    pub fn new(client: WorkflowClient, api: LegacyApi) -> Self {
        Self(SendWrapper::new(Rc::new(Inner {
            client,
            api,
            readers: Readers::default(),
        })))
    }

    /// Which of the older APIs it uses.
    pub fn api(&self) -> LegacyApi {
        self.0.api
    }

    /// The client that it was made of.
    pub fn client(&self) -> &WorkflowClient {
        &self.0.client
    }

    pub(super) fn http(&self) -> Rc<Http> {
        self.0.client.store().http().clone()
    }

    fn get(&self, request: Request) -> LocalBoxFuture<'static, Result<String, Error>> {
        let http = self.http();
        Box::pin(async move {
            let timeout = http.timeout;
            answer(&http, request, Some(timeout)).await
        })
    }

    /// The names of the services, which are workflows. Empty for llama-deploy 0.9.2, which does not list them.
    ///
    /// # Errors
    /// Every cause of [`Error`].
    pub async fn services(&self) -> Result<Vec<String>, Error> {
        match self.0.api {
            LegacyApi::ControlPlane => {
                let services = self.service_definitions().await?;
                Ok(services.into_iter().map(|service| service.service_name).collect())
            }
            LegacyApi::Deployment => match self.get(workflow_protocol::endpoint::workflows()).await {
                Ok(body) => Ok(parse_workflows(&body)?),
                Err(error) if error.is_not_found() => Ok(Vec::new()),
                Err(error) => Err(error),
            },
        }
    }

    /// The services of llama-deploy 0.2.2 with their descriptions.
    ///
    /// # Errors
    /// Every cause of [`Error`]; 404 from other servers.
    pub async fn service_definitions(&self) -> Result<Vec<LegacyService>, Error> {
        Ok(parse_services(
            &self.get(endpoint::control_plane::services()).await?,
        )?)
    }

    /// Starts a task and gives its result when it has ended, however long that takes. Its events are not read.
    ///
    /// # Errors
    /// [`gave_no_reason`](Self::gave_no_reason) for a task that failed (0.9.2, app server), 404 for an unknown service; every other cause
    /// of [`Error`] but a timeout.
    pub async fn run(&self, task: &NewLegacyTask) -> Result<RawJson, Error> {
        match self.0.api {
            LegacyApi::Deployment => {
                let http = self.http();
                let body = answer(&http, endpoint::deployment::run(task), None).await?;
                Ok(RawJson::parse(body)?)
            }
            LegacyApi::ControlPlane => {
                let task = self.create(task).await?;
                Ok(self.result(&task).await?.result)
            }
        }
    }

    /// Starts a task. Open its [`stream`](Self::stream) at once: the app server gives no events of a task that has ended.
    ///
    /// llama-deploy 0.2.2 starts tasks in sessions only, so one is made if the task names none, and the first service is taken if it
    /// names no service.
    ///
    /// # Errors
    /// 404 for an unknown service, but not from llama-deploy 0.2.2, whose task then never ends; every cause of [`Error`].
    pub async fn create(&self, task: &NewLegacyTask) -> Result<LegacyTask, Error> {
        match self.0.api {
            LegacyApi::Deployment => {
                let body = self.get(endpoint::deployment::create(task)).await?;
                Ok(LegacyTask::parse(&body)?)
            }
            LegacyApi::ControlPlane => {
                let session_id = match &task.session_id {
                    Some(session) => session.clone(),
                    None => self.create_session().await?,
                };
                let task = match &task.service {
                    Some(_) => task.clone(),
                    None => task.clone().service(self.first_service().await?),
                };
                let body = self
                    .get(endpoint::control_plane::create(&session_id, &task))
                    .await?;
                Ok(LegacyTask {
                    task_id: parse_id(&body)?,
                    session_id: Some(session_id),
                    service_id: task.service,
                    input: task.input.to_string(),
                })
            }
        }
    }

    async fn first_service(&self) -> Result<String, Error> {
        let first = self.services().await?.into_iter().next();
        first.ok_or_else(|| Error::Status {
            status: 404,
            detail: "The control plane has no service".to_owned(),
        })
    }

    /// The events of a task, over one connection. None if this client reads them already: llama-deploy 0.9.2 and the app server give
    /// each event to one reader only, so a second one would take events away from the first.
    ///
    /// The stream keeps one of the four places for streams of its origin, as [`WorkflowClient::events`] does.
    ///
    /// # Errors
    /// 404 from llama-deploy 0.2.2 until there is an event; [`gave_no_reason`](Self::gave_no_reason) for an unknown task; every cause of
    /// [`Error`].
    pub async fn stream(&self, task: &LegacyTask) -> Result<Option<LegacyStream>, Error> {
        self.stream_after(task, 0).await
    }

    /// The same without the first lines, which llama-deploy 0.2.2 sends again.
    pub(super) async fn stream_after(
        &self,
        task: &LegacyTask,
        lines: usize,
    ) -> Result<Option<LegacyStream>, Error> {
        let Some(reading) = self.0.readers.begin(&task.task_id) else {
            return Ok(None);
        };
        let request = match self.0.api {
            LegacyApi::Deployment => endpoint::deployment::events(task),
            LegacyApi::ControlPlane => endpoint::control_plane::events(task),
        };
        let reader = LegacyReader::resumed(self.0.api, lines);
        let stream = LegacyStream::open(self.0.client.store(), request, reader, reading);
        stream.await.map(Some)
    }

    /// Sends an event to a task. `Ok` means that the server took it, not that a step wanted it.
    ///
    /// # Errors
    /// [`gave_no_reason`](Self::gave_no_reason) for a class that the server does not know, and for a session that is gone; 404 always for
    /// llama-deploy 0.2.2, which has no such request; [`Error::Unaddressable`] for a task without a session, as lists give them.
    pub async fn send_event(&self, task: &LegacyTask, event: &LegacyEvent) -> Result<(), Error> {
        if self.0.api == LegacyApi::ControlPlane {
            return Err(Error::Status {
                status: 404,
                detail: "llama-deploy 0.2.2 takes no events".to_owned(),
            });
        }
        if task.session_id.as_deref().unwrap_or_default().is_empty() {
            return Err(Error::Unaddressable { name: String::new() });
        }
        self.get(endpoint::deployment::send_event(task, event)).await?;
        Ok(())
    }

    /// Answers the prompt of a task with a `HumanResponseEvent` that has the field `response`.
    ///
    /// # Errors
    /// As [`send_event`](Self::send_event).
    pub async fn respond(&self, task: &LegacyTask, response: &str) -> Result<(), Error> {
        self.send_event(task, &human_response(None, response)).await
    }

    /// Waits for a task's end, however long that takes, and gives its result.
    ///
    /// # Errors
    /// [`gave_no_reason`](Self::gave_no_reason) for a task that failed, for one whose result is no text and for an unknown one (0.9.2, app
    /// server). llama-deploy 0.2.2 never answers for an unknown task. Every other cause of [`Error`] but a timeout.
    pub async fn result(&self, task: &LegacyTask) -> Result<LegacyResult, Error> {
        let http = self.http();
        match self.0.api {
            LegacyApi::Deployment => {
                let body = answer(&http, endpoint::deployment::result(task), None).await?;
                parse_result(&body)?.ok_or_else(no_reason)
            }
            LegacyApi::ControlPlane => loop {
                if let Some(result) = self.result_so_far(task).await? {
                    return Ok(result);
                }
                http.clock.sleep(RESULT_POLL_MS).await;
            },
        }
    }

    /// Asks llama-deploy 0.2.2 once for a result.
    pub(super) async fn result_so_far(&self, task: &LegacyTask) -> Result<Option<LegacyResult>, Error> {
        Ok(parse_result(
            &self.get(endpoint::control_plane::result(task)).await?,
        )?)
    }

    /// Waits for a task's end and says how it ended. `end` is how its [stream](LegacyStream::end) ended: it distinguishes what the result
    /// alone does not.
    ///
    /// # Errors
    /// Every cause of [`Error`] but a 500 without a reason, which is [`LegacyOutcome::Failed`] or a result that can't be sent.
    pub async fn outcome(
        &self,
        task: &LegacyTask,
        end: Option<&LegacyStreamEnd>,
    ) -> Result<LegacyOutcome, Error> {
        match (self.0.api, self.result(task).await) {
            (LegacyApi::Deployment, Ok(result)) => Ok(LegacyOutcome::of_deployment(Some(&result), end)),
            (LegacyApi::Deployment, Err(error)) if Self::gave_no_reason(&error) => {
                Ok(LegacyOutcome::of_deployment(None, end))
            }
            (LegacyApi::ControlPlane, Ok(result)) => Ok(LegacyOutcome::of_control_plane(&result, end)),
            (_, Err(error)) => Err(error),
        }
    }

    /// The tasks that the server knows: the app server's that have not ended, those of all sessions of the others. They have no service,
    /// and no session with the `Deployment` API.
    ///
    /// # Errors
    /// Every cause of [`Error`].
    pub async fn tasks(&self) -> Result<Vec<LegacyTask>, Error> {
        match self.0.api {
            LegacyApi::Deployment => Ok(parse_tasks(&self.get(endpoint::deployment::tasks()).await?)?),
            LegacyApi::ControlPlane => {
                let sessions = self.sessions().await?.into_iter();
                Ok(sessions.flat_map(tasks_of).collect())
            }
        }
    }

    /// The tasks of a session of llama-deploy 0.2.2, with service and input.
    ///
    /// # Errors
    /// 404 for an unknown session, and from other servers; every cause of [`Error`].
    pub async fn session_tasks(&self, session: &str) -> Result<Vec<LegacyTask>, Error> {
        Ok(parse_tasks(
            &self.get(endpoint::control_plane::tasks(session)).await?,
        )?)
    }

    /// The task that was started last in a session of llama-deploy 0.2.2. None of a session without tasks.
    ///
    /// # Errors
    /// As [`session_tasks`](Self::session_tasks).
    pub async fn current_task(&self, session: &str) -> Result<Option<LegacyTask>, Error> {
        let body = self.get(endpoint::control_plane::current_task(session)).await?;
        if body.trim() == "null" {
            return Ok(None);
        }
        Ok(Some(LegacyTask::parse(&body)?))
    }

    /// The sessions that the server knows.
    ///
    /// # Errors
    /// Every cause of [`Error`].
    pub async fn sessions(&self) -> Result<Vec<LegacySession>, Error> {
        Ok(match self.0.api {
            LegacyApi::Deployment => parse_sessions(&self.get(endpoint::deployment::sessions()).await?)?,
            LegacyApi::ControlPlane => {
                parse_session_map(&self.get(endpoint::control_plane::sessions()).await?)?
            }
        })
    }

    /// Makes a session and gives its id.
    ///
    /// # Errors
    /// 400 from the app server unless one of its workflows is called `default`; every cause of [`Error`].
    pub async fn create_session(&self) -> Result<String, Error> {
        match self.0.api {
            LegacyApi::Deployment => {
                let body = self.get(endpoint::deployment::create_session()).await?;
                Ok(LegacySession::parse(&body)?.session_id)
            }
            LegacyApi::ControlPlane => Ok(parse_id(
                &self.get(endpoint::control_plane::create_session()).await?,
            )?),
        }
    }

    /// Deletes a session.
    ///
    /// # Errors
    /// [`gave_no_reason`](Self::gave_no_reason) for an unknown session, but not from llama-deploy 0.2.2; every cause of [`Error`].
    pub async fn delete_session(&self, id: &str) -> Result<(), Error> {
        let request = match self.0.api {
            LegacyApi::Deployment => endpoint::deployment::delete_session(id),
            LegacyApi::ControlPlane => endpoint::control_plane::delete_session(id),
        };
        self.get(request).await?;
        Ok(())
    }

    /// Whether an error is the 500 without a reason that these servers answer with.
    #[must_use]
    pub fn gave_no_reason(error: &Error) -> bool {
        is_no_reason(error)
    }
}

/// Two handles are equal if they are the same client.
impl PartialEq for LegacyClient {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for LegacyClient {}

impl fmt::Debug for LegacyClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacyClient")
            .field("client", &self.0.client)
            .field("api", &self.0.api)
            .finish_non_exhaustive()
    }
}

/// Asks a llama-deploy 0.9.2 as a whole, whose root is the client's address, whether it is up and which deployments it has. It has no
/// `/health`.
///
/// # Errors
/// 404 from other servers; every cause of [`Error`].
pub async fn legacy_status(client: &WorkflowClient) -> Result<LegacyStatus, Error> {
    let http = client.store().http().clone();
    let timeout = http.timeout;
    let body = answer(&http, endpoint::apiserver::status(), Some(timeout)).await?;
    Ok(LegacyStatus::parse(&body)?)
}

/// The event that answers a prompt.
pub(super) fn human_response(class: Option<&str>, response: &str) -> LegacyEvent {
    let value = serde_json::json!({ "response": response });
    LegacyEvent::new(class.unwrap_or(HUMAN_RESPONSE), RawJson::from_value(&value))
}

fn tasks_of(session: LegacySession) -> impl Iterator<Item = LegacyTask> {
    let session_id = session.session_id;
    session.task_ids.into_iter().map(move |task_id| LegacyTask {
        task_id,
        session_id: Some(session_id.clone()),
        ..LegacyTask::default()
    })
}
