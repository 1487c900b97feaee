//! Values inside a JSON text: found, replaced and compared without losing a digit.

use super::preview::compact;
use super::strings::push_quoted;
use workflow_protocol::{RawJson, members};

/// How many levels are compared; deeper values are compared as a whole.
const MAX_DEPTH: usize = 64;

/// A value that differs between two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The keys and positions of its path from the root; empty for the root itself.
    pub path: Vec<String>,
    /// The value before; none if there was none.
    pub before: Option<RawJson>,
    /// The value after; none if there is none.
    pub after: Option<RawJson>,
}

/// The parts of an object or a list with their keys or positions; `None` for any other value. Of equal keys the last counts.
fn parts(json: &RawJson) -> Option<Vec<(String, RawJson)>> {
    if let Some(elements) = json.elements() {
        let elements = elements.into_iter().enumerate();
        return Some(elements.map(|(at, value)| (at.to_string(), value)).collect());
    }
    let members = members(json.as_str()).ok()?.into_iter();
    let parts = members.map(|(key, value)| Some((key.into_owned(), RawJson::parse(value).ok()?)));
    parts.collect()
}

fn is_list(json: &RawJson) -> bool {
    json.as_str().starts_with('[')
}

/// The value at a path of keys and positions.
///
/// ```
/// # use workflow_inspector::json::value_at;
/// # use workflow_protocol::RawJson;
/// let json = RawJson::parse(r#"{"lines":[{"n":9007199254740993}]}"#)?;
/// assert_eq!(value_at(&json, &["lines", "0", "n"]).unwrap().as_str(), "9007199254740993");
/// assert_eq!(value_at(&json, &["lines", "1"]), None);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
#[must_use]
pub fn value_at(json: &RawJson, path: &[&str]) -> Option<RawJson> {
    path.iter().try_fold(json.clone(), |value, name| {
        if let Some(mut elements) = value.elements() {
            let at = (0..elements.len()).find(|at| at.to_string() == *name)?;
            return Some(elements.swap_remove(at));
        }
        // Only what is found is copied: a record can be megabytes.
        let members = members(value.as_str()).ok()?;
        let (_, found) = members.into_iter().rev().find(|(key, _)| key == name)?;
        RawJson::parse(found).ok()
    })
}

/// The same text with another value at a path, or without it for `None`. A key or position after the last one is added. `None` if the path
/// does not exist.
///
/// ```
/// # use workflow_inspector::json::with_value;
/// # use workflow_protocol::RawJson;
/// let json = RawJson::parse(r#"{"a":{"b":1},"c":2.50}"#)?;
/// let three = RawJson::parse("3")?;
/// assert_eq!(with_value(&json, &["a", "b"], Some(&three)).unwrap().as_str(), r#"{"a":{"b":3},"c":2.50}"#);
/// assert_eq!(with_value(&json, &["a"], None).unwrap().as_str(), r#"{"c":2.50}"#);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
#[must_use]
pub fn with_value(json: &RawJson, path: &[&str], value: Option<&RawJson>) -> Option<RawJson> {
    let Some((name, rest)) = path.split_first() else {
        return value.cloned();
    };
    let mut all = parts(json)?;
    match all.iter().position(|(key, _)| key == name) {
        Some(at) if rest.is_empty() && value.is_none() => {
            all.remove(at);
        }
        Some(at) => all[at].1 = with_value(&all[at].1, rest, value)?,
        None if rest.is_empty() => match value {
            Some(value) if !is_list(json) || *name == all.len().to_string() => {
                all.push(((*name).to_owned(), value.clone()));
            }
            Some(_) => return None,
            None => {}
        },
        None => return None,
    }
    RawJson::parse(written(&all, is_list(json))).ok()
}

fn written(parts: &[(String, RawJson)], list: bool) -> String {
    let mut text = String::from(if list { "[" } else { "{" });
    for (at, (key, value)) in parts.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        if !list {
            push_quoted(&mut text, key);
            text.push(':');
        }
        text.push_str(value.as_str());
    }
    text.push(if list { ']' } else { '}' });
    text
}

