//! Child processes that end with the value that holds them.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// Below the ports from which systems take one for a connection that goes out: nobody gets these by chance.
const PORTS: std::ops::Range<u32> = 20_000..32_000;

/// A port of the loopback address that nobody listened on a moment ago, and that this process did not give before. What starts
/// seconds later, or again after a while, still finds it free.
///
/// # Panics
/// When no port can be had.
#[must_use]
pub fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(97);
    for _ in PORTS {
        let step = GIVEN.fetch_add(1, Relaxed);
        let port = PORTS.start + first.wrapping_add(step) % (PORTS.end - PORTS.start);
        let port = u16::try_from(port).expect("a port");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port of {PORTS:?} is free");
}

/// The folder of logs and reports; made when it is missing.
///
/// # Panics
/// When it can't be made.
#[must_use]
pub fn outputs() -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/e2e");
    let folder =
        std::env::var_os("WORKFLOW_TEST_OUTPUT").map_or_else(|| PathBuf::from(folder), PathBuf::from);
    std::fs::create_dir_all(&folder).expect("a folder for reports");
    folder
}

/// A command that runs a program in a process group of its own, for [`Process::start_group`]. When this test process is gone, so is
/// the group.
pub(crate) fn group_of(program: impl AsRef<OsStr>) -> Command {
    const SCRIPT: &str = r#"parent=$1; shift
(while kill -0 "$parent" 2>/dev/null; do /bin/sleep 1; done; kill -s KILL 0) >/dev/null 2>&1 &
exec "$@""#;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", SCRIPT, "sh", &std::process::id().to_string()])
        .arg(program)
        .process_group(0);
    command
}

/// A running child whose words go to a file. Dropping it kills it and waits for its end.
#[derive(Debug)]
#[must_use = "dropping a process kills it"]
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    /// Whether all that it started ends with it.
    leads_group: bool,
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
            leads_group: false,
        })
    }

    /// The same for a command of [`group_of`]: all that it starts is killed with it.
    pub(crate) fn start_group(name: &str, command: &mut Command, log: &Path) -> io::Result<Self> {
        let mut process = Self::start(name, command, log)?;
        process.leads_group = true;
        Ok(process)
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

    /// Kills it alone, and leaves what it started.
    pub(crate) fn orphan(&mut self) {
        // Both only fail when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Kills it as a crash would: no goodbye to anybody.
    pub(crate) fn kill(&mut self) {
        if self.leads_group {
            // std sends signals to no group, and every shell does.
            let script = format!("kill -s KILL -- -{}", self.child.id());
            let _ = Command::new("sh")
                .args(["-c", &script])
                .stderr(Stdio::null())
                .status();
        }
        self.orphan();
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
