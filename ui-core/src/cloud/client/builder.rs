//! Settings of a client.

use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use futures::FutureExt as _;
use workflow_cloud::{DEFAULT_COLLECTION, deployment_name, endpoint};

use super::AgentDataClient;
use crate::api::HeaderProvider;
use crate::api::transport::{Credentials, Transport};
use crate::client::WorkflowClientBuilder;
use crate::clock::Clock;
use crate::cloud::store::Store;
use crate::cloud::wire::{Scope, Wire};
use crate::storage::Storage;

/// Settings of an [`AgentDataClient`](super::AgentDataClient), from [`AgentDataClient::builder`](super::AgentDataClient::builder).
#[must_use = "a builder does nothing until `build` is called"]
pub struct AgentDataClientBuilder {
    /// The request layer is that of the workflow client.
    http: WorkflowClientBuilder,
    headers: Option<HeaderProvider>,
    credentials: Option<Credentials>,
    project: Option<String>,
    deployment: Option<String>,
    collection: String,
}

impl fmt::Debug for AgentDataClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentDataClientBuilder")
            .field("deployment", &self.deployment)
            .field("collection", &self.collection)
            .finish_non_exhaustive()
    }
}

impl AgentDataClientBuilder {
    pub(super) fn new(base: String) -> Self {
        Self {
            http: WorkflowClientBuilder::new(base),
            headers: None,
            credentials: None,
            project: None,
            deployment: None,
            collection: DEFAULT_COLLECTION.to_owned(),
        }
    }

    /// The deployment under whose name records are stored. Defaults to `_public`, the store of the whole project;
    /// [`agent_data_address`](crate::agent_data_address) infers it.
    pub fn deployment(mut self, name: impl Into<String>) -> Self {
        self.deployment = Some(name.into());
        self
    }

    /// The collection. Defaults to `default`.
    pub fn collection(mut self, name: impl Into<String>) -> Self {
        self.collection = name.into();
        self
    }

    /// The project. Every request names it in the header `Project-Id`.
    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.project = Some(id.into());
        self
    }

    /// Asks `provider` for a bearer token at every request. None: the request goes without. A request that is refused (401) is sent once
    /// more if there is another token by then.
    pub fn token<F, Fut>(self, provider: F) -> Self
    where
        F: Fn() -> Fut + 'static,
        Fut: Future<Output = Option<String>> + 'static,
    {
        self.headers(move || {
            let token = provider();
            async move {
                let bearer = |token: String| ("authorization".to_owned(), ["Bearer ", &token].concat());
                token.await.map(bearer).into_iter().collect()
            }
        })
    }

    /// Asks `provider` for headers at every request, in the place of [`token`](Self::token).
    pub fn headers<F, Fut>(mut self, provider: F) -> Self
    where
        F: Fn() -> Fut + 'static,
        Fut: Future<Output = Vec<(String, String)>> + 'static,
    {
        self.headers = Some(Rc::new(move || provider().boxed_local()));
        self
    }

    /// Which requests carry cookies. Without a [`token`](Self::token) or [`headers`](Self::headers) all do by default, also to another
    /// origin: a deployed page has its visitor's session cookie. With one, those to the page's own origin do.
    pub const fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// How long an answer may take, in milliseconds. Defaults to 30 000.
    pub fn timeout_ms(mut self, ms: u64) -> Self {
        self.http = self.http.timeout_ms(ms);
        self
    }

    /// By which storage the tabs of a browser profile tell each other about writes. Defaults to the browser's own.
    pub fn storage(mut self, storage: impl Storage) -> Self {
        self.http = self.http.storage(storage);
        self
    }

    /// Neither sends changes to other tabs nor receives theirs.
    pub fn no_storage(mut self) -> Self {
        self.http = self.http.no_storage();
        self
    }

    /// How requests travel. Defaults to `fetch` in a browser, to nothing elsewhere.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.http = self.http.transport(transport);
        self
    }

    /// Where time comes from. Defaults to the browser.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.http = self.http.clock(clock);
        self
    }

    /// The client.
    pub fn build(self) -> AgentDataClient {
        let credentials = self.credentials.unwrap_or(if self.headers.is_some() {
            Credentials::SameOrigin
        } else {
            Credentials::Include
        });
        let mut http = self.http.credentials(credentials);
        let (headers, project) = (self.headers, self.project.clone());
        if headers.is_some() || project.is_some() {
            http = http.headers(move || {
                let (given, project) = (headers.as_ref().map(|headers| headers()), project.clone());
                async move {
                    let mut all = match given {
                        Some(given) => given.await,
                        None => Vec::new(),
                    };
                    all.extend(project.map(|id| (endpoint::PROJECT_HEADER.to_ascii_lowercase(), id)));
                    all
                }
            });
        }
        let scope = Scope {
            deployment: deployment_name(self.deployment.as_deref(), None, None).into(),
            collection: Arc::from(self.collection),
        };
        let wire = Wire {
            http: http.into_http(),
            project: self.project,
        };
        AgentDataClient::of(Store::new(wire), scope)
    }
}
