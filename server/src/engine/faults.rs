//! Simulated faults of networks and servers, for tests.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;

use super::lock;

/// A response that is sent instead of the real one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// HTTP status.
    pub status: u16,
    /// Content type of the body.
    pub content_type: String,
    /// The body.
    pub body: String,
}

#[derive(Debug)]
struct Inner {
    cuts: watch::Sender<u64>,
    cut_after: AtomicI64,
    delay_ms: AtomicU64,
    posts_to_lose: AtomicI64,
    failing: Mutex<VecDeque<Failing>>,
    open_streams: watch::Sender<usize>,
    most_streams: AtomicU64,
}

/// Switches for faults. Clones share their state. Initially all are off.
#[derive(Debug, Clone)]
pub struct Faults(Arc<Inner>);

impl Default for Faults {
    fn default() -> Self {
        Self(Arc::new(Inner {
            cuts: watch::Sender::new(0),
            cut_after: AtomicI64::new(-1),
            delay_ms: AtomicU64::new(0),
            posts_to_lose: AtomicI64::new(0),
            failing: Mutex::default(),
            open_streams: watch::Sender::new(0),
            most_streams: AtomicU64::new(0),
        }))
    }
}

impl Faults {
    /// Breaks every open stream: the connection ends before the end of its body.
    pub fn cut_streams(&self) {
        self.0.cuts.send_modify(|count| *count += 1);
    }

    /// Breaks every new stream after that many frames; `None` turns this off.
    pub fn cut_after(&self, frames: Option<u32>) {
        self.0
            .cut_after
            .store(frames.map_or(-1, i64::from), Ordering::Relaxed);
    }

    /// Sends every frame of every stream separately, with this delay.
    pub fn delay_frames(&self, delay: Duration) {
        self.0.delay_ms.store(
            u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
    }

    /// Answers the next `count` events of clients with `sent` and discards them.
    pub fn lose_posts(&self, count: u32) {
        self.0.posts_to_lose.store(i64::from(count), Ordering::Relaxed);
    }

    /// Answers the next `count` requests with this response.
    pub fn fail(&self, answer: &Failing, count: u32) {
        lock(&self.0.failing).extend((0..count).map(|_| answer.clone()));
    }

    /// Turns all faults off. Broken streams stay broken.
    pub fn clear(&self) {
        self.cut_after(None);
        self.delay_frames(Duration::ZERO);
        self.lose_posts(0);
        lock(&self.0.failing).clear();
    }

    /// How many event streams are open, and the maximum so far.
    #[must_use]
    pub fn streams(&self) -> (usize, u64) {
        (
            *self.0.open_streams.borrow(),
            self.0.most_streams.load(Ordering::Relaxed),
        )
    }

    /// Waits until that many event streams are open.
    pub async fn streams_are(&self, count: usize) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self
            .0
            .open_streams
            .subscribe()
            .wait_for(|open| *open == count)
            .await;
    }

    pub(crate) fn take_failing(&self) -> Option<Failing> {
        lock(&self.0.failing).pop_front()
    }

    pub(crate) fn loses_post(&self) -> bool {
        self.0
            .posts_to_lose
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                (left > 0).then(|| left - 1)
            })
            .is_ok()
    }

    pub(crate) fn frames_until_cut(&self) -> Option<usize> {
        usize::try_from(self.0.cut_after.load(Ordering::Relaxed)).ok()
    }

    pub(crate) fn frame_delay(&self) -> Duration {
        Duration::from_millis(self.0.delay_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn cuts(&self) -> watch::Receiver<u64> {
        self.0.cuts.subscribe()
    }

    pub(crate) fn stream_opened(&self) -> OpenStream {
        self.0.open_streams.send_modify(|open| *open += 1);
        self.0
            .most_streams
            .fetch_max(self.streams().0 as u64, Ordering::Relaxed);
        OpenStream(self.clone())
    }
}

/// Counts one open stream. Dropping it means that the stream was closed.
#[derive(Debug)]
#[must_use = "the stream counts as closed when this is dropped"]
pub(crate) struct OpenStream(Faults);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0
            .0
            .open_streams
            .send_modify(|open| *open = open.saturating_sub(1));
    }
}
