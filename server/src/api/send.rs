//! Events from clients to runs.

use axum::extract::{Path, State};
use axum::response::Response;

use super::Api;
use super::handlers::missing;
use super::reply::{detail, json};
use super::runs::read;
use crate::body::WholeBody;
use crate::engine::{Event, SendError};
use crate::pydantic::parse_event;
use crate::python::{Json, repr, type_name};

pub(super) async fn send(State(api): State<Api>, Path(id): Path<String>, body: WholeBody) -> Response {
    let sent = api.read_body(body, move |api, body| Ok(send_now(api, &id, body)));
    sent.await.unwrap_or_else(|error| error)
}

fn send_now(api: &Api, id: &str, body: &[u8]) -> Response {
    let body = match read(body) {
        Ok(body) => body,
        Err(words) => return detail(400, format!("Error processing request: {words}")),
    };
    let Json::Dict(_) = body else {
        let words = format!(
            "Internal server error: '{}' object has no attribute 'get'",
            type_name(&body)
        );
        return detail(500, words);
    };
    let Some(given) = body.get("event").filter(|event| event.is_truthy()) else {
        return detail(400, "Event data is required");
    };
    let Some((workflow, status)) = api.engine.target(id) else {
        return missing(id);
    };
    if status.is_terminal() {
        return detail(409, "Workflow already completed");
    }
    let (class, value) = match parse_event(given, &workflow.registry, None) {
        Ok(parsed) => parsed,
        Err(words) => return detail(400, words),
    };
    let Some(class) = workflow.class(&class.name) else {
        return detail(400, "Event data is required");
    };
    let step = match body.get("step") {
        None | Some(Json::Null) => None,
        Some(Json::Str(name)) => Some(name.clone()),
        Some(other) => Some(repr(other)),
    };
    match api.engine.send(id, Event::new(class, value.to_string()), step) {
        Ok(()) => json(200, "{\"status\":\"sent\"}"),
        Err(SendError::NotFound) => missing(id),
        Err(SendError::Completed) => detail(409, "Workflow already completed"),
        Err(SendError::Refused(words)) => detail(500, words),
        Err(SendError::Full(full)) => detail(507, full.to_string()),
    }
}
