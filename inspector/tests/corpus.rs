//! The fuzzer's kept inputs for schemas, replayed on a stable compiler.

#![allow(clippy::expect_used, unreachable_pub)]

#[path = "../../fuzz/src/form.rs"]
mod form;
#[path = "../../fuzz/src/replay.rs"]
mod replay;

#[test]
fn schemas() {
    assert!(
        replay::replay("form", form::form) > 0,
        "an empty corpus proves nothing"
    );
}
