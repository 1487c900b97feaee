//! The decoder of server-sent events: bytes in, items out, as in the WHATWG standard ("9.2.6 Interpreting an event stream").

use std::borrow::Cow;

mod line;

use line::{Field, Line};

/// The default limit of one event's data.
const MAX_EVENT: usize = 64 * 1024 * 1024;
/// The buffer is freed after an event larger than this.
const KEPT_BUFFER: usize = 1024 * 1024;

/// An item of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SseItem<'a> {
    /// One event.
    Event {
        /// The event's name; empty if the stream names none (browsers then report `message`).
        event: &'a str,
        /// Its data, the lines joined by line feeds.
        data: &'a str,
        /// The last event id of the stream, which may be from an earlier event.
        id: &'a str,
        /// Whether this event had an id.
        own_id: bool,
    },
    /// A comment's text without the colon and one space, up to its first KiB.
    Comment(&'a str),
    /// The reconnect delay requested by the server, in milliseconds.
    Retry(u64),
    /// An event whose data exceeded the limit and was skipped.
    Oversized {
        /// The last event id of the stream, as in [`Event`](Self::Event).
        id: &'a str,
        /// Whether this event had an id.
        own_id: bool,
        /// The length of the data.
        bytes: u64,
    },
}

/// An incremental decoder of one stream after another.
///
/// It accepts chunks cut anywhere, even inside a character, and gives the same items for every cut. Data that is complete within a chunk is
/// borrowed from it, not copied. Memory is bounded: by the limit for the data of one event, and by one KiB each for names, ids and
/// comments; nothing else is stored.
///
/// # Differences from a browser's `EventSource`
/// - An event without a name has an empty one, not `message`.
/// - Comments are reported; they are a server's heartbeat.
/// - An event beyond the limit is reported as [`SseItem::Oversized`].
/// - An `id` or `event` line with a value longer than one KiB is ignored.
///
/// # Example
/// ```
/// # use workflow_protocol::{SseDecoder, SseItem};
/// let mut decoder = SseDecoder::new();
/// let mut seen = Vec::new();
/// for chunk in ["id: 5\nda", "ta: hello\n\n"] {
///     decoder.feed(chunk.as_bytes(), &mut |item| {
///         if let SseItem::Event { data, id, .. } = item {
///             seen.push((id.to_owned(), data.to_owned()));
///         }
///     });
/// }
/// assert_eq!(seen, [("5".to_owned(), "hello".to_owned())]);
/// ```
#[derive(Debug)]
pub struct SseDecoder {
    limit: usize,
    /// Bytes of a byte order mark at the start of the stream; `None` once decided.
    mark: Option<usize>,
    /// The last byte was a carriage return: a line feed now belongs to it.
    after_return: bool,
    /// The incomplete line.
    line: Line,
    /// The event's data so far. Empty while it is borrowed from the chunk.
    data: Vec<u8>,
    /// Whether there was a data line; an event with one empty line is an event.
    has_data: bool,
    /// The full length of the data, including what was not stored.
    data_bytes: u64,
    event: String,
    /// The id that the end of the event commits.
    next_id: String,
    /// The event has its own id.
    own_id: bool,
    last_id: String,
}

impl Default for SseDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl SseDecoder {
    /// A decoder with a limit of 64 MiB for the data of one event.
    pub fn new() -> Self {
        Self::with_limit(MAX_EVENT)
    }

    /// A decoder with this limit, in bytes, for the data of one event.
    pub fn with_limit(max_event_bytes: usize) -> Self {
        Self {
            limit: max_event_bytes,
            mark: Some(0),
            after_return: false,
            line: Line::default(),
            data: Vec::new(),
            has_data: false,
            data_bytes: 0,
            event: String::new(),
            next_id: String::new(),
            own_id: false,
            last_id: String::new(),
        }
    }

    /// The id of the last complete event that had one, or of a block with only an id. Kept by [`reset`](Self::reset).
    pub fn last_event_id(&self) -> &str {
        &self.last_id
    }

