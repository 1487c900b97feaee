//! axe-core, which finds what keeps people with assistive technology from using a page. Tests load it into the page.

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
