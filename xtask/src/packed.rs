//! The built page for use without Rust: as a Python wheel, and under fixed names as an npm package.

use crate::paths::{self, Paths};
use crate::tools::{node, python};
use crate::{Result, page, process};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The names of the packages.
const NAME: &str = "workflow-ui-debugger";
const MODULE: &str = "workflow_ui_debugger";

/// The prefixes of the page's files in the package, where names have no hash.
const FIXED: &str = "debugger";

/// `cargo xtask wheel`
pub(crate) fn wheel(paths: &Paths) -> Result<ExitCode> {
    page::ensure(paths)?;
    println!("{}", make_wheel(paths)?.display());
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask npm-debugger`
pub(crate) fn npm(paths: &Paths) -> Result<ExitCode> {
    page::ensure(paths)?;
    let folder = make_package(paths)?;
    println!("{}", folder.display());
    let mut pack = Command::new(node::npm("to pack what lies there")?);
    pack.current_dir(&folder)
        .args(["pack", "--loglevel=error", "--pack-destination", ".."]);
    process::run(&mut pack)?;
    Ok(ExitCode::SUCCESS)
}

/// Creates the wheel from the page in `dist/`.
pub(crate) fn make_wheel(paths: &Paths) -> Result<PathBuf> {
    let python = python::ensure(paths, python::SERVER)?;
    let stage = paths.state.join("wheel");
    recreate(&stage)?;
    let from = paths.root.join("packages/wheel");
    paths::copy(&from.join("README.md"), &stage.join("README.md"))?;
    let module = stage.join(MODULE);
    for name in paths::names(&from.join(MODULE))? {
        // Running the sources leaves compiled files next to them.
        if name.ends_with(".py") {
            paths::copy(&from.join(MODULE).join(&name), &module.join(&name))?;
        }
    }
    paths::copy(&paths.root.join("LICENSE"), &stage.join("LICENSE"))?;
    with_version(
        &from,
        &stage,
        "pyproject.toml",
        "version = \"0.0.0\"",
        "version = ",
    )?;
    paths::copy_tree(&paths.dist(), &module.join("page"))?;
    let out = paths.target.join("wheel");
    recreate(&out)?;
    let mut pip = Command::new(python);
    pip.args([
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
    ])
    .arg("--wheel-dir")
    .arg(&out)
    .arg(&stage);
    process::run(&mut pip)?;
    Ok(out.join(format!("{MODULE}-{}-py3-none-any.whl", env!("CARGO_PKG_VERSION"))))
}

/// Creates the folder of the npm package from the page in `dist/`.
pub(crate) fn make_package(paths: &Paths) -> Result<PathBuf> {
    let folder = paths.target.join("npm").join(NAME);
    recreate(&folder)?;
    let from = paths.root.join("packages/npm-debugger");
    paths::copy(&from.join("README.md"), &folder.join("README.md"))?;
    paths::copy(&paths.root.join("LICENSE"), &folder.join("LICENSE"))?;
    with_version(
        &from,
        &folder,
        "package.json",
        "\"version\": \"0.0.0\"",
        "\"version\": ",
    )?;
    let dist = folder.join("dist");
    paths::copy_tree(&paths.dist(), &dist)?;
    // `app.js` replaces these two, which start the page.
    let _ = std::fs::remove_file(dist.join("index.html"));
    paths::copy(&from.join("app.js"), &dist.join("app.js"))?;
    paths::copy(
        &paths.root.join("debugger/assets/boot.css"),
        &dist.join("app.css"),
    )?;
    let mut renamed = 0;
    for name in paths::names(&dist)? {
        // Nothing would load the hashed copies.
        if name.starts_with("boot-") {
            let at = dist.join(&name);
            std::fs::remove_file(&at)
                .map_err(|error| format!("{} cannot be changed: {error}.", at.display()))?;
        }
        if let Some(stem) = name.strip_suffix("_bg.wasm") {
            renamed = rename(&dist, stem)?;
        }
        if name.starts_with("search-") {
            rename_file(&dist.join(&name), &dist.join("search.js"))?;
        }
    }
    if renamed < 2 {
        return Err(format!(
            "{} should hold the page's program; `cargo xtask build` builds it again.",
            paths.dist().display()
        ));
    }
    Ok(folder)
}

/// Renames the glue and the module of a bundle to fixed names. Returns how many files were renamed.
fn rename(folder: &Path, stem: &str) -> Result<usize> {
    let mut renamed = 0;
    for name in paths::names(folder)? {
        let Some(rest) = name
            .strip_prefix(stem)
            .filter(|rest| rest.starts_with(['.', '_']))
        else {
            continue;
        };
        let path = folder.join(&name);
        if rest.ends_with(".js") {
            let glue = paths::read(&path)?;
            paths::write(
                &path,
                &glue.replace(&format!("{stem}_bg.wasm"), &format!("{FIXED}_bg.wasm")),
            )?;
        }
        rename_file(&path, &folder.join(format!("{FIXED}{rest}")))?;
        renamed += 1;
    }
    Ok(renamed)
}

fn rename_file(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(|error| format!("{} cannot be renamed: {error}.", from.display()))
}

fn recreate(folder: &Path) -> Result<()> {
    // Usually there is none.
    let _ = std::fs::remove_dir_all(folder);
    paths::create_folder(folder)
}

/// Copies a file and sets the workspace's version in it.
fn with_version(from: &Path, to: &Path, file: &str, before: &str, key: &str) -> Result<()> {
    let now = format!("{key}\"{}\"", env!("CARGO_PKG_VERSION"));
    let text = paths::read(&from.join(file))?.replace(before, &now);
    paths::write(&to.join(file), &text)
}
