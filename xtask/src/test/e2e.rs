//! End to end: the page in Chromium, through its accessible contract only.

use super::Session;
use super::results::Verdict;
use super::rust::test_arguments;
use crate::demo::{self, Profile};
use crate::tools::{browser, python};
use crate::watched::seconds;
use crate::{Result, process};
use std::path::PathBuf;
use std::time::Instant;

/// Builds the server with the page inside and hands it, a browser and the real server's Python to the tests.
pub(super) fn run(session: &mut Session) -> Result<()> {
    session.page()?;
    let browser = browser::ensure(session.paths)?;
    let python = python::ensure(session.paths)?;
    session.begun("building the server and the tests");
    // A server that does not compile is one failure, not one for each test that would have needed it.
    if !session.run(
        "the server",
        &mut demo::server_build(session.paths, Profile::Debug),
        &mut |_| {},
    )? {
        return Ok(());
    }
    let variables: [(&str, PathBuf); 4] = [
        (
            "WORKFLOW_TEST_SERVER",
            demo::server_file(session.paths, Profile::Debug),
        ),
        ("WORKFLOW_TEST_PYTHON", python),
        ("CHROMIUM", browser.chromium),
        ("CHROMEDRIVER", browser.driver),
    ];
    let mut cargo = process::cargo(&session.paths.root);
    cargo
        .args(["test", "--no-fail-fast", "--package", "workflow-tests"])
        .args(test_arguments(session))
        .envs(variables);
    if session.all {
        cargo.env("WORKFLOW_TEST_ALL", "1");
    }
    // These take seconds each, and a person wants to see them go by.
    let mut last = Instant::now();
    session.run(
        "end-to-end tests",
        &mut cargo,
        &mut |line| match Verdict::read(line) {
            Some(Verdict::Passed(name)) => println!(
                "    ok      {name} ({})",
                seconds(std::mem::replace(&mut last, Instant::now()).elapsed())
            ),
            Some(Verdict::Failed(name)) => println!("    FAILED  {name}"),
            None => {}
        },
    )?;
    if session.tally.passed + session.tally.failed == 0 && session.arguments.is_empty() {
        session.tally.fail("end-to-end tests: no test was run");
    }
    Ok(())
}
