//! Python environments with real servers, as pinned by the requirement files in `tests/`.

use super::version::Version;
use super::{system, version_of};
use crate::paths::{self, Paths};
use crate::process::{on_path, output};
use crate::{Result, watched};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The oldest Python version that the server supports.
const OLDEST: Version = Version(3, 10, 0);
const NAMES: [&str; 6] = [
    "python3",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
];

/// The workflow server alone.
pub(crate) const SERVER: &str = "tests/requirements.txt";
/// `llamactl` with its server, and `uv`, which it calls.
pub(crate) const PLATFORM: &str = "tests/platform/requirements.txt";

/// llama-deploy 0.9.2.
pub(crate) const LEGACY_092: &str = "tests/legacy/requirements-092.txt";
/// llama-deploy 0.2.2.
pub(crate) const LEGACY_022: &str = "tests/legacy/requirements-022.txt";

/// The Python of the environment with these requirements. Its folder in the cache is named by a hash of them.
pub(crate) fn ensure(paths: &Paths, requirements: &str) -> Result<PathBuf> {
    let base = base_python(paths)?;
    environment(paths, requirements, base)
}

/// The same on Python 3.11, the version that the old llama-deploy works with. `uv` of the environment of [`PLATFORM`], whose Python is
/// `platform`, finds it or installs it.
pub(crate) fn ensure_311(paths: &Paths, requirements: &str, platform: &Path) -> Result<PathBuf> {
    let base = python_311(&platform.with_file_name("uv"))?;
    environment(paths, requirements, base)
}

fn python_311(uv: &Path) -> Result<(PathBuf, Version)> {
    let is_311 = |path: PathBuf| {
        let version = version_of(&path).filter(|version| (version.0, version.1) == (3, 11))?;
        Some((path, version))
    };
    if let Some(found) = ["python3.11", "python3"]
        .into_iter()
        .filter_map(on_path)
        .find_map(is_311)
    {
        return Ok(found);
    }
    let by_uv = || output(Command::new(uv).args(["python", "find", "3.11"]));
    let found = by_uv().or_else(|| {
        println!("Installing Python 3.11 with uv (once; about a minute).");
        output(Command::new(uv).args(["python", "install", "3.11"]))?;
        by_uv()
    });
    found
        .and_then(|path| is_311(path.trim().into()))
        .ok_or_else(|| {
            "llama-deploy 0.9.2 and 0.2.2 need Python 3.11: there is no `python3.11` on PATH, and `uv python install 3.11` failed."
                .to_owned()
        })
}

fn environment(paths: &Paths, requirements: &str, (base, version): (PathBuf, Version)) -> Result<PathBuf> {
    let pins = paths.root.join(requirements);
    let mut key = DefaultHasher::new();
    (paths::read(&pins)?, version.to_string()).hash(&mut key);
    let folder = paths.cache.join("python").join(format!("{:016x}", key.finish()));
    let python = folder.join("bin/python");
    // Written last: an interrupted environment is recreated.
    let whole = folder.join(".complete");
    if whole.exists() && version_of(&python).is_some() {
        return Ok(python);
    }
    println!(
        "Making a Python environment in {} (once; about half a minute).",
        folder.display()
    );
    let _ = std::fs::remove_dir_all(&folder);
    make(paths, &base, &folder)?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
    ])
    .arg(&pins);
    watched::install(&mut pip, &paths.log("install-python"), Duration::from_secs(900))
        .map_err(|error| format!("{error}\nthe packages of {requirements} could not be installed."))?;
    paths::write(&whole, "")?;
    Ok(python)
}

fn base_python(paths: &Paths) -> Result<(PathBuf, Version)> {
    let newest = || {
        NAMES.iter().filter_map(|name| on_path(name)).find_map(|path| {
            let version = version_of(&path).filter(|version| *version >= OLDEST)?;
            Some((path, version))
        })
    };
    if let Some(found) = newest() {
        return Ok(found);
    }
    system::install(paths, "Python 3.10 or newer", &["python3", "python3-venv"])?;
    newest()
        .ok_or_else(|| format!("the system's Python is older than {OLDEST}; put a newer `python3` on PATH."))
}

fn make(paths: &Paths, base: &Path, folder: &Path) -> Result<()> {
    // Debian's python3 needs another package to create environments; its own message is long.
    let can = || output(Command::new(base).args(["-c", "import venv, ensurepip"])).is_some();
    if !can() {
        system::install(paths, "Python's venv module", &["python3-venv"])?;
    }
    if !can() {
        return Err(format!(
            "{} cannot make environments: it lacks the modules venv and ensurepip.",
            base.display()
        ));
    }
    let mut command = Command::new(base);
    command.args(["-m", "venv"]).arg(folder);
    watched::install(&mut command, &paths.log("install-venv"), Duration::from_secs(300))
}
