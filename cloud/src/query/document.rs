//! The index of a record's data.
//!
//! A node is a kind and its payload: texts are their bytes, numbers are written so that bytes compare as the numbers do, lists have
//! their elements, objects their fields with lengths, so that a field is found by skipping its siblings. Long fields come last: most
//! searches ask for short ones, and skipping a long one costs a cache miss. Lists and objects start with a hash of their content, by
//! which they are equal or not.

use serde_json::{Map, Number, Value};

pub(super) const NULL: u8 = 0x00;
pub(super) const TEXT: u8 = 0x10;
pub(super) const NUMBER: u8 = 0x20;
pub(super) const BOOLEAN: u8 = 0x30;
pub(super) const LIST: u8 = 0x40;
pub(super) const OBJECT: u8 = 0x50;

/// A kind and a hash.
const HEAD: usize = 17;

/// The index of one record's `data`. Its bytes may be stored; a store that changes the format must rebuild them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document(Box<[u8]>);

impl Document {
    /// The version of the format.
    pub const VERSION: i64 = 2;

    /// Indexes an object.
    pub fn new(data: &Map<String, Value>) -> Self {
        let mut bytes = Vec::new();
        write_object(data, true, &mut bytes);
        Self(bytes.into_boxed_slice())
    }

    /// Reads and indexes the JSON text of an object.
    ///
    /// # Errors
    /// When the text is no object, is nested more than 127 levels deep, or has a number or a text that `serde_json` cannot hold.
    pub fn parse(data: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(data).map(|data| Self::new(&data))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The node of a value that is no list and no object; `None` for those.
pub(super) fn scalar(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Array(_) | Value::Object(_) => None,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let mut node = Vec::new();
            write(value, false, &mut node);
            Some(node)
        }
    }
}

/// The node at a path below the object `node`. Damaged bytes have no nodes.
pub(super) fn find<'a>(mut node: &'a [u8], path: &[Box<str>]) -> Option<&'a [u8]> {
    for name in path {
        if node.first() != Some(&OBJECT) {
            return None;
        }
        let mut rest = node.get(HEAD..)?;
        node = loop {
            let (key, after) = take(rest)?;
            let (value, after) = take(after)?;
            if key == name.as_bytes() {
                break value;
            }
            rest = after;
        };
    }
    Some(node)
}

/// The nodes of a list's elements.
pub(super) fn elements(node: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = node.get(HEAD..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (element, after) = take(rest)?;
        rest = after;
        Some(element)
    })
}

/// What of a node takes part in comparisons: all of it, or kind and hash of lists and objects.
pub(super) fn comparable(node: &[u8]) -> &[u8] {
    match node.first() {
        Some(&(LIST | OBJECT)) => node.get(..HEAD).unwrap_or(node),
        Some(_) => node,
        None => &[NULL],
    }
}

/// A length and that many bytes.
fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    rest.split_at_checked(length)
}

/// Writes a node and returns its hash. `deep` says whether fields of objects are written: inside lists no name reaches them.
fn write(value: &Value, deep: bool, out: &mut Vec<u8>) -> u128 {
    let start = out.len();
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(value) => out.extend([BOOLEAN, u8::from(*value)]),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => {
            out.push(TEXT);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(items) => return write_list(items, out),
        Value::Object(fields) => return write_object(fields, deep, out),
    }
    hash(START, &out[start..])
}

fn write_list(items: &[Value], out: &mut Vec<u8>) -> u128 {
    let head = write_head(LIST, out);
    let mut content = hash(START, &[LIST]);
    for item in items {
        let length = write_length(out);
        content = hash(content, &write(item, false, out).to_le_bytes());
        patch_length(length, out);
    }
    patch_head(head, content, out)
}

fn write_object(fields: &Map<String, Value>, deep: bool, out: &mut Vec<u8>) -> u128 {
    let head = write_head(OBJECT, out);
    let mut content = hash(START, &[OBJECT]);
    let mut fields: Vec<_> = fields.iter().collect();
    // The order of keys says nothing, whether or not the map keeps it.
    fields.sort_unstable_by_key(|(name, value)| (length(value), *name));
    for (name, value) in fields {
        let begin = out.len();
        let length = write_length(out);
        out.extend_from_slice(name.as_bytes());
        patch_length(length, out);
        let length = write_length(out);
        let inner = write(value, deep, out);
        patch_length(length, out);
        // The length keeps names and values apart.
        content = hash(content, &(name.len() as u64).to_le_bytes());
        content = hash(content, name.as_bytes());
        content = hash(content, &inner.to_le_bytes());
        if !deep {
            out.truncate(begin);
        }
    }
    patch_head(head, content, out)
}

