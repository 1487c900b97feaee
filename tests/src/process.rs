//! Child processes that end with the value that holds them.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A port of the loopback address that nobody listened on a moment ago.
///
/// # Panics
/// When no port can be had.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("the address of a listener").port()
}

/// A running child whose words go to a file. Dropping it kills it and waits for its end.
#[derive(Debug)]
#[must_use = "dropping a process kills it"]
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command`; its output and errors are appended to `log`.
    pub(crate) fn start(name: &str, command: &mut Command, log: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .map_err(|error| {
                io::Error::new(
                    error.kind(),
                    format!("{name} ({}): {error}", command.get_program().display()),
                )
            })?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        })
    }

    /// Says why the process is no longer running, with the end of what it wrote.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(format!(
            "{} ended with {status}: {}",
            self.name,
            self.last_words()
        ))
    }

    /// The last lines that it wrote.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// The file that it writes to.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Kills it as a crash would: no goodbye to anybody.
    pub(crate) fn kill(&mut self) {
        // Both only fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if !KEEP_LOGS.load(Relaxed) && !std::thread::panicking() {
            // It may never have been made.
            let _ = std::fs::remove_file(&self.log);
        }
    }
}

/// Whether what processes wrote is of interest: a test of this process has failed.
pub(crate) static KEEP_LOGS: AtomicBool = AtomicBool::new(false);
