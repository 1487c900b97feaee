//! Records in a SQLite file.
//!
//! `records` has what is answered; `documents` has the indexes, clustered by scope, so that a search reads only them. SQL finds, orders
//! and groups them with three functions, which are the evaluator of `workflow-cloud`. The view `agent_data` is for people.

use std::error::Error;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{
    Connection, OptionalExtension as _, Row as SqlRow, Transaction, TransactionBehavior, named_params, params,
};
use serde_json::Value;
use serde_json::value::RawValue;
use workflow_cloud::Timestamp;
use workflow_cloud::query::{Document, GroupRow, Grouper, Matcher, Row, Sorter, page_of_groups};

use super::{
    Aggregate, Data, Found, Groups, Record, Result, Scope, Search, Store, group, new_id, now_after, record,
};
use crate::engine::lock;

/// `application_id` of our files: "wfad".
const APPLICATION: i64 = 0x7766_6164;

const SCHEMA: &str = "
    CREATE TABLE scopes(
        id INTEGER PRIMARY KEY, project TEXT NOT NULL, deployment TEXT NOT NULL, collection TEXT NOT NULL,
        UNIQUE(project, deployment, collection)
    ) STRICT;
    CREATE TABLE records(
        created INTEGER PRIMARY KEY, scope INTEGER NOT NULL REFERENCES scopes(id), id TEXT NOT NULL UNIQUE,
        updated INTEGER NOT NULL, data TEXT NOT NULL
    ) STRICT;
    CREATE TABLE documents(
        scope INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, document BLOB NOT NULL,
        PRIMARY KEY(scope, created)
    ) STRICT, WITHOUT ROWID;
    CREATE VIEW agent_data AS
        SELECT records.id, project, deployment, collection, data,
            datetime(created / 1000000, 'unixepoch') AS created_at,
            datetime(updated / 1000000, 'unixepoch') AS updated_at
        FROM records JOIN scopes ON scopes.id = records.scope;
";

#[derive(Debug)]
pub(super) struct Sqlite(Mutex<Connection>);

impl Sqlite {
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        make_private(file)?;
        let connection = Connection::open(file).map_err(io::Error::other)?;
        prepare(&connection)?;
        add_functions(&connection).map_err(io::Error::other)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut connection = lock(&self.0);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }
}

/// Makes the file if it is missing; nobody but its owner may read it. SQLite gives its own files beside it the same rights.
fn make_private(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let made = options.mode(0o600).open(file)?;
        made.set_permissions(std::fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    options.open(file).map(drop)
}

/// Sets the connection up, and makes or updates the tables.
fn prepare(connection: &Connection) -> io::Result<()> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let prepare = || -> rusqlite::Result<bool> {
        connection.busy_timeout(Duration::from_secs(5))?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 && pragma("application_id")? != APPLICATION {
            return Ok(false);
        }
        // A commit survives the end of the process; only a crash of the machine may lose the last ones.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;",
        )?;
        connection.set_prepared_statement_cache_capacity(64);
        if tables == 0 {
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE; {SCHEMA} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {}; COMMIT;",
                Document::VERSION
            ))?;
        } else if pragma("user_version")? != Document::VERSION {
            rebuild(connection)?;
        }
        Ok(true)
    };
    match prepare() {
        Ok(true) => Ok(()),
        Ok(false) => Err(io::Error::other("the file is the database of another program")),
        Err(error) => Err(io::Error::other(error)),
    }
}

/// Writes all indexes again: their format has changed.
fn rebuild(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE; DELETE FROM documents;")?;
    let mut records = connection.prepare("SELECT scope, created, updated, data FROM records")?;
    let mut rows = records.query([])?;
    while let Some(row) = rows.next()? {
        let data: String = row.get(3)?;
        let document = Document::parse(&data).unwrap_or_else(|_| Document::new(&serde_json::Map::new()));
        connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?)",
            params![
                row.get::<_, i64>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
                document.as_bytes()
            ],
        )?;
    }
    connection.execute_batch(&format!("PRAGMA user_version = {}; COMMIT;", Document::VERSION))
}

type Broken = Box<dyn Error + Send + Sync>;

