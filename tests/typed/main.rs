//! Types generated from a real server's schemas start real runs on it, and their results equal the input.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and their helpers report by failing"
)]

use serde_json::json;
use std::time::Duration;
use workflow_codegen::{Schemas, fetch};
use workflow_tests::{Backend, Server, ServerOptions, run_alone};

#[path = "../../codegen/tests/fixtures/values.rs"]
mod values;
mod workflows {
    include!("../../codegen/tests/fixtures/workflows.rs");
}

const KEPT: &str = include_str!("../../codegen/tests/fixtures/workflows.json");
const LIMIT: Duration = Duration::from_secs(180);

fn server() -> Server {
    let options = ServerOptions {
        models: Some("typed_models"),
        ..ServerOptions::default()
    };
    Server::start(Backend::Python, options)
}

#[test]
fn the_types_are_generated_from_the_servers_schemas() {
    let server = server();
    let found = fetch(&format!("http://{}", server.workflows_address()), &[]).unwrap();
    assert!(
        found == Schemas::parse(KEPT).unwrap(),
        "the server's schemas are others now; keep these in codegen/tests/fixtures/workflows.json:\n{}",
        found.to_json()
    );
}

#[test]
fn every_kind_of_start_event_starts_a_run() {
    run_alone(LIMIT, async || {
        let server = server();
        let api = server.api();
        let mut wrong = Vec::new();
        let schemas = Schemas::parse(KEPT).unwrap();
        for values::Start {
            workflow,
            fields,
            again,
        } in values::starts()
        {
            let class = schemas
                .workflows()
                .find(|(name, _)| *name == workflow)
                .unwrap()
                .1
                .start["title"]
                .clone();
            // In its envelope: separate fields would be parsed as an envelope if one of them is called `value`.
            let handler = api
                .start(workflow, json!({ "type": class, "value": fields }))
                .await;
            api.until_status(&handler, "completed", Duration::from_secs(20))
                .await;
            let record = api.handler(&handler).await;
            let echoed = &record["result"]["value"]["start"];
            match again(echoed) {
                // Omitted defaults are returned, so both are compared as the type.
                Ok(back) if back == again(&fields).unwrap() => {}
                Ok(back) => wrong.push(format!("{workflow}: sent {fields}, came back {back}")),
                Err(error) => wrong.push(format!("{workflow}: {error} in {echoed}")),
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}
