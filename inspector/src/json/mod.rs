//! JSON as text: a tree of byte offsets, indented lines and rows, previews, and search.
//!
//! Everything works on the original text, without a tree of values. So numbers keep their digits, objects keep their order and
//! duplicate keys, and a payload of 10 MB costs 24 bytes per node and can be read in slices.

mod chunks;
mod edit;
mod error;
mod finder;
mod lines;
mod lists;
mod merge;
mod nodes;
mod preview;
mod rows;
mod scan;
mod strings;
mod text_rows;
mod tree;

pub use edit::{Difference, differences, value_at, with_value};
pub use error::JsonError;
pub use finder::Finder;
pub use lines::JsonLine;
pub use lists::changed_lists;
pub use merge::changes_for;
pub use preview::{compact, pretty, preview};
pub use rows::{JsonKey, JsonRow};
pub use strings::{quote, unquote};
pub use text_rows::{TextPlace, TextRow, TextRows};
pub use tree::{JsonKind, JsonTree, Progress};

pub(crate) use scan::number_end;
pub(crate) use strings::{push_pointer, push_quoted};
