//! The browser's `EventSource`, for networks where `fetch` does not stream.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::future::{LocalBoxFuture, poll_fn};
use futures::{FutureExt as _, Stream, StreamExt as _};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{EventSource, EventSourceInit, MessageEvent};
use workflow_protocol::Failure;

use super::{Credentials, FetchTransport, HttpMeta, HttpRequest, HttpResponse, HttpStream, Transport};

/// Streams over the browser's `EventSource`, requests over `fetch`.
///
/// Some proxies and embedded browsers buffer the bodies of `fetch` and only let `EventSource` through. It has drawbacks: an `EventSource`
/// sends no headers (so cookies, but no bearer token), and shows no status, no heartbeats and no cause of a failure. Therefore the
/// handler is read after each error. Events with an `event:` field are not received; the server sends none (observed on
/// llama-agents-server 0.8.0). Requests to the page's own origin always carry cookies.
///
/// The browser's own reconnect is not used, because it would continue at the browser's position in whichever run is the latest. The first
/// error closes the stream.
///
/// # Drop behaviour
/// A dropped stream closes its `EventSource` and removes its listeners.
#[derive(Clone, Copy, Debug, Default)]
pub struct EventSourceTransport {
    requests: FetchTransport,
}

impl EventSourceTransport {
    /// The page's `EventSource`.
    pub const fn new() -> Self {
        Self {
            requests: FetchTransport::new(),
        }
    }
}

impl Transport for EventSourceTransport {
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, Failure>> {
        self.requests.send(request)
    }

    fn open(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpStream, Failure>> {
        async move {
            let source = Source::open(&request)?;
            poll_fn(|cx| source.poll_open(cx)).await?;
            Ok(HttpStream {
                status: 200,
                content_type: Some("text/event-stream".to_owned()),
                retry_after: None,
                meta: HttpMeta::default(),
                body: source.boxed_local(),
            })
        }
        .boxed_local()
    }
}

fn failure(words: &str) -> Failure {
    Failure::unknown(words)
}

/// What the listeners received.
#[derive(Default)]
struct State {
    open: bool,
    failed: bool,
    /// Events as the server writes them, until they are read.
    bytes: Vec<u8>,
    /// The id of the last event. The browser repeats it for events without one of their own.
    last_id: String,
    waker: Option<Waker>,
}

impl State {
    /// Appends the frame as the server wrote it. The browser has split its lines, so no line contains a line end.
    fn write_frame(&mut self, id: &str, data: &str) {
        if self.last_id != id {
            self.last_id.clear();
            self.last_id.push_str(id);
            self.bytes.extend_from_slice(b"id: ");
            self.bytes.extend_from_slice(id.as_bytes());
            self.bytes.push(b'\n');
        }
        for line in data.split('\n') {
            self.bytes.extend_from_slice(b"data: ");
            self.bytes.extend_from_slice(line.as_bytes());
            self.bytes.push(b'\n');
        }
        self.bytes.push(b'\n');
    }

    fn wake(state: &RefCell<Self>) {
        let waker = state.borrow_mut().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// An open `EventSource`, closed on drop.
struct Source {
    source: EventSource,
    state: Rc<RefCell<State>>,
    _on_open: Closure<dyn FnMut(JsValue)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(JsValue)>,
}

impl Source {
    fn open(request: &HttpRequest) -> Result<Self, Failure> {
        let init = EventSourceInit::new();
        init.set_with_credentials(request.credentials == Credentials::Include);
        let source = EventSource::new_with_event_source_init_dict(&request.url, &init)
            .map_err(|_| Failure::network("the browser cannot stream from this address"))?;
        let state: Rc<RefCell<State>> = Rc::default();

        let seen = state.clone();
        let on_open: Closure<dyn FnMut(JsValue)> = Closure::new(move |_| {
            seen.borrow_mut().open = true;
            State::wake(&seen);
        });
        let seen = state.clone();
        let on_message: Closure<dyn FnMut(MessageEvent)> = Closure::new(move |event: MessageEvent| {
            if let Some(data) = event.data().as_string() {
                seen.borrow_mut().write_frame(&event.last_event_id(), &data);
                State::wake(&seen);
            }
        });
        let (seen, failed) = (state.clone(), source.clone());
        let on_error: Closure<dyn FnMut(JsValue)> = Closure::new(move |_| {
            // Or the browser connects again by itself.
            failed.close();
            seen.borrow_mut().failed = true;
            State::wake(&seen);
        });
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self {
            source,
            state,
            _on_open: on_open,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    fn poll_open(&self, cx: &Context<'_>) -> Poll<Result<(), Failure>> {
        let mut state = self.state.borrow_mut();
        if state.open {
            Poll::Ready(Ok(()))
        } else if state.failed {
            Poll::Ready(Err(failure("The event stream could not be opened.")))
        } else {
            state.waker = Some(cx.waker().clone());
            Poll::Pending
        }
    }
}

impl Stream for Source {
    type Item = Result<Vec<u8>, Failure>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.state.borrow_mut();
        if !state.bytes.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut state.bytes))));
        }
        if !state.open {
            return Poll::Ready(None);
        }
        if state.failed {
            state.open = false;
            return Poll::Ready(Some(Err(failure("The connection to the event stream ended."))));
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onmessage(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}
