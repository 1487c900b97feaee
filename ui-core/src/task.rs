//! Local tasks whose handle ends them.

use std::future::Future;

use futures::future::{AbortHandle, abortable};

/// Starts a task that nothing ends but itself: for requests that must arrive although their asker is gone.
pub(crate) fn spawn_detached(future: impl Future<Output = ()> + 'static) {
    // In the browser the queue of microtasks is always there. The executor of an app may not be initialised yet when a
    // client is used outside components.
    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_futures::spawn_local(future);
    #[cfg(not(target_arch = "wasm32"))]
    leptos::task::spawn_local(future);
}

/// Starts a task that ends when the returned handle is dropped.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) -> Task {
    let (future, handle) = abortable(future);
    spawn_detached(async move {
        // Aborted or done: there is nobody to tell.
        let _ = future.await;
    });
    Task(handle)
}

/// A running task. Dropping it ends the task: its future is dropped at the executor's next turn.
#[must_use = "a task ends when its handle is dropped"]
#[derive(Debug)]
pub(crate) struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
