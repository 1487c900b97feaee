//! Local tasks that end when their handle is dropped.

use std::future::Future;

use futures::future::{AbortHandle, LocalBoxFuture, abortable};

/// Starts a task that runs to its end, for requests that must arrive even if their caller is gone.
pub(crate) fn spawn_detached(future: impl Future<Output = ()> + 'static) {
    detach(Box::pin(future));
}

/// One kind of future, so that the machinery around it is compiled once and not for each task.
fn detach(future: LocalBoxFuture<'static, ()>) {
    #[cfg(any(test, feature = "test-util"))]
    let future = counted::counted(future);
    // In the browser the queue of microtasks is always there. The executor of an app may not be initialised yet when a
    // client is used outside components.
    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_futures::spawn_local(future);
    #[cfg(not(target_arch = "wasm32"))]
    any_spawner::Executor::spawn_local(future);
}

/// Starts a task that ends when the returned handle is dropped.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) -> Task {
    start(Box::pin(future))
}

fn start(future: LocalBoxFuture<'static, ()>) -> Task {
    let (future, handle) = abortable(future);
    spawn_detached(async move {
        // Aborted or done: there is no receiver.
        let _ = future.await;
    });
    Task(handle)
}

/// How many tasks run, for tests that look for leftovers.
#[cfg(any(test, feature = "test-util"))]
mod counted {
    use std::cell::Cell;
    use std::future::Future;

    thread_local! {
        static LIVE: Cell<usize> = const { Cell::new(0) };
    }

    /// The number of tasks of this crate that run on this thread.
    pub fn live_tasks() -> usize {
        LIVE.get()
    }

    struct Live;

    impl Drop for Live {
        fn drop(&mut self) {
            // The thread may be on its way out.
            let _ = LIVE.try_with(|live| live.set(live.get() - 1));
        }
    }

    pub(super) fn counted(future: impl Future<Output = ()> + 'static) -> impl Future<Output = ()> + 'static {
        LIVE.set(LIVE.get() + 1);
        let live = Live;
        async move {
            future.await;
            drop(live);
        }
    }
}

#[cfg(any(test, feature = "test-util"))]
pub use counted::live_tasks;

/// A running task. Dropping it ends the task: its future is dropped at the executor's next turn.
#[must_use = "a task ends when its handle is dropped"]
#[derive(Debug)]
pub(crate) struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
