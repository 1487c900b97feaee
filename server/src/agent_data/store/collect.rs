//! Chooses the records of a page, and the groups of an aggregate, from records that come one after another.

use std::collections::HashMap;

use workflow_cloud::Timestamp;
use workflow_cloud::query::{GroupRow, Row, Sorter};

use super::{Aggregate, Search};

/// The records of a page: when each was created, and its key.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) rows: Vec<(Timestamp, Vec<u8>)>,
    /// Whether more records follow.
    pub(super) has_more: bool,
}

/// Collects the page of a search in an order of its own. All matching records must be offered.
#[derive(Debug)]
pub(super) struct Ordered<'a> {
    search: &'a Search,
    sorter: Sorter,
    /// All keys in one buffer.
    keys: Vec<u8>,
    /// Start and end of each key, and its record.
    found: Vec<(usize, usize, Timestamp)>,
}

impl<'a> Ordered<'a> {
    pub(super) fn new(search: &'a Search) -> Self {
        Self {
            search,
            sorter: Sorter::new(&search.order),
            keys: Vec::new(),
            found: Vec::new(),
        }
    }

    pub(super) fn offer(&mut self, row: Row<'_>) {
        let start = self.keys.len();
        self.sorter.write_key(row, &mut self.keys);
        let is_before = |after: &[u8]| &self.keys[start..] <= after;
        if self.search.after.as_deref().is_some_and(is_before) {
            self.keys.truncate(start);
        } else {
            self.found.push((start, self.keys.len(), row.created));
        }
    }

    pub(super) fn end(mut self) -> Page {
        let keys = &self.keys;
        let key = |found: &(usize, usize, Timestamp)| &keys[found.0..found.1];
        let wanted = self.search.offset + self.search.size;
        let has_more = self.found.len() > wanted;
        if has_more {
            self.found
                .select_nth_unstable_by(wanted, |a, b| key(a).cmp(key(b)));
            self.found.truncate(wanted);
        }
        self.found.sort_unstable_by(|a, b| key(a).cmp(key(b)));
        let page = self.found.get(self.search.offset..).unwrap_or_default();
        let rows = page.iter().map(|found| (found.2, key(found).to_vec()));
        Page {
            rows: rows.collect(),
            has_more,
        }
    }
}

/// Collects the page of a search in the default order. Records are offered newest first, until the page is full.
#[derive(Debug)]
pub(super) struct Newest<'a> {
    search: &'a Search,
    to_skip: usize,
    page: Page,
}

impl<'a> Newest<'a> {
    pub(super) fn new(search: &'a Search) -> Self {
        Self {
            search,
            to_skip: search.offset,
            page: Page::default(),
        }
    }

    /// The records before this time are left: the page continues another one.
    pub(super) fn before(&self) -> Timestamp {
        let after = self.search.after.as_deref();
        after.map_or(Timestamp(i64::MAX), |key| {
            Sorter::created_of(key).unwrap_or_default()
        })
    }

    /// Whether more records are wanted after this one, which matches.
    pub(super) fn offer(&mut self, row: Row<'_>) -> bool {
        if self.to_skip > 0 {
            self.to_skip -= 1;
        } else if self.page.rows.len() < self.search.size {
            let mut key = Vec::new();
            Sorter::default().write_key(row, &mut key);
            self.page.rows.push((row.created, key));
        } else {
            // One more than the page has: there is another page.
            self.page.has_more = true;
        }
        !self.page.has_more
    }

    pub(super) fn end(self) -> Page {
        self.page
    }
}

/// Collects groups. Records are offered oldest first.
#[derive(Debug)]
pub(super) struct Grouped<'a> {
    aggregate: &'a Aggregate,
    groups: HashMap<Vec<u8>, GroupRow>,
    key: Vec<u8>,
}

impl<'a> Grouped<'a> {
    pub(super) fn new(aggregate: &'a Aggregate) -> Self {
        Self {
            aggregate,
            groups: HashMap::new(),
            key: Vec::new(),
        }
    }

    pub(super) fn offer(&mut self, row: Row<'_>) {
        self.key.clear();
        self.aggregate.grouper.write_key(row, &mut self.key);
        if let Some(group) = self.groups.get_mut(&self.key) {
            group.count += 1;
            return;
        }
        let group = GroupRow::new(row, &self.aggregate.sorter);
        self.groups.insert(self.key.clone(), group);
    }

    pub(super) fn end(self) -> Vec<GroupRow> {
        self.groups.into_values().collect()
    }
}
