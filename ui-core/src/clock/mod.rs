//! Time, animation frames, and online and visibility state. Tests can replace them.

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

/// The online and visibility state of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Presence {
    /// Whether the browser is online.
    pub online: bool,
    /// Whether the page is visible.
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
/// A page uses `BrowserClock`; tests use `ScriptedClock` (feature `test-util`).
pub trait Clock: 'static {
    /// The current time. It never goes back.
    fn now(&self) -> Time;

    /// Completes after `ms` milliseconds. Dropping the future stops the timer.
    fn sleep(&self, ms: u64) -> LocalBoxFuture<'static, ()>;

    /// Completes at the next animation frame, or after a second at most while the page is hidden and has no frames. Dropping the future
    /// cancels the frame.
    fn frame(&self) -> LocalBoxFuture<'static, ()>;

    /// Completes after everything else that waits in the event loop. Not throttled in hidden pages.
    fn turn(&self) -> LocalBoxFuture<'static, ()>;

    /// A number that differs between pages, to spread their retries.
    fn seed(&self) -> u64;

    /// The current presence of the page.
    fn presence(&self) -> Presence {
        Presence::default()
    }

    /// Calls `listener` at each change of presence, and when the page gets the focus, until the returned guard is dropped. `None` if
    /// nothing ever changes.
    fn on_presence(&self, listener: PresenceListener) -> Option<Box<dyn Any>> {
        let _ = listener;
        None
    }
}

/// The clock of native builds. It has the time, but its timers never complete.
///
/// Nothing waits for them, because every request of a native build fails at once.
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
