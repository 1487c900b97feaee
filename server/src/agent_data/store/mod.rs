//! The store's interface, and what its two kinds have in common.

mod collect;
mod memory;
mod sqlite;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use serde_json::value::RawValue;
use workflow_cloud::query::{Document, GroupRow, Grouper, Invalid, Matcher, Sorter, page_of_groups};
use workflow_cloud::{AgentData, Group, Order, Timestamp};

use collect::Page;
use memory::Memory;
use sqlite::Sqlite;

use crate::engine::bytes_of;

/// The project of requests that name none.
pub const DEFAULT_PROJECT: &str = "00000000-0000-0000-0000-000000000001";

/// A page ends early when its records, or its groups, have this many bytes: answers are made in memory.
const PAGE_BYTES: usize = 32 * 1024 * 1024;

/// A record with its data as it was sent: every digit of a number survives.
pub type Record = AgentData<Box<RawValue>>;

/// Where records are: a collection of a deployment in a project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The project's identifier.
    pub project: String,
    /// The deployment's name, or `_public`.
    pub deployment: String,
    /// The collection's name.
    pub collection: String,
}

impl Scope {
    /// A collection of the default project.
    pub fn new(deployment: impl Into<String>, collection: impl Into<String>) -> Self {
        Self {
            project: DEFAULT_PROJECT.to_owned(),
            deployment: deployment.into(),
            collection: collection.into(),
        }
    }

    fn bytes(&self) -> usize {
        self.project.len() + self.deployment.len() + self.collection.len()
    }
}

/// A record's content and its index.
#[derive(Debug, Clone)]
pub struct Data {
    text: Box<RawValue>,
    document: Document,
}

/// A content that is no object, or that the store cannot keep.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidData(String);

impl Data {
    /// Checks and indexes the JSON text of an object.
    ///
    /// # Errors
    /// When it is no object, is nested more than 127 levels deep, or has half surrogate pairs or numbers beyond doubles.
    pub fn new(text: Box<RawValue>) -> Result<Self, InvalidData> {
        if !text.get().starts_with('{') {
            return Err(InvalidData("Input should be a valid dictionary".to_owned()));
        }
        match Document::parse(text.get()) {
            Ok(document) => Ok(Self { text, document }),
            Err(error) => Err(InvalidData(format!("The data cannot be stored: {error}"))),
        }
    }

    /// The same for a value.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(value: &Value) -> Result<Self, InvalidData> {
        let text = serde_json::value::to_raw_value(value).map_err(|error| InvalidData(error.to_string()))?;
        Self::new(text)
    }

    fn bytes(&self) -> usize {
        self.text.get().len() + self.document.as_bytes().len()
    }
}

/// A question about records.
#[derive(Debug, Clone)]
pub struct Search {
    /// Where.
    pub scope: Scope,
    /// Which.
    pub matcher: Matcher,
    /// In which order.
    pub order: Order,
    /// The key of the last record of the page before.
    pub after: Option<Vec<u8>>,
    /// Records to skip; 0 if there is `after`.
    pub offset: usize,
    /// Records on the page at most. One with many bytes ends earlier.
    pub size: usize,
    /// Whether all matching records are counted.
    pub wants_total: bool,
}

impl Search {
    /// A page of 50 with the newest records that match.
    ///
    /// # Errors
    /// What is invalid in the filter.
    pub fn new(scope: Scope, filter: &Value) -> Result<Self, Vec<Invalid>> {
        let matcher = Matcher::new(filter)?;
        Ok(Self {
            scope,
            matcher,
            order: Order::default(),
            after: None,
            offset: 0,
            size: 50,
            wants_total: false,
        })
    }
}

/// A page of records.
#[derive(Debug, Default)]
pub struct Found {
    /// The records.
    pub records: Vec<Record>,
    /// The key of the last one, if more follow.
    pub last: Option<Vec<u8>>,
    /// All matching records, if asked for.
    pub total: Option<u64>,
}

