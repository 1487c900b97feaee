//! `bench hooks [--rounds N] [--events N] [--peer]`: components that watch one run, each with its own hook and effect: the number of
//! streams, the number of notifications per animation frame, and the cost of the tenth component.
//!
//! The server sends events as fast as the page reads them. The effects only read the signals and count.
//!
//! `--peer` compares one component of the React library with one of ours. Its app is built from `tests/peer/flood` and is in the folder
//! that `WORKFLOW_TEST_PEER` names.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use workflow_tests::{Browser, BrowserOptions, Flood, FloodServer, Then, ask, devtools, held, open_probe};

use crate::table::{Cell, Row, Table, median};
use crate::{Options, report};

/// Time limit of a round.
const ROUND: Duration = Duration::from_secs(300);

/// How many components.
const COMPONENTS: [u64; 4] = [1, 2, 9, 10];

/// Bytes of an event on the wire.
const BYTES: usize = 359;

/// One round.
#[derive(Clone, Copy, Debug)]
struct Round {
    streams: f64,
    ms: f64,
    busy: f64,
    notified: f64,
    most: f64,
}

pub(crate) async fn run(options: &Options) -> Value {
    let rounds = options.number("--rounds", 5);
    let flood = Flood {
        events: options.number("--events", 100_000),
        bytes: BYTES,
        then: Then::Stop,
    };
    let server = FloodServer::start().await;
    let browser = Browser::start(BrowserOptions::default()).await;
    let limit = browser.driver().set_script_timeout(ROUND).await;
    limit.expect("a script timeout");
    devtools(&browser, "Performance.enable", json!({})).await;
    let mut seen: [Vec<Round>; COMPONENTS.len()] = Default::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for (components, seen) in COMPONENTS.iter().zip(&mut seen) {
            seen.push(once(&browser, &server, flood, *components).await);
        }
    }
    let beside = if options.has("--peer") {
        Some(peer(&browser, &server, rounds).await)
    } else {
        None
    };
    let chromium = browser.version();
    browser.quit().await;
    let column = |rounds: &[Round], figure: fn(&Round) -> f64| rounds.iter().map(figure).collect::<Vec<_>>();
    let rows = COMPONENTS.iter().zip(&seen).map(|(components, rounds)| {
        let figures: [fn(&Round) -> f64; 5] = [
            |it| it.streams,
            |it| it.ms,
            |it| it.busy,
            |it| it.notified,
            |it| it.most,
        ];
        Row {
            name: format!("{components} components"),
            cells: figures
                .iter()
                .map(|figure| Cell::Rounds(column(rounds, *figure)))
                .collect(),
        }
    });
    let components_table = Table {
        title: format!(
            "{} events of {BYTES} B, for components that watch one run",
            flood.events
        ),
        columns: vec![
            ("streams opened", 0),
            ("until the signal with the last event, ms", 0),
            ("main thread busy, ms", 0),
            ("notifications per component", 0),
            ("at most within one frame", 0),
        ],
        rows: rows.collect(),
    };
    let busy = |at: usize| median(&column(&seen[at], |it| it.busy));
    let each =
        (busy(COMPONENTS.len() - 1) - busy(0)) / (COMPONENTS[COMPONENTS.len() - 1] - COMPONENTS[0]) as f64;
    let notified = median(&column(&seen[COMPONENTS.len() - 1], |it| it.notified));
    let cost = Table {
        title: "one more component (difference between ten and one)".to_owned(),
        columns: vec![
            ("ms", 2),
            ("% of the first component", 2),
            ("µs per notification", 1),
        ],
        rows: vec![Row {
            name: "main thread busy".to_owned(),
            cells: [each, each / busy(0) * 100.0, each / notified * 1000.0]
                .map(Cell::One)
                .into(),
        }],
    };
    let tables: Vec<Table> = [components_table, cost].into_iter().chain(beside).collect();
    report("hooks", &chromium, rounds, &tables)
}

/// How many events the peer gets. It copies its list with every batch and takes minutes for ten times as many.
const PEER_EVENTS: [u64; 2] = [1_000, 10_000];

