//! One server: its address, its transport, and the meaning of its answers.

use std::fmt;
use std::rc::Rc;

use futures::future::{Either, LocalBoxFuture, select, select_ok};
use workflow_protocol::{
    DecodeError, EventSchemas, Failure, FailureKind, Graph, GraphReader, Handler, HandlerList, HandlerQuery,
    Method, RawJson, Request, RunOptions, UpstreamList, WebPage, WorkflowSchema, endpoint, error_detail,
    is_beyond_key, join_base, parse_status, parse_workflows,
};

use super::server_state::{ServerState, SignIn, SlowRequest};
use crate::address::page_origin;
use crate::api::transport::{Credentials, HttpRequest, HttpResponse, HttpStream, Transport};
use crate::clock::Clock;
use crate::reactive::*;
use crate::storage::Storage;
use crate::{CancelOutcome, Error, ServerAddress};

/// After how many milliseconds without an answer a request is shown as slow, and a GET is sent once more.
const SLOW_MS: u64 = 10_000;

/// Gives the headers of the next request.
pub(crate) type HeaderProvider = Rc<dyn Fn() -> LocalBoxFuture<'static, Vec<(String, String)>>>;

pub(crate) struct Http {
    /// The address as it was given.
    pub(crate) base: String,
    /// Where requests go: the same, as the browser reads it.
    pub(crate) server: ServerAddress,
    pub(crate) transport: Rc<dyn Transport>,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) headers: Option<HeaderProvider>,
    pub(crate) credentials: Credentials,
    /// How long an answer may take, in milliseconds.
    pub(crate) timeout: u64,
    pub(crate) run_options: RunOptions,
    pub(crate) state: ServerState,
    /// Where claims and what was sent are kept beyond the page.
    pub(crate) storage: Option<Rc<dyn Storage>>,
    /// Grows with every request that got no answer, those about the server's health excepted.
    pub(crate) unanswered: ArcRwSignal<u32>,
    /// The way to other tabs, and with which of them streams are shared.
    #[cfg(feature = "shared-tabs")]
    pub(crate) tabs: Option<crate::tabs::SharedTabs>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// An error, with what the server said about trying again.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) error: Error,
    pub(crate) retry_after: Option<u64>,
}

impl Problem {
    pub(crate) fn failure(self) -> Failure {
        self.error.into_failure(self.retry_after)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        problem.error
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self {
            error,
            retry_after: None,
        }
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        Self {
            error: error.into(),
            retry_after: None,
        }
    }
}

impl Http {
    /// Whether the server is on this machine: reachable also when the browser calls itself offline.
    pub(crate) fn is_local(&self) -> bool {
        let host = self.server.origin().split_once("://");
        host.is_some_and(|(_, host)| is_loopback(host))
    }

    /// The server's name in keys of the storage: the same however its address is written.
    pub(crate) fn storage_name(&self) -> String {
        self.server.base().to_owned()
    }

    /// Scheme, host and port, as browsers count connections.
    pub(crate) fn origin(&self) -> String {
        self.server.origin().to_owned()
    }

