//! Child processes on free ports, killed when they are dropped.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A folder that is removed when it is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

pub(crate) fn folder() -> Folder {
    let name = format!("workflow-clients-{}-{}", std::process::id(), free_port());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    Folder(folder)
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// A process that listens.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it and waits until something listens on the port.
    pub(crate) fn start(mut command: Command, port: u16) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut running = Self(child);
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = running.0.try_wait().unwrap() {
                panic!("{command:?} ended with {status}");
            }
            assert!(
                begun.elapsed() < Duration::from_secs(90),
                "{command:?} does not listen"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        running
    }
}

impl Drop for Running {
    /// As a crash would: SIGKILL.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Our program with a store that requires the token `secret`.
pub(crate) struct Store {
    pub(crate) base: String,
    _running: Running,
}

impl Store {
    pub(crate) fn start(file: Option<&Path>) -> Self {
        Self::start_at(free_port(), file)
    }

    pub(crate) fn start_at(port: u16, file: Option<&Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workflow-debugger"));
        command
            .args(["--port", &port.to_string(), "--agent-data", "--faults"])
            .env("WORKFLOW_DEBUGGER_TOKEN", "secret")
            .stderr(Stdio::null());
        if let Some(file) = file {
            command.arg("--data").arg(file);
        }
        Self {
            base: format!("http://127.0.0.1:{port}"),
            _running: Running::start(command, port),
        }
    }
}