/// The smallest differences between two values: objects are compared key by key, lists of the same length element by element.
///
/// ```
/// # use workflow_inspector::json::differences;
/// # use workflow_protocol::RawJson;
/// let before = RawJson::parse(r#"{"total":1,"lines":[{"n":1},{"n":2}]}"#)?;
/// let after = RawJson::parse(r#"{"lines":[{"n":1},{"n":3}],"total":1,"note":"x"}"#)?;
/// let paths: Vec<String> = differences(&before, &after).iter().map(|found| found.path.join(".")).collect();
/// assert_eq!(paths, ["lines.1.n", "note"]);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
#[must_use]
pub fn differences(before: &RawJson, after: &RawJson) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut Vec::new(), before, after, &mut found);
    found
}

fn compare(path: &mut Vec<String>, before: &RawJson, after: &RawJson, found: &mut Vec<Difference>) {
    if compact(before.as_str()) == compact(after.as_str()) {
        return;
    }
    let both = (path.len() < MAX_DEPTH)
        .then(|| parts(before).zip(parts(after)))
        .flatten();
    let both = both.filter(|(old, new)| {
        is_list(before) == is_list(after) && (!is_list(before) || old.len() == new.len())
    });
    let Some((old, mut new)) = both else {
        found.push(Difference {
            path: path.clone(),
            before: Some(before.clone()),
            after: Some(after.clone()),
        });
        return;
    };
    for (key, value) in old {
        let now = new
            .iter()
            .position(|(known, _)| *known == key)
            .map(|at| new.remove(at).1);
        path.push(key);
        match now {
            Some(now) => compare(path, &value, &now, found),
            None => found.push(Difference {
                path: path.clone(),
                before: Some(value),
                after: None,
            }),
        }
        path.pop();
    }
    for (key, value) in new {
        path.push(key);
        found.push(Difference {
            path: path.clone(),
            before: None,
            after: Some(value),
        });
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::{differences, value_at, with_value};
    use workflow_protocol::RawJson;

    fn json(text: &str) -> RawJson {
        RawJson::parse(text).unwrap()
    }

    #[test]
    fn odd_names_and_missing_places() {
        let odd = json(r#"{"":{"a/b":1},"__proto__":2,"list":[1,2]}"#);
        assert_eq!(value_at(&odd, &["", "a/b"]), Some(json("1")));
        assert_eq!(value_at(&odd, &["__proto__"]), Some(json("2")));
        assert_eq!(value_at(&odd, &["__proto__", "x"]), None);
        assert_eq!(with_value(&odd, &["x", "y"], Some(&json("1"))), None);
        let longer = with_value(&odd, &["list", "2"], Some(&json("3"))).unwrap();
        assert_eq!(value_at(&longer, &["list"]), Some(json("[1,2,3]")));
        assert_eq!(with_value(&odd, &["list", "7"], Some(&json("3"))), None);
    }

    #[test]
    fn a_list_of_another_length_differs_as_a_whole() {
        let found = differences(&json(r#"{"a":[1,2],"b":{"c":1}}"#), &json(r#"{"a":[1],"b":[]}"#));
        let paths: Vec<_> = found.iter().map(|found| found.path.join(".")).collect();
        assert_eq!(paths, ["a", "b"]);
        assert!(differences(&json(r#"{"a": 1}"#), &json(r#"{"a":1}"#)).is_empty());
        assert_eq!(differences(&json("1"), &json("2"))[0].path, Vec::<String>::new());
    }

    #[test]
    fn every_change_of_a_difference_makes_the_texts_equal() {
        let before = json(r#"{"a":1,"b":{"c":[1,{"d":2}],"e":3}}"#);
        let after = json(r#"{"b":{"c":[1,{"d":5,"f":6}],"e":3},"g":[]}"#);
        let mut merged = before.clone();
        for found in differences(&before, &after) {
            let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
            merged = with_value(&merged, &path, found.after.as_ref()).unwrap();
        }
        assert!(differences(&merged, &after).is_empty(), "{merged:?}");
    }
}
