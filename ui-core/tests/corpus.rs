//! The fuzzer's kept inputs for addresses of servers, replayed on a stable compiler.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, unreachable_pub)]

#[path = "../../fuzz/src/address.rs"]
mod address;
#[path = "../../fuzz/src/replay.rs"]
mod replay;

#[test]
fn addresses() {
    assert!(
        replay::replay("address", address::address) > 0,
        "an empty corpus proves nothing"
    );
}
