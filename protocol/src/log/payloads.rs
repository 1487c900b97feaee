//! Payloads in append-only chunks. The oldest chunks can be evicted.

use std::collections::VecDeque;

use super::rows::{CHUNK, Place};

/// A growing log reserves this share of its size at once, up to [`MOST_AHEAD`]: growing WebAssembly's memory takes a third of a millisecond
/// per call, whatever the size.
const AHEAD: usize = 16;
const MOST_AHEAD: usize = 8 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Payloads {
    chunks: VecDeque<Chunk>,
    /// How many chunks were evicted; the number of the first one that is kept.
    gone: u32,
    cap: usize,
    /// Bytes of the cap that are used elsewhere.
    reserved: usize,
    held: usize,
    evicted: usize,
    /// The size when memory was last reserved, and how much was reserved.
    ahead: usize,
}

#[derive(Debug, Default)]
struct Chunk {
    /// A `String`, not bytes: reading a payload must not check its UTF-8 again.
    text: String,
    rows: usize,
    /// Bytes that belong to these rows but are stored elsewhere.
    extra: usize,
    /// The index of the first row in this chunk.
    first: u32,
}

impl Chunk {
    fn bytes(&self) -> usize {
        self.text.len() + self.extra
    }
}

impl Payloads {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            chunks: VecDeque::new(),
            gone: 0,
            cap,
            reserved: 0,
            held: 0,
            evicted: 0,
            ahead: 0,
        }
    }

    /// Sets how many bytes of the cap are used elsewhere.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.reserved = bytes;
    }

    /// Appends the text of a row. `extra` bytes are counted with it.
    pub(super) fn push(&mut self, row: u32, text: &str, extra: usize) -> Place {
        // A full chunk accepts nothing more, not even an empty text: its offset would be ambiguous.
        let fits = |chunk: &Chunk| chunk.bytes() < CHUNK && chunk.bytes() + text.len() + extra <= CHUNK;
        if !self.chunks.back().is_some_and(fits) {
            self.open(row, text.len());
        }
        let number = self.gone.wrapping_add(self.chunks.len() as u32).wrapping_sub(1);
        let Some(chunk) = self.chunks.back_mut() else {
            return Place::default();
        };
        let place = Place {
            chunk: number,
            offset: chunk.text.len() as u32,
            length: text.len() as u32,
        };
        chunk.text.push_str(text);
        chunk.extra += extra;
        chunk.rows += 1;
        self.held += text.len() + extra;
        place
    }

    fn open(&mut self, first: u32, length: usize) {
        let mut capacity = length;
        if let Some(last) = self.chunks.back_mut() {
            // Shrink a half-empty chunk; a full one suggests that the next will be full, too.
            if last.text.len() >= CHUNK / 2 && length <= CHUNK / 4 {
                capacity = CHUNK;
            }
            if last.text.capacity() > last.text.len() / 8 * 9 {
                last.text.shrink_to_fit();
            }
        }
        if cfg!(target_arch = "wasm32") && self.held >= self.ahead {
            let bytes = (self.held / AHEAD).min(MOST_AHEAD);
            self.ahead = self.held + bytes;
            if bytes > CHUNK {
                // Freed at once: the allocator keeps it, and untouched pages cost nothing.
                drop(std::hint::black_box(Vec::<u8>::with_capacity(bytes)));
            }
        }
        self.chunks.push_back(Chunk {
            text: String::with_capacity(capacity),
            first,
            ..Chunk::default()
        });
    }

    /// Drops the oldest chunks until the cap is met, but never the newest. Returns the first row that is still kept, if any was dropped.
    pub(super) fn evict(&mut self) -> Option<u32> {
        let before = self.gone;
        while self.held.saturating_add(self.reserved) > self.cap && self.chunks.len() > 1 {
            if let Some(chunk) = self.chunks.pop_front() {
                self.held -= chunk.bytes();
                self.evicted += chunk.rows;
                self.gone = self.gone.wrapping_add(1);
            }
        }
        if self.gone == before {
            None
        } else {
            self.chunks.front().map(|chunk| chunk.first)
        }
    }

    /// The text at a place; `None` if its chunk was evicted.
    pub(super) fn get(&self, place: Place) -> Option<&str> {
        let chunk = self.chunks.get(place.chunk.checked_sub(self.gone)? as usize)?;
        let start = place.offset as usize;
        chunk.text.get(start..start + place.length as usize)
    }

    pub(super) fn held(&self) -> usize {
        self.held
    }

    pub(super) fn evicted(&self) -> usize {
        self.evicted
    }
}
