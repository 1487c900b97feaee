use super::chunks::Chunks;
use super::error::JsonError;
use super::scan::{scalar_end, string_end};
use std::sync::Arc;

/// No node: the parent of the root.
pub(super) const NONE: u32 = u32::MAX;
/// The interval of stored pretty lines, so that a line is found without walking from the start.
pub(super) const CHECKPOINT: usize = 64;
/// Whether a node is folded is stored in the top bit of its child count.
pub(super) const FOLDED: u32 = 1 << 31;

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// Digits, as received.
    Number,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
}

impl JsonKind {
    /// `object`, `array`, `string`, `number`, `boolean` or `null`: JSON Schema's names, also used in CSS.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "boolean",
            Self::Null => "null",
        }
    }

    pub(super) const fn of(first: u8) -> Self {
        match first {
            b'{' => Self::Object,
            b'[' => Self::Array,
            b'"' => Self::String,
            b't' | b'f' => Self::Bool,
            b'n' => Self::Null,
            _ => Self::Number,
        }
    }
}

/// The state of [`JsonTree::step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Call it again; the part so far can already be shown.
    More,
    /// The text was read to its end, or to its first error.
    Done,
}

/// One value of the text. 24 bytes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) start: u32,
    /// The end offset; 0 while the container is open.
    pub(super) end: u32,
    /// In an object: offset of the key's quote. In an array: the index.
    pub(super) key: u32,
    pub(super) parent: u32,
    /// The size of this subtree, including this node; 0 while the container is open.
    pub(super) skip: u32,
    pub(super) children: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    Key,
    Colon,
    CommaOrEnd,
    End,
}

/// A folded container without a folded parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fold {
    pub(super) node: u32,
    /// The number of nodes hidden by earlier folds.
    pub(super) before: u32,
}

/// The tree of a JSON text as byte offsets, with its folds: the model of a windowed tree or text view.
///
/// Built in slices by [`step`](Self::step); rows and lines of the finished part are available in between. Invalid text is not a failure:
/// the part before the [`error`](Self::error) can be shown.
///
/// ```
/// use workflow_inspector::json::JsonTree;
///
/// let mut tree = JsonTree::new(r#"{"a": [1, 2], "b": null}"#, u32::MAX);
/// tree.finish();
/// assert_eq!(tree.row_count(), 5);
/// tree.set_folded(1, true);
/// assert_eq!(tree.row_count(), 3);
/// assert_eq!(tree.row(2).map(|row| row.text), Some("null"));
/// ```
#[derive(Clone, Debug)]
pub struct JsonTree {
    pub(super) text: Arc<str>,
    pub(super) nodes: Chunks<Node>,
    /// The pretty line of every [`CHECKPOINT`]th node.
    pub(super) checkpoints: Vec<u32>,
    /// The number of pretty lines so far.
    pub(super) lines: u32,
    pub(super) folds: Vec<Fold>,
    fold_from: u32,
    position: usize,
    open: u32,
    depth: u32,
    key: u32,
    expect: Expect,
    error: Option<JsonError>,
}

impl JsonTree {
    /// A tree over `text`, of which nothing was read yet. Containers at depth `fold_from` and deeper are folded initially (the root has
    /// depth 0); `u32::MAX` folds nothing.
    pub fn new(text: impl Into<Arc<str>>, fold_from: u32) -> Self {
        let text = text.into();
        let mut tree = Self {
            text,
            nodes: Chunks::default(),
            checkpoints: Vec::new(),
            lines: 0,
            folds: Vec::new(),
            fold_from,
            position: 0,
            open: NONE,
            depth: 0,
            key: 0,
            expect: Expect::Value,
            error: None,
        };
        // Offsets are 32 bits, and the top bit of counts is used.
        if tree.text.len() >= FOLDED as usize {
            tree.fail(0, "larger than 2 GiB");
        }
        tree
    }

