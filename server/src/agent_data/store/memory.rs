//! Records in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::value::RawValue;
use workflow_cloud::Timestamp;
use workflow_cloud::query::{Document, Matcher, Row};

use super::collect::{Grouped, Newest, Ordered};
use super::{
    Aggregate, Data, Found, Groups, Record, Result, Scope, Search, Store, StoreError, found, new_id,
    now_after, page_of, record,
};

const MIB: usize = 1024 * 1024;

/// Bytes that a record takes beside its content, and a scope beside its names, about.
const OVERHEAD: usize = 256;

#[derive(Debug)]
pub(super) struct Memory {
    records: RwLock<Records>,
    limit: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self::within(512 * MIB)
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

    /// Forgets a scope without records: clients can name any number of them.
    fn drop_if_empty(&mut self, scope: &Scope) {
        if self.scopes.get(scope).is_some_and(Vec::is_empty) {
            self.scopes.remove(scope);
            self.bytes = self.bytes.saturating_sub(scope.bytes() + OVERHEAD);
        }
    }
}

impl Memory {
    pub(super) fn within(limit: usize) -> Self {
        Self {
            records: RwLock::default(),
            limit,
        }
    }

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
        let known = records
            .scopes
            .get_key_value(scope)
            .map(|(scope, _)| Arc::clone(scope));
        let new_scope = known.as_ref().map_or(scope.bytes() + OVERHEAD, |_| 0);
        let bytes = data.bytes() + OVERHEAD + new_scope;
        self.room(&records, bytes)?;
        let created = now_after(records.last);
        records.last = created;
        records.bytes += bytes;
        let shared = known.unwrap_or_else(|| Arc::new(scope.clone()));
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
        let before = records.rows(&scope).get(index).map_or(0, Stored::bytes);
        self.room(&records, bytes.saturating_sub(before))?;
        let Some(stored) = records
            .scopes
            .get_mut(&scope)
            .and_then(|rows| rows.get_mut(index))
        else {
            return Ok(None);
        };
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
        records.drop_if_empty(&scope);
        Ok(true)
    }

    fn search(&self, search: &Search) -> Result<Found> {
        let records = self.read();
        let rows = records.rows(&search.scope);
        let matching = |stored: &&Stored| search.matcher.matches(stored.row());
        let count = || rows.iter().filter(matching).count();
        let (page, total) = if search.order.is_empty() {
            let mut newest = Newest::new(search);
            let end = rows.partition_point(|stored| stored.created < newest.before());
            let mut rest = rows.get(..end).unwrap_or_default().iter().rev().filter(matching);
            while rest.next().is_some_and(|stored| newest.offer(stored.row())) {}
            (newest.end(), search.wants_total.then(count))
        } else {
            let mut ordered = Ordered::new(search);
            let mut total = 0;
            for stored in rows.iter().filter(matching) {
                ordered.offer(stored.row());
                total += 1;
            }
            (ordered.end(), search.wants_total.then_some(total))
        };
        found(page, total.map(|total| total as u64), |created| {
            Ok(by_created(rows, created).map(|stored| stored.record(&search.scope)))
        })
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Result<Groups> {
        let records = self.read();
        let search = &aggregate.search;
        let rows = records.rows(&search.scope);
        let mut grouped = Grouped::new(aggregate);
        rows.iter()
            .filter(|stored| search.matcher.matches(stored.row()))
            .for_each(|stored| grouped.offer(stored.row()));
        page_of(aggregate, grouped.end(), |created| {
            let stored = by_created(rows, created);
            Ok(stored.map(|stored| stored.text.clone()))
        })
    }

    fn delete_where(&self, scope: &Scope, matcher: &Matcher) -> Result<u64> {
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
        records.drop_if_empty(scope);
        Ok(count)
    }
}

fn by_created(rows: &[Stored], created: Timestamp) -> Option<&Stored> {
    let index = rows.binary_search_by_key(&created, |stored| stored.created);
    index.ok().and_then(|index| rows.get(index))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn data(bytes: usize) -> Data {
        Data::of(&json!({ "t": "x".repeat(bytes) })).expect("an object")
    }

    fn bytes(store: &Memory) -> usize {
        store.read().bytes
    }

    #[test]
    fn names_of_scopes_count_and_are_forgotten() {
        // 512 MiB of records could have any number of names, and names of records that were deleted were kept for ever.
        let store = Memory::within(MIB);
        let scope = |number: usize| Scope::new("d".repeat(500), format!("{number:0500}"));
        let mut made = Vec::new();
        while let Ok(record) = store.create(&scope(made.len()), data(1)) {
            made.push(record);
            assert!(made.len() < 1024, "each has 1 KB of names");
        }
        let projects = [scope(0).project];
        let (last, others) = made.split_last().expect("some");
        for record in others {
            assert!(store.delete(&record.id, &projects).expect("a store"));
        }
        assert_eq!(store.read().scopes.len(), 1);
        let all = Matcher::default();
        let in_last = scope(others.len());
        assert_eq!(
            store.delete_where(&in_last, &all).expect("a store"),
            1,
            "{}",
            last.id
        );
        let records = store.read();
        assert!(records.scopes.is_empty() && records.places.is_empty());
        assert_eq!(records.bytes, 0);
    }

    #[test]
    fn a_full_store_takes_what_does_not_grow() {
        let store = Memory::within(10_000);
        let scope = Scope::new("app", "c");
        let record = store.create(&scope, data(4_000)).expect("room");
        let before = bytes(&store);
        let projects = [scope.project.clone()];
        let update = |size: usize| store.update(&record.id, &projects, data(size));
        assert!(
            update(4_000).expect("room").is_some(),
            "the old content makes room"
        );
        assert_eq!(bytes(&store), before);
        assert!(matches!(update(6_000), Err(StoreError::Full(_))));
        assert!(update(100).expect("room").is_some());
        assert_eq!(before - bytes(&store), 2 * 3_900);
    }
}
