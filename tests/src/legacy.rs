//! The servers of the older deployments API, and the current control plane. `cargo xtask test legacy` creates their Python environments.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::free_port;
use crate::platform::{Llamactl, Project};
use crate::process::{Process, group_of, outputs};
use crate::server::until_it_answers_within;

/// Time limit of the start: the imports take many seconds on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(120);

/// The kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legacy {
    /// llama-deploy 0.9.2 with the deployment `toy`.
    Deploy092,
    /// The current app server with the deployment `toy`, started by `llamactl serve`.
    AppServer,
    /// llama-deploy 0.2.2 with the service `greet`.
    Deploy022,
    /// The routes of the current control plane over simulated deployments, with the token `secret`.
    ControlPlane,
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
#[must_use = "dropping it ends the server"]
pub struct LegacyServer {
    origin: String,
    _process: Option<Process>,
    _llamactl: Option<Llamactl>,
    folder: PathBuf,
}

impl LegacyServer {
    /// Starts it with the workflows of `tests/legacy/python/` and waits until they respond.
    ///
    /// # Panics
    /// If they do not respond; with the end of their log.
    pub async fn start(which: Legacy) -> Self {
        let port = free_port();
        let folder = outputs().join(format!("legacy-{port}"));
        let server = match which {
            Legacy::Deploy092 => start_092(port, &folder).await,
            Legacy::AppServer => start_app_server(&folder),
            Legacy::Deploy022 => start_022(port, &folder),
            Legacy::ControlPlane => start_control_plane(port),
        };
        match server {
            Started::Own(process) => Self {
                origin: format!("http://127.0.0.1:{port}"),
                _process: Some(process),
                _llamactl: None,
                folder,
            },
            Started::Llamactl(llamactl) => Self {
                origin: llamactl.origin(),
                _process: None,
                _llamactl: Some(llamactl),
                folder,
            },
        }
    }

    /// Its address, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.origin.clone()
    }

    /// The address of the deployment, which llama-deploy 0.2.2 does not have.
    #[must_use]
    pub fn deployment(&self) -> String {
        format!("{}/deployments/toy", self.origin)
    }
}

impl Drop for LegacyServer {
    fn drop(&mut self) {
        // Its remaining output is not needed.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

enum Started {
    Own(Process),
    Llamactl(Llamactl),
}

fn sources() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/legacy/python"))
}

fn put(source: &str, at: &Path) {
    std::fs::create_dir_all(at.parent().expect("a file lies in a folder")).expect("a folder");
    std::fs::copy(sources().join(source), at).expect("a copy");
}

fn python(variable: &str) -> PathBuf {
    let value = std::env::var_os(variable);
    value
        .unwrap_or_else(|| panic!("{variable} is set by `cargo xtask test legacy`, which runs these tests"))
        .into()
}

fn start_control_plane(port: u16) -> Started {
    let mut command = Command::new(python("WORKFLOW_TEST_LLAMACTL"));
    command
        .arg(sources().join("control_plane.py"))
        .arg(port.to_string())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let log = outputs().join(format!("control-plane-{port}.log"));
    let mut process = Process::start("the control plane", &mut command, &log).expect("Python starts");
    let version = "/api/v1beta1/deployments-public/version";
    until_it_answers_within(START_LIMIT, &mut process, port, version);
    Started::Own(process)
}

async fn start_092(port: u16, folder: &Path) -> Started {
    put("flows.py", &folder.join("app/flows.py"));
    let mut command = group_of(python("WORKFLOW_TEST_LEGACY_092"));
    command
        .args(["-m", "llama_deploy.apiserver"])
        .current_dir(folder)
        .env("LLAMA_DEPLOY_APISERVER_PORT", port.to_string())
        .env("LLAMA_DEPLOY_APISERVER_PROMETHEUS_ENABLED", "false")
        .env("LLAMA_DEPLOY_APISERVER_RC_PATH", folder.join("rc"))
        .env("LLAMA_DEPLOY_APISERVER_DEPLOYMENTS_PATH", folder)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let log = outputs().join(format!("llama-deploy-092-{port}.log"));
    let mut process = Process::start_group("llama-deploy 0.9.2", &mut command, &log).expect("Python starts");
    until_it_answers_within(START_LIMIT, &mut process, port, "/status/");
    let file = std::fs::read_to_string(sources().join("deployment.yml")).expect("the deployment");
    let body = format!(
        "--part\r\nContent-Disposition: form-data; name=\"config_file\"; filename=\"deployment.yml\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{file}\r\n--part--\r\n"
    );
    let address = format!(
        "http://127.0.0.1:{port}/deployments/create?local=true&base_path={}",
        folder.display()
    );
    let answer = reqwest::Client::new()
        .post(address)
        .header("content-type", "multipart/form-data; boundary=part")
        .body(body)
        .send()
        .await
        .expect("an answer");
    let status = answer.status();
    let words = answer.text().await.unwrap_or_default();
    assert!(
        status.is_success(),
        "the deployment: {status} {words}\n{}",
        process.last_words()
    );
    Started::Own(process)
}

fn start_app_server(folder: &Path) -> Started {
    put("pyproject.toml", &folder.join("pyproject.toml"));
    put("flows.py", &folder.join("src/toy/flows.py"));
    std::fs::write(folder.join("src/toy/__init__.py"), "").expect("a file");
    let project = Project {
        name: "toy".to_owned(),
        folder: folder.to_owned(),
    };
    Started::Llamactl(Llamactl::start(&project, &[]))
}

fn start_022(port: u16, folder: &Path) -> Started {
    std::fs::create_dir_all(folder).expect("a folder");
    let mut command = Command::new(python("WORKFLOW_TEST_LEGACY_022"));
    command.arg(sources().join("core_022.py")).current_dir(folder);
    for port in [port, free_port(), free_port()] {
        command.arg(port.to_string());
    }
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let log = outputs().join(format!("llama-deploy-022-{port}.log"));
    let mut process = Process::start("llama-deploy 0.2.2", &mut command, &log).expect("Python starts");
    until_it_answers_within(START_LIMIT, &mut process, port, "/services/greet");
    Started::Own(process)
}
