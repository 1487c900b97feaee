//! The fuzzer's kept inputs for bodies of requests, replayed on a stable compiler.

#![allow(clippy::expect_used, clippy::panic, unreachable_pub)]

#[path = "../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../fuzz/src/request.rs"]
mod request;

#[test]
fn bodies() {
    assert!(
        replay::replay("request", request::request) > 0,
        "an empty corpus proves nothing"
    );
}
