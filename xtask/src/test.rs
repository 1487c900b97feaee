//! `cargo xtask test`: all tests and checks in one command.
//!
//! The parts run one after the other, because two at once would wait for each other's compiler. A failed part does not stop the next. The
//! output of a part goes to its log, and is shown if the part fails.

mod checks;
mod choice;
mod cloud;
mod deps;
mod e2e;
mod elements;
mod examples;
mod gallery;
mod legacy;
mod packages;
mod platform;
mod report;
mod results;
mod rust;
mod wheel;

use crate::paths::Paths;
use crate::watched::{self, End, open_log, seconds, tail, watch};
use crate::{Result, page};
use packages::Package;
use report::Report;
use results::Tally;
use std::fs::File;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// A set of tests that is run, timed, counted and terminated together.
struct Part {
    name: &'static str,
    about: &'static str,
    /// Timeout in seconds, for two busy cores and a cold cache.
    limit: u64,
    run: fn(&mut Session) -> Result<()>,
}

/// In order of execution: frequent and quick failures come first.
const PARTS: &[Part] = &[
    Part {
        name: "format",
        about: "formatting by rustfmt, also of the examples and the templates",
        limit: 180,
        run: checks::format,
    },
    Part {
        name: "lint",
        about: "clippy over everything, as native code",
        limit: 1200,
        run: rust::lint,
    },
    Part {
        name: "lint-wasm",
        about: "clippy over the browser's crates, the examples and the templates, as WebAssembly",
        limit: 1200,
        run: rust::lint_wasm,
    },
    Part {
        name: "unit",
        about: "native tests and doctests of every package",
        limit: 1800,
        run: rust::unit,
    },
    Part {
        name: "deps",
        about: "licences, sources and known vulnerabilities of all dependencies, by deny.toml",
        limit: 300,
        run: deps::run,
    },
    Part {
        name: "wheel",
        about: "the Python package on a real WorkflowServer, without a browser",
        // It may have to create the Python environment.
        limit: 900,
        run: wheel::run,
    },
    Part {
        name: "cloud",
        about: "the Agent Data store with the official clients, and its template in Chromium; by name or with --all",
        // It may have to install the clients.
        limit: 1500,
        run: cloud::run,
    },
    Part {
        name: "page",
        about: "the release bundle, and what its HTML must not contain",
        limit: 3600,
        run: checks::page,
    },
    Part {
        name: "size",
        about: "size of the page against its limit",
        limit: 120,
        run: checks::size,
    },
    Part {
        name: "browser",
        about: "unit tests that need a browser",
        limit: 1500,
        run: rust::browser,
    },
    Part {
        name: "doc",
        about: "rustdoc without a warning",
        limit: 1200,
        run: rust::doc,
    },
    Part {
        name: "e2e",
        about: "the page in Chromium, against the embedded and the real server",
        limit: 3000,
        run: e2e::run,
    },
    Part {
        name: "examples",
        about: "the apps of examples/, each built and driven in Chromium; by name or with --all",
        limit: 1800,
        run: examples::run,
    },
    Part {
        name: "platform",
        about: "the templates behind llamactl, the wheel and the page under fixed names, in Chromium; by name or with --all",
        limit: 1800,
        run: platform::run,
    },
    Part {
        name: "legacy",
        about: "the legacy client and the monitor on llama-deploy 0.9.2 and 0.2.2 and on the current app server; by name or with --all",
        // It may have to create three Python environments.
        limit: 1500,
        run: legacy::run,
    },
    Part {
        name: "gallery",
        about: "every component in every state: built, and checked by axe-core in both themes",
        limit: 1800,
        run: gallery::run,
    },
    Part {
        name: "elements",
        about: "the npm package of custom elements, in a plain page and in an app with React and Vite",
        limit: 1800,
        run: elements::run,
    },
];

/// Factor of a part's timeout when the slow tests run too.
const ALL_FACTOR: u32 = 4;

/// The options of one run, and what its parts share.
struct Session<'a> {
    paths: &'a Paths,
    packages: &'a [Package],
    /// Whether tests marked slow (`#[ignore]`) run too.
    all: bool,
    /// Packages to which `unit` is restricted; empty for all.
    only: Vec<String>,
    /// Test programs to which `e2e` is restricted; empty for all.
    programs: Vec<String>,
    /// For the test programs, after `--`.
    arguments: Vec<String>,
    part: &'static str,
    log: File,
    deadline: Instant,
    tally: Tally,
    /// Lines under the part's own, such as the count of each package.
    notes: Vec<String>,
}

