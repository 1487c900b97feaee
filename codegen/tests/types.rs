//! The types generated from the schemas of a real server: they compile, and what they write they read again.

#![allow(clippy::unwrap_used, reason = "tests report by failing")]

use workflow_codegen::{Error, Schemas, generate};

mod workflows {
    include!("fixtures/workflows.rs");
}

#[path = "fixtures/values.rs"]
mod values;

const SCHEMAS: &str = include_str!("fixtures/workflows.json");

#[test]
fn what_is_generated_is_what_is_compiled_here() {
    let source = generate(&Schemas::parse(SCHEMAS).unwrap()).unwrap();
    let kept = include_str!("fixtures/workflows.rs");
    assert!(
        source == kept,
        "the output changed; look at the difference and keep it with\n\
         cargo run -p workflow-codegen -- codegen/tests/fixtures/workflows.json -o codegen/tests/fixtures/workflows.rs"
    );
}

#[test]
fn values_survive_the_way_through_json() {
    // Each value asserts it itself.
    let starts = values::starts();
    let schemas = Schemas::parse(SCHEMAS).unwrap();
    for (name, _) in schemas.workflows() {
        assert!(
            starts.iter().any(|start| start.workflow == name),
            "no value of {name}"
        );
    }
}

#[test]
fn required_fields_are_those_that_the_schema_requires() {
    let schemas = Schemas::parse(SCHEMAS).unwrap();
    for values::Start {
        workflow,
        fields,
        again,
    } in values::starts()
    {
        let (_, found) = schemas.workflows().find(|(name, _)| *name == workflow).unwrap();
        let required = found.start["required"].as_array().cloned().unwrap_or_default();
        let keys: Vec<String> = fields.as_object().unwrap().keys().cloned().collect();
        for key in keys {
            let mut without = fields.clone();
            without.as_object_mut().unwrap().remove(&key);
            let is_required = required.iter().any(|name| *name == key.as_str());
            assert_eq!(again(&without).is_err(), is_required, "{workflow} without {key}");
        }
    }
}

#[test]
fn classes_know_the_server_s_names() {
    assert_eq!(workflows::described::Start::TYPE, "Described");
    assert_eq!(workflows::described::Stop::TYPE, "Echo");
    assert_eq!(workflows::samename::NAME, "samename");
}

#[test]
fn one_name_for_two_things_becomes_two_types() {
    let schemas = r##"{"workflows": {"two things": {
        "start": {"title": "Begin", "type": "object", "properties": {"at": {"$ref": "#/$defs/Place"}}, "required": ["at"],
            "$defs": {"Place": {"title": "Place", "type": "object", "properties": {"street": {"type": "string"}}, "required": ["street"]}}},
        "stop": {"title": "Place", "type": "object", "properties": {"at": {"$ref": "#/$defs/Place"}}, "required": ["at"],
            "$defs": {"Place": {"title": "Place", "type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}}},
        "events": []
    }}}"##;
    let source = generate(&Schemas::parse(schemas).unwrap()).unwrap();
    for part in [
        "pub mod two_things",
        "pub street: String",
        "pub at: Place2",
        "pub at: Place3",
        "pub number: i64",
        "pub type Stop = ",
    ] {
        assert!(source.contains(part), "{part} is missing in\n{source}");
    }
}

#[test]
fn a_schema_that_contradicts_itself_is_an_error_with_the_workflow_s_name() {
    let schemas = r#"{"workflows": {"odd": {
        "start": {"title": "Begin", "type": "object", "properties": {"a": {"type": "integer", "default": "three"}}},
        "stop": {}, "events": []
    }}}"#;
    let error = generate(&Schemas::parse(schemas).unwrap()).unwrap_err();
    assert!(
        matches!(error, Error::Workflow { ref workflow, .. } if workflow == "odd"),
        "{error}"
    );
}

#[test]
fn what_is_no_schemas_file_is_an_error() {
    for text in ["", "[]", "{}", r#"{"workflows": 1}"#] {
        assert!(Schemas::parse(text).is_err(), "{text}");
    }
}

#[test]
fn odd_names_become_modules() {
    let schemas = r#"{"workflows": {"plain & odd?#% ü": {}, "type": {}, "1st": {}}}"#;
    let source = generate(&Schemas::parse(schemas).unwrap()).unwrap();
    for part in [
        "pub mod plain_odd_ü",
        "pub mod r#type",
        "pub mod workflow_1st",
        r#""plain & odd?#% ü""#,
    ] {
        assert!(source.contains(part), "{part} is missing in\n{source}");
    }
}

// Symptom: the generator ended with a stack overflow. Cause: definitions that are references to each other were followed for ever.
#[test]
fn references_in_a_circle_are_refused() {
    for count in [1, 2, 64] {
        let defs: serde_json::Map<String, serde_json::Value> = (0..count)
            .map(|at| {
                let next = format!("#/$defs/D{}", (at + 1) % count);
                (
                    format!("D{at}"),
                    serde_json::json!({ "anyOf": [{ "$ref": next }] }),
                )
            })
            .collect();
        let start = serde_json::json!({
            "title": "Start", "type": "object", "$defs": defs, "properties": { "ring": { "$ref": "#/$defs/D0" } },
        });
        let stop = serde_json::json!({ "title": "Stop", "type": "object" });
        let mut schemas = Schemas::new();
        schemas.insert(
            "ring",
            workflow_codegen::WorkflowSchemas {
                start,
                stop,
                events: Vec::new(),
            },
        );
        let error = generate(&schemas).unwrap_err();
        assert!(error.to_string().contains("lead back to it"), "{error}");
    }
}
