//! `fetch`, with bodies read as they arrive.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::future::LocalBoxFuture;
use futures::stream::LocalBoxStream;
use futures::{FutureExt as _, Stream, StreamExt as _};
use gloo_net::http::Response;
use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_streams::ReadableStream;
use wasm_streams::readable::IntoStream;
use web_sys::{
    AbortController, Headers, RequestCache, RequestCredentials, RequestInit, RequestRedirect, ResponseType,
    Window,
};
use workflow_protocol::{Failure, FailureKind, Method, Time};

use super::{Credentials, HttpMeta, HttpRequest, HttpResponse, HttpStream, Transport, read_answer};
use crate::task::spawn_detached;

/// The browser's `fetch`. The default transport of a page.
///
/// # Drop behaviour
/// Dropping a future or a stream aborts its request, so the server sees the connection close.
#[derive(Clone, Copy, Debug, Default)]
pub struct FetchTransport;

impl FetchTransport {
    /// The page's `fetch`.
    pub const fn new() -> Self {
        Self
    }
}

impl Transport for FetchTransport {
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, Failure>> {
        async move {
            let (response, abort) = fetch(&request).await?;
            Ok(HttpResponse {
                status: response.status(),
                content_type: response.headers().get("content-type"),
                retry_after: retry_after(&response),
                meta: meta(&response),
                body: read_answer(body_of(&response, abort)?).await?,
            })
        }
        .boxed_local()
    }

    fn open(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpStream, Failure>> {
        async move {
            let (response, abort) = fetch(&request).await?;
            Ok(HttpStream {
                status: response.status(),
                content_type: response.headers().get("content-type"),
                retry_after: retry_after(&response),
                meta: meta(&response),
                body: body_of(&response, abort)?,
            })
        }
        .boxed_local()
    }
}

/// Aborts its request when dropped. It gives no reason: code that wraps `fetch` may expect the reason to be an `Error`.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request. The first attempt does not follow redirects: a redirect to the login page of another origin fails
/// without saying why.
async fn fetch(request: &HttpRequest) -> Result<(Response, AbortOnDrop), Failure> {
    let (response, abort) = fetch_once(request, RequestRedirect::Manual).await?;
    if response.type_() != ResponseType::Opaqueredirect {
        return Ok((response, abort));
    }
    drop(abort);
    // The browser hides the target. Most redirects stay on the server.
    fetch_once(request, RequestRedirect::Follow)
        .await
        .map_err(|failure| {
            let detail = format!(
                "it redirects to a page that answers no requests, most likely a login page ({})",
                failure.detail
            );
            Failure::of(FailureKind::SignIn, detail)
        })
}

/// Sends a request once.
///
/// `gloo_net` panics on a header value that is not allowed, on a rejection that is not an `Error`, and on a result that is not a
/// `Response`; its builder also appends `&` to every query. So the request is made by `web_sys`, and `fetch` is called as a function.
async fn fetch_once(
    request: &HttpRequest,
    redirect: RequestRedirect,
) -> Result<(Response, AbortOnDrop), Failure> {
    let window = js_sys::global()
        .dyn_into::<Window>()
        .map_err(|_| Failure::network("there is no window here"))?;
    let abort = AbortOnDrop(AbortController::new().map_err(network)?);
    let headers = Headers::new().map_err(network)?;
    for (name, value) in &request.headers {
        headers.set(name, value).map_err(network)?;
    }
    let init = RequestInit::new();
    init.set_method(match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    });
    init.set_headers(headers.as_ref());
    init.set_credentials(match request.credentials {
        Credentials::Omit => RequestCredentials::Omit,
        Credentials::SameOrigin => RequestCredentials::SameOrigin,
        Credentials::Include => RequestCredentials::Include,
    });
    // The server says nothing about caching, and a proxy's guess would show an old run.
    init.set_cache(RequestCache::NoStore);
    init.set_redirect(redirect);
    init.set_signal(Some(&abort.0.signal()));
    if let Some(body) = &request.body {
        init.set_body(&JsValue::from_str(body));
    }
    // Host pages wrap `fetch`: a wrapper may throw, or return something that is no promise.
    let answer = Reflect::get(&window, &JsValue::from_str("fetch"))
        .and_then(|fetch| fetch.dyn_into::<Function>())
        .and_then(|fetch| fetch.call2(&window, &JsValue::from_str(&request.url), &init))
        .map_err(network)?;
    let response = JsFuture::from(Promise::resolve(&answer))
        .await
        .map_err(network)?
        .dyn_into::<web_sys::Response>()
        .map_err(|_| Failure::network("fetch gave no response"))?;
    Ok((response.into(), abort))
}

