//! `cargo xtask install`: the one binary, with the page inside.

use crate::paths::Paths;
use crate::{Result, page, process};
use std::process::ExitCode;

/// Builds the page and lets cargo install the server. Arguments after `--` are passed to `cargo install`.
pub(crate) fn run(paths: &Paths, arguments: Vec<String>) -> Result<ExitCode> {
    page::ensure(paths)?;
    process::run(
        process::cargo(&paths.root)
            .args(["install", "--locked", "--path", "server"])
            .args(arguments),
    )?;
    println!("Installed. `workflow-debugger --help` lists its options.");
    Ok(ExitCode::SUCCESS)
}
