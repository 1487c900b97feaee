//! The events of one run: payload bytes in append-only chunks, and a small row for each event.

use serde_json::value::RawValue;

use crate::{DecodeError, Envelope, EventClass, EventKind, Time};

mod arriving;
mod classes;
mod payloads;
mod rows;

pub(crate) use arriving::ArrivingFrame;
use classes::{Classes, OVERSIZED, UNDECODABLE};
use payloads::Payloads;
use rows::{Place, Row, Seen, Segments};

/// The first of the numbers that a log assigns to frames without an id. They are unique within the log and have no order. The server's
/// sequences stay below, and each number is exact in JavaScript.
pub const UNNUMBERED: u64 = 1 << 52;

/// How many bytes of payloads a log keeps by default.
const CAP: usize = 256 * 1024 * 1024;

/// The share of the cap for class names, and its minimum in bytes.
const CLASSES_SHARE: usize = 8;
const CLASSES_LEAST: usize = 64 * 1024;

/// The events of one run, in sequence.
///
/// Built for a million events: an event costs its payload's bytes, a row of 24 bytes and, unless it is internal, 4 more; no work per event
/// depends on the number of events. When the payloads exceed the cap, the oldest are dropped in whole chunks; their rows stay, so counts,
/// classes and order are preserved.
///
/// Class names count against the cap, up to an eighth of it. At most 512 bytes of a name are kept, for 64 000 classes; further classes
/// without a special meaning are all called `Other`.
///
/// ```
/// # use workflow_protocol::{Envelope, EventLog};
/// let mut log = EventLog::default();
/// log.push(0, &Envelope::parse(r#"{"type":"Tick","value":{"n":1}}"#)?, None);
/// let event = log.get(0).ok_or("no event")?;
/// assert_eq!((event.sequence, event.class.name.as_str(), event.value), (0, "Tick", Some(r#"{"n":1}"#)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EventLog {
    rows: Segments<Row>,
    /// Indexes of the events that are not internal.
    public: Segments<u32>,
    classes: Classes,
    payloads: Payloads,
    seen: Seen,
    /// The sequence of the latest event that has one.
    last: Option<u64>,
    /// The indexes of the frames without an id.
    unnumbered: Vec<u32>,
    /// The errors of undecodable frames whose text is still kept, in order of their indexes.
    errors: Vec<(u32, Box<str>)>,
    received: u64,
    tails: Tails,
}

/// The first bytes of the server's envelopes.
const HEAD: &str = r#"{"value":"#;
/// How many tails are cached, and their maximum size in bytes.
const TAILS: usize = 8;
const TAIL_BYTES: usize = 4096;

/// Recent tails: the bytes after the fields of an envelope, with the class that they name. The server writes the same bytes for each event
/// of a class, so a cached tail need not be parsed again.
#[derive(Debug, Default)]
struct Tails {
    known: Vec<(Box<str>, u32)>,
    oldest: usize,
}

impl Tails {
    fn class(&self, tail: &str) -> Option<u32> {
        let found = self.known.iter().find(|(known, _)| **known == *tail);
        found.map(|(_, class)| *class)
    }

    fn learn(&mut self, tail: &str, class: u32) {
        if tail.len() > TAIL_BYTES {
            return;
        }
        let entry = (tail.into(), class);
        if self.known.len() < TAILS {
            self.known.push(entry);
        } else if let Some(place) = self.known.get_mut(self.oldest) {
            *place = entry;
            self.oldest = (self.oldest + 1) % TAILS;
        }
    }
}

/// The JSON value at the start of a text, and the rest.
fn split_value(text: &str) -> Option<(&str, &str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let value = values.next()?.ok()?.get();
    text.split_at_checked(value.len())
        .filter(|(start, _)| std::ptr::eq(*start, value))
}

impl Default for EventLog {
    /// A log that keeps 256 MiB of payloads.
    fn default() -> Self {
        Self::new(CAP)
    }
}

