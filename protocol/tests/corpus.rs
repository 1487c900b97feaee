//! The fuzzer's kept inputs, replayed on a stable compiler.

#![allow(clippy::expect_used, clippy::panic, unreachable_pub)]

#[path = "../../fuzz/src/checks.rs"]
mod checks;

#[path = "../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn streams() {
    assert!(replay("sse", checks::sse) > 0, "an empty corpus proves nothing");
}

#[test]
fn envelopes() {
    assert!(
        replay("envelope", checks::envelope) > 0,
        "an empty corpus proves nothing"
    );
}

#[test]
fn logs() {
    assert!(replay("log", checks::log) > 0, "an empty corpus proves nothing");
}
