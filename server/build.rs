//! Embeds the built page from `page/`, compressed by memory-serve. `cargo xtask build` writes that folder.
//!
//! Release builds fail without it. Debug builds embed nothing: they read the checkout's `dist/` at run time.
//! `WORKFLOW_DEBUGGER_DIST` names another folder, which debug builds embed as well.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=WORKFLOW_DEBUGGER_DIST");
    let named = env::var_os("WORKFLOW_DEBUGGER_DIST").filter(|folder| !folder.is_empty());
    let is_release = env::var_os("PROFILE").is_some_and(|profile| profile == "release");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut assets = "&[]".to_owned();
    if is_release || named.is_some() {
        let folder = PathBuf::from(named.unwrap_or_else(|| "page".into()));
        println!("cargo::rerun-if-changed={}", folder.display());
        if !folder.join("index.html").is_file() {
            println!(
                "cargo::error=there is no built page in {}: run `cargo xtask build` first, or name another folder by WORKFLOW_DEBUGGER_DIST",
                std::path::absolute(&folder)?.display()
            );
            return Ok(());
        }
        assets = memory_serve::assets_to_code("", &folder.canonicalize()?, &out, true, |_| {});
    }
    fs::write(out.join("page.rs"), assets)
}
