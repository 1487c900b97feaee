//! Request bodies that are read whole, up to a limit.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;

use crate::api::detail;

/// The largest body that our own JSON routes accept.
pub(crate) const JSON_LIMIT: usize = 16 * 1024 * 1024;

/// What is read and dropped of a body that is too large. A server that closes the connection while its client still sends resets
/// it, and the client never sees the answer.
const DISCARDED: usize = 64 * 1024 * 1024;

const MEGABYTE: usize = 1024 * 1024;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is larger than the limit.
    TooLarge,
    /// Its client left before it was complete.
    Incomplete,
}

/// Reads a body to its end.
pub(crate) async fn read_whole(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Unread> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or(0);
    let is_too_large = |length: usize| length > limit;
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::with_capacity(if is_too_large(announced) { 0 } else { announced });
    let mut length = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Unread::Incomplete)?;
        length = length.saturating_add(chunk.len());
        if !is_too_large(announced.max(length)) {
            whole.extend_from_slice(&chunk);
        } else if length > limit.saturating_add(DISCARDED) {
            break;
        } else {
            whole = Vec::new();
        }
    }
    if is_too_large(length) {
        Err(Unread::TooLarge)
    } else {
        Ok(whole.into())
    }
}

/// The answer to a body that is too large.
pub(crate) fn too_large(limit: usize, of_what: &str) -> Response {
    detail(
        StatusCode::PAYLOAD_TOO_LARGE.as_u16(),
        format!(
            "The request is larger than {} MB, the limit of {of_what}",
            limit / MEGABYTE
        ),
    )
}

/// The whole body of a request to one of our own JSON routes.
#[derive(Debug)]
pub(crate) struct WholeBody(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for WholeBody {
    type Rejection = Response;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        match read_whole(&parts.headers, body, JSON_LIMIT).await {
            Ok(body) => Ok(Self(body)),
            Err(Unread::TooLarge) => Err(too_large(JSON_LIMIT, "this server")),
            Err(Unread::Incomplete) => Err(StatusCode::BAD_REQUEST.into_response()),
        }
    }
}
