//! Tools that cargo installs.

use super::version::Version;
use super::version_of;
use crate::paths::{self, Paths};
use crate::process::{cargo, on_path, shown};
use crate::{Result, watched};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What it takes to compile a tool quickly. These stand in the environment of that one child only: elsewhere they
/// would change the project's own release build too.
const CHEAP: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
];

/// A package from the registry that brings programs.
pub(crate) struct CargoTool {
    pub(crate) package: &'static str,
    /// All of these have to be there.
    pub(crate) programs: &'static [&'static str],
    /// The version to install, which always fits.
    pub(crate) version: Version,
    /// Which other versions on `PATH` fit too.
    pub(crate) fits: fn(Version) -> bool,
    /// How long an installation takes, in words.
    pub(crate) usually: &'static str,
}

impl CargoTool {
    /// The folder that holds the programs: the one on `PATH`, our cache's, or a fresh one in the cache.
    pub(crate) fn ensure(&self, paths: &Paths) -> Result<PathBuf> {
        if let Some(folder) = self.on_path() {
            return Ok(folder);
        }
        let root = paths.tool(self.folder_name(), &self.version.to_string());
        let bin = root.join("bin");
        if !self.is_whole(&bin) {
            self.install(paths, &root)?;
        }
        if self.is_whole(&bin) {
            return Ok(bin);
        }
        Err(format!(
            "{} was installed into {}, but does not run from there.",
            self.package,
            bin.display()
        ))
    }

    /// `wasm-bindgen-cli` brings `wasm-bindgen`, and people look for the latter.
    fn folder_name(&self) -> &'static str {
        self.programs.first().copied().unwrap_or(self.package)
    }

    fn on_path(&self) -> Option<PathBuf> {
        let program = on_path(self.programs.first()?)?;
        // A version manager's stand-in resolves to something else each time; the folder of the link is what counts.
        let folder = program.parent()?;
        self.is_whole(folder).then(|| folder.to_path_buf())
    }

    fn is_whole(&self, folder: &Path) -> bool {
        let fits = |found| found == self.version || (self.fits)(found);
        self.programs.iter().all(|name| {
            let program = folder.join(name);
            // On an absent file the version is not even asked for.
            program.exists() && version_of(&program).is_some_and(fits)
        })
    }

    fn install(&self, paths: &Paths, root: &Path) -> Result<()> {
        let (package, version) = (self.package, self.version);
        println!(
            "Installing {package} {version} into {} (once; {}).",
            root.display(),
            self.usually
        );
        paths::create_folder(root)?;
        // A target folder of its own, or cargo would wait for, and spoil, the project's.
        let target = paths.cache.join("build").join(format!("{package}-{version}"));
        // Started in the cache: the project's `.cargo/config.toml` is not the tool's business.
        let mut command = cargo(root);
        command
            .args([
                "install",
                "--locked",
                package,
                "--version",
                &version.to_string(),
                "--root",
            ])
            .arg(root);
        let by_hand = shown(&command);
        command
            .arg("--target-dir")
            .arg(&target)
            .envs(CHEAP)
            .env_remove("CARGO_TARGET_DIR");
        for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            command.env_remove(flags);
        }
        let installed = watched::install(
            &mut command,
            &paths.log(&format!("install-{package}")),
            Duration::from_secs(3600),
        );
        if !watched::interrupted() {
            // Ctrl-C is the one end after which somebody may want to go on where it stopped.
            let _ = std::fs::remove_dir_all(&target);
        }
        installed.map_err(|error| {
            format!("{error}\n{package} {version} could not be installed. To do it by hand:\n    {by_hand}")
        })
    }
}
