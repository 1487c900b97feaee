//! The command line.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::str::FromStr;
use std::time::Duration;

use crate::{
    Access, AgentDataStore, Faults, HostName, Limits, NamedUpstream, Options, Origin, Page, Token, Upstream,
    UpstreamError, app, check, demos, listen, serve_within,
};
use clap::Parser;
use workflow_cloud::endpoint;

/// The workflow debugger with a server around it: demo workflows by default, or in front of a real workflow
/// server.
#[derive(Debug, Parser)]
#[command(name = "workflow-debugger", version)]
pub struct Args {
    /// Address to listen on; 0.0.0.0 lets other machines in.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS", value_parser = read_host)]
    host: IpAddr,

    /// Answer requests for this host name, too; repeat it for more. IP addresses need it only while the server listens on
    /// loopback.
    #[arg(long = "allow-host", value_name = "NAME")]
    allow_hosts: Vec<HostName>,

    /// Let pages of this origin use the server, like `https://app.example.com`; repeat it for more. Pages of this machine may
    /// already.
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    allow_origins: Vec<Origin>,

    /// Require this token of every request to the API, as bearer token or as the cookie `session`; the page asks for it. Other
    /// users of this machine can read the arguments of a program, but not its environment.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "WORKFLOW_DEBUGGER_TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,

    /// Port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 4600)]
    port: u16,

    /// Stand in front of this server: http://127.0.0.1:8000 (a WorkflowServer) or
    /// http://127.0.0.1:4501/deployments/NAME (llamactl serve). With a name, like `orders=http://127.0.0.1:8000`, its API is
    /// served below /upstreams/orders/ for the monitor; repeat that for more. The variable
    /// `WORKFLOW_DEBUGGER_UPSTREAM_TOKEN_ORDERS` can hold its bearer token.
    #[arg(long = "upstream", value_name = "[NAME=]URL")]
    upstreams: Vec<UpstreamArgument>,

    /// Open the page in the browser.
    #[arg(long)]
    open: bool,

    /// Seconds of silence after which an event stream of the demo workflows says so; 0: never.
    #[arg(long, default_value_t = 25.0, value_name = "SECONDS", value_parser = read_seconds)]
    heartbeat: f64,

    /// Serve the page from this folder instead of the one inside the program.
    #[arg(long, value_name = "FOLDER")]
    dist: Option<PathBuf>,

    /// Path of the demo workflows' API, like /deployments/demo.
    #[arg(long, default_value = "", value_name = "PATH", value_parser = read_prefix)]
    prefix: String,

    /// Keep records beside the workflows, as LlamaCloud does: Agent Data, at /api/v1/beta/agent-data.
    #[arg(long)]
    agent_data: bool,

    /// Keep the records of --agent-data in this SQLite file instead of in memory; it is made if it is missing.
    #[arg(long, value_name = "FILE", requires = "agent_data")]
    data: Option<PathBuf>,

    /// Let tests ask for faults by POST /_faults/….
    #[arg(long, hide = true)]
    faults: bool,
}

/// An upstream with or without a name.
#[derive(Debug, Clone)]
enum UpstreamArgument {
    Plain(Upstream),
    Named(NamedUpstream),
}

impl FromStr for UpstreamArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // An address can have the sign, but not before its scheme.
        let is_named = text.split("://").next().is_some_and(|begin| begin.contains('='));
        if is_named {
            return text.parse().map(Self::Named);
        }
        text.parse()
            .map(Self::Plain)
            .map_err(|error: UpstreamError| error.to_string())
    }
}

/// The most upstreams with a name, as many as a monitor shows.
const MOST_UPSTREAMS: usize = 50;

