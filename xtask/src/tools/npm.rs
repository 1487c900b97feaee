//! Packages from npm, each in its own folder of the cache. Their install scripts do not run.

use crate::paths::{self, Paths};
use crate::{Result, watched};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The path of a package's files, once it is [installed](install).
pub(crate) fn folder(paths: &Paths, package: &str, version: &str) -> PathBuf {
    // A scoped name has a slash in it.
    let name = package.trim_start_matches('@').replace('/', "-");
    paths.tool(&name, version)
}

/// Installs a package. The caller has announced the purpose, and names the file that must exist afterwards.
pub(crate) fn install(paths: &Paths, package: &str, version: &str) -> Result<()> {
    let root = folder(paths, package, version);
    paths::create_folder(&root)?;
    let mut command = Command::new("npm");
    command.current_dir(&root).args([
        "install",
        "--no-save",
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
    ]);
    command
        .args(["--ignore-scripts", "--loglevel=error", "--prefix"])
        .arg(&root)
        .arg(format!("{package}@{version}"));
    let log = format!("install-{}", package.trim_start_matches('@').replace('/', "-"));
    watched::install(&mut command, &paths.log(&log), Duration::from_secs(300))
}

/// The files of a package without its dependencies, for bundled packages.
pub(crate) fn unpack(paths: &Paths, what: &str, package: &str, version: &str) -> Result<PathBuf> {
    let root = folder(paths, package, version);
    let files = root.join("package");
    if files.join("package.json").exists() {
        return Ok(files);
    }
    needs_npm(paths)?;
    println!(
        "Fetching {what} ({package} {version} from npm) into {}.",
        root.display()
    );
    paths::create_folder(&root)?;
    let script = format!("npm pack --silent '{package}@{version}' && tar -xzf ./*.tgz && rm ./*.tgz");
    let mut command = Command::new("sh");
    command.current_dir(&root).args(["-c", &script]);
    watched::install(&mut command, &paths.log("install-peer"), Duration::from_secs(300))
        .map_err(|error| format!("{error}\n{package} {version} could not be fetched."))?;
    Ok(files)
}

/// A folder of the cache with several packages, each with its version, in `node_modules`.
pub(crate) fn ensure_all(paths: &Paths, what: &str, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let root = paths.tool("npm", name);
    // Written last: an interrupted installation is repeated.
    let whole = root.join(".complete");
    if whole.exists() {
        return Ok(root);
    }
    needs_npm(paths)?;
    println!(
        "Installing {what} from npm into {} (once; some seconds).",
        root.display()
    );
    paths::create_folder(&root)?;
    let mut command = Command::new("npm");
    command
        .current_dir(&root)
        .args([
            "install",
            "--no-save",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
        ])
        .args(["--ignore-scripts", "--loglevel=error", "--prefix"])
        .arg(&root)
        .args(packages);
    watched::install(&mut command, &paths.log("install-npm"), Duration::from_secs(300))
        .map_err(|error| format!("{error}\n{what} could not be installed."))?;
    paths::write(&whole, "")?;
    Ok(root)
}

fn needs_npm(paths: &Paths) -> Result<()> {
    if crate::process::on_path("npm").is_some() {
        return Ok(());
    }
    super::system::install(paths, "npm", &["npm"])
}

/// A file of a package, which is installed if it is missing. `what` is the subject of the message.
pub(crate) fn ensure(paths: &Paths, what: &str, package: &str, version: &str, file: &str) -> Result<PathBuf> {
    let root = folder(paths, package, version);
    let path = root.join("node_modules").join(package).join(file);
    if path.exists() {
        return Ok(path);
    }
    needs_npm(paths)?;
    println!(
        "Installing {what} ({package} {version} from npm) into {} (once; some seconds).",
        root.display()
    );
    install(paths, package, version)
        .map_err(|error| format!("{error}\n{package} {version} could not be installed."))?;
    if path.exists() {
        return Ok(path);
    }
    Err(format!(
        "{package} {version} was installed, but has no {}.",
        path.display()
    ))
}
