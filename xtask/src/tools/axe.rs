//! axe-core, a checker of accessibility. Tests load it into the page.

use super::npm;
use crate::Result;
use crate::paths::Paths;
use std::path::PathBuf;

/// The script, from the cache or from npm.
pub(crate) fn ensure(paths: &Paths) -> Result<PathBuf> {
    npm::ensure(
        paths,
        "the accessibility checker",
        "axe-core",
        "4.14.1",
        "axe.min.js",
    )
}
