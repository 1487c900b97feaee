//! The apps of `examples/`: each is built as its reader would build it, and driven once in Chromium.
//!
//! They are a separate workspace with its own target folder, so all share one debug build of the hooks.

use super::{Session, choice, e2e};
use crate::tools::{self, browser, wasm_target};
use crate::{Result, new, page, process};
use std::path::{Path, PathBuf};

/// Builds and drives them.
pub(super) fn run(session: &mut Session) -> Result<()> {
    let folder = session.paths.root.join("examples");
    let target = session.paths.target.join("examples");
    wasm_target::ensure(session.paths)?;
    let dist = target.join("dist");
    // The output of an app that was removed would otherwise still be tested.
    let _ = std::fs::remove_dir_all(&dist);
    if !build(session, &folder, &target, &dist)? {
        return Ok(());
    }
    let templates = target.join("templates");
    let _ = std::fs::remove_dir_all(&templates);
    if !build_templates(session, &target, &templates)? {
        return Ok(());
    }
    let browser = browser::ensure(session.paths)?;
    let programs = [choice::EXAMPLES.to_owned()];
    session.begun("building the server and the tests");
    if !e2e::build(session, &programs)? {
        return Ok(());
    }
    let mut cargo = e2e::program(session, &programs, &browser);
    cargo
        .env("WORKFLOW_TEST_EXAMPLES", dist)
        .env("WORKFLOW_TEST_TEMPLATES", templates);
    e2e::watched(session, "the example apps", &mut cargo)?;
    Ok(())
}

/// Compiles all at once with cargo to use both cores, then builds each with trunk.
fn build(session: &mut Session, folder: &Path, target: &Path, dist: &Path) -> Result<bool> {
    let tools = tools::for_page(session.paths)?;
    session.begun("building the apps");
    let mut cargo = process::cargo(folder);
    cargo
        .args(["build", "--workspace", "--target", wasm_target::TRIPLE])
        .env("CARGO_TARGET_DIR", target);
    if !session.run("cargo build in examples/", &mut cargo, &mut |_| {})? {
        return Ok(false);
    }
    let mut all = true;
    for app in apps(folder)? {
        let name = app.file_name().unwrap_or_default();
        let mut trunk = page::trunk(&app, &tools);
        trunk
            .args(["build", "--offline", "--dist"])
            .arg(dist.join(name))
            .env("CARGO_TARGET_DIR", target);
        all &= session.check(&format!("trunk build in examples/{}", name.display()), &mut trunk)?;
    }
    Ok(all)
}

/// The interfaces of the templates, built as files: links are tested on them too. They share most dependencies with the examples.
fn build_templates(session: &mut Session, target: &Path, dist: &Path) -> Result<bool> {
    let tools = tools::for_page(session.paths)?;
    let mut all = true;
    for template in new::TEMPLATES {
        session.begun(&format!("building the template {template}"));
        let ui = session.paths.root.join("templates").join(template).join("ui");
        let mut trunk = page::trunk(&ui, &tools);
        trunk
            .args(["build", "--offline", "--dist"])
            .arg(dist.join(template))
            .env("CARGO_TARGET_DIR", target);
        all &= session.check(&format!("trunk build in templates/{template}/ui"), &mut trunk)?;
    }
    Ok(all)
}

/// The folders that trunk can build, by name.
fn apps(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| format!("{} cannot be read: {error}.", folder.display()))?;
    let mut apps: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("Trunk.toml").is_file())
        .collect();
    apps.sort();
    if apps.is_empty() {
        return Err(format!("there is no app in {}.", folder.display()));
    }
    Ok(apps)
}