/// The upstreams of the command line, with the tokens that the environment has for them.
fn read_upstreams(
    given: Vec<UpstreamArgument>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(Option<Upstream>, Vec<NamedUpstream>), String> {
    let mut plain = None;
    let mut named: Vec<NamedUpstream> = Vec::new();
    for argument in given {
        match argument {
            UpstreamArgument::Plain(upstream) if plain.is_none() => plain = Some(upstream),
            UpstreamArgument::Plain(upstream) => {
                return Err(format!(
                    "--upstream {upstream}: there can be one upstream without a name; write NAME={upstream}"
                ));
            }
            UpstreamArgument::Named(upstream) => {
                for other in &named {
                    let (a, b) = (other.name(), upstream.name());
                    if a == b {
                        return Err(format!("--upstream: two upstreams have the name {a}"));
                    }
                    if other.upstream() == upstream.upstream() {
                        return Err(format!("--upstream: {a} and {b} have the same address"));
                    }
                }
                named.push(with_token(upstream, &variable)?);
            }
        }
    }
    if named.len() > MOST_UPSTREAMS {
        return Err(format!(
            "--upstream: at most {MOST_UPSTREAMS} upstreams can have a name"
        ));
    }
    Ok((plain, named))
}

fn with_token(
    upstream: NamedUpstream,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<NamedUpstream, String> {
    let name = upstream.token_variable();
    match variable(&name).filter(|text| !text.is_empty()) {
        // The value is not shown.
        Some(text) => Ok(upstream.with_token(text.parse().map_err(|words| format!("{name}: {words}"))?)),
        None => Ok(upstream),
    }
}

fn read_host(text: &str) -> Result<IpAddr, String> {
    if text == "localhost" {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    text.parse()
        .map_err(|_| "an address like 127.0.0.1, ::1 or 0.0.0.0 is needed".to_owned())
}

fn read_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=1e6).contains(&seconds) => Ok(seconds),
        _ => Err("a number of seconds is needed, or 0".to_owned()),
    }
}

fn read_prefix(text: &str) -> Result<String, String> {
    let path = text.trim_end_matches('/');
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "/-_.~".contains(char);
    if path.is_empty()
        || (path.starts_with('/')
            && path.chars().all(is_plain)
            && !["/debugger", "/upstreams"]
                .iter()
                .any(|ours| path.starts_with(ours)))
    {
        Ok(path.to_owned())
    } else {
        Err("a path like /deployments/demo is needed".to_owned())
    }
}

/// Reads the command line and serves until the process is interrupted.
pub fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("threads can't be started: {error}")),
    };
    let end = runtime.block_on(run(args));
    // Open streams don't hold the program back.
    runtime.shutdown_background();
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => fail(&words),
    }
}

fn fail(words: &str) -> ExitCode {
    eprintln!("error: {words}");
    ExitCode::FAILURE
}

async fn run(args: Args) -> Result<(), String> {
    // Read here: clap would print the value that it refuses.
    let token: Option<Token> = args
        .token
        .map(|text| text.parse())
        .transpose()
        .map_err(|words| format!("--token: {words}"))?;
    let (upstream, upstreams) = read_upstreams(args.upstreams, |name| std::env::var(name).ok())?;
    if token.is_none() && !args.host.to_canonical().is_loopback() {
        require_token(args.agent_data, &upstreams)?;
    }
    let page = find_page(args.dist)?;
    let agent_data = args
        .agent_data
        .then(|| open_store(args.data.as_deref()))
        .transpose()?;
    let wanted = SocketAddr::new(args.host, args.port);
    let limits = Limits::of_this_process();
    let listener = listen(wanted).map_err(|error| unbound(wanted, &error))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let shown = if address.ip().is_unspecified() {
        SocketAddr::new(loopback(address.ip()), address.port())
    } else {
        address
    };
    // Before the address is printed, so that a client that knows it can also stop the server.
    let interrupted = interrupted();
    let page_address = format!("http://{shown}/debugger/");
    say(&format!("Workflow debugger: {page_address}"));
    announce_workflows(upstream.as_ref(), agent_data.as_ref());
    if agent_data.is_some() {
        let place = args
            .data
            .as_ref()
            .map_or_else(|| "in memory".to_owned(), |file| format!("in {}", file.display()));
        say(&format!(
            "Agent Data: http://{shown}{} ({place})",
            endpoint::AGENT_DATA
        ));
    }
    announce_upstreams(&upstreams, &page_address);
    let access = Access {
        bound: address.ip(),
        hosts: args.allow_hosts,
        origins: args.allow_origins,
        token,
    };
    if access.is_beyond_loopback() {
        eprintln!("{}", exposed(&access));
    }
    if page.is_missing() {
        eprintln!("warning: the page has not been built yet; run `cargo xtask build`");
    }
    if args.open {
        open(&page_address);
    }
    let options = Options {
        upstream,
        upstreams,
        prefix: args.prefix,
        heartbeat: (args.heartbeat > 0.0).then(|| Duration::from_secs_f64(args.heartbeat)),
        page,
        faults: args.faults.then(Faults::default),
        agent_data,
        access,
        ..Options::default()
    };
    tokio::select! {
        ended = serve_within(limits, listener, app(options)) => ended.map_err(|error| format!("the server stopped: {error}")),
        () = interrupted => Ok(()),
    }
}

