//! Node.js and npm, which `llamactl` and the templates need. They are not installed here: everybody who has one has both.

use crate::Result;
use crate::process::on_path;
use std::path::PathBuf;

/// `npm` on `PATH`. `why` ends the sentence of a failure: "to pack the debugger".
pub(crate) fn npm(why: &str) -> Result<PathBuf> {
    program("npm", why)
}

/// `node` on `PATH`.
pub(crate) fn node(why: &str) -> Result<PathBuf> {
    program("node", why)
}

fn program(name: &str, why: &str) -> Result<PathBuf> {
    on_path(name).ok_or_else(|| {
        format!(
            "{name} is not on PATH, and is needed {why}. It comes with Node.js 18 or newer: https://nodejs.org, or \
             `apt-get install nodejs npm`."
        )
    })
}
