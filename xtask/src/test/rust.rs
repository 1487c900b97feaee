//! Parts that only run cargo.

use super::results::{Tally, counts, program};
use super::{Session, report};
use crate::paths::Paths;
use crate::tools::{self, browser, wasm_target};
use crate::{Result, new, process, watched};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Packages that are compiled for browsers.
const WASM_PACKAGES: [&str; 7] = [
    "workflow-ui-core",
    "workflow-ui-components",
    "workflow-debugger-app",
    "workflow-elements",
    "workflow-gallery",
    "workflow-test-probe",
    "workflow-test-size",
];

/// The workspaces of the apps that users copy. Cargo sees one workspace at a time.
pub(super) fn app_workspaces(paths: &Paths) -> impl Iterator<Item = PathBuf> + use<> {
    let root = paths.root.clone();
    let templates = new::TEMPLATES
        .iter()
        .map(|template| format!("templates/{template}/ui"));
    std::iter::once("examples".to_owned())
        .chain(templates)
        .map(move |folder| root.join(folder))
}

/// clippy over all packages and all their targets.
pub(super) fn lint(session: &mut Session) -> Result<()> {
    component(session.paths, "clippy", "clippy")?;
    let mut cargo = process::cargo(&session.paths.root);
    cargo.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    session.check("cargo clippy", &mut cargo)?;
    Ok(())
}

/// clippy for browser code, tests included: a native run does not see code behind `target_arch = "wasm32"`. Then for the examples and the
/// templates, in the target folder in which they are also built.
pub(super) fn lint_wasm(session: &mut Session) -> Result<()> {
    component(session.paths, "clippy", "clippy")?;
    wasm_target::ensure(session.paths)?;
    let mut cargo = process::cargo(&session.paths.root);
    cargo.args(["clippy", "--target", wasm_target::TRIPLE, "--lib", "--bins"]);
    for package in WASM_PACKAGES {
        cargo.args(["--package", package]);
    }
    if session.packages.iter().any(|package| package.has_web_tests()) {
        cargo.args(["--test", "web"]);
    }
    session.check("cargo clippy (wasm)", cargo.args(["--", "-D", "warnings"]))?;
    for folder in app_workspaces(session.paths) {
        let mut cargo = process::cargo(&folder);
        cargo
            .args([
                "clippy",
                "--workspace",
                "--locked",
                "--target",
                wasm_target::TRIPLE,
            ])
            .args(["--", "-D", "warnings"])
            .env("CARGO_TARGET_DIR", session.paths.target.join("examples"));
        session.check(&format!("cargo clippy in {}", folder.display()), &mut cargo)?;
    }
    Ok(())
}

/// Native tests. All packages are selected at once, even if only some of their programs run: separate runs would compile the shared
/// dependencies with different features.
pub(super) fn unit(session: &mut Session) -> Result<()> {
    let mut cargo = process::cargo(&session.paths.root);
    cargo.args(["test", "--no-fail-fast"]);
    if !session.only.is_empty() {
        for package in &session.only {
            cargo.args(["--package", package]);
        }
        if !session.arguments.is_empty() {
            // A name selects tests; documentation tests would be programs without any match.
            cargo.arg("--all-targets");
        }
        cargo.args(test_arguments(session));
        return counted(session, "cargo test", &mut cargo);
    }
    cargo.args(["--workspace", "--lib", "--bins"]);
    let own = session.packages.iter().filter(|package| !package.is_end_to_end());
    for test in own.flat_map(|package| package.native_tests()) {
        cargo.args(["--test", test]);
    }
    cargo.args(test_arguments(session));
    counted(session, "cargo test", &mut cargo)?;
    if session.arguments.is_empty() {
        let mut cargo = process::cargo(&session.paths.root);
        cargo.args(["test", "--no-fail-fast", "--workspace", "--doc"]);
        counted(session, "cargo test --doc", &mut cargo)?;
    }
    Ok(())
}

/// Tests in a real browser, one page per package.
pub(super) fn browser(session: &mut Session) -> Result<()> {
    let packages: Vec<&str> = session
        .packages
        .iter()
        .filter(|package| package.has_web_tests())
        .map(|package| package.name.as_str())
        .collect();
    if packages.is_empty() {
        session.note("no package has a tests/web.rs".to_owned());
        return Ok(());
    }
    let runner = tools::test_runner(session.paths)?;
    let browser = browser::ensure(session.paths)?;
    let mut cargo = process::cargo(&session.paths.root);
    cargo.args([
        "test",
        "--no-fail-fast",
        "--target",
        wasm_target::TRIPLE,
        "--test",
        "web",
    ]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    cargo.args(test_arguments(session));
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    cargo.env("CHROMEDRIVER", &browser.driver);
    cargo.env(
        "WASM_BINDGEN_TEST_WEBDRIVER_JSON",
        browser::runner_settings(session.paths, &browser)?,
    );
    // The defaults of 20 s and 5 s are too short for a machine that also compiles.
    cargo
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    counted(session, "browser tests", &mut cargo)
}

/// rustdoc, with warnings as errors, for example broken links.
pub(super) fn doc(session: &mut Session) -> Result<()> {
    let mut cargo = process::cargo(&session.paths.root);
    cargo
        .args(["doc", "--no-deps", "--workspace"])
        .env("RUSTDOCFLAGS", "-D warnings");
    session.check("cargo doc", &mut cargo)?;
    Ok(())
}

/// Arguments for the test programs.
pub(super) fn test_arguments(session: &Session) -> Vec<String> {
    let mut arguments = session.arguments.clone();
    if session.all {
        arguments.push("--include-ignored".to_owned());
    }
    if !arguments.is_empty() {
        arguments.insert(0, "--".to_owned());
    }
    arguments
}

/// Runs `cargo test` and counts the tests of each program. A run without tests has failed.
fn counted(session: &mut Session, what: &str, cargo: &mut Command) -> Result<()> {
    let mut rows: Vec<(String, Tally)> = Vec::new();
    let mut current = String::new();
    session.run(what, cargo, &mut |line| {
        if let Some(name) = program(line) {
            current = name;
        } else if let Some(tally) = counts(line) {
            match rows.iter_mut().find(|(name, _)| *name == current) {
                Some((_, sum)) => sum.add(tally),
                None => rows.push((current.clone(), tally)),
            }
        }
    })?;
    for (name, tally) in rows
        .iter()
        .filter(|(_, tally)| tally.passed + tally.failed + tally.ignored > 0)
    {
        session.note(format!("{name}: {}", report::counts(tally)));
    }
    if session.tally.passed + session.tally.failed == 0 && session.arguments.is_empty() {
        session.tally.fail(format!("{what}: no test was run"));
    }
    Ok(())
}

/// Installs a component of the toolchain that a minimal installation lacks. `command` is cargo's name for it.
pub(super) fn component(paths: &Paths, name: &str, command: &str) -> Result<()> {
    let is_there = || process::output(process::cargo(&paths.root).args([command, "--version"])).is_some();
    if is_there() {
        return Ok(());
    }
    let by_hand = format!("rustup component add {name}");
    if process::on_path("rustup").is_none() {
        return Err(format!(
            "{name} is missing, and so is rustup, which adds it: `{by_hand}`."
        ));
    }
    println!("Adding {name} with rustup (once; some seconds).");
    let mut rustup = Command::new("rustup");
    rustup.current_dir(&paths.root).args(["component", "add", name]);
    watched::install(
        &mut rustup,
        &paths.log(&format!("install-{name}")),
        Duration::from_secs(600),
    )
    .map_err(|error| format!("{error}\n{name} is missing. To add it by hand: `{by_hand}`."))
}
