//! The event log of one run: append-only, with any number of readers.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::budget::{Charge, Full};
use super::event::ENVELOPE_HEAD;
use super::{Class, Event};

/// A stored event. Its sequence id is its position in the log.
#[derive(Debug, Clone)]
pub enum Frame {
    /// An event with its class.
    Event(Event),
    /// Text that is sent unchanged, for frames that no real server would send.
    Raw(Arc<str>),
}

impl Frame {
    fn class(&self) -> Option<&'static Class> {
        match self {
            Self::Event(event) => Some(event.class),
            Self::Raw(_) => None,
        }
    }

    fn is_internal(&self) -> bool {
        self.class()
            .is_some_and(|class| class.is("InternalDispatchEvent"))
    }

    fn is_stop(&self) -> bool {
        self.class().is_some_and(|class| class.is("StopEvent"))
    }

    /// The memory that the frame uses, in bytes.
    fn bytes(&self) -> usize {
        FRAME_BYTES
            + match self {
                Self::Event(event) => event.value.get().len(),
                Self::Raw(text) => text.len(),
            }
    }
}

/// The memory of a frame besides its text: its list entry, and the text's allocation.
const FRAME_BYTES: usize = 64;

/// What readers are notified of: the number of events, and whether the log is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extent {
    length: usize,
    ended: bool,
}

/// All events of one run. Every event gets the next sequence id, also internal ones. After a stop event nothing is appended; when the store
/// is full, only a stop event is.
#[derive(Debug)]
pub struct RunLog {
    frames: RwLock<Vec<Frame>>,
    extent: watch::Sender<Extent>,
    /// The memory that the run uses, until the last reader of its events is gone.
    charge: Charge,
    is_full: watch::Sender<bool>,
}

impl Default for RunLog {
    /// A separate log without a limit.
    fn default() -> Self {
        Self::new(Charge::unlimited())
    }
}

impl RunLog {
    /// An empty log. `charge` is the memory that its run uses so far.
    pub(crate) fn new(charge: Charge) -> Self {
        Self {
            frames: RwLock::default(),
            extent: watch::Sender::new(Extent {
                length: 0,
                ended: false,
            }),
            charge,
            is_full: watch::Sender::new(false),
        }
    }

    /// Appends a frame. If it does not fit into the store it is left out, and `filled` ends the run.
    pub fn push(&self, frame: Frame) {
        let bytes = frame.bytes();
        if frame.is_stop() {
            // Memory for a large one was reserved before: see `Run::finish`.
            self.charge.count(FRAME_BYTES);
        } else if self.take(bytes).is_err() {
            return;
        }
        let mut frames = self.frames.write().unwrap_or_else(PoisonError::into_inner);
        if frames.last().is_some_and(Frame::is_stop) {
            return;
        }
        let ended = frame.is_stop();
        frames.push(frame);
        let length = frames.len();
        // Inside the lock, so that lengths are announced in the order of the events.
        self.extent.send_replace(Extent { length, ended });
    }

    /// Reserves memory for an external event. If it does not fit, only the event is refused; the run continues.
    pub(crate) fn admit(&self, bytes: usize) -> Result<(), Full> {
        self.charge.grow(bytes)
    }

    /// Reserves memory for other data of the run. If it does not fit, the run ends.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), Full> {
        let taken = self.charge.grow(bytes);
        if taken.is_err() {
            self.is_full.send_replace(true);
        }
        taken
    }

    /// Counts data that the run already has.
    pub(crate) fn count(&self, bytes: usize) {
        self.charge.count(bytes);
    }

    /// The limit that the store has reached.
    pub(crate) fn full(&self) -> Full {
        self.charge.full()
    }

    /// Completes when the run was refused memory.
    pub(crate) fn filled(&self) -> impl Future<Output = ()> + use<> {
        let mut is_full = self.is_full.subscribe();
        async move {
            // Without the log there is nothing to end.
            let _ = is_full.wait_for(|is_full| *is_full).await;
        }
    }

    /// The number of events: one more than the last sequence id.
    #[must_use]
    pub fn len(&self) -> usize {
        self.extent.borrow().length
    }

    /// Whether the log is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the stop event was appended.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.extent.borrow().ended
    }

    /// Waits for the stop event.
    pub async fn wait_for_end(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.extent.subscribe().wait_for(|extent| extent.ended).await;
    }
}

