//! The Agent Data store: its routes over HTTP, and both kinds of store beside a plain restatement of their rules.

#![allow(
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on should say so and stop"
)]

#[path = "../../../cloud/tests/evaluator/given.rs"]
mod given;
mod http;
mod kit;
#[path = "../../../cloud/tests/evaluator/plain.rs"]
mod plain;
mod routes;
mod stores;
