//! Filters, compiled.

use std::cmp::Ordering;

use serde_json::Value;

use super::document::{LIST, NULL, elements, scalar};
use super::name::Column;
use super::{Name, Row};
use crate::{Operator, Timestamp};

/// Conditions in one filter at most.
pub const MAX_CONDITIONS: usize = 1000;

/// Errors in one answer at most.
const MAX_ERRORS: usize = 100;

/// Characters of a text of the filter that are repeated in the location of an error, if it is no valid name.
const MAX_SHOWN: usize = 100;

/// A part of a request that is invalid, in the words of a validation error.
#[derive(Clone, Debug, PartialEq)]
pub struct Invalid {
    /// Where in the request's body.
    pub location: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// The validator's name of the rule, such as `extra_forbidden`.
    pub kind: &'static str,
    /// What was given.
    pub input: Value,
}

/// Decides whether a record matches a filter.
#[derive(Clone, Debug, Default)]
pub struct Matcher(Vec<Condition>);

#[derive(Clone, Debug)]
enum Condition {
    Field(Name, Test<Vec<u8>>),
    Time(Column, Test<Timestamp>),
}

/// A comparison with one value or several. `None` is null.
#[derive(Clone, Debug)]
enum Test<V> {
    Equal {
        to: Option<V>,
        expected: bool,
    },
    Ordered {
        to: Option<V>,
        accepts: fn(Ordering) -> bool,
    },
    /// Sorted.
    OneOf {
        list: Vec<Option<V>>,
        expected: bool,
    },
}

impl Matcher {
    /// Compiles the wire's form of a filter; null matches everything.
    ///
    /// # Errors
    /// What is invalid in it, located below `filter`: the first hundred errors.
    pub fn new(filter: &Value) -> Result<Self, Vec<Invalid>> {
        let fields = match filter {
            Value::Null => return Ok(Self::default()),
            Value::Object(fields) => fields,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                let words = "Input should be a valid dictionary";
                return Err(vec![invalid(&[], words, "dict_type", filter)]);
            }
        };
        let mut conditions = Vec::new();
        let mut errors = Vec::new();
        for (name, operations) in fields {
            read_field(name, operations, &mut conditions, &mut errors);
            if conditions.len() > MAX_CONDITIONS {
                let words = "A filter should have at most 1000 conditions";
                errors.push(invalid(&[], words, "too_long", &Value::Null));
                break;
            }
            if errors.len() >= MAX_ERRORS {
                break;
            }
        }
        if errors.is_empty() {
            Ok(Self(conditions))
        } else {
            Err(errors)
        }
    }

    /// Whether every record matches.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all conditions hold.
    pub fn matches(&self, row: Row<'_>) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::Field(name, test) => test.of_node(name.node(row.document)),
            Condition::Time(column, test) => test.of_time(column.of(row)),
        })
    }
}

/// An error below `filter`.
fn invalid(place: &[&str], message: &str, kind: &'static str, input: &Value) -> Invalid {
    let location = std::iter::once(&"filter").chain(place);
    Invalid {
        location: location.map(|&part| part.to_owned()).collect(),
        message: message.to_owned(),
        kind,
        input: input.clone(),
    }
}

