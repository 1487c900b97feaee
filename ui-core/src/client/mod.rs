//! A workflow server, as typed requests. Usable without hooks.

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

/// A workflow server: its address, how it is asked, and what is known of its runs.
///
/// A clone is the same client, and two clients share nothing, not even when they have the same address. Hand one to a
/// part of the page with [`provide_workflow_client`]. Requests made here also feed the hooks of the same client: a
/// handler that was read, listed, started or cancelled is at once up to date there.
///
/// # Drop behaviour
/// Dropping a request's future aborts the request; what the server did until then stays done. Dropping the last
/// handle drops what is known of the runs.
///
/// # Threads
/// A client belongs to the thread that made it (a browser page has one). It is `Send` and `Sync` so that it fits into
/// context and signals, and panics when used on another thread.
#[derive(Clone)]
pub struct WorkflowClient(SendWrapper<Rc<Store>>);

impl WorkflowClient {
    /// A client of the server at `base_url`, with or without a trailing slash. It may be relative to the page
    /// (`/deployments/app`) or empty (the page's origin).
    pub fn new(base_url: impl Into<String>) -> Self {
        Self::builder(base_url).build()
    }

    /// A client with settings of its own.
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

    /// The address as it was given.
    pub fn base_url(&self) -> String {
        self.0.http().base.clone()
    }

    /// The address that requests go to, in its canonical form: the same for every way to write it. Name by it what you keep about
    /// this server.
    pub fn address(&self) -> &ServerAddress {
        &self.0.http().server
    }

    /// Asks whether the server is well.
    ///
    /// # Errors
    /// Every cause of [`Error`]; a page that is not a workflow server's is [`Error::Decode`].
    pub async fn health(&self) -> Result<(), Error> {
        Ok(self.http().health().await?)
    }

    /// Counts the requests of this client, and of its hooks, that got no answer, or one from a gateway (502 to 504); those of
    /// [`health`](Self::health) excepted. When it grows, ask for the health.
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

    /// Starts a run and waits for its end, however long that takes. A run that failed is an `Ok` handler with that
    /// status.
    ///
    /// Prefer [`run_nowait`](Self::run_nowait): proxies cut long requests, and a run that asks a person never comes
    /// back here.
    ///
    /// # Errors
    /// [`Error::Validation`] if the start event does not fit its schema, 404 for an unknown workflow, 409 if the
    /// handler is still running; every other cause of [`Error`] but a timeout.
    pub async fn run(&self, workflow: &str, request: &StartRequest) -> Result<Handler, Error> {
        let handler = self.http().run(workflow, request.body()).await?;
        self.0.started(&handler);
        Ok(handler)
    }

    /// Starts a run. A very fast one may already have ended in the answer.
    ///
    /// To the page's own origin a start has an `Idempotency-Key`, as have events and cancels: the `workflow-debugger` binary, also
    /// with `--upstream`, and the Python wheel carry it out once when the browser sends it twice by itself. Requests above 1 MB have
    /// none: see [`start_is_beyond_key`](workflow_protocol::start_is_beyond_key) and
    /// [`event_is_beyond_key`](workflow_protocol::event_is_beyond_key).
    ///
    /// # Errors
    /// As [`run`](Self::run). After [`Error::Timeout`] and [`Error::Network`] the run may have been started all the
    /// same.
    pub async fn run_nowait(&self, workflow: &str, request: &StartRequest) -> Result<Handler, Error> {
        let http = self.http();
        let key = (!start_is_beyond_key(&request.value)).then(|| self.0.new_id());
        let handler = http.run_nowait(workflow, request.body(), key).await?;
        self.0.started(&handler);
        Ok(handler)
    }

    /// Starts a run once, also over a bad connection.
    ///
    /// The workflow server knows no idempotency keys, and browsers send a POST again by themselves when a connection that they reused
    /// is reset before the answer. So the new handler gets an id of our own: the server refuses a second start of it with 409, and
    /// after a lost answer the handler is read to see whether it was started. A request that names a handler, to continue it, is
    /// sent as [`run_nowait`](Self::run_nowait) does: only its key protects it from being carried out twice.
    ///
    /// # Errors
    /// As [`run_nowait`](Self::run_nowait). After [`Error::Timeout`] and [`Error::Network`] the server did not know the handler,
    /// or could not be asked; a request that is still on its way may start it yet.
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