impl EventLog {
    /// An empty log that keeps at most `cap_bytes` of payloads and class names, and always its newest chunk of 256 KiB or of one event.
    pub fn new(cap_bytes: usize) -> Self {
        Self {
            rows: Segments::default(),
            public: Segments::default(),
            classes: Classes::new((cap_bytes / CLASSES_SHARE).max(CLASSES_LEAST)),
            payloads: Payloads::new(cap_bytes),
            seen: Seen::default(),
            last: None,
            unnumbered: Vec::new(),
            errors: Vec::new(),
            received: 0,
            tails: Tails::default(),
        }
    }

    /// Appends an event. `seen` is the time at which it arrived, `None` for history.
    ///
    /// Sequences strictly increase: an event whose sequence is not above the latest is a duplicate and ignored.
    pub fn push(&mut self, sequence: u64, event: &Envelope<'_>, seen: Option<Time>) {
        if !self.takes(sequence) {
            return;
        }
        if u32::try_from(event.value.len()).is_err() {
            return self.push_oversized(sequence, event.value.len() as u64, seen);
        }
        let class = self.classes.intern(event);
        self.payloads.reserve(self.classes.bytes());
        self.push_text(sequence, class, event.value, 0, seen);
    }

    /// Decodes the `data` of a frame and appends its event, like [`push`](Self::push); frames of a known class need less work.
    ///
    /// # Errors
    /// As [`Envelope::parse`]; nothing is appended then.
    /// As [`Envelope::parse`]; nothing is appended then.
    pub fn push_frame(&mut self, sequence: u64, data: &str, seen: Option<Time>) -> Result<(), DecodeError> {
        let split = data.strip_prefix(HEAD).and_then(split_value);
        self.push_split(sequence, data, split, seen)
    }

    /// Like [`push_frame`](Self::push_frame), with a frame whose fields may have been checked while it arrived.
    pub(crate) fn push_arrived(
        &mut self,
        sequence: u64,
        data: &str,
        arriving: Option<ArrivingFrame>,
        seen: Option<Time>,
    ) -> Result<(), DecodeError> {
        match arriving.and_then(|frame| frame.split(data)) {
            Some(split) => self.push_split(sequence, data, Some(split), seen),
            None => self.push_frame(sequence, data, seen),
        }
    }

    /// Appends the event of a frame, whose text was split after its value.
    fn push_split(
        &mut self,
        sequence: u64,
        data: &str,
        split: Option<(&str, &str)>,
        seen: Option<Time>,
    ) -> Result<(), DecodeError> {
        if let Some((value, tail)) = split
            && u32::try_from(value.len()).is_ok()
        {
            if let Some(class) = self.tails.class(tail) {
                if self.takes(sequence) {
                    self.classes.count(class);
                    self.push_text(sequence, class, value, 0, seen);
                }
                return Ok(());
            }
            // The first frame of a class. Its fields were checked above and can be tens of megabytes, so only the rest is parsed.
            let rest = tail.strip_prefix(',').map(|rest| ["{", rest].concat());
            if let Some(envelope) = rest.as_deref().and_then(|rest| Envelope::of_rest(value, rest)) {
                let before = self.rows.len();
                self.push(sequence, &envelope, seen);
                if let Some(row) = self.rows.get(before) {
                    self.tails.learn(tail, row.class());
                }
                return Ok(());
            }
        }
        let envelope = Envelope::parse(data)?;
        let before = self.rows.len();
        self.push(sequence, &envelope, seen);
        let row = self.rows.get(before);
        // An envelope may contain two values; the last one counts.
        if let Some(row) = row.filter(|row| row.class() != OVERSIZED)
            && let Some(rest) = data.strip_prefix(HEAD)
            && std::ptr::eq(rest.as_ptr(), envelope.value.as_ptr())
            && let Some(tail) = rest.get(envelope.value.len()..)
        {
            self.tails.learn(tail, row.class());
        }
        Ok(())
    }

