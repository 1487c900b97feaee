//! A development server with the workflow debugger inside.
//!
//! By default it serves demo workflows with the protocol of `llama-agents-server`. With an upstream it is a reverse proxy for a
//! real server and adds `/debugger/` to that server's paths. The APIs of named upstreams are below `/upstreams/NAME/`.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! println!("http://{}/debugger/", listener.local_addr()?);
//! workflow_debugger::serve(listener, workflow_debugger::app(workflow_debugger::Options::default())).await
//! # }
//! ```

pub mod agent_data;
mod api;
mod body;
pub mod cli;
pub mod demos;
pub mod engine;
mod guard;
mod listen;
mod once;
mod page;
mod proxy;
mod reply;
pub mod validation;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::get;
use tokio::sync::Semaphore;
use tower_http::timeout::RequestBodyTimeoutLayer;

pub use agent_data::AgentDataStore;
pub use engine::Faults;
pub use guard::{Access, HostName, Origin, Token};
pub use listen::{Limits, listen, serve, serve_within};
use once::Once;
pub use page::Page;
pub use proxy::{NamedUpstream, Upstream, UpstreamError, check};

/// How long a request to the demo workflows may send nothing of its body. Bodies for an upstream have no such limit.
const STALLED_BODY: Duration = Duration::from_secs(30);

/// What the app serves.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server to stand in front of. Defaults to none: the demo workflows are served.
    pub upstream: Option<Upstream>,
    /// Servers beside it, each below `/upstreams/NAME/`, which `GET /upstreams` lists. Their names differ. Defaults to none.
    pub upstreams: Vec<NamedUpstream>,
    /// Path below which the demo workflows have their API, like `/deployments/demo`. Defaults to the root.
    pub prefix: String,
    /// Silence after which an event stream says `: heartbeat`; `None`: never. Defaults to 25 seconds, as the
    /// real server.
    pub heartbeat: Option<Duration>,
    /// How many ended handlers are kept. Defaults to 1000, as the real server's memory store.
    pub keep_ended: usize,
    /// Bytes of events and results that the demo workflows' store holds. Ended runs are forgotten first; when that is not enough,
    /// new runs and events are refused with 507, and a run that publishes more fails. Defaults to 512 MiB.
    pub store_bytes: usize,
    /// The debugger's page. Defaults to the embedded one; in debug builds to the checkout's `dist/`.
    pub page: Page,
    /// Faults that tests may ask for, by this value and by `POST /_faults/…`. Defaults to none.
    pub faults: Option<Faults>,
    /// The store of records at `/api/v1/beta/agent-data`, also beside an upstream. Defaults to none.
    pub agent_data: Option<AgentDataStore>,
    /// Who may use the server. Defaults to this machine alone, without a token.
    pub access: Access,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            upstream: None,
            upstreams: Vec::new(),
            prefix: String::new(),
            heartbeat: Some(Duration::from_secs(25)),
            keep_ended: 1000,
            store_bytes: 512 * 1024 * 1024,
            page: Page::default(),
            faults: None,
            agent_data: None,
            access: Access::default(),
        }
    }
}

/// The app: the page under `/debugger/`, and beside it the demo workflows or the upstream. Needs a tokio
/// runtime with time and network.
pub fn app(options: Options) -> Router {
    let access = Arc::new(options.access);
    let once = from_fn_with_state(Once::default(), once::once);
    let store = options.agent_data.clone().map_or_else(Router::new, |store| {
        agent_data::routes(store, options.faults.is_some()).layer(RequestBodyTimeoutLayer::new(STALLED_BODY))
    });
    let root = options.upstream.as_ref().map_or("demo", |_| "upstream");
    let named = if options.upstreams.is_empty() {
        Router::new()
    } else {
        let routes = proxy::named::routes(options.upstreams, root, access.token.is_some());
        guard::require_token(routes.layer(once.clone()), &access)
    };
    if let Some(upstream) = options.upstream {
        let bodies = guard::JsonBodies::below(upstream.path());
        let page = page::routes(options.page, upstream.path().to_owned());
        let api = guard::require_token(proxy::routes(upstream).merge(store).layer(once), &access);
        return guard::in_front_of(page.merge(named).merge(api), access, bodies);
    }
    let with_faults = options.faults.is_some();
    let engine = engine::Engine::new(
        demos::with_store(options.agent_data.as_ref()),
        options.keep_ended,
        options.store_bytes,
        options.faults.unwrap_or_default(),
    );
    let api = api::Api {
        engine: Arc::new(engine),
        heartbeat: options.heartbeat,
        bodies: body::Bodies::default(),
        large_bodies: Arc::new(Semaphore::new(1)),
    };
    let page = page::routes(options.page, options.prefix.clone())
        .route("/", get(async || Redirect::temporary("/debugger/")));
    let api = api::routes(api, &options.prefix, with_faults)
        .merge(store)
        .layer(once)
        .layer(RequestBodyTimeoutLayer::new(STALLED_BODY));
    let api = guard::require_token(api, &access);
    guard::in_front_of(page.merge(named).merge(api), access, guard::JsonBodies::Own)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use axum::http::{Request, header};
    use futures::StreamExt as _;
    use futures::stream;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stalls_ends_its_request() {
        let begun = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
        let request = Request::post("/workflows/greeting/run-nowait")
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from_stream(begun.chain(stream::pending())))
            .expect("a request");
        let Ok(response) = app(Options::default()).oneshot(request).await;
        assert_eq!(response.status(), 408);
    }
}
