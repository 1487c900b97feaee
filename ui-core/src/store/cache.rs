//! A cache of responses, with one request for concurrent callers.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, Shared, WeakShared};
use indexmap::IndexMap;

use crate::Error;
use crate::api::Problem;

/// A request of any response type: sharing is compiled once, not once per type.
type Anything = Arc<dyn Any + Send + Sync>;
type Question = LocalBoxFuture<'static, Result<Anything, Problem>>;

enum Answer {
    /// The request is under way. Weak: when no caller waits any longer, the request is aborted.
    Asking(WeakShared<Question>),
    Known(Anything),
}

/// Responses by name, all of one type. Callers share a request that is under way; errors are not cached.
#[derive(Default)]
pub(crate) struct Cache(RefCell<IndexMap<String, Answer>>);

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("len", &self.0.borrow().len())
            .finish()
    }
}

impl Cache {
    /// The cached response of this name, or the one that `ask` fetches.
    pub(crate) async fn get<T: Send + Sync + 'static>(
        &self,
        name: &str,
        ask: impl Future<Output = Result<T, Problem>> + 'static,
    ) -> Result<Arc<T>, Problem> {
        let question = Box::pin(async move { ask.await.map(|answer| Arc::new(answer) as Anything) });
        let answer = self.anything(name, question).await?;
        // A cache contains one type, so another one is a bug in this crate.
        answer.downcast().map_err(|_| {
            Error::Network("an answer of another kind was kept under this name".to_owned()).into()
        })
    }

    fn anything<'a>(&'a self, name: &'a str, ask: Question) -> LocalBoxFuture<'a, Result<Anything, Problem>> {
        Box::pin(async move {
            let asking = match self.0.borrow().get(name) {
                Some(Answer::Known(value)) => return Ok(value.clone()),
                Some(Answer::Asking(question)) => question.upgrade(),
                None => None,
            };
            let question = asking.unwrap_or_else(|| {
                let question = ask.shared();
                // `None` only if the future is done.
                if let Some(weak) = question.downgrade() {
                    self.put(name, Answer::Asking(weak));
                }
                question
            });
            let result = question.clone().await;
            self.settle(name, &question, &result);
            result
        })
    }

    /// Caches the response, unless `forget` was called during the request.
    fn settle(&self, name: &str, question: &Shared<Question>, result: &Result<Anything, Problem>) {
        let ours = match self.0.borrow().get(name) {
            Some(Answer::Asking(asked)) => asked.upgrade().is_some_and(|asked| asked.ptr_eq(question)),
            _ => false,
        };
        if !ours {
            return;
        }
        match result {
            Ok(value) => self.put(name, Answer::Known(value.clone())),
            Err(_) => self.forget(name),
        }
    }

    pub(crate) fn forget(&self, name: &str) {
        self.0.borrow_mut().shift_remove(name);
    }

    fn put(&self, name: &str, answer: Answer) {
        self.0.borrow_mut().insert(name.to_owned(), answer);
    }
}
