//! `fetch`, with bodies read as they arrive.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::LocalBoxFuture;
use futures::stream::LocalBoxStream;
use futures::{FutureExt as _, Stream, StreamExt as _};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, RequestCache, RequestCredentials, RequestInit,
    RequestRedirect, Response, ResponseType, Window,
};
use workflow_protocol::{Failure, FailureKind, Method, Time};

use super::{Credentials, HttpMeta, HttpRequest, HttpResponse, HttpStream, Transport, read_answer};

/// The browser's `fetch`. The default transport of a page.
///
/// # Drop behaviour
/// A dropped future or stream aborts its request, so the server sees the connection close.
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
                content_type: header(&response, "content-type"),
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
                content_type: header(&response, "content-type"),
                retry_after: retry_after(&response),
                meta: meta(&response),
                body: body_of(&response, abort)?,
            })
        }
        .boxed_local()
    }
}

/// Aborts its request when dropped. Always without a reason: a reason that is no `Error` has brought down wrappers that
/// expected one.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request. Redirects are not followed blindly: one to the login page of another origin would fail without a reason.
async fn fetch(request: &HttpRequest) -> Result<(Response, Abort), Failure> {
    let (response, abort) = fetch_once(request, RequestRedirect::Manual).await?;
    if response.type_() != ResponseType::Opaqueredirect {
        return Ok((response, abort));
    }
    drop(abort);
    // The browser hides where the redirect leads. Most stay on the server.
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

async fn fetch_once(request: &HttpRequest, redirect: RequestRedirect) -> Result<(Response, Abort), Failure> {
    let window = js_sys::global()
        .dyn_into::<Window>()
        .map_err(|_| Failure::network("there is no window here"))?;
    let abort = Abort(AbortController::new().map_err(network)?);
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
    let response = JsFuture::from(window.fetch_with_str_and_init(&request.url, &init))
        .await
        .map_err(network)?
        .dyn_into::<Response>()
        .map_err(|_| Failure::network("fetch gave no response"))?;
    Ok((response, abort))
}

/// The chunks of an answer's body.
fn body_of(
    response: &Response,
    abort: Abort,
) -> Result<LocalBoxStream<'static, Result<Vec<u8>, Failure>>, Failure> {
    let Some(stream) = response.body() else {
        // 204 has no body at all.
        return Ok(futures::stream::empty().boxed_local());
    };
    let reader = stream
        .get_reader()
        .dyn_into::<ReadableStreamDefaultReader>()
        .map_err(|_| Failure::network("the answer's body cannot be read as it arrives"))?;
    let body = Body {
        reader,
        reading: None,
        rest: None,
        ended: false,
        _abort: abort,
    };
    Ok(body.boxed_local())
}

/// The most that is copied out of JavaScript at once. A browser hands over megabytes, which would leave the processor's caches
/// before they are looked at, and WebAssembly's memory would have to grow for them and never shrink again.
const PIECE: u32 = 64 * 1024;

/// The chunks of a body. Dropping it aborts the request.
struct Body {
    reader: ReadableStreamDefaultReader,
    reading: Option<JsFuture>,
    /// What was read and not handed on.
    rest: Option<Uint8Array>,
    ended: bool,
    _abort: Abort,
}

impl Stream for Body {
    type Item = Result<Vec<u8>, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(rest) = self.rest.take() {
            return Poll::Ready(Some(Ok(self.piece(&rest))));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        let reader = self.reader.clone();
        let reading = self.reading.get_or_insert_with(|| JsFuture::from(reader.read()));
        let Poll::Ready(result) = reading.poll_unpin(cx) else {
            return Poll::Pending;
        };
        self.reading = None;
        let item = match result.map(|result| chunk(&result)) {
            Ok(Some(bytes)) => Some(Ok(self.piece(&bytes))),
            Ok(None) => None,
            Err(rejection) => Some(Err(network(rejection))),
        };
        self.ended = !matches!(item, Some(Ok(_)));
        Poll::Ready(item)
    }
}

impl Body {
    /// Copies the beginning of what was read and keeps the rest.
    fn piece(&mut self, bytes: &Uint8Array) -> Vec<u8> {
        let length = bytes.length();
        if length <= PIECE {
            return bytes.to_vec();
        }
        self.rest = Some(bytes.subarray(PIECE, length));
        bytes.subarray(0, PIECE).to_vec()
    }
}

/// The bytes of `{ done, value }`, none at the end.
fn chunk(result: &JsValue) -> Option<Uint8Array> {
    let value = Reflect::get(result, &JsValue::from_str("value")).ok()?;
    value.dyn_into().ok()
}

fn meta(response: &Response) -> HttpMeta {
    HttpMeta {
        date: header(response, "date").and_then(|date| Time::parse_http_date(&date)),
        challenge: header(response, "www-authenticate"),
        redirected_to: response.redirected().then(|| response.url()),
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

/// Seconds, or a date; as milliseconds from now.
fn retry_after(response: &Response) -> Option<u64> {
    let text = header(response, "retry-after")?;
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(seconds.saturating_mul(1000));
    }
    let at = Time::parse_http_date(&text)?;
    // The browser's clock may be wrong; the server wrote both dates.
    let now = header(response, "date").and_then(|date| Time::parse_http_date(&date));
    let now = now.unwrap_or_else(|| Time(js_sys::Date::now() as u64));
    Some(at.since(now))
}

/// What JavaScript threw, in words. It may throw anything: an `Error`, a text, nothing at all.
#[allow(clippy::needless_pass_by_value)] // Stands in `map_err`.
fn network(thrown: JsValue) -> Failure {
    let message = Reflect::get(&thrown, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string());
    let detail = message
        .or_else(|| thrown.as_string())
        .filter(|text| !text.trim().is_empty())
        .unwrap_or_else(|| "the request failed".to_owned());
    Failure {
        kind: FailureKind::Network,
        detail,
        retry_after: None,
    }
}
