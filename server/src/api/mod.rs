//! The HTTP API of the embedded engine, with the paths, queries, statuses and bodies of llama-agents-server 0.8.0. Answers use the wire
//! types of `workflow-protocol`.

mod discovery;
mod faults;
mod handlers;
mod query;
mod runs;
mod segment;
mod send;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequest, Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use crate::body::{self, Bodies, JSON_LIMIT, WholeBody};
use crate::engine::Engine;
use crate::reply::{self, Refusal, detail, status};

/// What the handlers of requests share.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) engine: Arc<Engine>,
    /// Silence after which a stream says `: heartbeat`; `None`: never.
    pub(crate) heartbeat: Option<Duration>,
    pub(crate) bodies: Bodies,
    /// Large bodies are read one after another: a parsed body takes many times its bytes.
    pub(crate) large_bodies: Arc<Semaphore>,
}

/// A body above this many bytes is read on a thread of its own, so that it does not delay other requests.
const LARGE_BODY: usize = 64 * 1024;

impl Api {
    /// Reads a body: at once if it is small, else on a thread for work that blocks.
    async fn read_body<T: Send + 'static>(
        &self,
        body: WholeBody,
        read: impl FnOnce(&Self, &[u8]) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        if body.bytes.len() <= LARGE_BODY {
            return read(self, &body.bytes);
        }
        let permit = self.large_bodies.clone().acquire_owned().await;
        let api = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let read = read(&api, &body.bytes);
            drop(permit);
            read
        });
        reading
            .await
            .unwrap_or_else(|error| Err(Refusal(500, format!("Internal server error: {error}"))))
    }
}

impl FromRequest<Api> for WholeBody {
    type Rejection = Response;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let read = api.bodies.read(&parts.headers, body, JSON_LIMIT).await;
        read.map_err(|refused| body::unread(refused, JSON_LIMIT, "this server"))
    }
}

/// The routes of the API, below `prefix`. With `with_faults` also `/_faults`, by which tests ask for cuts,
/// delays and restarts.
pub(crate) fn routes(api: Api, prefix: &str, with_faults: bool) -> Router {
    let at = |path: &str| format!("{prefix}{path}");
    let routes = Router::new()
        .route(&at("/health"), get(async || status("healthy")))
        .route(&at("/workflows"), get(discovery::workflows))
        .route(&at("/workflows/{name}/schema"), get(discovery::schema))
        .route(&at("/workflows/{name}/events"), get(discovery::events))
        .route(
            &at("/workflows/{name}/representation"),
            get(discovery::representation),
        )
        .route(&at("/workflows/{name}/run"), post(runs::run))
        .route(&at("/workflows/{name}/run-nowait"), post(runs::run_nowait))
        .route(&at("/handlers"), get(handlers::list))
        .route(&at("/handlers/{id}"), get(handlers::get))
        .route(&at("/handlers/{id}/cancel"), post(handlers::cancel))
        .route(&at("/results/{id}"), get(handlers::result))
        .route(&at("/events/{id}"), get(stream::stream).post(send::send))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(from_fn_with_state(api.clone(), fail));
    let routes = if with_faults {
        routes.merge(faults::routes())
    } else {
        routes
    };
    routes.with_state(api)
}

/// Unknown paths and wrong methods both end at the server's static files: what can't be read there is not
/// found, and nothing can be written.
async fn nowhere(method: Method) -> Response {
    if matches!(method, Method::GET | Method::HEAD) {
        detail(404, "Not Found")
    } else {
        detail(405, "Method Not Allowed")
    }
}

/// Answers with a fault when one was asked for.
async fn fail(State(api): State<Api>, request: Request, next: Next) -> Response {
    match api.engine.faults().take_failing() {
        Some(fault) => reply::with_type(fault.status, &fault.content_type, fault.body),
        None => next.run(request).await,
    }
}
