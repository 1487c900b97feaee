//! The event stream.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::Api;
use super::handlers::missing;
use super::query::{Pairs, int};
use super::segment::Segment;
use crate::engine::{Cursor, Engine, RunLog, View};
use crate::reply::{detail, with_type};

pub(super) async fn stream(
    State(api): State<Api>,
    Segment(id): Segment,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    let sse = query.flag("sse", true);
    let asked = query.get("after_sequence").unwrap_or("now");
    let mut after = if asked.eq_ignore_ascii_case("now") {
        None
    } else if let Some(cursor) = int(asked) {
        Some(cursor)
    } else {
        return detail(400, format!("Invalid after_sequence: '{asked}'"));
    };
    if let Some(last) = headers
        .get("last-event-id")
        .filter(|_| sse)
        .and_then(|value| int(value.to_str().ok()?))
    {
        after = Some(last);
    }
    let Some((log, ended)) = api.engine.log(&id) else {
        return missing(&id);
    };
    let stored = i64::try_from(log.len()).unwrap_or(i64::MAX);
    let after = after.unwrap_or(stored - 1);
    if ended && after.saturating_add(1) >= stored {
        return StatusCode::NO_CONTENT.into_response();
    }
    let faults = api.engine.faults();
    let view = View {
        internal: query.flag("include_internal", false),
        qualified_name: query.flag("include_qualified_name", true),
        sse,
        frames_per_chunk: if faults.frame_delay().is_zero() {
            usize::MAX
        } else {
            1
        },
    };
    let heartbeat = api.heartbeat.filter(|_| sse);
    let body = Body::from_stream(frames(api.engine.clone(), &log, after, view, heartbeat));
    with_type(
        200,
        if sse {
            "text/event-stream; charset=utf-8"
        } else {
            "application/x-ndjson"
        },
        body,
    )
}

/// Why a stream broke on purpose.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("cut on demand")
    }
}

impl std::error::Error for Cut {}

fn frames(
    engine: Arc<Engine>,
    log: &Arc<RunLog>,
    after: i64,
    view: View,
    heartbeat: Option<Duration>,
) -> impl futures::Stream<Item = Result<Bytes, Cut>> + use<> {
    let mut cursor: Cursor = Engine::cursor(log, after, view);
    async_stream::stream! {
        let faults = engine.faults();
        let _open = faults.stream_opened();
        let mut cuts = faults.cuts();
        let mut left = faults.frames_until_cut();
        let mut silent_since = Instant::now();
        loop {
            if left == Some(0) {
                // What was just written should reach the client before the connection breaks.
                tokio::time::sleep(Duration::from_millis(50)).await;
                yield Err(Cut);
                return;
            }
            cursor.limit(left);
            let (pieces, count) = cursor.read();
            if !pieces.is_empty() {
                let delay = faults.frame_delay();
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                for piece in pieces {
                    yield Ok(piece);
                }
                silent_since = Instant::now();
            }
            left = left.map(|frames| frames.saturating_sub(count));
            if left == Some(0) {
                continue;
            }
            if cursor.is_done() {
                return;
            }
            // Counted from the last frame that was delivered: events hidden from this reader are silence.
            let beat = silent_since + heartbeat.unwrap_or(Duration::from_secs(86_400));
            tokio::select! {
                () = cursor.changed() => {}
                _ = cuts.changed() => {
                    yield Err(Cut);
                    return;
                }
                () = tokio::time::sleep_until(beat), if heartbeat.is_some() => {
                    yield Ok(Bytes::from_static(b": heartbeat\n\n"));
                    silent_since = Instant::now();
                }
            }
        }
    }
}
