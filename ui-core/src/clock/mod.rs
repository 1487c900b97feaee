//! Time, animation frames and the page's presence, as values that can be replaced in tests.

use std::any::Any;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use workflow_protocol::Time;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(any(test, feature = "test-util"))]
mod scripted;

#[cfg(target_arch = "wasm32")]
pub use browser::BrowserClock;
#[cfg(any(test, feature = "test-util"))]
pub use scripted::ScriptedClock;
#[cfg(any(test, feature = "test-util"))]
pub(crate) use scripted::yield_now;

/// What the page can tell about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Presence {
    /// Whether the system believes to have a network.
    pub online: bool,
    /// Whether somebody may be looking at the page.
    pub visible: bool,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            online: true,
            visible: true,
        }
    }
}

/// Called with every change of the page's [`Presence`].
pub type PresenceListener = Rc<dyn Fn(Presence)>;

/// The only source of time for a [`WorkflowClient`](crate::WorkflowClient).
///
/// `BrowserClock` is what a page uses; `ScriptedClock` (feature `test-util`) is turned by a
/// test.
pub trait Clock: 'static {
    /// Now, from a clock that never goes back.
    fn now(&self) -> Time;

    /// Done after `ms` milliseconds. Dropping the future stops the timer.
    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()>;

    /// Done at the next animation frame; while the page is hidden, when frames do not come, after a second at most.
    /// Dropping the future gives the frame back.
    fn frame(&self) -> LocalBoxFuture<'static, ()>;

    /// Lets everything else that waits in the event loop go first. Never throttled, also not in hidden pages.
    fn turn(&self) -> LocalBoxFuture<'static, ()>;

    /// A number that differs between pages, to spread their retries.
    fn seed(&self) -> u64;

    /// The page's presence now.
    fn presence(&self) -> Presence {
        Presence::default()
    }

    /// Calls `listener` at every change of presence, and whenever the page gets the focus, until the returned guard is dropped. None: nothing ever changes.
    fn on_presence(&self, listener: PresenceListener) -> Option<Box<dyn Any>> {
        let _ = listener;
        None
    }
}

/// The clock of native builds: it tells the time, and nothing ever comes due.
///
/// Without a transport nothing is ever waited for either: every request of a native build fails at once.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug)]
pub(crate) struct StandingClock;

#[cfg(not(target_arch = "wasm32"))]
impl Clock for StandingClock {
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn sleep(&self, _ms: u64) -> LocalBoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }

    fn frame(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    fn turn(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    fn seed(&self) -> u64 {
        0
    }
}
