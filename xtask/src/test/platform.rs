//! The real platform: the templates behind `llamactl serve`, and the page packaged for use without Rust.
//!
//! The templates are copied as by `cargo xtask new`, and built in the target folder of the examples, with which they share most
//! dependencies.

use super::e2e;
use super::{Session, choice};
use crate::tools::{self, browser, node, python, wasm_target};
use crate::{Result, new, packed, process};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies and compiles the templates, packs the page, and tests all of it.
pub(super) fn run(session: &mut Session) -> Result<()> {
    session.page()?;
    let server = python::ensure(session.paths, python::SERVER)?;
    let Some(mut cargo) = prepared(session, &new::TEMPLATES)? else {
        return Ok(());
    };
    session.begun("packing the page");
    cargo
        .env("WORKFLOW_TEST_PYTHON", server)
        .env("WORKFLOW_TEST_WHEEL", packed::make_wheel(session.paths)?)
        .env("WORKFLOW_TEST_PACKAGE", packed::make_package(session.paths)?);
    e2e::watched(session, "the platform's tests", &mut cargo)?;
    Ok(())
}

/// The tests of the template `extraction`, and of the official JavaScript client in a page. They need no page of ours. `packages` has the
/// client.
pub(super) fn records(session: &mut Session, packages: PathBuf) -> Result<()> {
    if let Some(mut cargo) = prepared(session, &["extraction"])? {
        if !session.all {
            cargo.arg("--");
        }
        cargo.arg("cloud::").env("WORKFLOW_TEST_NODE", packages);
        e2e::watched(session, "the tests of Agent Data in Chromium", &mut cargo)?;
    }
    Ok(())
}

/// Copies and compiles these templates, and the tests; the command that runs them. None if something does not compile.
fn prepared(session: &mut Session, templates: &[&str]) -> Result<Option<Command>> {
    node::node("by the templates")?;
    node::npm("by llamactl")?;
    let browser = browser::ensure(session.paths)?;
    let llamactl = python::ensure(session.paths, python::PLATFORM)?;
    let tools = tools::for_page(session.paths)?;
    // Inside the target folder, so that the copies are compiled with the repository's flags.
    let folder = session.paths.state.join("platform");
    let _ = std::fs::remove_dir_all(&folder);
    let target = session.paths.target.join("examples");
    for template in templates {
        let copy = folder.join(template);
        new::create(session.paths, template, &format!("my-{template}"), &copy)?;
        if !compile(session, template, &copy.join("ui"), &target)? {
            return Ok(None);
        }
    }
    let programs = [choice::PLATFORM.to_owned()];
    session.begun("building the server and the tests");
    if !e2e::build(session, &programs)? {
        return Ok(None);
    }
    let mut cargo = e2e::program(session, &programs, &browser);
    // `PATH` for the templates' scripts: our tools first, then those that llamactl calls.
    cargo
        .env("WORKFLOW_TEST_TOOLS", tools.path())
        .env("WORKFLOW_TEST_TARGET", &target)
        .env("WORKFLOW_TEST_PROJECTS", &folder)
        .env("WORKFLOW_TEST_LLAMACTL", llamactl);
    Ok(Some(cargo))
}

/// Builds the copy once, so that no server waits for it.
fn compile(session: &mut Session, template: &str, ui: &Path, target: &Path) -> Result<bool> {
    session.begun(&format!("compiling the template {template}"));
    let mut cargo = process::cargo(ui);
    cargo
        .args(["build", "--target", wasm_target::TRIPLE])
        .env("CARGO_TARGET_DIR", target);
    session.run(
        &format!("cargo build of the template {template}"),
        &mut cargo,
        &mut |_| {},
    )
}
