//! What must hold for any body of a start or an event: the server answers in JSON, and says what it refuses.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use tower::ServiceExt as _;
use workflow_debugger::{Options, app};

/// Bytes of an answer. What repeats a refused value is longer than the value.
const LARGEST: usize = 16 << 20;

pub fn request(data: &[u8]) {
    statuses(data);
}

/// Sends a body, whose first byte says where the rest goes. Returns the statuses of the answers.
pub fn statuses(data: &[u8]) -> Vec<u16> {
    let Some((first, body)) = data.split_first() else {
        return Vec::new();
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let app = app(Options::default());
        let send = async |path: &str, body: &[u8]| {
            let request = Request::post(path)
                .header(header::HOST, "localhost")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_vec()))
                .expect("a request");
            let response = app.clone().oneshot(request).await.expect("an answer");
            let status = response.status();
            let text = to_bytes(response.into_body(), LARGEST)
                .await
                .expect("a whole answer");
            let json: serde_json::Value = serde_json::from_slice(&text).unwrap_or_else(|error| {
                panic!(
                    "{status} without JSON ({error}): {}",
                    String::from_utf8_lossy(&text)
                )
            });
            assert!(
                status.is_success() || json["detail"].is_string(),
                "{status} without words: {json}"
            );
            status.as_u16()
        };
        match first % 4 {
            0 => vec![send("/workflows/rich_form/run-nowait", body).await],
            1 => vec![send("/workflows/greeting/run-nowait", body).await],
            2 => vec![send("/workflows/interview/run-nowait", body).await],
            _ => {
                let start = br#"{"handler_id":"fuzzed"}"#;
                let started = send("/workflows/interview/run-nowait", start).await;
                vec![started, send("/events/fuzzed", body).await]
            }
        }
    })
}
