//! Brings Pydantic's JSON Schemas into the shape that `typify` makes plain types of.
//!
//! The types are for talking to a server that checks everything again, so a constraint (a pattern, a bound, a format) is no
//! type of its own: it becomes a sentence in the field's documentation. What no Rust type says becomes a JSON value, with a
//! note too.

use crate::names;
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use std::collections::BTreeSet;

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
    keys(&mut schema, &mut notes);
    checks(&mut schema, &mut notes);
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
    fields(&mut schema);
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

/// Moves the checks into the notes.
fn checks(schema: &mut Map<String, Value>, notes: &mut Vec<String>) {
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
}

/// `propertyNames` and `patternProperties`: keys are text, unless they are the words of an enum.
fn keys(schema: &mut Map<String, Value>, notes: &mut Vec<String>) {
    if let Some(Value::Object(mut names)) = schema.remove("propertyNames") {
        let mut found = Vec::new();
        fixed_value(&mut names, &mut found);
        if names.contains_key("enum") || names.contains_key("$ref") {
            schema.insert("propertyNames".to_owned(), normalized(Value::Object(names)));
        } else {
            checks(&mut names, &mut found);
            notes.extend(found.into_iter().map(|check| format!("key {check}")));
        }
    }
    if let Some(Value::Object(patterns)) = schema.remove("patternProperties") {
        notes.extend(patterns.keys().map(|pattern| format!("key matches `{pattern}`")));
        let others = schema.remove("additionalProperties");
        let mut values = patterns.into_iter().map(|(_, value)| value);
        let value = match (values.next(), values.next(), others) {
            (Some(only), None, None | Some(Value::Bool(false))) => only,
            _ => json!({}),
        };
        schema.insert("additionalProperties".to_owned(), value);
    }
}

/// Marks the properties whose fields would have the name of another field.
fn fields(schema: &mut Map<String, Value>) {
    // The other keys are in a field of that name.
    let others = schema
        .get("additionalProperties")
        .is_some_and(|more| *more != Value::Bool(false));
    let reserved: &[&str] = if others { &["extra"] } else { &[] };
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    let all = std::mem::take(properties);
    let numbers = names::numbers(all.keys().map(String::as_str), names::field, reserved);
    let marked = |name: &str| {
        let number = numbers.get(name);
        number.map_or_else(|| name.to_owned(), |number| names::mark(name, *number))
    };
    properties.extend(
        all.iter()
            .map(|(name, property)| (marked(name), property.clone())),
    );
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        for name in required {
            if let Some(new) = name.as_str().map(marked) {
                *name = Value::String(new);
            }
        }
    }
}

/// `const` and `enum`: words become an enum, anything else stays the plain type that it is of. So do words that make no
/// distinct names, such as `asc` and `ASC`.
fn fixed_value(schema: &mut Map<String, Value>, notes: &mut Vec<String>) {
    if let Some(only) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([only]));
    }
    let Some(Value::Array(values)) = schema.get("enum") else {
        return;
    };
    let text = values.iter().all(Value::is_string);
    if text {
        let mut variants = BTreeSet::new();
        let mut words = values.iter().filter_map(Value::as_str);
        if words.all(|word| variants.insert(names::variant(word))) {
            schema.insert("type".to_owned(), json!("string"));
            return;
        }
    }
    let kind = if text {
        Some("string")
    } else if values.iter().all(|value| value.is_i64() || value.is_u64()) {
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
    // Taken out first: what is put back must not be normalized again.
    let found = ["anyOf", "oneOf", "allOf"].map(|keyword| (keyword, schema.remove(keyword)));
    for (keyword, branches) in found {
        let Some(Value::Array(branches)) = branches else {
            continue;
        };
        let mut branches: Vec<Value> = branches.into_iter().map(normalized).collect();
        if keyword == "allOf" {
            branches.dedup();
        } else {
            // A value that may be anything may be anything.
            if branches.iter().any(is_anything) {
                continue;
            }
            branches = distinct(joined_words(branches));
        }
        match <[Value; 1]>::try_from(branches) {
            Ok([Value::Object(only)]) => {
                for (key, value) in only {
                    schema.entry(key).or_insert(value);
                }
            }
            Ok([_]) => {}
            Err(branches) => {
                // `typify` makes a struct of an `anyOf` whose branches overlap, but an enum of any `oneOf`. Which type it is
                // shows in the value, whether one or more of them fit.
                let keyword = if keyword == "anyOf" { "oneOf" } else { keyword };
                schema.insert(keyword.to_owned(), Value::Array(branches));
            }
        }
    }
}

