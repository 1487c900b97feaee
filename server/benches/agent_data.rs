//! `cargo xtask bench cloud`: searches over 100 000 records, and how fast records are added. `--json FILE` writes the figures.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot go on"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use workflow_cloud::Order;
use workflow_cloud::query::Grouper;
use workflow_debugger::agent_data::{Aggregate, Data, Scope, Search};
use workflow_debugger::{AgentDataStore, Options, app, serve};

const ROWS: usize = 100_000;
const REPEATS: usize = 20;

/// A record as a review app has them: about 600 bytes.
fn record(n: usize) -> Value {
    let statuses = ["pending_review", "accepted", "rejected"];
    let vendors = ["Example Ltd", "Sample GmbH", "Muster AG", "Acme Inc"];
    json!({
        "n": n,
        "status": statuses[n % 3],
        "file_name": format!("invoice-{:06}.pdf", n * 7919 % ROWS),
        "file_hash": format!("{:064x}", n),
        "overall_confidence": (n * 37 % 100) as f64 / 100.0,
        "data": {
            "vendor": vendors[n % 4],
            "total": (n * 31 % 10_000) as f64 / 100.0,
            "items": [{ "name": "Paper", "quantity": 3 }, { "name": "Ink", "quantity": 1 }],
        },
        "field_metadata": { "vendor": { "confidence": 0.9 }, "total": { "confidence": 0.8, "citation": [{ "page": 1, "matching_text": "Total" }] } },
    })
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

fn timed(mut work: impl FnMut()) -> f64 {
    work();
    let times = (0..REPEATS).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    });
    median(times.collect())
}

fn measure(name: &str, store: &AgentDataStore, figures: &mut Map<String, Value>) {
    let scope = Scope::new("app", "bench");
    let datas: Vec<Data> = (0..ROWS).map(|n| Data::of(&record(n)).unwrap()).collect();
    let begun = Instant::now();
    for data in datas {
        store.create(&scope, data).unwrap();
    }
    let mut say = |what: &str, value: f64, unit: &str| {
        println!("{name:<8} {what:<58} {value:>10.1} {unit}");
        figures.insert(format!("{name}: {what} ({unit})"), json!(value));
    };
    say(
        "records added through the store",
        ROWS as f64 / begun.elapsed().as_secs_f64(),
        "/s",
    );
    let filter = json!({ "status": { "eq": "pending_review" }, "overall_confidence": { "gte": 0.5 } });
    let mut search = Search::new(scope, &filter).unwrap();
    search.order = "file_name desc".parse::<Order>().unwrap();
    let mut page = |what: &str, search: &Search| {
        let time = timed(|| assert_eq!(store.search(search).unwrap().records.len(), 50));
        say(what, time, "ms");
    };
    page("two conditions, ordered by a field, 50 of 100 000", &search);
    search.wants_total = true;
    page("the same with the total", &search);
    search.wants_total = false;
    search.order = Order::default();
    page("two conditions, the newest 50", &search);
    let names = ["status".to_owned()];
    let grouper = Grouper::new(&names);
    let mut all = search.clone();
    all.matcher = Default::default();
    let aggregate = Aggregate {
        search: all,
        group_by: names.to_vec(),
        sorter: grouper.sorter(&Order::default()).unwrap(),
        grouper,
        wants_count: true,
        wants_first: false,
    };
    let time = timed(|| assert_eq!(store.aggregate(&aggregate).unwrap().groups.len(), 3));
    say("counts of three statuses", time, "ms");
}

/// Records added over HTTP by some clients at once, each waiting for its answers.
async fn over_http(store: AgentDataStore, clients: usize) -> f64 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/api/v1/beta/agent-data", listener.local_addr().unwrap());
    let app = app(Options {
        agent_data: Some(store),
        ..Options::default()
    });
    let server = tokio::spawn(serve(listener, app));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body =
        Arc::new(json!({ "deployment_name": "app", "collection": "http", "data": record(1) }).to_string());
    let each = 2000 / clients;
    let begun = Instant::now();
    let tasks = (0..clients).map(|_| {
        let (client, address, body) = (client.clone(), address.clone(), Arc::clone(&body));
        tokio::spawn(async move {
            for _ in 0..each {
                let request = client.post(&address).header("content-type", "application/json");
                let answer = request.body(body.as_str().to_owned()).send().await.unwrap();
                assert_eq!(answer.status(), 200);
                answer.bytes().await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let rate = (each * clients) as f64 / begun.elapsed().as_secs_f64();
    server.abort();
    rate
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // Cargo asks benches for their list of tests.
    if arguments.iter().any(|argument| argument == "--list") {
        return;
    }
    let folder = std::env::temp_dir().join(format!("workflow-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str| AgentDataStore::open(&folder.join(name)).unwrap();
    let mut figures = Map::new();
    measure("memory", &AgentDataStore::in_memory(), &mut figures);
    measure("SQLite", &file("rows.db"), &mut figures);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (name, store) in [
        ("memory", AgentDataStore::in_memory()),
        ("SQLite", file("http.db")),
    ] {
        for clients in [1, 8] {
            let rate = runtime.block_on(over_http(store.clone(), clients));
            let what = format!("records added over HTTP by {clients} client(s)");
            println!("{name:<8} {what:<58} {rate:>10.1} /s");
            figures.insert(format!("{name}: {what} (/s)"), json!(rate));
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    let json = arguments.iter().position(|argument| argument == "--json");
    if let Some(json) = json.and_then(|at| arguments.get(at + 1)) {
        std::fs::write(Path::new(json), Value::Object(figures).to_string()).unwrap();
    }
}
