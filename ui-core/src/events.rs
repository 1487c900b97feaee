//! Reads the events of a run without copying them.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;
use workflow_protocol::{EventClass, EventKind, EventLog, EventRef, RawJson, Time, decode_fields};

use crate::Error;
use crate::store::{EventPayload, LogMark, Run, refetch};

/// The events of one run: a snapshot at the last change of the signal.
///
/// Cloning is cheap, because a value only refers to the log. Rows are counted from 0 in the order of the run. They are the public events,
/// or all events (see [`with_internal`](Self::with_internal)), after the last
/// [`clear_events`](crate::UseWorkflowHandlerReturn::clear_events).
///
/// Two values are equal if they show the same rows, so signals and memos only notify of new rows. When the handler is continued with
/// another run, snapshots of the previous run become empty.
#[derive(Clone, Default)]
pub struct Events {
    run: Option<SendWrapper<Rc<Run>>>,
    mark: LogMark,
    /// Rows of the log, and among them public rows, that this view leaves out at its beginning.
    cleared: (usize, usize),
    internal: bool,
}

impl Events {
    pub(crate) fn new(run: Rc<Run>, mark: LogMark, cleared: (usize, usize), internal: bool) -> Self {
        Self {
            run: Some(SendWrapper::new(run)),
            mark,
            cleared,
            internal,
        }
    }

    /// The same events with or without the server's internal ones (steps starting and ending, idleness).
    #[must_use]
    pub fn with_internal(mut self, internal: bool) -> Self {
        self.internal = internal;
        self
    }

    /// Whether internal events are among the rows.
    pub const fn is_internal(&self) -> bool {
        self.internal
    }

    /// The number of rows.
    pub const fn len(&self) -> usize {
        let (end, start) = if self.internal {
            (self.mark.len, self.cleared.0)
        } else {
            (self.mark.public, self.cleared.1)
        };
        end.saturating_sub(start)
    }

    /// Whether there are no rows.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of public events received of this run, including cleared and evicted ones.
    pub const fn count_public(&self) -> usize {
        self.mark.public
    }

    /// The number of all events received of this run, including internal, cleared and evicted ones.
    pub const fn count_all(&self) -> usize {
        self.mark.len
    }

    /// The number of events whose payload was dropped because the log reached its size limit. Their rows remain.
    pub const fn evicted(&self) -> usize {
        self.mark.evicted
    }

    /// The number of sequences that the server skipped.
    pub const fn missing(&self) -> u64 {
        self.mark.missing
    }

