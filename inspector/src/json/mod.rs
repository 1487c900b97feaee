//! JSON as text: a tree of byte offsets over it, its pretty lines, rows of them, its beginning, where words stand in it.
//!
//! Everything here works on the text as it came. No value tree is built, so numbers keep their digits, objects keep
//! their order and their duplicate keys, and a payload of 10 MB costs 24 bytes a node and can be read in slices.

mod chunks;
mod edit;
mod error;
mod finder;
mod lines;
mod nodes;
mod preview;
mod rows;
mod scan;
mod strings;
mod text_rows;
mod tree;

pub use edit::{Difference, differences, value_at, values_by_path, with_value};
pub use error::JsonError;
pub use finder::Finder;
pub use lines::JsonLine;
pub use preview::{compact, pretty, preview};
pub use rows::{JsonKey, JsonRow};
pub use strings::{quote, unquote};
pub use text_rows::{TextPlace, TextRow, TextRows};
pub use tree::{JsonKind, JsonTree, Progress};

pub(crate) use scan::number_end;
pub(crate) use strings::{push_pointer, push_quoted};
