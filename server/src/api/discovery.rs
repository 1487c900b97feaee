//! Lists workflows and describes them.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use workflow_protocol::WorkflowList;

use super::Api;
use super::segment::Segment;
use crate::engine::Workflow;
use crate::reply::{detail, json};

pub(super) async fn workflows(State(api): State<Api>) -> Response {
    let names = api.engine.workflows().iter();
    let workflows = names.map(|workflow| workflow.name.to_owned()).collect();
    json(200, &WorkflowList { workflows })
}

pub(super) async fn schema(State(api): State<Api>, Segment(name): Segment) -> Response {
    part(&api, &name, "Workflow not found".to_owned(), |workflow| {
        &workflow.schema
    })
}

pub(super) async fn events(State(api): State<Api>, Segment(name): Segment) -> Response {
    part(&api, &name, format!("Workflow '{name}' not found"), |workflow| {
        &workflow.events
    })
}

pub(super) async fn representation(State(api): State<Api>, Segment(name): Segment) -> Response {
    part(&api, &name, "Workflow not found".to_owned(), |workflow| {
        &workflow.representation
    })
}

fn part<T: Serialize>(api: &Api, name: &str, missing: String, part: impl Fn(&Workflow) -> &T) -> Response {
    match api.engine.workflow(name) {
        // A decoded slash never reaches the server's routes.
        None if name.contains('/') => detail(404, "Not Found"),
        None => detail(404, missing),
        Some(workflow) => json(200, part(workflow)),
    }
}