/// The beginning of a text of any length.
fn shown(text: &str) -> &str {
    let end = text.char_indices().nth(MAX_SHOWN);
    end.map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

/// Reads the conditions on one field, until there are too many errors.
fn read_field(name: &str, operations: &Value, conditions: &mut Vec<Condition>, errors: &mut Vec<Invalid>) {
    // Before anything is cloned: a name may be as long as the request.
    if let Err(words) = Name::check(name) {
        errors.push(invalid(&[shown(name)], words, "string_too_long", &Value::Null));
        return;
    }
    let Value::Object(operations) = operations else {
        let words = "Input should be an object of operators, such as {\"eq\": 1}";
        errors.push(invalid(&[name], words, "model_attributes_type", operations));
        return;
    };
    let field = Name::new(name);
    for (word, value) in operations {
        match condition(&field, word, value) {
            Ok(condition) => conditions.push(condition),
            Err((words, kind)) => errors.push(invalid(&[name, shown(word)], words, kind, value)),
        }
        if errors.len() >= MAX_ERRORS {
            return;
        }
    }
}

type Refused = (&'static str, &'static str);

fn condition(name: &Name, word: &str, value: &Value) -> Result<Condition, Refused> {
    let Some(operator) = Operator::from_wire(word) else {
        return Err((
            "Unknown operator; there are eq, ne, gt, gte, lt, lte, includes and excludes",
            "extra_forbidden",
        ));
    };
    Ok(match name.column() {
        None => Condition::Field(name.clone(), test(operator, value, one_node)?),
        Some(column) => Condition::Time(column, test(operator, value, one_time)?),
    })
}

fn test<V: Ord>(
    operator: Operator,
    value: &Value,
    one: fn(&Value) -> Result<Option<V>, Refused>,
) -> Result<Test<V>, Refused> {
    let equal = |expected| one(value).map(|to| Test::Equal { to, expected });
    let ordered = |accepts| one(value).map(|to| Test::Ordered { to, accepts });
    let one_of = |expected| {
        let Value::Array(items) = value else {
            return Err(("Input should be a valid list", "list_type"));
        };
        let mut list = items.iter().map(one).collect::<Result<Vec<_>, _>>()?;
        list.sort_unstable();
        Ok(Test::OneOf { list, expected })
    };
    match operator {
        Operator::Eq => equal(true),
        Operator::Ne => equal(false),
        Operator::Gt => ordered(Ordering::is_gt),
        Operator::Gte => ordered(Ordering::is_ge),
        Operator::Lt => ordered(Ordering::is_lt),
        Operator::Lte => ordered(Ordering::is_le),
        Operator::Includes => one_of(true),
        Operator::Excludes => one_of(false),
    }
}

fn one_node(value: &Value) -> Result<Option<Vec<u8>>, Refused> {
    if value.is_null() {
        return Ok(None);
    }
    let refused = (
        "Input should be a number, a string, a time or null",
        "scalar_type",
    );
    scalar(value).map(Some).ok_or(refused)
}

fn one_time(value: &Value) -> Result<Option<Timestamp>, Refused> {
    let time = match value {
        Value::Null => return Ok(None),
        Value::String(text) => Timestamp::parse(text),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    };
    time.map(Some)
        .ok_or(("Input should be a valid datetime", "datetime_parsing"))
}

impl Test<Vec<u8>> {
    fn of_node(&self, node: &[u8]) -> bool {
        let is_null = node.first().is_none_or(|kind| *kind == NULL);
        match self {
            Self::Equal { to: None, expected } => is_null == *expected,
            Self::Equal {
                to: Some(to),
                expected,
            } => (node == to.as_slice()) == *expected,
            Self::Ordered { to, accepts } => to.as_ref().is_some_and(|to| {
                // Within one kind; that of null is not ordered.
                node.first() == to.first() && !is_null && accepts(node.cmp(to.as_slice()))
            }),
            Self::OneOf { list, expected } => {
                let has = |node: &[u8]| {
                    let node = (node != [NULL]).then_some(node);
                    list.binary_search_by(|one| one.as_deref().cmp(&node)).is_ok()
                };
                let found = if node.first() == Some(&LIST) {
                    elements(node).any(has)
                } else {
                    has(node)
                };
                found == *expected
            }
        }
    }
}

impl Test<Timestamp> {
    fn of_time(&self, time: Timestamp) -> bool {
        match self {
            Self::Equal { to, expected } => (*to == Some(time)) == *expected,
            Self::Ordered { to, accepts } => to.is_some_and(|to| accepts(time.cmp(&to))),
            Self::OneOf { list, expected } => list.binary_search(&Some(time)).is_ok() == *expected,
        }
    }
}
