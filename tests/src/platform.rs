//! The platform that interfaces run on: `llamactl serve` with a project, a template's scripts alone, and a workflow server with the packed
//! page.
//!
//! `cargo xtask test platform` creates the environment and passes it in these variables:
//!
//! | variable | value |
//! | --- | --- |
//! | `WORKFLOW_TEST_PROJECTS` | a folder with a project made from each template: `my-basic` in `basic/` |
//! | `WORKFLOW_TEST_TARGET` | the target folder in which their interfaces were compiled |
//! | `WORKFLOW_TEST_TOOLS` | a `PATH` on which trunk, its helpers and node are found |
//! | `WORKFLOW_TEST_LLAMACTL` | a Python with `llamactl` and `uv` beside it |
//! | `WORKFLOW_TEST_WHEEL` | the wheel |
//! | `WORKFLOW_TEST_PACKAGE` | the folder of the npm package |

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use crate::process::{Process, group_of, outputs};
use crate::server::until_it_answers_within;
use crate::{Api, free_port};

/// Time limit until the server of `llamactl` responds: it installs the project's packages first, and builds its interface when it serves
/// files.
const START_LIMIT: Duration = Duration::from_secs(240);

fn required(variable: &str) -> OsString {
    let value = std::env::var_os(variable);
    value
        .unwrap_or_else(|| panic!("{variable} is set by `cargo xtask test platform`, which runs these tests"))
}

/// A project that was created from a template.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name, which is also its deployment's.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
}

impl Project {
    /// The project of a template.
    ///
    /// # Panics
    /// If it does not exist.
    #[must_use]
    pub fn of(template: &str) -> Self {
        let name = format!("my-{template}");
        let folder = PathBuf::from(required("WORKFLOW_TEST_PROJECTS")).join(template);
        assert!(
            folder.join("pyproject.toml").is_file(),
            "no project in {}",
            folder.display()
        );
        Self { name, folder }
    }

    /// The path of the interface, with a slash at both ends.
    #[must_use]
    pub fn base(&self) -> String {
        format!("/deployments/{}/ui/", self.name)
    }

    /// The folder of the interface.
    #[must_use]
    pub fn ui(&self) -> PathBuf {
        self.folder.join("ui")
    }

    /// Changes a file of the interface, like an editor that saves it.
    ///
    /// # Panics
    /// If the text is not found.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let file = self.ui().join(file);
        let text = std::fs::read_to_string(&file).expect("a file of the interface");
        assert!(text.contains(from), "{} has no {from:?}", file.display());
        std::fs::write(&file, text.replace(from, to)).expect("a file of the interface");
    }
}

/// A running `llamactl serve`. Dropping it kills it and all its children, which it would not end itself.
#[derive(Debug)]
#[must_use = "dropping it ends the server"]
pub struct Llamactl {
    port: u16,
    /// The address of the interface's development server, if there is one.
    pub ui_port: u16,
    name: String,
    _process: Process,
}

impl Llamactl {
    /// Starts it on a project and waits until its workflows respond.
    ///
    /// # Panics
    /// If they do not respond; with the end of their log.
    pub fn start(project: &Project, arguments: &[&str]) -> Self {
        let (port, ui_port) = (free_port(), free_port());
        let ports = ["--port", &port.to_string(), "--ui-port", &ui_port.to_string()];
        let tools = required("WORKFLOW_TEST_TOOLS");
        let mut process = serve(
            project,
            &[&ports, arguments].concat(),
            std::env::split_paths(&tools),
        );
        let health = format!("/deployments/{}/health", project.name);
        until_it_answers_within(START_LIMIT, &mut process, port, &health);
        Self {
            port,
            ui_port,
            name: project.name.clone(),
            _process: process,
        }
    }

