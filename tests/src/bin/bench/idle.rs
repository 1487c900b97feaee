//! `bench idle [--seconds N] [--handlers N,N,…]`: the requests of a page without user input.
//!
//! The server lists handlers that ended long ago. Requests, connections and bytes are counted after the page has loaded and received a
//! first list.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use workflow_tests::{Browser, BrowserOptions, FaultProxy, Page, Script, ScriptedServer, Server, until};

use crate::table::{Cell, Row, Table};
use crate::{Options, report};

const STARTED: &str = "2026-11-20T11:28:10.036927+00:00";

/// Time limit of a page's first list. Ten thousand rows are megabytes.
const FIRST_LIST: Duration = Duration::from_secs(60);

pub(crate) async fn run(options: &Options) -> Value {
    let seconds = options.number("--seconds", 300);
    let sizes = options.text("--handlers").unwrap_or("200,10000");
    let sizes = sizes
        .split(',')
        .map(|count| count.parse().expect("--handlers wants numbers"));
    let (mut chromium, mut rows) = (String::new(), Vec::new());
    for handlers in sizes {
        let browser = Browser::start(BrowserOptions::default()).await;
        rows.push(idle(&browser, handlers, seconds).await);
        chromium = browser.version();
        browser.quit().await;
    }
    let table = Table {
        title: format!("an idle page, visible, for {seconds} s; per minute"),
        columns: vec![
            ("requests", 1),
            ("whole lists", 1),
            ("running lists", 1),
            ("connects", 1),
            ("KB received", 1),
        ],
        rows,
    };
    report("idle", &chromium, 1, &[table])
}

async fn idle(browser: &Browser, handlers: usize, seconds: u64) -> Row {
    let scripted = ScriptedServer::start(Script::new()).await;
    let runs: Vec<Value> = (0..handlers)
        .map(|at| ScriptedServer::described(&format!("handler{at:05}"), "completed", STARTED))
        .collect();
    scripted.list(&runs);
    let server = Server::in_front_of(&scripted.base());
    let proxy = FaultProxy::start(server.address()).await;
    let page = Page::new(browser, proxy.origin());
    page.open("").await;
    page.until_health("ok").await;
    until("the first list", FIRST_LIST, async || {
        let shown: u64 = page
            .ask(
                "return Number(part('runs')?.ariaRowCount ?? 0)",
                serde_json::json!([]),
            )
            .await;
        if shown >= handlers as u64 {
            Ok(())
        } else {
            Err(format!("{shown} rows"))
        }
    })
    .await;
    let begin = Instant::now();
    let before = Counts::of(&scripted, &proxy);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let after = Counts::of(&scripted, &proxy);
    let minutes = begin.elapsed().as_secs_f64() / 60.0;
    let per_minute = |figure: fn(&Counts) -> f64| Cell::One((figure(&after) - figure(&before)) / minutes);
    Row {
        name: format!("{handlers} handlers"),
        cells: vec![
            per_minute(|counts| counts.requests.values().sum()),
            per_minute(|counts| counts.of_kind("GET /handlers")),
            per_minute(|counts| counts.of_kind("GET /handlers?status=running")),
            per_minute(|counts| counts.connects),
            per_minute(|counts| counts.bytes / 1e3),
        ],
    }
}

/// The counts so far.
struct Counts {
    requests: BTreeMap<String, f64>,
    connects: f64,
    bytes: f64,
}

impl Counts {
    fn of(scripted: &ScriptedServer, proxy: &FaultProxy) -> Self {
        let mut requests = BTreeMap::new();
        for request in scripted.requests_with_queries() {
            *requests.entry(request).or_default() += 1.0;
        }
        Self {
            requests,
            connects: proxy.connects() as f64,
            bytes: proxy.received_bytes() as f64,
        }
    }

    fn of_kind(&self, request: &str) -> f64 {
        self.requests.get(request).copied().unwrap_or_default()
    }
}
