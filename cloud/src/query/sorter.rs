//! Orders, compiled: each record has a key, and the bytes of keys compare as the records do.

use std::collections::HashSet;

use super::document::NULL;
use super::{Name, Row};
use crate::{Order, Timestamp};

/// Bytes of a text that take part in ordering. Longer texts with the same beginning are ordered by the next field.
const MAX_KEY: usize = 512;

/// Missing and null come after everything.
const MISSING: u8 = 0xf0;

/// Gives records their keys.
#[derive(Clone, Debug, Default)]
pub struct Sorter(Vec<(Name, bool)>);

impl Sorter {
    /// Compiles an order. A name that was there before decides nothing, and is left out.
    pub fn new(order: &Order) -> Self {
        let mut seen = HashSet::new();
        let keys = order.0.iter().filter(|key| seen.insert(&key.name));
        Self(keys.map(|key| (Name::new(&key.name), key.descending)).collect())
    }

    /// Whether this is the default order: the newest first.
    pub const fn is_default(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends a record's key. Records with equal fields are ordered by `created_at`, the newest first; no two records of a store
    /// have the same.
    pub fn write_key(&self, row: Row<'_>, out: &mut Vec<u8>) {
        self.write_fields(row, out);
        out.extend((!row.created.0 ^ i64::MIN).to_be_bytes());
    }

    /// The `created_at` in a key of the default order; `None` for other bytes.
    pub fn created_of(key: &[u8]) -> Option<Timestamp> {
        let bytes = <[u8; 8]>::try_from(key).ok()?;
        Some(Timestamp(!(i64::from_be_bytes(bytes) ^ i64::MIN)))
    }

    /// Appends the key of the fields.
    pub(super) fn write_fields(&self, row: Row<'_>, out: &mut Vec<u8>) {
        for (name, descending) in &self.0 {
            let start = out.len();
            let field = name.comparable(row);
            if field.first() == Some(&NULL) {
                out.push(MISSING);
            } else {
                // The first byte is the kind.
                write_escaped(&field[..field.len().min(MAX_KEY + 1)], out);
            }
            if *descending {
                for byte in &mut out[start..] {
                    *byte = !*byte;
                }
            }
        }
    }
}

/// Writes bytes so that no key is the beginning of another: 0 becomes 0 and 255, and 0 0 ends it.
pub(super) fn write_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.contains(&0) {
        for byte in bytes {
            out.push(*byte);
            if *byte == 0 {
                out.push(0xff);
            }
        }
    } else {
        out.extend_from_slice(bytes);
    }
    out.extend([0, 0]);
}
