//! `bench NAME [--json FILE] …`: measurements in a browser; the modules beside this one say what each of them takes.
//!
//! `bench debugger [--events N] [--rounds N]`: how fast the page takes what the embedded server gives as
//! fast as it can, and whether it answers people meanwhile. Prints a table; figures are measured, never asserted.
//!
//! The server is the binary in `WORKFLOW_TEST_SERVER`, else the one built beside this program.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that can't be made has nothing to return"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use workflow_tests::{Api, Backend, Browser, BrowserOptions, Page, Server, ServerOptions, run_alone};

/// How long one round may take. The React peer needs minutes for what this measures.
const ROUND: Duration = Duration::from_secs(300);

/// How many clicks follow the one that begins a round.
const CLICKS: usize = 60;

/// Text in each event, so that an event is about 720 bytes on the wire: the size that the peer was measured with.
const PAYLOAD: u64 = 570;

/// What a round gives, in the order of the table: name and unit.
const FIGURES: [(&str, &str); 9] = [
    ("click to all events counted", "ms"),
    ("first event seen", "ms"),
    ("longest frame", "ms"),
    ("longest task", "ms"),
    ("tasks over 50 ms", ""),
    ("clicks while they arrived", ""),
    ("slowest answer to a click", "ms"),
    ("DOM elements", ""),
    ("JS heap", "MB"),
];

/// Begins to watch the page: frames, tasks, clicks and the count of events, with the clock of the page.
const WATCH: &str = "
    const seen = (window.bench = { frames: [], tasks: [], clicks: [], counts: [] });
    const tick = (now) => { seen.frames.push(now); requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
    new PerformanceObserver((list) => {
      for (const it of list.getEntries()) seen.tasks.push({ begin: it.startTime, ms: it.duration });
    }).observe({ type: 'longtask' });
    document.addEventListener('click', (event) => {
      const click = { begin: event.timeStamp };
      seen.clicks.push(click);
      // Answered means painted: the task after the next frame.
      requestAnimationFrame(() => setTimeout(() => { click.ms = performance.now() - click.begin; }));
    }, true);
    // The count moves many times; its first and its last move are what is asked for.
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        if (target.dataset.part !== 'run') continue;
        const count = Number(target.dataset.count);
        if (count > 0) seen.counts.push({ at: performance.now(), count });
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-count'] });";

#[path = "bench/conformance.rs"]
mod conformance;
#[path = "bench/hooks.rs"]
mod hooks;
#[path = "bench/ingest.rs"]
mod ingest;
#[path = "bench/soak.rs"]
mod soak;
#[path = "bench/table.rs"]
mod table;
#[path = "bench/tabs.rs"]
mod tabs;

/// The measurements, with the options that each understands besides `--json FILE`.
const BENCHES: [(&str, &[&str]); 6] = [
    ("debugger", &["--events", "--rounds"]),
    ("ingest", &["--events", "--rounds", "--million", "--profile"]),
    ("hooks", &["--events", "--rounds", "--peer"]),
    ("soak", &["--times"]),
    ("tabs", &["--rounds", "--runs", "--tabs"]),
    ("conformance", &["--cases", "--first"]),
];

/// Options that stand without a value.
const SWITCHES: [&str; 2] = ["--million", "--peer"];

/// What was asked for after the name.
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
    // Each measurement limits its own steps; this is for what hangs between them.
    let limit = ROUND * u32::try_from(4 * options.number("--rounds", 5)).expect("fewer rounds");
    run_alone(limit, async || {
        let report = match name.as_str() {
            "ingest" => ingest::run(&options).await,
            "hooks" => hooks::run(&options).await,
            "soak" => soak::run(&options).await,
            "tabs" => tabs::run(&options).await,
            "conformance" => conformance::run(&options).await,
            _ => {
                let (events, rounds) = (options.number("--events", 10_000), options.number("--rounds", 5));
                let report = debugger(events, rounds).await;
                print(&report);
                report
            }
        };
        if let Some(file) = options.0.get("--json") {
            let text = serde_json::to_string_pretty(&report).expect("JSON");
            std::fs::write(PathBuf::from(file), text + "\n")
                .unwrap_or_else(|error| panic!("{file}: {error}"));
        }
    });
}

/// Prints the tables under the machine's facts, and gives all of it as JSON.
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

async fn debugger(events: u64, rounds: u64) -> Value {
    let server = Server::start(Backend::Embedded, ServerOptions::default());
    let alone = server_alone(&server.api(), events).await;
    let mut chromium = String::new();
    let mut page_bytes = 0;
    let mut ways: BTreeMap<&str, Vec<Vec<f64>>> = BTreeMap::new();
    for round in 1..=rounds {
        for way in ["live", "replay"] {
            eprintln!("round {round} of {rounds}: {way}");
            // A browser of its own: nothing is warm, nothing is left over.
            let browser = Browser::start(BrowserOptions::default()).await;
            let page = Page::new(&browser, server.origin());
            let figures = one_round(&page, &server.api(), way, events).await;
            chromium = browser.version();
            page_bytes = loaded_bytes(&page).await;
            ways.entry(way).or_default().push(figures);
            browser.quit().await;
        }
    }
    let figures: Vec<Value> = FIGURES
        .iter()
        .enumerate()
        .map(|(index, (name, unit))| {
            let column = |way: &str| spread(ways[way].iter().map(|round| round[index]).collect());
            json!({ "name": name, "unit": unit, "live": column("live"), "replay": column("replay") })
        })
        .collect();
    json!({
        "bench": "debugger",
        "events": events,
        "bytes_per_event": alone.1 / events,
        "server_alone_ms": alone.0,
        "page_bytes": page_bytes,
        "rounds": rounds,
        "machine": machine(&chromium),
        "figures": figures,
    })
}

