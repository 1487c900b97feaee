//! The changes of one editor, for a copy that another editor changed.

use super::strings::push_pointer;
use super::{Difference, JsonKind, JsonTree, changed_lists, differences, value_at};
use workflow_protocol::RawJson;

/// The changes from `before` to `after` that can be applied one by one to `mine`, another edited copy of `before`.
///
/// These are the [`differences`]. Where a position or key no longer leads to the same value, because items were removed, added or moved in
/// `mine` or because it has another kind of value there, there is one change of the whole list or object instead.
///
/// ```
/// # use workflow_inspector::json::changes_for;
/// # use workflow_protocol::RawJson;
/// let before = RawJson::parse(r#"{"lines":[{"n":1},{"n":2}],"total":3}"#)?;
/// let after = RawJson::parse(r#"{"lines":[{"n":1},{"n":5}],"total":6}"#)?;
/// let mine = RawJson::parse(r#"{"lines":[{"n":2}],"total":3}"#)?;
/// let changes = changes_for(&mine, &before, &after);
/// let paths: Vec<String> = changes.iter().map(|change| change.path.join(".")).collect();
/// assert_eq!(paths, ["lines", "total"]);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
#[must_use]
pub fn changes_for(mine: &RawJson, before: &RawJson, after: &RawJson) -> Vec<Difference> {
    let changes = differences(before, after);
    let trees = JsonTree::parse(before.as_str()).and_then(|old| Ok((old, JsonTree::parse(mine.as_str())?)));
    let Ok((old, mine)) = trees else {
        return changes;
    };
    let lists = changed_lists(&old, &mine);
    let mut found: Vec<Difference> = Vec::new();
    for mut change in changes {
        if let Some(depth) = safe_depth(&change.path, &old, &mine, &lists) {
            change.path.truncate(depth);
            // Changes inside one value follow each other.
            if found.last().is_some_and(|last| last.path == change.path) {
                continue;
            }
            let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
            change.before = value_at(before, &path);
            change.after = value_at(after, &path);
        }
        found.push(change);
    }
    found
}

/// The length of the path to the outermost value on the way to a change that is not the same list or object in both trees. None if the whole
/// path leads to the same place in both.
fn safe_depth(path: &[String], before: &JsonTree, mine: &JsonTree, lists: &[String]) -> Option<usize> {
    let mut pointer = String::new();
    for (depth, key) in path.iter().enumerate() {
        let kind = |tree: &JsonTree| tree.find(&pointer).map(|node| tree.kind(node));
        let is_list = kind(before) == Some(JsonKind::Array);
        let list = pointer.strip_prefix('/').unwrap_or_default();
        if kind(before) != kind(mine) || (is_list && lists.iter().any(|changed| changed == list)) {
            return Some(depth);
        }
        pointer.push('/');
        push_pointer(&mut pointer, key);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::with_value;

    const BEFORE: &str =
        r#"{"lines":[{"n":1,"t":"a"},{"n":2,"t":"b"},{"n":3,"t":"c"}],"map":{"x":{"y":1}},"s":1}"#;

    fn json(text: &str) -> RawJson {
        RawJson::parse(text).unwrap()
    }

    fn paths(mine: &str, after: &str) -> Vec<String> {
        let changes = changes_for(&json(mine), &json(BEFORE), &json(after));
        changes.iter().map(|change| change.path.join(".")).collect()
    }

    #[test]
    fn a_change_inside_a_list_that_i_changed_is_one_of_the_whole_list() {
        let mine = r#"{"lines":[{"n":2,"t":"b"},{"n":3,"t":"c"}],"map":{"x":{"y":1}},"s":1}"#;
        let after =
            r#"{"lines":[{"n":1,"t":"a"},{"n":7,"t":"z"},{"n":3,"t":"q"}],"map":{"x":{"y":2}},"s":1}"#;
        assert_eq!(paths(mine, after), ["lines", "map.x.y"]);
        let change = changes_for(&json(mine), &json(BEFORE), &json(after)).remove(0);
        assert_eq!(change.before, value_at(&json(BEFORE), &["lines"]));
        assert_eq!(change.after, value_at(&json(after), &["lines"]));
        // With the same items in the same places, each change stays by itself.
        let edited = BEFORE.replace(r#""n":1"#, r#""n":9"#);
        assert_eq!(
            paths(&edited, after),
            ["lines.1.n", "lines.1.t", "lines.2.t", "map.x.y"]
        );
    }

    #[test]
    fn a_change_inside_a_value_that_i_removed_is_one_of_that_value() {
        let after = BEFORE.replace(r#""y":1"#, r#""y":2"#);
        for mine in [r#"{"map":{}}"#, r#"{"map":{"x":null}}"#, r#"{"map":{"x":[1]}}"#] {
            assert_eq!(paths(mine, &after), ["map.x"], "{mine}");
        }
        assert_eq!(paths(r#"{"map":null}"#, &after), ["map"]);
        assert_eq!(paths("null", &after), [""]);
    }

    #[test]
    fn every_change_can_be_applied_to_mine() {
        let mine = json(r#"{"lines":[{"n":3,"t":"c"},{"n":1,"t":"a"}],"map":{},"s":4}"#);
        let after = json(
            r#"{"lines":[{"n":1,"t":"a"},{"n":2,"t":"b","u":0},{"n":5,"t":"c"}],"map":{"x":{"y":2,"z":3}},"s":5,"v":6}"#,
        );
        let mut merged = mine.clone();
        for change in changes_for(&mine, &json(BEFORE), &after) {
            let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
            merged = with_value(&merged, &path, change.after.as_ref()).unwrap();
        }
        assert!(differences(&merged, &after).is_empty(), "{merged:?}");
    }
}