/// One branch for all words: `typify` would give them one enum, whether their names are distinct or not.
fn joined_words(branches: Vec<Value>) -> Vec<Value> {
    let words = |branch: &Value| branch.get("enum").and_then(Value::as_array).cloned();
    let mut all: Vec<Value> = branches.iter().filter_map(words).flatten().collect();
    if branches.iter().filter_map(words).count() < 2 {
        return branches;
    }
    let mut seen = BTreeSet::new();
    all.retain(|word| seen.insert(word.to_string()));
    let others = branches.into_iter().filter(|branch| words(branch).is_none());
    std::iter::once(normalized(json!({ "enum": all })))
        .chain(others)
        .collect()
}

/// One branch for those that are the same type. Their descriptions are joined, or left out if one of them says nothing.
fn distinct(branches: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<(Value, Value)> = Vec::new();
    for mut branch in branches {
        let kind = undescribed(&branch);
        let Some((_, same)) = kept.iter_mut().find(|(other, _)| *other == kind) else {
            kept.push((kind, branch));
            continue;
        };
        let words = |schema: &mut Value| schema.as_object_mut().and_then(|it| it.remove("description"));
        let joined = match (words(same), words(&mut branch)) {
            (Some(Value::String(one)), Some(Value::String(two))) if one != two => {
                format!("{one}\n\nOr: {two}")
            }
            (Some(Value::String(one)), Some(_)) => one,
            _ => continue,
        };
        if let Some(same) = same.as_object_mut() {
            same.insert("description".to_owned(), Value::String(joined));
        }
    }
    kept.into_iter().map(|(_, branch)| branch).collect()
}

/// The schema without the descriptions in it.
fn undescribed(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => {
            // A property of that name is no text.
            let kept = object
                .iter()
                .filter(|(key, value)| *key != "description" || !value.is_string());
            kept.map(|(key, value)| (key.clone(), undescribed(value)))
                .collect()
        }
        Value::Array(values) => values.iter().map(undescribed).collect(),
        other => other.clone(),
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

/// The number of required properties of a class, and of all of them.
pub(crate) type Size = (usize, usize);

/// Puts the branches of unions in the order in which they have to be tried: a branch that has more properties comes first, or
/// one that has less would take its values. For the same reason any text comes after the words, and any number after the integers.
pub(crate) fn order(schema: &mut Value, size: &dyn Fn(&str) -> Size) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Array(branches)) = object.get_mut("oneOf") {
                branches.sort_by_key(|branch| {
                    let name = branch
                        .get("$ref")
                        .and_then(Value::as_str)
                        .and_then(definition_name);
                    let kind = branch.get("type").and_then(Value::as_str);
                    let wide = branch.get("enum").is_none() && matches!(kind, Some("string" | "number"));
                    (Reverse(name.map_or((0, 0), size)), wide)
                });
            }
            object.values_mut().for_each(|value| order(value, size));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| order(value, size)),
        _ => {}
    }
}

/// Leaves the keys of maps text where they are of a class that is no enum of words: not every type can be a key. `words` is
/// whether a class is.
pub(crate) fn plain_keys(schema: &mut Value, words: &dyn Fn(&str) -> bool) {
    match schema {
        Value::Object(object) => {
            let names = object.get("propertyNames").and_then(|names| names.get("$ref"));
            if names
                .and_then(Value::as_str)
                .is_some_and(|class| !definition_name(class).is_some_and(words))
            {
                object.remove("propertyNames");
            }
            object.values_mut().for_each(|value| plain_keys(value, words));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| plain_keys(value, words)),
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
