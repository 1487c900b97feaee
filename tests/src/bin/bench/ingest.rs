//! `bench ingest [--rounds N] [--million] [--events N] [--profile FILE]`: the time from the socket to a signal. Compared with a bare loop of
//! `fetch` and `JSON.parse`, with and without keeping the values, and with a loop that only reads bytes, in the same browser.
//!
//! The server sends events as fast as the page reads them. Each round uses a new page. The time of the hooks is from the call of the
//! hook to the signal with the last event, including requests for the handler and the wait for the next frame. `--profile` writes one
//! more round as a CPU profile for Chromium's developer tools.

use std::time::Duration;

use serde_json::{Value, json};
use workflow_tests::{Browser, BrowserOptions, Flood, FloodServer, Then, ask, devtools, held, open_probe};

use crate::table::{Cell, Row, Table, median};
use crate::{Options, report};

/// Time limit of a round.
const ROUND: Duration = Duration::from_secs(300);

const SIZES: [usize; 2] = [359, 718];

/// One round of the hooks.
#[derive(Clone, Copy, Debug)]
struct Round {
    ms: f64,
    first: f64,
    frame: f64,
    task: f64,
    tasks: f64,
    /// The increase in memory, in bytes.
    wasm: f64,
    heap: f64,
}

#[allow(clippy::too_many_lines, reason = "one round after another")]
pub(crate) async fn run(options: &Options) -> Value {
    let rounds = options.number("--rounds", 5);
    let mut counts = vec![10_000, 100_000];
    if options.has("--million") {
        counts.push(1_000_000);
    }
    if options.has("--events") {
        counts = vec![options.number("--events", 10_000)];
    }
    let server = FloodServer::start().await;
    let browser = Browser::start(BrowserOptions::default()).await;
    browser
        .driver()
        .set_script_timeout(ROUND)
        .await
        .expect("a script timeout");
    let chromium = browser.version();
    let (mut speed, mut cost, mut memory) = (vec![], vec![], vec![]);
    for bytes in SIZES {
        let mut per_event: Vec<(u64, f64)> = vec![];
        for &events in &counts {
            let flood = Flood {
                events,
                bytes,
                then: Then::Stop,
            };
            let (mut ours, mut bare, mut keeping, mut empty) = (vec![], vec![], vec![], vec![]);
            for round in 1..=rounds {
                eprintln!("{events} events of {bytes} B: round {round} of {rounds}");
                // Alternating, so that neither is always first on a warm machine.
                if round % 2 == 0 {
                    bare.push(loop_alone(&browser, &server, flood, "bareLoop").await);
                }
                ours.push(hooks(&browser, &server, flood).await);
                if round % 2 == 1 {
                    bare.push(loop_alone(&browser, &server, flood, "bareLoop").await);
                }
                keeping.push(loop_alone(&browser, &server, flood, "keepingLoop").await);
                empty.push(loop_alone(&browser, &server, flood, "emptyLoop").await);
            }
            let name = format!("{events} events of {bytes} B");
            let per_second = |ms: &f64| events as f64 / ms * 1000.0;
            let column = |figure: fn(&Round) -> f64| ours.iter().map(figure).collect::<Vec<f64>>();
            let times = column(|round| round.ms);
            let speeds = |rounds: &[(f64, f64)]| {
                Cell::Rounds(rounds.iter().map(|(ms, _)| thousands(per_second(ms))).collect())
            };
            let middle =
                |rounds: &[(f64, f64)]| median(&rounds.iter().map(|(ms, _)| *ms).collect::<Vec<f64>>());
            speed.push(Row {
                name: name.clone(),
                cells: vec![
                    Cell::Rounds(times.iter().map(per_second).map(thousands).collect()),
                    speeds(&bare),
                    speeds(&keeping),
                    speeds(&empty),
                    Cell::One(middle(&bare) / median(&times)),
                    Cell::One(middle(&keeping) / median(&times)),
                    Cell::Rounds(column(|round| round.first)),
                    Cell::Rounds(column(|round| round.frame)),
                    Cell::Rounds(column(|round| round.task)),
                    Cell::Rounds(column(|round| round.tasks)),
                    Cell::Rounds(bare.iter().map(|(_, task)| *task).collect()),
                ],
            });
            let each = |figure: fn(&Round) -> f64| {
                column(figure)
                    .iter()
                    .map(|it| it / events as f64)
                    .collect::<Vec<f64>>()
            };
            let (wasm, heap) = (each(|round| round.wasm), each(|round| round.heap));
            let aim = 1.5 * bytes as f64 + 32.0;
            memory.push(Row {
                name: name.clone(),
                cells: vec![Cell::Rounds(wasm), Cell::Rounds(heap), Cell::One(aim)],
            });
            per_event.push((events, median(&times) * 1000.0 / events as f64));
        }
        for (events, micros) in &per_event {
            let (_, least) = per_event[0];
            cost.push(Row {
                name: format!("{events} events of {bytes} B"),
                cells: vec![Cell::One(*micros), Cell::One(micros / least)],
            });
        }
    }
    if let Some(file) = options.text("--profile") {
        let events = counts.iter().copied().max().unwrap_or_default();
        let flood = Flood {
            events,
            bytes: SIZES[1],
            then: Then::Stop,
        };
        profile(&browser, &server, flood, file).await;
    }
    browser.quit().await;
    let tables = [
        Table {
            title: "from the socket to a signal; thousands of events per second".to_owned(),
            columns: vec![
                ("hooks", 0),
                ("fetch + JSON.parse", 0),
                ("the same, keeping what is parsed", 0),
                ("fetch alone", 0),
                ("hooks over bare loop", 2),
                ("hooks over keeping loop", 2),
                ("first signal, ms", 0),
                ("longest frame, ms", 0),
                ("longest task (0: none over 50), ms", 0),
                ("tasks over 50 ms", 0),
                ("longest task of the bare loop, ms", 0),
            ],
            rows: speed,
        },
        Table {
            title: "memory per event, the log's cap off, in bytes".to_owned(),
            columns: vec![("WASM", 0), ("JS heap", 1), ("aim: at most", 0)],
            rows: memory,
        },
        Table {
            title: "cost per event".to_owned(),
            columns: vec![("µs", 2), ("over that of the fewest", 2)],
            rows: cost,
        },
    ];
    report("ingest", &chromium, rounds, &tables)
}

