//! Faults on demand: `POST /_faults` with a list, one for each following request to the store. For tests of clients.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;
use serde_json::Value;

use crate::engine::lock;
use crate::reply::{self, Refusal};

/// One fault. `{"status": 503}` is an empty answer with that status; `{}` lets the request pass.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fault {
    /// The status of the answer that is given instead of the real one.
    status: Option<u16>,
    /// Its body: a text as it is, anything else as JSON. Default: empty.
    #[serde(default)]
    body: Value,
    /// Its headers.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Waits before anything else happens, in milliseconds.
    #[serde(default)]
    delay_ms: u64,
    /// Whether the request is carried out all the same: its answer is lost.
    #[serde(default)]
    carried_out: bool,
    /// Never answers.
    #[serde(default)]
    silence: bool,
    /// Breaks the connection after that many bytes of the answer's body.
    cut: Option<usize>,
}

/// The faults to come. Clones are the same queue.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue(Arc<Mutex<VecDeque<Fault>>>);

/// Adds faults; an empty list removes those that are left.
pub(super) async fn ask(State(queue): State<Queue>, body: Bytes) -> Response {
    match serde_json::from_slice::<Vec<Fault>>(&body) {
        Ok(faults) if faults.is_empty() => lock(&queue.0).clear(),
        Ok(faults) => lock(&queue.0).extend(faults),
        Err(error) => return Refusal(400, format!("A list of faults is needed: {error}")).into_response(),
    }
    reply::status("ok")
}

/// Applies the next fault to a request.
pub(super) async fn apply(State(queue): State<Queue>, request: Request, next: Next) -> Response {
    let Some(fault) = lock(&queue.0).pop_front() else {
        return next.run(request).await;
    };
    tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    let is_instead = fault.status.is_some() || fault.silence;
    let real = if fault.carried_out || !is_instead {
        Some(next.run(request).await)
    } else {
        None
    };
    if fault.silence {
        return std::future::pending().await;
    }
    let response = match (fault.status, real) {
        (None, Some(real)) => real,
        (status, _) => made(status.unwrap_or(500), &fault),
    };
    match fault.cut {
        Some(bytes) => cut(response, bytes).await,
        None => response,
    }
}

fn made(status: u16, fault: &Fault) -> Response {
    let (content_type, body) = match &fault.body {
        Value::Null => ("application/json", String::new()),
        Value::String(text) => ("text/html", text.clone()),
        json => ("application/json", json.to_string()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            headers.insert(name, value);
        }
    }
    response
}

/// The beginning of an answer, after which the connection breaks.
async fn cut(response: Response, bytes: usize) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let begin = whole.slice(..bytes.min(whole.len()));
    parts.headers.remove(header::CONTENT_LENGTH);
    let broken = std::io::Error::other("a fault was asked for");
    let body = stream::iter([Ok(begin), Err(broken)]);
    Response::from_parts(parts, Body::from_stream(body))
}