    /// Sends a request; any HTTP status is an answer. Boxed, as `body` is, so that no endpoint carries a copy of it.
    pub(crate) fn call(
        &self,
        request: Request,
        timeout: Option<u64>,
    ) -> LocalBoxFuture<'_, Result<HttpResponse, Problem>> {
        self.call_with_key(request, timeout, None)
    }

    /// As `call`, with the request's idempotency key if it has one: browsers send a POST again by themselves. Another origin gets no key:
    /// its CORS rules may refuse a header that they don't know.
    fn call_with_key(
        &self,
        request: Request,
        timeout: Option<u64>,
        key: Option<String>,
    ) -> LocalBoxFuture<'_, Result<HttpResponse, Problem>> {
        Box::pin(async move {
            if let Some(name) = request.unaddressable() {
                return Err(Error::Unaddressable { name }.into());
            }
            let is_health = request.path == endpoint::health().path;
            let answer = self.exchange(&request, timeout, key);
            let answer = match timeout {
                None => answer.await,
                Some(ms) => match select(answer, self.clock.sleep(ms)).await {
                    Either::Left((answer, _)) => answer,
                    Either::Right(_) => Err(Failure::of(FailureKind::Timeout, String::new())),
                },
            };
            let is_answered = |answer: &HttpResponse| !matches!(answer.status, 502..=504);
            let is_signed_out = |failure: &Failure| failure.kind == FailureKind::SignIn;
            if !is_health && !answer.as_ref().map_or_else(is_signed_out, is_answered) {
                self.note_unanswered();
            }
            match answer {
                Ok(response) => self.classify(&request, response),
                Err(failure) => {
                    if failure.kind == FailureKind::SignIn {
                        let url = Some(self.page_of(&request));
                        self.state.require_sign_in(
                            &request.path,
                            SignIn {
                                url,
                                ..SignIn::default()
                            },
                        );
                    }
                    Err(Problem {
                        retry_after: failure.retry_after,
                        error: Error::from_failure(failure, timeout.unwrap_or(0)),
                    })
                }
            }
        })
    }

    /// Sends a request; once more when its credentials were refused and there are others by now.
    fn exchange<'a>(
        &'a self,
        request: &'a Request,
        timeout: Option<u64>,
        key: Option<String>,
    ) -> LocalBoxFuture<'a, Result<HttpResponse, Failure>> {
        Box::pin(async move {
            let bytes = request.body.as_ref().map_or(0, String::len);
            // A string of structured fields: with quotes. A server that knows keys keeps what it compares: it refuses larger requests
            // that have one.
            let key = key
                .filter(|_| self.server.origin() == page_origin() && !is_beyond_key(bytes))
                .map(|key| ("idempotency-key".to_owned(), ["\"", &key, "\""].concat()));
            let mut prepared = self.prepare(request, "application/json").await;
            prepared.headers.extend(key.clone());
            let response = self.send(&request.path, prepared.clone(), timeout).await?;
            if response.status != 401 || self.headers.is_none() {
                return Ok(response);
            }
            let mut fresh = self.prepare(request, "application/json").await;
            fresh.headers.extend(key);
            if fresh.headers == prepared.headers {
                return Ok(response);
            }
            self.send(&request.path, fresh, timeout).await
        })
    }

    /// Sends a request, says so when it is slow, and then sends it again if it only reads. The first answer counts: aborting the slow
    /// one would never end with a server that is slow every time.
    async fn send(
        &self,
        path: &str,
        request: HttpRequest,
        timeout: Option<u64>,
    ) -> Result<HttpResponse, Failure> {
        let sent_at = self.clock.now();
        let first = self.transport.send(request.clone());
        let answer = match timeout {
            None => first.await,
            Some(_) => match select(first, self.clock.sleep(SLOW_MS)).await {
                Either::Left((answer, _)) => answer,
                Either::Right((_, first)) => {
                    let _slow = self.state.slow(SlowRequest {
                        method: request.method,
                        path: path.split('?').next().unwrap_or(path).to_owned(),
                        sent_at,
                    });
                    if request.method == Method::Get {
                        let second = self.transport.send(request);
                        select_ok([first, second]).await.map(|(answer, _)| answer)
                    } else {
                        first.await
                    }
                }
            },
        };
        if let Ok(response) = &answer {
            self.state.dated(sent_at, self.clock.now(), response.meta.date);
        }
        answer
    }

    /// Recognises answers that don't come from the server's own code: login pages, and paths that it can't read as they were meant.
    fn classify(&self, request: &Request, response: HttpResponse) -> Result<HttpResponse, Problem> {
        if let Some(sign_in) = self.sign_in_of(request, &response) {
            self.state.require_sign_in(&request.path, sign_in.clone());
            return Err(Error::SignIn {
                status: response.status,
                detail: sign_in.detail,
            }
            .into());
        }
        if matches!(response.status, 404 | 405)
            && let Some(name) = request.segment_with_slash()
        {
            let detail = error_detail(response.status, response.content_type.as_deref(), &response.body);
            if !is_unknown_name(&detail) {
                return Err(Error::Unaddressable { name }.into());
            }
        }
        let is_json = response
            .content_type
            .as_deref()
            .is_some_and(|kind| kind.contains("json"));
        if is_success(response.status) || (is_json && response.status != 403) {
            self.state.answered(&request.path);
        }
        Ok(response)
    }

    /// What the answer says about signing in, if that is what it is about.
    fn sign_in_of(&self, request: &Request, response: &HttpResponse) -> Option<SignIn> {
        let kind = response.content_type.as_deref();
        let page = WebPage::of(kind, &response.body);
        let is_redirected = response.meta.redirected_to.is_some();
        let needed = match response.status {
            401 | 511 => true,
            403 => page.is_some(),
            200..=299 => page
                .as_ref()
                .is_some_and(|page| page.asks_for_sign_in || is_redirected),
            _ => false,
        };
        if !needed {
            return None;
        }
        let mut sign_in = self.challenged(request, response.meta.challenge.as_deref());
        if let Some(url) = response.meta.redirected_to.clone().filter(|_| page.is_some()) {
            sign_in.url = Some(url);
        }
        sign_in.detail = match page {
            Some(page) => page.title,
            None => error_detail(response.status, kind, &response.body),
        };
        Some(sign_in)
    }

    /// How to sign in where the answer says no more than its `www-authenticate`.
    fn challenged(&self, request: &Request, challenge: Option<&str>) -> SignIn {
        let wants_token = challenge.is_some_and(|challenge| {
            let scheme = challenge.trim_start().get(..6);
            scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
        });
        SignIn {
            url: (!wants_token).then(|| self.page_of(request)),
            wants_token,
            detail: String::new(),
        }
    }

    /// An address that leads to the login page, or makes the browser ask for a password, when it is opened in a tab.
    fn page_of(&self, request: &Request) -> String {
        let path = match request.method {
            Method::Get => request.path.split('?').next().unwrap_or_default(),
            Method::Post | Method::Put | Method::Delete => "/health",
        };
        join_base(self.server.base(), path)
    }

    /// A request got no answer, or one from a gateway: the server may be down.
    pub(crate) fn note_unanswered(&self) {
        self.unanswered.update(|count| *count = count.wrapping_add(1));
    }

    /// Asks once whether the user has signed in meanwhile, by a request of the kind that required it.
    pub(crate) async fn probe_sign_in(&self) {
        let request = match self.state.required_by().as_str() {
            "health" => endpoint::health(),
            "workflows" => endpoint::workflows(),
            _ => endpoint::handlers(&HandlerQuery {
                status: vec![workflow_protocol::HandlerStatus::Running],
                workflow_name: Vec::new(),
            }),
        };
        if let Ok(response) = self.call(request, Some(self.timeout)).await
            && is_success(response.status)
        {
            self.state.signed_in();
        }
    }

    /// Opens a stream; once more when its credentials were refused and there are others by now. Its machine watches the time.
    pub(crate) async fn open(&self, request: Request) -> Result<HttpStream, Failure> {
        if let Some(name) = request.unaddressable() {
            return Err(Error::Unaddressable { name }.into_failure(None));
        }
        let prepared = self.prepare(&request, "text/event-stream").await;
        let mut stream = self.connect(prepared.clone()).await?;
        if stream.status == 401 && self.headers.is_some() {
            let fresh = self.prepare(&request, "text/event-stream").await;
            if fresh.headers != prepared.headers {
                drop(stream);
                stream = self.connect(fresh).await?;
            }
        }
        if matches!(stream.status, 401 | 511) {
            let sign_in = self.challenged(&request, stream.meta.challenge.as_deref());
            self.state.require_sign_in(&request.path, sign_in);
        }
        Ok(stream)
    }

    async fn connect(&self, request: HttpRequest) -> Result<HttpStream, Failure> {
        let sent_at = self.clock.now();
        let stream = self.transport.open(request).await?;
        self.state.dated(sent_at, self.clock.now(), stream.meta.date);
        Ok(stream)
    }

    async fn prepare(&self, request: &Request, accept: &str) -> HttpRequest {
        let mut headers = vec![("accept".to_owned(), accept.to_owned())];
        if request.body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        if let Some(provider) = &self.headers {
            headers.extend(provider().await);
        }
        HttpRequest {
            method: request.method,
            url: join_base(self.server.base(), &request.path),
            headers,
            body: request.body.clone(),
            credentials: self.credentials,
        }
    }

    /// The body of a successful answer.
    pub(crate) fn body(&self, request: Request) -> LocalBoxFuture<'_, Result<String, Problem>> {
        self.body_with_key(request, None)
    }

    fn body_with_key(
        &self,
        request: Request,
        key: Option<String>,
    ) -> LocalBoxFuture<'_, Result<String, Problem>> {
        Box::pin(async move {
            let response = self.call_with_key(request, Some(self.timeout), key).await?;
            if is_success(response.status) {
                Ok(response.body)
            } else {
                Err(refusal(&response))
            }
        })
    }

    pub(crate) async fn health(&self) -> Result<(), Problem> {
        let status = parse_status("health", &self.body(endpoint::health()).await?)?;
        // The app server says `Healthy`, the workflow server `healthy` (observed on llama-agents-server 0.8.0).
        if status.eq_ignore_ascii_case("healthy") {
            return Ok(());
        }
        Err(Problem {
            error: Error::Status {
                status: 200,
                detail: format!("The server is {status}"),
            },
            retry_after: None,
        })
    }

    pub(crate) async fn upstreams(&self) -> Result<UpstreamList, Problem> {
        Ok(UpstreamList::parse(&self.body(endpoint::upstreams()).await?)?)
    }

    pub(crate) async fn workflows(&self) -> Result<Vec<String>, Problem> {
        Ok(parse_workflows(&self.body(endpoint::workflows()).await?)?)
    }

    pub(crate) async fn schema(&self, workflow: &str) -> Result<WorkflowSchema, Problem> {
        Ok(WorkflowSchema::parse(
            &self.body(endpoint::schema(workflow)).await?,
        )?)
    }

    pub(crate) async fn event_schemas(&self, workflow: &str) -> Result<Vec<RawJson>, Problem> {
        Ok(EventSchemas::parse(&self.body(endpoint::events(workflow)).await?)?.events)
    }

    pub(crate) async fn graph(&self, workflow: &str) -> Result<Graph, Problem> {
        let body = self.body(endpoint::representation(workflow)).await?;
        let mut reader = GraphReader::new(&body)?;
        // A graph of hundreds of thousands of nodes takes seconds: everything else has its turn in between.
        while reader.step(GRAPH_SLICE) {
            self.clock.turn().await;
        }
        Ok(reader.finish())
    }

    /// Starts a run. The answer comes when the run has ended, however long that takes.
    pub(crate) async fn run(&self, workflow: &str, body: String) -> Result<Handler, Problem> {
        handler_of(&self.call(endpoint::run(workflow, body), None).await?)
    }

    /// Starts a run under a key that no other start has, or without one.
    pub(crate) async fn run_nowait(
        &self,
        workflow: &str,
        body: String,
        key: Option<String>,
    ) -> Result<Handler, Problem> {
        let request = endpoint::run_nowait(workflow, body);
        let sent_at = self.clock.now();
        let handler = handler_of(&self.call_with_key(request, Some(self.timeout), key).await?)?;
        self.state.started(sent_at, self.clock.now(), &handler.started_at);
        Ok(handler)
    }

    /// The list, and the size of its body in bytes.
    pub(crate) async fn handlers(&self, query: &HandlerQuery) -> Result<(HandlerList, u64), Problem> {
        let body = self.body(endpoint::handlers(query)).await?;
        Ok((Handler::parse_list(&body)?, body.len() as u64))
    }

    pub(crate) async fn handler(&self, id: &str) -> Result<Handler, Problem> {
        handler_of(&self.call(endpoint::handler(id), Some(self.timeout)).await?)
    }

    pub(crate) async fn result(&self, id: &str) -> Result<Handler, Problem> {
        handler_of(&self.call(endpoint::result(id), Some(self.timeout)).await?)
    }

    /// Sends an event under a key that no other sending has. Where the server knows such keys it takes the event once,
    /// however often the browser sends it.
    pub(crate) async fn post_event(
        &self,
        id: &str,
        body: String,
        key: Option<String>,
    ) -> Result<(), Problem> {
        self.body_with_key(endpoint::send_event(id, body), key)
            .await
            .map(|_| ())
    }

    /// Cancels, and asks what came of it: the server's own answer is not to be trusted.
    pub(crate) async fn cancel(
        &self,
        id: &str,
        purge: bool,
        key: String,
    ) -> Result<(CancelOutcome, Option<Handler>), Problem> {
        let answer = match self.body_with_key(endpoint::cancel(id, purge), Some(key)).await {
            Ok(body) => parse_status("answer to cancel", &body).map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        let agreed = match answer {
            Ok(status) if status == "deleted" => return Ok((CancelOutcome::Deleted, None)),
            Ok(_) => true,
            // A finished run is `404 Handler not found` here, the same as an unknown one.
            Err(problem) if problem.error.is_not_found() && !purge => false,
            Err(problem) => return Err(problem),
        };
        match self.handler(id).await {
            // A run whose task was lost says `cancelled` and stays `running` (observed on llama-agents-server 0.8.0).
            Ok(handler) if !handler.status.is_terminal() => Ok((CancelOutcome::StillRunning, Some(handler))),
            Ok(handler) if agreed => Ok((CancelOutcome::Cancelled, Some(handler))),
            Ok(handler) => Ok((CancelOutcome::AlreadyFinished, Some(handler))),
            Err(problem) if agreed && problem.error.is_not_found() => Ok((CancelOutcome::Cancelled, None)),
            Err(problem) => Err(problem),
        }
    }
}

