//! The walk over schema and value: models, unions, lists, dicts; scalars are in `number` and `time`.
//!
//! The time is linear in the value: keys of a request are never searched one by one, and texts about a value are cut while they
//! are written.

use std::borrow::Cow;
use std::collections::HashMap;

use regex::Regex;

use super::path::Path;
use super::{Problem, Problems, number, time};
use crate::python::{Json, repr};

/// A value as the event class holds it after validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked(pub Json);

/// Checks the `value` of an event of one class and gives it back as the class would serialise it: declared
/// fields in their order with defaults filled in, undeclared keys under `_data`; a stop event keeps its
/// `result` instead.
///
/// # Errors
/// Everything that is wrong, in the order of the fields.
pub fn check_event(class: &str, schema: &Json, is_stop: bool, value: &Json) -> Result<Checked, Problems> {
    let Json::Dict(given) = value else {
        return Err(Problems::of(not_a_model(class, &Path::ROOT, value)));
    };
    let declared = schema.get("properties").map(Json::as_dict).unwrap_or_default();
    let is_declared = |key: &str| declared.iter().any(|(name, _)| name == key);
    // Event classes sort their arguments before pydantic sees them, so its refusals quote declared fields
    // only.
    let known = if given.iter().all(|(key, _)| is_declared(key)) {
        Cow::Borrowed(value)
    } else {
        let known = given.iter().filter(|(key, _)| is_declared(key));
        Cow::Owned(Json::Dict(known.cloned().collect()))
    };
    let mut walk = Walk {
        root: schema,
        problems: Problems::default(),
        patterns: HashMap::new(),
    };
    let mut fields = walk.fields(schema, &Path::ROOT, &known);
    if !walk.problems.is_empty() {
        return Err(walk.problems);
    }
    if is_stop {
        if let Some(result) = value
            .get("result")
            .filter(|result| **result != Json::Null && !is_declared("result"))
        {
            fields.set("result", result.clone());
        }
        return Ok(Checked(fields));
    }
    let mut data = match value.get("_data") {
        Some(dict @ Json::Dict(_)) => dict.clone(),
        _ => Json::Dict(Vec::new()),
    };
    let undeclared = given
        .iter()
        .filter(|(key, _)| !is_declared(key) && key != "_data");
    data.set_all(undeclared);
    if !data.as_dict().is_empty() {
        fields.set("_data", data);
    }
    Ok(Checked(fields))
}

fn not_a_model(class: &str, path: &Path<'_>, value: &Json) -> Problem {
    Problem::new(
        &path.write(),
        "model_type",
        format!("Input should be a valid dictionary or instance of {class}"),
        value,
    )
}

pub(super) struct Walk<'a> {
    root: &'a Json,
    problems: Problems,
    /// The patterns of the schema, compiled once.
    patterns: HashMap<&'a str, Option<Regex>>,
}

impl<'a> Walk<'a> {
    pub(super) fn refuse(
        &mut self,
        path: &Path<'_>,
        kind: &'static str,
        message: impl Into<String>,
        value: &Json,
    ) {
        self.problems
            .push(|| Problem::new(&path.write(), kind, message, value));
    }

