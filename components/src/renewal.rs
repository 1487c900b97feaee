//! Asking again for what could not be had, as after a new token.

use crate::reactive::{provide_context, use_context};
use crate::ui::{Var, effect};

/// Tells the components below an owner to ask again for what they could not have.
#[derive(Clone, Copy, Debug)]
pub struct Renewal(Var<u32>);

impl Renewal {
    /// One for all components below the calling owner.
    #[must_use]
    pub fn provide() -> Self {
        let renewal = Self(Var::new(0));
        provide_context(renewal);
        renewal
    }

    /// Asks again, now.
    pub fn call(&self) {
        self.0.change(|times| *times = times.wrapping_add(1));
    }
}

/// Does something at each [`Renewal`] of an owner above, for as long as the calling owner lives.
pub fn on_renewal(ask: impl Fn() + 'static) {
    let Some(Renewal(times)) = use_context() else {
        return;
    };
    let first = times.peek();
    effect(move || {
        if times.get() != first {
            ask();
        }
    });
}
