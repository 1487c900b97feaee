//! `cargo xtask demo`: from a fresh clone to a running debugger.

use crate::paths::Paths;
use crate::watched::{self, Beside};
use crate::{Result, page, process};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// The default address of the debugger.
const PORT: u16 = 4600;

/// Options of `cargo xtask demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Workflow server to run in front of, instead of the demo workflows; with a name beside them, for the monitor, repeat it for more
    #[arg(long, value_name = "[NAME=]URL")]
    upstream: Vec<String>,
    /// Address to bind [default: 127.0.0.1]
    #[arg(long)]
    host: Option<String>,
    /// Host name to accept besides loopback; repeat it for more
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Origin whose pages may use the server; repeat it for more
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Token that the API requires [default: $WORKFLOW_DEBUGGER_TOKEN, else none]
    #[arg(long)]
    token: Option<String>,
    /// Also serve a store of Agent Data records, in memory
    #[arg(long)]
    agent_data: bool,
    /// Keep the records in this file
    #[arg(long, value_name = "FILE", requires = "agent_data")]
    data: Option<PathBuf>,
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// Open the page in a browser
    #[arg(long)]
    open: bool,
}

/// Builds what is missing and replaces this process by the server.
pub(crate) fn run(paths: &Paths, args: Args) -> Result<ExitCode> {
    let mut options = vec!["--port".to_owned(), args.port.to_string()];
    for (name, values) in [
        ("--host", args.host.into_iter().collect()),
        ("--upstream", args.upstream),
        ("--allow-host", args.allow_host),
        ("--allow-origin", args.allow_origin),
    ] {
        for value in values {
            options.extend([name.to_owned(), value]);
        }
    }
    if args.open {
        options.push("--open".to_owned());
    }
    if args.agent_data {
        options.push("--agent-data".to_owned());
    }
    if let Some(file) = args.data {
        // The server runs in another folder.
        let file = std::path::absolute(&file)
            .map_err(|error| format!("{} is no usable path: {error}.", file.display()))?;
        options.extend(["--data".to_owned(), file.display().to_string()]);
    }
    let beside = if page::is_fresh(paths) {
        None
    } else {
        println!(
            "The first start builds everything: about ten minutes on two cores, five with trunk and wasm-bindgen on PATH. The next \
             takes seconds."
        );
        build_dependencies(paths)
    };
    page::ensure(paths)?;
    if let Some(beside) = beside {
        beside.finish();
    }
    let mut server = Command::new(server(paths, Profile::Demo)?);
    server.args(options).current_dir(&paths.root);
    if let Some(token) = args.token {
        // Not as an argument, which other users can read.
        server.env("WORKFLOW_DEBUGGER_TOKEN", token);
    }
    Err(process::become_program(&mut server))
}

/// Starts compiling the server's dependencies while the page is built. The server itself embeds the page, so it fails here; its
/// dependencies are compiled.
fn build_dependencies(paths: &Paths) -> Option<Beside> {
    let profile = Profile::Demo;
    if server_file(paths, profile).exists() {
        return None;
    }
    println!("Building the server's dependencies meanwhile.");
    let mut cargo = server_build(paths, profile);
    cargo.arg("--keep-going").envs(watched::COUNTS_CRATES);
    Beside::start(&cargo, paths.log("server-dependencies"))
}

/// The server's package, and its binary.
pub(crate) const SERVER: &str = "workflow-debugger";

/// The profile of the server.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Profile {
    Debug,
    Release,
    /// Builds faster than a release.
    Demo,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Debug => "dev",
            Self::Release => "release",
            Self::Demo => "demo",
        }
    }
}

/// The command that compiles the server. Builds of `Release` and `Demo` embed the page that `page::ensure` provides.
pub(crate) fn server_build(paths: &Paths, profile: Profile) -> Command {
    let mut cargo = process::cargo(&paths.root);
    cargo.args(["build", "--package", SERVER, "--bin", SERVER]);
    cargo.args(["--profile", profile.name()]);
    cargo
}

/// The output file of that command.
pub(crate) fn server_file(paths: &Paths, profile: Profile) -> PathBuf {
    let folder = match profile {
        Profile::Debug => "debug",
        _ => profile.name(),
    };
    paths.target.join(folder).join(SERVER)
}

/// Compiles the server with visible output.
pub(crate) fn server(paths: &Paths, profile: Profile) -> Result<PathBuf> {
    let file = server_file(paths, profile);
    if !file.exists() {
        println!("Building the server (once; up to two minutes on two cores).");
    }
    process::run(&mut server_build(paths, profile))?;
    Ok(file)
}
