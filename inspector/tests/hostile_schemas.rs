//! Schemas that were written to stop the page: rings, deep nesting, huge unions, definitions that multiply each other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::{Value, json};
use workflow_inspector::form::{Field, FieldKind, Form, Input, Inputs};
use workflow_protocol::RawJson;

/// Fields that a form draws before anybody has asked for more.
const FIRST_FIELDS: usize = 4_500;

fn form(schema: &Value) -> Form {
    Form::from_schema(&RawJson::from_value(schema))
}

/// Definitions `D0`, `D1`, …, each made of its number and of references to others.
fn definitions(count: usize, make: impl Fn(usize) -> Value) -> Value {
    (0..count)
        .map(|at| (format!("D{at}"), make(at)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn reference(to: usize) -> Value {
    json!({ "$ref": format!("#/$defs/D{to}") })
}

fn described(defs: &Value, properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "$defs": defs, "properties": properties, "required": required })
}

/// Everything that the page draws of a form without being asked for more.
fn drawn(form: &Form, inputs: &Inputs) -> usize {
    let mut fields = form.fields.clone();
    let mut count = 0;
    while let Some(field) = fields.pop() {
        count += 1;
        assert!(count <= FIRST_FIELDS, "the form ends");
        if field.is_sent(inputs) {
            fields.extend(form.children(&field, inputs));
        }
    }
    count
}

/// Everything that is done with a form, for a schema that nobody should have written.
fn survives(schema: &Value) -> usize {
    let form = form(schema);
    let mut inputs = Inputs::default();
    let count = drawn(&form, &inputs);
    let _ = form.compose(&inputs, &|_, _| None);
    let _ = form.to_json(&inputs);
    let value = RawJson::from_value(&json!({ "a": { "a": [{ "a": 1 }] }, "plain": "x", "b": [[1], {}] }));
    form.update(&mut inputs, &value);
    drawn(&form, &inputs);
    let _ = form.compose(&inputs, &|_, _| None);
    // Somebody adds everything that can be added, a few levels deep.
    let mut inputs = Inputs::default();
    let mut fields = form.fields.clone();
    for _ in 0..4 {
        let mut next = Vec::new();
        for field in fields.iter().take(20) {
            form.enable(field, &mut inputs);
            next.extend(form.children(field, &inputs));
        }
        fields = next;
    }
    let _ = form.compose(&inputs, &|_, _| None);
    let _ = form.locate(&inputs, "a/a/0/a");
    count
}

fn named<'a>(form: &'a Form, name: &str) -> &'a Field {
    form.fields
        .iter()
        .find(|field| field.name == name)
        .expect("the field")
}

