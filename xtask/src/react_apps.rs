//! The React apps that the hooks and the components over Agent Data are compared with: `tests/peer`, built by Vite with packages from npm.

use crate::paths::{self, Paths};
use crate::tools::node;
use crate::{Result, watched, weights};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The empty app, the one with the hooks, and the one that `bench hooks` drives.
pub(crate) const HOOKS: &[&str] = &["empty", "hooks", "flood"];

/// The one that `bench records` drives.
pub(crate) const RECORDS: &[&str] = &["records"];

/// Builds these apps in a folder of `xtask`, and returns the folder that contains them.
pub(crate) fn make(paths: &Paths, apps: &[&str]) -> Result<PathBuf> {
    let npm = node::npm("to build the React apps")?;
    let work = paths.state.join("peer");
    for file in ["package.json", "vite.config.js"] {
        copy(&paths.root.join("tests/peer").join(file), &work.join(file))?;
    }
    for app in apps {
        for file in ["index.html", "main.jsx"] {
            copy(
                &paths.root.join("tests/peer").join(app).join(file),
                &work.join(app).join(file),
            )?;
        }
    }
    println!("Installing and building the React apps with Vite (a minute or two; the library is large).");
    let log = paths.log("peer");
    let mut npm = Command::new(npm);
    npm.current_dir(&work).args([
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel=error",
    ]);
    watched::install(&mut npm, &log, Duration::from_secs(300))?;
    let built = work.join("built");
    for app in apps {
        let mut vite = Command::new(work.join("node_modules/.bin/vite"));
        vite.current_dir(&work)
            .args(["build", app, "--config", "vite.config.js", "--outDir"])
            .arg(built.join(app));
        watched::install(&mut vite, &log, Duration::from_secs(600))?;
    }
    Ok(built)
}

/// What the peer's hooks add to an app, as a sentence.
pub(crate) fn weights(apps: &Path) -> Result<String> {
    let of = |app: &str| Ok::<_, String>(weights::weight(&weights::measure(&apps.join(app))?));
    let (empty, hooks) = (of("empty")?, of("hooks")?);
    Ok(format!(
        "the same app with React 19 and @llamaindex/ui 4.7.0: {} bytes; {} with it, {} without",
        weights::grouped(hooks.saturating_sub(empty)),
        weights::grouped(hooks),
        weights::grouped(empty)
    ))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    paths::write(to, &paths::read(from)?)
}
