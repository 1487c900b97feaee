//! Records in a SQLite file.
//!
//! `records` has what is answered; `documents` has the indexes, clustered by scope and in the order of creation, so that a search reads
//! only them. The evaluator of `workflow-cloud` reads these rows as they are in SQLite's memory. The view `agent_data` is for people.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rusqlite::{
    Connection, ErrorCode, OptionalExtension as _, Row as SqlRow, Transaction, TransactionBehavior, params,
};
use serde_json::value::RawValue;
use workflow_cloud::Timestamp;
use workflow_cloud::query::{Document, Matcher, Row};

use super::collect::{Grouped, Newest, Ordered, Page};
use super::{
    Aggregate, Data, Found, Groups, Record, Result, Scope, Search, Store, found, new_id, now_after, page_of,
    record,
};
use crate::engine::lock;

/// `application_id` of our files: "wfad".
const APPLICATION: i64 = 0x7766_6164;

/// How long the lock of another process is waited for.
const BUSY: Duration = Duration::from_secs(5);

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
        match prepare(&connection) {
            Ok(true) => {}
            Ok(false) => return Err(io::Error::other("the file is the database of another program")),
            Err(error) => return Err(io::Error::other(error)),
        }
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

/// Creates the file if it is missing, readable only by its owner. SQLite creates its own files with the same permissions.
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

/// Makes or updates the tables, and sets the connection up. `false`: the file belongs to another program.
fn prepare(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(BUSY)?;
    // Another process may open the same new file: what is found must still hold when the tables are made.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let pragma =
        |name: &str| transaction.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let version = pragma("user_version")?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        transaction.execute_batch(&format!("{SCHEMA} PRAGMA application_id = {APPLICATION};"))?;
    } else if pragma("application_id")? != APPLICATION {
        return Ok(false);
    } else if version != Document::VERSION {
        rebuild(&transaction)?;
    }
    if version != Document::VERSION {
        transaction.execute_batch(&format!("PRAGMA user_version = {};", Document::VERSION))?;
    }
    transaction.commit()?;
    use_log(connection)?;
    // A commit survives the end of the process; only a crash of the machine may lose the last ones.
    connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -262144;")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(true)
}

/// Switches the file to a write-ahead log. SQLite does not wait for the lock that this needs.
fn use_log(connection: &Connection) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        match connection.execute_batch("PRAGMA journal_mode = WAL;") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < BUSY =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

/// Writes all indexes again: their format has changed.
fn rebuild(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("DELETE FROM documents;")?;
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
    Ok(())
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

/// Reads the indexes of a scope that match, in the order of creation, until `take` has enough.
fn each(
    connection: &Connection,
    scope: i64,
    sql: &str,
    before: Timestamp,
    matcher: &Matcher,
    mut take: impl FnMut(Row<'_>) -> bool,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![scope, before.0])?;
    while let Some(row) = rows.next()? {
        let row = Row {
            created: Timestamp(row.get(0)?),
            updated: Timestamp(row.get(1)?),
            document: row.get_ref(2)?.as_blob()?,
        };
        if matcher.matches(row) && !take(row) {
            break;
        }
    }
    Ok(())
}

const OLDEST_FIRST: &str =
    "SELECT created, updated, document FROM documents WHERE scope = ? AND created < ? ORDER BY created";
const NEWEST_FIRST: &str =
    "SELECT created, updated, document FROM documents WHERE scope = ? AND created < ? ORDER BY created DESC";
const EVER: Timestamp = Timestamp(i64::MAX);

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
            delete(transaction, stored.scope, stored.created)?;
            Ok(true)
        })
    }

    fn search(&self, search: &Search) -> Result<Found> {
        let mut connection = lock(&self.0);
        // One moment for all statements.
        let connection = connection.transaction()?;
        let mut total = 0;
        let mut page = Page::default();
        if let Some(scope) = scope_id(&connection, &search.scope)? {
            let matcher = &search.matcher;
            if search.order.is_empty() {
                let mut newest = Newest::new(search);
                each(
                    &connection,
                    scope,
                    NEWEST_FIRST,
                    newest.before(),
                    matcher,
                    |row| newest.offer(row),
                )?;
                page = newest.end();
            } else {
                let mut ordered = Ordered::new(search);
                each(&connection, scope, OLDEST_FIRST, EVER, matcher, |row| {
                    ordered.offer(row);
                    total += 1;
                    true
                })?;
                page = ordered.end();
            }
            if search.wants_total && search.order.is_empty() {
                each(&connection, scope, OLDEST_FIRST, EVER, matcher, |_| {
                    total += 1;
                    true
                })?;
            }
        }
        found(page, search.wants_total.then_some(total), |created| {
            let stored = Stored::by_created(&connection, created)?;
            stored.record(&search.scope).map(Some)
        })
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Result<Groups> {
        let mut connection = lock(&self.0);
        let connection = connection.transaction()?;
        let mut grouped = Grouped::new(aggregate);
        let search = &aggregate.search;
        if let Some(scope) = scope_id(&connection, &search.scope)? {
            each(&connection, scope, OLDEST_FIRST, EVER, &search.matcher, |row| {
                grouped.offer(row);
                true
            })?;
        }
        page_of(aggregate, grouped.end(), |created| {
            let stored = Stored::by_created(&connection, created)?;
            Ok(Some(RawValue::from_string(stored.data)?))
        })
    }

    fn delete_where(&self, scope: &Scope, matcher: &Matcher) -> Result<u64> {
        self.write(|transaction| {
            let Some(scope) = scope_id(transaction, scope)? else {
                return Ok(0);
            };
            let mut gone = Vec::new();
            each(transaction, scope, OLDEST_FIRST, EVER, matcher, |row| {
                gone.push(row.created);
                true
            })?;
            for created in &gone {
                delete(transaction, scope, *created)?;
            }
            Ok(gone.len() as u64)
        })
    }
}

fn delete(transaction: &Transaction<'_>, scope: i64, created: Timestamp) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM records WHERE created = ?")?
        .execute([created.0])?;
    transaction
        .prepare_cached("DELETE FROM documents WHERE scope = ? AND created = ?")?
        .execute([scope, created.0])
        .map(drop)
}
