//! Carries out events, starts and cancels once, even if a browser sends them twice.
//!
//! Browsers repeat a POST when a reused connection breaks without an answer. The page can neither prevent nor notice this, and the
//! workflow server has no idempotency keys. So the page gives every event, every start that does not wait and every cancel a key
//! (`Idempotency-Key`, draft-ietf-httpapi-idempotency-key-header). A request with a known key gets the answer of the first one, or
//! waits for it. Requests without the header are not changed.
//!
//! Only the same request of the same caller gets the first answer: method, address, key, body, `Authorization` and `Cookie` are
//! compared by their SHA-256. Cookies that the first answer set are not repeated.
//!
//! Limits: a request with a key may have [`LARGEST_REQUEST`] bytes (413 beyond), and at most [`AT_WORK`] are in progress at a time
//! (503 beyond). A request whose body is complete runs to its end even if its client disconnects, but no longer than [`LIMIT`]. An
//! incomplete request is not forwarded. Answers up to [`LARGEST_ANSWER`] are stored; a larger one streams to the waiting client.
//!
//! If the stored answer is incomplete or was too large, it is not known whether the request was carried out. A repeated request then
//! gets 502 and is not carried out again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts as RequestParts;
use axum::http::response::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt as _;
use indexmap::IndexMap;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::timeout;

use crate::body::{Bodies, no_room, unread};
use crate::engine::lock;
use crate::reply::detail;

/// How many answers are remembered. A browser tries again at once, so the newest are enough.
const KEPT: usize = 1024;

/// Bytes of the body of a request with a key. The page sends larger ones without a key.
const LARGEST_REQUEST: usize = 1024 * 1024;

/// Bytes of an answer that is remembered.
const LARGEST_ANSWER: usize = 64 * 1024;

/// How long a request may be at work. Its client has given up long before.
const LIMIT: Duration = Duration::from_secs(600);

/// How many requests with a key are carried out at a time.
const AT_WORK: usize = 256;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The answers to the newest requests that had a key.
#[derive(Debug, Clone)]
pub(crate) struct Once {
    answers: Arc<Mutex<Answers>>,
    at_work: Arc<Semaphore>,
    bodies: Bodies,
}

impl Default for Once {
    fn default() -> Self {
        Self {
            answers: Arc::default(),
            at_work: Arc::new(Semaphore::new(AT_WORK)),
            bodies: Bodies::default(),
        }
    }
}

/// Answers by request, the oldest first.
#[derive(Debug, Default)]
struct Answers {
    known: IndexMap<Identity, Coming>,
}

/// The answer of a request, once it is there. Its sender is gone when the request is no longer at work.
type Coming = watch::Receiver<Option<Answer>>;

#[derive(Debug, Clone)]
enum Answer {
    /// A small one, to be given as often as it is asked for.
    Whole(Arc<Whole>),
    /// A large one, which goes to one of those who wait for it.
    Streamed(Arc<Mutex<Option<Response>>>),
}

#[derive(Debug)]
struct Whole {
    parts: Parts,
    body: Bytes,
    /// The cookies that the answer set, for the first one who takes it.
    cookies: Mutex<Vec<HeaderValue>>,
}

impl Answer {
    fn whole(mut parts: Parts, body: Bytes) -> Self {
        let cookies = parts
            .headers
            .get_all(header::SET_COOKIE)
            .iter()
            .cloned()
            .collect();
        parts.headers.remove(header::SET_COOKIE);
        Self::Whole(Arc::new(Whole {
            parts,
            body,
            cookies: Mutex::new(cookies),
        }))
    }

    fn take(&self) -> Option<Response> {
        match self {
            Self::Whole(whole) => {
                let mut response = Response::from_parts(whole.parts.clone(), Body::from(whole.body.clone()));
                for cookie in std::mem::take(&mut *lock(&whole.cookies)) {
                    response.headers_mut().append(header::SET_COOKIE, cookie);
                }
                Some(response)
            }
            Self::Streamed(response) => lock(response).take(),
        }
    }
}

/// What distinguishes a request from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Identity([u8; 32]);

impl Identity {
    fn of(parts: &RequestParts, body: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        // With its length before it, no part can be taken for another.
        let mut add = |part: &[u8]| {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        };
        add(parts.method.as_str().as_bytes());
        add(parts.uri.to_string().as_bytes());
        for name in [HEADER, header::AUTHORIZATION, header::COOKIE] {
            let values = parts.headers.get_all(name);
            add(&(values.iter().count() as u64).to_be_bytes());
            values.iter().for_each(|value| add(value.as_bytes()));
        }
        add(body);
        Self(hasher.finalize().into())
    }
}

