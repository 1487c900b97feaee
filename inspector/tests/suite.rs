//! The required tests of JSON-Schema-Test-Suite, draft 2020-12, for the keywords that forms follow.
//!
//! A form makes objects of fields, so each schema of the suite becomes that of one required field. Two things are held against it:
//! what fits is never refused, whatever the schema; and what doesn't fit is refused, where the schema says which kind of value the
//! field takes (Pydantic always does). Many of the suite's schemas don't: a bound without a type leaves all other kinds alone.
//! They are given the type that their keyword is about, and tried on values of that type.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};
use workflow_inspector::form::Form;
use workflow_protocol::RawJson;

macro_rules! files {
    ($($file:literal => $types:expr),+ $(,)?) => {
        /// The files, and the types that each one's keyword is about where its schemas don't say it.
        const FILES: &[(&str, &[&str], &str)] = &[$(($file, &$types, include_str!(concat!("suite/", $file, ".json")))),+];
    };
}

files! {
    "additionalProperties" => ["object"],
    "allOf" => [],
    "anyOf" => [],
    "const" => [],
    "default" => [],
    "defs" => [],
    "enum" => [],
    "exclusiveMaximum" => ["number"],
    "exclusiveMinimum" => ["number"],
    "infinite-loop-detection" => [],
    "items" => ["array"],
    "maxItems" => ["array"],
    "maxLength" => ["string"],
    "maxProperties" => ["object"],
    "maximum" => ["number"],
    "minItems" => ["array"],
    "minLength" => ["string"],
    "minProperties" => ["object"],
    "minimum" => ["number"],
    "multipleOf" => ["number"],
    "oneOf" => [],
    "pattern" => ["string"],
    "prefixItems" => ["array"],
    "properties" => ["object"],
    "ref" => [],
    "required" => ["object"],
    "type" => [],
}

/// What isn't claimed: wrong values that a form lets through, for the server to refuse. By reason, then file and group.
const LEFT_TO_THE_SERVER: &[(&str, &[(&str, &str)])] = &[
    (
        "several `allOf`s, `anyOf` beside other keywords, several types, no type: raw JSON, or the kind that is known",
        &[
            ("allOf", "allOf"),
            ("allOf", "allOf with base schema"),
            ("allOf", "allOf simple types"),
            ("allOf", "allOf with boolean schemas, some false"),
            ("allOf", "allOf with boolean schemas, all false"),
            ("allOf", "allOf with the first empty schema"),
            ("allOf", "allOf with the last empty schema"),
            ("allOf", "allOf combined with anyOf, oneOf"),
            ("anyOf", "anyOf"),
            ("anyOf", "anyOf with base schema"),
            ("anyOf", "nested anyOf, to check validation semantics"),
            ("oneOf", "nested oneOf, to check validation semantics"),
            (
                "additionalProperties",
                "additionalProperties does not look in applicators",
            ),
            (
                "infinite-loop-detection",
                "evaluating the same schema location against the same data location twice is not a sign of an infinite loop",
            ),
            ("items", "items does not look in applicators, valid case"),
            ("oneOf", "oneOf with base schema"),
            ("type", "multiple types can be specified in an array"),
            ("type", "type: array or object"),
            ("type", "type: array, object or null"),
            ("ref", "relative pointer ref to array"),
        ],
    ),
    (
        "`oneOf` is a choice: that no other branch fits as well is not looked at",
        &[
            ("oneOf", "oneOf"),
            ("oneOf", "oneOf with boolean schemas, all true"),
            ("oneOf", "oneOf with boolean schemas, more than one true"),
            ("oneOf", "oneOf complex types"),
            ("oneOf", "oneOf with empty schema"),
            ("oneOf", "oneOf with required"),
            ("oneOf", "oneOf with missing optional property"),
        ],
    ),
    (
        "the schema `false`, which nothing fits",
        &[
            ("anyOf", "anyOf with boolean schemas, all false"),
            ("items", "items with boolean schema (false)"),
            ("items", "items and subitems"),
            ("items", "items with heterogeneous array"),
            ("items", "prefixItems with no additional items allowed"),
            ("oneOf", "oneOf with boolean schemas, all false"),
            ("prefixItems", "prefixItems with boolean schemas"),
            ("properties", "properties with boolean schema"),
            ("ref", "$ref to boolean schema false"),
        ],
    ),
    (
        "keys beyond the named ones: their schema, their patterns; and named ones that have no schema",
        &[
            (
                "additionalProperties",
                "additionalProperties being false does not allow other properties",
            ),
            (
                "additionalProperties",
                "non-ASCII pattern with additionalProperties",
            ),
            ("additionalProperties", "additionalProperties with schema"),
            (
                "additionalProperties",
                "dependentSchemas with additionalProperties",
            ),
            (
                "properties",
                "properties, patternProperties, additionalProperties interaction",
            ),
            ("required", "required with escaped characters"),
            (
                "required",
                "required properties whose names are Javascript object property names",
            ),
        ],
    ),
    (
        "references out of the schema, by `$id` or anchor, or with percent signs; keywords beside them",
        &[
            ("defs", "validate definition against metaschema"),
            ("ref", "escaped pointer ref"),
            ("ref", "remote ref, containing refs itself"),
            ("ref", "Recursive references between schemas"),
            ("ref", "refs with quote"),
            ("ref", "ref creates new scope when adjacent to keywords"),
            ("ref", "refs with relative uris and defs"),
            ("ref", "relative refs with absolute uris and defs"),
            (
                "ref",
                "$id must be resolved against nearest parent, not just immediate parent",
            ),
            ("ref", "order of evaluation: $id and $ref"),
            ("ref", "order of evaluation: $id and $ref on nested schema"),
            ("ref", "simple URN base URI with $ref via the URN"),
            ("ref", "URN base URI with URN and JSON pointer ref"),
            ("ref", "URN base URI with URN and anchor ref"),
            ("ref", "URN ref with nested pointer ref"),
            ("ref", "ref to if"),
            ("ref", "ref to then"),
            ("ref", "ref to else"),
            ("ref", "ref with absolute-path-reference"),
        ],
    ),
    (
        "counts that are written with a point",
        &[
            ("maxItems", "maxItems validation with a decimal"),
            ("maxLength", "maxLength validation with a decimal"),
            ("maxProperties", "maxProperties validation with a decimal"),
            ("minItems", "minItems validation with a decimal"),
            ("minLength", "minLength validation with a decimal"),
            ("minProperties", "minProperties validation with a decimal"),
        ],
    ),
];