const fn thousands(per_second: f64) -> f64 {
    per_second / 1000.0
}

async fn hooks(browser: &Browser, server: &FloodServer, flood: Flood) -> Round {
    open_probe(browser, &server.page()).await;
    let (heap, wasm, _) = held(browser).await;
    let script = "return ingest(...args)";
    // The stop event also counts.
    let seen: Value = ask(browser, script, json!([flood.id(), flood.events + 1])).await;
    let (heap_after, wasm_after, _) = held(browser).await;
    ask::<Value>(browser, "kept.free(); return null", json!(null)).await;
    let number = |key: &str| seen[key].as_f64().unwrap_or(f64::NAN);
    Round {
        ms: number("ms"),
        first: number("first"),
        frame: number("frame"),
        task: number("task"),
        tasks: number("tasks"),
        wasm: wasm_after as f64 - wasm as f64,
        heap: heap_after as f64 - heap as f64,
    }
}

/// One round with Chromium's profiler.
async fn profile(browser: &Browser, server: &FloodServer, flood: Flood, file: &str) {
    open_probe(browser, &server.page()).await;
    devtools(browser, "Profiler.enable", json!({})).await;
    devtools(
        browser,
        "Profiler.setSamplingInterval",
        json!({ "interval": 200 }),
    )
    .await;
    devtools(browser, "Profiler.start", json!({})).await;
    ask::<Value>(
        browser,
        "return ingest(...args)",
        json!([flood.id(), flood.events + 1]),
    )
    .await;
    let taken = devtools(browser, "Profiler.stop", json!({})).await;
    std::fs::write(file, taken["profile"].to_string()).unwrap_or_else(|error| panic!("{file}: {error}"));
}

/// A round of one of the page's own loops. Returns its duration and its longest task, in ms.
async fn loop_alone(browser: &Browser, server: &FloodServer, flood: Flood, name: &str) -> (f64, f64) {
    open_probe(browser, &server.page()).await;
    let script = format!("return {name}(args).then((it) => [it.ms, it.task])");
    let path = format!("/events/{}?after_sequence=-1&include_internal=true", flood.id());
    ask(browser, &script, json!(path)).await
}
