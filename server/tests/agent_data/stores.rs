//! The memory store and the SQLite store beside a plain restatement.

use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use serde_json::{Value, json};
use workflow_cloud::query::{Grouper, Matcher};
use workflow_cloud::{Order, OrderKey};
use workflow_debugger::AgentDataStore;
use workflow_debugger::agent_data::{Aggregate, DEFAULT_PROJECT, Data, Record, Scope, Search};

use crate::given;
use crate::kit::Folder;
use crate::plain::{self, Plain};

fn plain_of(record: &Record) -> Plain {
    Plain {
        data: serde_json::from_str(record.data.get()).unwrap(),
        created: record.created_at.unwrap(),
        updated: record.updated_at.unwrap(),
    }
}

fn order_of(keys: &[(String, bool)]) -> Order {
    let keys = keys.iter().map(|(name, descending)| OrderKey {
        name: name.clone(),
        descending: *descending,
    });
    Order(keys.collect())
}

/// All pages of a search.
fn joined(store: &AgentDataStore, mut search: Search) -> Vec<Record> {
    let mut all = Vec::new();
    loop {
        let page = store.search(&search).unwrap();
        assert!(page.records.len() <= search.size);
        all.extend(page.records);
        match page.last {
            None => return all,
            Some(last) => search.after = Some(last),
        }
        assert!(all.len() < 100, "pages without an end");
    }
}

/// Whether an order compares different lists, or different objects: their order means nothing.
fn is_free(records: &[Plain], keys: &[(String, bool)]) -> bool {
    keys.iter().any(|(name, _)| {
        let values: Vec<_> = records.iter().map(|record| plain::value(record, name)).collect();
        values.iter().any(|value| value.is_array() || value.is_object())
    })
}