/// The row in the last three arguments of a function.
fn row<'a>(context: &'a Context<'_>) -> rusqlite::Result<Row<'a>> {
    let document = context.get_raw(3).as_blob();
    Ok(Row {
        created: Timestamp(context.get(1)?),
        updated: Timestamp(context.get(2)?),
        document: document.map_err(|error| rusqlite::Error::UserFunctionError(error.into()))?,
    })
}

/// What the first argument of a function says, read once for each statement.
fn compiled<T: Send + Sync + 'static>(
    context: &Context<'_>,
    read: fn(&str) -> Result<T, Broken>,
) -> rusqlite::Result<Arc<T>> {
    context.get_or_create_aux(0, |value| -> Result<T, Broken> { read(value.as_str()?) })
}

fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("agent_match", 4, flags, |context| {
        let matcher = compiled(context, |filter| {
            let filter: Value = serde_json::from_str(filter)?;
            Matcher::new(&filter).map_err(|_| Broken::from("the filter is invalid"))
        })?;
        Ok(matcher.matches(row(context)?))
    })?;
    connection.create_scalar_function("agent_order", 4, flags, |context| {
        let sorter = compiled(context, |order| Ok(Sorter::new(&order.parse()?)))?;
        let mut key = Vec::new();
        sorter.write_key(row(context)?, &mut key);
        Ok(key)
    })?;
    connection.create_scalar_function("agent_group", 4, flags, |context| {
        let grouper = compiled(context, |names| {
            let names: Vec<String> = serde_json::from_str(names)?;
            Ok(Grouper::new(&names))
        })?;
        let mut key = Vec::new();
        grouper.write_key(row(context)?, &mut key);
        Ok(key)
    })
}

fn scope_id(connection: &Connection, scope: &Scope) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM scopes WHERE project = ? AND deployment = ? AND collection = ?")?
        .query_row(
            params![scope.project, scope.deployment, scope.collection],
            |row| row.get(0),
        )
        .optional()
}

/// A record, and the number of its scope.
struct Stored {
    id: String,
    scope: i64,
    created: Timestamp,
    updated: Timestamp,
    data: String,
}

impl Stored {
    const COLUMNS: &str = "SELECT id, scope, created, updated, data FROM records";

    fn read(row: &SqlRow<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            scope: row.get(1)?,
            created: Timestamp(row.get(2)?),
            updated: Timestamp(row.get(3)?),
            data: row.get(4)?,
        })
    }

    fn by_id(connection: &Connection, id: &str) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached(&format!("{} WHERE id = ?", Self::COLUMNS))?
            .query_row([id], Self::read)
            .optional()
    }

    fn by_created(connection: &Connection, created: Timestamp) -> rusqlite::Result<Self> {
        connection
            .prepare_cached(&format!("{} WHERE created = ?", Self::COLUMNS))?
            .query_row([created.0], Self::read)
    }

    fn record(self, scope: &Scope) -> Result<Record> {
        let data = RawValue::from_string(self.data)?;
        Ok(record(&self.id, scope, self.created, self.updated, data))
    }
}

/// A record by identifier with its scope, if that is in one of the projects.
fn find(connection: &Connection, id: &str, projects: &[String]) -> rusqlite::Result<Option<(Stored, Scope)>> {
    let Some(stored) = Stored::by_id(connection, id)? else {
        return Ok(None);
    };
    let scope = connection
        .prepare_cached("SELECT project, deployment, collection FROM scopes WHERE id = ?")?
        .query_row([stored.scope], |row| {
            Ok(Scope {
                project: row.get(0)?,
                deployment: row.get(1)?,
                collection: row.get(2)?,
            })
        })?;
    Ok(Some((stored, scope)).filter(|(_, scope)| projects.contains(&scope.project)))
}

/// `AND …` for the filter; all statements have the parameters `:scope` and `:filter`.
fn condition(matcher: &Matcher) -> &'static str {
    if matcher.is_empty() {
        // The parameter must be there.
        "scope = :scope AND :filter IS NOT NULL"
    } else {
        "scope = :scope AND agent_match(:filter, created, updated, document)"
    }
}

