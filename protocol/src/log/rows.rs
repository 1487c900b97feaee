//! The packed row of one event, and lists of rows.

use crate::Time;

/// The size of a full chunk of payloads. A larger payload gets its own chunk.
pub(super) const CHUNK: usize = 256 * 1024;

const OFFSET_BITS: u32 = 18;
const CLASS_BITS: u32 = 16;

/// The data of an event without its payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) sequence: u64,
    /// From the highest bit: chunk, offset, class.
    packed: u64,
    length: u32,
    pub(super) seen: u32,
}

const _: () = assert!(size_of::<Row>() <= 24, "a million events must stay cheap");
const _: () = assert!(1 << OFFSET_BITS >= CHUNK, "every offset within a chunk must fit");

impl Row {
    pub(super) fn new(sequence: u64, class: u32, place: Place, seen: u32) -> Self {
        let chunk = u64::from(place.chunk) << (OFFSET_BITS + CLASS_BITS);
        let offset = u64::from(place.offset) << CLASS_BITS;
        Self {
            sequence,
            packed: chunk | offset | u64::from(class),
            length: place.length,
            seen,
        }
    }

    pub(super) fn class(&self) -> u32 {
        (self.packed & ((1 << CLASS_BITS) - 1)) as u32
    }

    pub(super) fn place(&self) -> Place {
        let offset = (self.packed >> CLASS_BITS) & ((1 << OFFSET_BITS) - 1);
        let chunk = (self.packed >> (OFFSET_BITS + CLASS_BITS)) as u32;
        Place {
            chunk,
            offset: offset as u32,
            length: self.length,
        }
    }
}

/// The position of a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    /// The number of the chunk, counted from the start of the log.
    pub(super) chunk: u32,
    pub(super) offset: u32,
    pub(super) length: u32,
}

const CHUNK_BITS: u32 = 64 - OFFSET_BITS - CLASS_BITS;

impl Place {
    /// The position of a payload that is not kept. The bits of the chunk contain the rest of a length beyond 32 bits.
    pub(super) fn length_only(bytes: u64) -> Self {
        let bytes = bytes.min((1 << (32 + CHUNK_BITS)) - 1);
        Self {
            chunk: (bytes >> 32) as u32,
            offset: 0,
            length: bytes as u32,
        }
    }

    pub(super) fn bytes(self) -> u64 {
        u64::from(self.chunk) << 32 | u64::from(self.length)
    }
}

/// Times in 32 bits: milliseconds after a base. A new base starts after 49 days.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The first row of each base.
    bases: Vec<(u32, Time)>,
}

/// No time.
const UNSEEN: u32 = u32::MAX;

impl Seen {
    pub(super) fn pack(&mut self, index: u32, seen: Option<Time>) -> u32 {
        let Some(seen) = seen else { return UNSEEN };
        let delta = self.bases.last().and_then(|(_, base)| seen.0.checked_sub(base.0));
        match delta
            .and_then(|delta| u32::try_from(delta).ok())
            .filter(|delta| *delta != UNSEEN)
        {
            Some(delta) => delta,
            None => {
                self.bases.push((index, seen));
                0
            }
        }
    }

    pub(super) fn unpack(&self, index: usize, packed: u32) -> Option<Time> {
        if packed == UNSEEN {
            return None;
        }
        let after = self.bases.partition_point(|(first, _)| *first as usize <= index);
        let (_, base) = self.bases.get(after.checked_sub(1)?)?;
        Some(base.plus(u64::from(packed)))
    }
}

/// Items per full segment.
const SEGMENT: usize = 4096;

/// A list that grows without moving its items, so that no push is slow and there is never a second copy.
#[derive(Debug)]
pub(super) struct Segments<T> {
    segments: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Segments<T> {
    fn default() -> Self {
        Self {
            segments: Vec::new(),
            len: 0,
        }
    }
}

impl<T> Segments<T> {
    pub(super) fn push(&mut self, item: T) {
        match self.segments.last_mut().filter(|segment| segment.len() < SEGMENT) {
            Some(segment) => segment.push(item),
            None => {
                // The first one grows as needed, because most runs are short.
                let capacity = if self.segments.is_empty() { 0 } else { SEGMENT };
                let mut segment = Vec::with_capacity(capacity);
                segment.push(item);
                self.segments.push(segment);
            }
        }
        self.len += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, index: usize) -> Option<&T> {
        self.segments.get(index / SEGMENT)?.get(index % SEGMENT)
    }

    /// The number of items at the start that fulfil a condition, which must be monotonic.
    pub(super) fn partition_point(&self, holds: impl Fn(&T) -> bool) -> usize {
        let full = self
            .segments
            .partition_point(|segment| segment.last().is_some_and(&holds));
        let within = self
            .segments
            .get(full)
            .map_or(0, |segment| segment.partition_point(holds));
        full * SEGMENT + within
    }
}
