//! The fuzzer's kept inputs, replayed on a stable compiler.

#![allow(clippy::expect_used, clippy::panic, unreachable_pub)]

#[path = "../../fuzz/src/checks.rs"]
mod checks;

use std::path::Path;

/// Runs a check on every file of a corpus. Returns how many there were.
fn replay(name: &str, check: fn(&[u8])) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(name);
    let files = std::fs::read_dir(&folder).expect("the corpus is part of the repository");
    files
        .filter_map(Result::ok)
        .map(|file| check(&std::fs::read(file.path()).expect("a readable file")))
        .count()
}

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
