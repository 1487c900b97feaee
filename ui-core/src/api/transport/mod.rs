//! Transports of requests and streams. The rest of the crate only uses the trait.

use futures::future::LocalBoxFuture;
use futures::stream::LocalBoxStream;
use futures::{Stream, StreamExt as _};
use workflow_protocol::{Failure, FailureKind, Method, Time};

#[cfg(all(target_arch = "wasm32", feature = "event-source"))]
mod event_source;
#[cfg(target_arch = "wasm32")]
mod fetch;
#[cfg(any(test, feature = "test-util"))]
mod recorded;
#[cfg(any(test, feature = "test-util"))]
mod scripted;

#[cfg(all(target_arch = "wasm32", feature = "event-source"))]
pub use event_source::EventSourceTransport;
#[cfg(target_arch = "wasm32")]
pub use fetch::FetchTransport;
#[cfg(any(test, feature = "test-util"))]
pub use recorded::Recording;
#[cfg(any(test, feature = "test-util"))]
pub use scripted::{Reply, ScriptedStream, ScriptedTransport};

/// Which requests carry cookies and HTTP authentication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// None.
    Omit,
    /// Requests to the page's own origin. The default of browsers and of this crate.
    #[default]
    SameOrigin,
    /// All. The session cookie of the hosted platform needs it if the page has another origin.
    Include,
}

/// One request, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    /// GET or POST.
    pub method: Method,
    /// The address: absolute, or relative to the page.
    pub url: String,
    /// The headers in order; those of the app's provider come last.
    pub headers: Vec<(String, String)>,
    /// The body of a POST.
    pub body: Option<String>,
    /// Which credentials are sent.
    pub credentials: Credentials,
}

/// Further facts about an answer besides its status. All can be missing, because other origins hide headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpMeta {
    /// The parsed `date` header: the server's clock, with a resolution of a second.
    pub date: Option<Time>,
    /// The `www-authenticate` header.
    pub challenge: Option<String>,
    /// The address that answered, if the request was redirected there.
    pub redirected_to: Option<String>,
}

/// A complete answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The `content-type` header.
    pub content_type: Option<String>,
    /// The `retry-after` header, in milliseconds from now.
    pub retry_after: Option<u64>,
    /// Further facts about the answer.
    pub meta: HttpMeta,
    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    pub body: String,
}

/// An answer whose body is still arriving. Dropping it ends the connection.
pub struct HttpStream {
    /// The HTTP status.
    pub status: u16,
    /// The `content-type` header.
    pub content_type: Option<String>,
    /// The `retry-after` header, in milliseconds from now.
    pub retry_after: Option<u64>,
    /// Further facts about the answer.
    pub meta: HttpMeta,
    /// The body as it arrives, in chunks of any size. Ends after an error.
    pub body: LocalBoxStream<'static, Result<Vec<u8>, Failure>>,
}

impl std::fmt::Debug for HttpStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpStream")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

/// The maximum size of an answer that is not an event stream, in bytes.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// Reads the body of an answer that is not an event stream, up to 64 MB, because an endless answer would use up the page's memory.
/// Bytes that are not UTF-8 become U+FFFD; a byte order mark is removed.
///
/// Use it in your own transports to make [`HttpResponse::body`] from the chunks of an answer.
///
/// # Errors
/// [`FailureKind::Decode`] for a larger answer, which is not read to its end; failures of the body itself.
pub async fn read_answer(
    mut body: impl Stream<Item = Result<Vec<u8>, Failure>> + Unpin,
) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        if bytes.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Failure {
                kind: FailureKind::Decode,
                detail: format!(
                    "it is larger than {} MB, the most that is read of an answer",
                    LARGEST_ANSWER / (1024 * 1024)
                ),
                retry_after: None,
            });
        }
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Sends requests and opens streams.
///
/// An error is a failure of the connection; an answer with any HTTP status is a success here. A redirect that cannot be followed leads to
/// the login page of another origin: it is [`FailureKind::SignIn`](workflow_protocol::FailureKind::SignIn). Dropping a future or a stream
/// aborts its request.
pub trait Transport: 'static {
    /// Sends a request and waits for the whole answer.
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, Failure>>;

    /// Sends a request and returns the answer as soon as its headers arrive.
    fn open(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpStream, Failure>>;

    /// The connection pool of this transport. Transports with the same number share four streams per origin. The default, 0, is the
    /// browser's pool.
    fn pool(&self) -> usize {
        0
    }
}

/// The transport of native builds: every request fails.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug)]
pub(crate) struct NoTransport;

#[cfg(not(target_arch = "wasm32"))]
impl NoTransport {
    fn failure() -> Failure {
        Failure::network("this build has no network; give the client a transport")
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Transport for NoTransport {
    fn send(&self, _request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, Failure>> {
        Box::pin(std::future::ready(Err(Self::failure())))
    }

    fn open(&self, _request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpStream, Failure>> {
        Box::pin(std::future::ready(Err(Self::failure())))
    }
}

/// The transport of a client whose address is refused: it sends nothing, and every request fails with the reason.
#[derive(Debug)]
pub(crate) struct RefusedAddress(pub(crate) crate::AddressError);

impl RefusedAddress {
    fn failure(&self) -> Failure {
        Failure::network(self.0.to_string())
    }
}

impl Transport for RefusedAddress {
    fn send(&self, _request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, Failure>> {
        Box::pin(std::future::ready(Err(self.failure())))
    }

    fn open(&self, _request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpStream, Failure>> {
        Box::pin(std::future::ready(Err(self.failure())))
    }
}
