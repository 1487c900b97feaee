//! The one place that starts a worker of the page.

use web_sys::Worker;

/// Where the app serves this crate's `src/events/search.js`, which tries regular expressions away from the page.
///
/// Provide it as a context, and forms try the patterns of their schemas while a person waits for at most 200 ms. Without it patterns
/// are left to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchScript(pub &'static str);

impl SearchScript {
    /// Starts a worker with the script; none where the browser refuses. A script that cannot be loaded is an `error` event of the
    /// worker.
    pub(crate) fn start(self) -> Option<Worker> {
        Worker::new(self.0).ok()
    }
}
