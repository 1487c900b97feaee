//! Node.js and npm, for `llamactl` and the templates. They are not installed here; users of npm have both.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_is_reported_with_its_purpose() {
        let error = program("workflow-ui-no-such-program", "to pack the page").unwrap_err();
        assert!(
            error.contains("workflow-ui-no-such-program is not on PATH, and is needed to pack the page"),
            "{error}"
        );
        assert!(error.contains("Node.js 18"), "{error}");
    }
}
