//! A transport that answers from a script: for tests of this crate and of apps.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use futures::{FutureExt as _, Stream, StreamExt as _};
use workflow_protocol::{Failure, Method};

use super::{HttpMeta, HttpRequest, HttpResponse, HttpStream, Transport};
use crate::address::page_origin;

/// The answer of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// An answer with a body.
    Answer(HttpResponse),
    /// No answer: the connection failed.
    Fail(Failure),
    /// No answer yet. The test gives it with [`ScriptedTransport::answer`].
    Wait,
    /// For streams: a 200 whose body the test feeds through [`ScriptedTransport::stream`].
    Stream,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::Answer(HttpResponse {
            status,
            content_type: Some("application/json".to_owned()),
            retry_after: None,
            meta: HttpMeta::default(),
            body: body.into(),
        })
    }

    /// An error as the server sends it: `{"detail": …}`.
    pub fn detail(status: u16, detail: &str) -> Self {
        Self::json(status, serde_json::json!({ "detail": detail }).to_string())
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self::Answer(HttpResponse {
            status,
            ..HttpResponse::default()
        })
    }

    /// The network is down.
    pub fn offline() -> Self {
        Self::Fail(Failure::network("Failed to fetch"))
    }
}

/// A transport that answers by rules. Cloning returns the same transport.
///
/// A rule has a method and a path. The query only counts if the rule's path has one; a `*` at the end matches anything. The latest
/// matching rule applies; [`once`](Self::once) rules apply once. Without a matching rule, a stream opens and everything else is 404.
#[derive(Clone, Debug, Default)]
pub struct ScriptedTransport {
    state: Rc<State>,
}

#[derive(Debug, Default)]
struct State {
    base: RefCell<String>,
    rules: RefCell<Vec<Rule>>,
    requests: RefCell<Vec<HttpRequest>>,
    streams: RefCell<Vec<ScriptedStream>>,
    waiting: RefCell<Vec<(HttpRequest, oneshot::Sender<Reply>)>>,
    in_flight: Cell<usize>,
    connected: Cell<usize>,
    most_connected: Cell<usize>,
}

#[derive(Debug)]
struct Rule {
    method: Method,
    path: String,
    reply: Reply,
    once: bool,
}

impl ScriptedTransport {
    /// A transport without rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the client's base URL, so that rules name paths below it.
    pub fn with_base(self, base: &str) -> Self {
        *self.state.base.borrow_mut() = base.trim_end_matches('/').to_owned();
        self
    }

    /// Answers each GET of `path` with this reply from now on.
    pub fn get(&self, path: &str, reply: Reply) -> &Self {
        self.rule(Method::Get, path, reply, false)
    }

    /// Answers each POST to `path` with this reply from now on.
    pub fn post(&self, path: &str, reply: Reply) -> &Self {
        self.rule(Method::Post, path, reply, false)
    }

    /// Answers the next such request with this reply. Several such rules apply in the order in which they were added.
    pub fn once(&self, method: Method, path: &str, reply: Reply) -> &Self {
        self.rule(method, path, reply, true)
    }

    fn rule(&self, method: Method, path: &str, reply: Reply, once: bool) -> &Self {
        self.state.rules.borrow_mut().push(Rule {
            method,
            path: path.to_owned(),
            reply,
            once,
        });
        self
    }

    /// Removes all rules and forgets all past requests. Open streams stay.
    pub fn clear(&self) {
        self.state.rules.borrow_mut().clear();
        self.state.requests.borrow_mut().clear();
    }

    /// Answers the oldest request that waits at `path`. Returns whether there was one.
    pub fn answer(&self, method: Method, path: &str, reply: Reply) -> bool {
        let found = {
            let mut waiting = self.state.waiting.borrow_mut();
            waiting
                .iter()
                .position(|(request, sender)| {
                    !sender.is_canceled() && request.method == method && matches(path, self.path(request))
                })
                .map(|at| waiting.remove(at))
        };
        found.is_some_and(|(_, sender)| sender.send(reply).is_ok())
    }

