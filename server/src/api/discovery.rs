//! What workflows there are and what they take.

use axum::extract::{Path, State};
use axum::response::Response;

use super::Api;
use super::reply::{detail, json};
use crate::engine::Workflow;
use crate::python::Json;

pub(super) async fn workflows(State(api): State<Api>) -> Response {
    let names = api
        .engine
        .workflows()
        .iter()
        .map(|workflow| Json::from(workflow.name))
        .collect();
    json(200, format!("{{\"workflows\":{}}}", Json::List(names)))
}

pub(super) async fn schema(State(api): State<Api>, Path(name): Path<String>) -> Response {
    part(&api, &name, "Workflow not found".to_owned(), |workflow| {
        &workflow.schema
    })
}

pub(super) async fn events(State(api): State<Api>, Path(name): Path<String>) -> Response {
    part(&api, &name, format!("Workflow '{name}' not found"), |workflow| {
        &workflow.events
    })
}

pub(super) async fn representation(State(api): State<Api>, Path(name): Path<String>) -> Response {
    part(&api, &name, "Workflow not found".to_owned(), |workflow| {
        &workflow.representation
    })
}

fn part(api: &Api, name: &str, missing: String, part: impl Fn(&Workflow) -> &String) -> Response {
    match api.engine.workflow(name) {
        // A decoded slash never reaches the server's routes.
        None if name.contains('/') => detail(404, "Not Found"),
        None => detail(404, missing),
        Some(workflow) => json(200, part(workflow).clone()),
    }
}