/// Options of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run the slow tests too
    #[arg(long)]
    all: bool,
    /// List the parts and packages
    #[arg(long)]
    list: bool,
    /// Parts, packages or test programs to run; all without one
    #[arg(value_name = "PART")]
    pub(crate) parts: Vec<String>,
    /// Passed on to the test programs, after `--`
    #[arg(last = true, value_name = "TEST-ARGUMENTS")]
    pub(crate) arguments: Vec<String>,
}

/// Runs all parts, or those that were named.
pub(crate) fn run(paths: &Paths, args: Args) -> Result<ExitCode> {
    let Args {
        all,
        list,
        parts: filters,
        arguments,
    } = args;
    let packages = packages::read(&paths.root)?;
    if list {
        print!("{}", choice::listing(&packages));
        return Ok(ExitCode::SUCCESS);
    }
    let choice = choice::choose(&filters, &packages, all)?;
    let mut report = Report::new();
    for part in PARTS.iter().filter(|part| choice.parts.contains(&part.name)) {
        println!("{:<10} {}", part.name, part.about);
        let begun = Instant::now();
        let limit = Duration::from_secs(part.limit) * if all { ALL_FACTOR } else { 1 };
        let mut session = Session {
            paths,
            packages: &packages,
            all,
            only: choice.packages.clone(),
            programs: choice.programs.clone(),
            arguments: arguments.clone(),
            part: part.name,
            log: open_log(&paths.log(part.name))?,
            deadline: begun + limit,
            tally: Tally::default(),
            notes: Vec::new(),
        };
        if let Err(message) = (part.run)(&mut session) {
            if watched::interrupted() {
                return Err(message);
            }
            println!("    {message}");
            session.tally.fail(message);
        }
        report.add(part.name, begun.elapsed(), session.tally, &session.notes);
    }
    print!("{}", report.end());
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Session<'_> {
    /// Runs a command of this part behind its log and counts the tests that it reports.
    ///
    /// `Ok(true)` if it ended well. A command that failed is in the tally: by its failed tests or, when it reported
    /// none, as one failure named `what`.
    fn run(&mut self, what: &str, command: &mut Command, on_line: &mut dyn FnMut(&str)) -> Result<bool> {
        let (good, tally) = self.attempt(what, command, on_line)?;
        self.tally.add(tally);
        Ok(good)
    }

    /// [`Session::run`], with the tests returned instead of counted.
    fn attempt(
        &mut self,
        what: &str,
        command: &mut Command,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<(bool, Tally)> {
        let mut tally = Tally::default();
        let end = watch(command, &mut self.log, self.deadline, &mut |line| {
            tally.read(line);
            on_line(line);
        })?;
        let good = matches!(&end, End::Exited(status) if status.success());
        let log = self.paths.log(self.part);
        match end {
            End::Interrupted => return Err("interrupted.".to_owned()),
            End::Deadline => tally.fail(format!(
                "{what}: not done in time, and ended. The last it printed: {}",
                tail(&log, 1).lines().last().unwrap_or("nothing")
            )),
            End::Exited(status) if !good && tally.failed == 0 => tally.fail(format!("{what}: {status}")),
            End::Exited(_) => {}
        }
        if !good {
            println!("{}    … all of it is in {}\n", tail(&log, 150), log.display());
        }
        Ok((good, tally))
    }

    /// Like [`Session::run`] for a command that is one test by itself.
    fn check(&mut self, what: &str, command: &mut Command) -> Result<bool> {
        let good = self.run(what, command, &mut |_| {})?;
        if good {
            self.tally.pass();
        }
        Ok(good)
    }

    /// Makes sure of the page for a part that needs it but is not the one that tests it.
    fn page(&self) -> Result<()> {
        page::ensure(self.paths).map_err(|error| format!("the page could not be built: {error}"))
    }

    fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// Prints how far a slow part has come.
    fn begun(&self, what: &str) {
        let left = self.deadline.saturating_duration_since(Instant::now());
        println!("    {what} (at most {})", seconds(left));
    }
}