fn is_keyed(request: &Request) -> bool {
    request.method() == Method::POST
        && request.headers().contains_key(HEADER)
        && is_taken_once(request.uri().path())
}

/// Sending an event, cancelling, and starting a run without waiting for its end, below whatever path.
fn is_taken_once(path: &str) -> bool {
    let ends_with: Vec<&str> = path.rsplit('/').take(3).collect();
    matches!(
        ends_with.as_slice(),
        [_, "events", ..] | ["cancel", _, "handlers"] | ["run-nowait", _, "workflows"]
    )
}

pub(crate) async fn once(State(once): State<Once>, request: Request, next: Next) -> Response {
    if !is_keyed(&request) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = match once.bodies.read(&parts.headers, body, LARGEST_REQUEST).await {
        Ok(body) => body,
        Err(refused) => {
            let of_what = "requests with an Idempotency-Key: send it without";
            return unread(refused, LARGEST_REQUEST, of_what);
        }
    };
    let coming = once.answer_to(Identity::of(&parts, &body.bytes), || {
        next.run(Request::from_parts(parts, Body::from(body.bytes)))
    });
    let Some(mut coming) = coming else {
        return no_room(&format!("{AT_WORK} requests are at work; try again"));
    };
    let answer = coming.wait_for(Option::is_some).await.ok();
    let answer = answer.and_then(|answer| answer.as_ref()?.take());
    // No refusal: the request may have been carried out.
    answer.unwrap_or_else(|| detail(502, "No whole answer came; what was asked for may have been done"))
}

impl Once {
    /// The answer that the first such request got or will get; `None` when too many are at work. The first one is carried out to
    /// its end even if its client leaves: the client comes again and asks what became of it.
    fn answer_to<F>(&self, identity: Identity, run: impl FnOnce() -> F) -> Option<Coming>
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let mut answers = lock(&self.answers);
        if let Some(coming) = answers.known.get(&identity) {
            return Some(coming.clone());
        }
        let permit = self.at_work.clone().try_acquire_owned().ok()?;
        answers.make_room();
        let (announce, coming) = watch::channel(None);
        answers.known.insert(identity, coming.clone());
        drop(answers);
        let running = run();
        tokio::spawn(async move {
            // When the time is up, those who wait see that the sender is gone.
            let _ = timeout(LIMIT, carry_out(running, &announce)).await;
            announce.send_if_modified(|answer| {
                let is_large = matches!(answer, Some(Answer::Streamed(_)));
                if is_large {
                    *answer = None;
                }
                is_large
            });
            drop(permit);
        });
        Some(coming)
    }
}

impl Answers {
    /// Forgets the oldest answer if there are as many as are kept. Requests at work are not forgotten: they are few.
    fn make_room(&mut self) {
        if self.known.len() < KEPT {
            return;
        }
        if let Some(oldest) = self.known.values().position(|coming| !is_at_work(coming)) {
            self.known.shift_remove_index(oldest);
        }
    }
}

/// Whether the task that carries out the request still has the sender.
fn is_at_work(coming: &Coming) -> bool {
    coming.has_changed().is_ok()
}