    /// The data of the incomplete event so far. Empty if there is none, or if it exceeded the limit.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.data
    }

    /// Starts a new connection: incomplete data is dropped, as at the end of a stream, and the last event id is kept.
    pub fn reset(&mut self) {
        let last_id = std::mem::take(&mut self.last_id);
        *self = Self {
            next_id: last_id.clone(),
            last_id,
            ..Self::with_limit(self.limit)
        };
    }

    /// Reads the next bytes and passes the completed items to the sink, in order.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut dyn FnMut(SseItem<'_>)) {
        let mut rest = self.skip_mark(bytes);
        // Data that is complete in this chunk is only borrowed, until more data or the chunk's end requires a copy.
        let mut lent: Option<&[u8]> = None;
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.after_return) && *first == b'\n' {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', rest) else {
                self.partial(rest, &mut lent);
                break;
            };
            let (line, after) = rest.split_at(end);
            self.after_return = after.first() == Some(&b'\r');
            rest = after.get(1..).unwrap_or_default();
            if self.line.is_empty() {
                self.whole_line(line, &mut lent, sink);
            } else {
                self.partial(line, &mut lent);
                self.end_line(&mut lent, sink);
            }
        }
        self.keep(&mut lent);
    }

    /// The stream's bytes after a byte order mark, of which exactly one is skipped.
    fn skip_mark<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];
        let Some(mut matched) = self.mark else {
            return bytes;
        };
        let mut rest = bytes;
        while let (Some(expected), Some((first, after))) = (MARK.get(matched), rest.split_first()) {
            if first != expected {
                // What looked like a mark is part of a field's name, which is unknown.
                if matched > 0 {
                    self.line = Line::ignored();
                }
                self.mark = None;
                return rest;
            }
            matched += 1;
            rest = after;
        }
        self.mark = (matched < MARK.len()).then_some(matched);
        rest
    }

    /// A line that is complete in the chunk.
    fn whole_line<'b>(
        &mut self,
        line: &'b [u8],
        lent: &mut Option<&'b [u8]>,
        sink: &mut dyn FnMut(SseItem<'_>),
    ) {
        if line.is_empty() {
            self.dispatch(lent, sink);
        } else if let Some(value) = line.strip_prefix(b"data:") {
            let value = value.strip_prefix(b" ").unwrap_or(value);
            self.begin_data(lent);
            if self.data_bytes == 0 && value.len() <= self.limit {
                self.data_bytes = value.len() as u64;
                *lent = Some(value);
            } else {
                self.push_data(value);
            }
        } else {
            self.partial(line, lent);
            self.end_line(lent, sink);
        }
    }

    /// A piece of a line.
    fn partial<'b>(&mut self, piece: &'b [u8], lent: &mut Option<&'b [u8]>) {
        let value = self.line.take(piece);
        if self.line.field() == Field::Data {
            if self.line.enters_value() {
                self.begin_data(lent);
            }
            self.push_data(value);
        }
    }

    /// The end of a line that is not empty.
    fn end_line<'b>(&mut self, lent: &mut Option<&'b [u8]>, sink: &mut dyn FnMut(SseItem<'_>)) {
        if self.line.end() == Field::Data {
            // A line without a colon is a field with an empty value.
            if self.line.enters_value() {
                self.begin_data(lent);
            }
        } else {
            match self.line.field() {
                Field::Event => self.line.value_into(&mut self.event),
                Field::Id => {
                    self.line.value_into(&mut self.next_id);
                    self.own_id = true;
                }
                Field::Retry => {
                    if let Some(milliseconds) = self.line.number() {
                        sink(SseItem::Retry(milliseconds));
                    }
                }
                Field::Comment => sink(SseItem::Comment(&self.line.comment())),
                Field::Data | Field::Name | Field::Ignored => {}
            }
        }
        self.line.clear();
    }

    /// Starts a data line: the lines are joined by line feeds.
    fn begin_data(&mut self, lent: &mut Option<&[u8]>) {
        self.keep(lent);
        if std::mem::replace(&mut self.has_data, true) {
            self.push_data(b"\n");
        }
    }

    /// Copies borrowed data, because more follows or the chunk ends.
    fn keep(&mut self, lent: &mut Option<&[u8]>) {
        if let Some(value) = lent.take() {
            self.data.extend_from_slice(value);
        }
    }

    fn push_data(&mut self, value: &[u8]) {
        self.data_bytes = self.data_bytes.saturating_add(value.len() as u64);
        if self.data_bytes <= self.limit as u64 {
            self.data.extend_from_slice(value);
        } else if !self.data.is_empty() {
            self.data = Vec::new();
        }
    }

    /// The empty line that ends an event.
    fn dispatch(&mut self, lent: &mut Option<&[u8]>, sink: &mut dyn FnMut(SseItem<'_>)) {
        if self.last_id != self.next_id {
            self.last_id.clone_from(&self.next_id);
        }
        let own_id = std::mem::take(&mut self.own_id);
        let data = lent.take().unwrap_or(&self.data);
        if !self.has_data {
            self.event.clear();
            return;
        }
        if self.data_bytes > self.limit as u64 {
            sink(SseItem::Oversized {
                id: &self.last_id,
                own_id,
                bytes: self.data_bytes,
            });
        } else {
            let data = lossy(data);
            sink(SseItem::Event {
                event: &self.event,
                data: &data,
                id: &self.last_id,
                own_id,
            });
        }
        self.event.clear();
        self.has_data = false;
        self.data_bytes = 0;
        if self.data.capacity() > KEPT_BUFFER {
            self.data = Vec::new();
        } else {
            self.data.clear();
        }
    }
}

/// Decodes like a browser: invalid UTF-8 becomes U+FFFD, one for each maximal part of a character.
///
/// Only complete values are decoded: line ends and colons are ASCII, so a value's characters never span them.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Nearly everything is UTF-8, and checking is much faster than replacing.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}
