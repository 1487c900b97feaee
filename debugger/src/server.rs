//! The server in use: its client, its token, its health, and whether the person agreed to it.

use crate::address::{Page, Server, own, resolve};
use crate::navigation::Navigation;
use send_wrapper::SendWrapper;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use workflow_ui_components::reactive::*;
use workflow_ui_components::ui::{Live, Timer, Var, after, effect, memo};
use workflow_ui_components::window;
use workflow_ui_core::readings::{UseServerStateReturn, use_server_state};
use workflow_ui_core::{SignIn, StorageArea, WorkflowClient, page_storage};

/// How often the server is asked for its health, in milliseconds: while it is well, and while it isn't.
const WELL: i32 = 20_000;
const UNWELL: i32 = 2000;
/// How long an answer about the health may take once another request got none, in milliseconds.
const PATIENCE: i32 = 2000;

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

/// The server that the address names; the page's own where it names none that can be used.
pub(crate) fn named(navigation: Navigation) -> Live<Server> {
    let page = page();
    let api = navigation.part(|state| state.api.clone());
    memo(move || api.with(|api| resolve(&page, api.as_deref()).unwrap_or_else(|_| own(&page))))
}

/// Why the address names no server, if it tries to.
pub(crate) fn refused(navigation: Navigation) -> Live<Option<String>> {
    let page = page();
    let api = navigation.part(|state| state.api.clone());
    memo(move || {
        api.with(|api| {
            resolve(&page, api.as_deref())
                .err()
                .map(|error| error.to_string())
        })
    })
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
        KEPT.with_borrow(|kept| kept.get(&key).cloned())
            .or_else(|| page_storage().get(StorageArea::Session, &key))
    }

    fn write(what: &str, address: &str, value: &str) {
        let key = Self::key(what, address);
        let value = Some(value).filter(|value| !value.is_empty());
        // Denied or full: the value holds for as long as the page does.
        let _ = page_storage().set(StorageArea::Session, &key, value);
        KEPT.with_borrow_mut(|kept| match value {
            Some(value) => kept.insert(key, value.to_owned()),
            None => kept.remove(&key),
        });
    }
}

thread_local! {
    // What the browser won't store must hold at least until the page is left.
    static KEPT: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
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

/// Asks the server for its health for as long as the signal lives: seldom while it is well, often while it isn't, at once when any
/// other request of the client gets no answer, and not at all while it requires sign-in.
pub(crate) fn watch_health(client: &WorkflowClient) -> Var<Health> {
    let poller = Rc::new(HealthPoller {
        client: client.clone(),
        health: Var::new(Health::Unknown),
        is_over: Cell::new(false),
        is_signed_out: Cell::new(false),
        asked: Cell::new(0),
        answered: Cell::new(0),
        next: Cell::new(None),
    });
    let health = poller.health;
    let end = SendWrapper::new(Rc::clone(&poller));
    on_cleanup(move || end.is_over.set(true));
    HealthPoller::ask(&poller);
    let UseServerStateReturn { sign_in, .. } = use_server_state();
    let signing_in = Rc::clone(&poller);
    effect(move || match sign_in.get() {
        // Whichever request was the first to need it.
        Some(sign_in) => {
            signing_in.is_signed_out.set(true);
            signing_in.show(Health::SignIn(sign_in));
        }
        None if signing_in.is_signed_out.replace(false) => HealthPoller::ask(&signing_in),
        None => {}
    });
    let unanswered = client.unanswered();
    let seen = Cell::new(unanswered.get_untracked());
    effect(move || {
        let now = unanswered.get();
        if seen.replace(now) != now {
            HealthPoller::doubt(&poller);
        }
    });
    health
}

struct HealthPoller {
    client: WorkflowClient,
    health: Var<Health>,
    /// Another server is in use.
    is_over: Cell<bool>,
    /// The server requires sign-in: it is not asked.
    is_signed_out: Cell<bool>,
    /// How many questions were sent, and the last that was answered.
    asked: Cell<u32>,
    answered: Cell<u32>,
    next: Cell<Option<Timer>>,
}

impl HealthPoller {
    fn ask(poller: &Rc<Self>) {
        if poller.is_quiet() {
            return;
        }
        let poller = Rc::clone(poller);
        let question = poller.asked.get() + 1;
        poller.asked.set(question);
        if let Some(timer) = poller.next.take() {
            timer.clear();
        }
        spawn_local(async move {
            let now = match poller.client.health().await {
                Ok(()) => Health::Ok,
                Err(error) => Health::Down(error.to_string()),
            };
            poller.answered.set(question);
            if poller.is_quiet() || poller.asked.get() != question {
                return;
            }
            let wait = if now == Health::Ok { WELL } else { UNWELL };
            poller.show(now);
            // The next question comes after the answer to this one, however long that took.
            let again = Rc::clone(&poller);
            poller.next.set(after(wait, move || Self::ask(&again)));
        });
    }

    /// Nothing is asked for any longer, or for now.
    fn is_quiet(&self) -> bool {
        self.is_over.get() || self.is_signed_out.get()
    }

    fn show(&self, now: Health) {
        if self.health.peek() != now {
            self.health.set(now);
        }
    }

    /// Another request got no answer: the server may be down since the last question.
    fn doubt(poller: &Rc<Self>) {
        if poller.is_quiet() || matches!(poller.health.peek(), Health::Down(_)) {
            return;
        }
        if poller.answered.get() == poller.asked.get() {
            Self::ask(poller);
        }
        let (poller, question) = (Rc::clone(poller), poller.asked.get());
        // A server that hangs answers no question at all.
        after(PATIENCE, move || {
            if !poller.is_quiet() && poller.answered.get() < question {
                poller.show(Health::Down(String::from("The server does not answer.")));
            }
        });
    }
}
