//! The compiler's `wasm32-unknown-unknown` target.

use crate::Result;
use crate::paths::Paths;
use crate::process::{on_path, output};
use crate::watched;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The target's name.
pub(crate) const TRIPLE: &str = "wasm32-unknown-unknown";

/// Checks that the compiler in use can build for browsers, or installs the target.
pub(crate) fn ensure(paths: &Paths) -> Result<()> {
    if is_there(paths) {
        return Ok(());
    }
    let how = format!(
        "Without rustup the target comes with the Rust distribution in use; on Debian that is \
         `apt-get install libstd-rust-dev-wasm32`. With rustup (https://rustup.rs) it is `rustup target add {TRIPLE}`."
    );
    if on_path("rustup").is_none() {
        return Err(format!(
            "the Rust target {TRIPLE} is missing, and so is rustup, which adds it.\n{how}"
        ));
    }
    println!("Adding the Rust target {TRIPLE} with rustup (once; some seconds).");
    let mut command = Command::new("rustup");
    command.current_dir(&paths.root).args(["target", "add", TRIPLE]);
    watched::install(
        &mut command,
        &paths.log("install-wasm-target"),
        Duration::from_secs(600),
    )
    .map_err(|error| format!("{error}\nrustup did not add the Rust target {TRIPLE}.\n{how}"))?;
    if is_there(paths) {
        return Ok(());
    }
    Err(format!(
        "rustup added {TRIPLE}, but not to the toolchain that compiles here.\n{how}"
    ))
}

fn is_there(paths: &Paths) -> bool {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let folder =
        output(
            rustc
                .current_dir(&paths.root)
                .args(["--print", "target-libdir", "--target", TRIPLE]),
        );
    folder.is_some_and(|folder| Path::new(&folder).is_dir())
}
