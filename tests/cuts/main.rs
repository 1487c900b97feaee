//! The real server behind a network that fails constantly. No event may be lost, repeated or out of order.
//!
//! The hooks run natively, over a real network and with a real clock. Their logs are compared with the server's own, event by event. 200
//! cuts, and 1 000 with `WORKFLOW_TEST_ALL=1`.

#![allow(clippy::expect_used, clippy::panic, reason = "tests report by failing")]

mod native;
mod proxy;
mod watched;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use workflow_tests::{Api, Backend, Server, ServerOptions, outputs, until};

use proxy::CuttingProxy;
use watched::{Watched, assert_same, client, until_done, until_done_or_left};

/// Clients, each with four stream slots.
const CLIENTS: usize = 4;
/// Concurrent runs.
const RUNS: usize = 20;

/// The runs' events: many small frames, large ones, internal ones, one that is not JSON.
fn work(index: usize) -> (&'static str, Value) {
    match index % 6 {
        0 => (
            "progress",
            json!({ "steps": 160, "per_second": 40, "payload_bytes": 100 }),
        ),
        1 => (
            "tokens",
            json!({ "topic": "the sea \u{1F30A}", "words": 200, "per_second": 60 }),
        ),
        2 => ("loop", json!({ "number": 27, "seconds": 0.02 })),
        3 => ("fan_out", json!({ "pieces": 40, "seconds": 0.2 })),
        4 => ("odd_events", json!({ "big_bytes": 60_000 })),
        _ => (
            "progress",
            json!({ "steps": 60, "per_second": 15, "payload_bytes": 900 }),
        ),
    }
}

/// Runs one test on one thread, with the executor that effects need.
fn run(limit: Duration, test: impl AsyncFnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let local = tokio::task::LocalSet::new();
    let done = local.block_on(&runtime, async {
        // Only the first test of a process initialises it.
        let _ = any_spawner::Executor::init_tokio();
        tokio::time::timeout(limit, test()).await
    });
    assert!(done.is_ok(), "the test took longer than {limit:?}");
}

fn seed() -> u64 {
    std::env::var("WORKFLOW_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1)
}

async fn start(
    api: &Api,
    proxy: &CuttingProxy,
    work: impl Fn(usize) -> (&'static str, Value),
) -> Vec<Watched> {
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| client(&proxy.origin(), number))
        .collect();
    let mut runs = vec![];
    for index in 0..RUNS {
        let (workflow, event) = work(index);
        let id = api.start(workflow, event).await;
        runs.push(Watched::new(&clients[index % CLIENTS], &id, workflow));
    }
    runs
}

#[test]
fn cuts_lose_and_duplicate_nothing() {
    let goal = if std::env::var_os("WORKFLOW_TEST_ALL").is_some() {
        1000
    } else {
        200
    };
    run(Duration::from_secs(goal * 2), async || {
        let server = Server::start(Backend::Python, ServerOptions::default());
        let api = server.api();
        let proxy = CuttingProxy::start(server.workflows_address(), seed(), goal, 9_000).await;
        let begin = Instant::now();
        let (mut rounds, mut events) = (0, 0);
        while proxy.counts().cuts() < goal {
            rounds += 1;
            assert!(rounds < 30, "hardly anything is cut: {:?}", proxy.counts());
            let runs = start(&api, &proxy, work).await;
            until_done(&runs, Duration::from_secs(150)).await;
            let words = format!("seed {}, round {rounds}, {:?}", seed(), proxy.counts());
            events += assert_same(&runs, &api, &words).await;
        }
        println!(
            "{rounds} rounds of {RUNS} runs with {events} events in {:.1?}: {} cuts, {:?}",
            begin.elapsed(),
            proxy.counts().cuts(),
            proxy.counts()
        );
    });
}

/// The server resumes only handlers that are at least this old when it starts.
const RESUMED_FROM: Duration = Duration::from_secs(30);

#[test]
#[ignore = "takes two minutes: runs must be older than 30 s when their server is killed"]
fn a_restart_on_sqlite_loses_and_duplicates_nothing() {
    run(Duration::from_secs(480), async || {
        let store = Store::new();
        let server = Server::start(
            Backend::Python,
            ServerOptions {
                sqlite: Some(store.0.clone()),
                ..ServerOptions::default()
            },
        );
        let api = server.api();
        let proxy = CuttingProxy::start(server.workflows_address(), seed(), 300, 2_500).await;
        let work = |index| match index % 4 {
            // It restarts at the beginning of its first step: the same events with new ids.
            0 => (
                "progress",
                json!({ "steps": 45, "per_second": 1, "payload_bytes": 50 }),
            ),
            1 => ("tokens", json!({ "words": 50, "per_second": 1 })),
            _ => ("relay", json!({ "laps": 50, "seconds": 1 })),
        };
        let runs = start(&api, &proxy, work).await;
        let begin = Instant::now();
        until(
            "runs that are old enough to be resumed",
            RESUMED_FROM * 2,
            async || {
                if begin.elapsed() > RESUMED_FROM + Duration::from_secs(3) {
                    Ok(())
                } else {
                    Err(format!("{:?}", begin.elapsed()))
                }
            },
        )
        .await;
        let before: usize = runs.iter().map(Watched::len).sum();
        server.kill();
        until("every stream to be lost", Duration::from_secs(30), async || {
            let live = runs.iter().filter(|run| run.connection() == "live").count();
            if live == 0 {
                Ok(())
            } else {
                Err(format!("{live} are live"))
            }
        })
        .await;
        server.restart();
        let (limit, rest) = (Duration::from_secs(300), Duration::from_secs(40));
        let left = until_done_or_left(&runs, &api, limit, rest).await;
        assert!(
            left.len() <= RUNS / 4,
            "too many runs are left to say anything: {left:#?}"
        );
        let words = format!("seed {}, {:?}", seed(), proxy.counts());
        let events = assert_same(&runs, &api, &words).await;
        assert!(
            events > before + RUNS,
            "the runs must have gone on after the restart: {events} events, {before} before"
        );
        proxy.heal();
        println!(
            "{RUNS} runs with {events} events, {before} of them before the restart, in {:.1?}, {} of them left by the server: {} cuts, {:?}\n{left:#?}",
            begin.elapsed(),
            left.len(),
            proxy.counts().cuts(),
            proxy.counts()
        );
    });
}

/// A database file, removed when dropped.
struct Store(PathBuf);

impl Store {
    fn new() -> Self {
        let file = outputs().join(format!("cuts-{}.sqlite", std::process::id()));
        let store = Self(file);
        store.remove();
        store
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm"] {
            // They may not exist.
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.remove();
    }
}
