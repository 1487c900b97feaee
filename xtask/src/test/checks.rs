//! Parts that compile no test.

use super::Session;
use super::rust::{app_workspaces, component};
use crate::{Result, page, paths, process, size, tools, weights};
use std::path::Path;

/// The arguments of `cargo fmt`. File names only, without differences: the fix is always the same.
const FORMAT: [&str; 7] = [
    "fmt",
    "--all",
    "--",
    "--check",
    "--files-with-diff",
    "--color",
    "never",
];

/// rustfmt over the workspace, the examples and the templates.
pub(super) fn format(session: &mut Session) -> Result<()> {
    component(session.paths, "rustfmt", "fmt")?;
    let root = session.paths.root.clone();
    for folder in std::iter::once(root).chain(app_workspaces(session.paths)) {
        session.check(
            &format!("not formatted; `cargo fmt --all` in {} does it", folder.display()),
            process::cargo(&folder).args(FORMAT),
        )?;
    }
    Ok(())
}

/// Builds the release bundle. With `all`, compares it with the output of plain trunk.
pub(super) fn page(session: &mut Session) -> Result<()> {
    if page::is_fresh(session.paths) {
        session.note("dist/ is newer than its sources: not built again".to_owned());
        session.tally.pass();
    } else {
        // The user's own command, so that the two cannot differ.
        let mut build = process::cargo(&session.paths.root);
        build.args(["run", "--quiet", "--package", "xtask", "--", "build"]);
        if !session.check("cargo xtask build", &mut build)? {
            return Ok(());
        }
    }
    if !session.all {
        return Ok(());
    }
    let other = session.paths.state.join("trunk-release");
    let tools = tools::for_page(session.paths)?;
    let mut trunk = page::release_build(session.paths, &tools);
    if session.run(
        "trunk build --release",
        trunk.arg("--dist").arg(&other),
        &mut |_| {},
    )? {
        compare(session, &other)?;
    }
    Ok(())
}

/// Compares `dist/` with what trunk built into another folder, file by file.
fn compare(session: &mut Session, other: &Path) -> Result<()> {
    let dist = session.paths.dist();
    let (ours, theirs) = (paths::names(&dist)?, paths::names(other)?);
    let mut differing = Vec::new();
    for name in ours.iter().chain(&theirs) {
        if paths::read_bytes(&dist.join(name)).ok() != paths::read_bytes(&other.join(name)).ok() {
            differing.push(name.as_str());
        }
    }
    if differing.is_empty() {
        session.tally.pass();
    } else {
        session.tally.fail(format!(
            "`cargo xtask build` and `trunk build --release` differ in: {}",
            differing.join(", ")
        ));
    }
    Ok(())
}

/// One test per limit. The elements and hooks need separate builds, so they are measured only with `--all`.
pub(super) fn size(session: &mut Session) -> Result<()> {
    session.page()?;
    let files = weights::measure(&session.paths.dist())?;
    let mut verdicts = vec![size::page(&files)];
    if session.all {
        verdicts.push(size::elements(session.paths)?);
        verdicts.extend(size::added(session.paths)?);
    }
    for verdict in verdicts {
        if verdict.holds {
            session.tally.pass();
        } else {
            println!("{}", weights::table(&files));
            session.tally.fail(verdict.text.clone());
        }
        session.note(verdict.text);
    }
    Ok(())
}