    /// Reads `text` to its end.
    ///
    /// # Errors
    /// The position of the first error.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, JsonError> {
        let mut tree = Self::new(text, u32::MAX);
        tree.finish();
        match tree.error.take() {
            Some(error) => Err(error),
            None => Ok(tree),
        }
    }

    /// The tree's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the text stops being JSON; later text has no nodes.
    pub const fn error(&self) -> Option<&JsonError> {
        self.error.as_ref()
    }

    /// Whether the text was read to its end, or to its first error.
    pub fn is_read(&self) -> bool {
        self.error.is_some() || (self.expect == Expect::End && self.position >= self.text.len())
    }

    /// The number of nodes so far.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The number of bytes read so far.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The progress of reading, in percent.
    pub fn percent(&self) -> u32 {
        if self.is_read() {
            return 100;
        }
        // In 64 bits: a text may have 2 GB, and WebAssembly's `usize` has 32.
        (self.position as u64 * 100)
            .checked_div(self.text.len() as u64)
            .unwrap_or(100) as u32
    }

    /// Reads about `max_bytes` more (1 MB takes a few milliseconds). Returns whether reading is complete. A long string is not split.
    pub fn step(&mut self, max_bytes: usize) -> Progress {
        let text = Arc::clone(&self.text);
        let bytes = text.as_bytes();
        let stop = self.position.saturating_add(max_bytes.max(1));
        while self.error.is_none() {
            while let Some(b' ' | b'\n' | b'\t' | b'\r') = bytes.get(self.position) {
                self.position += 1;
            }
            let Some(&byte) = bytes.get(self.position) else {
                if self.expect != Expect::End {
                    self.fail(self.position, "the text ends too early");
                }
                return Progress::Done;
            };
            if self.position >= stop {
                return Progress::More;
            }
            self.token(bytes, byte);
        }
        Progress::Done
    }

    /// Reads the rest.
    pub fn finish(&mut self) {
        while self.step(usize::MAX) == Progress::More {}
    }

    fn fail(&mut self, offset: usize, message: &'static str) {
        self.error = Some(JsonError::at(&self.text, offset, message));
    }

    fn token(&mut self, bytes: &[u8], byte: u8) {
        let at = self.position;
        match (self.expect, byte) {
            (Expect::End, _) => self.fail(at, "expected nothing more"),
            (Expect::Colon, b':') => {
                self.position += 1;
                self.expect = Expect::Value;
            }
            (Expect::Colon, _) => self.fail(at, "expected a colon"),
            (Expect::CommaOrEnd, b',') => {
                self.position += 1;
                self.expect = if self.kind(self.open) == JsonKind::Object {
                    Expect::Key
                } else {
                    Expect::Value
                };
            }
            (Expect::CommaOrEnd | Expect::KeyOrEnd, b'}') if self.kind(self.open) == JsonKind::Object => {
                self.close()
            }
            (Expect::CommaOrEnd | Expect::ValueOrEnd, b']') if self.kind(self.open) == JsonKind::Array => {
                self.close()
            }
            (Expect::CommaOrEnd, _) => {
                let object = self.kind(self.open) == JsonKind::Object;
                self.fail(
                    at,
                    if object {
                        "expected a comma or }"
                    } else {
                        "expected a comma or ]"
                    },
                );
            }
            (Expect::Key | Expect::KeyOrEnd, b'"') => match string_end(bytes, at) {
                Ok(end) => {
                    self.key = at as u32;
                    self.position = end;
                    self.expect = Expect::Colon;
                }
                Err((offset, message)) => self.fail(offset, message),
            },
            (Expect::Key, b'}') => self.fail(at, "a comma before } is one too many"),
            (Expect::Key | Expect::KeyOrEnd, _) => self.fail(at, "expected a key in double quotes"),
            (Expect::Value | Expect::ValueOrEnd, b'{' | b'[') => self.enter(byte),
            (Expect::Value | Expect::ValueOrEnd, _) => match scalar_end(bytes, at, byte) {
                Ok(end) => {
                    self.push(end);
                    self.position = end;
                }
                Err((offset, message)) => self.fail(offset, message),
            },
        }
    }

    /// Adds the node that starts here; `end` is 0 for a container.
    fn push(&mut self, end: usize) {
        if self.nodes.len().is_multiple_of(CHECKPOINT) {
            self.checkpoints.push(self.lines);
        }
        self.lines += 1;
        let mut key = self.key;
        if let Some(parent) = self.nodes.get_mut(self.open as usize) {
            if self.text.as_bytes().get(parent.start as usize) == Some(&b'[') {
                key = parent.children & !FOLDED;
            }
            parent.children += 1;
        }
        let skip = u32::from(end != 0);
        let start = self.position as u32;
        self.nodes.push(Node {
            start,
            end: end as u32,
            key,
            parent: self.open,
            skip,
            children: 0,
        });
        self.expect = if self.open == NONE {
            Expect::End
        } else {
            Expect::CommaOrEnd
        };
    }

    fn enter(&mut self, byte: u8) {
        let node = self.nodes.len() as u32;
        self.push(0);
        if self.depth >= self.fold_from {
            self.set_folded(node, true);
        }
        self.open = node;
        self.depth += 1;
        self.position += 1;
        self.expect = if byte == b'{' {
            Expect::KeyOrEnd
        } else {
            Expect::ValueOrEnd
        };
    }

    fn close(&mut self) {
        self.position += 1;
        self.depth = self.depth.saturating_sub(1);
        let count = self.nodes.len() as u32;
        let mut parent = NONE;
        if let Some(node) = self.nodes.get_mut(self.open as usize) {
            node.end = self.position as u32;
            node.skip = count - self.open;
            parent = node.parent;
            if node.children & !FOLDED != 0 {
                self.lines += 1;
            }
        }
        self.open = parent;
        self.expect = if parent == NONE {
            Expect::End
        } else {
            Expect::CommaOrEnd
        };
    }
}
