//! The state of a server as a whole: whether it requires sign-in, whether it is slow, and its clock.

use std::cell::{Cell, RefCell};
use std::fmt;

use futures::channel::oneshot;
use workflow_protocol::{Method, ServerClock, Time};

use crate::reactive::*;

/// The user has to sign in before the server answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// Where to sign in: the login page, or an address that redirects to it. May be relative to the page. `None` if the server asks for a
    /// token, so that a browser cannot help.
    pub url: Option<String>,
    /// Whether the server asks for a bearer token.
    pub wants_token: bool,
    /// The text of the answer. Can be empty.
    pub detail: String,
}

/// A request without an answer for 10 seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowRequest {
    /// Its method. A GET is sent a second time. Other methods are not, because the server may have carried them out.
    pub method: Method,
    /// Its path below the server's address, without the query.
    pub path: String,
    /// When it was sent.
    pub sent_at: Time,
}

/// Called with whether sign-in is required, whenever that changes.
type SignInListener = Box<dyn Fn(bool)>;

/// What is known of one server.
#[derive(Default)]
pub(crate) struct ServerState {
    pub(crate) sign_in: ArcRwSignal<Option<SignIn>>,
    /// The oldest of the slow requests.
    pub(crate) slow: ArcRwSignal<Option<SlowRequest>>,
    clock: Cell<ServerClock>,
    /// The part of the server that required sign-in, as the first segment of its path: others may be open to everybody.
    required_by: RefCell<String>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    listener: RefCell<Option<SignInListener>>,
    slow_requests: RefCell<Vec<(u64, SlowRequest)>>,
    next_slow: Cell<u64>,
}

impl fmt::Debug for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerState")
            .field("required_by", &self.required_by)
            .finish_non_exhaustive()
    }
}

impl ServerState {
    // Sign-in

    /// Calls `listener` whenever sign-in becomes required or no longer is. There is one listener.
    pub(crate) fn on_sign_in(&self, listener: impl Fn(bool) + 'static) {
        *self.listener.borrow_mut() = Some(Box::new(listener));
    }

    pub(crate) fn needs_sign_in(&self) -> bool {
        self.sign_in.with_untracked(Option::is_some)
    }

    /// The first segment of the path that required sign-in.
    pub(crate) fn required_by(&self) -> String {
        self.required_by.borrow().clone()
    }

    /// The answer to a request for `path` requires sign-in.
    pub(crate) fn require_sign_in(&self, path: &str, sign_in: SignIn) {
        if self.needs_sign_in() {
            return;
        }
        *self.required_by.borrow_mut() = first_segment(path).to_owned();
        self.sign_in.set(Some(sign_in));
        self.notify(true);
    }

    /// A request for `path` was answered as only those who are signed in are answered.
    pub(crate) fn answered(&self, path: &str) {
        if self.needs_sign_in() && *self.required_by.borrow() == first_segment(path) {
            self.signed_in();
        }
    }

    /// The user is signed in.
    pub(crate) fn signed_in(&self) {
        if !self.needs_sign_in() {
            return;
        }
        self.sign_in.set(None);
        for waiting in self.waiting.take() {
            // Waiters that gave up have dropped their receiver.
            let _ = waiting.send(());
        }
        self.notify(false);
    }

    /// Done when no sign-in is required.
    pub(crate) async fn until_signed_in(&self) {
        while self.needs_sign_in() {
            let (sender, signed_in) = oneshot::channel();
            self.waiting.borrow_mut().push(sender);
            if signed_in.await.is_err() {
                return;
            }
        }
    }

    fn notify(&self, required: bool) {
        if let Some(listener) = self.listener.borrow().as_ref() {
            listener(required);
        }
    }

    // Slow requests

    /// Shows a request as slow until the guard is dropped.
    pub(crate) fn slow(&self, request: SlowRequest) -> Slow<'_> {
        let id = self.next_slow.get();
        self.next_slow.set(id.wrapping_add(1));
        self.slow_requests.borrow_mut().push((id, request));
        self.show_slow();
        Slow { state: self, id }
    }

    fn show_slow(&self) {
        let oldest = self
            .slow_requests
            .borrow()
            .first()
            .map(|(_, request)| request.clone());
        set_if_changed(&self.slow, oldest);
    }

    // Time

    pub(crate) const fn clock(&self) -> ServerClock {
        self.clock.get()
    }

    /// Learns from the `Date` header of an answer.
    pub(crate) fn dated(&self, sent: Time, received: Time, date: Option<Time>) {
        if let Some(date) = date {
            let mut clock = self.clock.get();
            clock.date(sent, received, date);
            self.clock.set(clock);
        }
    }

    /// Learns from the `started_at` of a run that was started here.
    pub(crate) fn started(&self, sent: Time, received: Time, started_at: &str) {
        if let Some(started_at) = Time::parse(started_at) {
            let mut clock = self.clock.get();
            clock.started(sent, received, started_at);
            self.clock.set(clock);
        }
    }
}

fn first_segment(path: &str) -> &str {
    path.split(['/', '?'])
        .find(|segment| !segment.is_empty())
        .unwrap_or_default()
}

/// A request that is slow as long as this lives.
pub(crate) struct Slow<'a> {
    state: &'a ServerState,
    id: u64,
}

impl Drop for Slow<'_> {
    fn drop(&mut self) {
        self.state
            .slow_requests
            .borrow_mut()
            .retain(|(id, _)| *id != self.id);
        self.state.show_slow();
    }
}
