//! A reverse proxy in front of a real server, so that its API and the debugger share an origin.
//!
//! Paths stay as they are; only `/debugger` is ours. Bodies pass as they come in both directions: an event is
//! forwarded when it arrives, a broken connection breaks on the other side, and a client that leaves ends the
//! request upstream. There are no time limits but the one for connecting. Requests with a key differ in all of that, see
//! [`once`](crate::once): they are passed on when they are whole, and carried out to their end also when their client leaves.

mod headers;
mod upstream;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{StatusCode, Uri, header};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};

pub use upstream::{Upstream, UpstreamError};

use crate::api::detail;

#[derive(Debug, Clone)]
struct Proxy {
    upstream: Arc<Upstream>,
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

fn client() -> Client<HttpsConnector<HttpConnector>, Body> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(Duration::from_secs(10)));
    let provider = rustls::crypto::ring::default_provider();
    let connector = hyper_rustls::HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider);
    let connector = match connector {
        Ok(builder) => builder.https_or_http().enable_http1().wrap_connector(http),
        // The provider is compiled in and supports every protocol version asked of it.
        Err(error) => unreachable!("TLS without protocol versions: {error}"),
    };
    // A connection per request: a kept one may be closed by the server at the moment it is used again, and
    // would turn a request that was never read into an error.
    Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(0)
        .build(connector)
}

/// Everything goes upstream.
pub(crate) fn routes(upstream: Upstream) -> Router {
    let proxy = Proxy {
        upstream: Arc::new(upstream),
        client: client(),
    };
    Router::new().fallback(forward).with_state(proxy)
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
    match tokio::time::timeout(Duration::from_secs(5), client().request(request)).await {
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

async fn forward(State(proxy): State<Proxy>, mut request: Request) -> Response {
    let upstream = &*proxy.upstream;
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip());
    let upgrade = headers::upgrade_of(request.headers());
    let ours = upgrade.is_some().then(|| hyper::upgrade::on(&mut request));
    let (mut parts, body) = request.into_parts();
    parts.uri = target(upstream, parts.uri.path_and_query());
    parts.version = axum::http::Version::HTTP_11;
    parts.extensions.clear();
    headers::to_upstream(&mut parts.headers, upstream, peer, upgrade.as_ref());
    match proxy.client.request(Request::from_parts(parts, body)).await {
        Ok(answer) => back(upstream, answer, ours),
        Err(error) => {
            let words = unreachable_words(upstream, &error);
            detail(502, format!("The proxy {words}"))
        }
    }
}

fn back(
    upstream: &Upstream,
    mut answer: axum::http::Response<hyper::body::Incoming>,
    ours: Option<OnUpgrade>,
) -> Response {
    let upgrade =
        headers::upgrade_of(answer.headers()).filter(|_| answer.status() == StatusCode::SWITCHING_PROTOCOLS);
    if let (Some(ours), Some(_)) = (ours, &upgrade) {
        tokio::spawn(tunnel(ours, hyper::upgrade::on(&mut answer)));
    }
    let (mut parts, body) = answer.into_parts();
    headers::to_client(&mut parts.headers, upgrade.as_ref());
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

/// Copies both ways until one side ends; then the other ends, too.
async fn tunnel(ours: OnUpgrade, theirs: OnUpgrade) {
    if let Ok((ours, theirs)) = tokio::try_join!(ours, theirs) {
        // An error means that one side is gone, and with it the other.
        let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(ours), &mut TokioIo::new(theirs)).await;
    }
}

/// "cannot reach http://…: connection refused".
fn unreachable_words(upstream: &Upstream, error: &hyper_util::client::legacy::Error) -> String {
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
