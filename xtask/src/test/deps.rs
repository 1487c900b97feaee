//! The project's dependencies: licences, sources and known vulnerabilities, according to `deny.toml`.
//!
//! Licences are checked without a tool and without the network. The rest needs `cargo-deny`, which takes many minutes to compile. It is
//! used if it is installed, and never installed from here.

use super::Session;
use crate::Result;
use crate::process::{self, on_path};
use crate::watched::{End, watch};
use std::process::Command;
use std::time::{Duration, Instant};

/// The test program that compares licences with `deny.toml`.
const LICENCES: &str = "licences";

/// The maximum age of the database of known vulnerabilities.
const FETCH_LIMIT: Duration = Duration::from_secs(60);

/// Checks licences, then everything else if `cargo deny` is installed, and reports what was skipped.
pub(super) fn run(session: &mut Session) -> Result<()> {
    // With the features of `unit`, so that dependencies are not compiled again.
    let mut licences = process::cargo(&session.paths.root);
    licences.args(["test", "--workspace", "--test", LICENCES]);
    session.run("licences", &mut licences, &mut |_| {})?;
    if on_path("cargo-deny").is_none() {
        session.note(
            "skipped: known vulnerabilities and sources, since cargo-deny is not on PATH (`cargo install --locked cargo-deny`)"
                .to_owned(),
        );
        return Ok(());
    }
    let mut check = deny(session);
    check.args(["check", "licenses", "bans", "sources"]);
    session.check("cargo deny check licenses bans sources", &mut check)?;
    session.begun("reading the database of known vulnerabilities");
    let deadline = session.deadline.min(Instant::now() + FETCH_LIMIT);
    let fetched = watch(
        deny(session).args(["fetch", "db"]),
        &mut session.log,
        deadline,
        &mut |_| {},
    )?;
    match fetched {
        End::Interrupted => return Err("interrupted.".to_owned()),
        End::Exited(status) if status.success() => {}
        // Without the network there is no database. That is not a failure of the project.
        End::Exited(_) | End::Deadline => {
            session.note("skipped: known vulnerabilities, since their database could not be read".to_owned());
            return Ok(());
        }
    }
    let mut check = deny(session);
    check.args(["check", "advisories"]);
    session.check("cargo deny check advisories", &mut check)?;
    Ok(())
}

fn deny(session: &Session) -> Command {
    let mut cargo = process::cargo(&session.paths.root);
    cargo.args(["deny", "--all-features", "--locked"]);
    cargo
}
