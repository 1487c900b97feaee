//! Reading the events of a run without copying them.

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

/// The events of one run as they were when the signal that gave this changed.
///
/// A clone is cheap: the events stay where they are, and this reads them. Rows are counted from 0 in the order of the
/// run, over public events only or over all of them (see [`with_internal`](Self::with_internal)), without those
/// before a [`clear_events`](crate::UseWorkflowHandlerReturn::clear_events).
///
/// Two values are equal if they show the same rows, so signals and memos notify only when something was added. When the
/// handler was continued with another run, a reader of the run before finds nothing any longer.
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

    /// The same events with the server's internal ones (steps starting and ending, idleness), or without.
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

    /// Whether there is no row.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Public events received of this run, cleared and evicted ones included.
    pub const fn count_public(&self) -> usize {
        self.mark.public
    }

    /// All events received of this run, internal, cleared and evicted ones included.
    pub const fn count_all(&self) -> usize {
        self.mark.len
    }

    /// Events whose payload was dropped because the log is at its byte cap. Their rows remain.
    pub const fn evicted(&self) -> usize {
        self.mark.evicted
    }

    /// Events that the server skipped: sequence numbers that never came.
    pub const fn missing(&self) -> u64 {
        self.mark.missing
    }

    /// Whether both read the same run's log, perhaps at different times: what was computed from one can be continued
    /// with the other.
    pub fn same_run(&self, other: &Self) -> bool {
        match (&self.run, &other.run) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b) && self.mark.generation == other.mark.generation,
            (None, None) => true,
            _ => false,
        }
    }

    /// Looks at one row. None beyond the end.
    pub fn with<R>(&self, row: usize, read: impl FnOnce(EventRef<'_>) -> R) -> Option<R> {
        if row >= self.len() {
            return None;
        }
        self.log(|log| self.row(log, row).map(read)).flatten()
    }

    /// Looks at rows in order, as far as there are any.
    pub fn for_each(&self, rows: Range<usize>, mut read: impl FnMut(usize, EventRef<'_>)) {
        self.log(|log| {
            for row in rows.start..rows.end.min(self.len()) {
                if let Some(event) = self.row(log, row) {
                    read(row, event);
                }
            }
        });
    }

    /// Copies rows out, as far as there are any: for a window of a list, not for the whole run.
    pub fn range(&self, rows: Range<usize>) -> Vec<EventRow> {
        let mut copies = Vec::with_capacity(rows.end.min(self.len()).saturating_sub(rows.start));
        self.for_each(rows, |row, event| copies.push(EventRow::new(row, &event)));
        copies
    }

    /// Copies one row out.
    pub fn get(&self, row: usize) -> Option<EventRow> {
        self.with(row, |event| EventRow::new(row, &event))
    }

    /// The last row.
    pub fn last(&self) -> Option<EventRow> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The event with this sequence, whether or not it is among the rows.
    pub fn by_sequence<R>(&self, sequence: u64, read: impl FnOnce(EventRef<'_>) -> R) -> Option<R> {
        self.log(|log| log.index_of(sequence).and_then(|index| log.get(index)).map(read))
            .flatten()
    }

    /// The row that shows the event with this sequence.
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

    /// The row that shows the event with this sequence, else the first row after it; [`len`](Self::len) if there is none.
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

    /// The payload of one row, fetched again if the log has let go of it.
    ///
    /// The log keeps a bounded number of bytes and evicts the oldest payloads. A fetched one is handed out and not kept: keep it
    /// as long as it is shown. It comes over a short stream of its own, which waits for a place among the four of its origin.
    /// Only the handler's latest run can be asked for, and only as long as the server has it; otherwise
    /// [`EventPayload::NoLongerThere`].
    ///
    /// # Drop behaviour
    /// Nothing is asked before the future is polled; dropping it ends the stream.
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

    /// How many classes were received so far, cleared events included: with this it is known whether there is another one without
    /// reading all of them.
    pub fn classes(&self) -> usize {
        self.log(EventLog::classes).unwrap_or(0)
    }

    /// The names of the first `most` classes received, cleared events included. Some may be equal: of classes of other modules.
    pub fn class_names(&self, most: usize) -> Vec<String> {
        self.log(|log| {
            let classes = log.class_counts().take(most);
            classes.map(|(class, _)| class.name.clone()).collect()
        })
        .unwrap_or_default()
    }

    /// The classes received so far and how often, cleared events included. A copy of all of them, of which a hostile run has tens of
    /// thousands: see [`class_names`](Self::class_names).
    pub fn class_counts(&self) -> Vec<(EventClass, usize)> {
        self.log(|log| {
            log.class_counts()
                .map(|(class, count)| (class.clone(), count))
                .collect()
        })
        .unwrap_or_default()
    }

    /// Bytes of payload on the wire, evicted ones included.
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

/// One event, copied out of its log.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// The row, see [`Events`].
    pub row: usize,
    /// The event's sequence in its run.
    pub sequence: u64,
    /// Its class.
    pub class: EventClass,
    /// What the class means.
    pub kind: EventKind,
    /// The payload exactly as it came, see [`decode`](Self::decode). None if it was evicted, was beyond the bound or is no JSON.
    pub value: Option<RawJson>,
    /// Bytes of the payload on the wire.
    pub length: u64,
    /// When it was first seen here. None: it is older than our connection.
    pub seen: Option<Time>,
    /// Why it could not be decoded.
    pub error: Option<String>,
}

impl EventRow {
    /// The event's fields as a value of a type, with those that its class does not declare beside the others: they come nested under
    /// `_data`, and `value` has them there.
    ///
    /// # Errors
    /// [`Error::Decode`] if the event has another shape, or if there is no `value`.
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
