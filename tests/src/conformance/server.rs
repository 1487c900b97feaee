//! Serves the page, the streams and the batches, and receives the results of the page.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use futures::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Case, Conformance, Decode, Decoded};

/// Ports that serve streams. A browser opens six connections to each.
const ORIGINS: usize = 4;
const LANES: usize = 6;
/// Streams per batch.
const BATCH: u64 = 480;

pub(super) struct CaseServer {
    page: SocketAddr,
    shared: Arc<Shared>,
    serving: Vec<JoinHandle<()>>,
}

struct Shared {
    origins: Vec<String>,
    decode: Decode,
    state: Mutex<Changing>,
}

struct Changing {
    next: u64,
    end: u64,
    report: Conformance,
}

#[derive(Deserialize)]
struct Seen {
    seed: String,
    events: Vec<(String, String, String)>,
    note: Option<String>,
}

impl CaseServer {
    pub(super) async fn start(first: u64, count: u64, decode: Decode) -> Self {
        let mut listeners = vec![];
        for _ in 0..=ORIGINS {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
            let address = listener.local_addr().expect("the address of a listener");
            listeners.push((listener, address));
        }
        let page = listeners[0].1;
        let shared = Arc::new(Shared {
            origins: listeners[1..]
                .iter()
                .map(|(_, address)| format!("http://{address}"))
                .collect(),
            decode,
            state: Mutex::new(Changing {
                next: first,
                end: first + count,
                report: Conformance::default(),
            }),
        });
        let app = Router::new()
            .route("/", get(html))
            .route("/page.js", get(script))
            .route("/batch", get(batch))
            .route("/results", post(results))
            .route("/case/{seed}", get(case))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        let serving = listeners
            .into_iter()
            .map(|(listener, _)| {
                let listener = listener.tap_io(|stream| {
                    // Without it chunks arrive together, which tests less but causes no failure.
                    let _ = stream.set_nodelay(true);
                });
                let app = app.clone();
                tokio::spawn(async move {
                    axum::serve(listener, app)
                        .await
                        .expect("the server of the comparison");
                })
            })
            .collect();
        Self {
            page,
            shared,
            serving,
        }
    }

    pub(super) fn page(&self) -> String {
        format!("http://{}/", self.page)
    }

    pub(super) fn done(&self) -> u64 {
        self.shared.lock().report.cases
    }

    pub(super) fn report(&self) -> Conformance {
        self.shared.lock().report.clone()
    }
}

impl Drop for CaseServer {
    fn drop(&mut self) {
        for task in &self.serving {
            task.abort();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Changing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn html() -> Response {
    (
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        include_str!("page.html"),
    )
        .into_response()
}

async fn script() -> Response {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("page.js"),
    )
        .into_response()
}

async fn batch(State(shared): State<Arc<Shared>>) -> String {
    let seeds = {
        let mut state = shared.lock();
        let from = state.next;
        state.next = state.end.min(from + BATCH);
        from..state.next
    };
    let cases: Vec<_> = seeds
        .map(|seed| {
            let case = Case::new(seed);
            let mut names = case.names();
            names.extend(
                (shared.decode)(&case.chunks)
                    .into_iter()
                    .map(|decoded| decoded.event),
            );
            json!([seed.to_string(), names])
        })
        .collect();
    json!({ "origins": shared.origins, "lanes": LANES, "cases": cases }).to_string()
}

async fn results(State(shared): State<Arc<Shared>>, body: Bytes) -> &'static str {
    let seen: Vec<Seen> = serde_json::from_slice(&body).expect("results as the page words them");
    for it in seen {
        let case = Case::new(it.seed.parse().expect("a seed"));
        let decoded: Vec<Decoded> = it
            .events
            .into_iter()
            .map(|(event, data, id)| Decoded { event, data, id })
            .collect();
        let mut expected = (shared.decode)(&case.chunks);
        if expected != decoded
            && let Some(chunks) = case.as_chromium_reads_it()
        {
            expected = (shared.decode)(&chunks);
            shared.lock().report.excused += 1;
        }
        shared
            .lock()
            .report
            .compare(&case, &expected, &decoded, it.note.as_deref());
    }
    "ok"
}

async fn case(Path(seed): Path<u64>) -> Response {
    let chunks = stream::unfold(Case::new(seed).chunks.into_iter(), async |mut chunks| {
        // Yielding sends what was written before.
        tokio::task::yield_now().await;
        let chunk = chunks.next()?;
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(chunk)), chunks))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, Body::from_stream(chunks)).into_response()
}
