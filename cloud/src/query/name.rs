//! Names of fields.

use std::borrow::Cow;

use serde_json::Value;

use super::Row;
use super::document::{NULL, NUMBER, comparable, find};
use crate::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Created,
    Updated,
}

impl Column {
    pub(super) const fn of(self, row: Row<'_>) -> Timestamp {
        match self {
            Self::Created => row.created,
            Self::Updated => row.updated,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Column(Column),
    /// The first path that leads to something counts.
    Paths(Vec<Vec<Box<str>>>),
}

/// A field's name, prepared for lookups.
///
/// Dots go into nested objects. `created_at` and `updated_at` are the record's. The prefix `data.` is left out; if nothing is
/// there, the whole name is tried, since a record may itself have a field `data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Place);

const PREFIX: &str = "data.";

/// Bytes of a name at most.
pub const MAX_NAME: usize = 1024;

/// Dots in a name at most: data has at most 127 levels, and the prefix `data.` is one more.
const MAX_DOTS: usize = 127;

/// The name without the prefix `data.`: by this two names are the same field.
pub(super) fn unprefixed(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

impl Name {
    /// Reads a name. Each text is one.
    pub fn new(name: &str) -> Self {
        let path = |name: &str| name.split('.').map(Box::from).collect();
        Self(match name {
            "created_at" => Place::Column(Column::Created),
            "updated_at" => Place::Column(Column::Updated),
            _ => Place::Paths(match name.strip_prefix(PREFIX) {
                Some(inner) => vec![path(inner), path(name)],
                None => vec![path(name)],
            }),
        })
    }

    /// Whether a name has few enough bytes and dots. A store must check this before it calls [`new`](Self::new) with a client's text.
    ///
    /// # Errors
    /// The words of a validation error.
    pub fn check(name: &str) -> Result<(), &'static str> {
        if name.len() > MAX_NAME {
            Err("The name of a field should have at most 1024 bytes")
        } else if name.bytes().filter(|byte| *byte == b'.').count() > MAX_DOTS {
            Err("The name of a field should have at most 127 dots")
        } else {
            Ok(())
        }
    }

    pub(super) const fn column(&self) -> Option<Column> {
        match &self.0 {
            Place::Column(column) => Some(*column),
            Place::Paths(_) => None,
        }
    }

    /// The node in the data; that of null if nothing is there.
    pub(super) fn node<'a>(&self, document: &'a [u8]) -> &'a [u8] {
        match &self.0 {
            Place::Column(_) => &[NULL],
            Place::Paths(paths) => paths
                .iter()
                .find_map(|path| find(document, path))
                .unwrap_or(&[NULL]),
        }
    }

    /// What of the field takes part in comparisons.
    pub(super) fn comparable<'a>(&self, row: Row<'a>) -> Cow<'a, [u8]> {
        match &self.0 {
            Place::Column(column) => {
                let mut key = vec![NUMBER];
                key.extend((column.of(row).0 ^ i64::MIN).to_be_bytes());
                Cow::Owned(key)
            }
            Place::Paths(_) => Cow::Borrowed(comparable(self.node(row.document))),
        }
    }

    /// The field's value in a record; null if nothing is there.
    pub fn value(&self, data: &Value, created: Timestamp, updated: Timestamp) -> Value {
        let paths = match &self.0 {
            Place::Column(Column::Created) => return created.into(),
            Place::Column(Column::Updated) => return updated.into(),
            Place::Paths(paths) => paths,
        };
        let find = |path: &Vec<Box<str>>| {
            path.iter()
                .try_fold(data, |node, name| node.as_object()?.get(&**name))
        };
        paths.iter().find_map(find).cloned().unwrap_or_default()
    }
}
