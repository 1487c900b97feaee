//! The evaluator is compared with a plain restatement of its rules.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on should say so and stop"
)]

mod given;
mod plain;

use std::cmp::Ordering;

use plain::Plain;
use proptest::prelude::*;
use serde_json::{Value, json};
use workflow_cloud::query::{Cursor, Document, Grouper, Matcher, Name, Question, Row, Sorter};
use workflow_cloud::{Order, OrderKey, Timestamp};

fn row<'a>(record: &Plain, document: &'a Document) -> Row<'a> {
    Row {
        created: record.created,
        updated: record.updated,
        document: document.as_bytes(),
    }
}

fn document(data: &Value) -> Document {
    Document::new(data.as_object().unwrap())
}

fn record(data: Value) -> Plain {
    Plain {
        data,
        created: Timestamp(5),
        updated: Timestamp(7),
    }
}

fn is_match(data: &Value, filter: &Value) -> bool {
    let record = record(data.clone());
    let document = document(data);
    Matcher::new(filter).unwrap().matches(row(&record, &document))
}

fn order_of(keys: &[(String, bool)]) -> Order {
    let keys = keys.iter().map(|(name, descending)| OrderKey {
        name: name.clone(),
        descending: *descending,
    });
    Order(keys.collect())
}

proptest! {
    // Ten records and ten filters: 100 000 decisions.
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn filters_are_as_restated(
        records in prop::collection::vec((given::data(), given::moment(), given::moment()), 10),
        filters in prop::collection::vec(given::filter(), 10),
    ) {
        let records = records.into_iter().map(|(data, created, updated)| Plain { data, created, updated });
        let records: Vec<_> = records.map(|record| (document(&record.data), record)).collect();
        for filter in filters {
            let matcher = Matcher::new(&filter).unwrap();
            for (document, record) in &records {
                let expected = plain::matches(record, &filter);
                prop_assert_eq!(matcher.matches(row(record, document)), expected, "{} of {:?}", filter, record);
            }
        }
    }

    #[test]
    fn keys_are_ordered_as_restated(
        records in prop::collection::vec((given::data(), given::moment(), given::moment()), 2),
        orders in prop::collection::vec(given::order(), 10),
    ) {
        let records = records.into_iter().map(|(data, created, updated)| Plain { data, created, updated });
        let records: Vec<_> = records.collect();
        for keys in orders {
            let sorter = Sorter::new(&order_of(&keys));
            let key = |record: &Plain| {
                let mut key = Vec::new();
                sorter.write_key(row(record, &document(&record.data)), &mut key);
                key
            };
            let found = key(&records[0]).cmp(&key(&records[1]));
            // Different lists, and objects, are in an order that means nothing.
            let is_free = keys.iter().any(|(name, _)| {
                let [a, b] = [0, 1].map(|index| plain::value(&records[index], name));
                (a.is_array() && b.is_array() || a.is_object() && b.is_object()) && !plain::same(&a, &b)
            });
            let mut sorted = records.clone();
            plain::sort(&mut sorted, &keys);
            let is_same = format!("{:?}", records[0]) == format!("{:?}", records[1]);
            if !is_free && !is_same && found.is_ne() {
                let first = if found == Ordering::Less { 0 } else { 1 };
                prop_assert_eq!(format!("{:?}", records[first]), format!("{:?}", sorted[0]), "{:?}", keys);
            }
        }
    }

    #[test]
    fn groups_are_as_restated(
        records in prop::collection::vec((given::data(), given::moment()), 2),
        names in prop::collection::vec(given::name(), 0..3),
    ) {
        let records = records.into_iter().map(|(data, created)| Plain { data, created, updated: created });
        let records: Vec<_> = records.collect();
        let grouper = Grouper::new(&names);
        let key = |record: &Plain| {
            let mut key = Vec::new();
            grouper.write_key(row(record, &document(&record.data)), &mut key);
            key
        };
        let together = key(&records[0]) == key(&records[1]);
        prop_assert_eq!(together, plain::groups(records.iter(), &names).len() == 1);
        for record in &records {
            for name in &names {
                let value = Name::new(name).value(&record.data, record.created, record.updated);
                prop_assert_eq!(value, plain::value(record, name));
            }
        }
    }

    #[test]
    fn tokens_come_back(key in prop::collection::vec(any::<u8>(), 0..40), text in ".{0,20}") {
        let question = Question::new(&["a", "b"]);
        let token = Cursor { key: key.clone() }.token(question);
        prop_assert_eq!(Cursor::read(&token, question), Some(Cursor { key }));
        prop_assert_eq!(Cursor::read(&token, Question::new(&["ab", ""])), None);
        prop_assert_eq!(Cursor::read(&text, question), None);
    }
}

