//! One server: where it is, how it is reached, and what its answers mean.

use std::fmt;
use std::rc::Rc;

use futures::future::{Either, LocalBoxFuture, select};
use workflow_protocol::{
    DecodeError, EventSchemas, Failure, Graph, Handler, HandlerList, HandlerQuery, RawJson, Request,
    RunOptions, WorkflowSchema, endpoint, is_beyond_key, join_base, parse_status, parse_workflows,
    split_text,
};

use crate::address::page_origin;
use crate::clock::Clock;
use crate::keep::Keep;
use crate::reactive::Slot;
use crate::transport::{Credentials, HttpRequest, HttpResponse, HttpStream, Transport};
use crate::{CancelOutcome, Error, ServerAddress};

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
    /// Where claims and what was sent are kept beyond the page.
    pub(crate) keep: Option<Rc<dyn Keep>>,
    /// Grows with every request that got no answer, those about the server's health excepted.
    pub(crate) unanswered: Slot<u32>,
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
    retry_after: Option<u64>,
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
        let host = split_text(self.server.origin(), "://");
        host.is_some_and(|(_, host)| is_loopback(host))
    }

    /// The server's name in what is kept: the same however its address is written.
    pub(crate) fn kept_name(&self) -> String {
        self.server.base().to_owned()
    }

    /// Scheme, host and port, as browsers count connections.
    pub(crate) fn origin(&self) -> String {
        self.server.origin().to_owned()
    }

    /// Sends a request; any HTTP status is an answer. Boxed, as `body` is, so that no endpoint carries a copy of it.
    fn call(
        &self,
        request: Request,
        timeout: Option<u64>,
    ) -> LocalBoxFuture<'_, Result<HttpResponse, Problem>> {
        self.call_with_key(request, timeout, None)
    }

    /// As `call`. The server is told the request's key, if it has one, by which it knows it when it comes twice: browsers send a
    /// POST again by themselves. Another origin is not told: its CORS rules may refuse a header that they don't know.
    fn call_with_key(
        &self,
        request: Request,
        timeout: Option<u64>,
        key: Option<String>,
    ) -> LocalBoxFuture<'_, Result<HttpResponse, Problem>> {
        Box::pin(async move {
            let is_health = request.path == endpoint::health().path;
            let answer = async {
                let mut request = self.prepare(request, "application/json").await;
                let bytes = request.body.as_ref().map_or(0, String::len);
                // A server that knows keys keeps what it compares: it refuses larger requests that have one.
                let key = key.filter(|_| self.server.origin() == page_origin() && !is_beyond_key(bytes));
                if let Some(key) = key {
                    // A string of structured fields: with quotes.
                    request
                        .headers
                        .push(("idempotency-key".to_owned(), ["\"", &key, "\""].concat()));
                }
                self.transport.send(request).await
            };
            let answer = match timeout {
                None => answer.await,
                Some(ms) => match select(Box::pin(answer), self.clock.sleep(ms)).await {
                    Either::Left((answer, _)) => answer,
                    Either::Right(_) => {
                        if !is_health {
                            self.note_unanswered();
                        }
                        return Err(Problem {
                            error: Error::Timeout { after_ms: ms },
                            retry_after: None,
                        });
                    }
                },
            };
            let is_answered = |answer: &HttpResponse| !matches!(answer.status, 502..=504);
            if !is_health && !answer.as_ref().is_ok_and(is_answered) {
                self.note_unanswered();
            }
            answer.map_err(|failure| Problem {
                retry_after: failure.retry_after,
                error: Error::from_failure(failure, timeout.unwrap_or(0)),
            })
        })
    }

    /// A request got no answer, or one from a gateway: the server may be down.
    pub(crate) fn note_unanswered(&self) {
        self.unanswered.update(|count| *count = count.wrapping_add(1));
    }

    /// Opens a stream. Its machine watches the time.
    pub(crate) async fn open(&self, request: Request) -> Result<HttpStream, Failure> {
        self.transport
            .open(self.prepare(request, "text/event-stream").await)
            .await
    }

    async fn prepare(&self, request: Request, accept: &str) -> HttpRequest {
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
            body: request.body,
            credentials: self.credentials,
        }
    }

    /// The body of a successful answer.
    fn body(&self, request: Request) -> LocalBoxFuture<'_, Result<String, Problem>> {
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

    pub(crate) async fn workflows(&self) -> Result<Vec<String>, Problem> {
        Ok(parse_workflows(&self.body(endpoint::workflows()).await?)?)
    }

    pub(crate) async fn schema(&self, workflow: &str) -> Result<WorkflowSchema, Problem> {
        Ok(WorkflowSchema::parse(
            &self.body(endpoint::schema(workflow)).await?,
        )?)
    }

    pub(crate) async fn event_schemas(&self, workflow: &str) -> Result<Vec<RawJson>, Problem> {
        Ok(EventSchemas::parse(&self.body(endpoint::events(workflow)).await?)?.0)
    }

    pub(crate) async fn graph(&self, workflow: &str) -> Result<Graph, Problem> {
        Ok(Graph::parse(
            &self.body(endpoint::representation(workflow)).await?,
        )?)
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
        handler_of(&self.call_with_key(request, Some(self.timeout), key).await?)
    }

    pub(crate) async fn handlers(&self, query: &HandlerQuery) -> Result<HandlerList, Problem> {
        Ok(Handler::parse_list(&self.body(endpoint::handlers(query)).await?)?)
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
    fn this_machine_is_told_from_others() {
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
