//! `cargo xtask bench NAME`: benchmarks. They print figures and assert nothing.

use crate::demo::{self, Profile};
use crate::paths::Paths;
use crate::tools::{self, browser, peer};
use crate::{Result, gallery, page, process, react_apps, size, wasm};
use std::path::PathBuf;
use std::process::ExitCode;

struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(&Paths, &str, &[String]) -> Result<ExitCode>,
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "debugger",
        about: "first load, bursts, a steady thousand a second, typing; --peer beside the React debugger, --only PART",
        run: in_browser,
    },
    Bench {
        name: "idle",
        about: "what a page that nobody touches asks of a server with 200 and with 10 000 handlers; --seconds N, --handlers N,N",
        run: in_browser,
    },
    Bench {
        name: "monitor",
        about: "requests and bytes per minute of each deployment of a monitor of 50; --deployments N, --handlers N, --seconds N",
        run: in_browser,
    },
    Bench {
        name: "replay",
        about: "a replay of 10 000 and of 100 000 events: a step forward, a step back, a jump, the longest task at 64×; a comparison of two runs; --events N,N, --steps N, --compared N",
        run: in_browser,
    },
    Bench {
        name: "ingest",
        about: "events per second from socket to signal beside a bare loop, memory; --million, --profile FILE",
        run: with_probe,
    },
    Bench {
        name: "hooks",
        about: "ten components on one run: streams, updates per frame, what the tenth costs; --events N, --peer (beside React)",
        run: hooks,
    },
    Bench {
        name: "soak",
        about: "what 1 000 subscribes and 1 000 reconnects leave behind",
        run: with_probe,
    },
    Bench {
        name: "tabs",
        about: "12 tabs that share four streams: time until another leads, slowest POST",
        run: with_probe,
    },
    Bench {
        name: "cloud",
        about: "the Agent Data store: searches over 100 000 records, records added per second",
        run: cloud,
    },
    Bench {
        name: "records",
        about: "a review of 5 000 fields: until it is usable, keys, pages; opening and scrolling a grid of 1 000 records; --rounds N, --peer (beside React)",
        run: in_gallery,
    },
    Bench {
        name: "conformance",
        about: "100 000 random streams: our decoder against Chromium's; --cases N, --first SEED",
        run: with_probe,
    },
];

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    name: Option<String>,
    /// Options of the benchmark; `--json FILE` writes its figures
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    options: Vec<String>,
}

/// Runs one benchmark, or lists them.
pub(crate) fn run(paths: &Paths, args: Args) -> Result<ExitCode> {
    let list = || {
        BENCHES
            .iter()
            .map(|bench| format!("  {:<12} {}\n", bench.name, bench.about))
            .collect::<String>()
    };
    let Some(name) = args.name else {
        print!("cargo xtask bench NAME [--json FILE]\n\n{}", list());
        return Ok(ExitCode::SUCCESS);
    };
    let bench = BENCHES.iter().find(|bench| bench.name == name);
    let bench = bench.ok_or_else(|| format!("there is no measurement `{name}`. There are:\n{}", list()))?;
    let mut options = args.options;
    // The benchmark runs in the repository's root.
    if let Some(at) = options.iter().position(|option| option == "--json") {
        let json = options.get_mut(at + 1).ok_or("`--json` needs a file after it.")?;
        let file = std::path::absolute(&*json).map_err(|error| format!("--json {json}: {error}."))?;
        *json = file.display().to_string();
    }
    (bench.run)(paths, &name, &options)
}

/// A benchmark in the package of the end-to-end tests. It drives the page of the released server.
fn in_browser(paths: &Paths, name: &str, options: &[String]) -> Result<ExitCode> {
    page::ensure(paths)?;
    let mut variables = vec![("WORKFLOW_TEST_SERVER", demo::server(paths, Profile::Release)?)];
    if options.iter().any(|option| option == "--peer") {
        variables.push(("WORKFLOW_TEST_PEER", peer::ensure(paths)?));
    }
    measure(paths, name, options, &variables)
}

/// A benchmark of the hooks alone, on the page without views. It does not measure the server that some of them need.
fn with_probe(paths: &Paths, name: &str, options: &[String]) -> Result<ExitCode> {
    let mut variables = vec![];
    if name != "conformance" {
        variables.push(("WORKFLOW_TEST_PROBE", wasm::probe(paths)?));
    }
    if name == "tabs" {
        variables.push(("WORKFLOW_TEST_SERVER", demo::server(paths, Profile::Debug)?));
    }
    measure(paths, name, options, &variables)
}

/// The hooks, with `--peer` next to the React library's: first the sizes of the apps, then the benchmark.
fn hooks(paths: &Paths, name: &str, options: &[String]) -> Result<ExitCode> {
    let mut variables = vec![("WORKFLOW_TEST_PROBE", wasm::probe(paths)?)];
    if options.iter().any(|option| option == "--peer") {
        let apps = react_apps::make(paths, react_apps::HOOKS)?;
        for verdict in size::added(paths)? {
            println!("{}", verdict.text);
        }
        println!("{}", react_apps::weights(&apps)?);
        variables.push(("WORKFLOW_TEST_PEER", apps));
    }
    measure(paths, name, options, &variables)
}

/// A measurement on the gallery, built for release; with `--peer` next to the React library's components.
fn in_gallery(paths: &Paths, name: &str, options: &[String]) -> Result<ExitCode> {
    let tools = tools::for_page(paths)?;
    let dist = paths.target.join("gallery-release");
    process::run(gallery::build(paths, &tools, &dist).arg("--release"))?;
    let mut variables = vec![("WORKFLOW_TEST_GALLERY", dist)];
    if options.iter().any(|option| option == "--peer") {
        variables.push((
            "WORKFLOW_TEST_PEER",
            react_apps::make(paths, react_apps::RECORDS)?,
        ));
    }
    measure(paths, name, options, &variables)
}

/// The store alone, without a browser.
fn cloud(paths: &Paths, _: &str, options: &[String]) -> Result<ExitCode> {
    let mut cargo = process::cargo(&paths.root);
    cargo
        .args([
            "bench",
            "--quiet",
            "--package",
            demo::SERVER,
            "--bench",
            "agent_data",
            "--",
        ])
        .args(options);
    process::run(&mut cargo)?;
    Ok(ExitCode::SUCCESS)
}

fn measure(paths: &Paths, name: &str, options: &[String], variables: &[(&str, PathBuf)]) -> Result<ExitCode> {
    let browser = browser::ensure(paths)?;
    let mut cargo = process::cargo(&paths.root);
    cargo
        .args([
            "run",
            "--quiet",
            "--package",
            "workflow-tests",
            "--bin",
            "bench",
            "--",
            name,
        ])
        .args(options)
        .env("CHROMIUM", browser.chromium)
        .env("CHROMEDRIVER", browser.driver)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    process::run(&mut cargo)?;
    Ok(ExitCode::SUCCESS)
}
