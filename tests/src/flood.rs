//! A server that only sends events, as many as requested and as fast as the client reads them.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use futures::stream;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::probe::probe_folder;

/// Bytes that are written to the network at once.
const CHUNK: usize = 64 * 1024;

/// The parameters of a flood run; encoded in its handler id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flood {
    /// Public events before the end.
    pub events: u64,
    /// Bytes of each on the wire, including `id:` line and empty line.
    pub bytes: usize,
    /// What follows the events.
    pub then: Then,
}

/// What follows the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The stop event.
    Stop,
    /// Nothing: the run stays running.
    Silence,
    /// The stop event; but each connection breaks after so many events.
    Cuts(u64),
}

impl Flood {
    /// The handler id of such a run.
    #[must_use]
    pub fn id(&self) -> String {
        let Self { events, bytes, then } = self;
        match then {
            Then::Stop => format!("flood-{events}-{bytes}-stop"),
            Then::Silence => format!("flood-{events}-{bytes}-silence"),
            Then::Cuts(after) => format!("flood-{events}-{bytes}-cut-{after}"),
        }
    }

    /// The parameters of `id`; a number after them distinguishes runs with equal parameters.
    fn parse(id: &str) -> Option<Self> {
        let mut parts = id.strip_prefix("flood-")?.split('-');
        let (events, bytes) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let then = match parts.next()? {
            "stop" => Then::Stop,
            "silence" => Then::Silence,
            "cut" => Then::Cuts(parts.next()?.parse().ok()?),
            _ => return None,
        };
        Some(Self { events, bytes, then })
    }

    /// Writes the frame of one event.
    fn frame(&self, out: &mut Vec<u8>, sequence: u64) {
        const PAD: [u8; 1024] = [b'x'; 1024];
        if sequence >= self.events {
            let stop = format!(
                "id: {sequence}\ndata: {{\"value\":{{\"result\":{{\"done\":{sequence}}}}},\"qualified_name\":\"workflows.events.StopEvent\",\"type\":\"StopEvent\",\"types\":null}}\n\n"
            );
            out.extend_from_slice(stop.as_bytes());
            return;
        }
        let mut head = String::with_capacity(96);
        // Writing to a string cannot fail.
        let _ = write!(
            head,
            "id: {sequence}\ndata: {{\"value\":{{\"done\":{sequence},\"total\":{},\"note\":\"",
            self.events
        );
        let tail = b"\"},\"qualified_name\":\"flood.Progress\",\"type\":\"Progress\",\"types\":null}\n\n";
        let mut pad = self.bytes.saturating_sub(head.len() + tail.len());
        out.extend_from_slice(head.as_bytes());
        while pad > 0 {
            let piece = pad.min(PAD.len());
            out.extend_from_slice(&PAD[..piece]);
            pad -= piece;
        }
        out.extend_from_slice(tail);
    }

    /// One more than the last sequence.
    const fn end(&self) -> u64 {
        match self.then {
            Then::Silence => self.events,
            Then::Stop | Then::Cuts(_) => self.events + 1,
        }
    }
}

/// The server, with a page at its root: by default the probe. Dropping it stops it.
#[derive(Debug)]
#[must_use = "dropping the server ends it"]
pub struct FloodServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    folder: PathBuf,
    /// Runs whose last event was sent.
    ended: Mutex<HashSet<String>>,
    open: AtomicUsize,
    opened: AtomicUsize,
}

impl FloodServer {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// If no port is free or the probe is missing.
    pub async fn start() -> Self {
        Self::with_page(probe_folder()).await
    }

    /// The same with the page of this folder at its root.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn with_page(folder: PathBuf) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("the address of a listener");
        let shared = Arc::new(Shared {
            folder,
            ..Shared::default()
        });
        let app = Router::new()
            .route("/", get(index))
            .route("/{file}", get(file))
            .route("/handlers/{id}", get(handler))
            .route("/events/{id}", get(events))
            .fallback(async || refusal(StatusCode::NOT_FOUND))
            .with_state(Arc::clone(&shared));
        let listener = listener.tap_io(|stream| {
            // A connection must not be refused because it is late.
            let _ = stream.set_nodelay(true);
        });
        let serving = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("the flood");
        });
        Self {
            address,
            shared,
            serving,
        }
    }

    /// The page's address.
    #[must_use]
    pub fn page(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How many event streams are open, and the total so far.
    #[must_use]
    pub fn streams(&self) -> (usize, usize) {
        (self.shared.open.load(SeqCst), self.shared.opened.load(SeqCst))
    }
}

