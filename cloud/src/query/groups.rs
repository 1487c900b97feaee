//! Groups of records.

use super::name::unprefixed;
use super::sorter::write_escaped;
use super::{Invalid, Name, Row, Sorter};
use crate::{Order, Timestamp};
use serde_json::{Map, Value};

/// Puts records into groups by the values of fields.
#[derive(Clone, Debug, Default)]
pub struct Grouper(Vec<(String, Name)>);

impl Grouper {
    /// Compiles names of fields. None puts all records into one group.
    pub fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| (name.clone(), Name::new(name))).collect())
    }

    /// Whether there is one group over all records.
    pub const fn is_one_group(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends the key that all records of one group share.
    pub fn write_key(&self, row: Row<'_>, out: &mut Vec<u8>) {
        for (_, name) in &self.0 {
            write_escaped(&name.comparable(row), out);
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
    /// The document of that record.
    pub document: Vec<u8>,
}

impl GroupRow {
    const fn row(&self) -> Row<'_> {
        Row {
            created: self.created,
            updated: self.updated,
            document: self.document.as_slice(),
        }
    }
}

/// Chooses a page of groups: ordered, else by first record. Gives the groups and the key of the last one if more follow.
pub fn page_of_groups(
    groups: Vec<GroupRow>,
    sorter: &Sorter,
    after: Option<&[u8]>,
    offset: usize,
    size: usize,
) -> (Vec<GroupRow>, Option<Vec<u8>>) {
    let keyed = groups.into_iter().map(|group| {
        let mut key = Vec::new();
        sorter.write_fields(group.row(), &mut key);
        key.extend((group.created.0 ^ i64::MIN).to_be_bytes());
        (key, group)
    });
    let mut keyed: Vec<_> = keyed
        .filter(|(key, _)| after.is_none_or(|after| key.as_slice() > after))
        .collect();
    keyed.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let has_more = keyed.len() > offset.saturating_add(size);
    let page: Vec<_> = keyed.into_iter().skip(offset).take(size).collect();
    let last = page.last().map(|(key, _)| key.clone()).filter(|_| has_more);
    (page.into_iter().map(|(_, group)| group).collect(), last)
}