    /// Starts it with only `uv` on `PATH`, and waits for its end. Returns its output.
    ///
    /// # Panics
    /// If it keeps running.
    #[must_use]
    pub fn without_npm(project: &Project) -> String {
        let mut process = serve(project, &[], std::iter::empty());
        let begin = std::time::Instant::now();
        loop {
            if let Some(words) = process.ended() {
                return words;
            }
            assert!(
                begin.elapsed() < START_LIMIT,
                "it goes on: {}",
                process.last_words()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Its address, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The address of the deployment's workflows.
    #[must_use]
    pub fn deployment(&self) -> String {
        format!("{}/deployments/{}", self.origin(), self.name)
    }

    /// A client of the workflows.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&self.deployment())
    }
}

fn serve(project: &Project, arguments: &[&str], tools: impl Iterator<Item = PathBuf>) -> Process {
    let python = PathBuf::from(required("WORKFLOW_TEST_LLAMACTL"));
    let bin = python.parent().expect("a Python lies in a folder");
    let mut command = group_of(bin.join("llamactl"));
    command
        .args(["serve", "--no-open-browser"])
        .args(arguments)
        .current_dir(&project.folder);
    in_its_world(&mut command);
    // `uv` is in the same folder.
    let path = tools.chain([bin.to_owned()]);
    command
        .env("PATH", std::env::join_paths(path).expect("a PATH"))
        .env("UV_PYTHON", &python);
    let log = outputs().join(format!("llamactl-{}-{}.log", project.name, free_port()));
    Process::start_group("llamactl", &mut command, &log).expect("llamactl starts")
}

/// The environment for the scripts of an interface here: debug builds, into the shared target folder, without downloads.
fn in_its_world(command: &mut Command) {
    command
        .env("PATH", required("WORKFLOW_TEST_TOOLS"))
        .env("CARGO_TARGET_DIR", required("WORKFLOW_TEST_TARGET"))
        .env("TRUNK_OFFLINE", "true")
        .env("TRUNK_BUILD_RELEASE", "false")
        .env("NO_COLOR", "1")
        .env("UV_PYTHON_DOWNLOADS", "never");
    for variable in ["PORT", "VIRTUAL_ENV"] {
        command.env_remove(variable);
    }
}

/// Runs a script of an interface (`dev.mjs`, `build.mjs`) to its end, with these additional variables.
///
/// # Panics
/// If node cannot be started.
#[must_use]
pub fn script(ui: &Path, name: &str, variables: &[(&str, &str)]) -> Output {
    // Found before `PATH` may be changed.
    let tools = required("WORKFLOW_TEST_TOOLS");
    let node = std::env::split_paths(&tools).map(|folder| folder.join("node"));
    let node = node
        .into_iter()
        .find(|file| file.is_file())
        .expect("node on PATH");
    let mut command = Command::new(node);
    command.arg(ui.join("scripts").join(name)).current_dir(ui);
    in_its_world(&mut command);
    command.envs(variables.iter().copied());
    command.output().expect("node runs")
}

/// `cargo xtask serve` as the platform would call it. Dropping it kills it.
#[derive(Debug)]
#[must_use = "dropping it ends the development server"]
pub struct Developed {
    port: u16,
    _process: Process,
}

impl Developed {
    /// Starts it below a path, next to the server of a deployment, and waits until its first build is done.
    ///
    /// # Panics
    /// If that fails.
    pub fn start(base: &str, server_port: u16) -> Self {
        let port = free_port();
        let mut command = group_of("cargo");
        command
            .args(["xtask", "serve"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .env("PORT", port.to_string())
            .env("LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH", base)
            .env("LLAMA_DEPLOY_SERVER_PORT", server_port.to_string());
        let log = outputs().join(format!("serve-{port}.log"));
        let mut process =
            Process::start_group("cargo xtask serve", &mut command, &log).expect("cargo starts");
        until_it_answers_within(START_LIMIT * 2, &mut process, port, base);
        Self {
            port,
            _process: process,
        }
    }

    /// Its address.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// A template's proxy in front of a trunk that never serves anything, started by a shell like npm does. Dropping it kills it.
#[derive(Debug)]
#[must_use = "dropping the front kills it"]
pub struct Front {
    port: u16,
    process: Process,
}

impl Front {
    /// Starts it with these variables, and a shell script in place of trunk.
    ///
    /// # Panics
    /// If it does not listen.
    pub fn start(trunk: &str, variables: &[(&str, &str)]) -> Self {
        let port = free_port();
        let folder = PathBuf::from(required("WORKFLOW_TEST_PROJECTS")).join(format!("front-{port}"));
        std::fs::create_dir_all(&folder).expect("a folder for a trunk");
        let file = folder.join("trunk");
        std::fs::write(&file, trunk).expect("a trunk");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("a trunk that runs");
        let tools = required("WORKFLOW_TEST_TOOLS");
        let path = std::iter::once(folder).chain(std::env::split_paths(&tools));
        let mut command = group_of("/bin/sh");
        command.args(["-c", "node scripts/dev.mjs & wait"]);
        command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/basic/ui"));
        in_its_world(&mut command);
        command
            .env("PATH", std::env::join_paths(path).expect("a PATH"))
            .env("PORT", port.to_string())
            .envs(variables.iter().copied());
        let log = outputs().join(format!("front-{port}.log"));
        let mut process = Process::start_group("the front", &mut command, &log).expect("a shell starts");
        let begin = std::time::Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                process.ended().is_none() && begin.elapsed() < START_LIMIT,
                "{}",
                process.last_words()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { port, process }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills only the shell that started it.
    pub fn orphan(&mut self) {
        self.process.orphan();
    }
}

/// A real workflow server with the wheel's page, in a Python environment with nothing else.
#[derive(Debug)]
#[must_use = "dropping the server kills it"]
pub struct Mounted {
    port: u16,
    _process: Process,
}

impl Mounted {
    /// Creates the environment and starts the server.
    ///
    /// # Panics
    /// If one of both fails; with the output.
    pub fn start() -> Self {
        let python = PathBuf::from(required("WORKFLOW_TEST_LLAMACTL"));
        let uv = python.with_file_name("uv");
        let folder = PathBuf::from(required("WORKFLOW_TEST_PROJECTS")).join("environment");
        let mut make = Command::new(&uv);
        make.args(["venv", "--clear", "--quiet", "--python"])
            .arg(&python)
            .arg(&folder);
        run(&mut make);
        let mut install = Command::new(&uv);
        install
            .args(["pip", "install", "--quiet", "--requirements"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/requirements.txt"))
            .arg(required("WORKFLOW_TEST_WHEEL"))
            .env("VIRTUAL_ENV", &folder);
        run(&mut install);
        let port = free_port();
        let mut command = Command::new(folder.join("bin/python"));
        command
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/serve_mounted.py"))
            .args(["--port", &port.to_string(), "--package"])
            .arg(required("WORKFLOW_TEST_PACKAGE"));
        let log = outputs().join(format!("mounted-{port}.log"));
        let mut process = Process::start("python", &mut command, &log).expect("Python starts");
        until_it_answers_within(START_LIMIT, &mut process, port, "/health");
        Self {
            port,
            _process: process,
        }
    }

    /// Its address.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn run(command: &mut Command) {
    let output = command
        .env("UV_PYTHON_DOWNLOADS", "never")
        .output()
        .expect("uv runs");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
