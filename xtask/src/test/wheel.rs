//! The Python package that mounts the page, on a real server.

use super::Session;
use crate::Result;
use crate::tools::python;
use std::process::Command;

/// Runs the package's own tests from the sources. Tests that need the built page are in the part `platform`.
pub(super) fn run(session: &mut Session) -> Result<()> {
    let python = python::ensure(session.paths, python::SERVER)?;
    let root = &session.paths.root;
    let mut tests = Command::new(python);
    tests
        .current_dir(root)
        .args(["-B", "-W", "error::ResourceWarning", "tests/python/test_wheel.py"])
        .args(&session.arguments)
        .env("PYTHONPATH", root.join("packages/wheel"));
    session.check("the tests of the Python package", &mut tests)?;
    Ok(())
}