    /// All requests so far, including streams, as `"GET /workflows"`.
    pub fn log(&self) -> Vec<String> {
        self.state
            .requests
            .borrow()
            .iter()
            .map(|request| format!("{} {}", request.method.as_str(), self.path(request)))
            .collect()
    }

    /// The number of requests so far with this method and path.
    pub fn count(&self, method: Method, path: &str) -> usize {
        self.requests(method, path).len()
    }

    /// The requests so far with this method and path.
    pub fn requests(&self, method: Method, path: &str) -> Vec<HttpRequest> {
        self.state
            .requests
            .borrow()
            .iter()
            .filter(|request| request.method == method && matches(path, self.path(request)))
            .cloned()
            .collect()
    }

    /// The number of requests that wait for an answer, without streams.
    pub fn in_flight(&self) -> usize {
        self.state.in_flight.get()
    }

    /// The latest opened stream with a matching path.
    pub fn stream(&self, path: &str) -> Option<ScriptedStream> {
        self.state
            .streams
            .borrow()
            .iter()
            .rev()
            .find(|stream| matches(path, &stream.path))
            .cloned()
    }

    /// The open streams with a matching path, in the order in which they were opened.
    pub fn streams(&self, path: &str) -> Vec<ScriptedStream> {
        let streams = self.state.streams.borrow();
        streams
            .iter()
            .filter(|stream| stream.is_open() && matches(path, &stream.path))
            .cloned()
            .collect()
    }

    /// The number of open streams: neither dropped by the client nor ended by the test.
    pub fn open_streams(&self) -> usize {
        self.state
            .streams
            .borrow()
            .iter()
            .filter(|stream| stream.is_open())
            .count()
    }

    /// The highest number of simultaneous stream connections so far, including those without an answer yet.
    pub fn most_streams(&self) -> usize {
        self.state.most_connected.get()
    }

    fn path<'a>(&self, request: &'a HttpRequest) -> &'a str {
        // A client of the page's own server asks by absolute addresses.
        let url = match request.url.strip_prefix(page_origin().as_str()) {
            Some(path) if path.starts_with('/') => path,
            _ => &request.url,
        };
        url.strip_prefix(self.state.base.borrow().as_str()).unwrap_or(url)
    }

    fn reply(&self, request: &HttpRequest) -> Option<Reply> {
        let mut rules = self.state.rules.borrow_mut();
        let path = self.path(request);
        let fits = |rule: &Rule| rule.method == request.method && matches(&rule.path, path);
        if let Some(at) = rules.iter().position(|rule| rule.once && fits(rule)) {
            return Some(rules.remove(at).reply);
        }
        rules
            .iter()
            .rev()
            .find(|rule| fits(rule))
            .map(|rule| rule.reply.clone())
    }

    /// The reply, after waiting for it if the rule says so.
    fn settled(&self, request: HttpRequest, default: Reply) -> impl Future<Output = Reply> + 'static {
        self.state.requests.borrow_mut().push(request.clone());
        let reply = self.reply(&request).unwrap_or(default);
        let waiting = (reply == Reply::Wait).then(|| {
            let (sender, receiver) = oneshot::channel();
            self.state.waiting.borrow_mut().push((request, sender));
            receiver
        });
        async move {
            match waiting {
                Some(receiver) => receiver.await.unwrap_or_else(|_| Reply::offline()),
                None => reply,
            }
        }
    }
}

impl Transport for ScriptedTransport {
    fn pool(&self) -> usize {
        Rc::as_ptr(&self.state).addr()
    }

    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, Failure>> {
        let guard = InFlight::new(self.state.clone());
        let reply = self.settled(request, Reply::detail(404, "Not Found"));
        async move {
            let _guard = guard;
            match reply.await {
                Reply::Answer(response) => Ok(response),
                Reply::Fail(failure) => Err(failure),
                Reply::Wait | Reply::Stream => Err(Failure::network("the script has no answer")),
            }
        }
        .boxed_local()
    }

