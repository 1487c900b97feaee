//! Starting runs.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::value::RawValue;
use workflow_protocol::HandlerStatus;

use super::Api;
use super::segment::Segment;
use crate::body::WholeBody;
use crate::engine::{Event, Handler, StartError, Workflow};
use crate::reply::{Refusal, json};
use crate::validation::{empty_object, fields, is_falsy, parse_event, read, wrong_type};

/// Answers when the run has ended: 200 only if it completed.
pub(super) async fn run(State(api): State<Api>, Segment(name): Segment, body: WholeBody) -> Response {
    let started = api
        .read_body(body, move |api, body| {
            start(api, &name, body, "Error running workflow")
        })
        .await;
    let started = match started {
        Ok(handler) => handler,
        Err(refusal) => return refusal.into_response(),
    };
    match api.engine.wait(&started.handler_id).await {
        Some(handler) => json(
            if handler.status == HandlerStatus::Completed {
                200
            } else {
                500
            },
            &handler.answer(),
        ),
        // Deleted while it ran.
        None => json(500, &serde_json::Map::new()),
    }
}

/// Answers at once.
pub(super) async fn run_nowait(State(api): State<Api>, Segment(name): Segment, body: WholeBody) -> Response {
    let started = api
        .read_body(body, move |api, body| {
            start(api, &name, body, "Initial persistence failed")
        })
        .await;
    match started {
        Ok(handler) => json(200, &handler.answer()),
        Err(refusal) => refusal.into_response(),
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
    let body = fields(&body).ok_or_else(|| {
        let words = "Error processing request body: it is not an object";
        Refusal(400, words.to_owned())
    })?;
    let nothing = empty_object();
    let given = body.get("start_event").or_else(|| body.get("kwargs"));
    let given = given.copied().unwrap_or(&nothing);
    let event = if given.get() == "null" {
        None
    } else {
        Some(event(workflow, given)?)
    };
    if body.get("context").is_some_and(|context| !is_falsy(context)) {
        let words = "Context API is disabled. Set accept_context_api=True on WorkflowServer to enable it.";
        return Err(Refusal(400, words.to_owned()));
    }
    let handler_id = body.get("handler_id").filter(|id| !is_falsy(id));
    let handler_id: Option<String> = handler_id
        .map(|id| {
            serde_json::from_str(id.get()).map_err(|_| {
                let class = "PersistentHandler";
                let words = wrong_type(class, "handler_id", "string_type", "a string", id);
                Refusal(500, format!("{prefix}: {words}"))
            })
        })
        .transpose()?;
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

fn event(workflow: &Workflow, given: &RawValue) -> Result<Event, Refusal> {
    let (class, value) = parse_event(given, &workflow.registry, Some(workflow.start.name))
        .map_err(|words| Refusal(400, format!("Validation error for 'start_event': {words}")))?;
    if class.name != workflow.start.name {
        let words = format!(
            "Start event must be an instance of {}",
            workflow.start.python_repr()
        );
        return Err(Refusal(400, words.to_owned()));
    }
    Ok(Event::raw(workflow.start, value))
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
    let registered = workflow.registry.by_name(class.name);
    let made = registered.and_then(|registered| registered.check(&empty_object()).ok());
    match made {
        Some(value) => Ok(api.engine.start(workflow, handler_id, Event::raw(class, value))),
        None => match api.engine.start_in_vain(workflow, handler_id) {
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
