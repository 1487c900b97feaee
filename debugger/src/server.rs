//! The server in use: its address, client and token, and the user's consent.

use crate::address::{Page, Server, own, resolve};
use crate::navigation::Navigation;
use indexmap::IndexMap;
use leptos::prelude::*;
use std::cell::RefCell;
use workflow_ui_core::{StorageArea, WorkflowClient, page_storage};

/// The page's location.
pub(crate) fn page() -> Page {
    let location = window().location();
    Page {
        origin: location.origin().unwrap_or_default(),
        path: location.pathname().unwrap_or_default(),
    }
}

/// The server that the address bar names. A context of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CurrentServer {
    /// The page's own server while the address names none, or an invalid one.
    pub(crate) server: Memo<Server>,
    /// Why the address of the server is invalid.
    pub(crate) refusal: Memo<Option<String>>,
    /// Grows when a token or a consent of the [`Session`] changed.
    pub(crate) session: RwSignal<u32>,
}

impl CurrentServer {
    pub(crate) fn new(navigation: Navigation) -> Self {
        let api = navigation.part(|state| state.api.clone());
        let resolved = Memo::new(move |_| {
            let page = page();
            api.with(|api| resolve(&page, api.as_deref()).map_err(|error| (own(&page), error.to_string())))
        });
        let server = Memo::new(move |_| {
            resolved.with(|resolved| match resolved {
                Ok(server) | Err((server, _)) => server.clone(),
            })
        });
        let refusal = Memo::new(move |_| {
            resolved.with(|resolved| resolved.as_ref().err().map(|(_, reason)| reason.clone()))
        });
        Self {
            server,
            refusal,
            session: RwSignal::new(0),
        }
    }

    /// Connects again with the current token and consent of the [`Session`].
    pub(crate) fn reconnect(self) {
        self.session.update(|session| *session = session.wrapping_add(1));
    }
}

/// Data of one server for this visit.
///
/// Session storage ends with the tab. It is never written into links, exports or logs.
#[derive(Debug)]
pub(crate) struct Session;

impl Session {
    /// Whether the user consented to requests to this origin.
    pub(crate) fn agreed(origin: &str) -> bool {
        Self::read("agreed", origin).is_some()
    }

    /// Records the consent.
    pub(crate) fn agree(origin: &str) {
        Self::write("agreed", origin, "yes");
    }

    /// The token of this address.
    pub(crate) fn token(base: &str) -> String {
        Self::read("token", base).unwrap_or_default()
    }

    /// Stores a token for this address; an empty one removes it.
    pub(crate) fn set_token(base: &str, token: &str) {
        Self::write("token", base, token);
    }

    fn key(what: &str, address: &str) -> String {
        ["workflow-debugger.", what, ".", address].concat()
    }

    fn read(what: &str, address: &str) -> Option<String> {
        let key = Self::key(what, address);
        KEPT.with_borrow(|kept| kept.get(&key).cloned())
            .or_else(|| page_storage().get(StorageArea::Session, &key))
    }

    fn write(what: &str, address: &str, value: &str) {
        let key = Self::key(what, address);
        let value = Some(value).filter(|value| !value.is_empty());
        // Denied or full: the value is kept as long as the page.
        let _ = page_storage().set(StorageArea::Session, &key, value);
        KEPT.with_borrow_mut(|kept| match value {
            Some(value) => kept.insert(key, value.to_owned()),
            None => kept.swap_remove(&key),
        });
    }
}

thread_local! {
    // A fallback for values that the browser does not store.
    static KEPT: RefCell<IndexMap<String, String>> = RefCell::default();
}

/// A client of a server, with its token if there is one.
pub(crate) fn client(base: &str, token: &str) -> WorkflowClient {
    // A browser opens at most six connections to an origin, for all its tabs. Tabs with the same token share their streams.
    let builder = WorkflowClient::builder(base).shared_tabs(token);
    if token.is_empty() {
        return builder.build();
    }
    let value = ["Bearer ", token].concat();
    builder
        .headers(move || {
            let value = value.clone();
            async move { vec![(String::from("Authorization"), value)] }
        })
        .build()
}
