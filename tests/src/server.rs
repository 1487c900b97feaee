//! The servers that the page is tested with.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::process::{Process, outputs};
use crate::{Api, free_port};

/// Time limit of a server's start. Python imports take seconds when the machine is busy.
const START_LIMIT: Duration = Duration::from_secs(40);

/// Which server runs the workflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Our own binary with its demo workflows.
    Embedded,
    /// `llama-agents-server` with the workflows of `tests/python/`, behind our binary.
    Python,
}

/// The options of a server.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// File of a durable store; without it, in memory. The Python server only.
    pub sqlite: Option<PathBuf>,
    /// Seconds until an idle run leaves memory. Defaults to the server's 60. The Python server only.
    pub idle_timeout: Option<f64>,
    /// The workflows of a file of `python/` instead of the demos: `typed_models` or `form_models`. The Python server only.
    pub models: Option<&'static str>,
    /// Serve files of this folder instead of the debugger's page.
    pub page: Option<PathBuf>,
    /// Count the open streams, see [`Server::open_streams`]. The embedded server only.
    pub faults: bool,
    /// Keep records of Agent Data in memory. Our binary.
    pub agent_data: bool,
    /// Upstream servers of our binary with names, as `NAME=URL`.
    pub upstreams: Vec<String>,
    /// The token that our binary requires. [`Server::api`] of the embedded server is refused then.
    pub token: Option<&'static str>,
}

/// A running server with the page in front of it, at one origin. Dropping it kills its processes.
#[derive(Debug)]
#[must_use = "dropping a server kills it"]
pub struct Server {
    backend: Backend,
    options: ServerOptions,
    /// Serves the page; with `Backend::Embedded` the workflows too.
    page: Mutex<Process>,
    page_port: u16,
    /// Runs the workflows if that is a separate process.
    workflows: Option<Mutex<Process>>,
    workflows_port: u16,
}

static SHARED: [Mutex<Weak<Server>>; 2] = [const { Mutex::new(Weak::new()) }; 2];

impl Server {
    /// The server that tests share while any of them uses it. Tests that stop a server start their own.
    pub fn shared(backend: Backend) -> Arc<Self> {
        // A test that failed during the start has left it empty, which is a valid state.
        let mut place = SHARED[backend as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        place.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start(backend, ServerOptions::default()));
            *place = Arc::downgrade(&server);
            server
        })
    }

    /// Starts a server and waits until it responds.
    ///
    /// # Panics
    /// If it does not respond; with the end of its log.
    pub fn start(backend: Backend, options: ServerOptions) -> Self {
        let page_port = free_port();
        match backend {
            Backend::Embedded => {
                assert!(
                    options.sqlite.is_none(),
                    "the embedded server keeps everything in memory"
                );
                let page = start_page(page_port, None, &options);
                Self {
                    backend,
                    options,
                    page: Mutex::new(page),
                    page_port,
                    workflows: None,
                    workflows_port: page_port,
                }
            }
            Backend::Python => {
                let workflows_port = free_port();
                let workflows = start_python(workflows_port, &options);
                let upstream = format!("http://127.0.0.1:{workflows_port}");
                let page = start_page(page_port, Some(&upstream), &options);
                Self {
                    backend,
                    options,
                    page: Mutex::new(page),
                    page_port,
                    workflows: Some(Mutex::new(workflows)),
                    workflows_port,
                }
            }
        }
    }

    /// Our binary in front of a server that is already running.
    pub fn in_front_of(upstream: &str) -> Self {
        Self::in_front_of_with(upstream, ServerOptions::default())
    }

    /// The same with options. Those of the Python server have no effect.
    pub fn in_front_of_with(upstream: &str, options: ServerOptions) -> Self {
        let page_port = free_port();
        let page = Mutex::new(start_page(page_port, Some(upstream), &options));
        let backend = Backend::Embedded;
        Self {
            backend,
            options,
            page,
            page_port,
            workflows: None,
            workflows_port: page_port,
        }
    }

    /// The base URL of the page and the API, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The same as a socket address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.page_port).into()
    }

    /// The address of the server that runs the workflows, without the servers in front of it.
    #[must_use]
    pub fn workflows_address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.workflows_port).into()
    }

    /// A client of the server that runs the workflows, without the servers in front of it.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&format!("http://127.0.0.1:{}", self.workflows_port))
    }

    /// How many event streams are open at the server. Needs [`ServerOptions::faults`].
    ///
    /// # Panics
    /// If they are not counted.
    pub async fn open_streams(&self) -> u64 {
        let streams = self.api().get("/_faults").await;
        streams["open_streams"].as_u64().expect("a count of streams")
    }

    /// Kills the process that runs the workflows, like a crash. The servers in front of it continue.
    pub fn kill(&self) {
        lock(self.workflows.as_ref().unwrap_or(&self.page)).kill();
    }

    /// Restarts the killed process, at the same port and with the same options, and waits until it responds.
    pub fn restart(&self) {
        match &self.workflows {
            Some(workflows) => *lock(workflows) = start_python(self.workflows_port, &self.options),
            None => *lock(&self.page) = start_page(self.page_port, None, &self.options),
        }
    }

    /// The backend it was started as.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The folder of its logs.
    #[must_use]
    pub fn logs(&self) -> Vec<PathBuf> {
        let processes = [Some(&self.page), self.workflows.as_ref()];
        processes
            .into_iter()
            .flatten()
            .map(|process| lock(process).log().to_owned())
            .collect()
    }
}

