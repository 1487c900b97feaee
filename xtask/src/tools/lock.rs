//! `Cargo.lock`, for tool versions that depend on a crate's.

use super::version::Version;
use crate::Result;

/// The version of a package. With two versions the page could not be linked, so that is an error here.
pub(crate) fn version(lock: &str, package: &str) -> Result<Version> {
    let mut found = Vec::new();
    for entry in lock.split("[[package]]").skip(1) {
        let field = |key: &str| {
            let rest = entry
                .lines()
                .find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='))?;
            Some(rest.trim().trim_matches('"'))
        };
        if field("name") == Some(package) {
            found.extend(field("version").and_then(Version::parse));
        }
    }
    match found[..] {
        [version] => Ok(version),
        [] => Err(format!(
            "Cargo.lock has no package `{package}`; `git checkout Cargo.lock` brings it back."
        )),
        _ => Err(format!(
            "Cargo.lock has `{package}` in several versions; `cargo tree -d` shows who asks for them."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.129\"\nsource = \"x\"\n\
        dependencies = [\n \"cfg-if\",\n \"wasm-bindgen-macro\",\n]\n\n[[package]]\nname = \"wasm-bindgen-macro\"\n\
        version = \"0.2.128\"\n\n[[package]]\nname = \"rand\"\nversion = \"0.8.5\"\n\n[[package]]\nname = \"rand\"\n\
        version = \"0.9.0\"\n";

    #[test]
    fn a_package_is_found_by_its_full_name() {
        assert_eq!(
            version(LOCK, "wasm-bindgen"),
            Ok(Version(0, 2, 129)),
            "not that of its neighbour"
        );
    }

    #[test]
    fn a_missing_or_duplicate_package_is_reported() {
        assert!(
            version(LOCK, "leptos")
                .unwrap_err()
                .contains("no package `leptos`"),
            "missing"
        );
        assert!(
            version(LOCK, "rand").unwrap_err().contains("several versions"),
            "doubled"
        );
    }
}
