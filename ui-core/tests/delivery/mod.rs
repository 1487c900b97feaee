//! What every transport must deliver, written once: natively over the script, in a browser over `fetch` and
//! `EventSource`. The server is this file; the bytes of each answer travel over the transport under test.
// A test that cannot go on panics.
#![allow(clippy::expect_used, clippy::panic)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use leptos::prelude::{GetUntracked as _, Owner};
use workflow_ui_core::protocol::{Connection, Failure, RetryPolicy, RunStatus};
use workflow_ui_core::{
    Clock, EventRow, HttpMeta, HttpRequest, HttpResponse, HttpStream, Transport, WorkflowClient,
    provide_workflow_client, use_workflow_handler,
};

/// The place where a transport finds bytes.
pub(crate) trait Host: 'static {
    type Transport: Transport;
    type Clock: Clock;
    fn transport(&self) -> Self::Transport;
    fn clock(&self) -> Self::Clock;
    /// An address under which these bytes are an event stream that ends, once.
    fn serve(&self, bytes: &[u8]) -> String;
    /// An address under which nothing is.
    fn nothing(&self) -> String;
    /// An address that answers 404.
    fn unknown(&self) -> String;
    /// Lets some time pass.
    fn pass(&self) -> LocalBoxFuture<'static, ()>;
}

/// What happens to one connection.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// Cut after so many bytes.
    Cut(usize),
    /// Never made.
    Refused,
    /// The handler has been deleted.
    Gone,
}

/// A server with one run, in front of the transport under test.
struct Server<H: Host> {
    host: Rc<H>,
    way: Rc<H::Transport>,
    state: Rc<State>,
}

#[derive(Default)]
struct State {
    frames: Vec<String>,
    fates: RefCell<VecDeque<Fate>>,
    opened: RefCell<Vec<i64>>,
    /// The whole history went out, so the run has ended for every client.
    ended: RefCell<bool>,
    gone: RefCell<bool>,
}

