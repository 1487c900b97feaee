//! A real server accepts the values that forms produce: start events of every kind, each with several inputs.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and their helpers report by failing"
)]

use serde_json::{Map, Value, json};
use std::time::Duration;
use workflow_inspector::form::Form;
use workflow_protocol::RawJson;
use workflow_tests::{Api, Backend, Server, ServerOptions, run_alone};

#[path = "../../inspector/tests/common/mod.rs"]
mod common;

use common::{Random, models, value};

const LIMIT: Duration = Duration::from_secs(240);

/// Inputs for each start event.
const EACH: u64 = 8;

fn server() -> Server {
    let options = ServerOptions {
        models: Some("form_models"),
        ..ServerOptions::default()
    };
    Server::start(Backend::Python, options)
}

/// Sends the output of a form, as the page does.
async fn start(api: &Api, workflow: &str, form: &Form, sent: &RawJson) -> Result<(), String> {
    let body = json!({ "start_event": { "type": form.title, "value": sent.to_value() } }).to_string();
    let path = format!("/workflows/{workflow}/run-nowait");
    let answer = api.send("POST", &path, Some(&body)).await;
    match answer.status {
        200 => Ok(()),
        status => Err(format!("{status} {}", answer.body)),
    }
}

#[test]
fn the_form_tests_use_the_servers_schemas() {
    run_alone(LIMIT, async || {
        let server = server();
        let api = server.api();
        let names = api.get("/workflows").await;
        let mut found = Map::new();
        for name in names["workflows"].as_array().expect("workflows") {
            let name = name.as_str().expect("a name");
            let schemas = api.get(&format!("/workflows/{name}/schema")).await;
            found.insert(name.to_owned(), schemas["start"].clone());
        }
        assert!(found.len() >= 60, "start events of every kind: {}", found.len());
        assert!(
            &found == models(),
            "the server's schemas are others now; keep these in inspector/tests/fixtures/models.json:\n{}",
            serde_json::to_string_pretty(&found).expect("JSON")
        );
    });
}

#[test]
fn the_server_accepts_the_output_of_forms() {
    run_alone(LIMIT, async || {
        let server = server();
        let api = server.api();
        let mut wrong = Vec::new();
        for (workflow, schema) in models() {
            let form = Form::from_schema(&RawJson::from_value(schema));
            let mut before: Vec<Value> = Vec::new();
            for seed in 0..EACH {
                let wanted = value(&mut Random(seed), schema, schema, 0, 5);
                let inputs = form.decompose(&RawJson::from_value(&wanted));
                // Without the browser's patterns, which are tested natively elsewhere; examples replace them here.
                match form.compose(&inputs, &common::unknown) {
                    Ok(sent) if before.contains(&sent.to_value()) => {}
                    Ok(sent) => {
                        if let Err(error) = start(&api, workflow, &form, &sent).await {
                            wrong.push(format!("{workflow}: {sent} is refused: {error}"));
                        }
                        before.push(sent.to_value());
                    }
                    Err(errors) => wrong.push(format!("{workflow}: the form refuses {wanted}: {errors:?}")),
                }
            }
        }
        assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    });
}
