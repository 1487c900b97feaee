//! The tree of offsets against serde_json as the oracle, and against its own definition when folded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;
use workflow_inspector::json::{self, JsonKey, JsonKind, JsonTree, Progress};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c\"\\\\\u{0}\né~/ ]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-c\"\\\\~/é]{0,3}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// `(pointer, value)` of every value, in the order of the text.
fn walk(value: &Value, path: &str, out: &mut Vec<(String, Value)>) {
    out.push((path.to_owned(), value.clone()));
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{path}/{index}"), out);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                walk(
                    item,
                    &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")),
                    out,
                );
            }
        }
        _ => {}
    }
}

/// The rows that folding should leave, from the definition: a node none of whose ancestors is folded.
fn visible(tree: &JsonTree) -> Vec<u32> {
    (0..tree.node_count() as u32)
        .filter(|node| {
            let mut at = *node;
            while let Some(parent) = tree.parent(at) {
                if tree.is_folded(parent) {
                    return false;
                }
                at = parent;
            }
            true
        })
        .collect()
}

fn check_rows(tree: &JsonTree) -> Result<(), TestCaseError> {
    let expected = visible(tree);
    prop_assert_eq!(tree.row_count(), expected.len(), "rows");
    let rows = tree.rows(0..usize::MAX);
    prop_assert_eq!(
        rows.iter().map(|row| row.node).collect::<Vec<_>>(),
        expected.clone(),
        "nodes of the rows"
    );
    for (index, node) in expected.iter().enumerate() {
        prop_assert_eq!(tree.row_of_node(*node), Some(index), "row of node {}", node);
        prop_assert_eq!(
            tree.row(index),
            rows.get(index).copied(),
            "row {} alone and in the window",
            index
        );
    }
    for node in 0..tree.node_count() as u32 {
        prop_assert_eq!(
            tree.row_of_node(node).is_some(),
            expected.contains(&node),
            "hidden node {}",
            node
        );
    }
    prop_assert_eq!(tree.row(expected.len()), None, "nothing behind the last row");
    Ok(())
}

proptest! {
    #[test]
    fn rows_are_the_values_in_order(value in value(), pretty in any::<bool>(), slice in 1_usize..20) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let mut tree = JsonTree::new(text.as_str(), u32::MAX);
        while tree.step(slice) == Progress::More {}
        prop_assert_eq!(tree.error(), None);
        let mut expected = Vec::new();
        walk(&value, "", &mut expected);
        let rows = tree.rows(0..expected.len() + 1);
        prop_assert_eq!(rows.len(), expected.len());
        for (row, (path, value)) in rows.iter().zip(&expected) {
            prop_assert_eq!(&tree.path(row.node), path);
            prop_assert_eq!(tree.find(path).map(|node| tree.value(node).to_owned()), Some(row.text.to_owned()), "{}", path);
            prop_assert_eq!(json::compact(row.text), value.to_string(), "value at {}", path);
            prop_assert_eq!(row.depth as usize, path.matches('/').count(), "depth of {}", path);
            let children = match value {
                Value::Array(items) => items.len(),
                Value::Object(map) => map.len(),
                _ => 0,
            };
            prop_assert_eq!(row.children as usize, children);
        }
    }

    #[test]
    fn folding_hides_what_is_inside(
        value in value(),
        from in 0_u32..4,
        toggles in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..12),
        slice in 1_usize..30,
    ) {
        let text = serde_json::to_string(&value).unwrap();
        let mut tree = JsonTree::new(text.as_str(), from);
        let mut toggles = toggles.into_iter();
        // Half of them while it is being read.
        while tree.step(slice) == Progress::More {
            check_rows(&tree)?;
            if tree.node_count() > 0 && let Some((node, folded)) = toggles.next() {
                tree.set_folded(node.index(tree.node_count()) as u32, folded);
                check_rows(&tree)?;
            }
        }
        check_rows(&tree)?;
        for (node, folded) in toggles {
            tree.set_folded(node.index(tree.node_count()) as u32, folded);
            check_rows(&tree)?;
        }
        let last = tree.node_count() as u32 - 1;
        prop_assert!(tree.reveal(last).is_some(), "revealed");
        check_rows(&tree)?;
        tree.fold_from(from);
        check_rows(&tree)?;
        tree.fold_from(u32::MAX);
        prop_assert_eq!(tree.row_count(), tree.node_count(), "all unfolded");
    }

    #[test]
    fn pretty_lines_are_serdes(value in value(), start in 0_usize..80, length in 0_usize..80) {
        let text = serde_json::to_string(&value).unwrap();
        let want = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(&json::pretty(&text).unwrap(), &want);
        prop_assert_eq!(&json::compact(&want), &text);
        let tree = JsonTree::parse(text).unwrap();
        let all: Vec<&str> = want.lines().collect();
        prop_assert_eq!(tree.line_count(), all.len());
        let window: Vec<String> = tree.lines(start..start + length).iter().map(|line| {
            let mut out = String::new();
            line.push_to(&mut out);
            out
        }).collect();
        let expected: Vec<&str> = all.into_iter().skip(start).take(length).collect();
        prop_assert_eq!(window, expected);
    }

    #[test]
    fn what_is_json_is_serdes_verdict(text in "[\\[\\]{}:,\"\\\\u0a1.eE+\\- \ntrufalsn]{0,14}") {
        let ours = JsonTree::parse(text.as_str());
        let theirs = serde_json::from_str::<&RawValue>(&text);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?}: {:?} {:?}", text, ours.err(), theirs.err());
    }

    #[test]
    fn damaged_json_is_serdes_verdict(value in value(), at in any::<prop::sample::Index>(), with in "[\\[\\]{}:,\"\\\\0a.e-]?") {
        let mut text = serde_json::to_string(&value).unwrap();
        let at = at.index(text.len());
        prop_assume!(text.is_char_boundary(at) && text.is_char_boundary(at + 1));
        text.replace_range(at..at + 1, &with);
        let ours = JsonTree::parse(text.as_str());
        prop_assert_eq!(ours.is_ok(), serde_json::from_str::<&RawValue>(&text).is_ok(), "{:?}: {:?}", text, ours.err());
    }

    #[test]
    fn any_text_is_survived(text in any::<String>(), slice in 1_usize..9) {
        let mut tree = JsonTree::new(text.as_str(), 1);
        while tree.step(slice) == Progress::More {}
        let _ = (tree.rows(0..9), tree.lines(0..9), tree.path(3), tree.find("/a"));
    }
}

