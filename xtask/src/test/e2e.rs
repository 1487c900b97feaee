//! End-to-end tests: the page in Chromium through its accessible contract only, and everything else that needs real servers.

use super::Session;
use super::choice::end_to_end;
use super::results::Verdict;
use super::rust::test_arguments;
use crate::demo::{self, Profile};
use crate::tools::{self, axe, browser, python};
use crate::{Result, process};
use std::path::PathBuf;
use std::process::Command;

/// The package of the page without views, and the programs that open it.
const PROBE: &str = "workflow-test-probe";
const PROBE_USERS: [&str; 1] = ["tabs"];

/// Builds the server and passes it, a browser and the real server's Python to the tests.
pub(super) fn run(session: &mut Session) -> Result<()> {
    session.page()?;
    let browser = browser::ensure(session.paths)?;
    let python = python::ensure(session.paths, python::SERVER)?;
    let mut programs: Vec<String> = end_to_end(session.packages).map(str::to_owned).collect();
    programs.retain(|name| session.programs.is_empty() || session.programs.contains(name));
    session.begun("building the server and the tests");
    // A compile error is one failure, not one for each test.
    if !build(session, &programs)? {
        return Ok(());
    }
    let mut cargo = program(session, &programs, &browser);
    cargo.env("WORKFLOW_TEST_PYTHON", python);
    match axe::ensure(session.paths) {
        Ok(axe) => {
            cargo.env("WORKFLOW_TEST_AXE", axe);
        }
        // The tests that need it fail; the others run.
        Err(error) => println!("    {error}"),
    }
    if programs.iter().any(|name| PROBE_USERS.contains(&name.as_str())) {
        let Some(probe) = probe(session)? else {
            return Ok(());
        };
        cargo.env("WORKFLOW_TEST_PROBE", probe);
    }
    if session.all {
        cargo.env("WORKFLOW_TEST_ALL", "1");
    }
    watched(session, "end-to-end tests", &mut cargo)?;
    if session.tally.passed + session.tally.failed == 0 && session.arguments.is_empty() {
        session.tally.fail("end-to-end tests: no test was run");
    }
    Ok(())
}

/// The command that runs these programs, with the server and the browser in its environment.
pub(super) fn program(session: &Session, programs: &[String], browser: &browser::Browser) -> Command {
    let mut cargo = native_program(session, programs);
    cargo
        .env("CHROMIUM", &browser.chromium)
        .env("CHROMEDRIVER", &browser.driver);
    cargo
}

/// The same without a browser.
pub(super) fn native_program(session: &Session, programs: &[String]) -> Command {
    let mut cargo = select(session, programs);
    cargo.args(["--no-fail-fast"]).args(test_arguments(session));
    cargo.env(
        "WORKFLOW_TEST_SERVER",
        demo::server_file(session.paths, Profile::Debug),
    );
    cargo
}

/// Runs it. These tests take seconds each, so progress is shown.
///
/// A few failed tests run a second time, one after the other. A test that passes then counts as passed, and the summary calls it unstable:
/// one race among hundreds of tests must not hide the result of all others.
pub(super) fn watched(session: &mut Session, what: &str, cargo: &mut Command) -> Result<bool> {
    let mut show = |line: &str| match Verdict::read(line) {
        Some(Verdict::Passed(name)) => println!("    ok      {name}"),
        Some(Verdict::Failed(name)) => println!("    FAILED  {name}"),
        None => {}
    };
    let (mut good, mut tally) = session.attempt(what, cargo, &mut show)?;
    // Who selects tests wants to see each failure.
    if let Some(names) = tally.repeatable().filter(|_| session.arguments.is_empty()) {
        println!("    once more: {}", names.join(", "));
        if !session.all {
            cargo.arg("--");
        }
        cargo.args(["--exact", "--test-threads=1"]).args(names);
        let (passed, again) = session.attempt("the second run", cargo, &mut show)?;
        if passed && again.passed == tally.failed {
            tally.pass_repeated();
            good = true;
        }
    }
    session.tally.add(tally);
    Ok(good)
}

/// `cargo test` for these programs, with the same features as `unit`, so that dependencies are not compiled again.
fn select(session: &Session, programs: &[String]) -> Command {
    let mut cargo = process::cargo(&session.paths.root);
    cargo.args(["test", "--workspace"]);
    for program in programs {
        cargo.args(["--test", program]);
    }
    cargo
}

/// Compiles the tests and the server. The server is built by its own tests, which request it from cargo: alone, its dependencies would be
/// compiled again with fewer features.
pub(super) fn build(session: &mut Session, programs: &[String]) -> Result<bool> {
    let server = session
        .packages
        .iter()
        .find(|package| package.name == demo::SERVER);
    let server_tests: Vec<String> = server
        .into_iter()
        .flat_map(|it| it.native_tests())
        .map(str::to_owned)
        .collect();
    let mut cargo = select(session, programs);
    for test in &server_tests {
        cargo.args(["--test", test]);
    }
    let built = session.run("building the tests", cargo.arg("--no-run"), &mut |_| {})?;
    if !built || !server_tests.is_empty() {
        return Ok(built);
    }
    session.run(
        "building the server",
        &mut demo::server_build(session.paths, Profile::Debug),
        &mut |_| {},
    )
}

/// Builds the page without views. Returns its folder, or `None` if it does not compile.
fn probe(session: &mut Session) -> Result<Option<PathBuf>> {
    let tools = tools::for_page(session.paths)?;
    let mut cargo = process::cargo(&session.paths.root);
    // In the release profile, whose dependencies are already compiled: these tests also measure.
    cargo.args([
        "build",
        "--package",
        PROBE,
        "--target",
        tools::wasm_target::TRIPLE,
        "--profile",
        "wasm-release",
    ]);
    if !session.run("building the probe", &mut cargo, &mut |_| {})? {
        return Ok(None);
    }
    let built = session
        .paths
        .target
        .join(tools::wasm_target::TRIPLE)
        .join("wasm-release");
    let folder = session.paths.state.join("probe");
    let mut bindgen = Command::new(tools.wasm_bindgen);
    bindgen.args([
        "--target",
        "web",
        "--no-typescript",
        "--out-name",
        "probe",
        "--out-dir",
    ]);
    bindgen
        .arg(&folder)
        .arg(built.join(format!("{}.wasm", PROBE.replace('-', "_"))));
    let bound = session.run("binding the probe", &mut bindgen, &mut |_| {})?;
    Ok(bound.then_some(folder))
}