/// One component of ours and one of the React library's, each on its own page, which keeps the events.
async fn peer(browser: &Browser, ours: &FloodServer, rounds: u64) -> Table {
    let folder = std::env::var_os("WORKFLOW_TEST_PEER").map(PathBuf::from);
    let folder = folder.expect("WORKFLOW_TEST_PEER names the folder of the built React apps");
    let theirs = FloodServer::with_page(folder.join("flood")).await;
    let mut rows = vec![];
    for events in PEER_EVENTS {
        let (then, bytes) = (Then::Stop, BYTES);
        let flood = Flood { events, bytes, then };
        let sides = [
            ("Leptos + workflow-ui-core", ours),
            ("React 19 + @llamaindex/ui 4.7.0", &theirs),
        ];
        let mut seen: [Vec<Watched>; 2] = Default::default();
        for round in 1..=rounds {
            eprintln!("beside the peer, {events} events: round {round} of {rounds}");
            for ((_, server), seen) in sides.iter().zip(&mut seen) {
                seen.push(watched(browser, server, flood).await);
            }
        }
        rows.extend(sides.iter().zip(&seen).map(|((name, _), seen)| {
            let figures: [fn(&Watched) -> f64; 5] = [
                |it| it.per_second,
                |it| it.first,
                |it| it.task,
                |it| it.tasks,
                |it| it.bytes,
            ];
            Row {
                name: format!("{name}, {events} events"),
                cells: figures
                    .map(|figure| Cell::Rounds(seen.iter().map(figure).collect()))
                    .into(),
            }
        }));
    }
    Table {
        title: format!("one component, from the socket to its state; events of {BYTES} B"),
        columns: vec![
            ("events per second", 0),
            ("first event, ms", 0),
            ("longest task (0: none over 50), ms", 0),
            ("tasks over 50 ms", 0),
            ("bytes held per event", 0),
        ],
        rows,
    }
}

/// The time of one component for a run, and its memory.
#[derive(Clone, Copy, Debug)]
struct Watched {
    per_second: f64,
    first: f64,
    task: f64,
    tasks: f64,
    bytes: f64,
}

async fn watched(browser: &Browser, server: &FloodServer, flood: Flood) -> Watched {
    open_probe(browser, &server.page()).await;
    let (heap, wasm, _) = held(browser).await;
    // The stop event also counts.
    let events = flood.events + 1;
    let seen: Value = ask(browser, "return ingest(...args)", json!([flood.id(), events])).await;
    let (heap_after, wasm_after, _) = held(browser).await;
    ask::<Value>(browser, "kept.free(); return null", json!(null)).await;
    let number = |key: &str| seen[key].as_f64().unwrap_or(f64::NAN);
    let held = (heap_after + wasm_after) as f64 - (heap + wasm) as f64;
    Watched {
        per_second: events as f64 / number("ms") * 1000.0,
        first: number("first"),
        task: number("task"),
        tasks: number("tasks"),
        bytes: held / events as f64,
    }
}

async fn once(browser: &Browser, server: &FloodServer, flood: Flood, components: u64) -> Round {
    open_probe(browser, &server.page()).await;
    let (_, streams) = server.streams();
    let before = busy(browser).await;
    // The stop event also counts.
    let script = "return watchMany(...args)";
    let seen: Value = ask(browser, script, json!([flood.id(), flood.events + 1, components])).await;
    let after = busy(browser).await;
    let (_, streams_after) = server.streams();
    ask::<Value>(browser, "kept.free(); return null", json!(null)).await;
    let number = |key: &str| seen[key].as_f64().unwrap_or(f64::NAN);
    Round {
        streams: (streams_after - streams) as f64,
        ms: number("ms"),
        busy: after - before,
        notified: number("notified"),
        most: number("most"),
    }
}

/// How long the page's main thread was busy, in ms.
async fn busy(browser: &Browser) -> f64 {
    let metrics = devtools(browser, "Performance.getMetrics", json!({})).await;
    let metrics = metrics["metrics"].as_array().cloned().unwrap_or_default();
    let task = metrics.iter().find(|metric| metric["name"] == "TaskDuration");
    task.and_then(|metric| metric["value"].as_f64())
        .unwrap_or(f64::NAN)
        * 1000.0
}
