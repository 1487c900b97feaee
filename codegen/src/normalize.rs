//! Brings Pydantic's JSON Schemas into the shape that `typify` makes plain types of.
//!
//! The types are for talking to a server that checks everything again, so a constraint (a pattern, a bound, a format) is no
//! type of its own: it becomes a sentence in the field's documentation. What no Rust type says becomes a JSON value, with a
//! note too.

use serde_json::{Map, Value, json};

/// Keywords that say something about a value and nothing about its type.
const CHECKS: [(&str, &str); 13] = [
    ("pattern", "matches"),
    ("format", "format"),
    ("minLength", "length at least"),
    ("maxLength", "length at most"),
    ("minimum", "at least"),
    ("maximum", "at most"),
    ("exclusiveMinimum", "more than"),
    ("exclusiveMaximum", "less than"),
    ("multipleOf", "a multiple of"),
    ("minItems", "items at least"),
    ("maxItems", "items at most"),
    ("minProperties", "keys at least"),
    ("maxProperties", "keys at most"),
];

/// Keywords that the types have no use for.
const IDLE: [&str; 9] = [
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "uniqueItems",
    "contentEncoding",
    "contentMediaType",
    "$comment",
    "discriminator",
];

/// The same schema with only what names a type. `schema` is the schema of a class or of one of its `$defs`: its title stays.
pub(crate) fn class(mut schema: Value) -> Value {
    let title = schema.get_mut("title").map(Value::take);
    let mut schema = normalized(schema);
    if let (Some(title), Some(object)) = (title, schema.as_object_mut()) {
        object.insert("title".to_owned(), title);
    }
    schema
}

fn normalized(schema: Value) -> Value {
    let Value::Object(mut schema) = schema else {
        // `true` allows anything; so does what isn't a schema.
        return json!({});
    };
    let mut notes = Vec::new();
    // The name of an anonymous type is made of its place, which is unique; titles aren't.
    schema.remove("title");
    for keyword in IDLE {
        schema.remove(keyword);
    }
    fixed_value(&mut schema, &mut notes);
    items(&mut schema, &mut notes);
    for (keyword, words) in CHECKS {
        if let Some(limit) = schema.remove(keyword)
            && !schema.contains_key("prefix")
        {
            notes.push(match &limit {
                Value::String(text) => format!("{words} `{text}`"),
                other => format!("{words} {other}"),
            });
        }
    }
    if schema.remove("prefix").is_some() {
        let length = schema.get("items").and_then(Value::as_array).map_or(0, Vec::len);
        schema.insert("minItems".to_owned(), json!(length));
        schema.insert("maxItems".to_owned(), json!(length));
    }
    choices(&mut schema);
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for property in properties.values_mut() {
            *property = normalized(property.take());
        }
    }
    if let Some(more) = schema.get_mut("additionalProperties")
        && *more != Value::Bool(false)
    {
        // `true` would drop the other keys, a schema keeps them in a map.
        *more = normalized(more.take());
    }
    if schema.get("type").is_some_and(|kind| kind == "null") {
        schema.remove("default");
    }
    if !notes.is_empty() {
        let checks = format!("The server checks: {}.", notes.join(", "));
        let text = match schema.get("description").and_then(Value::as_str) {
            Some(text) => format!("{text}\n\n{checks}"),
            None => checks,
        };
        schema.insert("description".to_owned(), Value::String(text));
    }
    Value::Object(schema)
}

/// `const` and `enum`: words become an enum, anything else stays the plain type that it is of.
fn fixed_value(schema: &mut Map<String, Value>, notes: &mut Vec<String>) {
    if let Some(only) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([only]));
    }
    let Some(Value::Array(values)) = schema.get("enum") else {
        return;
    };
    if values.iter().all(Value::is_string) {
        schema.insert("type".to_owned(), json!("string"));
        return;
    }
    let kind = if values.iter().all(|value| value.is_i64() || value.is_u64()) {
        Some("integer")
    } else if values.iter().all(Value::is_boolean) {
        Some("boolean")
    } else if values.iter().all(Value::is_number) {
        Some("number")
    } else {
        None
    };
    let words: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    notes.push(format!("one of {}", words.join(", ")));
    schema.remove("enum");
    match kind {
        Some(kind) => schema.insert("type".to_owned(), json!(kind)),
        None => schema.remove("type"),
    };
}

