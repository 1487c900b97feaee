//! `cargo xtask install`: the one binary, with the page inside.

use crate::args::Args;
use crate::paths::Paths;
use crate::{Result, page, process};
use std::process::ExitCode;

/// Builds the page and lets cargo install the server. What stands after `--` goes to `cargo install`.
pub(crate) fn run(paths: &Paths, mut args: Args) -> Result<ExitCode> {
    let more = args.passed_on();
    args.finish()?;
    page::ensure(paths)?;
    process::run(
        process::cargo(&paths.root)
            .args(["install", "--locked", "--path", "server"])
            .args(more),
    )?;
    println!("Installed. `workflow-debugger --help` tells what it can do.");
    Ok(ExitCode::SUCCESS)
}