impl Drop for FloodServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn refusal(status: StatusCode) -> Response {
    (status, axum::Json(json!({ "detail": status.canonical_reason() }))).into_response()
}

async fn index(State(shared): State<Arc<Shared>>) -> Response {
    serve(&shared, "index.html")
}

async fn file(State(shared): State<Arc<Shared>>, Path(file): Path<String>) -> Response {
    if file == "handlers" {
        return axum::Json(json!({ "handlers": [] })).into_response();
    }
    serve(&shared, &file)
}

fn serve(shared: &Shared, file: &str) -> Response {
    let kind = match file.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        _ => return refusal(StatusCode::NOT_FOUND),
    };
    match std::fs::read(shared.folder.join(file)) {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        Err(_) => refusal(StatusCode::NOT_FOUND),
    }
}

async fn handler(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let Some(flood) = Flood::parse(&id) else {
        return refusal(StatusCode::NOT_FOUND);
    };
    let ended = flood.then == Then::Stop
        || shared
            .ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&id);
    let at = "2026-11-20T11:28:10.000000+00:00";
    let result = json!({ "value": { "result": { "done": flood.events } },
        "qualified_name": "workflows.events.StopEvent", "type": "StopEvent", "types": null });
    axum::Json(json!({
        "handler_id": id, "workflow_name": "flood", "run_id": format!("run-{id}"), "error": null,
        "result": if ended { result } else { json!(null) }, "result_unreadable": false,
        "status": if ended { "completed" } else { "running" }, "started_at": at, "updated_at": at,
        "completed_at": if ended { json!(at) } else { json!(null) },
    }))
    .into_response()
}

/// Counts one open stream.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.open.fetch_add(1, SeqCst);
        shared.opened.fetch_add(1, SeqCst);
        Self(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, SeqCst);
    }
}

async fn events(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(flood) = Flood::parse(&id) else {
        return refusal(StatusCode::NOT_FOUND);
    };
    let query = query.unwrap_or_default();
    let after = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("after_sequence="))
        .and_then(|after| after.parse::<i64>().ok())
        .unwrap_or(-1);
    let next = u64::try_from(after + 1).unwrap_or_default();
    if next >= flood.end() && flood.then != Then::Silence {
        return StatusCode::NO_CONTENT.into_response();
    }
    let cut = match flood.then {
        Then::Cuts(after) => next + after,
        Then::Stop | Then::Silence => u64::MAX,
    };
    let open = Open::new(&shared);
    let frames = stream::unfold((next, open), move |(mut next, open)| {
        let id = id.clone();
        async move {
            if next >= cut && next < flood.end() {
                // The client should read the previous data before the connection breaks: Chromium discards unread data then, and a client
                // would never progress.
                tokio::time::sleep(Duration::from_millis(10)).await;
                return Some((Err(std::io::Error::other("cut")), (u64::MAX, open)));
            }
            if next >= flood.end() {
                if flood.then == Then::Silence {
                    std::future::pending::<()>().await;
                }
                return None;
            }
            let mut chunk = Vec::with_capacity(CHUNK + 2048);
            while chunk.len() < CHUNK && next < flood.end().min(cut) {
                flood.frame(&mut chunk, next);
                next += 1;
            }
            if next == flood.end() {
                open.0
                    .ended
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(id);
            }
            Some((Ok(Bytes::from(chunk)), (next, open)))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(frames)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_the_given_size() {
        for bytes in [359, 718, 5000] {
            let flood = Flood {
                events: 1_000_000,
                bytes,
                then: Then::Stop,
            };
            assert_eq!(Flood::parse(&flood.id()), Some(flood), "the id says it all");
            for sequence in [0, 99, 999_999] {
                let mut frame = vec![];
                flood.frame(&mut frame, sequence);
                assert_eq!(frame.len(), bytes, "event {sequence}");
            }
        }
    }
}
