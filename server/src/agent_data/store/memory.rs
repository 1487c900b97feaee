//! Records in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::Value;
use serde_json::value::RawValue;
use workflow_cloud::Timestamp;
use workflow_cloud::query::{Document, GroupRow, Matcher, Row, Sorter, page_of_groups};

use super::{
    Aggregate, Data, Found, Groups, Record, Result, Scope, Search, Store, StoreError, group, new_id,
    now_after, record,
};

const MIB: usize = 1024 * 1024;

/// Bytes that a record takes beside its content, about.
const OVERHEAD: usize = 256;

#[derive(Debug)]
pub(super) struct Memory {
    records: RwLock<Records>,
    limit: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            records: RwLock::default(),
            limit: 512 * MIB,
        }
    }
}

#[derive(Debug, Default)]
struct Records {
    /// The records of each scope by `created`, the oldest first.
    scopes: HashMap<Arc<Scope>, Vec<Stored>>,
    places: HashMap<Arc<str>, (Arc<Scope>, Timestamp)>,
    last: Timestamp,
    bytes: usize,
}

#[derive(Debug)]
struct Stored {
    id: Arc<str>,
    created: Timestamp,
    updated: Timestamp,
    document: Document,
    text: Box<RawValue>,
}

impl Stored {
    fn row(&self) -> Row<'_> {
        Row {
            created: self.created,
            updated: self.updated,
            document: self.document.as_bytes(),
        }
    }

    fn record(&self, scope: &Scope) -> Record {
        record(&self.id, scope, self.created, self.updated, self.text.clone())
    }

    fn bytes(&self) -> usize {
        self.text.get().len() + self.document.as_bytes().len() + OVERHEAD
    }
}

impl Records {
    /// The scope and index of a record.
    fn find(&self, id: &str, projects: &[String]) -> Option<(Arc<Scope>, usize)> {
        let (scope, created) = self.places.get(id)?;
        if !projects.contains(&scope.project) {
            return None;
        }
        let rows = self.scopes.get(scope)?;
        let index = rows.binary_search_by_key(created, |row| row.created).ok()?;
        Some((Arc::clone(scope), index))
    }

    fn rows(&self, scope: &Scope) -> &[Stored] {
        self.scopes.get(scope).map_or(&[], Vec::as_slice)
    }
}

impl Memory {
    // A panic elsewhere would leave whole rows: each change is one push, removal or assignment.
    fn read(&self) -> RwLockReadGuard<'_, Records> {
        self.records.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Records> {
        self.records.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self, records: &Records, more: usize) -> Result<()> {
        if records.bytes.saturating_add(more) > self.limit {
            return Err(StoreError::Full(self.limit / MIB));
        }
        Ok(())
    }
}

impl Store for Memory {
    fn create(&self, scope: &Scope, data: Data) -> Result<Record> {
        let mut records = self.write();
        let bytes = data.bytes() + OVERHEAD;
        self.room(&records, bytes)?;
        let created = now_after(records.last);
        records.last = created;
        records.bytes += bytes;
        let known = records.scopes.get_key_value(scope);
        let shared = known.map_or_else(|| Arc::new(scope.clone()), |(scope, _)| Arc::clone(scope));
        let stored = Stored {
            id: new_id().into(),
            created,
            updated: created,
            document: data.document,
            text: data.text,
        };
        let record = stored.record(scope);
        let place = (Arc::clone(&shared), created);
        records.places.insert(Arc::clone(&stored.id), place);
        records.scopes.entry(shared).or_default().push(stored);
        Ok(record)
    }

    fn get(&self, id: &str, projects: &[String]) -> Result<Option<Record>> {
        let records = self.read();
        let found = records.find(id, projects);
        Ok(found.and_then(|(scope, index)| Some(records.rows(&scope).get(index)?.record(&scope))))
    }

    fn update(&self, id: &str, projects: &[String], data: Data) -> Result<Option<Record>> {
        let mut records = self.write();
        let Some((scope, index)) = records.find(id, projects) else {
            return Ok(None);
        };
        let bytes = data.bytes() + OVERHEAD;
        self.room(&records, bytes)?;
        let Some(stored) = records
            .scopes
            .get_mut(&scope)
            .and_then(|rows| rows.get_mut(index))
        else {
            return Ok(None);
        };
        let before = stored.bytes();
        stored.updated = now_after(stored.updated);
        stored.document = data.document;
        stored.text = data.text;
        let record = stored.record(&scope);
        records.bytes = (records.bytes + bytes).saturating_sub(before);
        Ok(Some(record))
    }

    fn delete(&self, id: &str, projects: &[String]) -> Result<bool> {
        let mut records = self.write();
        let Some((scope, index)) = records.find(id, projects) else {
            return Ok(false);
        };
        records.places.remove(id);
        if let Some(rows) = records.scopes.get_mut(&scope) {
            let removed = rows.remove(index);
            records.bytes = records.bytes.saturating_sub(removed.bytes());
        }
        Ok(true)
    }

