//! Dicts, lists, sets and tuples.

use std::collections::HashSet;

use super::check::Walk;
use super::number;
use super::path::Path;
use crate::python::{Json, repr};

impl<'a> Walk<'a> {
    pub(super) fn dict(&mut self, schema: &'a Json, path: &Path<'_>, value: &Json) -> Option<Json> {
        let Json::Dict(pairs) = value else {
            self.refuse(path, "dict_type", "Input should be a valid dictionary", value);
            return None;
        };
        let Some(of @ Json::Dict(_)) = schema.get("additionalProperties") else {
            return Some(value.clone());
        };
        let mut out = Vec::new();
        for (key, item) in pairs {
            let checked = self.any(of, &path.key(key), item);
            out.push((key.clone(), checked.unwrap_or(Json::Null)));
        }
        Some(Json::Dict(out))
    }

    pub(super) fn list(&mut self, schema: &'a Json, path: &Path<'_>, value: &Json) -> Option<Json> {
        let is_set = schema.get("uniqueItems") == Some(&Json::Bool(true));
        let Json::List(items) = value else {
            let (kind, message) = if is_set {
                ("set_type", "Input should be a valid set")
            } else {
                ("list_type", "Input should be a valid list")
            };
            self.refuse(path, kind, message, value);
            return None;
        };
        let bound = |name| schema.get(name).and_then(number::whole);
        if let Some(most) = bound("maxItems").filter(|most| items.len() > *most) {
            self.refuse(
                path,
                "too_long",
                length_message("List", "most", most, items.len()),
                value,
            );
            return None;
        }
        let mut out: Vec<Json> = Vec::new();
        let mut seen = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            let checked = match schema.get("items") {
                Some(of) => self.any(of, &path.index(index), item),
                None => Some(item.clone()),
            };
            let checked = checked.unwrap_or(Json::Null);
            if !is_set || identity(&checked).is_none_or(|identity| seen.insert(identity)) {
                out.push(checked);
            }
        }
        if let Some(least) = bound("minItems").filter(|least| out.len() < *least) {
            self.refuse(
                path,
                "too_short",
                length_message("List", "least", least, out.len()),
                value,
            );
        }
        Some(Json::List(out))
    }

    pub(super) fn tuple(&mut self, schema: &'a Json, path: &Path<'_>, value: &Json) -> Option<Json> {
        let Json::List(items) = value else {
            self.refuse(path, "tuple_type", "Input should be a valid tuple", value);
            return None;
        };
        let places = schema.get("prefixItems").map(Json::as_list).unwrap_or_default();
        let mut out = Vec::new();
        for (index, of) in places.iter().enumerate() {
            let at = path.index(index);
            match items.get(index) {
                Some(item) => out.push(self.any(of, &at, item).unwrap_or(Json::Null)),
                None => self.refuse(&at, "missing", "Field required", value),
            }
        }
        if items.len() > places.len() {
            self.refuse(
                path,
                "too_long",
                length_message("Tuple", "most", places.len(), items.len()),
                value,
            );
        }
        Some(Json::List(out))
    }
}

/// A text that equal values share and others don't; `None` for what equals nothing, as NaN.
fn identity(value: &Json) -> Option<String> {
    match value {
        Json::Float(float) if float.is_nan() => None,
        Json::Float(float) if *float == 0.0 => Some("0.0".to_owned()),
        _ => Some(repr(value)),
    }
}

fn length_message(what: &str, bound: &str, limit: usize, length: usize) -> String {
    let items = if limit == 1 { "item" } else { "items" };
    format!("{what} should have at {bound} {limit} {items} after validation, not {length}")
}
