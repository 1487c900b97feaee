//! What a Pydantic model does with a value beyond checking it: converts simple values, fills in defaults, drops doubles from sets.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::json::{Fields, fields};

/// How deep schema and value are followed. What is deeper is copied.
const MAX_DEPTH: usize = 120;

/// The parts of a JSON Schema that change a value.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Schema {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "$ref")]
    reference: Option<String>,
    #[serde(rename = "$defs")]
    definitions: IndexMap<String, Self>,
    pub(super) properties: IndexMap<String, Self>,
    required: Vec<String>,
    default: Option<Box<RawValue>>,
    items: Option<Box<Self>>,
    prefix_items: Vec<Self>,
    max_items: Option<usize>,
    unique_items: bool,
    #[serde(deserialize_with = "schema_or_bool")]
    additional_properties: Option<Box<Self>>,
    any_of: Vec<Self>,
    one_of: Vec<Self>,
    discriminator: Discriminator,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Discriminator {
    property_name: String,
    mapping: IndexMap<String, String>,
}

fn schema_or_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<Schema>>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// What becomes of fields that are not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defaults {
    /// They get their defaults.
    FilledIn,
    /// They stay away: defaults are not validated.
    LeftOut,
}

/// Writes values as the model of a schema would serialise them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer<'s> {
    definitions: &'s IndexMap<String, Schema>,
    defaults: Defaults,
    depth: usize,
}

impl<'s> Writer<'s> {
    pub(super) fn new(root: &'s Schema, defaults: Defaults) -> Self {
        Self {
            definitions: &root.definitions,
            defaults,
            depth: 0,
        }
    }

    /// The members of a model: the declared fields in their order. Missing required fields are left out.
    pub(super) fn members(self, schema: &Schema, given: &Fields<'_>, out: &mut String) {
        let mut is_first = true;
        for (name, field) in &schema.properties {
            let value = given.get(name);
            let is_filled = self.defaults == Defaults::FilledIn && !schema.required.contains(name);
            if value.is_none() && !is_filled {
                continue;
            }
            if !std::mem::take(&mut is_first) {
                out.push(',');
            }
            push_key(out, name);
            match value {
                Some(value) => self.value(field, value, out),
                None => out.push_str(field.default_value()),
            }
        }
    }

    fn value(mut self, schema: &Schema, value: &RawValue, out: &mut String) {
        self.depth += 1;
        let text = value.get();
        if self.depth > MAX_DEPTH {
            out.push_str(text);
        } else if let Some(other) = self.stands_for(schema, value) {
            self.value(other, value, out);
        } else if text.starts_with('{') {
            self.object(schema, value, out);
        } else if text.starts_with('[') {
            self.list(schema, value, out);
        } else {
            let kind = schema.kind.as_deref().unwrap_or_default();
            out.push_str(converted(kind, text).as_deref().unwrap_or(text));
        }
    }

    /// The schema that a reference, an optional value or a tagged union leads to.
    fn stands_for<'a>(self, schema: &'a Schema, value: &RawValue) -> Option<&'a Schema>
    where
        's: 'a,
    {
        let definition = |reference: &str| self.definitions.get(reference.strip_prefix("#/$defs/")?);
        if let Some(reference) = &schema.reference {
            return definition(reference);
        }
        if !schema.one_of.is_empty() {
            let members = fields(value)?;
            let tag = members.get(&schema.discriminator.property_name)?;
            let tag: String = serde_json::from_str(tag.get()).ok()?;
            return definition(schema.discriminator.mapping.get(&tag)?);
        }
        let mut variants = schema
            .any_of
            .iter()
            .filter(|it| it.kind.as_deref() != Some("null"));
        let only = variants.next()?;
        (variants.next().is_none() && value.get() != "null").then_some(only)
    }

    fn object(self, schema: &Schema, value: &RawValue, out: &mut String) {
        let members = || fields(value).unwrap_or_default();
        if !schema.properties.is_empty() {
            out.push('{');
            self.members(schema, &members(), out);
            out.push('}');
        } else if let Some(of) = &schema.additional_properties {
            out.push('{');
            for (index, (name, value)) in members().into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push_key(out, &name);
                self.value(of, value, out);
            }
            out.push('}');
        } else {
            out.push_str(value.get());
        }
    }

    fn list(self, schema: &Schema, value: &RawValue, out: &mut String) {
        if schema.items.is_none() && schema.prefix_items.is_empty() {
            out.push_str(value.get());
            return;
        }
        let items: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
        // One item too many is enough for an error.
        let most = schema.max_items.map_or(usize::MAX, |most| most.saturating_add(1));
        let anything = Schema::default();
        let rest = schema.items.as_deref().unwrap_or(&anything);
        let places = schema.prefix_items.iter().chain(std::iter::repeat(rest));
        let mut seen = HashSet::new();
        let mut is_first = true;
        out.push('[');
        for (item, of) in items.into_iter().zip(places).take(most) {
            let end = out.len();
            if !is_first {
                out.push(',');
            }
            let start = out.len();
            self.value(of, item, out);
            if schema.unique_items && !seen.insert(out.get(start..).unwrap_or_default().to_owned()) {
                out.truncate(end);
            } else {
                is_first = false;
            }
        }
        out.push(']');
    }
}

impl Schema {
    /// The default of a field that may be left out. A `default_factory` is not in the schema; the demos use it for empty sets only.
    fn default_value(&self) -> &str {
        match &self.default {
            Some(default) => default.get(),
            None if self.kind.as_deref() == Some("array") => "[]",
            None => "null",
        }
    }
}

fn push_key(out: &mut String, name: &str) {
    out.push_str(&Value::from(name).to_string());
    out.push(':');
}

/// What Pydantic makes of a simple value where another type is declared; `None` if the value stays as it is.
fn converted(kind: &str, text: &str) -> Option<String> {
    let string = || serde_json::from_str::<String>(text).ok();
    match (kind, text) {
        ("integer" | "number", "true") => Some("1".to_owned()),
        ("integer" | "number", "false") => Some("0".to_owned()),
        ("integer", _) => match string() {
            Some(string) => Some(string.trim().parse::<i128>().ok()?.to_string()),
            None => {
                let number: f64 = text.parse().ok()?;
                let is_whole = text.contains(['.', 'e', 'E']) && number.fract() == 0.0;
                (is_whole && number.abs() < 1e15).then(|| format!("{number:.0}"))
            }
        },
        ("number", _) => {
            let number: f64 = string()?.trim().parse().ok()?;
            number.is_finite().then(|| format!("{number:?}"))
        }
        ("boolean", _) => match string()
            .unwrap_or_else(|| text.to_owned())
            .to_lowercase()
            .as_str()
        {
            "1" | "1.0" | "on" | "t" | "true" | "y" | "yes" => Some("true".to_owned()),
            "0" | "0.0" | "off" | "f" | "false" | "n" | "no" => Some("false".to_owned()),
            _ => None,
        },
        _ => None,
    }
}
