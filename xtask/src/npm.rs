//! `cargo xtask npm`: the custom elements as an npm package: the WASM module, the classes around it, and their types.

use crate::paths::{self, Paths};
use crate::{Result, process, tools, wasm, weights};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The package, and the folder of that name.
const NAME: &str = "workflow-ui";

/// The hand-written files, in `elements/npm`.
const WRITTEN: [&str; 5] = [
    "elements.js",
    "elements.d.ts",
    "react.d.ts",
    "package.json",
    "README.md",
];

/// Builds the package, and packs it if npm is available.
pub(crate) fn run(paths: &Paths) -> Result<ExitCode> {
    let folder = make(paths)?;
    print!("{}", weights::table(&weights::measure(&folder)?));
    println!("The package is in {}.", folder.display());
    if process::on_path("npm").is_some() {
        println!("Packed: {}.", pack(paths, &folder)?.display());
    } else {
        println!("Not packed: there is no npm on PATH (Debian: apt-get install npm).");
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the package and returns its folder.
pub(crate) fn make(paths: &Paths) -> Result<PathBuf> {
    let built = wasm::build(paths, &tools::for_page(paths)?, wasm::ELEMENTS)?;
    let folder = paths.target.join("npm").join(NAME);
    // Files of an earlier build would be packed too.
    let _ = std::fs::remove_dir_all(&folder);
    paths::create_folder(&folder)?;
    for file in paths::names(&built)? {
        paths::copy(&built.join(&file), &folder.join(&file))?;
    }
    let written = paths.root.join("elements/npm");
    for file in WRITTEN {
        paths::copy(&written.join(file), &folder.join(file))?;
    }
    paths::copy(&paths.root.join("LICENSE"), &folder.join("LICENSE"))?;
    let manifest = folder.join("package.json");
    paths::write(&manifest, &versioned(&paths::read(&manifest)?))?;
    Ok(folder)
}

/// Packs the package as npm would for publishing, and returns the tarball.
pub(crate) fn pack(paths: &Paths, folder: &Path) -> Result<PathBuf> {
    let mut npm = Command::new("npm");
    npm.current_dir(folder)
        .args(["pack", "--silent", "--pack-destination"])
        .arg(paths.target.join("npm"));
    process::run(&mut npm)?;
    Ok(tarball(paths))
}

/// The path of the tarball that [`pack`] creates.
pub(crate) fn tarball(paths: &Paths) -> PathBuf {
    let name = format!("{NAME}-{}.tgz", env!("CARGO_PKG_VERSION"));
    paths.target.join("npm").join(name)
}

/// The manifest with the workspace's version.
fn versioned(manifest: &str) -> String {
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    manifest.replacen("\"version\": \"0.0.0\"", &version, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_lists_the_packed_files_and_has_the_workspace_version() {
        let manifest = versioned(include_str!("../../elements/npm/package.json"));
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"), "the workspace's");
        let files = manifest["files"].as_array().unwrap();
        for file in WRITTEN.iter().filter(|file| file.starts_with(['e', 'r'])) {
            assert!(files.iter().any(|it| it == file), "{file} is packed: {files:?}");
        }
    }
}
