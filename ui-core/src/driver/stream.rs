//! Reads one event stream and hands it to its machine, in pieces that leave the page alive.

use std::rc::{Rc, Weak};

use futures::future::{Either, select};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use workflow_protocol::{Failure, FailureKind, Request, StreamEnd};

use super::RunCall;
use super::run::Run;
use crate::Error;
use crate::client::Http;
use crate::transport::HttpStream;

/// The largest piece that is decoded at once.
pub(super) const SLICE: usize = 64 * 1024;
/// After this much decoding, in milliseconds, the page gets a turn.
const BUSY: u64 = 8;
/// No more than this is read of an answer that is not a stream.
const REFUSAL: usize = 64 * 1024;

/// Opens the stream and reads it to its end. None: nobody wants it any longer.
pub(super) async fn read_stream(
    http: &Rc<Http>,
    run: &Weak<Run>,
    epoch: u32,
    request: Request,
) -> Option<StreamEnd> {
    let opening = http.open(request);
    let stream = match select(Box::pin(opening), http.clock.sleep(http.timeout)).await {
        Either::Left((Ok(stream), _)) => stream,
        Either::Left((Err(failure), _)) => return Some(StreamEnd::Failed(failure)),
        Either::Right(_) => {
            let timeout = Error::Timeout {
                after_ms: http.timeout,
            };
            return Some(StreamEnd::Failed(timeout.into_failure(None)));
        }
    };
    if stream.status == 204 {
        return Some(StreamEnd::NoContent);
    }
    if stream.status != 200 || !is_event_stream(&stream) {
        return Some(StreamEnd::Failed(refusal(stream).await));
    }
    let body = stream.body.map_err(StreamEnd::Failed);
    read_body(http, run, epoch, body).await
}

/// Reads the pieces of an open stream. None: nobody wants it any longer.
pub(super) async fn read_body(
    http: &Rc<Http>,
    run: &Weak<Run>,
    epoch: u32,
    mut body: impl Stream<Item = Result<Vec<u8>, StreamEnd>> + Unpin,
) -> Option<StreamEnd> {
    run.upgrade()?.input(RunCall::StreamOpened { epoch });
    let mut busy = 0;
    loop {
        Run::until_ready(run).await;
        let chunk = match body.next().await {
            Some(Ok(chunk)) => chunk,
            Some(Err(end)) => return Some(end),
            None => return Some(StreamEnd::Closed),
        };
        for slice in chunk.chunks(SLICE) {
            // The machine holds what came before it knows whose it is; the rest waits, most of it in the network.
            Run::until_ready(run).await;
            let started = http.clock.now();
            {
                let run = run.upgrade()?;
                run.bytes(epoch, slice);
                if !run.is_streaming(epoch) {
                    return None;
                }
            }
            busy += http.clock.now().since(started);
            if busy >= BUSY {
                busy = 0;
                http.clock.turn().await;
            }
        }
    }
}

/// A server or a proxy that says nothing is believed.
pub(crate) fn is_event_stream(stream: &HttpStream) -> bool {
    stream
        .content_type
        .as_deref()
        .is_none_or(|kind| kind.trim_start().starts_with("text/event-stream"))
}

/// Why there is no stream, in the words of the answer's body.
pub(crate) async fn refusal(mut stream: HttpStream) -> Failure {
    let kind = stream.content_type.unwrap_or_default();
    if stream.status == 200 {
        return Failure {
            kind: FailureKind::Decode,
            detail: format!("The server sent {kind} instead of an event stream."),
            retry_after: stream.retry_after,
        };
    }
    let mut body = Vec::new();
    while body.len() < REFUSAL
        && let Some(Ok(chunk)) = stream.body.next().await
    {
        body.extend_from_slice(&chunk);
    }
    Error::from_answer(stream.status, Some(&kind), &String::from_utf8_lossy(&body))
        .into_failure(stream.retry_after)
}
