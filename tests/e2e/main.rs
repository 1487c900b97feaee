//! Tests of the page in Chromium through its accessible contract. The server's log is the reference.
//!
//! Tests that work with any server run as `python::…`, on the real one. With `--all` they also run as `embedded::…`; the contract suite
//! compares the two servers. Tests that need responses which no real server sends use a scripted server.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests and their helpers report by failing"
)]

use std::time::Duration;

/// One test per function, in a module named after its server.
macro_rules! on {
    ($module:ident, $backend:ident: $($name:ident),+ $(,)?) => {
        mod $module {
            $(
                #[test]
                fn $name() {
                    workflow_tests::run(workflow_tests::Backend::$backend, super::$name);
                }
            )+
        }
    };
}

/// Two tests per function: one with the Python server, and with `--all` one with the embedded server.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        on!(python, Python: $($name),+);

        mod embedded {
            $(
                #[test]
                #[ignore = "slow: the same again on the embedded server"]
                fn $name() {
                    workflow_tests::run(workflow_tests::Backend::Embedded, super::$name);
                }
            )+
        }
    };
}

mod access;
mod accessibility;
mod actions;
mod bad_answers;
mod bad_frames;
mod bounds;
mod children;
mod comparing;
mod composing;
mod contract;
mod elsewhere;
mod endings;
mod events;
mod faults;
mod following;
mod history;
mod hostile;
mod inbox;
mod interview;
mod keyboard;
mod long_tasks;
mod meanwhile;
mod monitor;
mod patterns;
mod payload;
mod prompts;
mod questions;
mod recorded;
mod replay;
mod restarts;
mod runs;
mod saving;
mod secrets;
mod server_state;
mod session;
mod start;
mod storage;
mod tabs;
mod translated;
mod unready;
mod views;

/// Time limit of a run of a second or two on a busy machine.
const RUN: Duration = Duration::from_secs(20);