/// Lists and tuples. A tuple of a fixed length is one; any other is a list of values.
fn items(schema: &mut Map<String, Value>, notes: &mut Vec<String>) {
    if let Some(Value::Array(prefix)) = schema.remove("prefixItems") {
        let length = Some(prefix.len() as u64);
        let limit = |name: &str| schema.get(name).and_then(Value::as_u64);
        let closed = limit("minItems") == length && limit("maxItems") == length;
        if closed && !prefix.is_empty() {
            let items: Vec<Value> = prefix.into_iter().map(normalized).collect();
            schema.insert("items".to_owned(), Value::Array(items));
            // Reported to the caller: these two limits are the type's.
            schema.insert("prefix".to_owned(), Value::Bool(true));
            return;
        }
        notes.push(format!(
            "the first {} items have types of their own",
            prefix.len()
        ));
        schema.insert("items".to_owned(), json!({}));
        return;
    }
    if let Some(items) = schema.get_mut("items") {
        *items = normalized(items.take());
    } else if schema.get("type").is_some_and(|kind| kind == "array") {
        schema.insert("items".to_owned(), json!({}));
    }
}

/// `anyOf`, `oneOf`, `allOf`.
fn choices(schema: &mut Map<String, Value>) {
    for keyword in ["anyOf", "oneOf", "allOf"] {
        let Some(Value::Array(branches)) = schema.get_mut(keyword) else {
            continue;
        };
        let mut branches: Vec<Value> = branches.drain(..).map(normalized).collect();
        branches.dedup();
        // A value that may be anything may be anything.
        if keyword != "allOf" && branches.iter().any(is_anything) {
            schema.remove(keyword);
            continue;
        }
        match <[Value; 1]>::try_from(branches) {
            Ok([Value::Object(only)]) => {
                schema.remove(keyword);
                for (key, value) in only {
                    schema.entry(key).or_insert(value);
                }
            }
            Ok([_]) => {
                schema.remove(keyword);
            }
            Err(branches) => {
                // Any of several types: which one it is shows in the value, whether one or more of them fit.
                let keyword = if keyword == "oneOf" { "anyOf" } else { keyword };
                schema.remove("oneOf");
                schema.insert(keyword.to_owned(), Value::Array(branches));
            }
        }
    }
}

fn is_anything(schema: &Value) -> bool {
    schema
        .as_object()
        .is_some_and(|schema| schema.keys().all(|key| key == "description" || key == "default"))
}

/// Makes the tag of a discriminated union required in each of its branches, as the server's schemas don't: it has a default there,
/// but no branch can be distinguished without it.
pub(crate) fn tags(schema: &Value, found: &mut Vec<(String, String)>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(discriminator)) = object.get("discriminator")
                && let Some(Value::String(tag)) = discriminator.get("propertyName")
                && let Some(Value::Array(branches)) = object.get("oneOf").or_else(|| object.get("anyOf"))
            {
                for branch in branches {
                    if let Some(name) = branch
                        .get("$ref")
                        .and_then(Value::as_str)
                        .and_then(definition_name)
                    {
                        found.push((name.to_owned(), tag.clone()));
                    }
                }
            }
            object.values().for_each(|value| tags(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| tags(value, found)),
        _ => {}
    }
}

/// Puts the branches of unions in the order in which they have to be tried: a branch that requires more comes first, or one
/// that requires less would take its values.
pub(crate) fn order(schema: &mut Value, requires: &dyn Fn(&str) -> usize) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
                branches.sort_by_key(|branch| {
                    let name = branch
                        .get("$ref")
                        .and_then(Value::as_str)
                        .and_then(definition_name);
                    std::cmp::Reverse(name.map_or(0, requires))
                });
            }
            object.values_mut().for_each(|value| order(value, requires));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| order(value, requires)),
        _ => {}
    }
}

/// `Address` of `#/$defs/Address`.
pub(crate) fn definition_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/$defs/")
}

/// Adds `tag` to the required properties of a branch.
pub(crate) fn require(schema: &mut Value, tag: &str) {
    let Some(schema) = schema.as_object_mut() else {
        return;
    };
    if let Some(property) = schema
        .get_mut("properties")
        .and_then(|properties| properties.get_mut(tag))
        && let Some(property) = property.as_object_mut()
    {
        property.remove("default");
    }
    let required = schema.entry("required").or_insert_with(|| json!([]));
    if let Value::Array(required) = required
        && !required.iter().any(|name| name == tag)
    {
        required.push(json!(tag));
    }
}
