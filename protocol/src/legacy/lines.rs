//! Newline-delimited JSON: bytes in, lines out.

use std::borrow::Cow;

use memchr::memchr;

/// The default limit of one line.
const MAX_LINE: usize = 64 * 1024 * 1024;

/// An item of a stream of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NdjsonItem<'a> {
    /// A line without its end. Bytes that are not UTF-8 become U+FFFD.
    Line(Cow<'a, str>),
    /// The length of a line that exceeded the limit and was skipped.
    Oversized(u64),
}

/// An incremental decoder of newline-delimited JSON, for chunks cut anywhere. Empty lines are skipped. Memory is bounded by one line.
///
/// ```
/// # use workflow_protocol::legacy::{NdjsonDecoder, NdjsonItem};
/// let mut decoder = NdjsonDecoder::new();
/// let mut seen = Vec::new();
/// for chunk in ["{\"n\":", "1}\n{}", "\n"] {
///     decoder.feed(chunk.as_bytes(), &mut |item| {
///         if let NdjsonItem::Line(line) = item {
///             seen.push(line.into_owned());
///         }
///     });
/// }
/// assert_eq!(seen, ["{\"n\":1}", "{}"]);
/// ```
#[derive(Debug)]
pub struct NdjsonDecoder {
    limit: usize,
    /// The incomplete line, up to the limit.
    line: Vec<u8>,
    /// Its full length.
    bytes: u64,
}

impl Default for NdjsonDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl NdjsonDecoder {
    /// A decoder with a limit of 64 MiB per line.
    pub fn new() -> Self {
        Self::with_limit(MAX_LINE)
    }

    /// A decoder with this limit per line, in bytes.
    pub const fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            bytes: 0,
        }
    }

    /// Reads the next chunk and passes on the lines that it completes.
    pub fn feed(&mut self, mut chunk: &[u8], on_item: &mut dyn FnMut(NdjsonItem<'_>)) {
        while let Some(end) = memchr(b'\n', chunk) {
            let (line, rest) = chunk.split_at(end);
            chunk = rest.get(1..).unwrap_or_default();
            if self.bytes == 0 && line.len() <= self.limit {
                give(line, on_item);
            } else {
                self.store(line);
                self.end(on_item);
            }
        }
        self.store(chunk);
    }

    /// The stream has ended: passes on the last line, if it has no line feed.
    pub fn finish(&mut self, on_item: &mut dyn FnMut(NdjsonItem<'_>)) {
        self.end(on_item);
    }

    fn store(&mut self, bytes: &[u8]) {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if self.bytes <= self.limit as u64 {
            self.line.extend_from_slice(bytes);
        } else {
            self.line = Vec::new();
        }
    }

    fn end(&mut self, on_item: &mut dyn FnMut(NdjsonItem<'_>)) {
        if self.bytes > self.limit as u64 {
            on_item(NdjsonItem::Oversized(self.bytes));
        } else {
            give(&self.line, on_item);
        }
        self.line.clear();
        self.bytes = 0;
    }
}

fn give(line: &[u8], on_item: &mut dyn FnMut(NdjsonItem<'_>)) {
    let line = line.trim_ascii();
    if !line.is_empty() {
        on_item(NdjsonItem::Line(String::from_utf8_lossy(line)));
    }
}
