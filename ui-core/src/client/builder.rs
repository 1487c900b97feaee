//! Settings of a client.

use std::fmt;
use std::future::Future;
use std::rc::Rc;

use futures::FutureExt as _;
use workflow_protocol::{RetryPolicy, RunOptions};

use super::WorkflowClient;
use crate::ServerAddress;
use crate::api::transport::{Credentials, RefusedAddress, Transport};
use crate::api::{HeaderProvider, Http, ServerState};
use crate::clock::Clock;
use crate::reactive::*;
use crate::storage::{Storage, page_storage, remove_old_claims};
#[cfg(feature = "shared-tabs")]
use crate::tabs::SharedTabs;

/// The default timeout in milliseconds.
const TIMEOUT: u64 = 30_000;

/// Settings of a [`WorkflowClient`], from [`WorkflowClient::builder`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct WorkflowClientBuilder {
    base: String,
    transport: Option<Rc<dyn Transport>>,
    clock: Option<Rc<dyn Clock>>,
    headers: Option<HeaderProvider>,
    credentials: Credentials,
    timeout: u64,
    run_options: RunOptions,
    storage: Option<Rc<dyn Storage>>,
    #[cfg(feature = "shared-tabs")]
    tabs: Option<(Rc<dyn crate::tabs::TabLink>, String)>,
}

impl fmt::Debug for WorkflowClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the address: it may hold a password.
        f.debug_struct("WorkflowClientBuilder").finish_non_exhaustive()
    }
}

impl WorkflowClientBuilder {
    pub(super) fn new(base: String) -> Self {
        Self {
            base,
            transport: None,
            clock: None,
            headers: None,
            credentials: Credentials::default(),
            timeout: TIMEOUT,
            run_options: RunOptions::default(),
            storage: cfg!(target_arch = "wasm32").then(page_storage),
            #[cfg(feature = "shared-tabs")]
            tabs: None,
        }
    }

    /// Calls `provider` for the headers of each request and of each connection of a stream, so that a token can be refreshed.
    ///
    /// If the provider takes longer than the timeout, the request fails. The app server's CORS settings only allow `Authorization` and
    /// `Content-Type` from another origin.
    pub fn headers<F, Fut>(mut self, provider: F) -> Self
    where
        F: Fn() -> Fut + 'static,
        Fut: Future<Output = Vec<(String, String)>> + 'static,
    {
        self.headers = Some(Rc::new(move || provider().boxed_local()));
        self
    }

    /// Which requests carry cookies. Defaults to requests to the page's own origin.
    pub const fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// The timeout of a request in milliseconds. Defaults to 30 000. Streams and [`WorkflowClient::run`] have no timeout.
    pub const fn timeout_ms(mut self, ms: u64) -> Self {
        self.timeout = ms;
        self
    }

    /// The pauses between attempts to reconnect. Defaults to [`RetryPolicy::default`].
    pub const fn retry(mut self, retry: RetryPolicy) -> Self {
        self.run_options.retry = retry;
        self
    }

    /// Settings of watched runs: retries, size of the event log, largest frame. Each run gets its own seed.
    pub const fn run_options(mut self, options: RunOptions) -> Self {
        self.run_options = options;
        self
    }

    /// Shares streams with the other tabs of this origin that have the same server, credentials mode and `identity`. One of these tabs
    /// streams for all.
    ///
    /// `identity` names the user whose events these are, for example by a user id. Leave it empty if only cookies decide, because tabs
    /// share cookies. A client with [`headers`](Self::headers) and an empty identity shares nothing.
    ///
    /// Tabs find each other by a name that is derived from the identity by PBKDF2, with a random salt of the origin (in `localStorage`).
    /// The identity may therefore be secret, but it should not change as tokens do. The derivation takes about a tenth of a second in
    /// the background; until then the tab uses its own stream. Without Web Locks, `BroadcastChannel`, storage or a secure context, each
    /// tab uses its own streams. Native programs have no tabs.
    #[cfg(feature = "shared-tabs")]
    #[cfg_attr(not(target_arch = "wasm32"), allow(unused_variables))]
    pub fn shared_tabs(self, identity: &str) -> Self {
        #[cfg(target_arch = "wasm32")]
        if let Some(link) = crate::tabs::BrowserTabs::new() {
            return self.shared_tabs_over(link, identity);
        }
        self
    }

    /// [`shared_tabs`](Self::shared_tabs) with another [`TabLink`](crate::TabLink) than the browser's.
    #[cfg(feature = "shared-tabs")]
    pub fn shared_tabs_over(mut self, link: impl crate::tabs::TabLink, identity: &str) -> Self {
        self.tabs = Some((Rc::new(link), identity.to_owned()));
        self
    }

    /// The storage for claims to prompts and for sent events. Defaults to `BrowserStorage` in a browser, and to none elsewhere.
    /// [`build`](Self::build) removes claims that are older than a week.
    pub fn storage(mut self, storage: impl Storage) -> Self {
        self.storage = Some(Rc::new(storage));
        self
    }

    /// Stores nothing. A prompt is then only answered once per page: two tabs, or a reload at the wrong moment, can answer it twice.
    pub fn no_storage(mut self) -> Self {
        self.storage = None;
        self
    }

    /// The transport of requests. Defaults to `fetch` in a browser, and to none elsewhere.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Rc::new(transport));
        self
    }

    /// The source of time. Defaults to the browser's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Rc::new(clock));
        self
    }

    /// Builds the client.
    pub fn build(self) -> WorkflowClient {
        #[cfg(target_arch = "wasm32")]
        let (transport, clock) = (
            self.transport
                .unwrap_or_else(|| Rc::new(crate::api::transport::FetchTransport::new())),
            self.clock
                .unwrap_or_else(|| Rc::new(crate::clock::BrowserClock::new())),
        );
        #[cfg(not(target_arch = "wasm32"))]
        let (transport, clock) = (
            self.transport
                .unwrap_or_else(|| Rc::new(crate::api::transport::NoTransport)),
            self.clock.unwrap_or_else(|| Rc::new(crate::clock::StandingClock)),
        );
        if let Some(storage) = &self.storage {
            remove_old_claims(&**storage, clock.now());
        }
        let (server, transport) = match ServerAddress::of_page(&self.base) {
            Ok(server) => (server, transport),
            // Nothing is sent to an address that does not show where it leads.
            Err(error) => (
                ServerAddress::default(),
                Rc::new(RefusedAddress(error)) as Rc<dyn Transport>,
            ),
        };
        #[cfg(feature = "shared-tabs")]
        // Without a name, a client with headers of its own might read another user's events.
        let named = |identity: &str| self.headers.is_none() || !identity.is_empty();
        #[cfg(feature = "shared-tabs")]
        let tabs = self
            .tabs
            .filter(|(_, identity)| named(identity))
            .map(|(link, identity)| {
                let credentials = format!("{:?}", self.credentials);
                SharedTabs {
                    link,
                    about: [server.base(), &credentials, &identity].join("\0"),
                    is_secret: !identity.is_empty(),
                }
            });
        WorkflowClient::from_http(Http {
            base: self.base,
            server,
            transport,
            clock,
            headers: self.headers,
            credentials: self.credentials,
            timeout: self.timeout,
            run_options: self.run_options,
            state: ServerState::default(),
            storage: self.storage,
            unanswered: ArcRwSignal::default(),
            #[cfg(feature = "shared-tabs")]
            tabs,
        })
    }
}