/// A question about groups.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// Which records; `order`, `after`, `offset` and `size` are about groups.
    pub search: Search,
    /// The fields of the group's key.
    pub group_by: Vec<String>,
    /// The same, compiled.
    pub grouper: Grouper,
    /// The order of groups.
    pub sorter: Sorter,
    /// Whether groups have their number of records.
    pub wants_count: bool,
    /// Whether groups have the data of their earliest record.
    pub wants_first: bool,
}

/// A page of groups.
#[derive(Debug, Default)]
pub struct Groups {
    /// The groups.
    pub groups: Vec<Group<Box<RawValue>>>,
    /// The key of the last one, if more follow.
    pub last: Option<Vec<u8>>,
}

/// The store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The memory store has reached its limit.
    #[error("The store is full: it holds {0} MiB in memory. Use --data FILE for more")]
    Full(usize),
    /// The file could not be read or written.
    #[error("The store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored record is damaged.
    #[error("The store failed: a record is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
}

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// One kind of store. Everything may block.
trait Store: fmt::Debug + Send + Sync {
    fn create(&self, scope: &Scope, data: Data) -> Result<Record>;
    /// By identifier, in any of the projects.
    fn get(&self, id: &str, projects: &[String]) -> Result<Option<Record>>;
    fn update(&self, id: &str, projects: &[String], data: Data) -> Result<Option<Record>>;
    fn delete(&self, id: &str, projects: &[String]) -> Result<bool>;
    fn search(&self, search: &Search) -> Result<Found>;
    fn aggregate(&self, aggregate: &Aggregate) -> Result<Groups>;
    fn delete_where(&self, scope: &Scope, matcher: &Matcher) -> Result<u64>;
}

/// A store of records. Clones are the same store. Its methods block: call them on a thread that may.
#[derive(Debug, Clone)]
pub struct AgentDataStore(Arc<dyn Store>);

impl AgentDataStore {
    /// In memory: gone with the process. Holds at most 512 MiB.
    #[must_use]
    pub fn in_memory() -> Self {
        Self(Arc::new(Memory::default()))
    }

    /// In memory with another limit.
    #[cfg(test)]
    pub(crate) fn in_memory_within(bytes: usize) -> Self {
        Self(Arc::new(Memory::within(bytes)))
    }

    /// In a SQLite file, which is made if it is missing and which only its owner may read. What was answered survives the end of
    /// the process, however it comes.
    ///
    /// # Errors
    /// When the file cannot be made, is no SQLite database or belongs to another program.
    pub fn open(file: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(Sqlite::open(file)?)))
    }

    /// Adds a record.
    ///
    /// # Errors
    /// When the store is full or broken.
    pub fn create(&self, scope: &Scope, data: Data) -> Result<Record> {
        self.0.create(scope, data)
    }

    /// A record by its identifier, in any of the projects.
    ///
    /// # Errors
    /// When the store is broken.
    pub fn get(&self, id: &str, projects: &[String]) -> Result<Option<Record>> {
        self.0.get(id, projects)
    }

    /// Replaces the content of a record. `None`: there is no such record.
    ///
    /// # Errors
    /// When the store is full or broken.
    pub fn update(&self, id: &str, projects: &[String], data: Data) -> Result<Option<Record>> {
        self.0.update(id, projects, data)
    }

    /// Deletes a record; `false`: there is none.
    ///
    /// # Errors
    /// When the store is broken.
    pub fn delete(&self, id: &str, projects: &[String]) -> Result<bool> {
        self.0.delete(id, projects)
    }

    /// A page of records.
    ///
    /// # Errors
    /// When the store is broken.
    pub fn search(&self, search: &Search) -> Result<Found> {
        self.0.search(search)
    }

    /// A page of groups.
    ///
    /// # Errors
    /// When the store is broken.
    pub fn aggregate(&self, aggregate: &Aggregate) -> Result<Groups> {
        self.0.aggregate(aggregate)
    }

    /// Deletes all records that match and counts them.
    ///
    /// # Errors
    /// When the store is broken.
    pub fn delete_where(&self, scope: &Scope, matcher: &Matcher) -> Result<u64> {
        self.0.delete_where(scope, matcher)
    }
}

