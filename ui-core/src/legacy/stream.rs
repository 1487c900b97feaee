//! The events of one task.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::stream::LocalBoxStream;
use futures::{Stream, StreamExt as _};
use workflow_protocol::legacy::{LegacyEvent, LegacyReader, LegacyStreamEnd, is_without_reason};
use workflow_protocol::{DecodeError, Failure, Request};

use super::answers::no_reason;
use super::reading::Reading;
use crate::Error;
use crate::store::{Store, StreamSlot, in_time, refusal, slot};

/// The events of a task over one connection: a [`Stream`] that ends with the connection. From [`LegacyClient::stream`](crate::LegacyClient::stream).
///
/// A line that is no event is an [`Error::Decode`] and does not end the stream. A connection that breaks ends it without an error, since
/// llama-deploy 0.9.2 breaks it when a task fails; [`end`](Self::end) says so.
#[must_use = "the connection ends when the stream is dropped"]
pub struct LegacyStream {
    body: LocalBoxStream<'static, Result<Vec<u8>, Failure>>,
    reader: Option<LegacyReader>,
    ready: VecDeque<Result<LegacyEvent, Error>>,
    end: Option<LegacyStreamEnd>,
    lines: usize,
    _seat: StreamSlot,
    _reading: Reading,
}

impl fmt::Debug for LegacyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacyStream")
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl LegacyStream {
    pub(super) async fn open(
        store: &Rc<Store>,
        request: Request,
        reader: LegacyReader,
        reading: Reading,
    ) -> Result<Self, Error> {
        let http = store.http().clone();
        let slot = slot(store).await.ok_or(Error::NoClient)?;
        let stream = in_time(&http, http.open(request))
            .await?
            .map_err(|failure| Error::from_failure(failure, http.timeout))?;
        let kind = stream.content_type.as_deref().unwrap_or_default();
        if stream.status != 200 || kind.trim_start().starts_with("text/html") {
            let error = Error::from_failure(refusal(stream).await, http.timeout);
            return Err(match error {
                Error::Status { status, ref detail } if is_without_reason(status, detail) => no_reason(),
                error => error,
            });
        }
        Ok(Self {
            body: stream.body,
            reader: Some(reader),
            ready: VecDeque::new(),
            end: None,
            lines: 0,
            _seat: slot,
            _reading: reading,
        })
    }

    /// How the stream ended. None until it gave its last event.
    pub fn end(&self) -> Option<&LegacyStreamEnd> {
        self.end.as_ref().filter(|_| self.ready.is_empty())
    }

    /// How many lines were read.
    pub(super) fn lines(&self) -> usize {
        self.reader.as_ref().map_or(self.lines, LegacyReader::lines)
    }

    fn finish(&mut self, is_whole: bool) {
        if let Some(reader) = self.reader.take() {
            self.lines = reader.lines();
            let ready = &mut self.ready;
            self.end = Some(reader.finish(is_whole, &mut |event| ready.push_back(read(event))));
        }
    }
}

impl Stream for LegacyStream {
    type Item = Result<LegacyEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let me = &mut *self;
        loop {
            if let Some(event) = me.ready.pop_front() {
                return Poll::Ready(Some(event));
            }
            let Some(reader) = &mut me.reader else {
                return Poll::Ready(None);
            };
            let Poll::Ready(chunk) = me.body.poll_next_unpin(cx) else {
                return Poll::Pending;
            };
            match chunk {
                Some(Ok(bytes)) => {
                    let ready = &mut me.ready;
                    reader.feed(&bytes, &mut |event| ready.push_back(read(event)));
                }
                Some(Err(_)) => me.finish(false),
                None => me.finish(true),
            }
        }
    }
}

fn read(event: Result<LegacyEvent, DecodeError>) -> Result<LegacyEvent, Error> {
    event.map_err(Error::from)
}