/// What fits and is refused all the same, with why.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "ref",
        "root pointer ref",
        "properties without a type are an object's",
    ),
    (
        "ref",
        "order of evaluation: $id and $anchor and $ref",
        "a reference to an anchor is not found",
    ),
];

struct Case {
    name: String,
    group: String,
    file: &'static str,
    schema: Value,
    data: Value,
    valid: bool,
}

/// References mean the schema's root, which stands below the form's now.
fn moved(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => members
            .iter()
            .map(
                |(key, value)| match value.as_str().and_then(|it| it.strip_prefix('#')) {
                    Some(pointer) if key == "$ref" && (pointer.is_empty() || pointer.starts_with('/')) => {
                        (key.clone(), json!(format!("#/properties/v{pointer}")))
                    }
                    // Values that only look like references.
                    _ if ["enum", "const", "default"].contains(&key.as_str()) => (key.clone(), value.clone()),
                    _ => (key.clone(), moved(value)),
                },
            )
            .collect(),
        Value::Array(items) => items.iter().map(moved).collect(),
        other => other.clone(),
    }
}

fn is_of(data: &Value, name: &str) -> bool {
    match name {
        "object" => data.is_object(),
        "array" => data.is_array(),
        "string" => data.is_string(),
        "number" => data.is_number(),
        _ => false,
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (file, types, text) in FILES {
        let groups: Value = serde_json::from_str(text).unwrap();
        for group in groups.as_array().unwrap() {
            let mut schema = moved(&group["schema"]);
            let mut only = None;
            if let (Value::Object(members), [name]) = (&mut schema, types)
                && !members.contains_key("type")
            {
                members.insert("type".to_owned(), json!(name));
                only = Some(*name);
            }
            for test in group["tests"].as_array().unwrap() {
                if only.is_none_or(|name| is_of(&test["data"], name)) {
                    let words = |value: &Value| value["description"].as_str().unwrap().to_owned();
                    cases.push(Case {
                        name: format!("{file}: {}: {}", words(group), words(test)),
                        group: words(group),
                        file,
                        schema: schema.clone(),
                        data: test["data"].clone(),
                        valid: test["valid"].as_bool().unwrap(),
                    });
                }
            }
        }
    }
    cases
}

fn matches(pattern: &str, text: &str) -> Option<bool> {
    Some(jsonschema::is_valid(
        &json!({ "pattern": pattern }),
        &Value::from(text),
    ))
}

/// What the form sends for a value, or has against it.
fn sent(case: &Case) -> Result<Value, Vec<String>> {
    let schema = json!({ "type": "object", "required": ["v"], "properties": { "v": case.schema } });
    let form = Form::from_schema(&RawJson::from_value(&schema));
    let inputs = form.decompose(&RawJson::from_value(&json!({ "v": case.data })));
    let composed = form
        .compose(&inputs, &matches)
        .map(|sent| sent.to_value()["v"].clone());
    composed.map_err(|errors| {
        errors
            .iter()
            .map(|error| format!("{}: {}", error.path, error.message))
            .collect()
    })
}

#[test]
fn what_fits_is_never_refused() {
    let cases = cases();
    assert!(cases.len() > 400, "the suite is there: {}", cases.len());
    let mut excepted: Vec<_> = REFUSED.to_vec();
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| case.valid) {
        let Err(errors) = sent(case) else { continue };
        let is_this = |(file, group, _): &(&str, &str, &str)| *file == case.file && *group == case.group;
        if REFUSED.iter().any(is_this) {
            excepted.retain(|it| !is_this(it));
        } else {
            wrong.push(format!(
                "{} is refused: {errors:?}\n  {} by {}",
                case.name, case.data, case.schema
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    assert!(excepted.is_empty(), "these are taken by now: {excepted:?}");
}

#[test]
fn what_does_not_fit_is_refused_where_forms_follow() {
    let left: Vec<(&str, &str)> = LEFT_TO_THE_SERVER
        .iter()
        .flat_map(|(_, groups)| groups.iter().copied())
        .collect();
    let mut excepted = left.clone();
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| !case.valid) {
        let Ok(sent) = sent(case) else { continue };
        // What was missing and can have one value only is sent with the rest.
        if sent != case.data
            && jsonschema::validator_for(&case.schema).is_ok_and(|oracle| oracle.is_valid(&sent))
        {
            continue;
        }
        let this = (case.file, case.group.as_str());
        if left.contains(&this) {
            excepted.retain(|it| *it != this);
        } else {
            wrong.push(format!(
                "{} is let through\n  {} by {}",
                case.name, case.data, case.schema
            ));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(excepted.is_empty(), "these are refused by now: {excepted:?}");
}
