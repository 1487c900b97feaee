//! Reading, listing and cancelling handlers.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::Response;
use futures::stream;
use workflow_protocol::HandlerList;

use super::Api;
use super::query::Pairs;
use super::segment::Segment;
use crate::engine::{Cancelled, Handler};
use crate::reply::{detail, json, json_text, status, status_of};

const STATUSES: [&str; 4] = ["running", "completed", "failed", "cancelled"];

/// A list with more bytes of results than this is written row by row: as one text it would take as much memory as the store.
const LARGE_LIST: usize = 1024 * 1024;

/// Filters are repeated keys; a status that isn't one matches nothing, an empty one filters nothing.
pub(super) async fn list(State(api): State<Api>, Query(query): Query<Pairs>) -> Response {
    let (statuses, names) = (query.all("status"), query.all("workflow_name"));
    let wanted = |handler: &Handler| {
        (statuses.is_empty()
            || statuses
                .iter()
                .any(|it| STATUSES.contains(it) && *it == handler.status.as_str()))
            && (names.is_empty() || names.contains(&handler.workflow_name.as_str()))
    };
    let handlers = api.engine.handlers(wanted);
    let results = handlers.iter().filter_map(|handler| handler.result.as_ref());
    let is_large = results.map(|result| result.value.get().len()).sum::<usize>() > LARGE_LIST;
    if is_large {
        return json_text(200, Body::from_stream(stream::iter(rows(handlers))));
    }
    let list = HandlerList {
        handlers: handlers.iter().map(Handler::answer).collect(),
        unreadable: Vec::new(),
    };
    json(200, &list)
}

/// The text of a list, row by row.
fn rows(handlers: Vec<Handler>) -> impl Iterator<Item = serde_json::Result<Vec<u8>>> {
    let rows = handlers.into_iter().enumerate().map(|(at, handler)| {
        let mut row = if at == 0 { Vec::new() } else { b",".to_vec() };
        serde_json::to_writer(&mut row, &handler.answer())?;
        Ok(row)
    });
    std::iter::once(Ok(b"{\"handlers\":[".to_vec()))
        .chain(rows)
        .chain(std::iter::once(Ok(b"]}".to_vec())))
}

pub(super) async fn get(State(api): State<Api>, Segment(id): Segment) -> Response {
    match api.engine.handler(&id) {
        Some(handler) => json(status_of(&handler), &handler.answer()),
        None => missing(&id),
    }
}

/// Deprecated, but still asked by older clients.
pub(super) async fn result(State(api): State<Api>, Segment(id): Segment) -> Response {
    match api.engine.handler(&id) {
        Some(handler) => json(status_of(&handler), &handler.unwrapped_answer()),
        None => missing(&id),
    }
}

pub(super) async fn cancel(
    State(api): State<Api>,
    Segment(id): Segment,
    Query(query): Query<Pairs>,
) -> Response {
    let purge = query.flag("purge", false);
    match api.engine.cancel(&id, purge).await {
        Some(Cancelled::Cancelled) => status("cancelled"),
        Some(Cancelled::Deleted) => status("deleted"),
        None => missing(&id),
    }
}

/// An id with a slash can be given to a handler but never be addressed: the path is decoded before it is
/// routed.
pub(super) fn missing(id: &str) -> Response {
    detail(
        404,
        if id.contains('/') {
            "Not Found"
        } else {
            "Handler not found"
        },
    )
}
