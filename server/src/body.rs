//! Request bodies that are read whole, up to a limit.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::reply::detail;

/// The largest body that our own JSON routes accept.
pub(crate) const JSON_LIMIT: usize = 16 * 1024 * 1024;

/// What is read and dropped of a body that is too large. A server that closes the connection while its client still sends resets
/// it, and the client never sees the answer.
const DISCARDED: usize = 64 * 1024 * 1024;

const MEGABYTE: usize = 1024 * 1024;

/// Bytes of all bodies that are in memory at a time, and the unit in which they are counted.
const ALL_BODIES: usize = 256 * MEGABYTE;
const UNIT: usize = 4096;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is larger than the limit.
    TooLarge,
    /// Its client left or stalled before it was complete.
    Incomplete,
    /// There are too many others.
    NoRoom,
}

/// A body, and its place among those that are in memory. Given back when it is dropped.
#[derive(Debug)]
pub(crate) struct WholeBody {
    pub(crate) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// The room for bodies that are in memory at the same time.
#[derive(Debug, Clone)]
pub(crate) struct Bodies(Arc<Semaphore>);

impl Default for Bodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL_BODIES / UNIT)))
    }
}

impl Bodies {
    /// Reads a body to its end.
    pub(crate) async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        limit: usize,
    ) -> Result<WholeBody, Unread> {
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
            .unwrap_or(0);
        let mut refused = (announced > limit).then_some(Unread::TooLarge);
        let mut chunks = body.into_data_stream();
        let mut whole = Vec::new();
        let mut room: Option<OwnedSemaphorePermit> = None;
        let mut length = 0_usize;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Unread::Incomplete)?;
            length = length.saturating_add(chunk.len());
            if length > limit {
                refused = Some(Unread::TooLarge);
            } else if refused.is_none() && !self.make_room(&mut room, length) {
                refused = Some(Unread::NoRoom);
            }
            if refused.is_none() {
                whole.extend_from_slice(&chunk);
            } else if length > limit.saturating_add(DISCARDED) {
                break;
            } else {
                (whole, room) = (Vec::new(), None);
            }
        }
        match refused {
            Some(refused) => Err(refused),
            None => Ok(WholeBody {
                bytes: whole.into(),
                _room: room,
            }),
        }
    }

    /// Whether there is room for that many bytes of one body. A client takes it by sending, not by announcing.
    fn make_room(&self, room: &mut Option<OwnedSemaphorePermit>, length: usize) -> bool {
        let has = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let Ok(more) = u32::try_from(length.div_ceil(UNIT).saturating_sub(has)) else {
            return false;
        };
        if more == 0 {
            return true;
        }
        let Ok(more) = self.0.clone().try_acquire_many_owned(more) else {
            return false;
        };
        match room {
            Some(room) => room.merge(more),
            None => *room = Some(more),
        }
        true
    }
}

/// The answer to a request that finds no room. It may be sent again.
pub(crate) fn no_room(words: &str) -> Response {
    let mut response = detail(StatusCode::SERVICE_UNAVAILABLE.as_u16(), words);
    let retry_after = HeaderValue::from_static("2");
    response.headers_mut().insert(header::RETRY_AFTER, retry_after);
    response
}

/// The answer to a request whose body was not read.
pub(crate) fn unread(unread: Unread, limit: usize, of_what: &str) -> Response {
    match unread {
        Unread::TooLarge => too_large(limit, of_what),
        Unread::Incomplete => detail(
            StatusCode::REQUEST_TIMEOUT.as_u16(),
            "The body did not come to its end",
        ),
        Unread::NoRoom => no_room("There are too many large requests; try again"),
    }
}

/// The answer to a body that is too large.
fn too_large(limit: usize, of_what: &str) -> Response {
    detail(
        StatusCode::PAYLOAD_TOO_LARGE.as_u16(),
        format!(
            "The request is larger than {} MB, the limit of {of_what}",
            limit / MEGABYTE
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_bodies_have_a_bound_together() {
        // Each connection could hold a body of the largest size at the same time.
        let bodies = Bodies(Arc::new(Semaphore::new(4)));
        let read = async |bytes: usize| {
            let body = Body::from(vec![b'x'; bytes]);
            bodies.read(&HeaderMap::new(), body, 4 * UNIT).await
        };
        let first = read(2 * UNIT + 1).await.expect("room");
        assert_eq!(
            read(2 * UNIT).await.map(|body| body.bytes.len()),
            Err(Unread::NoRoom)
        );
        assert_eq!(read(UNIT).await.map(|body| body.bytes.len()), Ok(UNIT));
        assert_eq!(
            read(4 * UNIT + 1).await.map(|body| body.bytes.len()),
            Err(Unread::TooLarge)
        );
        drop(first);
        assert_eq!(read(4 * UNIT).await.map(|body| body.bytes.len()), Ok(4 * UNIT));
    }
}