#[test]
fn the_rules_of_the_api() {
    let data = json!({
        "age": 30, "status": "active", "tags": ["python", "ml"], "none": null, "flag": true,
        "contact": {"email": "ann"}, "data": {"total": 5}, "total": 6, "list": [{"b": 1}], "a": [{"b": 1}],
    });
    for (filter, expected) in [
        (json!({}), true),
        (json!(null), true),
        (json!({"age": {"gte": 21, "lt": 65}}), true),
        (json!({"age": {"gte": 21, "lt": 30}}), false),
        (json!({"age": {"eq": 30.0}}), true),
        (json!({"age": {"eq": "30"}}), false),
        (json!({"age": {"gt": ""}}), false),
        (json!({"status": {"gt": ""}}), true),
        (json!({"tags": {"includes": ["ml", "js"]}}), true),
        (json!({"tags": {"includes": ["js"]}}), false),
        (json!({"tags": {"excludes": ["js"]}}), true),
        (json!({"tags": {"eq": "ml"}}), false),
        (json!({"status": {"includes": []}}), false),
        (json!({"status": {"excludes": []}}), true),
        (json!({"none": {"eq": null}}), true),
        (json!({"gone": {"eq": null}}), true),
        (json!({"gone": {"ne": null}}), false),
        (json!({"gone": {"ne": "x"}}), true),
        (json!({"status": {"ne": null}}), true),
        (json!({"gone": {"includes": [null]}}), true),
        (json!({"gone": {"lt": 5}}), false),
        (json!({"none": {"gte": null}}), false),
        (json!({"contact.email": {"eq": "ann"}}), true),
        (json!({"data.contact.email": {"eq": "ann"}}), true),
        // The prefix is left out first; a record may have a field `data` itself.
        (json!({"data.total": {"eq": 6}}), true),
        (json!({"data.data.total": {"eq": 5}}), true),
        (json!({"a.0.b": {"eq": 1}}), false),
        (json!({"flag": {"eq": true}}), true),
        (json!({"flag": {"eq": 1}}), false),
        (json!({"flag": {"eq": "true"}}), false),
        (
            json!({"created_at": {"gte": "1970-01-01T00:00:00.000005Z"}}),
            true,
        ),
        (json!({"created_at": {"gt": "1970-01-01T00:00:00.000005"}}), false),
        (
            json!({"created_at": {"eq": "1970-01-01T01:00:00.000005+01:00"}}),
            true,
        ),
        (json!({"updated_at": {"eq": null}}), false),
        (json!({"__proto__": {"eq": null}}), true),
    ] {
        assert_eq!(is_match(&data, &filter), expected, "{filter}");
        assert_eq!(
            plain::matches(&record(data.clone()), &filter),
            expected,
            "restated: {filter}"
        );
    }
}

#[test]
fn invalid_filters_are_located() {
    for (filter, location) in [
        (json!([]), vec!["filter"]),
        (json!("x"), vec!["filter"]),
        (json!({"a": 1}), vec!["filter", "a"]),
        (json!({"a": {"in": [1]}}), vec!["filter", "a", "in"]),
        (json!({"a": {"eq": [1]}}), vec!["filter", "a", "eq"]),
        (json!({"a": {"includes": 1}}), vec!["filter", "a", "includes"]),
        (json!({"a": {"includes": [{}]}}), vec!["filter", "a", "includes"]),
        (
            json!({"created_at": {"gt": "yesterday"}}),
            vec!["filter", "created_at", "gt"],
        ),
    ] {
        let errors = Matcher::new(&filter).unwrap_err();
        assert_eq!(errors[0].location, location, "{filter}");
    }
    let many = (0..10_000).map(|index| (format!("f{index}"), json!({"eq": 1})));
    let many = Value::Object(many.collect());
    assert_eq!(Matcher::new(&many).unwrap_err()[0].kind, "too_long");
}

/// All unknown operators of one field.
fn unknown_operators(name: &str, count: usize) -> Value {
    let operators = (0..count).map(|index| (format!("op{index}"), json!(1)));
    json!({ name: Value::Object(operators.collect()) })
}

