//! Finds the tools that the project needs, and installs missing ones into its own cache.
//!
//! A tool on `PATH` is used if its version fits; it is never replaced. Every function reports what it is doing, how long that usually
//! takes, and, if it fails, the command to run.

pub(crate) mod axe;
pub(crate) mod browser;
pub(crate) mod cargo_tool;
pub(crate) mod lock;
pub(crate) mod node;
pub(crate) mod npm;
pub(crate) mod peer;
pub(crate) mod python;
pub(crate) mod system;
pub(crate) mod version;
pub(crate) mod wasm_opt;
pub(crate) mod wasm_target;

use crate::paths::{self, Paths};
use crate::{Result, process};
use cargo_tool::CargoTool;
use std::env;
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
pub(crate) use version::Version;

/// The first version of trunk that works with our `Trunk.toml`, up to the next minor version, which may need a newer compiler.
pub(crate) const TRUNK: Version = Version(0, 21, 14);

/// The tools for a build of the page.
pub(crate) struct PageTools {
    pub(crate) trunk: PathBuf,
    pub(crate) wasm_bindgen: PathBuf,
    /// A folder with links to the tools for trunk, first on `PATH`. The folders of the tools themselves would add other programs, such as a
    /// system's old cargo.
    links: PathBuf,
}

impl PageTools {
    /// `PATH` for trunk.
    pub(crate) fn path(&self) -> OsString {
        let rest = env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(self.links.clone()).chain(env::split_paths(&rest));
        env::join_paths(all).unwrap_or(rest)
    }

    /// `wasm-opt`, or a replacement that copies its input.
    pub(crate) fn wasm_opt(&self) -> PathBuf {
        self.links.join("wasm-opt")
    }
}

/// Finds or installs the wasm target, trunk, `wasm-bindgen` and, if possible, `wasm-opt`.
pub(crate) fn for_page(paths: &Paths) -> Result<PageTools> {
    wasm_target::ensure(paths)?;
    let trunk = trunk().ensure(paths)?.join("trunk");
    let wasm_bindgen = wasm_bindgen(paths, false)?.join("wasm-bindgen");
    let links = page_links(paths, &trunk, &wasm_bindgen, wasm_opt::ensure(paths).as_deref())?;
    Ok(PageTools {
        trunk,
        wasm_bindgen,
        links,
    })
}

/// A folder of links to the tools for trunk. trunk stops without a `wasm-opt`, so without one it gets a program that copies its input.
fn page_links(paths: &Paths, trunk: &Path, wasm_bindgen: &Path, wasm_opt: Option<&Path>) -> Result<PathBuf> {
    let links = paths.state.join("bin");
    // Recreated each time, because a link to a removed tool would hide an existing one.
    let _ = std::fs::remove_dir_all(&links);
    paths::create_folder(&links)?;
    link(trunk, &links.join("trunk"))?;
    link(wasm_bindgen, &links.join("wasm-bindgen"))?;
    match wasm_opt {
        Some(tool) => link(tool, &links.join("wasm-opt"))?,
        None => wasm_opt::write_stand_in(&links.join("wasm-opt"))?,
    }
    Ok(links)
}

/// Finds or installs `wasm-bindgen-test-runner`, which runs tests in a browser.
pub(crate) fn test_runner(paths: &Paths) -> Result<PathBuf> {
    wasm_target::ensure(paths)?;
    Ok(wasm_bindgen(paths, true)?.join("wasm-bindgen-test-runner"))
}

/// Whether another version of trunk is accepted.
pub(crate) fn fits_trunk(found: Version) -> bool {
    found.0 == TRUNK.0 && found.1 == TRUNK.1 && found >= TRUNK
}

fn trunk() -> CargoTool {
    CargoTool {
        package: "trunk",
        programs: &["trunk"],
        version: TRUNK,
        fits: fits_trunk,
        // It only copies files and starts programs.
        opt_level: "0",
        usually: "about three minutes on two cores",
    }
}

/// The folder of `wasm-bindgen` in the version of the crate: their format changes with every release.
fn wasm_bindgen(paths: &Paths, with_runner: bool) -> Result<PathBuf> {
    let version = lock::version(&paths::read(&paths.root.join("Cargo.lock"))?, "wasm-bindgen")?;
    let tool = CargoTool {
        package: "wasm-bindgen-cli",
        programs: if with_runner {
            &["wasm-bindgen", "wasm-bindgen-test-runner"]
        } else {
            &["wasm-bindgen"]
        },
        version,
        fits: |_| false,
        // It rewrites the whole module, so optimise it.
        opt_level: "1",
        usually: "about two minutes on two cores",
    };
    tool.ensure(paths)
}

fn link(to: &Path, at: &Path) -> Result<()> {
    symlink(to, at).map_err(|error| format!("{} cannot be linked: {error}.", at.display()))
}

/// The version that a tool prints.
pub(crate) fn version_of(program: &Path) -> Option<Version> {
    Version::find(&process::output(
        std::process::Command::new(program).arg("--version"),
    )?)
}
