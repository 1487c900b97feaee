//! Starts workers. No other code does.

use web_sys::Worker;

/// The address where the app serves this crate's `src/events/search.js`, the worker for regular expressions.
///
/// Provide it as a context. Forms then check the patterns of their schemas in the worker, for at most 200 ms. Without it, patterns are
/// left to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchScript(pub &'static str);

impl SearchScript {
    /// Starts a worker with the script. `None` if the browser refuses. A script that cannot be loaded is an `error` event of the
    /// worker.
    pub(crate) fn start(self) -> Option<Worker> {
        Worker::new(self.0).ok()
    }
}
