//! Repeats refused requests, for example after a new token.

use leptos::prelude::*;

/// Makes the components below an owner repeat their failed requests.
#[derive(Clone, Copy, Debug)]
pub struct Renewal(RwSignal<u32>);

impl Renewal {
    /// Provides one for all components below the current owner.
    #[must_use]
    pub fn provide() -> Self {
        let renewal = Self(RwSignal::new(0));
        provide_context(renewal);
        renewal
    }

    /// Repeats the requests now.
    pub fn call(&self) {
        self.0.try_update(|count| *count = count.wrapping_add(1));
    }
}

/// Calls `request` at each [`Renewal`] of an owner above, until the current owner is cleaned up.
pub fn on_renewal(request: impl Fn() + 'static) {
    let Some(Renewal(count)) = use_context() else {
        return;
    };
    let first = count.get_untracked();
    Effect::new(move |_| {
        if count.get() != first {
            request();
        }
    });
}
