//! The real platform: the templates behind `llamactl serve`, and the page packaged for use without Rust.
//!
//! The templates are copied as by `cargo xtask new`, and built in the target folder of the examples, with which they share most
//! dependencies.

use super::e2e;
use super::{Session, choice};
use crate::tools::{self, browser, node, python, wasm_target};
use crate::{Result, new, packed, process};
use std::path::Path;
use std::process::Command;

/// Copies and compiles the templates, packs the page, and tests all of it.
pub(super) fn run(session: &mut Session) -> Result<()> {
    node::node("by the templates")?;
    node::npm("by llamactl")?;
    session.page()?;
    let browser = browser::ensure(session.paths)?;
    let server = python::ensure(session.paths, python::SERVER)?;
    let llamactl = python::ensure(session.paths, python::PLATFORM)?;
    let tools = tools::for_page(session.paths)?;
    // Inside the target folder, so that the copies are compiled with the repository's flags.
    let folder = session.paths.state.join("platform");
    let _ = std::fs::remove_dir_all(&folder);
    let target = session.paths.target.join("examples");
    for template in new::TEMPLATES {
        let copy = folder.join(template);
        new::create(session.paths, template, &format!("my-{template}"), &copy)?;
        if !compile(session, template, &copy.join("ui"), &target)? {
            return Ok(());
        }
    }
    session.begun("packing the page");
    let wheel = packed::make_wheel(session.paths)?;
    let package = packed::make_package(session.paths)?;
    let programs = [choice::PLATFORM.to_owned()];
    session.begun("building the server and the tests");
    if !e2e::build(session, &programs)? {
        return Ok(());
    }
    let mut cargo = e2e::program(session, &programs, &browser);
    // `PATH` for the templates' scripts: our tools first, then those that llamactl calls.
    cargo
        .env("WORKFLOW_TEST_TOOLS", tools.path())
        .env("WORKFLOW_TEST_TARGET", &target)
        .env("WORKFLOW_TEST_PROJECTS", &folder)
        .env("WORKFLOW_TEST_LLAMACTL", llamactl)
        .env("WORKFLOW_TEST_PYTHON", server)
        .env("WORKFLOW_TEST_WHEEL", wheel)
        .env("WORKFLOW_TEST_PACKAGE", package);
    e2e::watched(session, "the platform's tests", &mut cargo)?;
    Ok(())
}

/// Runs clippy on the template, and builds the copy once, so that no server waits for it.
fn compile(session: &mut Session, template: &str, ui: &Path, target: &Path) -> Result<bool> {
    let place = session.paths.root.join("templates").join(template).join("ui");
    session.begun(&format!("compiling the template {template}"));
    let mut clippy = cargo(&place, target, "clippy");
    clippy.args(["--locked", "--", "-D", "warnings"]);
    session.check(&format!("cargo clippy in templates/{template}/ui"), &mut clippy)?;
    let mut format = process::cargo(&place);
    session.check(
        &format!("templates/{template}/ui is not formatted; `cargo fmt` in it does it"),
        format.args(super::checks::FORMAT),
    )?;
    session.run(
        &format!("cargo build of the template {template}"),
        &mut cargo(ui, target, "build"),
        &mut |_| {},
    )
}

fn cargo(folder: &Path, target: &Path, command: &str) -> Command {
    let mut cargo = process::cargo(folder);
    cargo
        .args([command, "--target", wasm_target::TRIPLE])
        .env("CARGO_TARGET_DIR", target);
    cargo
}
