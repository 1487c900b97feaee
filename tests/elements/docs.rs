//! The code in the guide is the tested code, literally.

use std::path::Path;

/// The files that the guide's code comes from.
const SOURCES: [&str; 6] = [
    "plain/index.html",
    "plain/page.js",
    "plain/settings.js",
    "plain/theme.css",
    "react/src/App.tsx",
    "react/vite.config.ts",
];

#[test]
fn every_code_block_of_the_guide_is_in_a_tested_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a file of the tests");
    let sources: Vec<String> = SOURCES
        .iter()
        .map(|file| plain(&read(&format!("elements/{file}"))))
        .collect();
    let guide = read("../docs/elements.md");
    let mut blocks = 0;
    for block in guide.split("\n```").skip(1).step_by(2) {
        let (kind, code) = block.split_once('\n').expect("a block with lines");
        if kind == "sh" {
            continue;
        }
        blocks += 1;
        let code = plain(code);
        assert!(
            sources.iter().any(|source| source.contains(&code)),
            "this {kind} of docs/elements.md is in none of {SOURCES:?}:\n{code}"
        );
    }
    assert!(blocks > 4, "the guide has code: {blocks} blocks");
}

/// Without indentation: a block starts at the left edge of its page.
fn plain(code: &str) -> String {
    let lines = code.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}
