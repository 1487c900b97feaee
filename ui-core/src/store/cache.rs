//! Answers that are fetched once.

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

/// What was asked for, whatever it is: the sharing of requests is compiled once and not for each kind of answer.
type Anything = Arc<dyn Any + Send + Sync>;
type Question = LocalBoxFuture<'static, Result<Anything, Problem>>;

enum Answer {
    /// Asked for by somebody who still waits. Weak: when nobody waits any longer, the request is aborted.
    Asking(WeakShared<Question>),
    Known(Anything),
}

/// Answers by name, all of one type. Asking again while the first request is under way shares it; an error is not kept.
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
    /// The answer of this name; `ask` is how to get it.
    pub(crate) async fn get<T: Send + Sync + 'static>(
        &self,
        name: &str,
        ask: impl Future<Output = Result<T, Problem>> + 'static,
    ) -> Result<Arc<T>, Problem> {
        let question = Box::pin(async move { ask.await.map(|answer| Arc::new(answer) as Anything) });
        let answer = self.anything(name, question).await?;
        // One cache holds one type; an answer of another would be a mistake of this crate's own.
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
                // None only for a future that is done.
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

    /// Keeps the answer, unless the question was forgotten while it was asked.
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
