//! A small workflow engine that behaves like `llama-index-workflows` 2.26: steps that receive and return events, a control loop that
//! queues, retries and parks them, and a log of all events of a run.
//!
//! Use it to try, test and present the page without Python. It stores everything in memory and is independent of HTTP.

mod budget;
mod context;
mod event;
mod exit;
mod faults;
mod handler;
mod log;
mod run;
mod service;
mod store;
mod tick;
mod workflow;

pub use budget::Full;
pub(crate) use context::bytes_of;
pub use context::{Context, Pace};
pub(crate) use event::classes;
pub use event::{Class, Event, Typed, framework, stop};
pub use exit::{Exception, Exit, StepResult, Wait, done, next};
pub use faults::{Failing, Faults};
pub use handler::Handler;
pub(crate) use log::View;
pub use log::{Cursor, Frame, RunLog};
pub use service::{Cancelled, Engine, SendError, StartError};
pub use workflow::{Step, Workflow};

use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;
use time::macros::format_description;

/// The current time in the server's format: `2026-11-20T11:28:10.036927+00:00`.
fn now_text() -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]+00:00");
    // Writing to a String cannot fail, and a UTC time has all these parts.
    OffsetDateTime::now_utc().format(format).unwrap_or_default()
}

/// Locks a mutex, and ignores poisoning: every change under these locks is one assignment or one push, so a panic leaves no partial change.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use time::format_description::well_known::Iso8601;

    use super::*;

    #[test]
    fn times_are_written_as_the_server_does() {
        let text = now_text();
        assert_eq!(text.len(), "2026-11-20T11:28:10.036927+00:00".len(), "{text}");
        let read = OffsetDateTime::parse(&text, &Iso8601::DEFAULT).expect(&text);
        assert!(
            read <= OffsetDateTime::now_utc() && read.unix_timestamp() > 0,
            "{text}"
        );
    }
}
