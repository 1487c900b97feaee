//! Events that a browser sends twice arrive once.
//!
//! Browsers send a POST again by themselves when a kept-alive connection that they had used before breaks without an answer: the
//! page can neither prevent nor notice it, and the workflow server has no idempotency keys. So the page gives every event that it
//! sends a key (`Idempotency-Key`, draft-ietf-httpapi-idempotency-key-header), and a request whose key was here already gets the
//! first one's answer, also while that is still to come. Without the header nothing changes.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::watch;

/// How many answers are remembered. A browser tries again at once, so the newest are enough.
const KEPT: usize = 1024;

const HEADER: &str = "idempotency-key";

/// The answers to the newest requests that had a key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Once(Arc<Mutex<Answers>>);

#[derive(Debug, Default)]
struct Answers {
    known: HashMap<u64, watch::Receiver<Option<Answer>>>,
    oldest_first: VecDeque<u64>,
}

/// A whole answer, to be given as often as it is asked for.
type Answer = Arc<(axum::http::response::Parts, Bytes)>;

/// What tells a request from others: path, key and content.
fn identity(parts: &axum::http::request::Parts, body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.uri.hash(&mut hasher);
    parts.headers.get(HEADER).hash(&mut hasher);
    body.hash(&mut hasher);
    hasher.finish()
}

fn is_keyed_event(request: &Request) -> bool {
    let mut segments = request.uri().path().rsplit('/');
    request.method() == Method::POST
        && request.headers().contains_key(HEADER)
        && segments.nth(1) == Some("events")
}

pub(crate) async fn once(State(once): State<Once>, request: Request, next: Next) -> Response {
    if !is_keyed_event(&request) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        // It broke off on its way: nobody has heard of it, and nobody waits for an answer.
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut answer = once.answer_to(identity(&parts, &body), || {
        next.run(Request::from_parts(parts, Body::from(body)))
    });
    match answer.wait_for(Option::is_some).await.as_deref() {
        Ok(Some(answer)) => {
            let (parts, body) = &**answer;
            Response::from_parts(parts.clone(), Body::from(body.clone()))
        }
        // Whoever was to answer is gone.
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Once {
    /// The answer that the first such request got or will get. The first one is carried out to its end also when its
    /// client goes away in the middle: the client comes again and asks what became of it.
    fn answer_to<F>(&self, identity: u64, run: impl FnOnce() -> F) -> watch::Receiver<Option<Answer>>
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = answers.known.get(&identity) {
            return answer.clone();
        }
        if answers.oldest_first.len() == KEPT
            && let Some(oldest) = answers.oldest_first.pop_front()
        {
            answers.known.remove(&oldest);
        }
        let (told, answer) = watch::channel(None);
        answers.known.insert(identity, answer.clone());
        answers.oldest_first.push_back(identity);
        drop(answers);
        let running = run();
        tokio::spawn(async move {
            let (parts, body) = running.await.into_parts();
            if let Ok(body) = to_bytes(body, usize::MAX).await {
                told.send_replace(Some(Arc::new((parts, body))));
            }
        });
        answer
    }
}
