//! What changed between two JSON values, by path.

use crate::json::preview;
use std::borrow::Cow;
use workflow_protocol::{RawJson, members};

/// How many changes are listed; all are counted up to this number.
const MOST: usize = 200;

/// How many levels are compared part by part; deeper values are compared as a whole.
const DEPTH: usize = 32;

/// How many characters of a value are kept.
const SHOWN: usize = 400;

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The JSON pointer of the value; empty for the whole.
    pub path: String,
    /// The start of the first value, as JSON; `None` if there is none.
    pub left: Option<String>,
    /// The start of the second value, as JSON; `None` if there is none.
    pub right: Option<String>,
}

/// The changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The first 200 changes, in the order of the first value.
    pub list: Vec<Change>,
    /// Whether there are more.
    pub is_cut: bool,
}

/// The values that differ between two JSON texts: members by name, in any order; elements by position. Numbers are compared as text. Texts
/// that are not JSON are compared as a whole.
///
/// ```
/// use workflow_inspector::compare::changes;
///
/// let found = changes(r#"{"a": [1, 2], "b": "x"}"#, r#"{"b":"x","a":[1,3,4]}"#);
/// let found: Vec<_> = found.list.iter().map(|it| (it.path.as_str(), it.left.as_deref(), it.right.as_deref())).collect();
/// assert_eq!(found, [("/a/1", Some("2"), Some("3")), ("/a/2", None, Some("4"))]);
/// ```
pub fn changes(left: &str, right: &str) -> Changes {
    let mut found = Changes::default();
    compare(&mut found, "", left.trim(), right.trim(), 0);
    found
}

fn compare(found: &mut Changes, path: &str, left: &str, right: &str, depth: usize) {
    if left == right || found.is_cut {
        return;
    }
    match parts(left, right, depth) {
        Some((left, right)) => {
            for (at, (name, value)) in left.iter().enumerate() {
                let path = join(path, name);
                match named(&right, at, name) {
                    Some(other) => compare(found, &path, value, other, depth + 1),
                    None => found.add(path, Some(value), None),
                }
            }
            for (at, (name, value)) in right.iter().enumerate() {
                if named(&left, at, name).is_none() {
                    found.add(join(path, name), None, Some(value));
                }
            }
        }
        None if !is_equal_scalar(left, right) => found.add(path.to_owned(), Some(left), Some(right)),
        None => {}
    }
}

/// Strings may be escaped in different ways.
fn is_equal_scalar(left: &str, right: &str) -> bool {
    let text = |json: &str| workflow_protocol::text_of(json).map(Cow::into_owned);
    match (text(left), text(right)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

/// The part with a name, which is probably at this position.
fn named<'a>(parts: &'a Parts, at: usize, name: &str) -> Option<&'a String> {
    let here = parts.get(at).filter(|(other, _)| other == name);
    let found = here.or_else(|| parts.iter().find(|(other, _)| other == name));
    found.map(|(_, value)| value)
}

type Parts = Vec<(String, String)>;

/// The parts of two values of the same kind; `None` if they are not both objects or both lists.
fn parts(left: &str, right: &str, depth: usize) -> Option<(Parts, Parts)> {
    if depth >= DEPTH {
        return None;
    }
    let object = |json: &str| {
        let members = members(json).ok()?.into_iter();
        Some(
            members
                .map(|(name, value)| (name.into_owned(), value.trim().to_owned()))
                .collect::<Parts>(),
        )
    };
    let list = |json: &str| {
        let elements = RawJson::parse(json).ok()?.elements()?.into_iter().enumerate();
        Some(
            elements
                .map(|(at, value)| (at.to_string(), value.as_str().trim().to_owned()))
                .collect::<Parts>(),
        )
    };
    match (left.as_bytes().first()?, right.as_bytes().first()?) {
        (b'{', b'{') => Some((object(left)?, object(right)?)),
        (b'[', b'[') => Some((list(left)?, list(right)?)),
        _ => None,
    }
}

fn join(path: &str, name: &str) -> String {
    [path, "/", &name.replace('~', "~0").replace('/', "~1")].concat()
}

impl Changes {
    fn add(&mut self, path: String, left: Option<&str>, right: Option<&str>) {
        if self.list.len() >= MOST {
            self.is_cut = true;
            return;
        }
        let shown = |json: &str| preview(json, SHOWN);
        self.list.push(Change {
            path,
            left: left.map(shown),
            right: right.map(shown),
        });
    }
}
