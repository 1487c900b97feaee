//! Finding the tools that the project needs, and installing those that are missing into a cache of its own.
//!
//! A tool on `PATH` is used when its version fits; ours are never put over it. Every function says what it is doing,
//! how long that usually takes, and, when it cannot, what to type.

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

/// trunk works with our `Trunk.toml` from this version on, up to the next minor one. A newer minor version asks for a
/// newer compiler.
pub(crate) const TRUNK: Version = Version(0, 21, 14);

/// What a build of the page needs.
pub(crate) struct PageTools {
    pub(crate) trunk: PathBuf,
    pub(crate) wasm_bindgen: PathBuf,
    /// Links to exactly the tools that trunk shall find, to be put before everything else on `PATH`. The folders that
    /// the tools lie in would bring their neighbours along, a system's old cargo for one.
    links: PathBuf,
}

impl PageTools {
    /// `PATH` for trunk.
    pub(crate) fn path(&self) -> OsString {
        let rest = env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(self.links.clone()).chain(env::split_paths(&rest));
        env::join_paths(all).unwrap_or(rest)
    }

    /// `wasm-opt`, or a stand-in that copies its input where there is none.
    pub(crate) fn wasm_opt(&self) -> PathBuf {
        self.links.join("wasm-opt")
    }
}

/// Makes sure of the wasm target, trunk, `wasm-bindgen` and, where it can be had, `wasm-opt`.
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

/// A folder of links to the tools that trunk shall find. It doesn't go on without a `wasm-opt`: where there shall be none it gets one
/// that does nothing.
fn page_links(paths: &Paths, trunk: &Path, wasm_bindgen: &Path, wasm_opt: Option<&Path>) -> Result<PathBuf> {
    let links = paths.state.join("bin");
    // Recreated each time: a link to a tool that is gone would hide one that is there.
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

/// Makes sure of `wasm-bindgen-test-runner`, which runs tests in a browser.
pub(crate) fn test_runner(paths: &Paths) -> Result<PathBuf> {
    wasm_target::ensure(paths)?;
    Ok(wasm_bindgen(paths, true)?.join("wasm-bindgen-test-runner"))
}

/// Whether another trunk will do as well.
pub(crate) fn fits_trunk(found: Version) -> bool {
    found.0 == TRUNK.0 && found.1 == TRUNK.1 && found >= TRUNK
}

fn trunk() -> CargoTool {
    CargoTool {
        package: "trunk",
        programs: &["trunk"],
        version: TRUNK,
        fits: fits_trunk,
        // It copies files and starts programs.
        opt_level: "0",
        usually: "about three minutes on two cores",
    }
}

/// The folder of `wasm-bindgen` in the version of the crate: the two speak a language that changes with every release.
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
        // It rewrites the whole program.
        opt_level: "1",
        usually: "about two minutes on two cores",
    };
    tool.ensure(paths)
}

fn link(to: &Path, at: &Path) -> Result<()> {
    symlink(to, at).map_err(|error| format!("{} cannot be linked: {error}.", at.display()))
}

/// What a tool says when it is asked for its version.
pub(crate) fn version_of(program: &Path) -> Option<Version> {
    Version::find(&process::output(
        std::process::Command::new(program).arg("--version"),
    )?)
}
