//! `cargo xtask gallery`: every component in every state.

use crate::page::{fetch_crates, trunk};
use crate::paths::Paths;
use crate::tools::{self, PageTools};
use crate::{Result, process};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn folder(paths: &Paths) -> PathBuf {
    paths.root.join("gallery")
}

/// Replaces this process by trunk's development server.
pub(crate) fn serve(paths: &Paths, arguments: Vec<String>) -> Result<ExitCode> {
    let tools = tools::for_page(paths)?;
    fetch_crates(paths)?;
    println!("The gallery is at http://127.0.0.1:8090/ once the first build is done.");
    let mut trunk = trunk(&folder(paths), &tools);
    trunk
        .args(["serve", "--offline"])
        .args(arguments)
        .env("CARGO_TARGET_DIR", &paths.target)
        .env("TRUNK_BUILD_DIST", paths.target.join("gallery-serve"));
    Err(process::become_program(&mut trunk))
}

/// The command that builds the gallery into a folder.
pub(crate) fn build(paths: &Paths, tools: &PageTools, dist: &Path) -> Command {
    let mut trunk = trunk(&folder(paths), tools);
    trunk
        .args(["build", "--offline", "--dist"])
        .arg(dist)
        .env("CARGO_TARGET_DIR", &paths.target);
    trunk
}