    fn open(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpStream, Failure>> {
        let path = self.path(&request).to_owned();
        let reply = self.settled(request, Reply::Stream);
        let state = self.state.clone();
        let connected = Connected::new(state.clone());
        async move {
            let (response, body) = match reply.await {
                Reply::Answer(response) => {
                    let body = response.body.clone().into_bytes();
                    let chunks = (!body.is_empty()).then_some(Ok(body));
                    (response, futures::stream::iter(chunks).boxed_local())
                }
                Reply::Fail(failure) => return Err(failure),
                Reply::Wait | Reply::Stream => {
                    let stream = ScriptedStream {
                        path,
                        shared: Rc::new(Shared {
                            connected: RefCell::new(Some(connected)),
                            ..Shared::default()
                        }),
                    };
                    state.streams.borrow_mut().push(stream.clone());
                    let response = HttpResponse {
                        status: 200,
                        content_type: Some("text/event-stream; charset=utf-8".to_owned()),
                        ..HttpResponse::default()
                    };
                    (response, Body(stream.shared).boxed_local())
                }
            };
            Ok(HttpStream {
                status: response.status,
                content_type: response.content_type,
                retry_after: response.retry_after,
                meta: response.meta,
                body,
            })
        }
        .boxed_local()
    }
}

/// The test's end of an open stream. Cloning returns the same end.
#[derive(Clone, Debug)]
pub struct ScriptedStream {
    path: String,
    shared: Rc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: RefCell<VecDeque<Result<Vec<u8>, Failure>>>,
    ended: Cell<bool>,
    dropped: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    connected: RefCell<Option<Connected>>,
}

impl ScriptedStream {
    /// The path and query of its request.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is open: the client still reads it, and the test has not ended it.
    pub fn is_open(&self) -> bool {
        !self.shared.dropped.get() && !self.shared.ended.get()
    }

    /// Sends bytes as one chunk.
    pub fn bytes(&self, bytes: impl Into<Vec<u8>>) -> &Self {
        self.push(Some(Ok(bytes.into())))
    }

    /// Sends one event frame as the server does: `id:` and the envelope on one `data:` line.
    pub fn event(&self, sequence: u64, envelope: &str) -> &Self {
        self.bytes(format!("id: {sequence}\ndata: {envelope}\n\n"))
    }

    /// Closes the connection properly, as a server does.
    pub fn close(&self) {
        self.push(None);
    }

    /// Breaks the connection.
    pub fn fail(&self, failure: Failure) {
        self.push(Some(Err(failure)));
        self.push(None);
    }

    fn push(&self, item: Option<Result<Vec<u8>, Failure>>) -> &Self {
        match item {
            Some(item) => self.shared.queue.borrow_mut().push_back(item),
            None => {
                self.shared.ended.set(true);
                self.shared.connected.take();
            }
        }
        if let Some(waker) = self.shared.waker.borrow_mut().take() {
            waker.wake();
        }
        self
    }
}

struct Body(Rc<Shared>);

impl Stream for Body {
    type Item = Result<Vec<u8>, Failure>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(item) = self.0.queue.borrow_mut().pop_front() {
            return Poll::Ready(Some(item));
        }
        if self.0.ended.get() {
            return Poll::Ready(None);
        }
        *self.0.waker.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.0.dropped.set(true);
        self.0.connected.take();
    }
}

struct InFlight(Rc<State>);

impl InFlight {
    fn new(state: Rc<State>) -> Self {
        state.in_flight.set(state.in_flight.get() + 1);
        Self(state)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.set(self.0.in_flight.get().saturating_sub(1));
    }
}

/// A stream's connection.
#[derive(Debug)]
struct Connected(Rc<State>);

impl Connected {
    fn new(state: Rc<State>) -> Self {
        state.connected.set(state.connected.get() + 1);
        state
            .most_connected
            .set(state.most_connected.get().max(state.connected.get()));
        Self(state)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.connected.set(self.0.connected.get().saturating_sub(1));
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let path = if pattern.contains('?') {
        path
    } else {
        path.split('?').next().unwrap_or(path)
    };
    match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => path == pattern,
    }
}
