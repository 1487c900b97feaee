//! The wire types are serialised byte for byte as the server writes them, so a server can build its answers from them.

use crate::{all_recorded, recorded};
use serde::Serialize;
use workflow_protocol::{
    Envelope, ErrorAnswer, EventSchemas, Graph, Handler, Representation, StatusAnswer, WorkflowList,
    WorkflowSchema, parse_workflows,
};

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("it can be serialised")
}

#[test]
fn handlers() {
    for name in [
        "handler_started.json",
        "handler_running.json",
        "handler_completed.json",
        "handler_failed.json",
        "handler_timed_out.json",
        "handler_cancelled.json",
        "handler_no_result.json",
        "handler_plain_result.json",
        "result_deprecated.json",
    ] {
        let text = recorded(name);
        assert_eq!(
            json(&Handler::parse(&text).expect(name)),
            text.trim_end(),
            "{name}"
        );
    }
    let text = recorded("handlers.json");
    assert_eq!(
        json(&Handler::parse_list(&text).expect("a list")),
        text.trim_end()
    );
}

#[test]
fn workflows_schemas_and_graphs() {
    let text = recorded("workflows.json");
    let workflows = parse_workflows(&text).expect("names");
    assert_eq!(json(&WorkflowList { workflows }), text.trim_end());
    for (name, text) in all_recorded() {
        let text = text.trim_end();
        let name = name.rsplit('/').next().expect("a file name");
        let ours = if name.starts_with("schema_") {
            json(&WorkflowSchema::parse(text).expect("schemas"))
        } else if name.starts_with("events_") {
            json(&EventSchemas::parse(text).expect("schemas"))
        } else if name.starts_with("graph_") {
            let graph = Graph::parse(text).expect("a graph");
            json(&Representation { graph })
        } else {
            continue;
        };
        assert_eq!(ours, text, "{name}");
    }
}

#[test]
fn events() {
    let mut events = 0;
    for (name, text) in all_recorded() {
        for line in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
            let Ok(envelope) = Envelope::parse(line) else {
                continue;
            };
            assert_eq!(json(&envelope), line, "{name}");
            events += 1;
        }
    }
    assert!(events > 100, "{events}");
}

#[test]
fn statuses_and_errors() {
    let status = "cancelled".to_owned();
    assert_eq!(json(&StatusAnswer { status }), r#"{"status":"cancelled"}"#);
    let detail = "Workflow 'é\"' not found\n".to_owned();
    assert_eq!(
        json(&ErrorAnswer { detail }),
        r#"{"detail":"Workflow 'é\"' not found\n"}"#
    );
}