#[test]
fn digits_duplicates_and_order_stay() {
    let text = r#"{"b": 12345678901234567890123, "a": 1.10, "b": "\u00e9"}"#;
    let tree = JsonTree::parse(text).unwrap();
    let rows = tree.rows(1..9);
    let shown: Vec<(JsonKey<'_>, &str)> = rows.iter().map(|row| (row.key, row.text)).collect();
    assert_eq!(
        shown,
        [
            (JsonKey::Name("\"b\""), "12345678901234567890123"),
            (JsonKey::Name("\"a\""), "1.10"),
            (JsonKey::Name("\"b\""), "\"\\u00e9\""),
        ]
    );
    assert_eq!(tree.get(0, "b"), Some(3), "Python keeps the last of equal keys");
    assert_eq!(rows.first().map(|row| row.kind), Some(JsonKind::Number));
}

#[test]
fn errors_say_where_and_what() {
    for (text, line, column, message) in [
        ("", 1, 1, "the text ends too early"),
        ("{\n  \"a\": 1,\n}", 3, 1, "a comma before } is one too many"),
        ("{\n  'a': 1}", 2, 3, "expected a key in double quotes"),
        (
            "{\"é\": hello}",
            1,
            7,
            "expected a value; text needs double quotes",
        ),
        ("[1 2]", 1, 4, "expected a comma or ]"),
        ("{\"a\" 2}", 1, 6, "expected a colon"),
        ("[01]", 1, 3, "a number has no leading zero"),
        ("\"a", 1, 3, "the text ends inside a string"),
        ("1 2", 1, 3, "expected nothing more"),
    ] {
        let error = JsonTree::parse(text).unwrap_err();
        assert_eq!(
            (error.line, error.column, error.message),
            (line, column, message),
            "{text:?}"
        );
    }
    let mut tree = JsonTree::new("[1, {\"a\": tru", u32::MAX);
    tree.finish();
    assert_eq!(tree.rows(0..9).len(), 3, "what stands before the error is shown");
}

// A hundred thousand brackets must neither overflow the stack nor take quadratic time.
#[test]
fn deep_nesting_is_only_deep() {
    let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut tree = JsonTree::parse(text).unwrap();
    assert_eq!(tree.row_count(), 100_000);
    assert_eq!(tree.line_count(), 199_999);
    let rows = tree.rows(99_950..100_000);
    assert_eq!(rows.last().map(|row| row.depth), Some(99_999));
    assert_eq!(tree.lines(199_990..199_999).len(), 9);
    tree.fold_from(2);
    assert_eq!(tree.row_count(), 3);
}

#[test]
fn a_long_payload_is_read_in_slices() {
    let item = r#"{"id": 1, "text": "some words", "tags": ["a", "b"], "deep": {"x": [1, 2, 3]}},"#;
    let text = format!("[{}0]", item.repeat(20_000));
    let mut tree = JsonTree::new(text.as_str(), 1);
    let mut slices = 1;
    while tree.step(64 * 1024) == Progress::More {
        slices += 1;
        assert!(tree.row_count() > 0, "rows are there in between");
    }
    assert_eq!(slices, text.len() / (64 * 1024) + 1, "slices of what was asked");
    assert_eq!(tree.row_count(), 20_002, "items are folded");
    tree.set_folded(1, false);
    assert_eq!(
        tree.row_count(),
        20_006,
        "one unfolded, its children still folded"
    );
    let row = tree.row(20_005).map(|row| (row.key, row.text));
    assert_eq!(row, Some((JsonKey::Index(20_000), "0")));
}
