//! Reads an event stream and passes it to its run in chunks that keep the page responsive.

use std::rc::{Rc, Weak};

use futures::future::{Either, select};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use workflow_protocol::{Request, StreamEnd};

use super::{Run, RunCall};
use crate::Error;
use crate::api::Http;
use crate::store::stream::{SLICE, is_event_stream, refusal};

/// The longest time of decoding before the page gets control, in milliseconds.
const BUSY: u64 = 8;

/// Opens the stream and reads it to its end. `None`: it is no longer wanted.
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

/// Reads the chunks of an open stream. `None`: it is no longer wanted.
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
            // The machine buffers some data until it has identified the run. The rest waits, mostly in the network.
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
