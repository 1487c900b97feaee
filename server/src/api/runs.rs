//! Starting runs.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::Api;
use super::reply::{Refusal, json};
use crate::body::WholeBody;
use crate::engine::{Event, Handler, StartError, Status, Workflow};
use crate::pydantic::{check_event, parse_event, wrong_text};
use crate::python::{Json, parse, type_name};

/// Answers when the run has ended: 200 only if it completed.
pub(super) async fn run(State(api): State<Api>, Path(name): Path<String>, body: WholeBody) -> Response {
    let started = api
        .read_body(body, move |api, body| {
            start(api, &name, body, "Error running workflow").map_err(Refusal::into_response)
        })
        .await;
    let started = match started {
        Ok(handler) => handler,
        Err(refusal) => return refusal,
    };
    match api.engine.wait(&started.handler_id).await {
        Some(handler) => json(
            if handler.status == Status::Completed {
                200
            } else {
                500
            },
            handler.to_json(),
        ),
        // Deleted while it ran.
        None => json(500, "{}"),
    }
}

/// Answers at once.
pub(super) async fn run_nowait(
    State(api): State<Api>,
    Path(name): Path<String>,
    body: WholeBody,
) -> Response {
    let started = api
        .read_body(body, move |api, body| {
            start(api, &name, body, "Initial persistence failed").map_err(Refusal::into_response)
        })
        .await;
    match started {
        Ok(handler) => json(200, handler.to_json()),
        Err(refusal) => refusal,
    }
}

/// Reads a body as Python does, bytes first.
pub(super) fn read(body: &[u8]) -> Result<Json, String> {
    match std::str::from_utf8(body) {
        Ok(text) => parse(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|error| error.to_string()),
        Err(error) => {
            let at = error.valid_up_to();
            let byte = body.get(at).copied().unwrap_or_default();
            Err(format!(
                "'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: invalid start byte"
            ))
        }
    }
}

fn start(api: &Api, name: &str, body: &[u8], prefix: &str) -> Result<Handler, Refusal> {
    let Some(workflow) = api.engine.workflow(name) else {
        let words = if name.contains('/') {
            "Not Found"
        } else {
            "Workflow not found"
        };
        return Err(Refusal(404, words.to_owned()));
    };
    let body = read(body).map_err(|words| Refusal(400, format!("Invalid JSON body: {words}")))?;
    let Json::Dict(_) = body else {
        let words = format!(
            "Error processing request body: '{}' object has no attribute 'get'",
            type_name(&body)
        );
        return Err(Refusal(400, words.to_owned()));
    };
    let nothing = Json::Dict(Vec::new());
    let given = body
        .get("start_event")
        .or_else(|| body.get("kwargs"))
        .unwrap_or(&nothing);
    let event = if *given == Json::Null {
        None
    } else {
        Some(event(workflow, given)?)
    };
    if body.get("context").is_some_and(Json::is_truthy) {
        let words = "Context API is disabled. Set accept_context_api=True on WorkflowServer to enable it.";
        return Err(Refusal(400, words.to_owned()));
    }
    let handler_id = match body.get("handler_id").filter(|id| id.is_truthy()) {
        None => None,
        Some(Json::Str(id)) => Some(id.clone()),
        Some(other) => {
            let words = wrong_text("PersistentHandler", "handler_id", other);
            return Err(Refusal(500, format!("{prefix}: {words}")));
        }
    };
    let shown_id = handler_id.clone().unwrap_or_default();
    let started = match event {
        Some(event) => api.engine.start(workflow, handler_id, event),
        None => start_without(api, workflow, handler_id, prefix)?,
    };
    started.map_err(|error| match error {
        StartError::AlreadyRunning => Refusal(409, format!("Handler '{shown_id}' is already running")),
        StartError::Full(full) => Refusal(507, full.to_string()),
    })
}

fn event(workflow: &Workflow, given: &Json) -> Result<Event, Refusal> {
    let (class, value) = parse_event(given, &workflow.registry, Some(workflow.start.name))
        .map_err(|words| Refusal(400, format!("Validation error for 'start_event': {words}")))?;
    if class.name != workflow.start.name {
        let words = format!(
            "Start event must be an instance of {}",
            workflow.start.python_repr()
        );
        return Err(Refusal(400, words.to_owned()));
    }
    Ok(Event::new(workflow.start, value.to_string()))
}

/// `"start_event": null` skips the check of the fields; where some are required, the run fails to start after
/// its handler was stored (observed on llama-agents-server 0.8.0).
fn start_without(
    api: &Api,
    workflow: &Arc<Workflow>,
    handler_id: Option<String>,
    prefix: &str,
) -> Result<Result<Handler, StartError>, Refusal> {
    let class = workflow.start;
    let schema = workflow
        .registry
        .by_name(class.name)
        .map(|registered| &registered.schema);
    let made = check_event(
        class.name,
        schema.unwrap_or(&Json::Null),
        false,
        &Json::Dict(Vec::new()),
    );
    match made {
        Ok(checked) => Ok(api
            .engine
            .start(workflow, handler_id, Event::new(class, checked.0.to_string()))),
        Err(_) => match api.engine.start_in_vain(workflow, handler_id) {
            Err(refused) => Ok(Err(refused)),
            Ok(()) => {
                let words = format!(
                    "Failed creating a start event of type '{}' with the keyword arguments: {{}}",
                    class.name
                );
                Err(Refusal(500, format!("{prefix}: {words}")))
            }
        },
    }
}
