//! `order_by`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// One name of an [`Order`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderKey {
    /// The field, with or without the prefix `data.`; `created_at` and `updated_at` are the record's own.
    pub name: String,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// The order of records: by the first name, ties by the next. Empty means the newest first.
///
/// ```
/// # use workflow_cloud::Order;
/// let order = Order::by("file_name").then_desc("created_at");
/// assert_eq!(order.to_string(), "file_name, created_at desc");
/// assert_eq!("file_name asc ,created_at  DESC".parse(), Ok(order));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Order(pub Vec<OrderKey>);

impl Order {
    /// Ascending by a field.
    pub fn by(name: impl Into<String>) -> Self {
        Self::default().then(name)
    }

    /// Descending by a field.
    pub fn by_desc(name: impl Into<String>) -> Self {
        Self::default().then_desc(name)
    }

    /// Ties ascending by another field.
    #[must_use]
    pub fn then(self, name: impl Into<String>) -> Self {
        self.with(name.into(), false)
    }

    /// Ties descending by another field.
    #[must_use]
    pub fn then_desc(self, name: impl Into<String>) -> Self {
        self.with(name.into(), true)
    }

    fn with(mut self, name: String, descending: bool) -> Self {
        self.0.push(OrderKey { name, descending });
        self
    }

    /// Whether this is the server's default order.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let direction = if key.descending { " desc" } else { "" };
            write!(f, "{comma}{}{direction}", key.name)?;
        }
        Ok(())
    }
}

/// A text that is no `order_by`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a field name with an optional `asc` or `desc`")]
pub struct OrderError(pub String);

impl FromStr for Order {
    type Err = OrderError;

    /// Reads the wire's form: a comma list of `name`, `name asc`, `name desc`. An empty text is the default order.
    fn from_str(text: &str) -> Result<Self, OrderError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let keys = text.split(',').map(|part| {
            let mut words = part.split_whitespace();
            let (name, direction, more) = (words.next(), words.next(), words.next());
            let descending = match direction {
                None => false,
                Some(word) if word.eq_ignore_ascii_case("asc") => false,
                Some(word) if word.eq_ignore_ascii_case("desc") => true,
                Some(_) => return Err(OrderError(part.trim().to_owned())),
            };
            match (name, more) {
                (Some(name), None) => Ok(OrderKey {
                    name: name.to_owned(),
                    descending,
                }),
                _ => Err(OrderError(part.trim().to_owned())),
            }
        });
        keys.collect::<Result<_, _>>().map(Self)
    }
}

impl Serialize for Order {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
