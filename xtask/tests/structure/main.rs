//! The structure of the source: no import cycle between sibling modules, and no file above 600 lines outside tests.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't read its files has failed"
)]

mod cycles;
mod source;

use std::path::{Path, PathBuf};

const MOST_LINES: usize = 600;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The folders of the crates, relative to the root.
fn crates() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        if folder.join("Cargo.toml").is_file() && folder.join("src").is_dir() {
            found.push(relative(&folder));
        }
        let below = std::fs::read_dir(&folder).expect("a folder");
        folders.extend(below.map(|entry| entry.expect("an entry").path()).filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            path.is_dir()
                && !name.starts_with('.')
                && name != "target"
                && name != "node_modules"
                && name != "src"
        }));
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    let relative = path.strip_prefix(root()).unwrap_or(path);
    relative.to_string_lossy().into_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn no_import_cycle_between_sibling_modules() {
    let mut wrong = Vec::new();
    for folder in crates() {
        let modules = source::modules(&root().join(&folder).join("src"));
        for cycle in cycles::find(&modules) {
            let (parent, names) = (cycle.parent, cycle.modules.join(" "));
            wrong.push(format!("{folder} {parent} {names}\n{}", cycle.path));
        }
    }
    assert!(
        wrong.is_empty(),
        "modules that import each other:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn no_file_is_too_long() {
    let mut wrong = Vec::new();
    for folder in crates() {
        for file in rust_files(&root().join(&folder).join("src")) {
            let name = relative(&file);
            let lines = std::fs::read_to_string(&file).expect("a file").lines().count();
            let is_test = name.split('/').any(|part| part == "tests" || part == "tests.rs");
            if lines > MOST_LINES && !is_test {
                wrong.push(format!("{name}: {lines} lines"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "files above {MOST_LINES} lines:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_cycle_is_found_with_its_path() {
    let modules = source::read(&[
        (&[], "mod a; mod b; mod c; pub use b::Thing;"),
        (&["a"], "use crate::Thing; // crate::c"),
        (&["b"], "mod inner;"),
        (&["b", "inner"], "fn f() { nested! { super::super::c::g() } }"),
        (
            &["c"],
            "use crate::{a::{self, X}, b}; #[cfg(test)] mod tests { use crate::d; }",
        ),
        (&["d"], "use crate::{c, e}; const TEXT: &str = \"crate::e\";"),
        (&["e"], "#[cfg(test)] use super::d; fn f() {}"),
    ]);
    let found = cycles::find(&modules);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].parent, "crate");
    assert_eq!(found[0].modules, ["a", "b", "c"]);
    assert_eq!(
        found[0].path,
        "  a imports b (a uses b)\n  b imports c (b::inner uses c)\n  c imports a (c uses a)\n"
    );
}
