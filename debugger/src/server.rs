//! The server in use: its client, its token, its health, and whether the person agreed to it.

use crate::address::{Page, Server, resolve};
use crate::navigation::Navigation;
use send_wrapper::SendWrapper;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use workflow_ui_components::reactive::*;
use workflow_ui_components::ui::{Live, Var, after, effect, memo};
use workflow_ui_components::window;
use workflow_ui_core::readings::{UseServerStateReturn, use_server_state};
use workflow_ui_core::{SignIn, WorkflowClient};

/// How often the server is asked for its health, in milliseconds: while it is well, and while it isn't.
const WELL: i32 = 20_000;
const UNWELL: i32 = 2000;

/// What the last question for the server's health gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Health {
    /// Not asked yet.
    #[default]
    Unknown,
    /// It answered.
    Ok,
    /// It didn't; with the reason.
    Down(String),
    /// The user has to sign in first.
    SignIn(SignIn),
}

impl Health {
    /// The word of `data-health`.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Down(_) => "down",
            Self::SignIn(_) => "signin",
        }
    }
}

/// Where the page stands.
pub(crate) fn page() -> Page {
    let location = window().location();
    Page {
        origin: location.origin().unwrap_or_default(),
        path: location.pathname().unwrap_or_default(),
    }
}

/// The server that the address names.
pub(crate) fn named(navigation: Navigation) -> Live<Server> {
    let page = page();
    let api = navigation.part(|state| state.api.clone());
    memo(move || api.with(|api| resolve(&page, api.as_deref())))
}

/// What is kept for this visit about one server, and about no other.
///
/// Session storage ends with the tab and is never written into links, exports or logs.
#[derive(Debug)]
pub(crate) struct Session;

impl Session {
    /// Did the person agree to send things to this origin?
    pub(crate) fn agreed(origin: &str) -> bool {
        Self::read("agreed", origin).is_some()
    }

    /// They did.
    pub(crate) fn agree(origin: &str) {
        Self::write("agreed", origin, "yes");
    }

    /// The token for this address.
    pub(crate) fn token(base: &str) -> String {
        Self::read("token", base).unwrap_or_default()
    }

    /// Keeps a token for this address; an empty one forgets it.
    pub(crate) fn set_token(base: &str, token: &str) {
        Self::write("token", base, token);
    }

    fn key(what: &str, address: &str) -> String {
        ["workflow-debugger.", what, ".", address].concat()
    }

    fn read(what: &str, address: &str) -> Option<String> {
        let key = Self::key(what, address);
        let kept = KEPT.with_borrow(|kept| {
            kept.iter()
                .find(|(known, _)| *known == key)
                .map(|(_, value)| value.clone())
        });
        kept.or_else(|| {
            window()
                .session_storage()
                .ok()
                .flatten()?
                .get_item(&key)
                .ok()
                .flatten()
        })
    }

    fn write(what: &str, address: &str, value: &str) {
        let key = Self::key(what, address);
        KEPT.with_borrow_mut(|kept| {
            kept.retain(|(known, _)| *known != key);
            if !value.is_empty() {
                kept.push((key.clone(), value.to_owned()));
            }
        });
        let Ok(Some(storage)) = window().session_storage() else {
            return;
        };
        // Denied or full: the value holds for as long as the page does.
        let _ = if value.is_empty() {
            storage.remove_item(&key)
        } else {
            storage.set_item(&key, value)
        };
    }
}

thread_local! {
    // What the browser won't store must hold at least until the page is left.
    static KEPT: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// A client of a server, with its token if there is one.
pub(crate) fn client(base: &str, token: &str) -> WorkflowClient {
    // Six connections are all that a browser opens to an origin, for all of its tabs together. Who has the same token sees the same.
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

/// Asks the server for its health for as long as the signal lives: seldom while it is well, often while it isn't, and not at all while it
/// requires sign-in.
pub(crate) fn watch_health(client: &WorkflowClient) -> Var<Health> {
    let health = Var::new(Health::Unknown);
    // Counted up when the questions so far are to end.
    let turn = Rc::new(Cell::new(0_u32));
    let end = SendWrapper::new(Rc::clone(&turn));
    on_cleanup(move || end.set(end.get().wrapping_add(1)));
    ask(client.clone(), health, Rc::clone(&turn));
    let UseServerStateReturn { sign_in, .. } = use_server_state();
    let client = client.clone();
    let was_signed_out = Cell::new(false);
    effect(move || {
        let sign_in = sign_in.get();
        let signed_out = sign_in.is_some();
        if was_signed_out.replace(signed_out) || signed_out {
            turn.set(turn.get().wrapping_add(1));
            match sign_in {
                // Whichever request was the first to need it.
                Some(sign_in) => health.set(Health::SignIn(sign_in)),
                None => ask(client.clone(), health, Rc::clone(&turn)),
            }
        }
    });
    health
}

fn ask(client: WorkflowClient, health: Var<Health>, turn: Rc<Cell<u32>>) {
    let mine = turn.get();
    spawn_local(async move {
        let now = match client.health().await {
            Ok(()) => Health::Ok,
            Err(error) => Health::Down(error.to_string()),
        };
        // Another server is in use, or this one requires sign-in.
        if turn.get() != mine {
            return;
        }
        let wait = if now == Health::Ok { WELL } else { UNWELL };
        if health.peek() != now {
            health.set(now);
        }
        // The next question comes after the answer to this one, however long that took.
        after(wait, move || {
            if turn.get() == mine {
                ask(client, health, turn);
            }
        });
    });
}
