//! The reactive graph of Leptos, by itself.
//!
//! `leptos::prelude` re-exports these very types, so the hooks fit into any Leptos app; and an app that has views of its own
//! carries nothing else of Leptos.

pub(crate) use reactive_graph::computed::Memo;
pub(crate) use reactive_graph::effect::Effect;
pub(crate) use reactive_graph::graph::untrack;
pub(crate) use reactive_graph::owner::{StoredValue, provide_context, use_context};
pub(crate) use reactive_graph::signal::ArcRwSignal;
pub(crate) use reactive_graph::traits::{
    Get, GetUntracked, Set, Track, Update, With, WithUntracked, WithValue,
};
pub(crate) use reactive_graph::wrappers::read::Signal;
