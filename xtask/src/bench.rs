//! `cargo xtask bench NAME`: measurements. They print figures and judge nothing.

use crate::args::Args;
use crate::demo::{self, Profile};
use crate::paths::Paths;
use crate::tools::{browser, peer};
use crate::{Result, page, process, program, react_apps, size};
use std::path::PathBuf;
use std::process::ExitCode;

struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(&Paths, &str, Args) -> Result<ExitCode>,
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
        name: "conformance",
        about: "100 000 random streams: our decoder against Chromium's; --cases N, --first SEED",
        run: with_probe,
    },
];

/// Runs one measurement, or lists them.
pub(crate) fn run(paths: &Paths, mut args: Args) -> Result<ExitCode> {
    let list = || {
        BENCHES
            .iter()
            .map(|bench| format!("  {:<10} {}\n", bench.name, bench.about))
            .collect::<String>()
    };
    let Some(name) = args.first_word() else {
        args.finish()?;
        print!("cargo xtask bench NAME [--json FILE]\n\n{}", list());
        return Ok(ExitCode::SUCCESS);
    };
    let bench = BENCHES.iter().find(|bench| bench.name == name);
    let bench = bench.ok_or_else(|| format!("there is no measurement `{name}`. There are:\n{}", list()))?;
    let json = args.value("--json")?;
    // Whatever else there is belongs to the measurement itself.
    let mut rest: Vec<String> = args.rest().collect();
    if let Some(json) = json {
        let file = std::path::absolute(&json).map_err(|error| format!("--json {json}: {error}."))?;
        rest.extend(["--json".to_owned(), file.display().to_string()]);
    }
    (bench.run)(paths, &name, Args::new(rest.into_iter()))
}

/// A measurement that lives with the end-to-end tests and drives the released server's page.
fn in_browser(paths: &Paths, name: &str, args: Args) -> Result<ExitCode> {
    page::ensure(paths)?;
    let mut variables = vec![("WORKFLOW_TEST_SERVER", demo::server(paths, Profile::Release)?)];
    let rest: Vec<String> = args.rest().collect();
    if rest.iter().any(|option| option == "--peer") {
        variables.push(("WORKFLOW_TEST_PEER", peer::ensure(paths)?));
    }
    measure(paths, name, Args::new(rest.into_iter()), &variables)
}

/// A measurement of the hooks alone, on the page without a face. The server that some of them need is not what they measure.
fn with_probe(paths: &Paths, name: &str, args: Args) -> Result<ExitCode> {
    let mut variables = vec![];
    if name != "conformance" {
        variables.push(("WORKFLOW_TEST_PROBE", program::probe(paths)?));
    }
    if name == "tabs" {
        variables.push(("WORKFLOW_TEST_SERVER", demo::server(paths, Profile::Debug)?));
    }
    measure(paths, name, args, &variables)
}

/// The hooks, with `--peer` beside the React library's: what the apps weigh first, then what they do.
fn hooks(paths: &Paths, name: &str, args: Args) -> Result<ExitCode> {
    let rest: Vec<String> = args.rest().collect();
    let mut variables = vec![("WORKFLOW_TEST_PROBE", program::probe(paths)?)];
    if rest.iter().any(|option| option == "--peer") {
        let apps = react_apps::make(paths)?;
        for verdict in size::added(paths)? {
            println!("{}", verdict.text);
        }
        println!("{}", react_apps::weights(&apps)?);
        variables.push(("WORKFLOW_TEST_PEER", apps));
    }
    measure(paths, name, Args::new(rest.into_iter()), &variables)
}

fn measure(paths: &Paths, name: &str, args: Args, variables: &[(&str, PathBuf)]) -> Result<ExitCode> {
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
        .args(args.rest())
        .env("CHROMIUM", browser.chromium)
        .env("CHROMEDRIVER", browser.driver)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    process::run(&mut cargo)?;
    Ok(ExitCode::SUCCESS)
}
