//! `wasm-opt`, which shrinks the page's module by about a tenth. The page works without it.

use super::{npm, version_of};
use crate::paths::Paths;
use crate::process::on_path;
use crate::{Result, paths};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The npm package that contains it, and the tested version.
const PACKAGE: &str = "binaryen";
const VERSION: &str = "132.0.0";
/// The oldest version that supports the features we use (Debian 12 has 108).
const OLDEST: u32 = 105;

/// The tool from `PATH`, the cache or npm; `None`, with a note, if it is not available.
pub(crate) fn ensure(paths: &Paths) -> Option<PathBuf> {
    if let Some(program) = on_path("wasm-opt").filter(|program| works(program)) {
        return Some(program);
    }
    let root = npm::folder(paths, PACKAGE, VERSION);
    let program = root.join("node_modules/.bin/wasm-opt");
    if works(&program) {
        return Some(program);
    }
    let note =
        "the page will be about a tenth larger. To have it: `npm` on PATH, or `apt-get install binaryen`.";
    if on_path("npm").is_none() {
        println!("wasm-opt was not found, nor npm to install it: skipped; {note}");
        return None;
    }
    println!(
        "Installing wasm-opt ({PACKAGE} {VERSION} from npm) into {} (once; some seconds).",
        root.display()
    );
    if let Err(error) = npm::install(paths, PACKAGE, VERSION) {
        println!("{error}\nwasm-opt could not be installed: skipped; {note}");
        return None;
    }
    if works(&program) {
        return Some(program);
    }
    println!("wasm-opt was installed but does not run: skipped; {note}");
    None
}

fn works(program: &Path) -> bool {
    program.exists() && version_of(program).is_some_and(|version| version.0 >= OLDEST)
}

/// trunk stops without `wasm-opt`, and no environment setting changes that. This replacement copies its input (`--output=FILE -Oz INPUT
/// …`).
pub(crate) fn write_stand_in(at: &Path) -> Result<()> {
    const SCRIPT: &str = r#"#!/bin/sh
# Stands in for wasm-opt where there is none: copies its input.
case "$1" in --version) echo "wasm-opt version 0"; exit ;; esac
for word; do
  case "$word" in
    --output=*) output=${word#--output=} ;;
    -*) ;;
    *) input=$word ;;
  esac
done
exec cp -- "$input" "$output"
"#;
    paths::write(at, SCRIPT)?;
    std::fs::set_permissions(at, Permissions::from_mode(0o755))
        .map_err(|error| format!("{} cannot be made executable: {error}.", at.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_replacement_prints_a_version_and_copies() {
        let folder = std::env::temp_dir().join(format!("workflow-ui-xtask-{}-stand-in", std::process::id()));
        let tool = folder.join("wasm-opt");
        write_stand_in(&tool).unwrap();
        assert!(!works(&tool), "it must never be taken for the real one");
        std::fs::write(folder.join("in put.wasm"), "bytes").unwrap();
        let output = format!("--output={}", folder.join("out.wasm").display());
        let status = Command::new(&tool)
            .arg(output)
            .arg("-Oz")
            .arg(folder.join("in put.wasm"))
            .arg("--enable-sign-ext")
            .status();
        assert!(status.unwrap().success(), "it ends well");
        assert_eq!(
            std::fs::read_to_string(folder.join("out.wasm")).unwrap(),
            "bytes",
            "the same bytes"
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
}
