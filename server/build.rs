//! Embeds the built page: writes a table of its files, compressed once and for all.
//!
//! Release builds need the page and say so when it isn't there. Debug builds read it from the folder at run
//! time, so that they neither wait for the compression nor go stale; with `WORKFLOW_DEBUGGER_DIST` they embed
//! that folder, too.

#[path = "src/page/collect.rs"]
mod collect;

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const VARIABLE: &str = "WORKFLOW_DEBUGGER_DIST";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/page/collect.rs");
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let named = env::var_os(VARIABLE)
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from);
    let is_release = env::var_os("PROFILE").is_some_and(|profile| profile == "release");
    let folder = named.clone().unwrap_or_else(|| manifest.join("../dist"));
    println!("cargo::rustc-env=WORKFLOW_DEBUGGER_FOLDER={}", folder.display());
    let embed = is_release || named.is_some();
    if embed && !folder.join("index.html").is_file() {
        println!("cargo::rerun-if-changed={}", folder.display());
        println!(
            "cargo::error=there is no built page in {}: run `cargo xtask build` first, or name another folder by {VARIABLE}",
            folder.display()
        );
        return;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    if let Err(error) = write_table(&folder, embed, &out) {
        println!(
            "cargo::error=the page in {} can't be embedded: {error}",
            folder.display()
        );
    }
}

fn write_table(folder: &Path, embed: bool, out: &Path) -> std::io::Result<()> {
    let mut table = "&[\n".to_owned();
    if embed {
        println!("cargo::rerun-if-changed={}", folder.display());
        for (number, file) in collect::collect(folder)?.into_iter().enumerate() {
            let identity = out.join(format!("{number}.identity"));
            fs::write(&identity, &file.identity)?;
            let brotli = match &file.brotli {
                None => "None".to_owned(),
                Some(bytes) => {
                    let name = out.join(format!("{number}.br"));
                    fs::write(&name, bytes)?;
                    format!("Some(include_bytes!({name:?}))")
                }
            };
            // Writing to a String cannot fail.
            let _ = writeln!(
                table,
                "    Embedded {{ path: {:?}, hash: {:?}, identity: include_bytes!({identity:?}), brotli: {brotli} }},",
                file.path, file.hash
            );
        }
    }
    table.push_str("]\n");
    fs::write(out.join("page.rs"), table)
}
