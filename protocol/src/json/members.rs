//! The members of one JSON object, borrowed from its text.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::push_quoted;
use super::scan::scan_object;
use crate::find::find_text;
use crate::order::order;
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
    Members::decode("object", text).map(|Members(list)| list)
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
    let Members(mut list) = Members::decode("event fields", value)?;
    if let Some((place, Members(dynamic))) = dynamic(&list) {
        list.remove(place);
        list.extend(dynamic);
        unique(&mut list, false);
    }
    Ok(list
        .into_iter()
        .map(|(key, value)| (key.into_owned(), RawJson::checked(value)))
        .collect())
}

/// The fields of an event as a value of a type, with those that its class does not declare beside the others, as [`fields`] gives
/// them.
///
/// # Errors
/// When the event has another shape.
///
/// ```
/// # use workflow_protocol::decode_fields;
/// #[derive(serde::Deserialize)]
/// struct Question {
///     prefix: String,
///     n: u8,
/// }
/// let question: Question = decode_fields(r#"{"_data":{"prefix":"Name?"},"n":2}"#)?;
/// assert_eq!((question.prefix.as_str(), question.n), ("Name?", 2));
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
pub fn decode_fields<T: DeserializeOwned>(value: &str) -> Result<T, DecodeError> {
    let decode = |text: &str| {
        serde_json::from_str(text).map_err(|error| DecodeError::serde("event fields", &error, text))
    };
    match find_text(value, "\"_data\"").and_then(|_| fields(value).ok()) {
        Some(fields) => decode(&object_of(&fields)),
        None => decode(value),
    }
}

fn object_of(fields: &[(String, RawJson)]) -> String {
    let mut text = String::from("{");
    for (name, value) in fields {
        if text.len() > 1 {
            text.push(',');
        }
        push_quoted(&mut text, name);
        text.push(':');
        text.push_str(value.as_str());
    }
    text.push('}');
    text
}

/// The text of one field of an event if it is a string, looked up as [`fields`] does.
pub fn field_str(value: &str, name: &str) -> Option<String> {
    let Members(mut list) = Members::read(value)?;
    if let Some((place, Members(dynamic))) = dynamic(&list) {
        list.remove(place);
        list.extend(dynamic);
    }
    // The own keys come first, and the first one counts.
    Members(list).text(name).map(Cow::into_owned)
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

type Member<'a> = (Cow<'a, str>, &'a str);

/// Place and members of `_data`, where that is an object.
fn dynamic<'a>(list: &[Member<'a>]) -> Option<(usize, Members<'a>)> {
    let place = list.iter().position(|(key, _)| key == "_data")?;
    let (_, value) = list.get(place)?;
    Some((place, Members::read(value)?))
}

/// Leaves each key once, at its first place; with its last value if `last`, else with its first.
fn unique(list: &mut Vec<Member<'_>>, last: bool) {
    let by_key = order(list.len(), &mut |a, b| (&list[a].0, a) < (&list[b].0, b));
    let mut doubled = vec![false; list.len()];
    let mut first: Option<usize> = None;
    for at in by_key {
        match first {
            Some(first) if list[first].0 == list[at].0 => {
                doubled[at] = true;
                if last {
                    list[first].1 = list[at].1;
                }
            }
            _ => first = Some(at),
        }
    }
    let mut doubled = doubled.into_iter();
    list.retain(|_| doubled.next() == Some(false));
}

/// The members of one object with unique keys, in order of first appearance.
pub(crate) struct Members<'a>(pub(crate) Vec<Member<'a>>);

impl<'a> Members<'a> {
    /// `None` when the text is no JSON object.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let mut list = Vec::new();
        scan_object(text, |key, value| {
            // A half surrogate pair in a key must not make the whole object unreadable.
            list.push((text_of(key).unwrap_or(Cow::Borrowed(key)), value));
        })?;
        unique(&mut list, true);
        Some(Self(list))
    }

    pub(crate) fn decode(what: &'static str, text: &'a str) -> Result<Self, DecodeError> {
        Self::read(text).ok_or_else(|| DecodeError::no_object(what, text))
    }

    /// The raw text of a member.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let member = self.0.iter().find(|(key, _)| key == name);
        member.map(|(_, value)| *value)
    }

    /// The text of a member that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        text_of(self.get(name)?)
    }
}