fn check(store: &AgentDataStore, case: &Case) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let scope = Scope::new("app", format!("c{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    let projects = [DEFAULT_PROJECT.to_owned()];
    let mut records: Vec<Record> = case
        .records
        .iter()
        .map(|data| store.create(&scope, Data::of(data).unwrap()).unwrap())
        .collect();
    for (index, data) in &case.updates {
        if let Some(record) = records.get_mut(*index) {
            *record = store
                .update(&record.id, &projects, Data::of(data).unwrap())
                .unwrap()
                .unwrap();
        }
    }
    let records: Vec<Plain> = records.iter().map(plain_of).collect();
    for ((filter, keys), names) in case.filters.iter().zip(&case.orders).zip(&case.groups) {
        let mut expected: Vec<Plain> = records
            .iter()
            .filter(|record| plain::matches(record, filter))
            .cloned()
            .collect();
        let count = expected.len();
        let keys = if is_free(&records, keys) { &[][..] } else { keys };
        let mut search = Search::new(scope.clone(), filter).unwrap();
        search.size = case.size;
        search.order = order_of(keys);
        search.wants_total = true;
        assert_eq!(
            store.search(&search).unwrap().total,
            Some(count as u64),
            "{filter}"
        );
        let groups = plain::groups(expected.iter(), names);
        plain::sort(&mut expected, keys);
        let found: Vec<_> = joined(store, search.clone()).iter().map(plain_of).collect();
        assert_eq!(
            format!("{found:?}"),
            format!("{expected:?}"),
            "{filter} by {keys:?}"
        );
        search.order = Order::default();
        search.size = 100;
        let grouper = Grouper::new(names);
        let aggregate = Aggregate {
            search,
            group_by: names.clone(),
            sorter: grouper.sorter(&Order::default()).unwrap(),
            grouper,
            wants_count: true,
            wants_first: true,
        };
        let found = store
            .aggregate(&aggregate)
            .unwrap()
            .groups
            .into_iter()
            .map(|group| {
                let first: Value = group
                    .first_item
                    .map_or(Value::Null, |first| serde_json::from_str(first.get()).unwrap());
                (group.group_key, group.count.unwrap(), first)
            });
        let mut expected: Vec<_> = groups
            .into_iter()
            .map(|(key, count, first)| (key, count, first.data))
            .collect();
        if names.is_empty() && expected.is_empty() {
            expected.push((serde_json::Map::new(), 0, Value::Null));
        }
        assert_eq!(
            found.collect::<Vec<_>>(),
            expected,
            "{filter} in groups by {names:?}"
        );
    }
    // The last filter deletes.
    let filter = case.filters.last().unwrap();
    let goes = records
        .iter()
        .filter(|record| plain::matches(record, filter))
        .count();
    let matcher = Matcher::new(filter).unwrap();
    assert_eq!(store.delete_where(&scope, &matcher).unwrap(), goes as u64);
    let rest = joined(store, Search::new(scope, &json!(null)).unwrap());
    assert_eq!(rest.len(), records.len() - goes);
}

#[derive(Debug, Clone)]
struct Case {
    records: Vec<Value>,
    updates: Vec<(usize, Value)>,
    filters: Vec<Value>,
    orders: Vec<Vec<(String, bool)>>,
    groups: Vec<Vec<String>>,
    size: usize,
}

/// Questions in a case.
const QUESTIONS: usize = 10;

fn case() -> impl Strategy<Value = Case> {
    (
        prop::collection::vec(given::data(), 0..10),
        prop::collection::vec((0..10_usize, given::data()), 0..3),
        prop::collection::vec(given::filter(), QUESTIONS),
        prop::collection::vec(given::order(), QUESTIONS),
        prop::collection::vec(prop::collection::vec(given::name(), 0..3), QUESTIONS),
        1..5_usize,
    )
        .prop_map(|(records, updates, filters, orders, groups, size)| Case {
            records,
            updates,
            filters,
            orders,
            groups,
            size,
        })
}

/// Cases; `PROPTEST_CASES` asks for more.
fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(default),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn the_memory_store_is_as_restated() {
    let store = AgentDataStore::in_memory();
    proptest!(cases(2000), |(case in case())| check(&store, &case));
}

#[test]
fn the_sqlite_store_is_as_restated() {
    let folder = Folder::new();
    let store = AgentDataStore::open(&folder.0.join("rows.db")).unwrap();
    proptest!(cases(500), |(case in case())| check(&store, &case));
}

fn both() -> (Folder, [AgentDataStore; 2]) {
    let folder = Folder::new();
    let sqlite = AgentDataStore::open(&folder.0.join("rows.db")).unwrap();
    (folder, [AgentDataStore::in_memory(), sqlite])
}

#[test]
fn pages_are_whole_while_records_come_and_go() {
    let (_folder, stores) = both();
    for store in stores {
        let scope = Scope::new("app", "c");
        let add = |n: usize| {
            store
                .create(&scope, Data::of(&json!({ "n": n, "group": n % 3 })).unwrap())
                .unwrap()
        };
        for order in ["", "group, n desc", "n", "created_at"] {
            let first: Vec<Record> = (0..50).map(add).collect();
            let mut search = Search::new(scope.clone(), &json!({ "n": { "gte": 0 } })).unwrap();
            search.order = order.parse().unwrap();
            search.size = 7;
            let mut whole = search.clone();
            whole.size = 1000;
            let expected: Vec<String> = store
                .search(&whole)
                .unwrap()
                .records
                .into_iter()
                .map(|record| record.id)
                .collect();
            let mut seen: Vec<String> = Vec::new();
            let mut deleted: Vec<String> = Vec::new();
            for round in 0.. {
                let page = store.search(&search).unwrap();
                seen.extend(page.records.into_iter().map(|record| record.id));
                let Some(last) = page.last else {
                    break;
                };
                search.after = Some(last);
                add(round);
                add(100);
                let goes = &first[round % 50].id;
                if store.delete(goes, &[DEFAULT_PROJECT.to_owned()]).unwrap() {
                    deleted.push(goes.clone());
                }
            }
            let mut once = seen.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), seen.len(), "no record twice by {order:?}");
            let mut old = seen.iter().filter(|id| expected.contains(id));
            for id in expected.iter().filter(|id| !deleted.contains(id)) {
                assert!(
                    old.any(|seen| seen == id),
                    "{id} is missing, or in another order by {order:?}"
                );
            }
        }
    }
}

#[test]
fn a_file_is_opened_again_and_twice() {
    let folder = Folder::new();
    let file = folder.0.join("rows.db");
    let scope = Scope::new("app", "c");
    let data = || Data::of(&json!({ "n": 1 })).unwrap();
    let first = AgentDataStore::open(&file).unwrap();
    let old = first.create(&scope, data()).unwrap();
    let second = AgentDataStore::open(&file).unwrap();
    let new = second.create(&scope, data()).unwrap();
    assert!(new.created_at > old.created_at);
    let all = Search::new(scope, &json!(null)).unwrap();
    for store in [first, second] {
        let found = store.search(&all).unwrap().records;
        let ids: Vec<_> = found.iter().map(|record| &record.id).collect();
        assert_eq!(ids, [&new.id, &old.id]);
    }
}