impl<H: Host> Transport for Server<H> {
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, Failure>> {
        let status = if *self.state.ended.borrow() {
            "completed"
        } else {
            "running"
        };
        // In a browser the address is absolute.
        let (code, body) = if request.url.contains("/handlers/h1") && !*self.state.gone.borrow() {
            (
                202,
                format!(
                    r#"{{"handler_id":"h1","workflow_name":"w","run_id":"r1","status":"{status}","started_at":"2026-11-20T11:28:10.000000+00:00"}}"#
                ),
            )
        } else {
            (404, r#"{"detail":"Not Found"}"#.to_owned())
        };
        async move {
            Ok(HttpResponse {
                status: code,
                content_type: Some("application/json".to_owned()),
                retry_after: None,
                meta: HttpMeta::default(),
                body,
            })
        }
        .boxed_local()
    }

    fn open(&self, mut request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpStream, Failure>> {
        let (_, rest) = request.url.split_once("after_sequence=").expect("a cursor");
        let after: i64 = rest
            .split('&')
            .next()
            .and_then(|n| n.parse().ok())
            .expect("a number");
        self.state.opened.borrow_mut().push(after);
        let first = usize::try_from(after + 1).expect("a row");
        let text: String = self.state.frames.get(first..).unwrap_or_default().concat();
        request.url = match self.state.fates.borrow_mut().pop_front() {
            Some(Fate::Gone) => {
                *self.state.gone.borrow_mut() = true;
                self.host.unknown()
            }
            Some(Fate::Refused) => self.host.nothing(),
            Some(Fate::Cut(at)) if at < text.len() => self.host.serve(&text.as_bytes()[..at]),
            _ => {
                *self.state.ended.borrow_mut() = true;
                self.host.serve(text.as_bytes())
            }
        };
        self.way.open(request)
    }

    fn pool(&self) -> usize {
        Rc::as_ptr(&self.state).addr()
    }
}

fn frames() -> Vec<String> {
    let mut frames: Vec<String> = (0..6)
        .map(|n| format!("id: {n}\ndata: {{\"value\":{{\"n\":{n},\"text\":\"ü → 𝄞\"}},\"type\":\"Progress\",\"types\":[]}}\n\n"))
        .collect();
    frames[3].insert_str(0, ": heartbeat\n\n");
    frames.push(
        "id: 6\ndata: {\"value\":{\"result\":\"end\"},\"type\":\"StopEvent\",\"types\":null}\n\n".to_owned(),
    );
    frames
}

/// Watches the run until its connection is closed; gives its status, its rows and the cursors of the connections.
async fn watch<H: Host>(host: &Rc<H>, fates: &[Fate]) -> (RunStatus, Vec<EventRow>, Vec<i64>, u64) {
    let state = Rc::new(State {
        frames: frames(),
        fates: RefCell::new(fates.iter().copied().collect()),
        ..State::default()
    });
    let server = Server {
        host: host.clone(),
        way: Rc::new(host.transport()),
        state: state.clone(),
    };
    let owner = Owner::new();
    let hook = owner.with(|| {
        let client = WorkflowClient::builder("")
            .transport(server)
            .clock(host.clock())
            .retry(RetryPolicy {
                base: 1,
                cap: 4,
                ..RetryPolicy::default()
            })
            .build();
        provide_workflow_client(client);
        use_workflow_handler("h1", true)
    });
    let mut passes = 0;
    while hook.connection.get_untracked() != Connection::Closed {
        host.pass().await;
        passes += 1;
        assert!(passes < 500, "{fates:?}: {:?}", hook.connection.get_untracked());
    }
    let events = hook.events.get_untracked();
    let rows = events.range(0..events.len());
    let status = hook.status.get_untracked();
    let missing = events.missing();
    owner.cleanup();
    let opened = state.opened.borrow().clone();
    (status, rows, opened, missing)
}

fn check(what: &str, rows: &[EventRow], missing: u64) {
    let numbers: Vec<u64> = rows.iter().map(|row| row.sequence).collect();
    assert_eq!(
        (numbers, missing),
        ((0..7).collect(), 0),
        "{what}: every event, once and in order"
    );
    let text = rows[2].value.as_ref().map(|value| value.as_str().to_owned());
    assert_eq!(
        text.as_deref(),
        Some(r#"{"n":2,"text":"ü → 𝄞"}"#),
        "{what}: to the byte"
    );
}

/// A whole history over one connection.
pub(crate) async fn a_history_arrives_at_once<H: Host>(host: H) {
    let (status, rows, opened, missing) = watch(&Rc::new(host), &[]).await;
    check("one connection", &rows, missing);
    assert_eq!((status, opened), (RunStatus::Completed, vec![-1]));
}

/// Connections that break after any number of bytes, in the middle of a character too.
pub(crate) async fn cuts_lose_nothing<H: Host>(host: H, step: usize) {
    let host = Rc::new(host);
    let length: usize = frames().iter().map(String::len).sum();
    for at in (0..length).step_by(step) {
        let (status, rows, opened, missing) = watch(&host, &[Fate::Cut(at), Fate::Cut(at / 2 + 40)]).await;
        check(&format!("cut after {at} bytes"), &rows, missing);
        assert_eq!(status, RunStatus::Completed);
        assert!(opened.is_sorted(), "the cursor never goes back: {opened:?}");
    }
}

/// Connections that are not made at all.
pub(crate) async fn refusals_are_tried_again<H: Host>(host: H) {
    let fates = [Fate::Refused, Fate::Refused, Fate::Cut(200), Fate::Refused];
    let (status, rows, opened, missing) = watch(&Rc::new(host), &fates).await;
    check("refusals", &rows, missing);
    assert_eq!((status, opened.len()), (RunStatus::Completed, 5));
}

/// A handler that disappears while its stream is down. Where no status is shown, the handler decides.
pub(crate) async fn a_deleted_handler_is_gone<H: Host>(host: H) {
    let fates = [Fate::Cut(200), Fate::Refused, Fate::Gone];
    let (status, rows, ..) = watch(&Rc::new(host), &fates).await;
    assert_eq!(status, RunStatus::Gone);
    assert!(!rows.is_empty(), "what was received stays");
}
