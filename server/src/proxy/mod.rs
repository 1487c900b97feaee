//! A reverse proxy in front of a real server, so that its API and the debugger share an origin.
//!
//! Paths are not changed; only `/debugger` is ours. Bodies stream in both directions: an event is forwarded when it arrives, a broken
//! connection breaks on the other side, and a client that disconnects ends the request upstream. Only connecting has a timeout.
//! Requests with a key differ (see [`once`](crate::once)): they are forwarded when they are complete, and run to their end even if
//! their client disconnects.

mod cookies;
mod headers;
pub(crate) mod named;
mod upstream;

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

pub use named::NamedUpstream;
pub use upstream::{Upstream, UpstreamError};

use crate::listen::Place;
use crate::reply::detail;

type Connector = HttpsConnector<HttpConnector>;

/// How long a connection to the upstream waits to be used again. uvicorn and Node close theirs after five seconds.
const IDLE: Duration = Duration::from_millis(3_900);

/// Idle connections to the upstream.
const MOST_IDLE: usize = 32;

/// The way to upstreams.
#[derive(Debug, Clone)]
struct Proxy {
    /// A connection for each request: one that was kept may be closed by the server at the moment it is used again, and nobody
    /// would know whether the request was carried out.
    fresh: Client<Connector, Body>,
    /// Keeps connections, for requests that can be repeated.
    reusing: Client<Connector, Body>,
}

fn connector() -> Connector {
    let mut http = HttpConnector::new();
    http.set_keepalive(Some(Duration::from_secs(60)));
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(Duration::from_secs(10)));
    let provider = rustls::crypto::ring::default_provider();
    let connector = hyper_rustls::HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider);
    match connector {
        Ok(builder) => builder.https_or_http().enable_http1().wrap_connector(http),
        // The provider is compiled in and supports every protocol version asked of it.
        Err(error) => unreachable!("TLS without protocol versions: {error}"),
    }
}

fn fresh(connector: Connector) -> Client<Connector, Body> {
    Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build(connector)
}

fn reusing(connector: Connector) -> Client<Connector, Body> {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(MOST_IDLE)
        .build(connector)
}

/// Everything goes upstream.
pub(crate) fn routes(upstream: Upstream) -> Router {
    let state = (Arc::new(upstream), Proxy::new());
    Router::new().fallback(forward).with_state(state)
}

/// Asks the upstream for its health, to say at start what is wrong with it.
///
/// # Errors
/// The sentence to show.
pub async fn check(upstream: &Upstream) -> Result<(), String> {
    let path = format!("{}/health", upstream.path());
    let uri = target(upstream, path.parse().ok().as_ref());
    let request = Request::builder()
        .uri(uri)
        .body(Body::empty())
        .map_err(|error| error.to_string())?;
    match tokio::time::timeout(Duration::from_secs(5), fresh(connector()).request(request)).await {
        Err(_) => Err(format!("{upstream} did not answer within 5 seconds")),
        Ok(Err(error)) => Err(unreachable_words(upstream, &error)),
        Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
        Ok(Ok(answer)) => {
            let hint = if upstream.path().is_empty() {
                " (`llamactl serve` has its API below /deployments/NAME: give that address)"
            } else {
                ""
            };
            Err(format!(
                "{upstream}/health answered {}; is this a workflow server?{hint}",
                answer.status()
            ))
        }
    }
}

fn target(upstream: &Upstream, path: Option<&PathAndQuery>) -> Uri {
    let path = path.map_or("/", PathAndQuery::as_str);
    // Both parts come from URIs that were read before.
    format!("{}{path}", upstream.origin()).parse().unwrap_or_default()
}

/// Where a request comes from.
fn peer(request: &Request) -> Option<IpAddr> {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map(|ConnectInfo(address)| address.ip())
}

async fn forward(State((upstream, proxy)): State<(Arc<Upstream>, Proxy)>, mut request: Request) -> Response {
    let upstream = &*upstream;
    let peer = peer(&request);
    let is_websocket = *request.method() == Method::GET && headers::is_websocket(request.headers());
    let place = request.extensions().get::<Place>().cloned();
    let ours = is_websocket.then(|| (hyper::upgrade::on(&mut request), place));
    let (mut parts, body) = request.into_parts();
    parts.uri = target(upstream, parts.uri.path_and_query());
    parts.version = axum::http::Version::HTTP_11;
    parts.extensions.clear();
    headers::to_upstream(&mut parts.headers, upstream, peer, is_websocket);
    match proxy.send(Request::from_parts(parts, body), is_websocket).await {
        Ok(answer) => back(upstream, answer, ours),
        Err(error) => {
            let words = unreachable_words(upstream, &error);
            detail(502, format!("The proxy {words}"))
        }
    }
}

