//! Responses to requests for an event stream.

use futures::StreamExt as _;
use workflow_protocol::{Failure, FailureKind};

use crate::Error;
use crate::api::transport::HttpStream;

/// The largest chunk that is decoded at once.
pub(super) const SLICE: usize = 64 * 1024;
/// How much is read of a response that is not a stream.
const REFUSAL: usize = 64 * 1024;

/// Whether the response is an event stream. Without a content type it counts as one.
pub(crate) fn is_event_stream(stream: &HttpStream) -> bool {
    stream
        .content_type
        .as_deref()
        .is_none_or(|kind| kind.trim_start().starts_with("text/event-stream"))
}

/// Why there is no stream, from the body of the response.
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
