//! Events, starts and cancels that a browser sends twice arrive once.
//!
//! Browsers send a POST again by themselves when a kept-alive connection that they had used before breaks without an answer: the
//! page can neither prevent nor notice it, and the workflow server has no idempotency keys. So the page gives every event that it
//! sends, every start that is answered at once and every cancel a key (`Idempotency-Key`,
//! draft-ietf-httpapi-idempotency-key-header), and a request whose key was here already gets the first one's answer, also while
//! that is still to come. Without the header nothing changes.
//!
//! Whether a request whose answer broke off, or is too large to be kept, was carried out is not known here: it is answered with 502,
//! which leaves it open, and is not carried out again.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::api::detail;

/// How many answers are remembered. A browser tries again at once, so the newest are enough.
const KEPT: usize = 1024;

/// Bytes of an answer that is remembered. A larger one goes only to those who wait for it.
const LARGEST: usize = 64 * 1024;

/// How long an answer may take. Whoever asked has given up long before.
const LIMIT: Duration = Duration::from_secs(600);

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
        // No refusal: whoever was to answer may have done what was asked for.
        _ => detail(502, "No whole answer came; what was asked for may have been done"),
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
        let store = self.clone();
        tokio::spawn(async move {
            let whole = async {
                let (parts, body) = running.await.into_parts();
                to_bytes(body, usize::MAX).await.map(|body| (parts, body))
            };
            let Ok(Ok((parts, body))) = timeout(LIMIT, whole).await else {
                return;
            };
            if body.len() > LARGEST {
                store.forget(identity);
            }
            told.send_replace(Some(Arc::new((parts, body))));
        });
        answer
    }

    /// Lets go of an answer. Its key stays: the request must not be carried out again.
    fn forget(&self, identity: u64) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = answers.known.get_mut(&identity) {
            *answer = watch::channel(None).1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_once_is_told_by_the_end_of_its_path() {
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

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever_for_an_answer_that_does_not_come() {
        let once = Once::default();
        let mut answer = once.answer_to(1, std::future::pending);
        assert!(answer.wait_for(Option::is_some).await.is_err());
        let mut again = once.answer_to(1, || async { StatusCode::OK.into_response() });
        assert!(
            again.wait_for(Option::is_some).await.is_err(),
            "and it is not carried out again"
        );
    }
}
