//! Small programs for the browser as measurements want them: compiled and optimised as the page that people get.

use crate::paths::Paths;
use crate::tools::{self, PageTools, wasm_target};
use crate::{Result, page, process};
use std::path::PathBuf;
use std::process::Command;

/// What the page's `wasm-opt` is told, see `index.html`.
const OPTIONS: [&str; 10] = [
    "-Oz",
    "-Oz",
    "--one-caller-inline-max-function-size=20",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-simd",
];

/// A package of the workspace that becomes one program for the browser.
struct Program<'a> {
    package: &'a str,
    features: &'a str,
    /// What cargo calls its file.
    built: &'a str,
    /// What its files are called, and a folder of `xtask`'s.
    name: &'a str,
}

/// Builds the page without a face (`tests/probe`) in the user's sight, and gives its folder.
pub(crate) fn make(paths: &Paths) -> Result<PathBuf> {
    let program = Program {
        package: "workflow-test-probe",
        features: "",
        built: "workflow_test_probe",
        name: "probe",
    };
    build(paths, &tools::for_page(paths)?, &program)
}

/// The same for the least app (`tests/size`) with these of its features, slimmed as the page is.
pub(crate) fn least_app(paths: &Paths, tools: &PageTools, features: &str) -> Result<PathBuf> {
    let program = Program {
        package: "workflow-test-size",
        features,
        built: "workflow-test-size",
        name: "size",
    };
    let folder = build(paths, tools, &program)?;
    page::slim::run(&folder)?;
    Ok(folder)
}

/// The same for the custom elements, as they are in the npm package.
pub(crate) fn elements(paths: &Paths, tools: &PageTools) -> Result<PathBuf> {
    let program = Program {
        package: "workflow-elements",
        features: "",
        built: "workflow_elements",
        name: "workflow_ui",
    };
    build(paths, tools, &program)
}

fn build(paths: &Paths, tools: &PageTools, program: &Program) -> Result<PathBuf> {
    let mut cargo = process::cargo(&paths.root);
    cargo.args([
        "build",
        "--package",
        program.package,
        "--features",
        program.features,
    ]);
    cargo.args(["--profile", "wasm-release", "--target", wasm_target::TRIPLE]);
    process::run(&mut cargo)?;
    let built = paths.target.join(wasm_target::TRIPLE).join("wasm-release");
    let folder = paths.state.join(format!("{}-measured", program.name));
    let mut bindgen = Command::new(&tools.wasm_bindgen);
    bindgen.args(["--target", "web", "--no-typescript", "--out-name", program.name]);
    bindgen
        .arg("--out-dir")
        .arg(&folder)
        .arg(built.join(format!("{}.wasm", program.built)));
    process::run(&mut bindgen)?;
    let file = folder.join(format!("{}_bg.wasm", program.name));
    let smaller = folder.join("smaller.wasm");
    let mut optimise = Command::new("wasm-opt");
    optimise
        .env("PATH", tools.path())
        .arg(format!("--output={}", smaller.display()))
        .args(OPTIONS)
        .arg(&file);
    process::run(&mut optimise)?;
    std::fs::rename(&smaller, &file)
        .map_err(|error| format!("{} cannot be replaced: {error}.", file.display()))?;
    Ok(folder)
}