/// The handler in an answer, whatever its status: failed and cancelled ones ride on HTTP 500.
fn handler_of(response: &HttpResponse) -> Result<Handler, Problem> {
    match Handler::parse(&response.body) {
        Ok(handler) => Ok(handler),
        Err(error) if is_success(response.status) => Err(error.into()),
        Err(_) => Err(refusal(response)),
    }
}

fn refusal(response: &HttpResponse) -> Problem {
    Problem {
        error: Error::from_answer(response.status, response.content_type.as_deref(), &response.body),
        retry_after: response.retry_after,
    }
}

/// Nodes and edges of a graph that are read before everything else has its turn.
const GRAPH_SLICE: usize = 2_000;

/// Whether a 404 speaks of a handler or a workflow: the server has understood which one was meant.
fn is_unknown_name(detail: &str) -> bool {
    detail == "Handler not found" || detail == "Workflow not found" || detail.starts_with("Workflow '")
}

const fn is_success(status: u16) -> bool {
    status >= 200 && status < 300
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or(address),
        None => host.split(':').next().unwrap_or(host),
    };
    name == "localhost" || name.ends_with(".localhost") || name == "::1" || name.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn local_addresses_are_recognised() {
        for host in [
            "localhost",
            "localhost:4600",
            "127.0.0.1:8000",
            "127.1.2.3",
            "[::1]:80",
            "app.localhost",
        ] {
            assert!(is_loopback(host), "{host} is this machine");
        }
        for host in [
            "example.org",
            "10.0.0.1:80",
            "[2001:db8::1]:80",
            "localhost.example.org",
            "",
        ] {
            assert!(!is_loopback(host), "{host} is another machine");
        }
    }
}
