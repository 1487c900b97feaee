//! One server: where it is, how it is reached, and what its answers mean.

use std::fmt;
use std::rc::Rc;

use futures::future::{Either, LocalBoxFuture, select};
use workflow_protocol::{
    DecodeError, EventSchemas, Failure, Graph, Handler, HandlerList, HandlerQuery, RawJson, Request,
    RunOptions, WorkflowSchema, endpoint, is_beyond_key, join_base, parse_status, parse_workflows, split_text,
};

use crate::clock::Clock;
use crate::keep::Keep;
use crate::transport::{Credentials, HttpRequest, HttpResponse, HttpStream, Transport};
use crate::{CancelOutcome, Error};

/// Gives the headers of the next request.
pub(crate) type HeaderProvider = Rc<dyn Fn() -> LocalBoxFuture<'static, Vec<(String, String)>>>;

pub(crate) struct Http {
    pub(crate) base: String,
    pub(crate) transport: Rc<dyn Transport>,
    pub(crate) clock: Rc<dyn Clock>,
    pub(crate) headers: Option<HeaderProvider>,
    pub(crate) credentials: Credentials,
    /// How long an answer may take, in milliseconds.
    pub(crate) timeout: u64,
    pub(crate) run_options: RunOptions,
    /// Where claims and what was sent are kept beyond the page.
    pub(crate) keep: Option<Rc<dyn Keep>>,
    /// The way to other tabs, and the name under which they share streams.
    #[cfg(feature = "shared-tabs")]
    pub(crate) tabs: Option<(Rc<dyn crate::tabs::TabLink>, String)>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("base", &self.base)
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
        let host = match split_text(&self.base, "://") {
            Some((_, rest)) => rest.split(['/', '?', '#']).next().map(str::to_owned),
            None => page_host(),
        };
        host.is_some_and(|host| is_loopback(&host))
    }

    /// The server's name in what is kept: the same however its address is written.
    pub(crate) fn kept_name(&self) -> String {
        let path = match split_text(&self.base, "://") {
            Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
            None => &self.base,
        };
        [&self.origin(), path.trim_end_matches('/')].concat()
    }

    /// Scheme, host and port, as browsers count connections.
    pub(crate) fn origin(&self) -> String {
        origin_of(&self.base, &page_origin())
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
            let answer = async {
                let mut request = self.prepare(request, "application/json").await;
                let bytes = request.body.as_ref().map_or(0, String::len);
                // A server that knows keys keeps what it compares: it refuses larger requests that have one.
                let key = key.filter(|_| self.origin() == page_origin() && !is_beyond_key(bytes));
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
                        return Err(Problem {
                            error: Error::Timeout { after_ms: ms },
                            retry_after: None,
                        });
                    }
                },
            };
            answer.map_err(|failure| Problem {
                retry_after: failure.retry_after,
                error: Error::from_failure(failure, timeout.unwrap_or(0)),
            })
        })
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
            url: join_base(&self.base, &request.path),
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

/// The page's host and port, for addresses that are relative to it.
#[cfg(target_arch = "wasm32")]
fn page_host() -> Option<String> {
    use wasm_bindgen::JsCast as _;
    js_sys::global()
        .dyn_into::<web_sys::Window>()
        .ok()?
        .location()
        .host()
        .ok()
}

#[cfg(not(target_arch = "wasm32"))]
const fn page_host() -> Option<String> {
    None
}

#[cfg(target_arch = "wasm32")]
pub(super) fn page_origin() -> String {
    use wasm_bindgen::JsCast as _;
    js_sys::global()
        .dyn_into::<web_sys::Window>()
        .ok()
        .and_then(|window| window.location().origin().ok())
        .unwrap_or_default()
}

#[cfg(not(target_arch = "wasm32"))]
pub(super) const fn page_origin() -> String {
    String::new()
}

/// The origin of an address that may be relative to a page.
pub(super) fn origin_of(base: &str, page: &str) -> String {
    let (scheme, rest) = match split_text(base, "://") {
        Some((scheme, rest)) if !scheme.contains('/') => (scheme, rest),
        _ => match base.strip_prefix("//") {
            Some(rest) => (page.split(':').next().unwrap_or_default(), rest),
            None => return page.to_owned(),
        },
    };
    let scheme = scheme.to_ascii_lowercase();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or(host).to_ascii_lowercase();
    let port = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    format!("{scheme}://{}", host.strip_suffix(port).unwrap_or(&host))
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
    use super::{is_loopback, origin_of};

    #[test]
    fn origins_are_compared_as_browsers_do() {
        let page = "https://page.org";
        for (base, origin) in [
            ("", page),
            ("/deployments/app", page),
            ("https://page.org/deployments/app", page),
            ("HTTPS://Page.Org:443/", page),
            ("//page.org/x", page),
            ("http://page.org", "http://page.org"),
            ("http://user:word@a.b:8000/x?y", "http://a.b:8000"),
            ("http://[::1]:80", "http://[::1]"),
            ("/x?next=http://other.org", page),
        ] {
            assert_eq!(origin_of(base, page), origin, "the origin of {base:?}");
        }
    }

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