    /// Appends a frame that is not an event, with its text and the error. Duplicates are ignored, as in [`push`](Self::push).
    ///
    /// A frame without an id has no sequence. It is appended at the end, with a number from [`UNNUMBERED`] on.
    pub fn push_undecodable(
        &mut self,
        sequence: impl Into<Option<u64>>,
        raw: &str,
        error: String,
        seen: Option<Time>,
    ) {
        if u32::try_from(raw.len()).is_err() {
            return self.push_oversized(sequence, raw.len() as u64, seen);
        }
        let Some(sequence) = self.admit(sequence.into()) else {
            return;
        };
        let error_bytes = error.len();
        self.errors.push((self.rows.len() as u32, error.into_boxed_str()));
        self.classes.count(UNDECODABLE);
        self.push_text(sequence, UNDECODABLE, raw, error_bytes, seen);
    }

    /// Appends an event of which only the length is known. Duplicates are ignored, as in [`push`](Self::push); a frame without an id gets a
    /// number, as in [`push_undecodable`](Self::push_undecodable).
    pub fn push_oversized(&mut self, sequence: impl Into<Option<u64>>, bytes: u64, seen: Option<Time>) {
        let Some(sequence) = self.admit(sequence.into()) else {
            return;
        };
        self.classes.count(OVERSIZED);
        self.push_row(sequence, OVERSIZED, Place::length_only(bytes), bytes, seen);
    }

    fn takes(&self, sequence: u64) -> bool {
        self.rows.len() < u32::MAX as usize && self.last_sequence().is_none_or(|last| sequence > last)
    }

    /// The sequence under which a row is stored; `None` for a duplicate. Rows without a sequence share that of the previous event.
    fn admit(&mut self, sequence: Option<u64>) -> Option<u64> {
        match sequence {
            Some(sequence) => self.takes(sequence).then_some(sequence),
            None if self.rows.len() < u32::MAX as usize => {
                self.unnumbered.push(self.rows.len() as u32);
                Some(self.last.unwrap_or(0))
            }
            None => None,
        }
    }

    fn push_text(&mut self, sequence: u64, class: u32, text: &str, extra: usize, seen: Option<Time>) {
        let index = self.rows.len() as u32;
        let place = self.payloads.push(index, text, extra);
        if let Some(first_held) = self.payloads.evict() {
            let gone = self.errors.partition_point(|(index, _)| *index < first_held);
            self.errors.drain(..gone);
        }
        self.push_row(sequence, class, place, text.len() as u64, seen);
    }

    fn push_row(&mut self, sequence: u64, class: u32, place: Place, length: u64, seen: Option<Time>) {
        let index = self.rows.len() as u32;
        let seen = self.seen.pack(index, seen);
        self.rows.push(Row::new(sequence, class, place, seen));
        if self.unnumbered.last() != Some(&index) {
            self.last = Some(sequence);
        }
        if !self.classes.kind(class).is_internal() {
            self.public.push(index);
        }
        self.received = self.received.saturating_add(length);
    }

