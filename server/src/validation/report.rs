//! Validation errors in Pydantic's line format, which clients read.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::types::JsonType;
use serde_json::Value;
use serde_json::value::RawValue;

/// How many bytes of errors are written out. The others are only counted.
const MAX_TEXT: usize = 256 * 1024;

/// A branch of a union, which Pydantic names in paths: its depth in the path, and its name.
type Branch<'b> = (usize, &'b str);

/// Collects errors: one for each path, as Pydantic reports them.
#[derive(Debug)]
pub(super) struct Report<'s> {
    schema: &'s Value,
    paths: HashSet<String>,
    text: String,
}

impl<'s> Report<'s> {
    /// No errors yet. `schema` is the whole schema that the value was checked against.
    pub(super) fn new(schema: &'s Value) -> Self {
        Self {
            schema,
            paths: HashSet::new(),
            text: String::new(),
        }
    }

    /// Adds errors.
    pub(super) fn extend<'e, 'v: 'e>(&mut self, errors: impl Iterator<Item = &'e ValidationError<'v>>) {
        for error in errors {
            self.add(error, &[]);
        }
    }

    /// The text of all errors.
    pub(super) fn finish(self, class: &str) -> String {
        headed(self.paths.len(), class, &self.text)
    }

    fn add(&mut self, error: &ValidationError<'_>, branches: &[Branch<'_>]) {
        let path = |more: Option<&str>| path(error.instance_path().as_str(), branches, more);
        match error.kind() {
            Kind::AnyOf { context } => self.union(error, context, branches),
            Kind::OneOfNotValid { context } | Kind::OneOfMultipleValid { context } => {
                self.tagged(error, context, branches);
            }
            Kind::Required { property } => {
                self.push(
                    path(property.as_str()),
                    "missing",
                    "Field required",
                    error.instance(),
                );
            }
            Kind::MinItems { limit } if self.parent(error).get("prefixItems").is_some() => {
                let length = error.instance().as_array().map_or(0, Vec::len) as u64;
                for index in length..*limit {
                    let path = path(Some(&index.to_string()));
                    self.push(path, "missing", "Field required", error.instance());
                }
            }
            _ => {
                let message = error.masked_with("Input").to_string();
                let kind = self.kind(error);
                self.push(path(None), kind, &message, error.instance());
            }
        }
    }

    /// A union: `Optional[X]` has the errors of `X`, others have those of every branch below its name.
    fn union(
        &mut self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        branches: &[Branch<'_>],
    ) {
        let (_, keyword) = split(error.schema_path().as_str());
        let schemas = self.parent(error).get(keyword).and_then(Value::as_array);
        let real = schemas
            .into_iter()
            .flatten()
            .zip(context)
            .filter(|(schema, _)| schema.get("type").and_then(Value::as_str) != Some("null"));
        let real: Vec<_> = real.collect();
        for (schema, errors) in &real {
            let name = self.branch_name(schema);
            let branch = (depth(error), name);
            let branches = match real.len() {
                1 => branches.to_vec(),
                _ => [branches, &[branch]].concat(),
            };
            for error in *errors {
                self.add(error, &branches);
            }
        }
    }

    /// A union whose branches carry a tag: only the errors of the tagged branch are reported.
    fn tagged(
        &mut self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        branches: &[Branch<'_>],
    ) {
        let schema = self.parent(error);
        let Some(discriminator) = schema.get("discriminator") else {
            return self.union(error, context, branches);
        };
        let input = error.instance();
        let property = discriminator.get("propertyName").and_then(Value::as_str);
        let property = property.unwrap_or_default();
        let place = || path(error.instance_path().as_str(), branches, None);
        if !input.is_object() {
            return self.push(
                place(),
                "model_attributes_type",
                "Input should be an object",
                input,
            );
        }
        let Some(tag) = input.get(property) else {
            let message = format!("Input should have a tag \"{property}\"");
            return self.push(place(), "union_tag_not_found", &message, input);
        };
        let tag = tag.as_str().unwrap_or_default();
        let target = discriminator.get("mapping").and_then(|it| it.get(tag));
        let mut variants = schema
            .get("oneOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let index = variants.position(|variant| target.is_some() && variant.get("$ref") == target);
        match index.and_then(|index| context.get(index)) {
            Some(errors) => {
                let branches = [branches, &[(depth(error), tag)]].concat();
                errors.iter().for_each(|error| self.add(error, &branches));
            }
            None => {
                let message = format!("Input has an unknown tag \"{property}\"");
                self.push(place(), "union_tag_invalid", &message, input);
            }
        }
    }

    /// The schema whose keyword the error is about.
    fn parent(&self, error: &ValidationError<'_>) -> &'s Value {
        let (parent, _) = split(error.schema_path().as_str());
        self.schema.pointer(parent).unwrap_or(&Value::Null)
    }

    fn branch_name(&self, schema: &'s Value) -> &'s str {
        let text = |schema: &'s Value, key| schema.get(key).and_then(Value::as_str);
        if let Some(reference) = text(schema, "$ref") {
            let target = reference.strip_prefix('#').and_then(|it| self.schema.pointer(it));
            return target.and_then(|it| text(it, "title")).unwrap_or("model");
        }
        match text(schema, "type") {
            Some("string") => "str",
            Some("integer") => "int",
            Some("number") => "float",
            Some("boolean") => "bool",
            Some("array") => "list",
            Some("object") => "dict",
            _ => "any",
        }
    }

    /// Pydantic's name for an error.
    fn kind(&self, error: &ValidationError<'_>) -> &'static str {
        let schema = self.parent(error);
        let (parent, _) = split(error.schema_path().as_str());
        match error.kind() {
            // An `Enum` class has a definition of its own, a `Literal` has none.
            _ if schema.get("enum").is_some() && split(parent).0 == "/$defs" => "enum",
            _ if schema.get("enum").or(schema.get("const")).is_some() => "literal_error",
            Kind::Type {
                kind: TypeKind::Single(wanted),
            } => type_error(*wanted, schema, error.instance()),
            Kind::Format { format } => match format.as_str() {
                "date" => "date_from_datetime_parsing",
                "date-time" => "datetime_from_date_parsing",
                _ => "value_error",
            },
            Kind::AdditionalProperties { .. } => "extra_forbidden",
            Kind::MinLength { .. } => "string_too_short",
            Kind::MaxLength { .. } => "string_too_long",
            Kind::Pattern { .. } => "string_pattern_mismatch",
            Kind::Minimum { .. } => "greater_than_equal",
            Kind::ExclusiveMinimum { .. } => "greater_than",
            Kind::Maximum { .. } => "less_than_equal",
            Kind::ExclusiveMaximum { .. } => "less_than",
            Kind::MultipleOf { .. } => "multiple_of",
            Kind::MinItems { .. } | Kind::MinProperties { .. } => "too_short",
            Kind::MaxItems { .. } | Kind::MaxProperties { .. } => "too_long",
            _ => "value_error",
        }
    }

    fn push(&mut self, path: String, kind: &str, message: &str, input: &Value) {
        if self.paths.contains(&path) {
            return;
        }
        if self.text.len() < MAX_TEXT {
            push_line(&mut self.text, &path, kind, message, type_name(input));
        }
        self.paths.insert(path);
    }
}

/// The error of a value that has another type than `wanted`, by what was given.
fn type_error(wanted: JsonType, schema: &Value, given: &Value) -> &'static str {
    let has = |key: &str| schema.get(key).is_some();
    match (wanted, given) {
        (JsonType::String, _) => match schema.get("format").and_then(Value::as_str) {
            Some("date") => "date_type",
            Some("date-time") => "datetime_type",
            _ => "string_type",
        },
        (JsonType::Integer, Value::String(_)) => "int_parsing",
        (JsonType::Integer, Value::Number(_)) => "int_from_float",
        (JsonType::Integer, _) => "int_type",
        (JsonType::Number, Value::String(_)) => "float_parsing",
        (JsonType::Number, _) => "float_type",
        (JsonType::Boolean, Value::String(_)) => "bool_parsing",
        (JsonType::Boolean, Value::Number(number)) if !number.is_f64() => "bool_parsing",
        (JsonType::Boolean, _) => "bool_type",
        (JsonType::Array, _) if has("prefixItems") => "tuple_type",
        (JsonType::Array, _) if has("uniqueItems") => "set_type",
        (JsonType::Array, _) => "list_type",
        (JsonType::Object, _) if has("properties") => "model_type",
        (JsonType::Object, _) => "dict_type",
        (JsonType::Null, _) => "none_required",
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The name of a value's type.
pub(super) fn type_of(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ => "number",
    }
}

/// The text for a single value of a wrong type.
pub(crate) fn wrong_type(class: &str, path: &str, kind: &str, wanted: &str, given: &RawValue) -> String {
    let message = format!("Input should be {wanted}");
    single(class, path, kind, &message, type_of(given))
}

/// The text for an object that has the syntax of JSON but can't be decoded, because of a number beyond all bounds for example.
pub(super) fn unreadable(class: &str, error: &serde_json::Error) -> String {
    let message = format!("Input can't be read: {error}");
    single(class, "", "json_invalid", &message, "object")
}

fn single(class: &str, path: &str, kind: &str, message: &str, input_type: &str) -> String {
    let mut text = String::new();
    push_line(&mut text, path, kind, message, input_type);
    headed(1, class, &text)
}

/// Lines of errors with their number and the class before them.
pub(super) fn headed(count: usize, class: &str, lines: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} validation error{plural} for {class}{lines}")
}

/// Adds one error.
pub(super) fn push_line(text: &mut String, path: &str, kind: &str, message: &str, input_type: &str) {
    if !path.is_empty() {
        text.push('\n');
        text.push_str(path);
    }
    // Writing to a String cannot fail.
    let _ = write!(text, "\n  {message} [type={kind}, input_type={input_type}]");
}

/// The parent of a JSON pointer, and the last segment.
fn split(pointer: &str) -> (&str, &str) {
    pointer.rsplit_once('/').unwrap_or_default()
}

fn depth(error: &ValidationError<'_>) -> usize {
    error.instance_path().as_str().matches('/').count()
}

/// A JSON pointer as Pydantic writes paths: names with dots between them, in back quotes if they contain dots.
fn path(pointer: &str, branches: &[Branch<'_>], more: Option<&str>) -> String {
    let names = pointer.split('/').skip(1);
    let mut names: Vec<Cow<'_, str>> = names
        .map(|name| Cow::Owned(name.replace("~1", "/").replace("~0", "~")))
        .collect();
    for (depth, name) in branches.iter().rev() {
        names.insert((*depth).min(names.len()), Cow::Borrowed(name));
    }
    names.extend(more.map(Cow::Borrowed));
    let quoted = names.into_iter().map(|name| {
        if name.contains('.') {
            Cow::Owned(format!("`{name}`"))
        } else {
            name
        }
    });
    quoted.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_branches_where_they_begin() {
        assert_eq!(path("", &[], Some("name")), "name");
        let branches = [(1, "int"), (1, "inner"), (2, "card")];
        assert_eq!(path("/a.b/c~1d/0", &branches, None), "`a.b`.int.inner.c/d.card.0");
    }
}
