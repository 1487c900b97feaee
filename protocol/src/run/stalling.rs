//! Stalled streams: nothing arrives although something should.

use super::{LAST_EVENT_MS, MAX_PATIENCE_MS, Phase, RunMachine};
use crate::{Changes, Connection, Failure, FailureKind, Time};

/// How long a stream without a known heartbeat may be silent if events must exist.
const STALL_MS: u64 = 30_000;
/// How often the handler is read while the stream is stalled.
const POLL_MS: u64 = 3_000;
/// How often a stalled stream is reopened.
const RETRY_MS: u64 = 60_000;
/// The same after the end of the run, until its last events are received.
const FETCH_MS: u64 = 10_000;
/// A handler record this long after the last byte is not about an event that arrived with that byte.
const SETTLED_MS: u64 = 5_000;

/// The data about a silence.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence {
    /// The handler's `updated_at` at the start of the silence.
    row: Option<Option<String>>,
    /// It changed since: something happened that the stream did not deliver.
    moved: bool,
}

/// A stream that delivers nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stall {
    poll_at: Time,
    retry_at: Time,
    /// The run has ended, and its last events were requested.
    fetching: bool,
}

impl Stall {
    pub(super) fn deadline(&self) -> Time {
        self.poll_at.min(self.retry_at)
    }
}

impl RunMachine {
    /// Sets the deadline by which a live stream must deliver something.
    pub(super) fn watch_silence(&mut self, now: Time) {
        let patience = if self.has_ended() {
            LAST_EVENT_MS
        } else {
            self.heartbeat.map_or(STALL_MS, |interval| interval * 2 + 2_000)
        };
        self.deadline = Some(now.plus(patience).min(self.event_at.plus(self.deaf)));
    }

    /// A live stream was silent until its deadline.
    pub(super) fn silent(&mut self, now: Time, changes: &mut Changes) {
        if self.stall.is_some() {
            return;
        }
        if self.suspicion.is_some() {
            // There is nothing after the stop event yet, and this server keeps the stream open.
            self.close_stream();
            return self.await_more(now, changes);
        }
        let ended = self.has_ended();
        if !ended && (self.heartbeat.is_some() || self.must_have_events()) {
            self.begin_stall(now);
            if self.heartbeat.is_some() {
                // It had worked: a broken connection is likelier than a proxy.
                self.reopen_stalled(now);
            }
            self.side_read = Some(self.read());
            return;
        }
        let reconnect_at = self.last_bytes_at.plus(self.patience);
        if ended || now >= reconnect_at {
            // A silence that a new connection does not end is normal for the run; wait longer each time.
            self.patience = (self.patience * 2).min(MAX_PATIENCE_MS);
            self.reconnect(now);
        } else {
            // A quiet run, or a buffered stream: the handler shows which.
            self.side_read = Some(self.read());
            self.deadline = Some(now.plus(STALL_MS).min(reconnect_at));
        }
    }

    /// Whether the stream should have delivered something. The first event of a run is stored when it starts.
    fn must_have_events(&self) -> bool {
        self.log.is_empty() || self.silence.moved
    }

    /// The handler was read: compares it with the previous record, if the stream was silent in between.
    pub(super) fn note_description(&mut self, now: Time) {
        let waits = self.phase == Phase::Live && self.heartbeat.is_none() && self.stall.is_none();
        if !waits || now.since(self.last_bytes_at) < SETTLED_MS {
            return;
        }
        let row = self
            .handler
            .as_ref()
            .and_then(|handler| handler.updated_at.clone());
        match &self.silence.row {
            None => self.silence.row = Some(row),
            Some(known) if *known != row && !self.silence.moved => {
                self.silence.moved = true;
                let at = self.last_bytes_at.plus(STALL_MS).max(now);
                self.deadline = Some(self.deadline.map_or(at, |deadline| deadline.min(at)));
            }
            Some(_) => {}
        }
    }

    fn begin_stall(&mut self, now: Time) {
        self.stall = Some(Stall {
            poll_at: now.plus(POLL_MS),
            retry_at: now.plus(RETRY_MS),
            fetching: false,
        });
        self.connection = Connection::Stalled {
            since: self.last_bytes_at,
            buffered: self.heartbeat.is_none(),
        };
        self.deadline = None;
    }

    /// A requested stream did not open in time. Returns whether that is a stall: a proxy may buffer the head of a response with its body.
    pub(super) fn stalls_before_open(&mut self, now: Time, failure: &Failure) -> bool {
        let held = self.phase == Phase::Opening
            && failure.kind == FailureKind::Timeout
            // Once may be an accident.
            && self.attempt > 0
            && self.stall.is_none()
            && self.suspicion.is_none()
            && self.must_have_events();
        if held {
            self.last_bytes_at = now;
            self.begin_stall(now);
            self.phase = Phase::Waiting;
            self.side_read = Some(self.read());
        }
        held
    }

    /// Opens another stream in parallel to the polls.
    pub(super) fn reopen_stalled(&mut self, now: Time) {
        let ended = self.has_ended();
        if let Some(stall) = &mut self.stall {
            stall.fetching = ended;
            stall.retry_at = now.plus(if ended { FETCH_MS } else { RETRY_MS });
        }
        self.close_stream();
        self.connect(now);
    }

    /// The polled run has ended: the server closes its stream, so a buffering proxy forwards it.
    pub(super) fn fetch_stalled(&mut self, now: Time) {
        if self.watched && self.has_ended() && self.stall.is_some_and(|stall| !stall.fetching) {
            self.reopen_stalled(now);
        }
    }

    /// Whether a failed stream leaves the run stalled: the handler can still be read.
    pub(super) fn stays_stalled(&self, cause: &Failure) -> bool {
        let broken = match cause.kind {
            FailureKind::Network | FailureKind::Timeout | FailureKind::Unknown => true,
            FailureKind::Status(status) => status >= 500,
            FailureKind::Decode | FailureKind::SignIn | FailureKind::Unaddressable => false,
        };
        broken && self.stall.is_some()
    }

    pub(super) fn tick_stall(&mut self, now: Time) {
        let Some(stall) = self.stall.as_mut().filter(|stall| stall.deadline() <= now) else {
            return;
        };
        stall.poll_at = now.plus(POLL_MS);
        if stall.retry_at <= now {
            self.reopen_stalled(now);
        }
        if self.side_read.is_none() {
            self.side_read = Some(self.read());
        }
    }

    /// A byte arrived.
    pub(super) fn end_silence(&mut self) {
        self.silence = Silence::default();
        if self.stall.take().is_some() {
            self.connection = Connection::Live;
        }
    }
}
