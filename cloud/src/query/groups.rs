//! Groups of records.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::document::hash_of;
use super::name::unprefixed;
use super::sorter::write_escaped;
use super::{Invalid, Name, Row, Sorter};
use crate::{Order, Timestamp};

/// Bytes of a value in the key of a group. Longer ones are replaced by their hash.
const MAX_KEY: usize = 64;

/// The kind of a value that is replaced by its hash: no other kind has this byte.
const HASHED: u8 = 0xff;

/// Puts records into groups by the values of fields.
#[derive(Clone, Debug, Default)]
pub struct Grouper(Vec<(String, Name)>);

impl Grouper {
    /// Compiles names of fields; repeated ones count once. None puts all records into one group.
    pub fn new(names: &[String]) -> Self {
        let mut seen = HashSet::new();
        let names = names.iter().filter(|name| seen.insert(*name));
        Self(names.map(|name| (name.clone(), Name::new(name))).collect())
    }

    /// Whether there is one group over all records.
    pub const fn is_one_group(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends the key that all records of one group share.
    pub fn write_key(&self, row: Row<'_>, out: &mut Vec<u8>) {
        for (_, name) in &self.0 {
            let value = name.comparable(row);
            if value.len() <= MAX_KEY {
                write_escaped(&value, out);
            } else {
                out.push(HASHED);
                write_escaped(&hash_of(&value).to_be_bytes(), out);
            }
        }
    }

    /// The group's values under the names as asked for, from any of its records.
    pub fn values(&self, data: &Value, created: Timestamp, updated: Timestamp) -> Map<String, Value> {
        let value = |name: &Name| name.value(data, created, updated);
        self.0
            .iter()
            .map(|(asked, name)| (asked.clone(), value(name)))
            .collect()
    }

    /// Compiles an order over the group's names.
    ///
    /// # Errors
    /// When it names a field that is not one of them.
    pub fn sorter(&self, order: &Order) -> Result<Sorter, Box<Invalid>> {
        let is_known = |name: &str| {
            let mut names = self.0.iter();
            names.any(|(asked, _)| unprefixed(asked) == unprefixed(name))
        };
        match order.0.iter().find(|key| !is_known(&key.name)) {
            None => Ok(Sorter::new(order)),
            Some(key) => Err(Box::new(Invalid {
                location: vec!["order_by".to_owned()],
                message: format!(
                    "Groups are ordered by the names in group_by, and {} is not one",
                    key.name
                ),
                kind: "value_error",
                input: Value::String(order.to_string()),
            })),
        }
    }
}

/// One group, before its page is chosen.
#[derive(Clone, Debug)]
pub struct GroupRow {
    /// Its records.
    pub count: u64,
    /// `created_at` of its earliest record.
    pub created: Timestamp,
    /// `updated_at` of that record.
    pub updated: Timestamp,
    /// Its place in the order: the next page has the groups with larger keys.
    pub key: Vec<u8>,
}

impl GroupRow {
    /// The group of its earliest record alone.
    pub fn new(row: Row<'_>, sorter: &Sorter) -> Self {
        let mut key = Vec::new();
        sorter.write_fields(row, &mut key);
        key.extend((row.created.0 ^ i64::MIN).to_be_bytes());
        Self {
            count: 1,
            created: row.created,
            updated: row.updated,
            key,
        }
    }
}

/// Chooses a page of groups: ordered, else by first record. Gives the groups and whether more follow.
pub fn page_of_groups(
    mut groups: Vec<GroupRow>,
    after: Option<&[u8]>,
    offset: usize,
    size: usize,
) -> (Vec<GroupRow>, bool) {
    groups.retain(|group| after.is_none_or(|after| group.key.as_slice() > after));
    groups.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    let has_more = groups.len() > offset.saturating_add(size);
    (groups.into_iter().skip(offset).take(size).collect(), has_more)
}
