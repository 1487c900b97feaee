//! Which records: `{name: {operator: value, …}, …}`. All conditions must hold.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// An operator of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal; null matches a missing field too.
    Eq,
    /// Not equal; a missing field matches, except for null.
    Ne,
    /// Greater, within one kind of value.
    Gt,
    /// Greater or equal, within one kind of value.
    Gte,
    /// Less, within one kind of value.
    Lt,
    /// Less or equal, within one kind of value.
    Lte,
    /// Equal to one of a list. A field that is a list matches if any element does. An empty list matches nothing.
    Includes,
    /// The opposite of `includes`. An empty list matches everything.
    Excludes,
}

impl Operator {
    /// All operators.
    pub const ALL: [Self; 8] = [
        Self::Eq,
        Self::Ne,
        Self::Gt,
        Self::Gte,
        Self::Lt,
        Self::Lte,
        Self::Includes,
        Self::Excludes,
    ];

    /// The wire's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Includes => "includes",
            Self::Excludes => "excludes",
        }
    }

    /// The operator with this word of the wire.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.as_str() == word)
    }
}

/// A field of the records, to be compared.
///
/// Dots go into nested objects: `contact.email`. The prefix `data.` may be written or left out. `created_at` and `updated_at` are the
/// record's own times. A key that contains a dot cannot be named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field(String);

/// A field of `data`, with or without the prefix `data.`.
///
/// ```
/// # use serde_json::json;
/// # use workflow_cloud::field;
/// let filter = field("contact.email").eq("x").and(field("age").gte(21)).and(field("age").lt(65));
/// assert_eq!(filter.to_value()?, json!({ "contact.email": { "eq": "x" }, "age": { "gte": 21, "lt": 65 } }));
/// # Ok::<(), workflow_cloud::FilterError>(())
/// ```
pub fn field(name: impl Into<String>) -> Field {
    Field(name.into())
}

/// The time at which the record was created. Compare it with a [`Timestamp`](crate::Timestamp) or an ISO text.
pub fn created_at() -> Field {
    field("created_at")
}

/// The time at which the record was last replaced.
pub fn updated_at() -> Field {
    field("updated_at")
}

impl Field {
    fn is(self, operator: Operator, value: impl Into<Value>) -> Filter {
        Filter {
            conditions: vec![Condition {
                name: self.0,
                operator: operator.as_str().to_owned(),
                value: value.into(),
            }],
            invalid: None,
        }
    }

    fn list<V: Into<Value>>(self, operator: Operator, values: impl IntoIterator<Item = V>) -> Filter {
        let values: Vec<Value> = values.into_iter().map(Into::into).collect();
        self.is(operator, values)
    }

    /// Equal to a number, text, time or null. Null matches a missing field too: [`is_missing`](Self::is_missing).
    ///
    /// Booleans are sent, and the store of this project compares them with booleans. They are outside the API's types.
    pub fn eq(self, value: impl Into<Value>) -> Filter {
        self.is(Operator::Eq, value)
    }

    /// Not equal. A missing field is not equal to any value except null.
    pub fn ne(self, value: impl Into<Value>) -> Filter {
        self.is(Operator::Ne, value)
    }

    /// Greater. Missing, null and other kinds of values never match.
    pub fn gt(self, value: impl Into<Value>) -> Filter {
        self.is(Operator::Gt, value)
    }

    /// Greater or equal.
    pub fn gte(self, value: impl Into<Value>) -> Filter {
        self.is(Operator::Gte, value)
    }

    /// Less.
    pub fn lt(self, value: impl Into<Value>) -> Filter {
        self.is(Operator::Lt, value)
    }

    /// Less or equal.
    pub fn lte(self, value: impl Into<Value>) -> Filter {
        self.is(Operator::Lte, value)
    }

    /// Equal to one of the values; on a list, any element equal to one of them. `includes([])` matches nothing.
    pub fn includes<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Filter {
        self.list(Operator::Includes, values)
    }

    /// The opposite of [`includes`](Self::includes). `excludes([])` matches everything.
    pub fn excludes<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Filter {
        self.list(Operator::Excludes, values)
    }

    /// Missing or null.
    pub fn is_missing(self) -> Filter {
        self.is(Operator::Eq, Value::Null)
    }

