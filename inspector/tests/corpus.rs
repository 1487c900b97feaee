//! The fuzzer's kept inputs for schemas and patterns, replayed on a stable compiler.

#![allow(clippy::expect_used, clippy::panic, unreachable_pub)]

#[path = "../../fuzz/src/form.rs"]
mod form;
#[path = "../../fuzz/src/pattern.rs"]
mod pattern;
#[path = "../../fuzz/src/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn schemas() {
    assert!(replay("form", form::form) > 0, "an empty corpus proves nothing");
}

#[test]
fn patterns() {
    assert!(
        replay("pattern", pattern::pattern) > 0,
        "an empty corpus proves nothing"
    );
}