/// By which the fields of an object are ordered. Equal values have equal lengths.
fn length(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(_) | Value::Object(_) => usize::MAX,
    }
}

fn write_head(kind: u8, out: &mut Vec<u8>) -> usize {
    let head = out.len();
    out.push(kind);
    out.extend([0; HEAD - 1]);
    head
}

fn patch_head(head: usize, content: u128, out: &mut [u8]) -> u128 {
    out[head + 1..head + HEAD].copy_from_slice(&content.to_le_bytes());
    content
}

fn write_length(out: &mut Vec<u8>) -> usize {
    out.extend([0; 4]);
    out.len()
}

fn patch_length(start: usize, out: &mut [u8]) {
    // Bodies are far smaller than 4 GiB; a longer value would be cut off, not misread.
    let length = u32::try_from(out.len() - start).unwrap_or(u32::MAX);
    out[start - 4..start].copy_from_slice(&length.to_le_bytes());
}

/// The largest double that is not above the number, and what is missing: bytes that compare as the numbers do.
fn write_number(number: &Number, out: &mut Vec<u8>) {
    let integer = number
        .as_i64()
        .map(i128::from)
        .or(number.as_u64().map(i128::from));
    let (double, more) = match integer {
        Some(integer) => floor(integer),
        None => (number.as_f64().unwrap_or_default(), 0),
    };
    // -0 is 0.
    let bits = (double + 0.0).to_bits();
    let sign = 1 << 63;
    let ordered = if bits & sign == 0 { bits | sign } else { !bits };
    out.push(NUMBER);
    out.extend(ordered.to_be_bytes());
    out.extend(more.to_be_bytes());
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the difference is what is wanted; the double of a 64-bit number is far inside i128"
)]
fn floor(integer: i128) -> (f64, u16) {
    let mut double = integer as f64;
    if double as i128 > integer {
        double = double.next_down();
    }
    // Neighbouring doubles below 2⁶⁴ are at most 2048 apart.
    (
        double,
        u16::try_from(integer - double as i128).unwrap_or(u16::MAX),
    )
}

/// FNV-1a with 128 bits.
const START: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

pub(super) fn hash(start: u128, bytes: &[u8]) -> u128 {
    let step = |hash: u128, byte: &u8| (hash ^ u128::from(*byte)).wrapping_mul(PRIME);
    bytes.iter().fold(start, step)
}

pub(super) fn hash_of(bytes: &[u8]) -> u128 {
    hash(START, bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_compare_as_their_bytes() {
        let ascending = [
            "-1e308",
            "-18446744073709551615",
            "-9223372036854775808",
            "-9223372036854775807",
            "-9007199254740993",
            "-9007199254740992",
            "-1.5",
            "-1",
            "-5e-324",
            "0",
            "5e-324",
            "1",
            "1.5",
            "9007199254740992",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551614",
            "18446744073709551615",
            "18446744073709551616",
            "1e308",
        ];
        let node = |text: &str| scalar(&serde_json::from_str(text).unwrap()).unwrap();
        for (index, low) in ascending.iter().enumerate() {
            for high in &ascending[index + 1..] {
                assert!(node(low) < node(high), "{low} < {high}");
            }
        }
        assert_eq!(node("-0.0"), node("0"));
        assert_eq!(node("1.0"), node("1"));
        assert_eq!(node("9007199254740992.0"), node("9007199254740992"));
    }

    #[test]
    fn damaged_bytes_have_no_nodes() {
        let document = Document::new(json!({"a": {"b": [1, {"c": 2}]}}).as_object().unwrap());
        let path = ["a".into(), "b".into()];
        assert_eq!(elements(find(document.as_bytes(), &path).unwrap()).count(), 2);
        for end in 0..document.as_bytes().len() {
            let cut = &document.as_bytes()[..end];
            if let Some(node) = find(cut, &path) {
                assert!(elements(node).count() <= 2);
            }
        }
        let mut bytes = document.as_bytes().to_vec();
        for index in 0..bytes.len() {
            let old = std::mem::replace(&mut bytes[index], 0xff);
            find(&bytes, &path).map(|node| elements(node).count());
            bytes[index] = old;
        }
    }
}