/// The current time, but later than another.
fn now_after(last: Timestamp) -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
    Timestamp(now.max(last.0.saturating_add(1)))
}

/// A random UUID, version 4.
fn new_id() -> String {
    let mut bits: u128 = rand::random();
    bits = bits & !(0xf << 76) | (0x4 << 76);
    bits = bits & !(0x3 << 62) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn record(id: &str, scope: &Scope, created: Timestamp, updated: Timestamp, data: Box<RawValue>) -> Record {
    AgentData {
        id: id.to_owned(),
        deployment_name: scope.deployment.clone(),
        collection: scope.collection.clone(),
        project_id: Some(scope.project.clone()),
        data,
        created_at: Some(created),
        updated_at: Some(updated),
    }
}

/// A page of records as it is answered. `read` reads the record that was created at a time.
fn found(
    page: Page,
    total: Option<u64>,
    read: impl Fn(Timestamp) -> Result<Option<Record>>,
) -> Result<Found> {
    let Page { rows, mut has_more } = page;
    let mut records = Vec::new();
    let mut last = None;
    let mut bytes = 0;
    for (created, key) in rows {
        if bytes >= PAGE_BYTES {
            has_more = true;
            break;
        }
        if let Some(record) = read(created)? {
            bytes += record.data.get().len();
            records.push(record);
            last = Some(key);
        }
    }
    Ok(Found {
        records,
        last: last.filter(|_| has_more),
        total,
    })
}

/// A page of groups as it is answered. `data` reads the data of the record that was created at a time.
fn page_of(
    aggregate: &Aggregate,
    groups: Vec<GroupRow>,
    data: impl Fn(Timestamp) -> Result<Option<Box<RawValue>>>,
) -> Result<Groups> {
    let search = &aggregate.search;
    if groups.is_empty() && aggregate.grouper.is_one_group() {
        return Ok(Groups {
            groups: vec![group(aggregate, 0, None)?],
            last: None,
        });
    }
    let (page, mut has_more) = page_of_groups(groups, search.after.as_deref(), search.offset, search.size);
    let mut groups = Vec::new();
    let mut last = None;
    let mut bytes = 0;
    for row in page {
        if bytes >= PAGE_BYTES {
            has_more = true;
            break;
        }
        let first = data(row.created)?.map(|data| (row.created, row.updated, data));
        let group = group(aggregate, row.count, first)?;
        let first_item = group.first_item.as_ref().map_or(0, |data| data.get().len());
        bytes += first_item + group.group_key.values().map(bytes_of).sum::<usize>();
        groups.push(group);
        last = Some(row.key);
    }
    Ok(Groups {
        groups,
        last: last.filter(|_| has_more),
    })
}

/// A group as it is answered.
fn group(
    aggregate: &Aggregate,
    count: u64,
    first: Option<(Timestamp, Timestamp, Box<RawValue>)>,
) -> Result<Group<Box<RawValue>>> {
    let group_key = match &first {
        Some((created, updated, data)) if !aggregate.grouper.is_one_group() => {
            let data = serde_json::from_str(data.get())?;
            aggregate.grouper.values(&data, *created, *updated)
        }
        _ => serde_json::Map::new(),
    };
    Ok(Group {
        group_key,
        count: aggregate.wants_count.then_some(count),
        first_item: first.map(|(.., data)| data).filter(|_| aggregate.wants_first),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_random_uuids() {
        let id = new_id();
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(&id[14..15], "4", "{id}");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, new_id());
    }
}