#[test]
fn errors_of_a_filter_are_few_and_small() {
    // Each of 400 000 unknown operators repeated a name of 4 MB.
    let errors = Matcher::new(&unknown_operators("a", 1_000)).unwrap_err();
    assert_eq!(errors.len(), 100);
    let fields = (0..1_000).map(|index| (format!("f{index}"), json!(1)));
    let errors = Matcher::new(&Value::Object(fields.collect())).unwrap_err();
    assert_eq!(errors.len(), 100);
    for (filter, count) in [
        (unknown_operators(&"x".repeat(1_025), 200), 1),
        (unknown_operators(&"é".repeat(100_000), 200), 1),
        (unknown_operators(&".".repeat(128), 200), 1),
        (json!({ ".".repeat(100_000): { "eq": 1 } }), 1),
        (json!({ "x".repeat(100_000): 1 }), 1),
        (json!({ "a": { "x".repeat(100_000): 1 } }), 1),
    ] {
        let errors = Matcher::new(&filter).unwrap_err();
        assert_eq!(errors.len(), count);
        assert_eq!(errors[0].location[0], "filter");
        for error in errors {
            let bytes: usize = error.location.iter().map(String::len).sum();
            assert!(bytes < 500, "{bytes} bytes: {}", error.message);
            assert!(error.message.len() < 100, "{}", error.message);
        }
    }
    for name in [
        "x".repeat(1024),
        ".".repeat(127),
        format!("data{}", ".a".repeat(127)),
    ] {
        assert!(Name::check(&name).is_ok());
        assert!(Matcher::new(&json!({ name: { "eq": 1 } })).is_ok());
    }
}

#[test]
fn keys_are_short_whatever_is_asked() {
    // 60 records of 4 MB, grouped 64 times by that field, took 15 GB.
    let text = "x".repeat(1_000_000);
    let data = json!({ "t": text, "u": text });
    let (record, document) = (record(data.clone()), document(&data));
    let repeated = vec!["t".to_owned(); 64];
    let mut key = Vec::new();
    Grouper::new(&repeated).write_key(row(&record, &document), &mut key);
    assert!(key.len() < 64, "{} bytes", key.len());
    let values = Grouper::new(&repeated).values(&data, record.created, record.updated);
    assert_eq!(Value::Object(values), json!({ "t": text }));
    let mut key = Vec::new();
    let keys = repeated.into_iter().map(|name| (name, false));
    Sorter::new(&order_of(&keys.collect::<Vec<_>>())).write_key(row(&record, &document), &mut key);
    assert!(key.len() < 600, "{} bytes", key.len());
}

fn group_key(value: &Value, names: &[String]) -> Vec<u8> {
    let data = json!({ "t": value });
    let mut key = Vec::new();
    Grouper::new(names).write_key(row(&record(data.clone()), &document(&data)), &mut key);
    key
}

#[test]
fn groups_of_long_texts_are_exact() {
    let names = ["t".to_owned()];
    let texts = [50, 62, 63, 64, 65, 1_000].map(|length| "x".repeat(length));
    let others = texts.iter().map(|text| format!("{text}y"));
    let all: Vec<Value> = texts.iter().cloned().chain(others).map(Value::from).collect();
    for (index, one) in all.iter().enumerate() {
        for (other_index, other) in all.iter().enumerate() {
            let together = group_key(one, &names) == group_key(other, &names);
            assert_eq!(together, index == other_index, "{one} and {other}");
        }
    }
}

#[test]
fn a_repeated_name_decides_no_order() {
    for (keys, plain_keys) in [
        ([("t", false), ("t", true)], vec![("t", false)]),
        ([("t", true), ("t", false)], vec![("t", true)]),
        // Another field if the record has a field `data`.
        (
            [("t", true), ("data.t", false)],
            vec![("t", true), ("data.t", false)],
        ),
    ] {
        let sorter = |keys: &[(&str, bool)]| {
            let keys = keys
                .iter()
                .map(|(name, descending)| ((*name).to_owned(), *descending));
            Sorter::new(&order_of(&keys.collect::<Vec<_>>()))
        };
        let data = json!({ "t": "text" });
        let (record, document) = (record(data.clone()), document(&data));
        let key = |sorter: &Sorter| {
            let mut key = Vec::new();
            sorter.write_key(row(&record, &document), &mut key);
            key
        };
        assert_eq!(key(&sorter(&keys)), key(&sorter(&plain_keys)), "{keys:?}");
    }
}

#[test]
fn texts_are_ordered_by_512_bytes() {
    let key = |text: String| {
        let data = json!({ "t": text });
        let mut key = Vec::new();
        let sorter = Sorter::new(&order_of(&[("t".to_owned(), false)]));
        sorter.write_key(row(&record(data.clone()), &document(&data)), &mut key);
        key
    };
    let begin = "x".repeat(511);
    assert!(key(format!("{begin}a")) < key(format!("{begin}b")));
    assert_eq!(key(format!("{begin}aa")), key(format!("{begin}ab")));
}
