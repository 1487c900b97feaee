//! Packages of the operating system, on Debian and its derivatives if permitted.

use crate::paths::Paths;
use crate::process::{is_root, on_path, output};
use crate::{Result, watched};
use std::process::Command;
use std::time::Duration;

/// Installs packages, or says how. `what` is the subject of the message: "Chromium", "Python's venv module".
pub(crate) fn install(paths: &Paths, what: &str, packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if on_path("apt-get").is_none() {
        return Err(format!(
            "{what} is missing, and this system has no apt-get to install it with. Install it as your system does it \
             (on Debian: {names})."
        ));
    }
    let by_hand = format!("sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}");
    let prefix = if is_root() {
        ""
    } else if output(Command::new("sudo").args(["-n", "true"])).is_some() {
        "sudo -n "
    } else {
        return Err(format!(
            "{what} is missing, and we may not install it. Run this, then try again:\n    {by_hand}"
        ));
    };
    println!("Installing {names} with apt-get (once; about a minute).");
    let script = format!(
        "export DEBIAN_FRONTEND=noninteractive; {prefix}apt-get update && \
         {prefix}apt-get install -y --no-install-recommends {names}"
    );
    let log = paths.log(&format!("install-{}", packages.first().unwrap_or(&"packages")));
    watched::install(
        Command::new("sh").args(["-c", &script]),
        &log,
        Duration::from_secs(900),
    )
    .map_err(|error| format!("{error}\n{what} could not be installed. To do it by hand:\n    {by_hand}"))
}
