//! Random records, filters and orders: small pools, so that values meet.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use workflow_cloud::Timestamp;

fn scalar() -> impl Strategy<Value = Value> {
    let pool = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-0.0),
        json!(1),
        json!(1.0),
        json!(1.5),
        json!(-1),
        json!(0.1),
        json!(0.300_000_000_000_000_04),
        json!(9_007_199_254_740_992_u64),
        json!(9_007_199_254_740_993_u64),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(9_223_372_036_854_775_808_u64),
        json!(u64::MAX),
        json!(1e300),
        json!(-1e300),
        json!(""),
        json!("a"),
        json!("A"),
        json!("ab"),
        json!("a\u{0}"),
        json!("a\u{0}b"),
        json!("é"),
        json!("\u{10ffff}"),
        json!("1"),
        json!("null"),
        json!("2026-01-01T00:00:00Z"),
    ];
    proptest::sample::select(pool.to_vec())
}

fn field_value() -> impl Strategy<Value = Value> {
    let key = proptest::sample::select(vec!["a", "b", "data", "", "0", "x.y"]);
    scalar().prop_recursive(3, 8, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..3).prop_map(|fields| {
                let fields = fields.into_iter().map(|(key, value)| (key.to_owned(), value));
                Value::Object(fields.collect())
            }),
        ]
    })
}

/// The `data` of a record.
pub fn data() -> impl Strategy<Value = Value> {
    let key = proptest::sample::select(vec![
        "a",
        "b",
        "tags",
        "data",
        "",
        "__proto__",
        "created_at",
        "x.y",
    ]);
    prop::collection::vec((key, field_value()), 0..5).prop_map(|fields| {
        let fields = fields.into_iter().map(|(key, value)| (key.to_owned(), value));
        Value::Object(fields.collect())
    })
}

/// A name of a field.
pub fn name() -> impl Strategy<Value = String> {
    proptest::sample::select(vec![
        "a",
        "b",
        "tags",
        "data",
        "data.a",
        "data.b",
        "data.data",
        "data.data.a",
        "a.b",
        "a.data",
        "a..b",
        "",
        ".",
        "data.",
        "a.0",
        "tags.0",
        "x.y",
        "__proto__",
        "created_at",
        "updated_at",
        "data.created_at",
    ])
    .prop_map(str::to_owned)
}

fn time() -> impl Strategy<Value = Value> {
    proptest::sample::select(vec![
        json!("1970-01-01T00:00:00.000003Z"),
        json!("1970-01-01T01:00:00.000005+01:00"),
        json!("1970-01-01T00:00:00.000007"),
        json!("2026-01-01"),
        json!("9999-01-01T00:00:00Z"),
        json!(null),
    ])
}

fn operation(name: &str) -> BoxedStrategy<(String, Value)> {
    let one = if name == "created_at" || name == "updated_at" {
        time().boxed()
    } else {
        scalar().boxed()
    };
    let list = prop::collection::vec(one.clone(), 0..4).prop_map(Value::Array);
    let ones = proptest::sample::select(vec!["eq", "ne", "gt", "gte", "lt", "lte"]);
    let lists = proptest::sample::select(vec!["includes", "excludes"]);
    prop_oneof![3 => (ones, one), 1 => (lists, list)]
        .prop_map(|(operator, value)| (operator.to_owned(), value))
        .boxed()
}

/// A filter.
pub fn filter() -> impl Strategy<Value = Value> {
    let condition = name().prop_flat_map(|name| {
        let operations = prop::collection::vec(operation(&name), 1..3);
        (Just(name), operations)
    });
    prop::collection::vec(condition, 0..3).prop_map(|conditions| {
        let fields = conditions.into_iter().map(|(name, operations)| {
            let operations: Map<String, Value> = operations.into_iter().collect();
            (name, Value::Object(operations))
        });
        Value::Object(fields.collect())
    })
}

/// Names and directions. Names that a comma list can have.
pub fn order() -> impl Strategy<Value = Vec<(String, bool)>> {
    let name = name().prop_filter("a word", |name| !name.is_empty());
    prop::collection::vec((name, any::<bool>()), 0..3)
}

/// Times close to each other, of which some are equal to those in filters.
#[allow(dead_code, reason = "the stores choose their times themselves")]
pub fn moment() -> impl Strategy<Value = Timestamp> {
    (0..10_i64).prop_map(Timestamp)
}