#[test]
fn indexes_of_another_version_are_written_again() {
    let folder = Folder::new();
    let file = folder.0.join("rows.db");
    let scope = Scope::new("app", "c");
    let store = AgentDataStore::open(&file).unwrap();
    let made = store
        .create(&scope, Data::of(&json!({ "n": 1 })).unwrap())
        .unwrap();
    drop(store);
    let connection = rusqlite::Connection::open(&file).unwrap();
    let damage = "UPDATE documents SET document = x'00'; PRAGMA user_version = 99;";
    connection.execute_batch(damage).unwrap();
    drop(connection);
    let store = AgentDataStore::open(&file).unwrap();
    let search = Search::new(scope, &json!({ "n": { "eq": 1 } })).unwrap();
    let found = store.search(&search).unwrap().records;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, made.id);
}

#[test]
fn processes_that_start_together_share_a_new_file() {
    // Two of them found no tables, and the second one could not make its own.
    let folder = Folder::new();
    for round in 0..10 {
        let file = folder.0.join(format!("{round}.db"));
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let store = AgentDataStore::open(&file).unwrap();
                    store
                        .create(&Scope::new("app", "c"), Data::of(&json!({})).unwrap())
                        .unwrap();
                });
            }
        });
        let store = AgentDataStore::open(&file).unwrap();
        let all = Search::new(Scope::new("app", "c"), &json!(null)).unwrap();
        assert_eq!(store.search(&all).unwrap().records.len(), 8);
    }
}

/// `data.n` of the records on each page.
fn pages(store: &AgentDataStore, mut search: Search) -> Vec<Vec<u64>> {
    let mut pages = Vec::new();
    loop {
        let page = store.search(&search).unwrap();
        let numbers = page
            .records
            .iter()
            .map(|record| plain_of(record).data["n"].as_u64().unwrap());
        pages.push(numbers.collect());
        assert!(pages.len() < 10, "pages without an end");
        match page.last {
            None => return pages,
            Some(last) => search.after = Some(last),
        }
    }
}

/// The number of groups on each page.
fn pages_of_groups(store: &AgentDataStore, search: &Search, name: &str, wants_first: bool) -> Vec<usize> {
    let names = [name.to_owned()];
    let grouper = Grouper::new(&names);
    let mut aggregate = Aggregate {
        search: search.clone(),
        group_by: names.to_vec(),
        sorter: grouper.sorter(&Order::default()).unwrap(),
        grouper,
        wants_count: true,
        wants_first,
    };
    let mut pages = Vec::new();
    loop {
        let page = store.aggregate(&aggregate).unwrap();
        pages.push(page.groups.len());
        assert!(pages.len() < 10, "pages without an end");
        match page.last {
            None => return pages,
            Some(last) => aggregate.search.after = Some(last),
        }
    }
}

#[test]
fn a_page_with_many_bytes_ends_early() {
    // A thousand records of 8 MB were answered at once: 8 GB.
    let (_folder, stores) = both();
    for store in stores {
        let scope = Scope::new("app", "c");
        for (n, mebibytes) in [(0, 1), (1, 17), (2, 17), (3, 1)] {
            let text = format!("{n}{}", "x".repeat(mebibytes * 1024 * 1024));
            store
                .create(&scope, Data::of(&json!({ "n": n, "t": text })).unwrap())
                .unwrap();
        }
        let mut search = Search::new(scope, &json!(null)).unwrap();
        search.wants_total = true;
        assert_eq!(store.search(&search).unwrap().total, Some(4));
        assert_eq!(pages(&store, search.clone()), [vec![3, 2, 1], vec![0]]);
        let ordered = Search {
            order: Order::by("n"),
            ..search.clone()
        };
        assert_eq!(pages(&store, ordered.clone()), [vec![0, 1, 2], vec![3]]);
        let small = Search { size: 1, ..ordered };
        assert_eq!(pages(&store, small), [[0], [1], [2], [3]]);
        assert_eq!(pages_of_groups(&store, &search, "n", true), [3, 1]);
        assert_eq!(pages_of_groups(&store, &search, "t", false), [3, 1]);
        assert_eq!(pages_of_groups(&store, &search, "n", false), [4]);
    }
}
