//! The legacy client and the monitor on the real servers of the older deployments API.

use super::{Session, choice, e2e};
use crate::Result;
use crate::tools::{axe, browser, python};
use std::env;

/// Creates the Python environments and runs the tests, which start the servers.
pub(super) fn run(session: &mut Session) -> Result<()> {
    session.page()?;
    let browser = browser::ensure(session.paths)?;
    let llamactl = python::ensure(session.paths, python::PLATFORM)?;
    let old = python::ensure_311(session.paths, python::LEGACY_092, &llamactl)?;
    let oldest = python::ensure_311(session.paths, python::LEGACY_022, &llamactl)?;
    let programs = [choice::LEGACY.to_owned()];
    session.begun("building the server and the tests");
    if !e2e::build(session, &programs)? {
        return Ok(());
    }
    let mut cargo = e2e::program(session, &programs, &browser);
    if let Ok(axe) = axe::ensure(session.paths) {
        // Without it the test that needs it fails.
        cargo.env("WORKFLOW_TEST_AXE", axe);
    }
    cargo
        .env("WORKFLOW_TEST_LEGACY_092", old)
        .env("WORKFLOW_TEST_LEGACY_022", oldest)
        .env("WORKFLOW_TEST_LLAMACTL", llamactl)
        // The project has no interface, so it needs no further tools.
        .env("WORKFLOW_TEST_TOOLS", env::var_os("PATH").unwrap_or_default())
        .env("WORKFLOW_TEST_TARGET", session.paths.target.join("examples"));
    e2e::watched(session, "the legacy client's tests", &mut cargo)?;
    Ok(())
}