fn lock(process: &Mutex<Process>) -> std::sync::MutexGuard<'_, Process> {
    process.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start_page(port: u16, upstream: Option<&str>, options: &ServerOptions) -> Process {
    let mut command = Command::new(binary());
    command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    if let Some(upstream) = upstream {
        command.args(["--upstream", upstream]);
    }
    for named in &options.upstreams {
        command.args(["--upstream", named]);
    }
    if let Some(folder) = &options.page {
        command.arg("--dist").arg(folder);
    }
    if options.faults {
        command.arg("--faults");
    }
    if options.agent_data {
        command.arg("--agent-data");
    }
    // The machine's own setting must not affect the tests.
    command.env_remove("WORKFLOW_DEBUGGER_TOKEN");
    if let Some(token) = options.token {
        command.env("WORKFLOW_DEBUGGER_TOKEN", token);
    }
    let log = outputs().join(format!("server-{port}.log"));
    let mut process = Process::start("workflow-debugger", &mut command, &log).expect("the server starts");
    // Through the proxy this also reaches the server behind it.
    until_it_answers(
        &mut process,
        port,
        // The folder itself may redirect to an address with `?api=`; the API may require a token.
        if upstream.is_some() || options.token.is_some() {
            "/debugger/index.html"
        } else {
            "/health"
        },
    );
    process
}

/// Our binary: the one in `WORKFLOW_TEST_SERVER`, else the one in this test's target folder.
pub(crate) fn binary() -> PathBuf {
    let binary = std::env::var_os("WORKFLOW_TEST_SERVER").map_or_else(built_server, PathBuf::from);
    assert!(
        binary.exists(),
        "no server at {}: build it (cargo build -p workflow-debugger) or name one in WORKFLOW_TEST_SERVER",
        binary.display()
    );
    binary
}

/// The binary that was built into the same target directory as this test.
fn built_server() -> PathBuf {
    let this = std::env::current_exe().expect("the path of this test");
    let profile = this
        .ancestors()
        .find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    profile
        .expect("a test lies in its profile's folder")
        .join("workflow-debugger")
}

fn start_python(port: u16, options: &ServerOptions) -> Process {
    let python = std::env::var_os("WORKFLOW_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/serve_workflows.py"));
    command
        .args(["--port", &port.to_string()])
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if let Some(file) = &options.sqlite {
        command.arg("--sqlite").arg(file);
    }
    if let Some(seconds) = options.idle_timeout {
        command.args(["--idle-timeout", &seconds.to_string()]);
    }
    if let Some(models) = options.models {
        command.args(["--models", models]);
    }
    let log = outputs().join(format!("python-{port}.log"));
    let mut process = Process::start("python", &mut command, &log)
        .expect("Python starts: name one with tests/requirements.txt installed in WORKFLOW_TEST_PYTHON");
    until_it_answers(&mut process, port, "/health");
    process
}

pub(crate) fn until_it_answers(process: &mut Process, port: u16, path: &str) {
    until_it_answers_within(START_LIMIT, process, port, path);
}

pub(crate) fn until_it_answers_within(limit: Duration, process: &mut Process, port: u16, path: &str) {
    let begin = Instant::now();
    loop {
        if let Some(ended) = process.ended() {
            panic!("{ended}");
        }
        let Err(seen) = answers(port, path) else { return };
        assert!(
            begin.elapsed() < limit,
            "no answer on port {port} after {limit:?} ({seen}):\n{}",
            process.last_words()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A GET without a client library, because servers start before any runtime.
fn answers(port: u16, path: &str) -> Result<(), String> {
    let address: SocketAddr = (Ipv4Addr::LOCALHOST, port).into();
    let wrong = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).map_err(wrong)?;
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .map_err(wrong)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    )
    .map_err(wrong)?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).map_err(wrong)?;
    if head.ends_with(b" 200") {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&head).into_owned())
    }
}
