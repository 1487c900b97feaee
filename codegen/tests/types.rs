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

/// The source of a workflow whose start event has these properties.
fn with_properties(properties: &str) -> Result<String, Error> {
    let start = format!(r#"{{"title": "Begin", "type": "object", "properties": {properties}}}"#);
    let schemas = format!(r#"{{"workflows": {{"one": {{"start": {start}, "stop": {{}}, "events": []}}}}}}"#);
    generate(&Schemas::parse(&schemas).unwrap())
}

#[test]
fn words_without_distinct_names_are_text() {
    for words in [
        r#"["+", "-"]"#,
        r#"["asc", "ASC"]"#,
        r#"["a-b", "a_b"]"#,
        r#"["it's", "its"]"#,
    ] {
        let source = with_properties(&format!(r#"{{"op": {{"enum": {words}, "type": "string"}}}}"#)).unwrap();
        assert!(source.contains("pub op: Option<String>"), "{words}\n{source}");
        assert!(source.contains("The server checks: one of"), "{words}\n{source}");
    }
    assert!(SCHEMAS.contains("asc") && include_str!("fixtures/workflows.rs").contains("pub op: String"));
}

#[test]
fn unions_whose_branches_overlap_are_enums() {
    // They were structs of which every field was another branch, and no value was one.
    assert!(!include_str!("fixtures/workflows.rs").contains("subtype_0"));
    let source = with_properties(
        r#"{
            "same": {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]},
            "words": {"anyOf": [{"const": "a", "type": "string"}, {"const": "A", "type": "string"}]},
            "lists": {"anyOf": [{"type": "array", "items": {"type": "string", "format": "date"}}, {"type": "array", "items": {"type": "string"}}]}
        }"#,
    )
    .unwrap();
    for part in [
        "pub same: Option<String>",
        "The server checks: format `date`.",
        "Or: The server checks: format `date-time`.",
        "pub lists: Vec<String>",
        "The server checks: one of `\"a\"`, `\"A\"`.",
        "pub words: Option<String>",
    ] {
        assert!(source.contains(part), "{part} is missing in\n{source}");
    }
}

#[test]
fn keys_with_rules_are_text() {
    let source = include_str!("fixtures/workflows.rs");
    for other in ["chrono", "uuid::", "regress"] {
        assert!(!source.contains(other), "{other}");
    }
    let source = with_properties(
        r#"{
            "codes": {"type": "object", "patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": false},
            "mixed": {"type": "object", "patternProperties": {"^a": {"type": "integer"}, "^b": {"type": "string"}}}
        }"#,
    )
    .unwrap();
    for part in [
        "The server checks: key matches `^a`.",
        "The server checks: key matches `^a`, key matches `^b`.",
        "pub codes: ::std::collections::BTreeMap<String, i64>",
        "pub mixed: ::serde_json::Map<String, ::serde_json::Value>",
    ] {
        assert!(source.contains(part), "{part} is missing in\n{source}");
    }
}

#[test]
fn names_that_are_the_same_in_rust_get_numbers() {
    let source = with_properties(
        r#"{"userId": {}, "user_id": {}, "user-id": {}, "user_id_2": {}, "fn": {}, "fn_": {}}"#,
    );
    let source = source.unwrap();
    for (name, field) in [("user-id", "user_id_3"), ("userId", "user_id_4"), ("fn_", "fn_2")] {
        let at = source.find(&format!("pub {field}:")).unwrap();
        let attribute = source[..at].rfind("rename = ").unwrap();
        assert!(
            source[attribute..at].starts_with(&format!("rename = \"{name}\"")),
            "{source}"
        );
    }
    let schemas = r#"{"workflows": {"a-b": {}, "a_b": {}, "a b": {}, "other": {}}}"#;
    let source = generate(&Schemas::parse(schemas).unwrap()).unwrap();
    for (name, module) in [
        ("a_b", "a_b"),
        ("a b", "a_b_2"),
        ("a-b", "a_b_3"),
        ("other", "other"),
    ] {
        let (_, body) = source.split_once(&format!("pub mod {module} {{")).unwrap();
        let (_, found) = body.split_once("pub const NAME: &str = ").unwrap();
        assert!(found.starts_with(&format!("\"{name}\";")), "{source}");
    }
}

#[test]
fn a_class_that_is_a_definition_too_is_one_type() {
    let item = r#"{"title": "Item", "type": "object", "properties": {"value": {"anyOf": [{"type": "string"}, {"type": "integer"}]}}}"#;
    let start = format!(
        r##"{{"title": "Begin", "type": "object", "properties": {{"item": {{"$ref": "#/$defs/Item"}}}}, "$defs": {{"Item": {item}}}}}"##
    );
    let schemas =
        format!(r#"{{"workflows": {{"one": {{"start": {start}, "stop": {{}}, "events": [{item}]}}}}}}"#);
    let source = generate(&Schemas::parse(&schemas).unwrap()).unwrap();
    assert!(
        source.contains("pub struct Item {") && !source.contains("Item2"),
        "{source}"
    );
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
