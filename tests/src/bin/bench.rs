//! `bench NAME [--json FILE] …`: benchmarks in a browser. Each module documents its options. They print tables and assert no figures.
//!
//! The server is the binary in `WORKFLOW_TEST_SERVER`, else the one in the folder of this program.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that can't be made has nothing to return"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use workflow_tests::run_alone;

/// Time limit of a round. The React peer needs minutes for some benchmarks.
const ROUND: Duration = Duration::from_secs(300);

#[path = "bench/conformance.rs"]
mod conformance;
#[path = "bench/debugger.rs"]
mod debugger;
#[path = "bench/hooks.rs"]
mod hooks;
#[path = "bench/idle.rs"]
mod idle;
#[path = "bench/ingest.rs"]
mod ingest;
#[path = "bench/monitor.rs"]
mod monitor;
#[path = "bench/records.rs"]
mod records;
#[path = "bench/replay.rs"]
mod replay;
#[path = "bench/soak.rs"]
mod soak;
#[path = "bench/table.rs"]
mod table;
#[path = "bench/tabs.rs"]
mod tabs;

/// The benchmarks, with their options besides `--json FILE`.
const BENCHES: [(&str, &[&str]); 10] = [
    (
        "debugger",
        &[
            "--peer",
            "--only",
            "--events",
            "--rounds",
            "--seconds",
            "--lines",
            "--payload",
        ],
    ),
    ("ingest", &["--events", "--rounds", "--million", "--profile"]),
    ("hooks", &["--events", "--rounds", "--peer"]),
    ("soak", &["--times"]),
    ("tabs", &["--rounds", "--runs", "--tabs"]),
    ("conformance", &["--cases", "--first"]),
    ("idle", &["--seconds", "--handlers"]),
    ("monitor", &["--deployments", "--handlers", "--seconds"]),
    ("replay", &["--events", "--steps", "--seconds", "--compared"]),
    ("records", &["--rounds", "--peer"]),
];

/// Options without a value.
const SWITCHES: [&str; 2] = ["--million", "--peer"];

/// The arguments after the name.
struct Options(BTreeMap<String, String>);

impl Options {
    fn number(&self, option: &str, default: u64) -> u64 {
        self.0.get(option).map_or(default, |text| {
            text.parse().unwrap_or_else(|_| panic!("{option} wants a number"))
        })
    }

    fn has(&self, option: &str) -> bool {
        self.0.contains_key(option)
    }

    fn text(&self, option: &str) -> Option<&str> {
        self.0.get(option).map(String::as_str)
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let mut options = BTreeMap::new();
    while let Some(option) = arguments.next() {
        let value = if SWITCHES.contains(&option.as_str()) {
            None
        } else {
            arguments.next()
        };
        options.insert(option, value.unwrap_or_default());
    }
    let bench = BENCHES.iter().find(|(bench, _)| *bench == name);
    let known = |option: &&str| *option == "--json" || bench.is_some_and(|(_, known)| known.contains(option));
    if bench.is_none() || !options.keys().map(String::as_str).all(|option| known(&option)) {
        for (name, options) in BENCHES {
            eprintln!("usage: bench {name} [--json FILE] {}", options.join(" "));
        }
        std::process::exit(2);
    }
    let options = Options(options);
    // Each benchmark limits its own steps; this limit is for anything else.
    let limit = ROUND * u32::try_from(16 * options.number("--rounds", 5)).expect("fewer rounds");
    run_alone(limit, async || {
        let report = match name.as_str() {
            "ingest" => ingest::run(&options).await,
            "hooks" => hooks::run(&options).await,
            "soak" => soak::run(&options).await,
            "tabs" => tabs::run(&options).await,
            "conformance" => conformance::run(&options).await,
            "idle" => idle::run(&options).await,
            "monitor" => monitor::run(&options).await,
            "replay" => replay::run(&options).await,
            "records" => records::run(&options).await,
            _ => debugger::run(&options).await,
        };
        if let Some(file) = options.0.get("--json") {
            let text = serde_json::to_string_pretty(&report).expect("JSON");
            std::fs::write(PathBuf::from(file), text + "\n")
                .unwrap_or_else(|error| panic!("{file}: {error}"));
        }
    });
}

/// Prints the tables after a description of the machine, and returns all of it as JSON.
#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn report(bench: &str, chromium: &str, rounds: u64, tables: &[table::Table]) -> Value {
    let machine = machine(chromium);
    println!(
        "{bench}: median of {rounds} rounds (least to most); {} cores, {}, Chromium {chromium}",
        machine["cores"], machine["cpu"],
    );
    for table in tables {
        table.print();
    }
    let tables: Vec<Value> = tables.iter().map(table::Table::json).collect();
    json!({ "bench": bench, "rounds": rounds, "machine": machine, "tables": tables })
}

fn machine(chromium: &str) -> Value {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or("unknown");
    let server =
        std::env::var("WORKFLOW_TEST_SERVER").unwrap_or_else(|_| "built beside this program".to_owned());
    json!({
        "cores": cores,
        "cpu": cpu.trim_start_matches([' ', '\t', ':']),
        "chromium": chromium,
        "system": std::env::consts::OS,
        "server": server,
    })
}
