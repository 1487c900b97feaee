//! What a store does with records: which ones match, in which order, in which groups.
//!
//! A [`Document`] is an index of a record's `data`, written once. [`Matcher`], [`Sorter`] and [`Grouper`] read it without parsing JSON, so the
//! memory store and SQL functions share one evaluator.
//!
//! Values have a kind. In order: text, number, boolean, list, object; missing and null come last, as in PostgreSQL. Numbers compare
//! exactly up to 64 bits and as doubles beyond; texts compare by code points. How LlamaCloud orders mixed kinds is not known.
//!
//! ```
//! # use workflow_cloud::Timestamp;
//! # use workflow_cloud::query::{Document, Matcher, Row};
//! let document = Document::parse(r#"{"contact":{"age":30}}"#)?;
//! let row = Row { created: Timestamp(1), updated: Timestamp(1), document: document.as_bytes() };
//! let matcher = Matcher::new(&serde_json::json!({"data.contact.age": {"gte": 21}})).unwrap();
//! assert!(matcher.matches(row));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod cursor;
mod document;
mod groups;
mod matcher;
mod name;
mod sorter;

pub use cursor::{Cursor, Question};
pub use document::Document;
pub use groups::{GroupRow, Grouper, page_of_groups};
pub use matcher::{Invalid, MAX_CONDITIONS, Matcher};
pub use name::{MAX_NAME, Name};
pub use sorter::Sorter;

use crate::Timestamp;

/// A record as the evaluator sees it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// `created_at`.
    pub created: Timestamp,
    /// `updated_at`.
    pub updated: Timestamp,
    /// The bytes of its [`Document`].
    pub document: &'a [u8],
}