    /// Starts a run, as [`start_once`](Self::start_once), and follows it to its end, however that is.
    ///
    /// Unlike [`run`](Self::run) it needs no request that stays open all the time, so no proxy cuts it, and prompts can be
    /// answered meanwhile by whoever watches the handler.
    ///
    /// # Drop behaviour
    /// Dropping the future stops following; the run goes on.
    ///
    /// # Errors
    /// As [`start_once`](Self::start_once), and whatever the server refuses for good while the run is followed.
    pub async fn run_to_completion(&self, workflow: &str, request: &StartRequest) -> Result<RunEnd, Error> {
        let handler = self.start_once(workflow, request).await?;
        self.completion(&handler.handler_id).await
    }

    /// Follows a handler's run to its end, however that is. A lost connection is made again, as often as it takes.
    ///
    /// # Drop behaviour
    /// Dropping the future stops following; the run goes on.
    ///
    /// # Errors
    /// What the server refuses for good, such as 403. A handler that it does not know is no error but
    /// [`RunStatus::Gone`].
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

    /// The handlers that fit a query, in no order. Rows that cannot be read are counted, not an error.
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

    /// One handler. A failed or cancelled one is an `Ok` too, although the server answers HTTP 500.
    ///
    /// # Errors
    /// 404 for an unknown handler, 422 if its result can no longer be read; every cause of [`Error`].
    pub async fn handler(&self, id: &str) -> Result<Handler, Error> {
        let handler = self.http().handler(id).await?;
        self.0.seen(&handler);
        Ok(handler)
    }

    /// The events of a handler's latest run that come after a sequence (`-1`: all), over one plain stream. None if the run has
    /// ended and there are no more.
    ///
    /// This is the bare endpoint: one connection, which is not made again, of whichever run is the handler's latest. It keeps one
    /// of the four places of its origin and does not take turns: watched runs take turns in the others, and have none while four such
    /// streams are kept. Hooks and [`completion`](Self::completion) do all
    /// that; use this where a stream is wanted as such.
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
    /// `Ok` means that the server queued it, not that a step wanted it: only the run's events tell that. Sending
    /// again doubles it.
    ///
    /// # Errors
    /// [`Error::Validation`] if the event does not fit its schema, 409 if the run has ended, 404 for an unknown
    /// handler; every cause of [`Error`]. After [`Error::Timeout`] and [`Error::Network`] the event may have arrived
    /// all the same.
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

    /// Cancels a run and reads what came of it. `purge` also deletes the handler and its events, whether or not it
    /// has ended.
    ///
    /// # Errors
    /// 404 for an unknown handler; every cause of [`Error`].
    pub async fn cancel(&self, id: &str, purge: bool) -> Result<CancelOutcome, Error> {
        self.ask_to_cancel(id, purge).await
    }

    /// Boxed and apart: whoever awaits it would carry a copy of all of it.
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

    /// A handler with its result unwrapped: the inner value of a plain `StopEvent`, the fields of any other. The server calls
    /// this endpoint deprecated; [`handler`](Self::handler) tells the same and the class.
    ///
    /// # Errors
    /// As [`handler`](Self::handler).
    pub async fn result(&self, id: &str) -> Result<Handler, Error> {
        Ok(self.http().result(id).await?)
    }

    /// Now, by the clock of the page. Every time that this client's hooks give, and that doesn't come from the server, is of this clock.
    pub fn now(&self) -> Time {
        self.0.http().clock.now()
    }

    /// Now, by the clock of the server, which is what `started_at` and the server's other times are to be compared with. Until an answer
    /// told something else, the two clocks are taken to agree.
    pub fn server_now(&self) -> Time {
        let http = self.0.http();
        http.state.clock().server_time(http.clock.now())
    }

    /// Asks once whether the user has signed in meanwhile, if the server requires sign-in. This also happens by itself when the page is
    /// shown again or gets the focus.
    pub fn check_sign_in(&self) {
        self.0.probe_sign_in();
    }

    /// The status of a run as far as this client's hooks know it, without asking.
    pub fn known_status(&self, id: &str) -> Option<RunStatus> {
        self.0.known_status(id)
    }

    /// How many prompts of a handler's run wait for a person, as far as this client's hooks know it, without asking: none of a run
    /// that no hook watches.
    pub fn open_prompts(&self, id: &str) -> usize {
        self.0.open_prompts(id)
    }
}

/// Two handles are equal if they are the same client.
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
