//! `bench monitor [--deployments N] [--handlers N] [--seconds N]`: what a monitor that nobody touches asks of each of its deployments.
//!
//! Each deployment lists the same handlers, of which one runs. Another one is added that accepts no connection. Requests and bytes are
//! counted after every list has arrived once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use workflow_tests::{
    Backend, Browser, BrowserOptions, FaultProxy, Page, Script, ScriptedServer, Server, ServerOptions, until,
};

use crate::table::{Cell, Row, Table};
use crate::{Options, report};

const STARTED: &str = "2026-11-20T11:28:10.036927+00:00";

/// How long a page may take to show the lists of all.
const FIRST_LISTS: Duration = Duration::from_secs(120);

pub(crate) async fn run(options: &Options) -> Value {
    let seconds = options.number("--seconds", 120);
    let number = |option, default| usize::try_from(options.number(option, default)).unwrap_or(usize::MAX);
    let count = number("--deployments", 49);
    let handlers = number("--handlers", 200);
    let mut deployments = Vec::new();
    for at in 0..count {
        deployments.push(Deployment::start(at, handlers).await);
    }
    let named = deployments
        .iter()
        .map(|it| format!("{}={}", it.name, it.proxy.origin()));
    let server = Server::start(
        Backend::Embedded,
        ServerOptions {
            upstreams: named.chain([String::from("dead=http://127.0.0.1:9")]).collect(),
            ..ServerOptions::default()
        },
    );
    let browser = Browser::start(BrowserOptions::default()).await;
    let page = Page::new(&browser, server.origin());
    page.open_unready("?page=monitor").await;
    until_listed(&page, count, count * handlers).await;
    let begin = Instant::now();
    let before: Vec<Counts> = deployments.iter().map(Counts::of).collect();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let after: Vec<Counts> = deployments.iter().map(Counts::of).collect();
    let minutes = begin.elapsed().as_secs_f64() / 60.0;
    let chromium = browser.version();
    browser.quit().await;
    let counted: Vec<Counts> = before
        .iter()
        .zip(&after)
        .map(|(before, after)| after.since(before))
        .collect();
    let mut rows: Vec<Row> = deployments
        .iter()
        .zip(&counted)
        .map(|(deployment, counts)| counts.row(&deployment.name, minutes))
        .collect();
    let all = counted
        .iter()
        .fold(Counts::default(), |sum, counts| sum.plus(counts));
    rows.push(all.row("all", minutes));
    let table = Table {
        title: format!(
            "a monitor of {count} deployments with {handlers} handlers each, and a dead one, visible, for {seconds} s; per minute"
        ),
        columns: vec![
            ("requests", 1),
            ("whole lists", 1),
            ("running lists", 1),
            ("probes", 1),
            ("KB received", 1),
        ],
        rows,
    };
    report("monitor", &chromium, 1, &[table])
}

async fn until_listed(page: &Page<'_>, deployments: usize, handlers: usize) {
    // The merged list has at most 10 000.
    let wanted = handlers.min(10_000) as u64;
    until("the lists of all deployments", FIRST_LISTS, async || {
        let script = "return [parts('deployment').filter((it) => it.dataset.health === 'ok').length,
            Number(part('monitor-runs')?.ariaRowCount ?? 0)]";
        let seen: (usize, u64) = page.ask(script, json!([])).await;
        if seen.0 == deployments && seen.1 >= wanted {
            Ok(())
        } else {
            Err(format!("{seen:?} of {deployments} and {wanted}"))
        }
    })
    .await;
}

struct Deployment {
    name: String,
    server: ScriptedServer,
    proxy: FaultProxy,
}

impl Deployment {
    async fn start(at: usize, handlers: usize) -> Self {
        let server = ScriptedServer::start(Script::new()).await;
        let ended: Vec<Value> = (1..handlers)
            .map(|run| ScriptedServer::described(&format!("d{at:02}-{run:05}"), "completed", STARTED))
            .collect();
        server.list(&ended);
        let start = format!("{}/workflows/scripted/run-nowait", server.base());
        let started = reqwest::Client::new().post(start).send().await;
        started.expect("the run that goes on");
        let address = server.base();
        let address = address.trim_start_matches("http://").parse();
        let proxy = FaultProxy::start(address.expect("an address")).await;
        Self {
            name: format!("d{at:02}"),
            server,
            proxy,
        }
    }
}

/// What one deployment was asked for.
#[derive(Clone, Default)]
struct Counts {
    requests: f64,
    whole: f64,
    running: f64,
    probes: f64,
    bytes: f64,
}

impl Counts {
    fn of(deployment: &Deployment) -> Self {
        let requests = deployment.server.requests_with_queries();
        let count = |wanted: &str| requests.iter().filter(|request| **request == wanted).count() as f64;
        Self {
            requests: requests.len() as f64,
            whole: count("GET /handlers"),
            running: count("GET /handlers?status=running"),
            probes: count("GET /health"),
            bytes: deployment.proxy.received_bytes() as f64,
        }
    }

    fn combined(&self, other: &Self, combine: fn(f64, f64) -> f64) -> Self {
        Self {
            requests: combine(self.requests, other.requests),
            whole: combine(self.whole, other.whole),
            running: combine(self.running, other.running),
            probes: combine(self.probes, other.probes),
            bytes: combine(self.bytes, other.bytes),
        }
    }

    fn since(&self, before: &Self) -> Self {
        self.combined(before, |now, before| now - before)
    }

    fn plus(&self, other: &Self) -> Self {
        self.combined(other, |sum, other| sum + other)
    }

    fn row(&self, name: &str, minutes: f64) -> Row {
        let figures = [
            self.requests,
            self.whole,
            self.running,
            self.probes,
            self.bytes / 1e3,
        ];
        Row {
            name: name.to_owned(),
            cells: figures
                .into_iter()
                .map(|figure| Cell::One(figure / minutes))
                .collect(),
        }
    }
}
