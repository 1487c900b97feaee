//! What the components and those who arrange them need of the reactive graph of Leptos.
//!
//! `leptos::prelude` re-exports these very types. The graph by itself keeps the rest of Leptos out of pages that don't use `view!`.

pub use any_spawner::Executor;
pub use reactive_graph::callback::{Callable, Callback};
pub use reactive_graph::computed::Memo;
pub use reactive_graph::effect::{Effect, RenderEffect};
pub use reactive_graph::graph::untrack;
pub use reactive_graph::owner::{LocalStorage, Owner, StoredValue, on_cleanup, provide_context, use_context};
pub use reactive_graph::signal::RwSignal;
pub use reactive_graph::traits::{
    Get, GetUntracked, GetValue, Set, UpdateValue, With, WithUntracked, WithValue,
};
pub use reactive_graph::wrappers::read::Signal;
pub use reactive_graph::wrappers::read::Signal as Reading;

/// Runs a future on the page's own executor, which the page starts.
pub fn spawn_local(future: impl Future<Output = ()> + 'static) {
    Executor::spawn_local(future);
}