    /// Whether both snapshots read the log of the same run. If so, a computation over one can continue with the other.
    pub fn same_run(&self, other: &Self) -> bool {
        match (&self.run, &other.run) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b) && self.mark.generation == other.mark.generation,
            (None, None) => true,
            _ => false,
        }
    }

    /// Reads one row without a copy. `None` beyond the end.
    pub fn with<R>(&self, row: usize, read: impl FnOnce(EventRef<'_>) -> R) -> Option<R> {
        if row >= self.len() {
            return None;
        }
        self.log(|log| self.row(log, row).map(read)).flatten()
    }

    /// Reads rows in order without a copy, as far as they exist.
    pub fn for_each(&self, rows: Range<usize>, mut read: impl FnMut(usize, EventRef<'_>)) {
        self.log(|log| {
            for row in rows.start..rows.end.min(self.len()) {
                if let Some(event) = self.row(log, row) {
                    read(row, event);
                }
            }
        });
    }

    /// Copies rows, as far as they exist. Meant for the visible part of a list, not for the whole run.
    pub fn range(&self, rows: Range<usize>) -> Vec<EventRow> {
        let mut copies = Vec::with_capacity(rows.end.min(self.len()).saturating_sub(rows.start));
        self.for_each(rows, |row, event| copies.push(EventRow::new(row, &event)));
        copies
    }

    /// Copies one row.
    pub fn get(&self, row: usize) -> Option<EventRow> {
        self.with(row, |event| EventRow::new(row, &event))
    }

    /// Copies the last row.
    pub fn last(&self) -> Option<EventRow> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Reads the event with this sequence, even if it is not among the rows.
    pub fn by_sequence<R>(&self, sequence: u64, read: impl FnOnce(EventRef<'_>) -> R) -> Option<R> {
        self.log(|log| log.index_of(sequence).and_then(|index| log.get(index)).map(read))
            .flatten()
    }

    /// The row of the event with this sequence.
    pub fn row_of(&self, sequence: u64) -> Option<usize> {
        let (position, start) = self.log(|log| {
            let index = log.index_of(sequence)?;
            if self.internal {
                Some((index, self.cleared.0))
            } else {
                Some((log.public_ordinal(index)?, self.cleared.1))
            }
        })??;
        position.checked_sub(start).filter(|row| *row < self.len())
    }

    /// The row of the event with this sequence, else the first row after it; [`len`](Self::len) if there is none.
    pub fn row_from(&self, sequence: u64) -> usize {
        let row = self.log(|log| {
            let index = log.index_from(sequence);
            if self.internal {
                index.saturating_sub(self.cleared.0)
            } else {
                log.public_before(index).saturating_sub(self.cleared.1)
            }
        });
        row.unwrap_or_default().min(self.len())
    }

    /// The payload of one row, fetched again if the log has evicted it.
    ///
    /// The log has a size limit and evicts the oldest payloads. A fetched payload is not put back into the log: keep it as long as you show
    /// it. It is fetched over a short stream, which waits for one of the four stream slots of its origin. Only payloads of the handler's
    /// latest run can be fetched, and only while the server has it; otherwise the result is [`EventPayload::NoLongerThere`].
    ///
    /// # Drop behaviour
    /// No request is sent before the future is polled. Dropping it ends the stream.
    ///
    /// # Errors
    /// Every cause of [`Error`]; [`Error::NoClient`] if the client is gone.
    pub fn payload(&self, row: usize) -> LocalBoxFuture<'static, Result<EventPayload, Error>> {
        let found = self.with(row, |event| {
            let held = match (event.kind, event.value) {
                (EventKind::Oversized, _) => Some(EventPayload::TooLarge { bytes: event.length }),
                (_, value) => value.map(|text| EventPayload::Here(text.to_owned())),
            };
            (event.sequence, held)
        });
        let (run, generation) = (self.run.clone(), self.mark.generation);
        async move {
            match (found, run) {
                (Some((_, Some(held))), _) => Ok(held),
                (Some((sequence, None)), Some(run)) => refetch(run.take(), generation, sequence).await,
                _ => Ok(EventPayload::NoLongerThere),
            }
        }
        .boxed_local()
    }

    /// The number of classes received so far, including cleared events. Use it to detect a new class cheaply.
    pub fn classes(&self) -> usize {
        self.log(EventLog::classes).unwrap_or(0)
    }

    /// The names of the first `most` classes received, including cleared events. Classes of different modules can have equal names.
    pub fn class_names(&self, most: usize) -> Vec<String> {
        self.log(|log| {
            let classes = log.class_counts().take(most);
            classes.map(|(class, _)| class.name.clone()).collect()
        })
        .unwrap_or_default()
    }

    /// The classes received so far with their counts, including cleared events. This copies all of them, and a hostile run can have tens of
    /// thousands: see [`class_names`](Self::class_names).
    pub fn class_counts(&self) -> Vec<(EventClass, usize)> {
        self.log(|log| {
            log.class_counts()
                .map(|(class, count)| (class.clone(), count))
                .collect()
        })
        .unwrap_or_default()
    }

    /// The bytes of all payloads on the wire, including evicted ones.
    pub fn received_bytes(&self) -> u64 {
        self.log(EventLog::received_bytes).unwrap_or(0)
    }

    fn row<'a>(&self, log: &'a EventLog, row: usize) -> Option<EventRef<'a>> {
        if self.internal {
            log.get(self.cleared.0 + row)
        } else {
            log.public(self.cleared.1 + row)
        }
    }

    fn log<R>(&self, read: impl FnOnce(&EventLog) -> R) -> Option<R> {
        let run = self.run.as_ref()?;
        // The marks of an earlier run must not read the log of the next.
        if run.generation() != self.mark.generation {
            return None;
        }
        run.read(|machine| read(machine.log()))
    }
}

impl PartialEq for Events {
    fn eq(&self, other: &Self) -> bool {
        let same_log = match (&self.run, &other.run) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        same_log
            && self.mark == other.mark
            && self.cleared == other.cleared
            && self.internal == other.internal
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("len", &self.len())
            .field("mark", &self.mark)
            .field("cleared", &self.cleared)
            .field("internal", &self.internal)
            .finish_non_exhaustive()
    }
}

/// One event, copied from the log.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Its row: see [`Events`].
    pub row: usize,
    /// The event's sequence in its run.
    pub sequence: u64,
    /// Its class.
    pub class: EventClass,
    /// The kind of event that the class denotes.
    pub kind: EventKind,
    /// The payload exactly as it arrived: see [`decode`](Self::decode). `None` if it was evicted, is too large, or is not JSON.
    pub value: Option<RawJson>,
    /// The bytes of the payload on the wire.
    pub length: u64,
    /// When this page first saw it. `None` if it is older than the connection.
    pub seen: Option<Time>,
    /// Why it could not be decoded.
    pub error: Option<String>,
}

impl EventRow {
    /// Decodes the event's fields. Fields that its class does not declare are nested under `_data` in `value`; here they are beside the
    /// others.
    ///
    /// # Errors
    /// [`Error::Decode`] if the event does not fit `T`, or if there is no `value`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(decode_fields(self.value.as_ref().map_or("", RawJson::as_str))?)
    }

    fn new(row: usize, event: &EventRef<'_>) -> Self {
        Self {
            row,
            sequence: event.sequence,
            class: event.class.clone(),
            kind: event.kind,
            value: event.value.and_then(|value| RawJson::parse(value).ok()),
            length: event.length,
            seen: event.seen,
            error: event.error.map(str::to_owned),
        }
    }
}
