//! The members of one JSON object, borrowed from its text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::decode;
use crate::{DecodeError, RawJson};

/// Keys and value texts of a JSON object, in order. Of equal keys the last value stays, at the place of the first, as with
/// JavaScript's `JSON.parse`.
///
/// Values are checked for syntax, not parsed, so this costs one pass however large they are.
///
/// # Errors
/// When the text is not a JSON object.
///
/// ```
/// # use workflow_protocol::members;
/// assert_eq!(members(r#"{"a": [1, 2], "b": 3, "a": 4}"#)?, [("a".into(), "4"), ("b".into(), "3")]);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
pub fn members(text: &str) -> Result<Vec<(Cow<'_, str>, &str)>, DecodeError> {
    let Members(list) = decode("object", text)?;
    Ok(list.into_iter().map(|(key, value)| (key, value.get())).collect())
}

/// An event's fields: the payload's own keys, then those of its `_data` that are not own keys, in order.
///
/// Keys that an event's class does not declare are nested under `_data` on output (observed on llama-agents-server 0.8.0); the
/// key `_data` itself is left out when it holds such an object.
///
/// # Errors
/// When the text is not a JSON object.
///
/// ```
/// # use workflow_protocol::fields;
/// let fields = fields(r#"{"_data":{"prefix":"Name?","n":1},"n":2}"#)?;
/// let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
/// assert_eq!(fields, [("n", "2"), ("prefix", r#""Name?""#)]);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
pub fn fields(value: &str) -> Result<Vec<(String, RawJson)>, DecodeError> {
    let Members(mut list) = decode("event fields", value)?;
    if let Some((place, Members(dynamic))) = dynamic(&list) {
        list.remove(place);
        let mut unique = Unique::new(list);
        for (key, value) in dynamic {
            unique.add(key, value);
        }
        list = unique.list;
    }
    Ok(list
        .into_iter()
        .map(|(key, value)| (key.into_owned(), RawJson::from_raw(value)))
        .collect())
}

/// The text of one field of an event if it is a string, looked up as [`fields`] does.
pub fn field_str(value: &str, name: &str) -> Option<String> {
    let Members(own) = serde_json::from_str(value).ok()?;
    let dynamic = dynamic(&own);
    let nested = dynamic.iter().flat_map(|(_, Members(list))| list);
    let hidden = dynamic.as_ref().map(|(place, _)| *place);
    let own = own
        .iter()
        .enumerate()
        .filter(|(place, _)| Some(*place) != hidden)
        .map(|(_, member)| member);
    let (_, found) = own.chain(nested).find(|(key, _)| key == name)?;
    text_of(found.get()).map(Cow::into_owned)
}

/// The unescaped text of a JSON string; `None` for other values. Half surrogate pairs, which Python writes without
/// complaint and no Rust string can hold, become U+FFFD.
pub fn text_of(json: &str) -> Option<Cow<'_, str>> {
    let quoted = json.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', quoted.as_bytes()).is_none() {
        return Some(Cow::Borrowed(quoted));
    }
    let mut text = String::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (plain, escape) = rest.split_at_checked(at)?;
        text.push_str(plain);
        let (kind, after) = (escape.as_bytes().get(1)?, escape.get(2..)?);
        rest = after;
        text.push(match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = unit(&mut rest)?;
                match char::decode_utf16([unit]).next()? {
                    Ok(character) => character,
                    Err(_) => second_half(unit, &mut rest),
                }
            }
            _ => return None,
        });
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// The four hexadecimal digits of a `\u` escape.
fn unit(rest: &mut &str) -> Option<u16> {
    let (digits, after) = rest.split_at_checked(4)?;
    *rest = after;
    u16::from_str_radix(digits, 16).ok()
}

/// The character that a high surrogate makes with the escape behind it, which is consumed only if it fits.
fn second_half(high: u16, rest: &mut &str) -> char {
    let mut after = rest.strip_prefix("\\u").unwrap_or_default();
    let pair = unit(&mut after).and_then(|low| char::decode_utf16([high, low]).next());
    match pair {
        Some(Ok(character)) => {
            *rest = after;
            character
        }
        _ => char::REPLACEMENT_CHARACTER,
    }
}

type Member<'a> = (Cow<'a, str>, &'a RawValue);

/// Place and members of `_data`, where that is an object.
fn dynamic<'a>(list: &[Member<'a>]) -> Option<(usize, Members<'a>)> {
    let place = list.iter().position(|(key, _)| key == "_data")?;
    let (_, value) = list.get(place)?;
    Some((place, serde_json::from_str(value.get()).ok()?))
}

/// Members with unique keys, in order of first appearance.
struct Unique<'a> {
    list: Vec<Member<'a>>,
    /// Filled once the list is long enough that searching it would cost more.
    places: HashMap<Cow<'a, str>, usize>,
}

const SEARCHED: usize = 16;

impl<'a> Unique<'a> {
    fn new(list: Vec<Member<'a>>) -> Self {
        let mut unique = Self {
            list,
            places: HashMap::new(),
        };
        if unique.list.len() > SEARCHED {
            unique.index();
        }
        unique
    }

    fn index(&mut self) {
        self.places = self
            .list
            .iter()
            .enumerate()
            .map(|(place, (key, _))| (key.clone(), place))
            .collect();
    }

    fn place(&self, key: &str) -> Option<usize> {
        if self.list.len() > SEARCHED {
            self.places.get(key).copied()
        } else {
            self.list.iter().position(|(known, _)| known == key)
        }
    }

    /// Appends a member unless its key is known.
    fn add(&mut self, key: Cow<'a, str>, value: &'a RawValue) {
        if self.place(&key).is_none() {
            self.append(key, value);
        }
    }

    /// Appends a member, or gives a known key its new value.
    fn set(&mut self, key: Cow<'a, str>, value: &'a RawValue) {
        match self.place(&key).and_then(|place| self.list.get_mut(place)) {
            Some((_, known)) => *known = value,
            None => self.append(key, value),
        }
    }

    fn append(&mut self, key: Cow<'a, str>, value: &'a RawValue) {
        if self.list.len() > SEARCHED {
            self.places.insert(key.clone(), self.list.len());
        }
        self.list.push((key, value));
        if self.list.len() == SEARCHED + 1 {
            self.index();
        }
    }
}

pub(crate) struct Members<'a>(pub(crate) Vec<Member<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut unique = Unique::new(Vec::new());
        // Keys are taken raw too: a half surrogate pair in a key must not make the whole object unreadable.
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            unique.set(
                text_of(key.get()).unwrap_or_else(|| Cow::Borrowed(key.get())),
                value,
            );
        }
        Ok(Members(unique.list))
    }
}
