//! Every request of the protocol: method, path and body, relative to the server's base address.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{HandlerQuery, Method, Request};

/// All characters except letters, digits and `-._~`, so that any name stays one segment or one value.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(crate) fn get(path: String) -> Request {
    Request {
        method: Method::Get,
        path,
        body: None,
    }
}

pub(crate) fn post(path: String, body: Option<String>) -> Request {
    Request {
        method: Method::Post,
        path,
        body,
    }
}

pub(crate) fn encoded(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, ENCODED)
}

/// Whether the server is up.
pub fn health() -> Request {
    get("/health".to_owned())
}

/// The upstreams of a `workflow-debugger`.
pub fn upstreams() -> Request {
    get("/upstreams".to_owned())
}

/// The names of its workflows.
pub fn workflows() -> Request {
    get("/workflows".to_owned())
}

/// The schemas of a workflow's start and stop events.
pub fn schema(name: &str) -> Request {
    get(format!("/workflows/{}/schema", encoded(name)))
}

/// The schemas of the events that can be sent to a workflow.
pub fn events(name: &str) -> Request {
    get(format!("/workflows/{}/events", encoded(name)))
}

/// A workflow's graph.
pub fn representation(name: &str) -> Request {
    get(format!("/workflows/{}/representation", encoded(name)))
}

/// Starts a run and responds when it has ended: 500 with a handler if it did not complete.
pub fn run(name: &str, body: String) -> Request {
    post(format!("/workflows/{}/run", encoded(name)), Some(body))
}

/// Starts a run and responds at once.
pub fn run_nowait(name: &str, body: String) -> Request {
    post(format!("/workflows/{}/run-nowait", encoded(name)), Some(body))
}

/// All handlers that match the query. There is no paging.
pub fn handlers(query: &HandlerQuery) -> Request {
    let status = query.status.iter().map(|status| ("status", status.as_str()));
    let names = query
        .workflow_name
        .iter()
        .map(|name| ("workflow_name", name.as_str()));
    let mut path = "/handlers".to_owned();
    for (key, value) in status.chain(names) {
        path.push(if path.contains('?') { '&' } else { '?' });
        // Writing to a String cannot fail.
        let _ = write!(path, "{key}={}", encoded(value));
    }
    get(path)
}

/// One handler. The HTTP status repeats the run's status: 202, 200, or 500 for failed and cancelled.
pub fn handler(id: &str) -> Request {
    get(format!("/handlers/{}", encoded(id)))
}

/// Cancels a run; `purge` also removes the handler, even an ended one. Without it, an ended one gives 404.
pub fn cancel(id: &str, purge: bool) -> Request {
    post(format!("/handlers/{}/cancel?purge={purge}", encoded(id)), None)
}

/// Sends an event to a run. 200 only says that it was queued.
pub fn send_event(id: &str, body: String) -> Request {
    post(format!("/events/{}", encoded(id)), Some(body))
}

/// A handler with its result unwrapped; deprecated by the server.
pub fn result(id: &str) -> Request {
    get(format!("/results/{}", encoded(id)))
}

/// The events of a handler's latest run after a sequence, `-1` for all, as server-sent events; then the future ones. 204 if the run has
/// ended and there are none.
pub fn stream(id: &str, after: i64, internal: bool) -> Request {
    let internal = if internal { "&include_internal=true" } else { "" };
    get(format!(
        "/events/{}?sse=true&after_sequence={after}{internal}",
        encoded(id)
    ))
}
