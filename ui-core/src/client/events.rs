//! A single event stream, without hooks and without reconnects.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::{Stream, StreamExt as _};
use serde::de::DeserializeOwned;
use workflow_protocol::{Envelope, EventClass, EventKind, RawJson, SseItem, decode_fields, endpoint};

use crate::Error;
use crate::store::{Frames, Store};

/// One event as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamedEvent {
    /// Its sequence in the run. `None` from older servers, which do not send one.
    pub sequence: Option<u64>,
    /// Its class.
    pub class: EventClass,
    /// The kind of event that the class denotes.
    pub kind: EventKind,
    /// The payload exactly as it arrived; `null` if there is none. See [`decode`](Self::decode).
    pub value: RawJson,
}

impl StreamedEvent {
    /// Decodes the event's fields. Fields that its class does not declare are nested under `_data` in `value`; here they are beside the
    /// others.
    ///
    /// # Errors
    /// [`Error::Decode`] if the event does not fit `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(decode_fields(self.value.as_str())?)
    }
}

/// The events of one connection: a [`Stream`] that ends with the connection. Returned by
/// [`WorkflowClient::events`](crate::WorkflowClient::events).
///
/// A frame that is not an event yields [`Error::Decode`], and the stream continues. A broken connection yields [`Error::Network`] and
/// ends the stream.
#[must_use = "the connection ends when the stream is dropped"]
pub struct EventStream(Frames<StreamedEvent>);

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}

impl EventStream {
    pub(super) async fn open(
        store: &Rc<Store>,
        id: &str,
        after: i64,
        internal: bool,
    ) -> Result<Option<Self>, Error> {
        let frames = Frames::open(store, endpoint::stream(id, after, internal), read).await?;
        Ok(frames.map(Self))
    }
}

impl Stream for EventStream {
    type Item = Result<StreamedEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

fn read(item: &SseItem<'_>) -> Option<Result<StreamedEvent, Error>> {
    match item {
        SseItem::Event { data, id, .. } => {
            Some(Envelope::parse(data).map_err(Error::from).and_then(|event| {
                Ok(StreamedEvent {
                    sequence: id.parse().ok(),
                    class: event.class(),
                    kind: event.kind(),
                    value: RawJson::parse(event.value)?,
                })
            }))
        }
        SseItem::Oversized { id, bytes, .. } => Some(Err(Error::Decode(workflow_protocol::DecodeError {
            what: "event",
            message: format!("event {id} has {bytes} bytes, which is more than is read"),
            body: String::new(),
        }))),
        SseItem::Comment(_) | SseItem::Retry(_) => None,
    }
}