/// How long the server takes to run and send the same without a browser: ms and bytes of its stream.
async fn server_alone(api: &Api, events: u64) -> (u64, u64) {
    let begin = Instant::now();
    let handler = api.start("progress", start_event(events)).await;
    let answer = api
        .send(
            "GET",
            &format!("/events/{handler}?after_sequence=-1&include_internal=true"),
            None,
        )
        .await;
    (
        u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
        answer.body.len() as u64,
    )
}

fn start_event(events: u64) -> Value {
    json!({ "steps": events, "per_second": 0, "payload_bytes": PAYLOAD })
}

/// One round: `live` presses Run, `replay` opens a run that has ended. Gives the figures in the order of [`FIGURES`].
async fn one_round(page: &Page<'_>, api: &Api, way: &str, events: u64) -> Vec<f64> {
    // The end of the run is a public event too.
    let expected = events + 1;
    // A small run is open before, so that the places that are clicked on are there from the first moment.
    let small = api.start("greeting", json!({ "name": "Ada" })).await;
    page.open(&format!("?run={small}")).await;
    page.until_status("completed", ROUND).await;
    let begin = if way == "live" {
        page.choose_workflow("progress").await;
        for (field, value) in [("steps", events), ("per_second", 0), ("payload_bytes", PAYLOAD)] {
            page.fill(field, &value.to_string()).await;
        }
        page.find("the button Run", "return part('run-button')", json!([]))
            .await
    } else {
        let handler = api.start("progress", start_event(events)).await;
        api.until_status(&handler, "completed", ROUND).await;
        page.until_listed(&handler, "completed").await;
        let row = "return parts('run-row').find((it) => it.dataset.handlerId === args[0])";
        page.find("the row of the run", row, json!([handler])).await
    };
    let filter = "const box = byRole('textbox', 'Filter events').getBoundingClientRect();
        return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]";
    let (x, y): (i64, i64) = page.ask(filter, json!([])).await;
    page.ask::<Value>(WATCH, json!([])).await;
    // One command: the click that begins it, and then clicks on the filter, each as soon as the one before was taken.
    let chain = page
        .browser()
        .driver()
        .action_chain_with_delay(Some(Duration::ZERO), Some(Duration::ZERO));
    let chain = chain.move_to_element_center(&begin).click().move_to(x, y);
    (0..CLICKS)
        .fold(chain, |chain, _| chain.click())
        .perform()
        .await
        .expect("clicks");
    page.until_run("counted to the end", ROUND, |run| run.count >= expected)
        .await;
    // What the end of the run still sets in motion belongs to it.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let script = "
        const { frames, tasks, clicks, counts } = window.bench;
        const begin = clicks[0].begin;
        const arrived = counts.filter((it) => it.at > begin);
        const end = arrived.find((it) => it.count >= args[0]).at;
        const during = (it) => it.begin > begin && it.begin < end;
        const answers = clicks.slice(1).filter(during).map((it) => it.ms);
        const mine = tasks.filter((it) => it.begin + it.ms > begin);
        const gaps = frames.slice(1).map((at, index) => [at, at - frames[index]]).filter(([at]) => at > begin);
        return [end - begin, arrived[0].at - begin, Math.max(...gaps.map(([, ms]) => ms)),
            Math.max(0, ...mine.map((it) => it.ms)), mine.length, answers.length, Math.max(0, ...answers),
            document.querySelectorAll('*').length, performance.memory.usedJSHeapSize / 1e6]";
    page.ask(script, json!([expected])).await
}

/// The bytes of everything that the page loaded to start, as they came over the wire.
async fn loaded_bytes(page: &Page<'_>) -> u64 {
    let script = "const files = performance.getEntriesByType('resource')
            .filter((it) => ['script', 'link', 'css', 'fetch', 'other'].includes(it.initiatorType))
            .filter((it) => new URL(it.name).pathname.startsWith('/debugger/'));
        const page = performance.getEntriesByType('navigation')[0].encodedBodySize;
        return files.reduce((sum, it) => sum + it.encodedBodySize, page)";
    page.ask(script, json!([])).await
}

/// Median, least and most.
fn spread(mut values: Vec<f64>) -> Value {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    };
    json!({ "median": median, "min": values.first(), "max": values.last() })
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

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn print(report: &Value) {
    let machine = &report["machine"];
    println!(
        "{} events of {} B, median of {} rounds (least to most); {} cores, {}, Chromium {}, page of {} B",
        report["events"],
        report["bytes_per_event"],
        report["rounds"],
        machine["cores"],
        machine["cpu"],
        machine["chromium"].as_str().unwrap_or_default(),
        report["page_bytes"],
    );
    println!(
        "the server alone runs and sends them in {} ms",
        report["server_alone_ms"]
    );
    println!("\n| | live | replay |\n| --- | ---: | ---: |");
    let cell = |figure: &Value| {
        let number = |key: &str| figure[key].as_f64().unwrap_or_default();
        format!(
            "{:.0} ({:.0} to {:.0})",
            number("median"),
            number("min"),
            number("max")
        )
    };
    for figure in report["figures"].as_array().into_iter().flatten() {
        let unit = figure["unit"].as_str().filter(|unit| !unit.is_empty());
        let name = figure["name"].as_str().unwrap_or_default();
        let unit = unit.map(|unit| format!(", {unit}")).unwrap_or_default();
        println!(
            "| {name}{unit} | {} | {} |",
            cell(&figure["live"]),
            cell(&figure["replay"])
        );
    }
}