type Answer = axum::http::Response<hyper::body::Incoming>;
type ClientError = hyper_util::client::legacy::Error;

impl Proxy {
    fn new() -> Self {
        let connector = connector();
        Self {
            fresh: fresh(connector.clone()),
            reusing: reusing(connector),
        }
    }

    /// GET and HEAD go over connections that are used again, and once more over a fresh one when theirs breaks before the answer
    /// begins.
    async fn send(&self, request: Request, is_websocket: bool) -> Result<Answer, ClientError> {
        let is_repeatable = matches!(*request.method(), Method::GET | Method::HEAD)
            && !is_websocket
            && request.body().is_end_stream();
        if !is_repeatable {
            return self.fresh.request(request).await;
        }
        let (parts, body) = request.into_parts();
        let again = Request::from_parts(parts.clone(), Body::empty());
        match self.reusing.request(Request::from_parts(parts, body)).await {
            Err(error) if broke_before_answer(&error) => self.fresh.request(again).await,
            sent => sent,
        }
    }
}

/// Whether a connection that had been made was closed or reset while the answer's head was awaited.
fn broke_before_answer(error: &ClientError) -> bool {
    if error.is_connect() {
        return false;
    }
    let mut cause = error.source();
    while let Some(deeper) = cause {
        if let Some(hyper) = deeper.downcast_ref::<hyper::Error>()
            && (hyper.is_incomplete_message() || hyper.is_canceled() || hyper.is_closed())
        {
            return true;
        }
        if let Some(io) = deeper.downcast_ref::<std::io::Error>() {
            return matches!(
                io.kind(),
                std::io::ErrorKind::ConnectionReset
                    | std::io::ErrorKind::ConnectionAborted
                    | std::io::ErrorKind::BrokenPipe
                    | std::io::ErrorKind::UnexpectedEof
            );
        }
        cause = deeper.source();
    }
    false
}

fn back(upstream: &Upstream, mut answer: Answer, ours: Option<(OnUpgrade, Option<Place>)>) -> Response {
    let switches = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
    let is_websocket = switches && ours.is_some() && headers::is_websocket(answer.headers());
    if switches && !is_websocket {
        return detail(
            502,
            format!("The proxy passes on nothing but WebSockets, and {upstream} began another protocol"),
        );
    }
    if let Some((ours, place)) = ours.filter(|_| is_websocket) {
        tokio::spawn(tunnel(ours, hyper::upgrade::on(&mut answer), place));
    }
    let (mut parts, body) = answer.into_parts();
    headers::to_client(&mut parts.headers, is_websocket);
    if let Some(location) = parts
        .headers
        .get(header::LOCATION)
        .and_then(|it| upstream.below_our_origin(it))
    {
        parts.headers.insert(header::LOCATION, location);
    }
    parts.extensions.clear();
    Response::from_parts(parts, Body::new(body))
}

/// Copies both ways until one side ends; then the other ends, too. The connection keeps its place so long.
async fn tunnel(ours: OnUpgrade, theirs: OnUpgrade, _place: Option<Place>) {
    if let Ok((ours, theirs)) = tokio::try_join!(ours, theirs) {
        // An error means that one side is gone, and with it the other.
        let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(ours), &mut TokioIo::new(theirs)).await;
    }
}

/// "cannot reach http://…: connection refused".
fn unreachable_words(upstream: &Upstream, error: &ClientError) -> String {
    let mut cause: &dyn Error = error;
    let mut words = None;
    while let Some(deeper) = cause.source() {
        if let Some(io) = deeper.downcast_ref::<std::io::Error>() {
            words = match io.kind() {
                std::io::ErrorKind::ConnectionRefused => Some("connection refused".to_owned()),
                std::io::ErrorKind::TimedOut => Some("no connection within 10 seconds".to_owned()),
                std::io::ErrorKind::ConnectionReset => Some("the connection was reset".to_owned()),
                _ => words,
            };
        }
        cause = deeper;
    }
    format!(
        "cannot reach {upstream}: {}",
        words.unwrap_or_else(|| cause.to_string())
    )
}
