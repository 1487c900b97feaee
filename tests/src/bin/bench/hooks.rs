//! `bench hooks [--rounds N] [--events N]`: components that watch one run, each with a hook and an effect of its own: the streams
//! that they open, how often their signals tell something within an animation frame, and what the tenth of them costs.
//!
//! The events are those of a flood, sent as fast as they are taken. What a component does with the news is not measured: its
//! effect reads the signals and counts.

use std::time::Duration;

use serde_json::{Value, json};
use workflow_tests::{Browser, BrowserOptions, Flood, FloodServer, Then, ask, devtools, open_probe};

use crate::table::{Cell, Row, Table, median};
use crate::{Options, report};

/// How long one round may take.
const ROUND: Duration = Duration::from_secs(300);

/// How many components.
const CROWDS: [u64; 4] = [1, 2, 9, 10];

/// Bytes of an event on the wire.
const BYTES: usize = 359;

/// One round.
#[derive(Clone, Copy, Debug)]
struct Round {
    streams: f64,
    ms: f64,
    busy: f64,
    told: f64,
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
    let mut seen: [Vec<Round>; CROWDS.len()] = Default::default();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for (components, seen) in CROWDS.iter().zip(&mut seen) {
            seen.push(once(&browser, &server, flood, *components).await);
        }
    }
    let chromium = browser.version();
    browser.quit().await;
    let column = |rounds: &[Round], figure: fn(&Round) -> f64| rounds.iter().map(figure).collect::<Vec<_>>();
    let rows = CROWDS.iter().zip(&seen).map(|(components, rounds)| {
        let figures: [fn(&Round) -> f64; 5] = [
            |it| it.streams,
            |it| it.ms,
            |it| it.busy,
            |it| it.told,
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
    let crowds = Table {
        title: format!(
            "{} events of {BYTES} B, told to components that watch one run",
            flood.events
        ),
        columns: vec![
            ("streams opened", 0),
            ("until the last event was told, ms", 0),
            ("main thread at work, ms", 0),
            ("signals told something, times for each", 0),
            ("the same within one frame at most", 0),
        ],
        rows: rows.collect(),
    };
    let busy = |at: usize| median(&column(&seen[at], |it| it.busy));
    let each = (busy(CROWDS.len() - 1) - busy(0)) / (CROWDS[CROWDS.len() - 1] - CROWDS[0]) as f64;
    let told = median(&column(&seen[CROWDS.len() - 1], |it| it.told));
    let cost = Table {
        title: "a further component, by the difference between one and ten".to_owned(),
        columns: vec![
            ("ms", 2),
            ("of one component's, %", 2),
            ("µs each time it is told", 1),
        ],
        rows: vec![Row {
            name: "main thread at work".to_owned(),
            cells: [each, each / busy(0) * 100.0, each / told * 1000.0]
                .map(Cell::One)
                .into(),
        }],
    };
    report("hooks", &chromium, rounds, &[crowds, cost])
}

async fn once(browser: &Browser, server: &FloodServer, flood: Flood, components: u64) -> Round {
    open_probe(browser, &server.page()).await;
    let (_, streams) = server.streams();
    let before = busy(browser).await;
    // The stop event is one, too.
    let script = "return crowd(...args)";
    let seen: Value = ask(browser, script, json!([flood.id(), flood.events + 1, components])).await;
    let after = busy(browser).await;
    let (_, streams_after) = server.streams();
    ask::<Value>(browser, "kept.free(); return null", json!(null)).await;
    let number = |key: &str| seen[key].as_f64().unwrap_or(f64::NAN);
    Round {
        streams: (streams_after - streams) as f64,
        ms: number("ms"),
        busy: after - before,
        told: number("told"),
        most: number("most"),
    }
}

/// How long the page's main thread has been at work, in ms.
async fn busy(browser: &Browser) -> f64 {
    let metrics = devtools(browser, "Performance.getMetrics", json!({})).await;
    let metrics = metrics["metrics"].as_array().cloned().unwrap_or_default();
    let task = metrics.iter().find(|metric| metric["name"] == "TaskDuration");
    task.and_then(|metric| metric["value"].as_f64())
        .unwrap_or(f64::NAN)
        * 1000.0
}