/// The chunks of a response's body.
fn body_of(
    response: &Response,
    abort: AbortOnDrop,
) -> Result<LocalBoxStream<'static, Result<Vec<u8>, Failure>>, Failure> {
    let Some(stream) = response.body() else {
        // 204 has no body at all.
        return Ok(futures::stream::empty().boxed_local());
    };
    let chunks = ReadableStream::from_raw(stream)
        .try_into_stream()
        .map_err(|(error, _)| network(error.into()))?;
    let body = Body {
        chunks: Some(chunks),
        rest: None,
        _abort: abort,
    };
    Ok(body.boxed_local())
}

/// The most bytes that are copied out of JavaScript at once. A browser hands over megabytes. They would leave the processor's
/// caches before they are decoded, and WebAssembly's memory would grow for them and never shrink again.
const PIECE: u32 = 64 * 1024;

/// The body of a response in pieces of at most [`PIECE`] bytes. Dropping it aborts the request.
struct Body {
    /// `None` after the end and after an error.
    chunks: Option<IntoStream<'static>>,
    /// The rest of the last chunk.
    rest: Option<Uint8Array>,
    _abort: AbortOnDrop,
}

impl Stream for Body {
    type Item = Result<Vec<u8>, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(rest) = self.rest.take() {
            return Poll::Ready(Some(Ok(self.piece(&rest))));
        }
        let Some(chunks) = &mut self.chunks else {
            return Poll::Ready(None);
        };
        let error = match ready!(chunks.poll_next_unpin(cx)) {
            Some(Ok(chunk)) => match chunk.dyn_into::<Uint8Array>() {
                Ok(bytes) => return Poll::Ready(Some(Ok(self.piece(&bytes)))),
                Err(_) => Some(Failure::network("the body of the response is not bytes")),
            },
            Some(Err(thrown)) => Some(network(thrown)),
            None => None,
        };
        self.cancel();
        Poll::Ready(error.map(Err))
    }
}

impl Body {
    /// Copies the beginning of a chunk and keeps the rest.
    fn piece(&mut self, bytes: &Uint8Array) -> Vec<u8> {
        let length = bytes.length();
        if length <= PIECE {
            return bytes.to_vec();
        }
        self.rest = Some(bytes.subarray(PIECE, length));
        bytes.subarray(0, PIECE).to_vec()
    }

    /// Stops reading. `IntoStream` leaks a closure when it is dropped before the end; cancelling it first avoids that.
    fn cancel(&mut self) {
        if let Some(chunks) = self.chunks.take() {
            spawn_detached(async move {
                // Fails when the request was aborted, which ends the stream as well.
                let _ = chunks.cancel().await;
            });
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.cancel();
    }
}

fn meta(response: &Response) -> HttpMeta {
    HttpMeta {
        date: date(response, "date"),
        challenge: response.headers().get("www-authenticate"),
        redirected_to: response.redirected().then(|| response.url()),
    }
}

fn date(response: &Response, header: &str) -> Option<Time> {
    Time::parse_http_date(&response.headers().get(header)?)
}

/// The `retry-after` header, seconds or a date, as milliseconds from now.
fn retry_after(response: &Response) -> Option<u64> {
    let text = response.headers().get("retry-after")?;
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(seconds.saturating_mul(1000));
    }
    let at = Time::parse_http_date(&text)?;
    // The browser's clock may be wrong; the server wrote both dates.
    let now = date(response, "date").unwrap_or_else(|| Time(js_sys::Date::now() as u64));
    Some(at.since(now))
}

/// The message of a JavaScript exception: an `Error`, a string, or anything else.
#[allow(clippy::needless_pass_by_value)] // Used in `map_err`.
fn network(thrown: JsValue) -> Failure {
    let message = Reflect::get(&thrown, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string());
    let detail = message
        .or_else(|| thrown.as_string())
        .filter(|text| !text.trim().is_empty())
        .unwrap_or_else(|| "the request failed".to_owned());
    Failure::network(detail)
}