/// Refuses what other machines must not reach without a token.
fn require_token(agent_data: bool, upstreams: &[NamedUpstream]) -> Result<(), String> {
    if upstreams.iter().any(NamedUpstream::has_token) {
        return Err(String::from(
            "other machines could use the tokens of the upstreams: with --host beyond loopback set --token TOKEN as well, or \
             WORKFLOW_DEBUGGER_TOKEN",
        ));
    }
    if agent_data {
        return Err(String::from(
            "--agent-data with --host beyond this machine needs a token: set --token TOKEN, or WORKFLOW_DEBUGGER_TOKEN",
        ));
    }
    Ok(())
}

fn find_page(folder: Option<PathBuf>) -> Result<Page, String> {
    match folder {
        None => Ok(Page::default()),
        Some(folder) if folder.join("index.html").is_file() => Ok(Page::Folder(folder)),
        Some(folder) => Err(format!(
            "there is no index.html in {}: --dist names a built page",
            folder.display()
        )),
    }
}

/// Prints where the workflows come from.
fn announce_workflows(upstream: Option<&Upstream>, store: Option<&AgentDataStore>) {
    let Some(upstream) = upstream else {
        let names: Vec<&str> = demos::with_store(store)
            .iter()
            .map(|workflow| workflow.name)
            .collect();
        return say(&format!("Serving demo workflows: {}", names.join(", ")));
    };
    say(&format!(
        "In front of {upstream}: everything but /debugger goes there"
    ));
    check_beside(upstream.clone());
}

/// Prints the upstreams with a name, and where they are monitored.
fn announce_upstreams(upstreams: &[NamedUpstream], page_address: &str) {
    for named in upstreams {
        say(&format!("Upstream {}: {}", named.name(), named.upstream()));
        // With a token, a server refuses this request.
        if !named.has_token() {
            check_beside(named.upstream().clone());
        }
    }
    if !upstreams.is_empty() {
        say(&format!("Monitor: {page_address}?page=monitor"));
    }
}

fn open_store(file: Option<&Path>) -> Result<AgentDataStore, String> {
    match file {
        None => Ok(AgentDataStore::in_memory()),
        Some(file) => {
            AgentDataStore::open(file).map_err(|error| format!("--data {}: {error}", file.display()))
        }
    }
}

/// Warns when an upstream does not answer, beside the serving: the page can be opened while an upstream that hangs is waited for.
fn check_beside(upstream: Upstream) {
    tokio::spawn(async move {
        if let Err(words) = check(&upstream).await {
            eprintln!("warning: {words}; going on, the page will show when it answers");
        }
    });
}

/// What to know when other machines can reach the server.
fn exposed(access: &Access) -> String {
    let names = "warning: other machines can reach this server. It answers to its IP addresses; other names need --allow-host NAME";
    if access.token.is_some() {
        return names.to_owned();
    }
    format!(
        "{names}\nwarning: no token is required: everybody who can reach this server can start, read and cancel runs. Set one with \
         --token TOKEN, or in WORKFLOW_DEBUGGER_TOKEN"
    )
}

fn loopback(any: IpAddr) -> IpAddr {
    if any.is_ipv4() {
        IpAddr::from([127, 0, 0, 1])
    } else {
        IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])
    }
}

/// A line that is written immediately.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    // Nobody listening is no reason to stop.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn unbound(wanted: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {} of {} is in use, perhaps by another workflow-debugger: choose another with --port, or any free one with --port 0",
            wanted.port(),
            wanted.ip()
        ),
        io::ErrorKind::PermissionDenied => {
            format!(
                "port {} may not be used by this user: choose one above 1023 with --port",
                wanted.port()
            )
        }
        io::ErrorKind::AddrNotAvailable => {
            format!(
                "{} is no address of this machine: leave out --host, or use 0.0.0.0 for all of them",
                wanted.ip()
            )
        }
        _ => format!("can't listen on {wanted}: {error}"),
    }
}

/// Ctrl-C, or the signal by which services are stopped: those that come after this call. Where signals can't be had, only killing
/// ends the program, which needs no help.
#[cfg(unix)]
fn interrupted() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    async move {
        let [Ok(mut interrupt), Ok(mut terminate)] = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

fn open(address: &str) {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/c", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let opened = Command::new(program)
        .args(arguments)
        .arg(address)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if opened.is_err() {
        eprintln!("warning: no browser could be opened ({program} is missing): open {address} yourself");
    }
}