impl Store for Sqlite {
    fn create(&self, scope: &Scope, data: Data) -> Result<Record> {
        let id = new_id();
        let created = self.write(|transaction| {
            let scope_id = match scope_id(transaction, scope)? {
                Some(id) => id,
                None => {
                    transaction.execute(
                        "INSERT INTO scopes(project, deployment, collection) VALUES (?, ?, ?)",
                        params![scope.project, scope.deployment, scope.collection],
                    )?;
                    transaction.last_insert_rowid()
                }
            };
            let last: Option<i64> = transaction
                .prepare_cached("SELECT max(created) FROM records")?
                .query_row([], |row| row.get(0))?;
            let created = now_after(Timestamp(last.unwrap_or_default()));
            transaction
                .prepare_cached(
                    "INSERT INTO records(created, scope, id, updated, data) VALUES (?, ?, ?, ?, ?)",
                )?
                .execute(params![created.0, scope_id, id, created.0, data.text.get()])?;
            transaction
                .prepare_cached(
                    "INSERT INTO documents(scope, created, updated, document) VALUES (?, ?, ?, ?)",
                )?
                .execute(params![scope_id, created.0, created.0, data.document.as_bytes()])?;
            Ok(created)
        })?;
        Ok(record(&id, scope, created, created, data.text))
    }

    fn get(&self, id: &str, projects: &[String]) -> Result<Option<Record>> {
        let found = find(&lock(&self.0), id, projects)?;
        found.map(|(stored, scope)| stored.record(&scope)).transpose()
    }

    fn update(&self, id: &str, projects: &[String], data: Data) -> Result<Option<Record>> {
        self.write(|transaction| {
            let Some((stored, scope)) = find(transaction, id, projects)? else {
                return Ok(None);
            };
            let updated = now_after(stored.updated);
            transaction
                .prepare_cached("UPDATE records SET updated = ?, data = ? WHERE created = ?")?
                .execute(params![updated.0, data.text.get(), stored.created.0])?;
            transaction
                .prepare_cached(
                    "UPDATE documents SET updated = ?, document = ? WHERE scope = ? AND created = ?",
                )?
                .execute(params![
                    updated.0,
                    data.document.as_bytes(),
                    stored.scope,
                    stored.created.0
                ])?;
            Ok(Some(record(id, &scope, stored.created, updated, data.text)))
        })
    }

    fn delete(&self, id: &str, projects: &[String]) -> Result<bool> {
        self.write(|transaction| {
            let Some((stored, _)) = find(transaction, id, projects)? else {
                return Ok(false);
            };
            transaction
                .prepare_cached("DELETE FROM records WHERE created = ?")?
                .execute([stored.created.0])?;
            transaction
                .prepare_cached("DELETE FROM documents WHERE scope = ? AND created = ?")?
                .execute([stored.scope, stored.created.0])?;
            Ok(true)
        })
    }

