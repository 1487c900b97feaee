//! One connection to an event stream, without reconnects.

use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::stream::LocalBoxStream;
use futures::{Stream, StreamExt as _};
use workflow_protocol::{Failure, Request, SseDecoder, SseItem};

use super::{Store, StreamSlot, in_time, is_event_stream, refusal, slot};
use crate::Error;

type Read<T> = fn(&SseItem<'_>) -> Option<Result<T, Error>>;

/// What is read from the frames of one connection. A frame that can't be read does not end it; a broken connection does, with its error.
pub(crate) struct Frames<T> {
    body: Option<LocalBoxStream<'static, Result<Vec<u8>, Failure>>>,
    decoder: SseDecoder,
    read: Read<T>,
    ready: VecDeque<Result<T, Error>>,
    timeout: u64,
    _slot: StreamSlot,
}

impl<T> Frames<T> {
    /// Waits for a stream slot of the origin and requests the stream. `None` if the server has nothing to send (204).
    pub(crate) async fn open(
        store: &Rc<Store>,
        request: Request,
        read: Read<T>,
    ) -> Result<Option<Self>, Error> {
        let http = store.http().clone();
        let slot = slot(store).await.ok_or(Error::NoClient)?;
        let stream = in_time(&http, http.open(request))
            .await?
            .map_err(|failure| Error::from_failure(failure, http.timeout))?;
        if stream.status == 204 {
            return Ok(None);
        }
        if stream.status != 200 || !is_event_stream(&stream) {
            return Err(Error::from_failure(refusal(stream).await, http.timeout));
        }
        Ok(Some(Self {
            body: Some(stream.body),
            decoder: SseDecoder::with_limit(http.run_options.max_frame_bytes),
            read,
            ready: VecDeque::new(),
            timeout: http.timeout,
            _slot: slot,
        }))
    }
}

impl<T: Unpin> Stream for Frames<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let me = &mut *self;
        loop {
            if let Some(item) = me.ready.pop_front() {
                return Poll::Ready(Some(item));
            }
            let Some(body) = &mut me.body else {
                return Poll::Ready(None);
            };
            let Poll::Ready(chunk) = body.poll_next_unpin(cx) else {
                return Poll::Pending;
            };
            match chunk {
                Some(Ok(bytes)) => {
                    let (ready, read) = (&mut me.ready, me.read);
                    me.decoder.feed(&bytes, &mut |item| ready.extend(read(&item)));
                }
                Some(Err(failure)) => {
                    me.body = None;
                    me.ready.push_back(Err(Error::from_failure(failure, me.timeout)));
                }
                None => me.body = None,
            }
        }
    }
}
