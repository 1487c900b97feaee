//! Tokens of pages.

use std::fmt::Write as _;

use super::document::hash_of;

/// The identity of a question: a token counts only for the question that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question(u64);

impl Question {
    /// Of all parts that must not change between two pages.
    pub fn new(parts: &[&str]) -> Self {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        let hash = hash_of(&bytes);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
        Self(hash as u64 ^ (hash >> 64) as u64)
    }
}

/// Where a page ended: the key of its last record. The next page has the records with larger keys, so that records which are added
/// or deleted meanwhile neither double nor skip others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The key that [`Sorter::write_key`](super::Sorter::write_key) gave the last record.
    pub key: Vec<u8>,
}

impl Cursor {
    /// The token, as text.
    pub fn token(&self, question: Question) -> String {
        let mut text = format!("{:016x}", question.0);
        for byte in &self.key {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// Reads a token of the same question; `None` for any other text.
    pub fn read(token: &str, question: Question) -> Option<Self> {
        let rest = token.strip_prefix(format!("{:016x}", question.0).as_str())?;
        let digits = rest.as_bytes();
        let pairs = digits.chunks(2).map(|pair| {
            let digit = |byte: u8| {
                char::from(byte)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            };
            match pair {
                [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
                _ => None,
            }
        });
        Some(Self {
            key: pairs.collect::<Option<_>>()?,
        })
    }
}