    /// Present and not null.
    pub fn is_present(self) -> Filter {
        self.is(Operator::Ne, Value::Null)
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Condition {
    name: String,
    operator: String,
    value: Value,
}

/// A filter that the wire cannot say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The API has one value per field and operator.
    #[error("the filter compares “{name}” by `{operator}` twice; the API allows one value")]
    Twice {
        /// The field.
        name: String,
        /// The operator's word.
        operator: String,
    },
    /// [`Filter::raw`] was given something other than an object of objects.
    #[error("a filter must be an object of objects, such as {{\"age\": {{\"gte\": 21}}}}")]
    NoObject,
}

/// Conditions on records. All must hold; there is no "or". Empty means every record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    conditions: Vec<Condition>,
    invalid: Option<FilterError>,
}

impl Filter {
    /// Every record.
    pub const fn all() -> Self {
        Self {
            conditions: Vec::new(),
            invalid: None,
        }
    }

    /// The wire's own form: `{name: {operator: value, …}, …}`; null is every record. Operators are not checked.
    ///
    /// What is no such object becomes a filter that is refused before it is sent: [`check`](Self::check).
    ///
    /// ```
    /// # use workflow_cloud::{Filter, field};
    /// let raw = Filter::raw(serde_json::json!({"age": {"gte": 21}}));
    /// assert_eq!(raw, field("age").gte(21));
    /// assert!(Filter::raw(serde_json::json!([])).check().is_err());
    /// ```
    pub fn raw(filter: Value) -> Self {
        let invalid = || Self {
            conditions: Vec::new(),
            invalid: Some(FilterError::NoObject),
        };
        let fields = match filter {
            Value::Null => return Self::all(),
            Value::Object(fields) => fields,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => return invalid(),
        };
        let mut conditions = Vec::new();
        for (name, operations) in fields {
            let Value::Object(operations) = operations else {
                return invalid();
            };
            conditions.extend(operations.into_iter().map(|(operator, value)| Condition {
                name: name.clone(),
                operator,
                value,
            }));
        }
        Self {
            conditions,
            invalid: None,
        }
    }

    /// Both filters. Two `excludes` of one field become one list.
    ///
    /// Any other operator can be used once for a field: a second one makes the filter invalid ([`check`](Self::check)). For several values that
    /// a field must not have, write `excludes`, which also compares the elements of lists; `ne` compares a list as a whole.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.invalid = self.invalid.or(other.invalid);
        for condition in other.conditions {
            self.push(condition);
        }
        self
    }

    fn push(&mut self, condition: Condition) {
        let same = |old: &&mut Condition| old.name == condition.name && old.operator == condition.operator;
        let Some(old) = self.conditions.iter_mut().find(same) else {
            self.conditions.push(condition);
            return;
        };
        if old.value == condition.value {
            return;
        }
        match (&mut old.value, &condition.value) {
            (Value::Array(values), Value::Array(more))
                if condition.operator == Operator::Excludes.as_str() =>
            {
                values.extend(more.iter().cloned());
            }
            _ => self.twice(condition),
        }
    }

    fn twice(&mut self, condition: Condition) {
        self.invalid.get_or_insert(FilterError::Twice {
            name: condition.name,
            operator: condition.operator,
        });
    }

    /// Whether every record matches: there is no condition.
    pub const fn is_empty(&self) -> bool {
        self.conditions.is_empty() && self.invalid.is_none()
    }

    /// Whether no record can match, because of `includes([])`: no request is needed.
    pub fn matches_nothing(&self) -> bool {
        self.conditions.iter().any(|condition| {
            condition.operator == Operator::Includes.as_str()
                && condition.value.as_array().is_some_and(Vec::is_empty)
        })
    }

    /// Whether the wire can say it. Clients check this before they send.
    ///
    /// # Errors
    /// [`FilterError`] as said there.
    pub fn check(&self) -> Result<(), FilterError> {
        self.invalid.clone().map_or(Ok(()), Err)
    }

    /// The wire's form.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn to_value(&self) -> Result<Value, FilterError> {
        self.check()?;
        let mut filter = Map::new();
        for condition in &self.conditions {
            let operations = filter
                .entry(condition.name.clone())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(operations) = operations {
                operations.insert(condition.operator.clone(), condition.value.clone());
            }
        }
        Ok(Value::Object(filter))
    }
}

impl FromIterator<Self> for Filter {
    /// All of the filters.
    fn from_iter<I: IntoIterator<Item = Self>>(filters: I) -> Self {
        filters.into_iter().fold(Self::all(), Self::and)
    }
}

impl Serialize for Filter {
    /// Fails for what [`check`](Self::check) refuses.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value()
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}
