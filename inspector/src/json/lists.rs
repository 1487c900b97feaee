//! Lists whose items were removed, added or moved.

use super::{JsonKind, JsonTree, push_pointer, unquote};
use serde_json::Value;
use std::collections::HashSet;

/// A value in a tree.
type Node<'a> = (&'a JsonTree, u32);

/// The lists, as JSON pointers without the first slash, whose items may have been removed, added or moved between two versions: nothing says
/// which item of one is which of the other. Lists inside such a list are left out.
///
/// These are lists with another number of items, with an item that was at another position, or with an object that shares no value with the
/// one before it.
///
/// ```
/// # use workflow_inspector::json::{JsonTree, changed_lists};
/// let before = JsonTree::parse(r#"{"pages":[{"lines":[1,2]}],"tags":["a","b"]}"#).unwrap();
/// let now = JsonTree::parse(r#"{"pages":[{"lines":[1]}],"tags":["a","c"]}"#).unwrap();
/// assert_eq!(changed_lists(&before, &now), ["pages/0/lines"]);
/// ```
#[must_use]
pub fn changed_lists(before: &JsonTree, now: &JsonTree) -> Vec<String> {
    let mut found = Vec::new();
    collect("", (before, 0), (now, 0), &mut found);
    found
}

fn collect(path: &str, before: Node<'_>, now: Node<'_>, found: &mut Vec<String>) {
    let ((before, from), (now, to)) = (before, now);
    if before.value(from) == now.value(to) {
        return;
    }
    let inner = |key: &str| {
        let mut inner = path.to_owned();
        if !path.is_empty() {
            inner.push('/');
        }
        push_pointer(&mut inner, key);
        inner
    };
    match (before.kind(from), now.kind(to)) {
        (JsonKind::Array, JsonKind::Array) if has_other_items((before, from), (now, to)) => {
            found.push(path.to_owned());
        }
        (JsonKind::Array, JsonKind::Array) => {
            for (at, (from, to)) in before.children(from).zip(now.children(to)).enumerate() {
                collect(&inner(&at.to_string()), (before, from), (now, to), found);
            }
        }
        (JsonKind::Object, JsonKind::Object) => {
            for from in before.children(from) {
                let key = unquote(before.raw_key(from));
                if let Some(to) = now.get(to, &key) {
                    collect(&inner(&key), (before, from), (now, to), found);
                }
            }
        }
        _ => {}
    }
}

fn has_other_items((before, from): Node<'_>, (now, to): Node<'_>) -> bool {
    if before.child_count(from) != now.child_count(to) {
        return true;
    }
    let pairs = before.children(from).zip(now.children(to));
    let changed: Vec<(Value, Value)> = pairs
        .map(|(from, to)| (before.value(from), now.value(to)))
        .filter(|(before, now)| before != now)
        .map(|(before, now)| (to_value(before), to_value(now)))
        .filter(|(before, now)| before != now)
        .collect();
    let moved: HashSet<String> = changed.iter().map(|(before, _)| before.to_string()).collect();
    changed
        .iter()
        .any(|(before, now)| moved.contains(&now.to_string()) || is_replaced(before, now))
}

/// Whether an object of several values shares none of them with the one before.
fn is_replaced(before: &Value, now: &Value) -> bool {
    let (Value::Object(before), Value::Object(now)) = (before, now) else {
        return false;
    };
    before.len() > 1 && before.iter().all(|(key, value)| now.get(key) != Some(value))
}

fn to_value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(before: &str, now: &str) -> Vec<String> {
        let tree = |text| JsonTree::parse(text).unwrap();
        changed_lists(&tree(before), &tree(now))
    }

    #[test]
    fn lists_of_another_length_are_found_at_any_depth() {
        let before = r#"{"a":[1,2],"b":{"c/d":[{"d":[1]},2]},"e":[]}"#;
        let now = r#"{"a":[2],"b":{"c/d":[{"d":[1,2]},2]},"e":[],"f":[1]}"#;
        assert_eq!(lists(before, now), ["a", "b/c~1d/0/d"]);
    }

    #[test]
    fn moved_and_replaced_items_are_found_and_edited_ones_are_not() {
        let is_found = |before: &str, now: &str| !lists(before, now).is_empty();
        assert!(
            is_found("[1,2,3]", "[2,3,4]"),
            "the first was removed, one was added"
        );
        let items = r#"[{"a":1,"b":2},{"a":3,"b":4}]"#;
        assert!(
            is_found(items, r#"[{"a":1,"b":2},{"a":5,"b":6}]"#),
            "the last is new"
        );
        assert!(
            !is_found(items, r#"[{"a":1,"b":2},{"b":4,"a":5}]"#),
            "a value was edited"
        );
        assert!(!is_found(items, r#"[{"b":2,"a":1},{"a":3, "b":4}]"#), "the same");
        assert!(!is_found("[1,2,3]", "[1,7,3]"), "a value was edited");
        assert!(!is_found(r#"[{"a":1}]"#, r#"[{"a":2}]"#), "a value was edited");
    }
}