// A ring of 64 definitions overflowed the stack, and no workflow could be started any more: the chain of references was followed
// 32 steps at a time, from one place to the next, for ever.
#[test]
fn a_ring_of_references_is_raw_json_and_the_rest_is_usable() {
    for (count, link) in [
        (64, "anyOf"),
        (64, "allOf"),
        (64, "oneOf"),
        (40, "$ref"),
        (2, "anyOf"),
        (1, "$ref"),
    ] {
        let defs = definitions(count, |at| {
            let next = reference((at + 1) % count);
            if link == "$ref" {
                next
            } else {
                json!({ link: [next] })
            }
        });
        let properties = json!({ "ring": reference(0), "plain": { "type": "string" } });
        let schema = described(&defs, &properties, &["ring"]);
        let form = form(&schema);
        let ring = named(&form, "ring");
        assert_eq!(ring.kind, FieldKind::Json, "{count} by {link}");
        let problem = ring.problem.expect("the field says why");
        assert!(problem.ends_with("Enter JSON."), "{problem}");
        assert!(
            matches!(named(&form, "plain").kind, FieldKind::Text { .. }),
            "the rest of the form is usable"
        );
        let mut inputs = Inputs::default();
        ring.type_text(&mut inputs, "{\"any\": 1}");
        let sent = form.compose(&inputs, &|_, _| None).unwrap();
        assert_eq!(sent.as_str(), r#"{"ring":{"any":1}}"#, "raw JSON is taken there");
        survives(&schema);
    }
}

#[test]
fn a_long_chain_differs_from_a_short_one() {
    let chain = |count: usize| {
        let defs = definitions(count, |at| {
            if at + 1 == count {
                json!({ "type": "integer" })
            } else {
                reference(at + 1)
            }
        });
        form(&described(&defs, &json!({ "n": reference(0) }), &[]))
    };
    assert!(
        matches!(named(&chain(31), "n").kind, FieldKind::Integer(_)),
        "31 references are followed"
    );
    let long = chain(33);
    assert_eq!(named(&long, "n").kind, FieldKind::Json);
    assert!(
        named(&long, "n")
            .problem
            .unwrap()
            .contains("more than 32 references")
    );
    let missing = form(&described(&json!({}), &json!({ "n": reference(7) }), &[]));
    assert!(named(&missing, "n").problem.unwrap().contains("does not hold"));
}

#[test]
fn a_ring_in_the_place_of_the_whole_schema_leaves_an_open_form() {
    let defs = definitions(64, |at| json!({ "anyOf": [reference((at + 1) % 64)] }));
    let form = form(&json!({ "$defs": defs, "$ref": "#/$defs/D0" }));
    assert!(form.open && form.fields.is_empty() && form.problem.is_some());
}

// Each definition requires the next one twice: 2⁴⁰ fields. The page drew them all.
#[test]
fn required_definitions_that_multiply_are_drawn_up_to_a_bound() {
    for width in [2, 3, 10] {
        let defs = definitions(60, |at| {
            let keys: Vec<String> = (0..width).map(|key| format!("k{key}")).collect();
            let properties: serde_json::Map<String, Value> = keys
                .iter()
                .map(|key| (key.clone(), reference((at + 1) % 60)))
                .collect();
            json!({ "type": "object", "properties": properties, "required": keys })
        });
        let schema = described(
            &defs,
            &json!({ "a": reference(0), "b": reference(0) }),
            &["a", "b"],
        );
        let count = survives(&schema);
        assert!(count > 100, "as many as can be are there at once: {count}");
        // What was left out can be added, one after the other.
        let form = form(&schema);
        let inputs = Inputs::default();
        let mut field = named(&form, "a").clone();
        let mut levels = 0;
        while !field.is_deferred() {
            field = form.children(&field, &inputs).remove(0);
            levels += 1;
        }
        assert!(levels >= 2, "{width} wide: {levels}");
        let mut inputs = Inputs::default();
        form.enable(&field, &mut inputs);
        assert!(field.is_sent(&inputs));
        assert_eq!(form.children(&field, &inputs).len(), width);
    }
}

#[test]
fn lists_that_multiply_are_drawn_up_to_a_bound() {
    let defs = definitions(
        30,
        |at| json!({ "type": "array", "minItems": 50, "items": reference((at + 1) % 30) }),
    );
    survives(&described(&defs, &json!({ "a": reference(0) }), &["a"]));
}

#[test]
fn unions_of_unions_are_compared_up_to_a_bound() {
    let defs = definitions(60, |at| {
        let branches: Vec<Value> = (1..60).map(|step| reference((at + step) % 60)).collect();
        json!({ "anyOf": branches })
    });
    survives(&described(
        &defs,
        &json!({ "a": reference(0), "b": reference(1) }),
        &["a"],
    ));
}

#[test]
fn huge_unions_choices_and_objects_are_raw_json() {
    let branches: Vec<Value> = (0..20_000)
        .map(|at| json!({ "type": "object", "title": format!("T{at}") }))
        .collect();
    let values: Vec<String> = (0..50_000).map(|at| at.to_string()).collect();
    let many: serde_json::Map<String, Value> = (0..5_000)
        .map(|at| (format!("k{at}"), json!({ "type": "string" })))
        .collect();
    let properties = json!({
        "branches": { "anyOf": branches }, "values": { "enum": values },
        "many": { "type": "object", "properties": many }, "plain": { "type": "string" },
    });
    let schema = described(&json!({}), &properties, &["branches", "values", "many"]);
    let form = form(&schema);
    for name in ["branches", "values", "many"] {
        assert_eq!(named(&form, name).kind, FieldKind::Json, "{name}");
        assert!(named(&form, name).problem.is_some(), "{name}");
    }
    survives(&schema);
    let wide = self::form(&json!({ "type": "object", "properties": many }));
    assert!(wide.open && wide.fields.is_empty() && wide.problem.unwrap().contains("fields"));
}

#[test]
fn a_choice_that_every_field_shares_is_offered_a_bounded_number_of_times() {
    let values: Vec<String> = (0..5_000).map(|at| at.to_string()).collect();
    let many: serde_json::Map<String, Value> =
        (0..1_500).map(|at| (format!("k{at}"), reference(0))).collect();
    let form = form(&described(
        &json!({ "D0": { "enum": values } }),
        &many.into(),
        &[],
    ));
    let options = |field: &Field| match &field.kind {
        FieldKind::Choice(values) => values.len(),
        _ => 0,
    };
    let all: usize = form.fields.iter().map(options).sum();
    assert!((5_000..30_000).contains(&all), "{all} options");
}

#[test]
fn thousands_of_definitions_are_found_in_linear_time() {
    let defs = definitions(
        3_000,
        |at| json!({ "type": "object", "title": format!("T{at}"), "properties": { "n": { "type": "integer" } } }),
    );
    let branches: Vec<Value> = (0..300).map(reference).collect();
    let properties: serde_json::Map<String, Value> =
        (0..1_000).map(|at| (format!("k{at}"), reference(at))).collect();
    let mut schema = described(&defs, &properties.into(), &[]);
    schema["properties"]["union"] = json!({ "anyOf": branches });
    let form = form(&schema);
    assert!(matches!(&named(&form, "union").kind, FieldKind::Union(labels) if labels.len() == 300));
    survives(&schema);
}

#[test]
fn deep_nesting_in_schema_and_value_overflows_nothing() {
    let deep = |open: &str, close: &str, many: usize| format!("{}1{}", open.repeat(many), close.repeat(many));
    for many in [100, 5_000] {
        let value = deep("[", "]", many);
        let schema = format!(
            r#"{{"type":"object","properties":{{"a":{{"default":{value}}},"b":{}}},"required":["a"]}}"#,
            deep(r#"{"type":"array","items":"#, "}", many).replace('1', r#"{"type":"string"}"#)
        );
        let form = Form::from_schema(&RawJson::parse(&schema).unwrap());
        let mut inputs = Inputs::default();
        form.update(
            &mut inputs,
            &RawJson::parse(format!(r#"{{"a":{value},"b":{value}}}"#)).unwrap(),
        );
        let sent = form.compose(&inputs, &|_, _| None).unwrap();
        assert!(sent.as_str().contains(&value), "what was put in is sent");
        assert!(!form.to_json(&inputs).is_empty());
        inputs.set("b", Input::Json(value));
        assert!(form.compose(&inputs, &|_, _| None).is_ok());
    }
}

/// Any schema of a few definitions that refer to each other in any way.
fn anything() -> impl Strategy<Value = Value> {
    let link = (0..8_usize).prop_map(reference);
    let leaf = prop_oneof![
        link.clone(),
        link,
        Just(json!({ "type": "string", "pattern": "^(a|a){40}$" })),
        Just(json!({ "type": "integer", "minimum": 3 })),
        Just(json!({ "enum": ["x", 1, null] })),
        Just(json!({ "type": "null" })),
        Just(json!(true)),
        Just(json!({ "type": ["string", "array"], "minItems": 1_000_000_000_u64 })),
    ];
    let node = leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| json!({ "anyOf": all })),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| json!({ "allOf": all })),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| json!({ "oneOf": all })),
            (inner.clone(), 0..60_u64)
                .prop_map(|(item, min)| json!({ "type": "array", "items": item, "minItems": min })),
            (inner.clone(), inner.clone()).prop_map(
                |(a, b)| json!({ "type": "array", "prefixItems": [a, b], "minItems": 2, "maxItems": 2 })
            ),
            (inner.clone(), 0..60_u64).prop_map(
                |(item, min)| json!({ "type": "object", "additionalProperties": item, "minProperties": min })
            ),
            (inner.clone(), inner).prop_map(
                |(a, b)| json!({ "type": "object", "properties": { "a": a, "b": b }, "required": ["a", "b"] })
            ),
        ]
    });
    prop::collection::vec(node, 8).prop_map(|all| {
        let defs = definitions(all.len(), |at| all[at].clone());
        described(
            &defs,
            &json!({ "a": reference(0), "b": reference(1), "plain": { "type": "string" } }),
            &["a", "b"],
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_schema_gives_a_form_that_ends(schema in anything()) {
        survives(&schema);
    }
}
