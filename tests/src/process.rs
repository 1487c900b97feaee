//! Child processes that end when their value is dropped.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// Below the ports that systems use for outgoing connections, so that nothing else gets these by chance.
const PORTS: std::ops::Range<u32> = 20_000..32_000;

/// A free port of the loopback address that this process did not return before, so it is still free for a program that starts seconds later
/// or restarts.
///
/// # Panics
/// If no port is free.
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

/// The folder of logs and reports; created if it is missing.
///
/// # Panics
/// If it cannot be created.
#[must_use]
pub fn outputs() -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/e2e");
    let folder =
        std::env::var_os("WORKFLOW_TEST_OUTPUT").map_or_else(|| PathBuf::from(folder), PathBuf::from);
    std::fs::create_dir_all(&folder).expect("a folder for reports");
    folder
}

/// A command that runs a program in its own process group, for [`Process::start_group`]. The group ends with this test process.
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

/// A running child whose output goes to a file. Dropping it kills it and waits for its end.
#[derive(Debug)]
#[must_use = "dropping a process kills it"]
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    /// Whether its children end with it.
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

    /// The same for a command of [`group_of`]: its children are killed with it.
    pub(crate) fn start_group(name: &str, command: &mut Command, log: &Path) -> io::Result<Self> {
        let mut process = Self::start(name, command, log)?;
        process.leads_group = true;
        Ok(process)
    }

    /// Why the process is no longer running, with the end of its log.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(format!(
            "{} ended with {status}: {}",
            self.name,
            self.last_words()
        ))
    }

    /// The last lines of its output.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Its log file.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Kills only this process, not its children.
    pub(crate) fn orphan(&mut self) {
        // Both fail only if it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Kills it without a chance to clean up, like a crash.
    pub(crate) fn kill(&mut self) {
        if self.leads_group {
            // std cannot send signals to groups; the shell's `kill` can.
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
            // It may not exist.
            let _ = std::fs::remove_file(&self.log);
        }
    }
}

/// Whether logs are needed: a test of this process has failed.
pub(crate) static KEEP_LOGS: AtomicBool = AtomicBool::new(false);
