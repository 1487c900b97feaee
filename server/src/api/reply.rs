//! Answers.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::engine::Handler;
use crate::engine::Status;
use crate::python::Json;

/// A body of JSON text.
pub(crate) fn json(status: u16, body: impl Into<Body>) -> Response {
    with_type(status, "application/json", body)
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
    json(status, format!("{{\"detail\":{}}}", Json::Str(words.into())))
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
        Status::Running => 202,
        Status::Completed => 200,
        Status::Failed | Status::Cancelled => 500,
    }
}
