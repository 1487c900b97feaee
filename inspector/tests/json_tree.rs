//! The tree of offsets against serde_json as the oracle, and against its own definition when folded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;
use workflow_inspector::json::{self, Finder, JsonKey, JsonKind, JsonTree, Progress, TextRow, TextRows};

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
    fn serde_decides_what_is_json(text in "[\\[\\]{}:,\"\\\\u0a1.eE+\\- \ntrufalsn]{0,14}") {
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
fn errors_have_position_and_reason() {
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

/// The whole text of the rows with a bar where a line goes on, and the rows themselves.
fn rows_of(tree: &JsonTree, columns: usize, many: usize) -> (TextRows, Vec<TextRow>) {
    let mut rows = TextRows::new(columns);
    while rows.step(tree, many) == Progress::More {}
    let all = (0..rows.count())
        .map(|row| rows.row(tree, row).expect("a row"))
        .collect();
    (rows, all)
}

/// What the rows say, with their lines put together again.
fn joined(rows: &[TextRow]) -> String {
    let mut out = String::new();
    for (at, row) in rows.iter().enumerate() {
        if at > 0 && !row.goes_on {
            out.push('\n');
        }
        out.push_str(&row.text);
    }
    out
}

proptest! {
    #[test]
    fn rows_hold_all_of_the_pretty_text(value in value(), columns in 40_usize..60, many in 1_usize..9, slice in 1_usize..30) {
        let text = serde_json::to_string(&value).unwrap();
        // Laid out while it is being read.
        let mut tree = JsonTree::new(text.as_str(), 1);
        let mut rows = TextRows::new(columns);
        while tree.step(slice) == Progress::More {
            rows.step(&tree, many);
        }
        while rows.step(&tree, many) == Progress::More {}
        let all: Vec<TextRow> = (0..rows.count()).map(|row| rows.row(&tree, row).expect("a row")).collect();
        prop_assert_eq!(joined(&all), json::pretty(&text).unwrap());
        prop_assert!(all.iter().all(|row| row.text.chars().count() <= columns), "{:?}", all);
        prop_assert_eq!(rows.row(&tree, rows.count()), None, "nothing behind the last");
        for row in 0..rows.count() {
            let place = rows.place(&tree, row).expect("a place");
            prop_assert_eq!(rows.row_of(&tree, place), Some(row), "the row of its own beginning");
        }
    }

    #[test]
    fn what_is_found_is_on_its_row(value in value(), words in "[a-c]{1,3}", columns in 40_usize..60) {
        let text = serde_json::to_string(&value).unwrap();
        let tree = JsonTree::parse(text.as_str()).unwrap();
        let (rows, all) = rows_of(&tree, columns, 7);
        let mut finder = Finder::new(&words);
        while finder.step(&text, 5) == Progress::More {}
        for found in finder.found() {
            let offset = *found as usize;
            let node = tree.node_at(offset).expect("a node");
            let lines = tree.lines(tree.line_of(node)..tree.line_of(node) + 1);
            prop_assert_eq!(lines.first().map(|line| line.node), Some(node), "the node's line");
            let row = rows.row_of(&tree, rows.place_of(&tree, offset)).expect("a row");
            let mut shown = all[row].text.clone();
            // Words may be cut at the end of a row.
            shown.push_str(all.get(row + 1).filter(|next| next.goes_on).map_or("", |next| &next.text));
            prop_assert!(shown.contains(&words), "{:?} at {} in {:?}", words, offset, shown);
        }
    }

    #[test]
    fn what_is_no_json_has_its_own_lines(text in "[a-cé漢\n{]{1,60}", columns in 8_usize..12) {
        let mut tree = JsonTree::new(text.as_str(), 1);
        tree.finish();
        prop_assume!(tree.error().is_some());
        let (rows, all) = rows_of(&tree, columns, 3);
        let mut shown = joined(&all);
        if text.ends_with('\n') {
            shown.push('\n');
        }
        prop_assert_eq!(&shown, &text);
        for (offset, _) in text.char_indices() {
            prop_assert!(rows.row_of(&tree, rows.place_of(&tree, offset)).is_some(), "the row of byte {}", offset);
        }
    }

    #[test]
    fn any_text_has_rows(text in any::<String>(), columns in 0_usize..20) {
        let mut tree = JsonTree::new(text.as_str(), 1);
        tree.finish();
        let (rows, _) = rows_of(&tree, columns, 5);
        let _ = (rows.place_of(&tree, 3), tree.node_at(3), tree.line_of(7));
    }
}

#[test]
fn a_line_of_megabytes_is_many_rows() {
    let text = format!("{{\"text\": \"{}\"}}", "0123456789".repeat(300_000));
    let tree = JsonTree::parse(text.as_str()).unwrap();
    let mut rows = TextRows::new(100);
    assert_eq!(rows.step(&tree, 1000), Progress::More, "a slice of it");
    assert_eq!(rows.count(), 1000);
    while rows.step(&tree, 4096) == Progress::More {}
    assert_eq!(rows.count(), 30_003, "two brackets and the line between");
    let last = rows.row(&tree, 30_001).unwrap();
    assert!(last.text.ends_with("789\"") && last.goes_on, "{last:?}");
}

// Every line of fifty thousand brackets would have a page of blanks before it.
#[test]
fn deep_lines_are_not_wide() {
    let text = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let tree = JsonTree::parse(text).unwrap();
    let mut rows = TextRows::new(60);
    while rows.step(&tree, 4096) == Progress::More {}
    assert_eq!(rows.count(), tree.line_count(), "one row a line");
    let deepest = rows.row(&tree, 50_000).unwrap();
    assert_eq!(deepest.text.trim(), "]", "{deepest:?}");
    assert!(deepest.text.len() <= 60, "{deepest:?}");
}
