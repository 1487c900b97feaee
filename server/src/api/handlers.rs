//! Reading, listing and cancelling handlers.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use super::Api;
use super::query::Query;
use super::reply::{detail, json, status_of};
use crate::engine::{Cancelled, Handler};

const STATUSES: [&str; 4] = ["running", "completed", "failed", "cancelled"];

/// Filters are repeated keys; a status that isn't one matches nothing, an empty one filters nothing.
pub(super) async fn list(State(api): State<Api>, RawQuery(query): RawQuery) -> Response {
    let query = Query::parse(query.as_deref());
    let (statuses, names) = (query.all("status"), query.all("workflow_name"));
    let wanted = |handler: &Handler| {
        (statuses.is_empty()
            || statuses
                .iter()
                .any(|it| STATUSES.contains(it) && *it == handler.status.as_str()))
            && (names.is_empty() || names.contains(&handler.workflow_name.as_str()))
    };
    let rows: Vec<String> = api.engine.handlers(wanted).iter().map(Handler::to_json).collect();
    json(200, format!("{{\"handlers\":[{}]}}", rows.join(",")))
}

pub(super) async fn get(State(api): State<Api>, Path(id): Path<String>) -> Response {
    match api.engine.handler(&id) {
        Some(handler) => json(status_of(&handler), handler.to_json()),
        None => missing(&id),
    }
}

/// Deprecated, but still asked by older clients.
pub(super) async fn result(State(api): State<Api>, Path(id): Path<String>) -> Response {
    match api.engine.handler(&id) {
        Some(handler) => json(status_of(&handler), handler.to_unwrapped_json()),
        None => missing(&id),
    }
}

pub(super) async fn cancel(
    State(api): State<Api>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let purge = Query::parse(query.as_deref()).flag("purge", false);
    match api.engine.cancel(&id, purge).await {
        Some(Cancelled::Cancelled) => json(200, "{\"status\":\"cancelled\"}"),
        Some(Cancelled::Deleted) => json(200, "{\"status\":\"deleted\"}"),
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
