//! The wire's types against answers recorded from llama-agents-server 0.8.0 (under `fixtures/`), samples of its documentation, and
//! what older, newer and broken servers may send.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod decoding;
mod errors;
mod events;
mod handlers;
mod hostile;
mod json;
mod legacy;
mod manage;
mod requests;
mod serialising;
mod workflows;

use std::path::PathBuf;

/// A recorded answer.
fn recorded(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All recorded answers and streams with their names.
fn all_recorded() -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut found = Vec::new();
    for folder in [root.clone(), root.join("errors"), root.join("streams")] {
        for entry in std::fs::read_dir(&folder).expect("the folder of recordings") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let text = std::fs::read_to_string(&path).expect("a text");
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "only {} recordings found", found.len());
    found
}
