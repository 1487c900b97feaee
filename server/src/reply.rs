//! Answers.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use serde::Serialize;
use workflow_protocol::{ErrorAnswer, HandlerStatus, StatusAnswer};

use crate::engine::Handler;

const JSON: &str = "application/json";

/// A value as JSON.
pub(crate) fn json(status: u16, answer: &impl Serialize) -> Response {
    match serde_json::to_vec(answer) {
        Ok(body) => with_type(status, JSON, body),
        Err(error) => with_type(500, "text/plain", format!("The answer is not JSON: {error}")),
    }
}

/// A body that is JSON text.
pub(crate) fn json_text(status: u16, body: Body) -> Response {
    with_type(status, JSON, body)
}

/// `{"status": …}` with status 200.
pub(crate) fn status(word: &str) -> Response {
    let status = word.to_owned();
    json(200, &StatusAnswer { status })
}

/// A body of any type. What isn't a header value becomes text.
pub(crate) fn with_type(status: u16, content_type: &str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let value = HeaderValue::from_str(content_type).unwrap_or(HeaderValue::from_static("text/plain"));
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}

/// `{"detail": …}`.
pub(crate) fn detail(status: u16, words: impl Into<String>) -> Response {
    let detail = words.into();
    json(status, &ErrorAnswer { detail })
}

/// A request that is refused: status and words of the answer.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) u16, pub(crate) String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        detail(self.0, self.1)
    }
}

/// The HTTP status that repeats a handler's.
pub(crate) fn status_of(handler: &Handler) -> u16 {
    match handler.status {
        HandlerStatus::Running => 202,
        HandlerStatus::Completed => 200,
        HandlerStatus::Failed | HandlerStatus::Cancelled | HandlerStatus::Other(_) => 500,
    }
}