    fn search(&self, search: &Search) -> Result<Found> {
        let records = self.read();
        let rows = records.rows(&search.scope);
        Ok(if search.order.is_empty() {
            newest(rows, search)
        } else {
            ordered(rows, search)
        })
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Result<Groups> {
        let records = self.read();
        let search = &aggregate.search;
        let mut groups: HashMap<Vec<u8>, (u64, &Stored)> = HashMap::new();
        let rows = records.rows(&search.scope);
        let mut key = Vec::new();
        for stored in rows.iter().filter(|stored| search.matcher.matches(stored.row())) {
            key.clear();
            aggregate.grouper.write_key(stored.row(), &mut key);
            match groups.get_mut(&key) {
                Some((count, _)) => *count += 1,
                None => {
                    groups.insert(key.clone(), (1, stored));
                }
            }
        }
        if aggregate.grouper.is_one_group() && groups.is_empty() {
            return Ok(Groups {
                groups: vec![group(aggregate, 0, None)?],
                last: None,
            });
        }
        let groups = groups.into_values().map(|(count, stored)| GroupRow {
            count,
            created: stored.created,
            updated: stored.updated,
            document: stored.document.as_bytes().to_vec(),
        });
        let (page, last) = page_of_groups(
            groups.collect(),
            &aggregate.sorter,
            search.after.as_deref(),
            search.offset,
            search.size,
        );
        let groups = page.into_iter().map(|row| {
            let found = rows.binary_search_by_key(&row.created, |stored| stored.created);
            let stored = found.ok().and_then(|index| rows.get(index));
            let first = stored.map(|stored| (stored.created, stored.updated, stored.text.clone()));
            group(aggregate, row.count, first)
        });
        Ok(Groups {
            groups: groups.collect::<Result<_>>()?,
            last,
        })
    }

    fn delete_where(&self, scope: &Scope, _: &Value, matcher: &Matcher) -> Result<u64> {
        let mut records = self.write();
        let records = &mut *records;
        let mut count = 0;
        if let Some(rows) = records.scopes.get_mut(scope) {
            rows.retain(|stored| {
                let goes = matcher.matches(stored.row());
                if goes {
                    count += 1;
                    records.places.remove(&stored.id);
                    records.bytes = records.bytes.saturating_sub(stored.bytes());
                }
                !goes
            });
        }
        Ok(count)
    }
}

/// The default order is that of the rows, backwards: the page is complete as soon as it is full.
fn newest(rows: &[Stored], search: &Search) -> Found {
    let matches = |stored: &&Stored| search.matcher.matches(stored.row());
    let after = search
        .after
        .as_deref()
        .map(|key| Sorter::created_of(key).unwrap_or_default());
    let end = match after {
        Some(created) => rows.partition_point(|stored| stored.created < created),
        None => rows.len(),
    };
    let rest = rows.get(..end).unwrap_or_default().iter().rev().filter(matches);
    let mut page: Vec<&Stored> = rest.skip(search.offset).take(search.size + 1).collect();
    let has_more = page.len() > search.size;
    page.truncate(search.size);
    let last = page.last().filter(|_| has_more).map(|stored| {
        let mut key = Vec::new();
        Sorter::default().write_key(stored.row(), &mut key);
        key
    });
    Found {
        records: page
            .into_iter()
            .map(|stored| stored.record(&search.scope))
            .collect(),
        last,
        total: search
            .wants_total
            .then(|| rows.iter().filter(matches).count() as u64),
    }
}

/// A row and where its key is.
#[derive(Clone, Copy)]
struct Keyed<'a> {
    stored: &'a Stored,
    start: usize,
    end: usize,
}

fn ordered(rows: &[Stored], search: &Search) -> Found {
    let sorter = Sorter::new(&search.order);
    // All keys in one buffer.
    let mut keys: Vec<u8> = Vec::new();
    let mut found: Vec<Keyed<'_>> = Vec::new();
    let mut total = 0;
    for stored in rows.iter().filter(|stored| search.matcher.matches(stored.row())) {
        total += 1;
        let start = keys.len();
        sorter.write_key(stored.row(), &mut keys);
        if search
            .after
            .as_deref()
            .is_some_and(|after| &keys[start..] <= after)
        {
            keys.truncate(start);
            continue;
        }
        let end = keys.len();
        found.push(Keyed { stored, start, end });
    }
    let key = |keyed: &Keyed<'_>| &keys[keyed.start..keyed.end];
    let wanted = search.offset + search.size;
    let has_more = found.len() > wanted;
    if has_more {
        found.select_nth_unstable_by(wanted, |a, b| key(a).cmp(key(b)));
        found.truncate(wanted);
    }
    found.sort_unstable_by(|a, b| key(a).cmp(key(b)));
    let page = found.get(search.offset..).unwrap_or_default();
    Found {
        records: page
            .iter()
            .map(|keyed| keyed.stored.record(&search.scope))
            .collect(),
        last: page.last().filter(|_| has_more).map(|keyed| key(keyed).to_vec()),
        total: search.wants_total.then_some(total),
    }
}
