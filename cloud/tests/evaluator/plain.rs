//! The rules of filters, orders and groups once more, as plainly as possible and over parsed JSON: what the evaluator is compared with.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};
use workflow_cloud::Timestamp;

/// A record: `data` and its two times.
#[derive(Clone, Debug)]
pub struct Plain {
    pub data: Value,
    pub created: Timestamp,
    pub updated: Timestamp,
}

fn below<'a>(data: &'a Value, name: &str) -> Option<&'a Value> {
    let mut node = data;
    for key in name.split('.') {
        node = node.as_object()?.get(key)?;
    }
    Some(node)
}

/// The value of a field; null if nothing is there.
pub fn value(record: &Plain, name: &str) -> Value {
    match name {
        "created_at" => return record.created.into(),
        "updated_at" => return record.updated.into(),
        _ => {}
    }
    let inner = name
        .strip_prefix("data.")
        .and_then(|name| below(&record.data, name));
    inner
        .or_else(|| below(&record.data, name))
        .cloned()
        .unwrap_or(Value::Null)
}

fn is_column(name: &str) -> bool {
    name == "created_at" || name == "updated_at"
}

/// Text, number, boolean, list, object; missing and null last.
fn kind(value: &Value) -> u8 {
    match value {
        Value::String(_) => 0,
        Value::Number(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    }
}

/// A number in units of 2⁻⁶⁰, as far as that is exact; what is larger compares as a double.
fn compare_numbers(a: &Value, b: &Value) -> Ordering {
    let integer = |value: &Value| value.as_i64().map(i128::from).or(value.as_u64().map(i128::from));
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (None, None) => a.as_f64().partial_cmp(&b.as_f64()).unwrap(),
        (Some(a), None) => compare_mixed(a, b.as_f64().unwrap()),
        (None, Some(b)) => compare_mixed(b, a.as_f64().unwrap()).reverse(),
    }
}

fn compare_mixed(integer: i128, double: f64) -> Ordering {
    if double.abs() > 1e30 {
        return 0.0.partial_cmp(&double).unwrap();
    }
    let whole = double.floor() as i128;
    integer.cmp(&whole).then(if double.floor() < double {
        Ordering::Less
    } else {
        Ordering::Equal
    })
}

/// The order of two values.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    kind(a).cmp(&kind(b)).then_with(|| match (a, b) {
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Number(_), Value::Number(_)) => compare_numbers(a, b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        // Lists, and objects, are equal or in an order that means nothing.
        _ => Ordering::Equal,
    })
}

/// Whether two values are the same.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => compare(a, b) == Ordering::Equal,
    }
}

fn holds(record: &Plain, name: &str, operator: &str, wanted: &Value) -> bool {
    let found = value(record, name);
    // Times are compared as moments.
    let time = |value: &Value| match value.as_str().and_then(Timestamp::parse) {
        Some(time) if is_column(name) => json!(time.0),
        _ => value.clone(),
    };
    let found = time(&found);
    let equal = |wanted: &Value| same(&found, &time(wanted));
    let ordered = |accepts: fn(Ordering) -> bool| {
        let wanted = time(wanted);
        let is_scalar = matches!(found, Value::String(_) | Value::Number(_) | Value::Bool(_));
        is_scalar && kind(&found) == kind(&wanted) && accepts(compare(&found, &wanted))
    };
    let included = || {
        let any = |found: &Value| {
            wanted
                .as_array()
                .unwrap()
                .iter()
                .any(|one| same(found, &time(one)))
        };
        match &found {
            Value::Array(items) => items.iter().any(any),
            one => any(one),
        }
    };
    match operator {
        "eq" => equal(wanted),
        "ne" => !equal(wanted),
        "gt" => ordered(Ordering::is_gt),
        "gte" => ordered(Ordering::is_ge),
        "lt" => ordered(Ordering::is_lt),
        "lte" => ordered(Ordering::is_le),
        "includes" => included(),
        "excludes" => !included(),
        _ => panic!("{operator} is no operator"),
    }
}

/// Whether a record matches a filter.
pub fn matches(record: &Plain, filter: &Value) -> bool {
    let Some(fields) = filter.as_object() else {
        return true;
    };
    fields.iter().all(|(name, operations)| {
        let mut operations = operations.as_object().unwrap().iter();
        operations.all(|(operator, wanted)| holds(record, name, operator, wanted))
    })
}

/// Sorts by `(name, descending)`, then the newest first.
pub fn sort(records: &mut [Plain], order: &[(String, bool)]) {
    records.sort_by(|a, b| {
        for (name, descending) in order {
            let ordering = if is_column(name) {
                let of = |record: &Plain| {
                    if name == "created_at" {
                        record.created
                    } else {
                        record.updated
                    }
                };
                of(a).cmp(&of(b))
            } else {
                compare(&value(a, name), &value(b, name))
            };
            let ordering = if *descending { ordering.reverse() } else { ordering };
            if ordering.is_ne() {
                return ordering;
            }
        }
        b.created.cmp(&a.created)
    });
}

/// Groups in the order of their first records: key, count and earliest record. `records` are in order of creation.
pub fn groups<'a>(
    records: impl Iterator<Item = &'a Plain>,
    names: &[String],
) -> Vec<(Map<String, Value>, u64, Plain)> {
    let mut groups: Vec<(Map<String, Value>, u64, Plain)> = Vec::new();
    for record in records {
        let key: Map<String, Value> = names
            .iter()
            .map(|name| (name.clone(), value(record, name)))
            .collect();
        let is_key = |group: &&mut (Map<String, Value>, u64, Plain)| {
            key.iter().all(|(name, value)| same(value, &group.0[name]))
        };
        match groups.iter_mut().find(is_key) {
            Some((_, count, _)) => *count += 1,
            None => groups.push((key, 1, record.clone())),
        }
    }
    groups
}
