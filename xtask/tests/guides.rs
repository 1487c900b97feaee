//! The guides of `docs/`, which are also a book.

#![allow(clippy::unwrap_used, reason = "a test that can't read its files has failed")]

use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// Every guide's path and text.
fn guides() -> Vec<(PathBuf, String)> {
    let paths = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let guides = paths.filter(|path| path.extension().is_some_and(|end| end == "md"));
    guides
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect()
}

#[test]
fn every_guide_is_in_the_table_of_contents() {
    let summary = fs::read_to_string(folder().join("SUMMARY.md")).unwrap();
    for (path, _) in guides() {
        let name = path.file_name().unwrap().to_string_lossy();
        let listed = name == "SUMMARY.md" || summary.contains(&format!("({name})"));
        assert!(listed, "{name} is not in docs/SUMMARY.md");
    }
}

#[test]
fn every_link_leads_somewhere() {
    for (path, text) in guides() {
        for (at, opening) in text.match_indices("](") {
            let link = text[at + opening.len()..].split(')').next().unwrap();
            let file = link.split('#').next().unwrap();
            let ours = !file.is_empty() && !file.contains([':', ' ', '\n', '<', '"']);
            assert!(
                !ours || folder().join(file).exists(),
                "{}: {link}",
                path.display()
            );
        }
    }
}
