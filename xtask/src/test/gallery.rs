//! The gallery: built, and every component in every state checked by axe-core in both themes.

use super::{Session, choice, e2e};
use crate::tools::{self, axe, browser};
use crate::{Result, gallery};

pub(super) fn run(session: &mut Session) -> Result<()> {
    let tools = tools::for_page(session.paths)?;
    let axe = axe::ensure(session.paths)?;
    let browser = browser::ensure(session.paths)?;
    let dist = session.paths.target.join("gallery");
    session.begun("building the gallery");
    let mut trunk = gallery::build(session.paths, &tools, &dist);
    if !session.check("trunk build in gallery/", &mut trunk)? {
        return Ok(());
    }
    let programs = [choice::GALLERY.to_owned()];
    session.begun("building the tests");
    if !e2e::build(session, &programs)? {
        return Ok(());
    }
    let mut cargo = e2e::program(session, &programs, &browser);
    cargo
        .env("WORKFLOW_TEST_GALLERY", dist)
        .env("WORKFLOW_TEST_AXE", axe);
    e2e::watched(session, "the gallery", &mut cargo)?;
    Ok(())
}
