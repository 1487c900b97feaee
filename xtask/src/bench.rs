//! `cargo xtask bench NAME`: measurements. They print figures and judge nothing.

use crate::args::Args;
use crate::demo::{self, Profile};
use crate::paths::Paths;
use crate::tools::browser;
use crate::{Result, page, process};
use std::path::PathBuf;
use std::process::ExitCode;

struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(&Paths, &str, Args) -> Result<ExitCode>,
}

const BENCHES: &[Bench] = &[Bench {
    name: "debugger",
    about: "10 000 events replayed as fast as the server can: seconds, longest frame, DOM elements",
    run: in_browser,
}];

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
    let server = demo::server(paths, Profile::Release)?;
    let browser = browser::ensure(paths)?;
    let variables: [(&str, PathBuf); 3] = [
        ("WORKFLOW_TEST_SERVER", server),
        ("CHROMIUM", browser.chromium),
        ("CHROMEDRIVER", browser.driver),
    ];
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
        .args(args.rest());
    process::run(cargo.envs(variables))?;
    Ok(ExitCode::SUCCESS)
}