    fn search(&self, search: &Search) -> Result<Found> {
        let mut connection = lock(&self.0);
        // One moment for all statements.
        let connection = connection.transaction()?;
        let Some(scope) = scope_id(&connection, &search.scope)? else {
            return Ok(Found {
                total: search.wants_total.then_some(0),
                ..Found::default()
            });
        };
        let condition = condition(&search.matcher);
        let filter = search.filter.to_string();
        let (key, order) = if search.order.is_empty() {
            // The primary key has this order: the page is complete as soon as it is full.
            ("NULL", "created DESC")
        } else {
            ("agent_order(:order, created, updated, document)", "2")
        };
        let after = match (&search.after, search.order.is_empty()) {
            (None, _) => ":after IS NULL".to_owned(),
            (Some(_), true) => "created < :after".to_owned(),
            (Some(_), false) => format!("{key} > :after"),
        };
        let after_value: rusqlite::types::Value = match &search.after {
            None => rusqlite::types::Value::Null,
            Some(key) if search.order.is_empty() => Sorter::created_of(key).unwrap_or_default().0.into(),
            Some(key) => key.clone().into(),
        };
        let sql = format!(
            "SELECT created, {key} FROM documents WHERE {condition} AND {after} AND :order IS NOT NULL \
             ORDER BY {order} LIMIT :size OFFSET :offset"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let read = |row: &SqlRow<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<Vec<u8>>>(1)?));
        let page = statement.query_map(
            named_params! {
                ":scope": scope,
                ":filter": filter,
                ":order": search.order.to_string(),
                ":after": after_value,
                ":size": i64::try_from(search.size + 1).unwrap_or(i64::MAX),
                ":offset": i64::try_from(search.offset).unwrap_or(i64::MAX),
            },
            read,
        )?;
        let mut page = page.collect::<rusqlite::Result<Vec<_>>>()?;
        let has_more = page.len() > search.size;
        page.truncate(search.size);
        let last = page.last().filter(|_| has_more).map(|(created, key)| {
            key.clone().unwrap_or_else(|| {
                let mut key = Vec::new();
                let row = Row {
                    created: Timestamp(*created),
                    updated: Timestamp(*created),
                    document: &[],
                };
                Sorter::default().write_key(row, &mut key);
                key
            })
        });
        let records = page
            .iter()
            .map(|(created, _)| Stored::by_created(&connection, Timestamp(*created))?.record(&search.scope));
        let records = records.collect::<Result<_>>()?;
        let total = if search.wants_total {
            let sql = format!("SELECT count(*) FROM documents WHERE {condition}");
            let parameters = named_params! { ":scope": scope, ":filter": filter };
            let count: i64 = connection
                .prepare_cached(&sql)?
                .query_row(parameters, |row| row.get(0))?;
            Some(u64::try_from(count).unwrap_or_default())
        } else {
            None
        };
        Ok(Found { records, last, total })
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Result<Groups> {
        let search = &aggregate.search;
        let mut connection = lock(&self.0);
        let connection = connection.transaction()?;
        let groups = match scope_id(&connection, &search.scope)? {
            None => Vec::new(),
            Some(scope) => {
                // Beside min(), SQLite takes the other columns from the row that has the minimum.
                let sql = format!(
                    "SELECT count(*), min(created), updated, document FROM documents WHERE {} \
                     GROUP BY agent_group(:names, created, updated, document)",
                    condition(&search.matcher)
                );
                let parameters = named_params! {
                    ":scope": scope,
                    ":filter": search.filter.to_string(),
                    ":names": serde_json::to_string(&aggregate.group_by)?,
                };
                let mut statement = connection.prepare_cached(&sql)?;
                let groups = statement.query_map(parameters, |row| {
                    Ok(GroupRow {
                        count: u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
                        created: Timestamp(row.get(1)?),
                        updated: Timestamp(row.get(2)?),
                        document: row.get(3)?,
                    })
                })?;
                groups.collect::<rusqlite::Result<Vec<_>>>()?
            }
        };
        if groups.is_empty() && aggregate.grouper.is_one_group() {
            return Ok(Groups {
                groups: vec![group(aggregate, 0, None)?],
                last: None,
            });
        }
        let after = search.after.as_deref();
        let (page, last) = page_of_groups(groups, &aggregate.sorter, after, search.offset, search.size);
        let groups = page.into_iter().map(|row| {
            let stored = Stored::by_created(&connection, row.created)?;
            let data = RawValue::from_string(stored.data)?;
            group(aggregate, row.count, Some((row.created, row.updated, data)))
        });
        Ok(Groups {
            groups: groups.collect::<Result<_>>()?,
            last,
        })
    }

    fn delete_where(&self, scope: &Scope, filter: &Value, matcher: &Matcher) -> Result<u64> {
        self.write(|transaction| {
            let Some(scope) = scope_id(transaction, scope)? else {
                return Ok(0);
            };
            let condition = condition(matcher);
            let filter = filter.to_string();
            let parameters = named_params! { ":scope": scope, ":filter": filter };
            let records = format!(
                "DELETE FROM records WHERE created IN (SELECT created FROM documents WHERE {condition})"
            );
            let count = transaction.execute(&records, parameters)?;
            transaction.execute(&format!("DELETE FROM documents WHERE {condition}"), parameters)?;
            Ok(count as u64)
        })
    }
}
