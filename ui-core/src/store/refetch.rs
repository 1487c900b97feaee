//! Fetches evicted payloads again while the server has them.

use std::cell::RefCell;
use std::rc::Rc;

use futures::StreamExt as _;
use futures::channel::oneshot;
use futures::future::{Either, select};
use workflow_protocol::{Envelope, Handler, SseDecoder, SseItem, UNNUMBERED, endpoint};

use super::run::Run;
use super::stream::{SLICE, is_event_stream, refusal};
use super::stream_slots::{StreamSlot, Turn};
use crate::Error;
use crate::api::Http;

/// The result of fetching an event's payload: see [`Events::payload`](crate::Events::payload).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventPayload {
    /// The payload's JSON exactly as received, or the text of a frame that is not an event.
    Here(String),
    /// The event is larger than the limit.
    TooLarge {
        /// Its length on the wire.
        bytes: u64,
    },
    /// Neither the log nor the server has it: the handler was continued by another run, deleted or lost.
    NoLongerThere,
}

/// Fetches the payload of one event by sequence number, from a short stream that starts with it.
///
/// A stream serves the latest run of its handler, so the handler is read again when the stream is open, as
/// [`RunMachine`](workflow_protocol::RunMachine) does.
pub(crate) async fn refetch(run: Rc<Run>, generation: u32, sequence: u64) -> Result<EventPayload, Error> {
    let known = run.read(|machine| machine.run_id().map(str::to_owned)).flatten();
    let Some(run_id) = known.filter(|_| run.generation() == generation) else {
        return Ok(EventPayload::NoLongerThere);
    };
    // A frame without an id cannot be requested.
    if sequence >= UNNUMBERED {
        return Ok(EventPayload::NoLongerThere);
    }
    let store = run.store().ok_or(Error::NoClient)?;
    let http = store.http().clone();
    let _seat = slot(&store).await.ok_or(Error::NoClient)?;
    drop(store);

    let after = i64::try_from(sequence).unwrap_or(i64::MAX) - 1;
    let opening = http.open(endpoint::stream(run.id(), after, true));
    let mut stream = in_time(&http, opening)
        .await?
        .map_err(|failure| Error::from_failure(failure, http.timeout))?;
    if matches!(stream.status, 204 | 404) {
        return Ok(EventPayload::NoLongerThere);
    }
    if stream.status != 200 || !is_event_stream(&stream) {
        return Err(Error::from_failure(refusal(stream).await, http.timeout));
    }
    match http.handler(run.id()).await.map_err(Error::from) {
        Ok(handler) => {
            let same = is_run(&handler, &run_id);
            run.described(&handler);
            if !same {
                return Ok(EventPayload::NoLongerThere);
            }
        }
        Err(error) if error.is_not_found() => return Ok(EventPayload::NoLongerThere),
        Err(error) => return Err(error),
    }

    let mut decoder = SseDecoder::with_limit(http.run_options.max_frame_bytes);
    loop {
        let chunk = match in_time(&http, stream.body.next()).await? {
            Some(Ok(chunk)) => chunk,
            Some(Err(failure)) => return Err(Error::from_failure(failure, http.timeout)),
            None => return Ok(EventPayload::NoLongerThere),
        };
        for slice in chunk.chunks(SLICE) {
            let mut found = None;
            decoder.feed(slice, &mut |item| {
                if found.is_none() {
                    found = look(&item, sequence);
                }
            });
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }
}

fn is_run(handler: &Handler, run_id: &str) -> bool {
    handler.run_id.as_deref() == Some(run_id)
}

/// Checks a frame for the wanted event. `None`: it comes later.
fn look(item: &SseItem<'_>, wanted: u64) -> Option<EventPayload> {
    let (id, found) = match item {
        SseItem::Event { id, data, .. } => {
            let text =
                Envelope::parse(data).map_or_else(|_| (**data).to_owned(), |event| event.value.to_owned());
            (id, EventPayload::Here(text))
        }
        SseItem::Oversized { id, bytes, .. } => (id, EventPayload::TooLarge { bytes: *bytes }),
        SseItem::Comment(_) | SseItem::Retry(_) => return None,
    };
    let sequence = id.parse::<u64>().ok()?;
    match sequence.cmp(&wanted) {
        std::cmp::Ordering::Less => None,
        std::cmp::Ordering::Equal => Some(found),
        std::cmp::Ordering::Greater => Some(EventPayload::NoLongerThere),
    }
}

/// Waits for a stream slot of the origin that cannot be revoked, for a stream that cannot be resumed.
pub(crate) async fn slot(store: &Rc<super::Store>) -> Option<StreamSlot> {
    let (sender, granted) = oneshot::channel();
    let sender = RefCell::new(Some(sender));
    let slot = store.slots().slot(move |turn| {
        if turn == Turn::Granted
            && let Some(sender) = sender.take()
        {
            // If the receiver is gone, its slot is gone too.
            let _ = sender.send(());
        }
    })?;
    slot.pin();
    granted.await.ok()?;
    Some(slot)
}

pub(crate) async fn in_time<T>(http: &Rc<Http>, future: impl Future<Output = T>) -> Result<T, Error> {
    match select(Box::pin(future), http.clock.sleep(http.timeout)).await {
        Either::Left((value, _)) => Ok(value),
        Either::Right(_) => Err(Error::Timeout {
            after_ms: http.timeout,
        }),
    }
}