    /// The number of events, including internal and evicted ones.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.len() == 0
    }

    /// The number of events that are not internal.
    pub fn public_len(&self) -> usize {
        self.public.len()
    }

    /// The sequence of the latest event that has one.
    pub const fn last_sequence(&self) -> Option<u64> {
        self.last
    }

    /// How many events have lost their payload to the cap.
    pub fn evicted(&self) -> usize {
        self.payloads.evicted()
    }

    /// The size of the kept payloads in bytes.
    pub fn bytes(&self) -> usize {
        self.payloads.held()
    }

    /// The size of all received payloads in bytes, including evicted and skipped ones.
    pub fn received_bytes(&self) -> u64 {
        self.received
    }

    /// One event by its index, from 0.
    pub fn get(&self, index: usize) -> Option<EventRef<'_>> {
        let row = self.rows.get(index)?;
        let class = row.class();
        let kind = self.classes.kind(class);
        let error = match kind {
            EventKind::Undecodable => self.error(index),
            _ => None,
        };
        let oversized = kind == EventKind::Oversized;
        let number = self.number(index);
        Some(EventRef {
            index,
            sequence: number.unwrap_or(row.sequence),
            numbered: number.is_none(),
            class: self.classes.class(class),
            kind,
            value: if oversized {
                None
            } else {
                self.payloads.get(row.place())
            },
            length: if oversized {
                row.place().bytes()
            } else {
                u64::from(row.place().length)
            },
            seen: self.seen.unpack(index, row.seen),
            error,
        })
    }

    fn error(&self, index: usize) -> Option<&str> {
        let found = self
            .errors
            .binary_search_by_key(&index, |(index, _)| *index as usize);
        self.errors.get(found.ok()?).map(|(_, error)| &**error)
    }

    /// One event by its number, from 0, among those that are not internal.
    pub fn public(&self, ordinal: usize) -> Option<EventRef<'_>> {
        self.get(*self.public.get(ordinal)? as usize)
    }

    /// The number of a frame without an id.
    fn number(&self, index: usize) -> Option<u64> {
        // Almost no log has any.
        if self.unnumbered.is_empty() {
            return None;
        }
        let found = self.unnumbered.binary_search(&u32::try_from(index).ok()?).ok()?;
        Some(UNNUMBERED + found as u64)
    }

    /// The index of the event with a sequence, or with the number of a frame without an id.
    pub fn index_of(&self, sequence: u64) -> Option<usize> {
        let number = sequence
            .checked_sub(UNNUMBERED)
            .and_then(|at| usize::try_from(at).ok());
        if let Some(index) = number.and_then(|at| self.unnumbered.get(at)) {
            return Some(*index as usize);
        }
        let mut index = self.rows.partition_point(|row| row.sequence < sequence);
        while self.number(index).is_some() {
            index += 1;
        }
        (self.rows.get(index)?.sequence == sequence).then_some(index)
    }

    /// The index of the first event after a sequence; [`len`](Self::len) if there is none yet.
    pub fn index_after(&self, sequence: u64) -> usize {
        self.rows.partition_point(|row| row.sequence <= sequence)
    }

    /// The index of the event with a sequence, else of the first one after it; [`len`](Self::len) if there is none.
    pub fn index_from(&self, sequence: u64) -> usize {
        self.index_of(sequence)
            .unwrap_or_else(|| self.index_after(sequence))
    }

    /// How many events before an index are not internal.
    pub fn public_before(&self, index: usize) -> usize {
        self.public.partition_point(|public| (*public as usize) < index)
    }

    /// The number among the events that are not internal of the event with an index; `None` for an internal one.
    pub fn public_ordinal(&self, index: usize) -> Option<usize> {
        let ordinal = self.public_before(index);
        (*self.public.get(ordinal)? as usize == index).then_some(ordinal)
    }

    /// The length of [`class_counts`](Self::class_counts), so that a new class is noticed without reading them.
    pub fn classes(&self) -> usize {
        self.classes.occurred()
    }

    /// Whether an event of this kind occurred, evicted ones included.
    pub fn has_kind(&self, kind: EventKind) -> bool {
        self.classes.has(kind)
    }

    /// How often each class occurred, including evicted events. Frames that are not events have their own class, which comes first; the
    /// others are in order of first appearance.
    pub fn class_counts(&self) -> impl Iterator<Item = (&EventClass, usize)> {
        self.classes.counts()
    }
}

/// An event of a log, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventRef<'a> {
    /// Its index among all events of the log, from 0.
    pub index: usize,
    /// Its number in the run, assigned by the server; internal events count too. From [`UNNUMBERED`] on for a frame without an id.
    pub sequence: u64,
    /// Whether the server assigned the sequence.
    pub numbered: bool,
    /// Its class.
    pub class: &'a EventClass,
    /// Its kind.
    pub kind: EventKind,
    /// The fields' JSON text, or an undecodable frame's text. `None` when evicted or oversized.
    pub value: Option<&'a str>,
    /// The length of this text on the wire, in bytes.
    pub length: u64,
    /// When it arrived; `None` for history.
    pub seen: Option<Time>,
    /// Why the frame could not be decoded.
    pub error: Option<&'a str>,
}
