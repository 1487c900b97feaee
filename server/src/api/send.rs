//! Events from clients to runs.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Api;
use super::handlers::missing;
use super::segment::Segment;
use crate::body::WholeBody;
use crate::engine::{Event, SendError};
use crate::reply::{detail, status};
use crate::validation::{fields, is_falsy, parse_event, read};

pub(super) async fn send(State(api): State<Api>, Segment(id): Segment, body: WholeBody) -> Response {
    let sent = api.read_body(body, move |api, body| Ok(send_now(api, &id, body)));
    sent.await.unwrap_or_else(IntoResponse::into_response)
}

fn send_now(api: &Api, id: &str, body: &[u8]) -> Response {
    let body = match read(body) {
        Ok(body) => body,
        Err(words) => return detail(400, format!("Error processing request: {words}")),
    };
    let Some(body) = fields(&body) else {
        return detail(500, "Internal server error: the body is not an object");
    };
    let Some(given) = body.get("event").filter(|event| !is_falsy(event)) else {
        return detail(400, "Event data is required");
    };
    let Some((workflow, run)) = api.engine.target(id) else {
        return missing(id);
    };
    if run.is_terminal() {
        return detail(409, "Workflow already completed");
    }
    let (class, value) = match parse_event(given, &workflow.registry, None) {
        Ok(parsed) => parsed,
        Err(words) => return detail(400, words),
    };
    let Some(class) = workflow.class(&class.name) else {
        return detail(400, "Event data is required");
    };
    let step = body.get("step").map(|step| step.get());
    let step = step.filter(|step| *step != "null");
    let step = step.map(|step| serde_json::from_str(step).unwrap_or_else(|_| step.to_owned()));
    match api.engine.send(id, Event::raw(class, value), step) {
        Ok(()) => status("sent"),
        Err(SendError::NotFound) => missing(id),
        Err(SendError::Completed) => detail(409, "Workflow already completed"),
        Err(SendError::Refused(words)) => detail(500, words),
        Err(SendError::Full(full)) => detail(507, full.to_string()),
    }
}
