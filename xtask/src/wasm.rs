//! Packages of the workspace, built for the browser: cargo compiles, `wasm-bindgen` writes the glue, `wasm-opt` optimises.
//!
//! The page itself is built by trunk, which does the same three steps.

use crate::paths::{self, Paths};
use crate::tools::{self, PageTools, wasm_target};
use crate::{Result, process};
use std::path::PathBuf;
use std::process::Command;

/// The arguments of `wasm-opt`. Each `index.html` passes the same to trunk.
const OPTIMISE: [&str; 8] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-simd",
];

/// A package whose bundle is not built by trunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program<'a> {
    package: &'a str,
    features: &'a str,
    /// The name of the file that cargo writes, without its extension.
    artifact: &'a str,
    /// The name of the shipped files, and of their folder below `target/xtask/programs`.
    name: &'a str,
}

/// The custom elements of the npm package.
pub(crate) const ELEMENTS: Program<'_> = Program {
    package: "workflow-elements",
    features: "",
    artifact: "workflow_elements",
    name: "workflow_ui",
};

/// Builds the page without views (`tests/probe`) and returns its folder.
pub(crate) fn probe(paths: &Paths) -> Result<PathBuf> {
    let program = Program {
        package: "workflow-test-probe",
        features: "",
        artifact: "workflow_test_probe",
        name: "probe",
    };
    build(paths, &tools::for_page(paths)?, program)
}

/// Builds the smallest app (`tests/size`) with these features and returns its folder.
pub(crate) fn least_app(paths: &Paths, tools: &PageTools, features: &str) -> Result<PathBuf> {
    let program = Program {
        package: "workflow-test-size",
        features,
        artifact: "workflow-test-size",
        name: "size",
    };
    build(paths, tools, program)
}

/// Builds a bundle and returns the folder with its glue and its module, and nothing else.
pub(crate) fn build(paths: &Paths, tools: &PageTools, program: Program) -> Result<PathBuf> {
    let mut cargo = process::cargo(&paths.root);
    cargo.args(["build", "--package", program.package]);
    cargo.args(["--features", program.features]);
    cargo.args(["--profile", "wasm-release", "--target", wasm_target::TRIPLE]);
    process::run(&mut cargo)?;
    let built = paths.target.join(wasm_target::TRIPLE).join("wasm-release");
    let folder = paths.state.join("programs").join(program.name);
    // Files of an earlier build would be shipped too.
    let _ = std::fs::remove_dir_all(&folder);
    paths::create_folder(&folder)?;
    let mut bindgen = Command::new(&tools.wasm_bindgen);
    bindgen
        .args(["--target", "web", "--no-typescript", "--out-name", program.name])
        .arg("--out-dir")
        .arg(&folder)
        .arg(built.join(format!("{}.wasm", program.artifact)));
    process::run(&mut bindgen)?;
    let module = folder.join(format!("{}_bg.wasm", program.name));
    let mut wasm_opt = Command::new(tools.wasm_opt());
    wasm_opt
        .arg(format!("--output={}", module.display()))
        .args(OPTIMISE)
        .arg(&module);
    process::run(&mut wasm_opt)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Without these arguments, `wasm-opt` refuses a stripped program, so `trunk build --release` fails.
    #[test]
    fn trunk_optimises_each_page_like_the_other_bundles() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let mut folders = vec![root.to_owned(), root.join("gallery")];
        for (folder, inside) in [("examples", ""), ("templates", "ui")] {
            let entries = std::fs::read_dir(root.join(folder)).expect("a folder");
            folders.extend(entries.map(|entry| entry.expect("an entry").path().join(inside)));
        }
        let passed = format!(
            "data-wasm-opt=\"z\" data-wasm-opt-params=\"{}\"",
            OPTIMISE[1..].join(" ")
        );
        let pages = folders.iter().map(|folder| folder.join("index.html"));
        let pages: Vec<_> = pages.filter(|page| page.is_file()).collect();
        assert!(pages.len() > 10, "{pages:?}");
        for page in pages {
            let text = std::fs::read_to_string(&page).expect("a page");
            assert!(
                text.contains(&passed),
                "{} should contain {passed}",
                page.display()
            );
        }
    }
}