/// Runs a request and announces its answer: whole if it is small, else as a stream. Returns when the answer's body was read.
async fn carry_out(running: impl Future<Output = Response>, announce: &watch::Sender<Option<Answer>>) {
    let (parts, body) = running.await.into_parts();
    let mut chunks = body.into_data_stream();
    let mut buffered = Vec::new();
    while buffered.len() <= LARGEST_ANSWER {
        match chunks.next().await {
            Some(Ok(chunk)) => buffered.extend_from_slice(&chunk),
            // Interrupted: there is no response.
            Some(Err(_)) => return,
            None => {
                announce.send_replace(Some(Answer::whole(parts, buffered.into())));
                return;
            }
        }
    }
    let (sender, mut receiver) = mpsc::channel(1);
    // One receiver is in the map; without others no client waits.
    if announce.receiver_count() > 1 {
        let body = Body::from_stream(futures::stream::poll_fn(move |cx| receiver.poll_recv(cx)));
        let response = Response::from_parts(parts, body);
        announce.send_replace(Some(Answer::Streamed(Arc::new(Mutex::new(Some(response))))));
    } else {
        drop(receiver);
    }
    // Sending fails when the client has left. The rest is read all the same: the request runs to its end.
    let mut is_read = sender.send(Ok(buffered.into())).await.is_ok();
    while let Some(chunk) = chunks.next().await {
        let is_broken = chunk.is_err();
        if is_read {
            is_read = sender.send(chunk).await.is_ok();
        }
        if is_broken {
            break;
        }
    }
    // Room in the channel means that its last piece was taken.
    let _ = sender.reserve().await;
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::response::IntoResponse as _;

    use super::*;

    fn identity(number: u8) -> Identity {
        Identity([number; 32])
    }

    #[test]
    fn what_is_taken_once_is_recognised_by_the_end_of_its_path() {
        for path in [
            "/events/h1",
            "/deployments/app/events/h1",
            "/handlers/h1/cancel",
            "/deployments/app/workflows/greet/run-nowait",
        ] {
            assert!(is_taken_once(path), "{path}");
        }
        for path in [
            "/",
            "/events",
            "/handlers/h1",
            "/workflows/greet/run",
            "/workflows/greet/events",
            "/debugger/",
        ] {
            assert!(!is_taken_once(path), "{path}");
        }
    }

    #[test]
    fn requests_of_different_callers_differ() {
        // An answer could be read by another caller who knew the key and the body, and the hash had 64 bits only.
        let of = |headers: &[(&'static str, &'static str)], body: &str| {
            let mut request = axum::http::Request::post("/events/h1").header(HEADER, "\"k\"");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let (parts, ()) = request.body(()).expect("a request").into_parts();
            Identity::of(&parts, body.as_bytes())
        };
        let all = [
            of(&[], "a"),
            of(&[], "ab"),
            of(&[("authorization", "Bearer a")], "a"),
            of(&[("authorization", "Bearer b")], "a"),
            of(&[("cookie", "Bearer a")], "a"),
            of(&[("cookie", "a"), ("cookie", "b")], "a"),
            of(&[("cookie", "ab")], "a"),
        ];
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                assert_ne!(one, other);
            }
        }
        assert_eq!(of(&[("accept", "x")], "a"), of(&[("accept", "y")], "a"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_missing_response_times_out() {
        let once = Once::default();
        let mut answer = once.answer_to(identity(1), std::future::pending).expect("room");
        assert!(answer.wait_for(Option::is_some).await.is_err());
        let mut again = once
            .answer_to(identity(1), || async { StatusCode::OK.into_response() })
            .expect("room");
        assert!(
            again.wait_for(Option::is_some).await.is_err(),
            "and it is not carried out again"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_bounded_number_is_at_work() {
        // Any number of requests with a key could be left behind, each at work for ten minutes.
        let once = Once::default();
        let number = |at: usize| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&(at as u64).to_be_bytes());
            Identity(bytes)
        };
        let mut coming: Vec<Coming> = (0..AT_WORK)
            .map(|at| once.answer_to(number(at), std::future::pending).expect("room"))
            .collect();
        assert!(once.answer_to(number(AT_WORK), std::future::pending).is_none());
        assert!(
            once.answer_to(number(0), std::future::pending).is_some(),
            "one that is at work already needs no room"
        );
        let last = coming.last_mut().expect("one");
        assert!(last.wait_for(Option::is_some).await.is_err(), "the time is up");
        tokio::task::yield_now().await;
        assert!(once.answer_to(number(AT_WORK), std::future::pending).is_some());
    }

    #[tokio::test]
    async fn what_is_at_work_is_not_forgotten() {
        // The oldest request was forgotten although it was still at work, and carried out again when it came twice.
        let once = Once::default();
        let number = |at: usize| {
            let mut bytes = [1; 32];
            bytes[..8].copy_from_slice(&(at as u64).to_be_bytes());
            Identity(bytes)
        };
        once.answer_to(identity(0), std::future::pending).expect("room");
        for at in 0..KEPT + 10 {
            let mut answer = once
                .answer_to(number(at), || async { StatusCode::OK.into_response() })
                .expect("room");
            assert!(answer.wait_for(Option::is_some).await.is_ok());
            // The task ends after it has announced its answer.
            while is_at_work(&answer) {
                tokio::task::yield_now().await;
            }
        }
        let answers = lock(&once.answers);
        assert_eq!(answers.known.len(), KEPT);
        assert!(answers.known.contains_key(&identity(0)));
        assert!(!answers.known.contains_key(&number(0)));
    }
}
