//! Tools that cargo installs: downloaded by `cargo binstall` if the user has it, else compiled.

use super::version::Version;
use super::version_of;
use crate::paths::{self, Paths};
use crate::process::{cargo, on_path, shown};
use crate::{Result, watched};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Settings that compile a tool quickly, only in the environment of that child: elsewhere they would change the project's release build.
const QUICK: [(&str, &str); 2] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// A package of the registry with programs.
pub(crate) struct CargoTool {
    pub(crate) package: &'static str,
    /// All of these must exist.
    pub(crate) programs: &'static [&'static str],
    /// The version to install.
    pub(crate) version: Version,
    /// Which other versions on `PATH` are accepted.
    pub(crate) fits: fn(Version) -> bool,
    /// The optimisation level it is compiled with: higher levels take longer to compile.
    pub(crate) opt_level: &'static str,
    /// How long compiling takes, as text.
    pub(crate) usually: &'static str,
}

impl CargoTool {
    /// The folder of the programs: on `PATH`, in the cache, or newly installed in the cache.
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

    /// `wasm-bindgen-cli` contains `wasm-bindgen`, the name that people search for.
    fn folder_name(&self) -> &'static str {
        self.programs.first().copied().unwrap_or(self.package)
    }

    fn on_path(&self) -> Option<PathBuf> {
        let program = on_path(self.programs.first()?)?;
        // A version manager's shim resolves to another program each time, so use the folder of the link.
        let folder = program.parent()?;
        self.is_whole(folder).then(|| folder.to_path_buf())
    }

    fn is_whole(&self, folder: &Path) -> bool {
        let fits = |found| found == self.version || (self.fits)(found);
        self.programs.iter().all(|name| {
            let program = folder.join(name);
            // A missing file has no version to query.
            program.exists() && version_of(&program).is_some_and(fits)
        })
    }

    fn install(&self, paths: &Paths, root: &Path) -> Result<()> {
        paths::create_folder(root)?;
        if let Some(binstall) = on_path("cargo-binstall") {
            let bin = root.join("bin");
            let downloaded = self.download(paths, &binstall, &bin);
            if watched::interrupted() || (downloaded && self.is_whole(&bin)) {
                return Ok(());
            }
        }
        self.compile(paths, root)
    }

    /// Downloads the programs that the author or cargo-quickinstall has compiled. `false` if there are none.
    fn download(&self, paths: &Paths, binstall: &Path, bin: &Path) -> bool {
        let package = self.package;
        println!(
            "Downloading {package} {} with cargo binstall into {} (once; some seconds).",
            self.version,
            bin.display()
        );
        let downloaded = watched::install(
            &mut self.download_command(binstall, bin),
            &paths.log(&format!("download-{package}")),
            Duration::from_secs(300),
        );
        if let Err(error) = &downloaded
            && !watched::interrupted()
        {
            println!("{error}\n{package} could not be downloaded, and is compiled instead.");
        }
        downloaded.is_ok()
    }

    fn download_command(&self, binstall: &Path, bin: &Path) -> Command {
        let mut command = Command::new(binstall);
        command
            .args(["--no-confirm", "--force", "--no-symlinks"])
            .args(["--disable-strategies", "compile"])
            .args([self.package, "--version", &self.version.to_string()])
            .arg("--install-path")
            .arg(bin);
        command
    }

    fn compile(&self, paths: &Paths, root: &Path) -> Result<()> {
        let (package, version) = (self.package, self.version);
        println!(
            "Compiling {package} {version} into {} (once; {}).",
            root.display(),
            self.usually
        );
        // A separate target folder: cargo would wait for the project's and invalidate it.
        let target = paths.cache.join("build").join(format!("{package}-{version}"));
        // Runs in the cache, because the project's `.cargo/config.toml` does not apply to the tool.
        let mut command = cargo(root);
        command
            .args([
                "install",
                "--locked",
                // TLS and similar features are for downloads, which the tools do not do.
                "--no-default-features",
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
            .envs(QUICK)
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level)
            .envs(watched::COUNTS_CRATES)
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
            // After Ctrl-C the installation can be continued where it stopped.
            let _ = std::fs::remove_dir_all(&target);
        }
        installed.map_err(|error| {
            format!("{error}\n{package} {version} could not be installed. To do it by hand:\n    {by_hand}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_compiles_nothing_and_replaces_no_user_files() {
        let tool = CargoTool {
            package: "wasm-bindgen-cli",
            programs: &["wasm-bindgen"],
            version: Version(0, 2, 129),
            fits: |_| false,
            opt_level: "1",
            usually: "",
        };
        let command = tool.download_command(Path::new("/bin/cargo-binstall"), Path::new("/cache/bin"));
        assert_eq!(
            shown(&command),
            "/bin/cargo-binstall --no-confirm --force --no-symlinks --disable-strategies compile \
             wasm-bindgen-cli --version 0.2.129 --install-path /cache/bin"
        );
    }
}
