//! Retries of read-only requests, with the delays of the client's retry policy.

use std::rc::Rc;

use workflow_protocol::{Rng, Time};

use super::Store;
use crate::Error;
use crate::api::Problem;
use crate::reactive::*;

/// A request that is repeated until it succeeds or fails permanently.
pub(crate) struct Repeat {
    store: Rc<Store>,
    rng: Rng,
    attempt: u32,
    next: ArcRwSignal<Option<Time>>,
}

impl Repeat {
    /// `next` is set to the time of the next attempt.
    pub(crate) fn new(store: Rc<Store>, next: ArcRwSignal<Option<Time>>) -> Self {
        set_if_changed(&next, None);
        Self {
            rng: Rng::new(store.http().clock.seed()),
            store,
            attempt: 0,
            next,
        }
    }

    /// Waits until the next attempt. `false`: retrying cannot help.
    pub(crate) async fn pause(&mut self, problem: &Problem) -> bool {
        let http = self.store.http().clone();
        let signed_out = matches!(problem.error, Error::SignIn { .. });
        if signed_out && http.state.needs_sign_in() {
            self.store.until_signed_in().await;
            self.attempt = 0;
            return true;
        }
        // The user may have signed in meanwhile.
        if !signed_out && !problem.error.is_transient() {
            return false;
        }
        self.attempt = self.attempt.saturating_add(1);
        let random = self.rng.next_f64();
        let retry = http.run_options.retry;
        let Some(delay) = retry.delay_or_asked(self.attempt, random, problem.retry_after) else {
            return false;
        };
        self.next.set(Some(http.clock.now().plus(delay)));
        http.clock.sleep(delay).await;
        self.next.set(None);
        true
    }
}
