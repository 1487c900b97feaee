//! The page without a face (`tests/probe`) as measurements want it: compiled and optimised as the page that people get.

use crate::paths::Paths;
use crate::tools::{self, wasm_target};
use crate::{Result, process};
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

/// Builds it in the user's sight, and gives its folder.
pub(crate) fn make(paths: &Paths) -> Result<PathBuf> {
    let tools = tools::for_page(paths)?;
    let mut cargo = process::cargo(&paths.root);
    cargo.args([
        "build",
        "--package",
        "workflow-test-probe",
        "--profile",
        "wasm-release",
    ]);
    process::run(cargo.args(["--target", wasm_target::TRIPLE]))?;
    let program = paths
        .target
        .join(wasm_target::TRIPLE)
        .join("wasm-release/workflow_test_probe.wasm");
    let folder = paths.state.join("probe-measured");
    let mut bindgen = Command::new(&tools.wasm_bindgen);
    bindgen.args([
        "--target",
        "web",
        "--no-typescript",
        "--out-name",
        "probe",
        "--out-dir",
    ]);
    process::run(bindgen.arg(&folder).arg(program))?;
    let file = folder.join("probe_bg.wasm");
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