    fn resolve(&self, schema: &'a Json) -> Option<&'a Json> {
        let name = schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
        self.root.get("$defs")?.get(name)
    }

    /// The fields of a model. Problems are noted; what is given back is of use only when there are none.
    fn fields(&mut self, schema: &'a Json, path: &Path<'_>, value: &Json) -> Json {
        let mut out = Vec::new();
        let required = schema.get("required").map(Json::as_list).unwrap_or_default();
        for (name, field) in schema.get("properties").map(Json::as_dict).unwrap_or_default() {
            let at = path.key(name);
            let checked = match value.get(name) {
                Some(given) => self.any(field, &at, given),
                None if required.iter().any(|each| each.as_str() == Some(name)) => {
                    self.refuse(&at, "missing", "Field required", value);
                    None
                }
                None => Some(default_of(field)),
            };
            out.push((name.clone(), checked.unwrap_or(Json::Null)));
        }
        Json::Dict(out)
    }

    pub(super) fn any(&mut self, schema: &'a Json, path: &Path<'_>, value: &Json) -> Option<Json> {
        if let Some(target) = self.resolve(schema) {
            return match target.get("enum") {
                Some(choices) => self.choice(choices.as_list(), "enum", path, value),
                None => self.model(target, path, value),
            };
        }
        if let Some(choices) = schema.get("enum") {
            return self.choice(choices.as_list(), "literal_error", path, value);
        }
        if let Some(only) = schema.get("const") {
            return self.choice(std::slice::from_ref(only), "literal_error", path, value);
        }
        if let Some(variants) = schema.get("anyOf") {
            return self.union(variants.as_list(), path, value);
        }
        if let Some(variants) = schema.get("oneOf") {
            return self.tagged(schema, variants.as_list(), path, value);
        }
        match schema.get("type").and_then(Json::as_str) {
            Some("string") => self.text(schema, path, value),
            Some("integer") => self.scalar(path, value, number::integer(schema, value)),
            Some("number") => self.scalar(path, value, number::float(schema, value)),
            Some("boolean") => self.scalar(path, value, number::boolean(value)),
            Some("array") if schema.get("prefixItems").is_some() => self.tuple(schema, path, value),
            Some("array") => self.list(schema, path, value),
            Some("object") if schema.get("properties").is_some() => self.model(schema, path, value),
            Some("object") => self.dict(schema, path, value),
            _ => Some(value.clone()),
        }
    }

    fn scalar(
        &mut self,
        path: &Path<'_>,
        value: &Json,
        checked: Result<Json, (&'static str, String)>,
    ) -> Option<Json> {
        match checked {
            Ok(value) => Some(value),
            Err((kind, message)) => {
                self.refuse(path, kind, message, value);
                None
            }
        }
    }

    fn text(&mut self, schema: &'a Json, path: &Path<'_>, value: &Json) -> Option<Json> {
        match schema.get("format").and_then(Json::as_str) {
            Some("date") => return self.scalar(path, value, time::date(value)),
            Some("date-time") => return self.scalar(path, value, time::date_time(value)),
            _ => {}
        }
        let Json::Str(text) = value else {
            self.refuse(path, "string_type", "Input should be a valid string", value);
            return None;
        };
        let length = text.chars().count();
        let bound = |name| schema.get(name).and_then(number::whole);
        let characters = |count: usize| if count == 1 { "character" } else { "characters" };
        if let Some(least) = bound("minLength").filter(|least| length < *least) {
            self.refuse(
                path,
                "string_too_short",
                format!("String should have at least {least} {}", characters(least)),
                value,
            );
        } else if let Some(most) = bound("maxLength").filter(|most| length > *most) {
            self.refuse(
                path,
                "string_too_long",
                format!("String should have at most {most} {}", characters(most)),
                value,
            );
        } else if let Some(pattern) = schema
            .get("pattern")
            .and_then(Json::as_str)
            .filter(|pattern| !self.matches(pattern, text))
        {
            self.refuse(
                path,
                "string_pattern_mismatch",
                format!("String should match pattern '{pattern}'"),
                value,
            );
        } else {
            return Some(value.clone());
        }
        None
    }

    fn matches(&mut self, pattern: &'a str, text: &str) -> bool {
        let compiled = self.patterns.entry(pattern);
        let compiled = compiled.or_insert_with(|| Regex::new(pattern).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }

    fn choice(
        &mut self,
        choices: &[Json],
        kind: &'static str,
        path: &Path<'_>,
        value: &Json,
    ) -> Option<Json> {
        if choices.contains(value) {
            return Some(value.clone());
        }
        let shown: Vec<String> = choices.iter().map(repr).collect();
        let listed = match shown.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        };
        self.refuse(path, kind, format!("Input should be {listed}"), value);
        None
    }

    /// `Optional[X]` and unions. As pydantic's smart mode: a variant that fits without conversion wins, then
    /// the first one that fits at all; when none does, each variant's problems are told under its name.
    fn union(&mut self, variants: &'a [Json], path: &Path<'_>, value: &Json) -> Option<Json> {
        let is_null = |schema: &&Json| schema.get("type").and_then(Json::as_str) == Some("null");
        if *value == Json::Null && variants.iter().any(|schema| is_null(&schema)) {
            return Some(Json::Null);
        }
        let real: Vec<&'a Json> = variants.iter().filter(|schema| !is_null(schema)).collect();
        if let [only] = real.as_slice() {
            return self.any(only, path, value);
        }
        let before = self.problems.mark();
        let mut first: Option<Json> = None;
        for schema in real {
            let noted = self.problems.count();
            let checked = self.any(schema, &path.key(self.variant_name(schema)), value);
            if self.problems.count() > noted {
                continue;
            }
            if checked.as_ref() == Some(value) {
                self.problems.return_to(before);
                return checked;
            }
            first = first.or(checked);
        }
        if first.is_some() {
            self.problems.return_to(before);
        }
        first
    }

    fn variant_name(&self, schema: &'a Json) -> &'a str {
        if let Some(target) = self.resolve(schema) {
            return target.get("title").and_then(Json::as_str).unwrap_or("model");
        }
        match schema.get("type").and_then(Json::as_str) {
            Some("string") => "str",
            Some("integer") => "int",
            Some("number") => "float",
            Some("boolean") => "bool",
            Some("array") => "list",
            Some("object") => "dict",
            _ => "any",
        }
    }

    /// A union whose variants carry a tag: pydantic tells problems under the tag.
    fn tagged(
        &mut self,
        schema: &'a Json,
        variants: &'a [Json],
        path: &Path<'_>,
        value: &Json,
    ) -> Option<Json> {
        let discriminator = schema.get("discriminator");
        let Some(property) = discriminator
            .and_then(|it| it.get("propertyName"))
            .and_then(Json::as_str)
        else {
            return self.union(variants, path, value);
        };
        let Json::Dict(_) = value else {
            let message = "Input should be a valid dictionary or object to extract fields from";
            self.refuse(path, "model_attributes_type", message, value);
            return None;
        };
        let Some(tag) = value.get(property) else {
            let message = format!("Unable to extract tag using discriminator '{property}'");
            self.refuse(path, "union_tag_not_found", message, value);
            return None;
        };
        let mapping = discriminator
            .and_then(|it| it.get("mapping"))
            .map(Json::as_dict)
            .unwrap_or_default();
        let wanted = tag
            .as_str()
            .and_then(|tag| mapping.iter().find(|(name, _)| name == tag));
        let target = wanted.and_then(|(_, target)| {
            variants
                .iter()
                .find(|variant| variant.get("$ref") == Some(target))
                .and_then(|it| self.resolve(it))
        });
        let (Some((name, _)), Some(target)) = (wanted, target) else {
            let shown = tag.as_str().map_or_else(|| repr(tag), str::to_owned);
            let tags: Vec<String> = mapping.iter().map(|(name, _)| format!("'{name}'")).collect();
            let message = format!(
                "Input tag '{shown}' found using '{property}' does not match any of the expected tags: {}",
                tags.join(", ")
            );
            self.refuse(path, "union_tag_invalid", message, value);
            return None;
        };
        self.model(target, &path.key(name), value)
    }

    fn model(&mut self, schema: &'a Json, path: &Path<'_>, value: &Json) -> Option<Json> {
        if let Json::Dict(_) = value {
            return Some(self.fields(schema, path, value));
        }
        let class = schema.get("title").and_then(Json::as_str).unwrap_or("object");
        self.problems.push(|| not_a_model(class, path, value));
        None
    }
}

/// The default as the schema tells it. A `default_factory` isn't told; the demos use it for empty sets only.
fn default_of(schema: &Json) -> Json {
    match schema.get("default") {
        // A float field is dumped as a float, even when its default was written without a point.
        Some(Json::Int(digits)) if schema.get("type").and_then(Json::as_str) == Some("number") => {
            Json::Float(digits.parse().unwrap_or_default())
        }
        Some(default) => default.clone(),
        None if schema.get("type").and_then(Json::as_str) == Some("array") => Json::List(Vec::new()),
        None => Json::Null,
    }
}
