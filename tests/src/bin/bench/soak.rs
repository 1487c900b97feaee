//! `bench soak [--times N]`: leaks after many subscribes, unsubscribes and reconnects.

use std::time::Duration;

use serde_json::{Value, json};
use workflow_tests::{Browser, BrowserOptions, Flood, FloodServer, Then, ask, held, open_probe};

use crate::table::{Cell, Row, Table};
use crate::{Options, report};

/// Time limit of a step.
const STEP: Duration = Duration::from_secs(600);

pub(crate) async fn run(options: &Options) -> Value {
    let times = options.number("--times", 1000);
    let server = FloodServer::start().await;
    let browser = Browser::start(BrowserOptions::default()).await;
    browser
        .driver()
        .set_script_timeout(STEP)
        .await
        .expect("a script timeout");
    open_probe(&browser, &server.page()).await;
    let mut rows = vec![];
    subscribes(&browser, &server, times, &mut rows).await;
    open_probe(&browser, &server.page()).await;
    reconnects(&browser, &server, times, &mut rows).await;
    let chromium = browser.version();
    browser.quit().await;
    let table = Table {
        title: format!("{times} times each, after collecting all garbage"),
        columns: vec![
            ("JS heap, KB", 1),
            ("WASM memory, KB", 0),
            ("event listeners", 0),
            ("streams open", 0),
            ("streams ever", 0),
        ],
        rows,
    };
    report("soak", &chromium, 1, &[table])
}

/// The current memory and counts.
async fn row(name: String, browser: &Browser, server: &FloodServer) -> Row {
    let (heap, wasm, listeners) = held(browser).await;
    // An abort takes a moment to reach the server.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (open, opened) = server.streams();
    Row {
        name,
        cells: [
            heap as f64 / 1e3,
            wasm as f64 / 1e3,
            listeners as f64,
            open as f64,
            opened as f64,
        ]
        .map(Cell::One)
        .into(),
    }
}

async fn subscribes(browser: &Browser, server: &FloodServer, times: u64, rows: &mut Vec<Row>) {
    let flood = Flood {
        events: 20,
        bytes: 359,
        then: Then::Silence,
    };
    let script = "
        window.kept ??= new Probe('', '{}');
        const [id, times] = args;
        for (let it = 0; it < times; it += 1) {
          kept.watch(id);
          await kept.when(id, 20, false);
          kept.unwatch(id);
        }
        return kept.state()";
    // The first tenth includes everything that is allocated once.
    for part in 0..10 {
        let script = format!("return (async () => {{ {script} }})()");
        let state: String = ask(browser, &script, json!([flood.id(), times / 10])).await;
        assert_eq!(state, "[]", "nothing is watched any more");
        if matches!(part, 0 | 4 | 9) {
            let name = format!("after {} subscribes and unsubscribes", times / 10 * (part + 1));
            rows.push(row(name, browser, server).await);
        }
    }
}

async fn reconnects(browser: &Browser, server: &FloodServer, times: u64, rows: &mut Vec<Row>) {
    const EACH: u64 = 3;
    let flood = Flood {
        events: times * EACH,
        bytes: 359,
        then: Then::Cuts(EACH),
    };
    // The log's limit is low, so that growth does not come from the log.
    let begin = "window.kept = new Probe('', '{\"retry_base\":1,\"retry_cap\":20,\"log_bytes\":65536}');
        kept.watch(args); return null";
    ask::<Value>(browser, begin, json!(flood.id())).await;
    for tenths in [1, 5, 10] {
        let script = "const [id, events] = args; return kept.when(id, events, false)";
        let events = times * EACH * tenths / 10;
        ask::<f64>(browser, script, json!([flood.id(), events])).await;
        let state: String = ask(browser, "return kept.state()", json!(null)).await;
        let state: Value = serde_json::from_str(&state).expect("the probe's JSON");
        let connects = &state[0]["connects"];
        rows.push(
            row(
                format!("after {connects} connects of one run, {events} events"),
                browser,
                server,
            )
            .await,
        );
    }
    let end = "kept.unwatch(args); return null";
    ask::<Value>(browser, end, json!(flood.id())).await;
    rows.push(row("after its unsubscribe".to_owned(), browser, server).await);
}
