//! The npm package of custom elements as users get it: packed, unpacked into a plain page, installed into an app with React and Vite, and
//! driven in Chromium.

use super::e2e;
use super::{Session, choice};
use crate::tools::{axe, browser, node, python};
use crate::{Result, npm, paths, process};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds, packs, installs and drives them.
pub(super) fn run(session: &mut Session) -> Result<()> {
    node::node("to build apps with the package")?;
    node::npm("to pack and install the package")?;
    session.begun("building the package");
    // The user's own command, so that the two cannot differ.
    let mut build = process::cargo(&session.paths.root);
    build.args(["run", "--quiet", "--package", "xtask", "--", "npm"]);
    if !session.check("cargo xtask npm", &mut build)? {
        return Ok(());
    }
    let pages = session.paths.target.join("elements/pages");
    let _ = std::fs::remove_dir_all(&pages);
    if !plain(session, &pages.join("plain"))? || !react(session, &pages.join("react"))? {
        return Ok(());
    }
    let browser = browser::ensure(session.paths)?;
    let python = python::ensure(session.paths, python::SERVER)?;
    let axe = axe::ensure(session.paths)?;
    let programs = [choice::ELEMENTS.to_owned()];
    session.begun("building the server and the tests");
    if !e2e::build(session, &programs)? {
        return Ok(());
    }
    let mut cargo = e2e::program(session, &programs, &browser);
    cargo
        .env("WORKFLOW_TEST_PYTHON", python)
        .env("WORKFLOW_TEST_AXE", axe)
        .env("WORKFLOW_TEST_ELEMENTS", pages);
    e2e::watched(session, "the custom elements", &mut cargo)?;
    Ok(())
}

/// A page without tools, next to the unpacked package.
fn plain(session: &mut Session, folder: &Path) -> Result<bool> {
    copy(&session.paths.root.join("tests/elements/plain"), folder)?;
    let package = folder.join("workflow-ui");
    paths::create_folder(&package)?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(npm::tarball(session.paths));
    tar.args(["--strip-components", "1", "-C"]).arg(package);
    session.run("unpacking the package", &mut tar, &mut |_| {})
}

/// An app with Vite and React that depends on the package. Packages that npm installed are kept for the next run.
fn react(session: &mut Session, dist: &Path) -> Result<bool> {
    let app = session.paths.target.join("elements/react");
    copy(&session.paths.root.join("tests/elements/react"), &app)?;
    // The version does not change between builds, so npm would keep the installed one.
    for known in ["workflow-ui", ".package-lock.json"] {
        let known = app.join("node_modules").join(known);
        let _ = std::fs::remove_dir_all(&known).or_else(|_| std::fs::remove_file(&known));
    }
    session.begun("installing React and Vite from npm");
    let mut npm = Command::new("npm");
    npm.current_dir(&app)
        .args(["install", "--no-package-lock", "--no-audit", "--no-fund"])
        .arg("--loglevel=error")
        .arg(npm::tarball(session.paths));
    if !session.run("npm install in tests/elements/react", &mut npm, &mut |_| {})? {
        return Ok(false);
    }
    let tool = |name: &str| {
        let mut tool = Command::new(app.join("node_modules/.bin").join(name));
        tool.current_dir(&app);
        tool
    };
    let typed = session.check("tsc in tests/elements/react", &mut tool("tsc"))?;
    let mut vite = tool("vite");
    vite.args(["build", "--emptyOutDir", "--outDir"]).arg(dist);
    Ok(session.check("vite build in tests/elements/react", &mut vite)? && typed)
}

/// Copies the files of a folder, recursively.
fn copy(from: &Path, to: &Path) -> Result<()> {
    paths::create_folder(to)?;
    let fail = |error: std::io::Error| format!("{} cannot be copied: {error}.", from.display());
    for entry in std::fs::read_dir(from).map_err(fail)? {
        let path: PathBuf = entry.map_err(fail)?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            std::fs::copy(&path, &target).map_err(fail)?;
        }
    }
    Ok(())
}
