//! The server's contract, asked over HTTP from the real app on a free port.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so and stop"
)]

mod answers;
mod bounds;
mod cli;
mod faults;
mod guard;
mod handlers;
mod listen;
mod normal;
mod once;
mod page;
mod proxy;
mod runs;
mod streams;
mod support;
mod token;
mod upstreams;
