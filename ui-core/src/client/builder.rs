//! Settings of a client.

use std::fmt;
use std::future::Future;
use std::rc::Rc;

use futures::FutureExt as _;
use workflow_protocol::{RetryPolicy, RunOptions};

use super::WorkflowClient;
use super::http::{HeaderProvider, Http};
use crate::clock::Clock;
use crate::transport::{Credentials, Transport};

/// How long an answer may take, in milliseconds.
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
}

impl fmt::Debug for WorkflowClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkflowClientBuilder")
            .field("base", &self.base)
            .finish_non_exhaustive()
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
        }
    }

    /// Asks `provider` for headers at every request and every (re)connect of a stream, so that a token can be
    /// refreshed.
    ///
    /// A provider that takes longer than the timeout fails its request. The app server's CORS lets only
    /// `Authorization` and `Content-Type` pass from another origin.
    pub fn headers<F, Fut>(mut self, provider: F) -> Self
    where
        F: Fn() -> Fut + 'static,
        Fut: Future<Output = Vec<(String, String)>> + 'static,
    {
        self.headers = Some(Rc::new(move || provider().boxed_local()));
        self
    }

    /// Which requests carry cookies. Defaults to those to the page's own origin.
    pub const fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// How long an answer may take, in milliseconds. Defaults to 30 000. Streams and [`WorkflowClient::run`] have no
    /// limit.
    pub const fn timeout_ms(mut self, ms: u64) -> Self {
        self.timeout = ms;
        self
    }

    /// When lost connections are tried again. Defaults to [`RetryPolicy::default`].
    pub const fn retry(mut self, retry: RetryPolicy) -> Self {
        self.run_options.retry = retry;
        self
    }

    /// How watched runs are kept: retries, bytes of the event log, largest frame. The seed is chosen anew for every
    /// run.
    pub const fn run_options(mut self, options: RunOptions) -> Self {
        self.run_options = options;
        self
    }

    /// How requests travel. Defaults to `fetch` in a browser, to nothing elsewhere.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Rc::new(transport));
        self
    }

    /// Where time comes from. Defaults to the browser.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Rc::new(clock));
        self
    }

    /// The client.
    pub fn build(self) -> WorkflowClient {
        #[cfg(target_arch = "wasm32")]
        let (transport, clock) = (
            self.transport
                .unwrap_or_else(|| Rc::new(crate::transport::FetchTransport::new())),
            self.clock
                .unwrap_or_else(|| Rc::new(crate::clock::BrowserClock::new())),
        );
        #[cfg(not(target_arch = "wasm32"))]
        let (transport, clock) = (
            self.transport
                .unwrap_or_else(|| Rc::new(crate::transport::NoTransport)),
            self.clock.unwrap_or_else(|| Rc::new(crate::clock::StandingClock)),
        );
        WorkflowClient::from_http(Http {
            base: self.base,
            transport,
            clock,
            headers: self.headers,
            credentials: self.credentials,
            timeout: self.timeout,
            run_options: self.run_options,
        })
    }
}
