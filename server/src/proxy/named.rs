//! Several servers side by side, each below `/upstreams/NAME/`, for the monitor.
//!
//! Only the paths of a workflow server's API are passed on, and only what such an API answers. Pages, scripts and images of an
//! upstream would run with the rights of our origin, so they are refused. Headers that act on the whole origin are left out.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use percent_encoding::percent_decode_str;
use workflow_protocol::{UpstreamList, UpstreamPath};

use super::{Proxy, Upstream, cookies, headers, target, unreachable_words};
use crate::guard::{JsonBodies, Token};
use crate::reply::{detail, json};

/// How long a server may take to begin its answer to a read that the monitor repeats.
const READ_LIMIT: Duration = Duration::from_secs(10);

/// An upstream below `/upstreams/NAME/`.
///
/// ```
/// let orders: workflow_debugger::NamedUpstream = "orders=http://127.0.0.1:8000".parse().unwrap();
/// assert_eq!(orders.name(), "orders");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedUpstream {
    name: String,
    upstream: Upstream,
    token: Option<Token>,
}

impl FromStr for NamedUpstream {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, address) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` has no name: write NAME=URL"))?;
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || !name.bytes().all(is_plain) {
            return Err(format!(
                "`{name}` can't be the name of an upstream: use small letters, digits and hyphens"
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            upstream: address
                .parse()
                .map_err(|error: super::UpstreamError| error.to_string())?,
            token: None,
        })
    }
}

impl NamedUpstream {
    /// The name in its path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    #[must_use]
    pub const fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// The same with a bearer token, which requests get that have no `Authorization` of their own.
    #[must_use]
    pub fn with_token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Whether it has a token.
    #[must_use]
    pub const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// The environment variable that has the token of this upstream.
    #[must_use]
    pub fn token_variable(&self) -> String {
        let name = self.name.to_ascii_uppercase().replace('-', "_");
        format!("WORKFLOW_DEBUGGER_UPSTREAM_TOKEN_{name}")
    }

    fn path(&self) -> String {
        format!("/upstreams/{}", self.name)
    }
}

#[derive(Debug, Clone)]
struct Named {
    proxy: Proxy,
    upstreams: Arc<[NamedUpstream]>,
    listing: Arc<UpstreamList>,
}

/// The routes of the upstreams, and `GET /upstreams`, which lists them without their addresses and tokens.
pub(crate) fn routes(upstreams: Vec<NamedUpstream>, root: &'static str, guarded: bool) -> Router {
    let listed = |upstream: &NamedUpstream| UpstreamPath {
        name: upstream.name.clone(),
        path: upstream.path(),
    };
    let listing = UpstreamList {
        upstreams: upstreams.iter().map(listed).collect(),
        root: root.to_owned(),
        guarded,
    };
    let named = Named {
        proxy: Proxy::new(),
        upstreams: upstreams.into(),
        listing: Arc::new(listing),
    };
    Router::new()
        .route("/upstreams", get(list))
        .route("/upstreams/{*path}", any(forward))
        .with_state(named)
}

async fn list(State(named): State<Named>) -> Response {
    let mut response = json(200, &*named.listing);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn forward(State(named): State<Named>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (name, rest) = path
        .strip_prefix("/upstreams/")
        .and_then(|path| path.split_at_checked(path.find('/')?))
        .unwrap_or_default();
    let Some(upstream) = named.upstreams.iter().find(|upstream| upstream.name == name) else {
        return detail(404, "There is no upstream of this name");
    };
    if !is_api(rest) {
        return detail(404, format!("Only the API of {name} is passed on"));
    }
    if is_control_plane(rest) && *request.method() != Method::GET {
        return detail(405, format!("The deployments of {name} can only be read"));
    }
    if let Err(refusal) = JsonBodies::Own.check(&request) {
        return refusal.into_response();
    }
    let mut inside = [upstream.upstream.path(), rest].concat();
    if let Some(query) = request.uri().query() {
        inside.push('?');
        inside.push_str(query);
    }
    let is_limited = *request.method() == Method::GET && is_repeated(rest);
    let sending = named.send(upstream, request, &inside);
    if !is_limited {
        return sending.await;
    }
    match tokio::time::timeout(READ_LIMIT, sending).await {
        Ok(response) => response,
        Err(_) => detail(
            504,
            format!("The proxy got no answer from {name} within 10 seconds"),
        ),
    }
}

/// Whether a path below an upstream's base belongs to the API of a workflow server, or of an older one.
fn is_api(path: &str) -> bool {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    if decoded.split(['/', '\\']).any(|part| matches!(part, "." | "..")) {
        return false;
    }
    let mut parts = path.split('/').skip(1);
    match parts.next().unwrap_or_default() {
        "health" | "workflows" | "handlers" | "events" | "results" => true,
        // llama-deploy 0.2 and 0.9.
        "status" | "services" | "sessions" | "tasks" | "queue_config" => true,
        // Not their interfaces.
        "deployments" => parts
            .nth(1)
            .is_none_or(|part| matches!(part, "" | "tasks" | "sessions")),
        "api" => is_control_plane(path),
        _ => false,
    }
}

/// The deployments of a control plane (llama-agents-core 0.10.2), which the monitor reads and never changes.
fn is_control_plane(path: &str) -> bool {
    let rest = path.strip_prefix("/api/v1beta1/deployments");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == "-public/version")
}

/// Reads that are sent again and again, and that have to be answered soon. A result of a task (`/deployments/…`) and a log are waited for.
fn is_repeated(path: &str) -> bool {
    let begins = [
        "/health",
        "/workflows",
        "/handlers",
        "/status",
        "/services",
        "/api/",
    ];
    begins.iter().any(|begin| path.starts_with(begin)) && !path.ends_with("/logs")
}

impl Named {
    async fn send(&self, named: &NamedUpstream, request: Request, path: &str) -> Response {
        let NamedUpstream {
            name,
            upstream,
            token,
        } = named;
        let peer = super::peer(&request);
        let (mut parts, body) = request.into_parts();
        parts.uri = target(upstream, path.parse::<PathAndQuery>().ok().as_ref());
        parts.version = axum::http::Version::HTTP_11;
        parts.extensions.clear();
        headers::to_upstream(&mut parts.headers, upstream, peer, false);
        cookies::to_upstream(&mut parts.headers, name);
        if let Some(bearer) = token.as_ref().and_then(Token::bearer) {
            parts.headers.entry(header::AUTHORIZATION).or_insert(bearer);
        }
        match self.proxy.send(Request::from_parts(parts, body), false).await {
            Ok(answer) => back(named, answer),
            Err(error) => {
                // The address is the operator's matter; the page knows the name.
                let words = unreachable_words(upstream, &error).replace(&upstream.to_string(), name);
                detail(502, format!("The proxy {words}"))
            }
        }
    }
}

fn back(named: &NamedUpstream, answer: super::Answer) -> Response {
    let (mut parts, body) = answer.into_parts();
    if parts.status == StatusCode::SWITCHING_PROTOCOLS {
        return detail(502, format!("{} began another protocol", named.name));
    }
    headers::to_client(&mut parts.headers, false);
    headers::keep_own(&mut parts.headers);
    cookies::to_client(&mut parts.headers, &named.name);
    if parts.status.is_redirection() {
        redirected(named, &mut parts.headers);
        let mut response = Response::new(Body::empty());
        *response.status_mut() = parts.status;
        for name in [header::LOCATION, header::SET_COOKIE] {
            for value in parts.headers.get_all(&name) {
                response.headers_mut().append(&name, value.clone());
            }
        }
        return response;
    }
    if let Err(kind) = api_type(&parts.headers) {
        return refuse(named, parts.status, &parts.headers, &kind);
    }
    parts.extensions.clear();
    Response::from_parts(parts, Body::new(body))
}

/// The types that the API of a workflow server answers with; else the type that it is.
fn api_type(headers: &HeaderMap) -> Result<(), String> {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let (first, second) = (kinds.next(), kinds.next());
    let Some(first) = first else { return Ok(()) };
    let essence = first.to_str().unwrap_or_default().split(';').next();
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    let is_known = matches!(
        &*essence,
        "application/json"
            | "text/plain"
            | "text/event-stream"
            | "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
    ) || essence.starts_with("application/") && essence.ends_with("+json");
    if is_known && second.is_none() {
        Ok(())
    } else {
        Err(essence)
    }
}

/// An error stays the error that it was, without its page; anything else is a gateway's error.
fn refuse(named: &NamedUpstream, status: StatusCode, headers: &HeaderMap, kind: &str) -> Response {
    let status = if status.is_client_error() || status.is_server_error() {
        status.as_u16()
    } else {
        502
    };
    let words = format!(
        "{} answered with {kind}, which is not passed on; is it a workflow server?",
        named.name
    );
    let mut response = detail(status, words);
    for name in [header::WWW_AUTHENTICATE, header::RETRY_AFTER] {
        if let Some(value) = headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// A redirect within the API leads to the same place below our path; any other leads where the upstream meant it.
fn redirected(named: &NamedUpstream, headers: &mut HeaderMap) {
    let NamedUpstream { upstream, .. } = named;
    let Some(location) = headers.get(header::LOCATION).and_then(|it| it.to_str().ok()) else {
        return;
    };
    let origin = upstream.origin();
    let path = match location.strip_prefix(origin) {
        Some(path) => path,
        None if location.starts_with('/') && !location.starts_with("//") => location,
        None => return,
    };
    let inside = path
        .strip_prefix(upstream.path())
        .filter(|rest| rest.starts_with('/') && is_api(rest.split(['?', '#']).next().unwrap_or(rest)));
    let there = match inside {
        Some(rest) => [&named.path(), rest].concat(),
        None if path.starts_with('/') => [origin, path].concat(),
        None => return,
    };
    if let Ok(there) = HeaderValue::from_str(&there) {
        headers.insert(header::LOCATION, there);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        let orders: NamedUpstream = "orders-2=http://127.0.0.1:8000/".parse().expect("an upstream");
        assert_eq!(orders.name(), "orders-2");
        assert_eq!(orders.upstream().to_string(), "http://127.0.0.1:8000");
        assert_eq!(
            orders.token_variable(),
            "WORKFLOW_DEBUGGER_UPSTREAM_TOKEN_ORDERS_2"
        );
        for (text, part) in [
            ("http://127.0.0.1:8000", "NAME=URL"),
            ("=http://127.0.0.1:8000", "small letters"),
            ("Orders=http://127.0.0.1:8000", "small letters"),
            ("a/b=http://127.0.0.1:8000", "small letters"),
            ("a=127.0.0.1:8000", "write http://127.0.0.1:8000"),
        ] {
            let error = text.parse::<NamedUpstream>().expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn only_the_api_is_passed_on() {
        for path in [
            "/health",
            "/workflows",
            "/workflows/greet/run-nowait",
            "/handlers/a%2Fb",
            "/events/x",
            "/status/",
            "/sessions/create",
            "/deployments/",
            "/deployments/app",
            "/deployments/app/tasks/run",
            "/deployments/app/sessions",
            "/api/v1beta1/deployments",
            "/api/v1beta1/deployments/list-projects",
            "/api/v1beta1/deployments/app/logs",
            "/api/v1beta1/deployments-public/version",
        ] {
            assert!(is_api(path), "{path}");
        }
        for path in [
            "/",
            "",
            "/docs",
            "/openapi.json",
            "/debugger/",
            "/%68ealth",
            "/healthy",
            "/deployments/app/ui/",
            "/deployments/app/debugger",
            "/handlers/../docs",
            "/handlers/%2e%2e/docs",
            "/handlers/%2e%2e%2fdocs",
            "/handlers/..%5Cdocs",
            "/api/v1beta1/files",
            "/api/v1beta1/deployments-public/else",
            "/api/v1beta1/deployments/../files",
        ] {
            assert!(!is_api(path), "{path}");
        }
    }

    #[test]
    fn redirects_stay_below_the_path_or_leave_for_the_upstream() {
        let named: NamedUpstream = "a=http://host:8000/deployments/x".parse().expect("an upstream");
        for (location, expected) in [
            (
                "http://host:8000/deployments/x/handlers?a=1",
                "/upstreams/a/handlers?a=1",
            ),
            ("/deployments/x/handlers", "/upstreams/a/handlers"),
            ("/login", "http://host:8000/login"),
            ("http://host:8000/login?next=/", "http://host:8000/login?next=/"),
            ("https://sso.example.com/", "https://sso.example.com/"),
            ("//other/", "//other/"),
            ("http://host:80001/handlers", "http://host:80001/handlers"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, HeaderValue::from_static(location));
            redirected(&named, &mut headers);
            assert_eq!(headers[header::LOCATION], expected, "{location}");
        }
    }
}