/// A reader's position in a log, and its filter.
#[derive(Debug)]
pub struct Cursor {
    log: Arc<RunLog>,
    extent: watch::Receiver<Extent>,
    next: usize,
    limit: usize,
    options: View,
}

/// The filter and format of a reader.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) internal: bool,
    pub(crate) qualified_name: bool,
    /// SSE frames with ids; otherwise one JSON text per line.
    pub(crate) sse: bool,
    /// At most this many frames in a chunk; tests use it to cut the stream between two frames.
    pub(crate) frames_per_chunk: usize,
}

impl Cursor {
    /// A reader that starts after the sequence id `after` (−1: at the beginning).
    pub(crate) fn new(log: Arc<RunLog>, after: i64, options: View) -> Self {
        let extent = log.extent.subscribe();
        let next = usize::try_from(after.saturating_add(1)).unwrap_or(0);
        Self {
            log,
            extent,
            next,
            limit: options.frames_per_chunk,
            options,
        }
    }

    /// Limits how many frames are read at a time; `None`: the limit of the view.
    pub(crate) fn limit(&mut self, frames: Option<usize>) {
        self.limit = frames.unwrap_or(usize::MAX).min(self.options.frames_per_chunk);
    }

    /// Whether the reader has read a complete log.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let extent = *self.extent.borrow();
        extent.ended && self.next >= extent.length
    }

    /// The new events, as chunks of the body of about 64 KiB in total, or one longer event, with the number of events. No chunks if all new
    /// events are hidden from this reader. The text of a large event is shared with the log, so slow readers use no memory for it.
    pub fn read(&mut self) -> (Vec<Bytes>, usize) {
        const ENOUGH: usize = 64 * 1024;
        let mut out = BytesMut::new();
        let mut pieces = Vec::new();
        let mut count = 0;
        let frames = self.log.frames.read().unwrap_or_else(PoisonError::into_inner);
        let mut tail: Option<(&'static Class, String)> = None;
        while let Some(frame) = frames.get(self.next) {
            let id = self.next;
            self.next += 1;
            if frame.is_internal() && !self.options.internal {
                continue;
            }
            if self.options.sse {
                out.put_slice(format!("id: {id}\ndata: ").as_bytes());
            }
            match frame {
                Frame::Raw(text) => put(&mut pieces, &mut out, text, || {
                    Bytes::from_owner(SharedText(Arc::clone(text)))
                }),
                Frame::Event(event) => {
                    // Runs of one class are common; write their common tail once.
                    if tail
                        .as_ref()
                        .is_none_or(|(class, _)| !std::ptr::eq(*class, event.class))
                    {
                        tail = Some((
                            event.class,
                            event.class.envelope_tail(self.options.qualified_name),
                        ));
                    }
                    out.put_slice(ENVELOPE_HEAD.as_bytes());
                    let value = &event.value;
                    put(&mut pieces, &mut out, value.get(), || {
                        Bytes::from_owner(SharedValue(Arc::clone(value)))
                    });
                    out.put_slice(tail.as_ref().map_or("}", |(_, text)| text).as_bytes());
                }
            }
            out.put_slice(if self.options.sse { b"\n\n" } else { b"\n" });
            count += 1;
            if out.len() >= ENOUGH || !pieces.is_empty() || count >= self.limit {
                break;
            }
        }
        if !out.is_empty() {
            pieces.push(out.freeze());
        }
        (pieces, count)
    }

    /// Waits until there is an event after this reader's position, or the log is complete.
    pub async fn changed(&mut self) {
        let next = self.next;
        // Fails only if the log was dropped, and `self` has a reference to it.
        let _ = self
            .extent
            .wait_for(|extent| extent.length > next || extent.ended)
            .await;
    }
}

/// Texts of at least this many bytes are shared with the log, not copied.
const LARGE: usize = 64 * 1024;

/// A raw frame as bytes.
struct SharedText(Arc<str>);

impl AsRef<[u8]> for SharedText {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The fields of an event as bytes.
struct SharedValue(Arc<RawValue>);

impl AsRef<[u8]> for SharedValue {
    fn as_ref(&self) -> &[u8] {
        self.0.get().as_bytes()
    }
}

fn put(pieces: &mut Vec<Bytes>, out: &mut BytesMut, text: &str, shared: impl FnOnce() -> Bytes) {
    if text.len() < LARGE {
        out.put_slice(text.as_bytes());
    } else {
        pieces.push(out.split().freeze());
        pieces.push(shared());
    }
}
