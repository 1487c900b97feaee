//! Answers that are asked for once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;

use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, Shared, WeakShared};

use crate::Error;

type Question<T> = LocalBoxFuture<'static, Result<T, Error>>;

enum Answer<T: Clone> {
    /// Asked for by somebody who still waits. Weak: when nobody waits any longer, the request is aborted.
    Asking(WeakShared<Question<T>>),
    Known(T),
}

/// Answers by name. Asking again while the first request is under way shares it; an error is not kept.
pub(crate) struct Cache<T: Clone>(RefCell<HashMap<String, Answer<T>>>);

impl<T: Clone> Default for Cache<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Clone> fmt::Debug for Cache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("len", &self.0.borrow().len())
            .finish()
    }
}

impl<T: Clone + 'static> Cache<T> {
    pub(crate) async fn get(
        &self,
        name: &str,
        ask: impl Future<Output = Result<T, Error>> + 'static,
    ) -> Result<T, Error> {
        let asking = match self.0.borrow().get(name) {
            Some(Answer::Known(value)) => return Ok(value.clone()),
            Some(Answer::Asking(question)) => question.upgrade(),
            None => None,
        };
        let question = asking.unwrap_or_else(|| {
            let question = ask.boxed_local().shared();
            // None only for a future that is done.
            if let Some(weak) = question.downgrade() {
                self.0.borrow_mut().insert(name.to_owned(), Answer::Asking(weak));
            }
            question
        });
        let result = question.clone().await;
        self.settle(name, &question, &result);
        result
    }

    /// Keeps the answer, unless the question was forgotten while it was asked.
    fn settle(&self, name: &str, question: &Shared<Question<T>>, result: &Result<T, Error>) {
        let mut answers = self.0.borrow_mut();
        let ours = match answers.get(name) {
            Some(Answer::Asking(asked)) => asked.upgrade().is_some_and(|asked| asked.ptr_eq(question)),
            _ => false,
        };
        if !ours {
            return;
        }
        match result {
            Ok(value) => answers.insert(name.to_owned(), Answer::Known(value.clone())),
            Err(_) => answers.remove(name),
        };
    }

    pub(crate) fn forget(&self, name: &str) {
        self.0.borrow_mut().remove(name);
    }
}
