//! The client of a workflow server: typed requests, usable without hooks.

mod builder;
mod context;
mod events;

use std::fmt;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use send_wrapper::SendWrapper;
use workflow_protocol::{
    Graph, Handler, HandlerList, HandlerQuery, RawJson, RunStatus, Time, UpstreamList, WorkflowSchema,
    start_is_beyond_key,
};

use crate::api::Http;
use crate::reactive::*;
use crate::store::Store;
use crate::{CancelOutcome, Error, RunEnd, SendEvent, ServerAddress, StartRequest};

pub use builder::WorkflowClientBuilder;
pub use context::{provide_workflow_client, use_workflow_client};
pub use events::{EventStream, StreamedEvent};

/// The client of a workflow server: its address, its settings, and what is known about its runs.
///
/// Cloning returns the same client. Two clients share nothing, even with the same address. Give a client to a part of the page with
/// [`provide_workflow_client`]. Requests through a client also update its hooks: a handler that was read, listed, started or
/// cancelled is up to date there at once.
///
/// # Drop behaviour
/// Dropping the future of a request aborts the request, but does not undo what the server has done. Dropping the last clone frees
/// what is known about the runs.
///
/// # Threads
/// A client belongs to the thread that created it. A browser page has one thread. A client is `Send` and `Sync` so that it fits into
/// context and signals, but it panics if it is used on another thread.
#[derive(Clone)]
pub struct WorkflowClient(SendWrapper<Rc<Store>>);

