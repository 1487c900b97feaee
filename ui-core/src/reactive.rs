//! The parts of Leptos' reactive graph that this crate uses. `leptos::prelude` re-exports the same types and traits.

pub(crate) use reactive_graph::computed::Memo;
pub(crate) use reactive_graph::effect::Effect;
pub(crate) use reactive_graph::graph::untrack;
pub(crate) use reactive_graph::owner::{Owner, StoredValue, on_cleanup, provide_context, use_context};
pub(crate) use reactive_graph::signal::{ArcRwSignal, RwSignal};
pub(crate) use reactive_graph::traits::{
    Get, GetUntracked, Read, Set, Track, Update, UpdateValue, With, WithUntracked, WithValue,
};
pub(crate) use reactive_graph::wrappers::read::Signal;

/// Sets a signal only to another value, so that no subscriber runs for nothing.
pub(crate) fn set_if_changed<T: PartialEq + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|known| *known != value) {
        signal.set(value);
    }
}