impl WorkflowClient {
    /// Creates a client for the server at `base_url`, with or without a trailing slash. The address may be relative to the page
    /// (`/deployments/app`), or empty for the page's origin.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self::builder(base_url).build()
    }

    /// Creates a client with settings.
    pub fn builder(base_url: impl Into<String>) -> WorkflowClientBuilder {
        WorkflowClientBuilder::new(base_url.into())
    }

    pub(crate) fn from_http(http: Http) -> Self {
        Self(SendWrapper::new(Store::new(http)))
    }

    pub(crate) fn from_store(store: Rc<Store>) -> Self {
        Self(SendWrapper::new(store))
    }

    pub(crate) fn store(&self) -> &Rc<Store> {
        &self.0
    }

    fn http(&self) -> Rc<Http> {
        self.0.http().clone()
    }

    /// The address as it was passed to [`new`](Self::new).
    pub fn base_url(&self) -> String {
        self.0.http().base.clone()
    }

    /// The canonical address that requests go to: the same for every spelling. Use it as the key for data that you store about the
    /// server.
    pub fn address(&self) -> &ServerAddress {
        &self.0.http().server
    }

    /// Checks the health of the server.
    ///
    /// # Errors
    /// Every cause of [`Error`]; [`Error::Decode`] if the answer is not a workflow server's.
    pub async fn health(&self) -> Result<(), Error> {
        Ok(self.http().health().await?)
    }

    /// The number of requests of this client and its hooks that got no answer, or one from a gateway (502 to 504). Requests of
    /// [`health`](Self::health) do not count. When it grows, check the health.
    pub fn unanswered(&self) -> Signal<u32> {
        self.0.http().unanswered.clone().into()
    }

    /// The names of the server's workflows, in the server's order.
    ///
    /// # Errors
    /// Every cause of [`Error`].
    pub async fn workflows(&self) -> Result<Vec<String>, Error> {
        Ok(self.http().workflows().await?)
    }

    /// The named upstreams of a `workflow-debugger`, whose origin this client's address has to be. None if it has none, or is another
    /// server.
    ///
    /// # Errors
    /// Every cause of [`Error`] but 404.
    pub async fn upstreams(&self) -> Result<Option<UpstreamList>, Error> {
        match self.http().upstreams().await.map_err(Error::from) {
            Ok(list) => Ok(Some(list)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The JSON Schemas of a workflow's start and stop event.
    ///
    /// # Errors
    /// 404 for an unknown workflow; every cause of [`Error`].
    pub async fn schema(&self, workflow: &str) -> Result<WorkflowSchema, Error> {
        Ok(self.http().schema(workflow).await?)
    }

    /// The JSON Schemas of the events that can be sent to a workflow's runs.
    ///
    /// # Errors
    /// 404 for an unknown workflow; every cause of [`Error`].
    pub async fn event_schemas(&self, workflow: &str) -> Result<Vec<RawJson>, Error> {
        Ok(self.http().event_schemas(workflow).await?)
    }

    /// A workflow's steps and events as a graph.
    ///
    /// # Errors
    /// 404 for an unknown workflow; every cause of [`Error`].
    pub async fn graph(&self, workflow: &str) -> Result<Graph, Error> {
        Ok(self.http().graph(workflow).await?)
    }

    /// Starts a run and waits for its end, without a timeout. A failed run is an `Ok` handler with that status.
    ///
    /// Prefer [`run_nowait`](Self::run_nowait): proxies cut long requests, and a run that asks a person never returns.
    ///
    /// # Errors
    /// [`Error::Validation`] if the start event does not fit its schema, 404 for an unknown workflow, 409 if the
    /// handler is still running; every other cause of [`Error`] except a timeout.
    pub async fn run(&self, workflow: &str, request: &StartRequest) -> Result<Handler, Error> {
        let handler = self.http().run(workflow, request.body()).await?;
        self.0.started(&handler);
        Ok(handler)
    }

    /// Starts a run and returns at once. A very fast run may already have ended in the answer.
    ///
    /// Starts, events and cancels to the page's own origin have an `Idempotency-Key`. With it, the `workflow-debugger` binary, also with
    /// `--upstream`, and the Python wheel carry out a request once even if the browser repeats it. Requests above 1 MB have no key: see
    /// [`start_is_beyond_key`](workflow_protocol::start_is_beyond_key) and
    /// [`event_is_beyond_key`](workflow_protocol::event_is_beyond_key).
    ///
    /// # Errors
    /// As [`run`](Self::run). After [`Error::Timeout`] and [`Error::Network`] the run may have been started anyway.
    pub async fn run_nowait(&self, workflow: &str, request: &StartRequest) -> Result<Handler, Error> {
        let http = self.http();
        let key = (!start_is_beyond_key(&request.value)).then(|| self.0.new_id());
        let handler = http.run_nowait(workflow, request.body(), key).await?;
        self.0.started(&handler);
        Ok(handler)
    }

    /// Starts a run exactly once, also over a bad connection.
    ///
    /// The workflow server ignores idempotency keys, and browsers repeat a POST when a reused connection is reset before the answer. So
    /// the client generates the id of the new handler. The server refuses a second start with the same id (409), and after a lost answer
    /// the client reads the handler to see whether it was started. A request that names a handler to continue is sent like
    /// [`run_nowait`](Self::run_nowait): only its key prevents a second start.
    ///
    /// # Errors
    /// As [`run_nowait`](Self::run_nowait). After [`Error::Timeout`] and [`Error::Network`] the server did not know the handler or could
    /// not be asked. A request that is still in flight may start it later.
    pub async fn start_once(&self, workflow: &str, request: &StartRequest) -> Result<Handler, Error> {
        if request.handler_id.is_some() {
            return self.run_nowait(workflow, request).await;
        }
        let id = self.0.new_id();
        let request = request.clone().handler_id(id.clone());
        let error = match self.run_nowait(workflow, &request).await {
            Ok(handler) => return Ok(handler),
            Err(error) => error,
        };
        if error.status() != Some(409) && !error.is_unsettled() {
            return Err(error);
        }
        let http = self.http();
        for wait in [0, 300, 700] {
            if wait > 0 {
                http.clock.sleep(wait).await;
            }
            match http.handler(&id).await.map_err(Error::from) {
                Ok(handler) => {
                    self.0.started(&handler);
                    return Ok(handler);
                }
                Err(read) if read.is_not_found() || read.is_unsettled() => {}
                Err(_) => break,
            }
        }
        Err(error)
    }

    /// Starts a run like [`start_once`](Self::start_once) and follows it to its end, with any outcome.
    ///
    /// Unlike [`run`](Self::run), no request stays open all the time, so no proxy cuts it. Other hooks and clients can answer the run's
    /// prompts in the meantime.
    ///
    /// # Drop behaviour
    /// Dropping the future stops following. The run continues.
    ///
    /// # Errors
    /// As [`start_once`](Self::start_once), and permanent refusals while the run is followed.
    pub async fn run_to_completion(&self, workflow: &str, request: &StartRequest) -> Result<RunEnd, Error> {
        let handler = self.start_once(workflow, request).await?;
        self.completion(&handler.handler_id).await
    }

    /// Follows a handler's run to its end, with any outcome. Reconnects without a limit.
    ///
    /// # Drop behaviour
    /// Dropping the future stops following. The run continues.
    ///
    /// # Errors
    /// Permanent refusals, such as 403. An unknown handler is not an error but [`RunStatus::Gone`].
    pub async fn completion(&self, id: &str) -> Result<RunEnd, Error> {
        let watch = self.0.watch(id, true);
        watch.run().closed().await;
        let timeout = self.0.http().timeout;
        let end = watch
            .run()
            .read(|machine| RunEnd::of(machine).ok_or_else(|| machine.problem().cloned()));
        match end {
            Some(Ok(end)) => Ok(end),
            Some(Err(Some(failure))) => Err(Error::from_failure(failure, timeout)),
            _ => Err(Error::NoHandler),
        }
    }

    /// The handlers that match a query, in no order. Rows that cannot be decoded are counted; they are not an error.
    ///
    /// # Errors
    /// Every cause of [`Error`].
    pub async fn handlers(&self, query: &HandlerQuery) -> Result<HandlerList, Error> {
        let (list, _) = self.http().handlers(query).await?;
        for handler in &list.handlers {
            self.0.seen(handler);
        }
        Ok(list)
    }

    /// One handler. A failed or cancelled one is `Ok` too, although the server answers with HTTP 500.
    ///
    /// # Errors
    /// 404 for an unknown handler, 422 if the server can no longer read its result; every cause of [`Error`].
    pub async fn handler(&self, id: &str) -> Result<Handler, Error> {
        let handler = self.http().handler(id).await?;
        self.0.seen(&handler);
        Ok(handler)
    }

    /// Streams the events of a handler's latest run after a sequence (`-1`: all), over one connection. `None` if the run has ended and
    /// has no more events.
    ///
    /// This is the bare endpoint: it does not reconnect, and it streams the run that is the handler's latest. It uses one of the four
    /// stream slots of its origin until it is dropped. Watched runs share the other slots, and get no stream while four such streams are
    /// open. Use hooks or [`completion`](Self::completion) unless you need the stream itself.
    ///
    /// # Drop behaviour
    /// Dropping the future or the stream ends the connection.
    ///
    /// # Errors
    /// 404 for an unknown handler; every cause of [`Error`].
    pub async fn events(&self, id: &str, after: i64, internal: bool) -> Result<Option<EventStream>, Error> {
        EventStream::open(&self.0, id, after, internal).await
    }

    /// Sends an event to a running handler.
    ///
    /// `Ok` means that the server queued the event. Only the run's events show whether a step took it. Sending it again delivers it
    /// twice.
    ///
    /// # Errors
    /// [`Error::Validation`] if the event does not fit its schema, 409 if the run has ended, 404 for an unknown
    /// handler; every cause of [`Error`]. After [`Error::Timeout`] and [`Error::Network`] the event may have arrived
    /// anyway.
    pub async fn send_event(&self, id: &str, event: &SendEvent) -> Result<(), Error> {
        let sending = self.0.sending(id, event);
        let result = self
            .http()
            .post_event(id, event.body(), Some(self.0.new_id()))
            .await;
        if let Some(sending) = sending {
            sending.settle(match &result {
                Ok(()) => Ok(()),
                Err(problem) => Err(problem.clone().failure()),
            });
        }
        Ok(result?)
    }

    /// Cancels a run and reads the outcome. `purge` also deletes the handler and its events, even if the run has ended.
    ///
    /// # Errors
    /// 404 for an unknown handler; every cause of [`Error`].
    pub async fn cancel(&self, id: &str, purge: bool) -> Result<CancelOutcome, Error> {
        self.ask_to_cancel(id, purge).await
    }

    /// Boxed, so that callers do not contain its whole state.
    #[inline(never)]
    fn ask_to_cancel<'a>(
        &'a self,
        id: &'a str,
        purge: bool,
    ) -> LocalBoxFuture<'a, Result<CancelOutcome, Error>> {
        Box::pin(async move {
            let result = self.http().cancel(id, purge, self.0.new_id()).await;
            match &result {
                Ok((CancelOutcome::Deleted, _)) => self.0.removed(id),
                Ok((_, Some(handler))) => self.0.seen(handler),
                _ => {}
            }
            Ok(result?.0)
        })
    }

    /// A handler with its result unwrapped: the inner value of a plain `StopEvent`, the fields of any other. The server marks this endpoint
    /// as deprecated; [`handler`](Self::handler) returns the same and the class.
    ///
    /// # Errors
    /// As [`handler`](Self::handler).
    pub async fn result(&self, id: &str) -> Result<Handler, Error> {
        Ok(self.http().result(id).await?)
    }

    /// The current time of the page's clock. Times in this client's hooks use this clock, unless they come from the server.
    pub fn now(&self) -> Time {
        self.0.http().clock.now()
    }

    /// The current time of the server's clock. Compare it with `started_at` and the server's other times. Until the first answer, the two
    /// clocks are assumed to agree.
    pub fn server_now(&self) -> Time {
        let http = self.0.http();
        http.state.clock().server_time(http.clock.now())
    }

    /// Checks once whether the user has signed in, if the server requires it. This also happens when the page is shown again or gets the
    /// focus.
    pub fn check_sign_in(&self) {
        self.0.probe_sign_in();
    }

    /// The status of a run as far as this client's hooks know it. Sends no request.
    pub fn known_status(&self, id: &str) -> Option<RunStatus> {
        self.0.known_status(id)
    }

    /// The number of prompts of a handler's run that wait for a person, as far as this client's hooks know it; 0 for a run that no hook
    /// watches. Sends no request.
    pub fn open_prompts(&self, id: &str) -> usize {
        self.0.open_prompts(id)
    }
}

/// Two values are equal if they are the same client.
impl PartialEq for WorkflowClient {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for WorkflowClient {}

impl fmt::Debug for WorkflowClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WorkflowClient")
            .field(&self.0.http().server.base())
            .finish()
    }
}
