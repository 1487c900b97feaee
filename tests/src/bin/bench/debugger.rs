//! `bench debugger [--peer] [--events N,N,…] [--payload N] [--rounds N] [--seconds N] [--lines N] [--only PART]`: the response times of the
//! page.
//!
//! Parts: `load`, from a cold start to a usable form, on loopback and with a slow phone's network and processor; `bursts`, events as fast as
//! the embedded server sends them, and whether the page responds to clicks; `steady`, a thousand events per second and the latency of each;
//! `typing`, keys in a form with a schema of thousands of lines. `--peer` also measures the React debugger where it can do the same:
//! `WORKFLOW_TEST_PEER` names a folder with its files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::StreamExt as _;
use serde_json::{Value, json};
use workflow_tests::{
    Api, Backend, Browser, BrowserOptions, FolderServer, Page, Script, ScriptedServer, Server, ServerOptions,
    devtools, try_devtools, until,
};

use crate::table::{Cell, Row, Table};
use crate::{Options, ROUND, report};

/// The peer is done when its count has not changed for this long.
const QUIET: Duration = Duration::from_secs(20);

/// How many clicks follow the one that starts a round.
const CLICKS: usize = 60;

/// Text in each event by default, so that an event has about 720 bytes on the wire: the size in the peer's published benchmark.
const PAYLOAD: u64 = 570;

/// Bytes of an event on the wire besides its text.
const ENVELOPE: u64 = 150;

/// With more events than this the peer does not finish.
const PEER_EVENTS: u64 = 10_000;

/// A burst that starts with a press of Run.
const LIVE: &str = "live";

/// A finished run is opened.
const REPLAY: &str = "replay";

/// Like [`LIVE`], with clicks as fast as the page handles them: browsers handle input before network data.
const CLICKED: &str = "live, clicked at";

/// The peer starts listening after the run has started, and misses one that has ended by then, so it gets its events a little slower.
const PEER: &str = "peer, live, 5 000/s";
const PEER_RATE: u64 = 5000;

/// The figures of a burst, in the order of the table, with their decimals.
const BURST: [(&str, usize); 11] = [
    ("click to the last count, ms", 0),
    ("events counted", 0),
    ("first event seen, ms", 0),
    ("longest frame, ms", 0),
    ("longest task, ms", 0),
    ("tasks over 50 ms", 0),
    ("clicks while they arrived", 0),
    ("slowest answer to a click, ms", 0),
    ("DOM elements", 0),
    ("JS heap, MB", 1),
    ("page's memory, MB", 1),
];

/// Starts to observe the page: frames, tasks, clicks and the count of events, with the page's clock. `count` is a function of the page that
/// returns the count on display.
const WATCH: &str = "
    const count = COUNT;
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
    // Only the first and the last change of the count are needed.
    const look = () => {
      const now = count();
      if (now > 0 && now !== seen.counts.at(-1)?.count) seen.counts.push({ at: performance.now(), count: now });
    };
    new MutationObserver(look).observe(document.body,
      { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['data-count'] });";

/// How a page shows the number of events that it has counted.
const OUR_COUNT: &str = "() => Number(document.querySelector('[data-part=run]')?.dataset.count ?? 0)";
// Its element is searched once: reading the whole page, which grows with each event, would slow it down.
const PEER_COUNT: &str = "() => {
      if (!window.counter?.isConnected) {
        const begins = (it) => it.textContent.startsWith('Event Stream (');
        window.counter = [...document.querySelectorAll('body *')].findLast(begins);
      }
      return Number(/\\((\\d+)\\)/.exec(window.counter?.textContent)?.[1] ?? 0);
    }";

/// The values that a burst's figures are computed from; the page's memory is added later.
const FIGURES: &str = "
    const { frames, tasks, clicks, counts } = window.bench;
    const begin = clicks[0].begin;
    const arrived = counts.filter((it) => it.at > begin);
    const last = arrived.at(-1);
    if (!last) return null;
    const during = (it) => it.begin > begin && it.begin < last.at;
    const answers = clicks.slice(1).filter(during).map((it) => it.ms ?? performance.now() - it.begin);
    const mine = tasks.filter((it) => it.begin + it.ms > begin);
    const gaps = frames.slice(1).map((at, index) => [at, at - frames[index]]).filter(([at]) => at > begin);
    return [last.at - begin, last.count, arrived[0].at - begin, Math.max(...gaps.map(([, ms]) => ms)),
        Math.max(0, ...mine.map((it) => it.ms)), mine.length, answers.length, Math.max(0, ...answers),
        document.querySelectorAll('*').length, performance.memory.usedJSHeapSize / 1e6]";

pub(crate) async fn run(options: &Options) -> Value {
    let rounds = options.number("--rounds", 5);
    let peer = if options.has("--peer") {
        let folder = std::env::var_os("WORKFLOW_TEST_PEER").map(PathBuf::from);
        let folder =
            folder.expect("WORKFLOW_TEST_PEER names a folder with the peer's index.html, app.js and app.css");
        Some(FolderServer::start(folder).await)
    } else {
        None
    };
    let bench = Bench {
        server: Server::start(Backend::Embedded, ServerOptions::default()),
        peer,
        rounds,
        payload: options.number("--payload", PAYLOAD),
    };
    let wanted = |part: &str| options.text("--only").is_none_or(|only| only == part);
    let mut tables = Vec::new();
    if wanted("load") {
        tables.push(bench.load().await);
    }
    if wanted("bursts") {
        let list = options.text("--events").unwrap_or("1000,10000,100000");
        let events = list
            .split(',')
            .map(|count| count.parse().expect("--events wants numbers"));
        tables.push(bench.bursts(events.collect()).await);
    }
    if wanted("steady") {
        tables.push(bench.steady(options.number("--seconds", 60)).await);
    }
    if wanted("typing") {
        tables.push(bench.typing(options.number("--lines", 6000)).await);
    }
    let browser = start_browser().await;
    let chromium = browser.version();
    browser.quit().await;
    report("debugger", &chromium, rounds, &tables)
}

/// A new browser for each round, without caches.
async fn start_browser() -> Browser {
    let browser = Browser::start(BrowserOptions::default()).await;
    let driver = browser.driver();
    driver
        .set_page_load_timeout(ROUND)
        .await
        .expect("a page load timeout");
    driver.set_script_timeout(ROUND).await.expect("a script timeout");
    // Our page reports its bundle when it has started.
    let program =
        "addEventListener('TrunkApplicationStarted', ({ detail }) => { window.wasm = detail.wasm; })";
    devtools(
        &browser,
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": program }),
    )
    .await;
    browser
}

struct Bench {
    server: Server,
    peer: Option<FolderServer>,
    rounds: u64,
    /// Bytes of text in each event.
    payload: u64,
}

impl Bench {
    /// The addresses of the pages: ours, and the peer's if requested, which finds the server by its `?api=`.
    fn pages(&self) -> Vec<(&'static str, String)> {
        let origin = self.server.origin();
        let mut pages = vec![("ours", format!("{origin}/debugger/?workflow=greeting"))];
        if let Some(peer) = &self.peer {
            pages.push(("peer", format!("{}/?api={origin}", peer.origin())));
        }
        pages
    }

    async fn load(&self) -> Table {
        let mut rows = Vec::new();
        for (name, address) in self.pages() {
            for slow in [false, true] {
                let mut figures: Vec<Vec<f64>> = Vec::new();
                for round in 1..=self.rounds {
                    eprintln!("load, {name}, slow: {slow}, round {round}");
                    let browser = start_browser().await;
                    figures.push(load(&browser, &address, slow).await);
                    browser.quit().await;
                }
                let terms = if slow {
                    "slow 4G, CPU four times slower"
                } else {
                    "loopback"
                };
                rows.push(row(format!("{name}, {terms}"), &figures));
            }
        }
        Table {
            title: "cold load, in ms: to a form that can be filled in (of the peer, which shows none before a workflow is chosen: to its \
                    list of workflows)"
                .to_owned(),
            columns: vec![("usable", 0), ("first paint", 0), ("bytes over the wire, KB", 0), ("requests", 0)],
            rows,
        }
    }

    async fn bursts(&self, counts: Vec<u64>) -> Table {
        let api = self.server.api();
        let mut rows = Vec::new();
        for events in counts {
            let alone = server_alone(&api, events, self.payload).await;
            let mut ways: BTreeMap<&str, Vec<Vec<f64>>> = BTreeMap::new();
            for round in 1..=self.rounds {
                for way in [LIVE, REPLAY, CLICKED, PEER] {
                    if way == PEER && (self.peer.is_none() || events > PEER_EVENTS) {
                        continue;
                    }
                    eprintln!("{events} events, {way}, round {round}");
                    let browser = start_browser().await;
                    let figures = match (&self.peer, way) {
                        (Some(peer), PEER) => self.peer_burst(&browser, peer, events).await,
                        _ => {
                            let page = Page::new(&browser, self.server.origin());
                            burst(&page, &api, way, (events, self.payload)).await
                        }
                    };
                    ways.entry(way).or_default().push(figures);
                    browser.quit().await;
                }
            }
            rows.extend(ways.iter().map(|(way, rounds)| {
                row(
                    format!("{events} events, {way} (the server alone: {alone} ms)"),
                    rounds,
                )
            }));
        }
        Table {
            title: format!(
                "bursts of events of {} bytes, as fast as the server gives them; the peer begins with what comes after it has subscribed",
                self.payload + ENVELOPE
            ),
            columns: BURST.to_vec(),
            rows,
        }
    }

    /// One round of the peer: presses Run and waits until its count stops changing, or the time limit.
    async fn peer_burst(&self, browser: &Browser, peer: &FolderServer, events: u64) -> Vec<f64> {
        let page = Page::new(browser, String::new());
        let address = format!("{}/?api={}", peer.origin(), self.server.origin());
        browser.driver().goto(address).await.expect("the peer's page");
        let open = "return document.querySelector('button[role=combobox]')";
        page.click("the peer's list of workflows", open, json!([])).await;
        let option =
            "return [...document.querySelectorAll('[role=option]')].find((it) => words(it) === 'progress')";
        page.click("progress", option, json!([])).await;
        for (field, value) in [
            ("steps", events),
            ("per_second", PEER_RATE),
            ("payload_bytes", self.payload),
        ] {
            let find = "return document.getElementById(`field-${args[0]}`)";
            let input = page.find(field, find, json!([field])).await;
            input.send_keys(value.to_string()).await.expect("keys");
        }
        page.ask::<Value>(&WATCH.replace("COUNT", PEER_COUNT), json!([]))
            .await;
        page.click("Run", "return byRole('button', 'Run Workflow')", json!([]))
            .await;
        let begun = Instant::now();
        let (mut seen, mut moved) = (0, Instant::now());
        while begun.elapsed() < ROUND && (moved.elapsed() < QUIET) {
            tokio::time::sleep(Duration::from_millis(500)).await;
            // A page that is too busy to respond is not done.
            let Ok(answer) = browser
                .driver()
                .execute(format!("return ({PEER_COUNT})()"), vec![])
                .await
            else {
                continue;
            };
            let now = answer.json().as_u64().unwrap_or_default();
            if now != seen {
                (seen, moved) = (now, Instant::now());
            }
        }
        let figures: Option<Vec<f64>> = page.ask(FIGURES, json!([])).await;
        // It may have received nothing at all.
        let mut figures = figures.unwrap_or_else(|| vec![f64::NAN; BURST.len() - 1]);
        figures.push(memory(browser).await);
        figures
    }

    async fn steady(&self, seconds: u64) -> Table {
        let mut rounds = Vec::new();
        for round in 1..=self.rounds {
            eprintln!("{seconds} s of a thousand events a second, round {round}");
            let browser = start_browser().await;
            let page = Page::new(&browser, self.server.origin());
            rounds.push(steady(&page, &self.server.api(), seconds).await);
            browser.quit().await;
        }
        Table {
            title: format!(
                "1 000 events/s for {seconds} s: how much later the page has counted an event than a plain reader of the same stream has it"
            ),
            columns: vec![
                ("median, ms", 1),
                ("p99, ms", 1),
                ("slowest, ms", 1),
                ("events", 0),
                ("longest frame, ms", 0),
                ("tasks over 50 ms", 0),
                ("page's memory, MB", 1),
            ],
            rows: vec![row("ours".to_owned(), &rounds)],
        }
    }

    async fn typing(&self, lines: u64) -> Table {
        let (schema, lines) = long_schema(lines);
        let scripted = ScriptedServer::start(Script::new().start_schema(schema)).await;
        let server = Server::in_front_of(&scripted.base());
        let mut rounds = Vec::new();
        for round in 1..=self.rounds {
            eprintln!("typing, round {round}");
            let browser = start_browser().await;
            let page = Page::new(&browser, server.origin());
            rounds.push(typing(&page).await);
            browser.quit().await;
        }
        Table {
            title: format!(
                "keys in a form whose schema has {lines} lines: from the key to the end of the script that it sets in motion, and of \
                 style and layout after it"
            ),
            columns: vec![
                ("script: median, ms", 2),
                ("longest, ms", 2),
                ("with layout: median, ms", 2),
                ("longest, ms", 2),
                ("keys", 0),
                ("form shown, ms", 0),
                ("fields", 0),
            ],
            rows: vec![row("ours".to_owned(), &rounds)],
        }
    }
}

/// A row of the same figures from several rounds.
fn row(name: String, rounds: &[Vec<f64>]) -> Row {
    let columns = rounds.first().map_or(0, Vec::len);
    let cells = (0..columns).map(|at| Cell::Rounds(rounds.iter().map(|round| round[at]).collect()));
    Row {
        name,
        cells: cells.collect(),
    }
}

/// Opens a page in a new browser. Returns when it was usable and first painted, in ms, and the transferred bytes.
async fn load(browser: &Browser, address: &str, slow: bool) -> Vec<f64> {
    // Checked at the end of each frame: what exists then can be used.
    let ready = "(() => {
        const usable = () => document.querySelector('[data-part=start-form] [name=name]')
          && !document.querySelector('[data-part=run-button]')?.disabled
          || [...document.querySelectorAll('button[role=combobox]')].some((it) => !it.disabled && /workflow/i.test(it.textContent));
        const look = () => {
          if (document.body && usable()) window.usable ??= performance.now();
          else requestAnimationFrame(() => setTimeout(look));
        };
        look();
      })();";
    devtools(
        browser,
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": ready }),
    )
    .await;
    devtools(browser, "Network.enable", json!({})).await;
    if slow {
        // Lighthouse's slow 4G on a mid-range phone.
        let network = json!({ "offline": false, "latency": 150, "downloadThroughput": 1.6e6 / 8.0, "uploadThroughput": 750e3 / 8.0 });
        devtools(browser, "Network.emulateNetworkConditions", network).await;
        devtools(browser, "Emulation.setCPUThrottlingRate", json!({ "rate": 4 })).await;
    }
    browser.driver().goto(address).await.expect("the page");
    let page = Page::new(browser, String::new());
    until("the page to be usable", ROUND, async || {
        match page
            .ask::<Option<f64>>("return window.usable ?? null", json!([]))
            .await
        {
            Some(_) => Ok(()),
            None => Err("not yet".to_owned()),
        }
    })
    .await;
    let script = "
        const files = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
        // The usable page may be painted a moment later.
        let paint;
        while (!(paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime))
          await new Promise((done) => setTimeout(done, 20));
        return [window.usable, paint, files.reduce((sum, it) => sum + it.encodedBodySize, 0) / 1000, files.length]";
    page.ask_slowly(script, json!([])).await
}

/// How many ms the server needs to run and send the same without a browser.
async fn server_alone(api: &Api, events: u64, payload: u64) -> u64 {
    let begin = Instant::now();
    let handler = api.start("progress", start_event(events, payload)).await;
    let path = format!("/events/{handler}?after_sequence=-1&include_internal=true");
    api.send("GET", &path, None).await;
    u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn start_event(events: u64, payload: u64) -> Value {
    json!({ "steps": events, "per_second": 0, "payload_bytes": payload })
}

/// Chooses `progress` and fills in its form; returns the button that starts it.
async fn prepare(page: &Page<'_>, events: u64, per_second: u64, payload: u64) {
    page.choose_workflow("progress").await;
    for (field, value) in [
        ("steps", events),
        ("per_second", per_second),
        ("payload_bytes", payload),
    ] {
        page.fill(field, &value.to_string()).await;
    }
}

/// One burst. Returns the figures in the order of [`BURST`].
async fn burst(page: &Page<'_>, api: &Api, way: &str, (events, payload): (u64, u64)) -> Vec<f64> {
    // The end of the run is a public event too.
    let expected = events + 1;
    // A small run is opened before, so that the clicked elements exist from the beginning.
    let small = api.start("greeting", json!({ "name": "Ada" })).await;
    page.open(&format!("?run={small}")).await;
    page.until_status("completed", ROUND).await;
    let clicks = if way == CLICKED { CLICKS } else { 0 };
    let begin = if way != REPLAY {
        prepare(page, events, 0, payload).await;
        page.find("the button Run", "return part('run-button')", json!([]))
            .await
    } else {
        let handler = api.start("progress", start_event(events, payload)).await;
        api.until_status(&handler, "completed", ROUND).await;
        page.until_listed(&handler, "completed").await;
        let row = "return parts('run-row').find((it) => it.dataset.handlerId === args[0])";
        page.find("the row of the run", row, json!([handler])).await
    };
    let filter = "const box = byRole('textbox', 'Filter events').getBoundingClientRect();
        return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]";
    let (x, y): (i64, i64) = page.ask(filter, json!([])).await;
    page.ask::<Value>(&WATCH.replace("COUNT", OUR_COUNT), json!([]))
        .await;
    // One command: the first click, and then clicks on the filter, each as soon as the previous one was handled.
    let chain = page
        .browser()
        .driver()
        .action_chain_with_delay(Some(Duration::ZERO), Some(Duration::ZERO));
    let chain = chain.move_to_element_center(&begin).click().move_to(x, y);
    (0..clicks)
        .fold(chain, |chain, _| chain.click())
        .perform()
        .await
        .expect("clicks");
    page.until_run("counted to the end", ROUND, |run| run.count >= expected)
        .await;
    // Includes work that the end of the run causes.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut figures: Vec<f64> = page.ask(FIGURES, json!([])).await;
    figures.push(memory(page.browser()).await);
    figures
}

/// The page's JavaScript and WebAssembly memory after garbage collection, in MB. NaN if the page is too busy to respond.
async fn memory(browser: &Browser) -> f64 {
    let collected = try_devtools(browser, "HeapProfiler.collectGarbage", json!({})).await;
    let Ok(heap) = try_devtools(browser, "Runtime.getHeapUsage", json!({})).await else {
        return f64::NAN;
    };
    if collected.is_err() {
        return f64::NAN;
    }
    let wasm = browser
        .driver()
        .execute("return window.wasm?.memory.buffer.byteLength ?? 0", vec![])
        .await;
    let wasm = wasm
        .ok()
        .and_then(|bytes| bytes.json().as_f64())
        .unwrap_or(f64::NAN);
    (heap["usedSize"].as_f64().unwrap_or(f64::NAN) + wasm) / 1e6
}

/// Follows a run with a thousand events per second, and reads the same stream outside the page.
async fn steady(page: &Page<'_>, api: &Api, seconds: u64) -> Vec<f64> {
    let events = seconds * 1000;
    page.open("").await;
    prepare(page, events, 1000, PAYLOAD).await;
    page.ask::<Value>(&WATCH.replace("COUNT", OUR_COUNT), json!([]))
        .await;
    page.press_run().await;
    let run = page
        .until_run("begun", ROUND, |run| !run.handler.is_empty())
        .await;
    let reader = tokio::spawn(arrivals(api.stream_address(&run.handler)));
    let limit = Duration::from_secs(seconds) + ROUND;
    page.until_run("counted to the end", limit, |run| run.count > events)
        .await;
    let arrived = reader.await.expect("the plain reader");
    let script = "
        const { frames, tasks, clicks, counts } = window.bench;
        const begin = clicks[0].begin;
        const gaps = frames.slice(1).map((at, index) => [at, at - frames[index]]).filter(([at]) => at > begin);
        return [counts.map((it) => [performance.timeOrigin + it.at, it.count]),
          Math.max(...gaps.map(([, ms]) => ms)), tasks.filter((it) => it.begin > begin).length]";
    let (counts, frame, tasks): (Vec<(f64, u64)>, f64, f64) = page.ask(script, json!([])).await;
    let mut counts = counts.into_iter().peekable();
    let mut delays: Vec<f64> = Vec::with_capacity(arrived.len());
    for (at, arrival) in arrived.iter().enumerate() {
        while counts.next_if(|(_, count)| *count <= at as u64).is_some() {}
        if let Some((shown, _)) = counts.peek() {
            delays.push(shown - arrival);
        }
    }
    delays.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = ((delays.len() as f64 - 1.0) * part).round().max(0.0);
        delays.get(place as usize).copied().unwrap_or(f64::NAN)
    };
    let memory = memory(page.browser()).await;
    vec![
        at(0.5),
        at(0.99),
        at(1.0),
        delays.len() as f64,
        frame,
        tasks,
        memory,
    ]
}

/// When each public event of a stream arrived at a plain reader, in ms since 1970.
async fn arrivals(address: String) -> Vec<f64> {
    let answer = reqwest::get(address).await.expect("the stream");
    let mut stream = answer.bytes_stream();
    let mut arrived = Vec::new();
    // Each event has one such line, which may arrive in two chunks.
    let (mark, mut matched) = (b"\ndata: ", 0);
    while let Some(Ok(bytes)) = stream.next().await {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a clock")
            .as_secs_f64()
            * 1000.0;
        for byte in bytes {
            matched = match (byte == mark[matched], byte) {
                (true, _) => matched + 1,
                (false, b'\n') => 1,
                (false, _) => 0,
            };
            if matched == mark.len() {
                arrived.push(now);
                matched = 0;
            }
        }
    }
    arrived
}

/// A schema of about so many lines, and its number of lines: nested models with fields of every kind.
fn long_schema(lines: u64) -> (Value, usize) {
    let mut schema = json!({});
    for models in 1.. {
        let name = |at: u64| format!("Model{at}");
        let properties = |at: u64| {
            json!({
                "name": { "title": "Name", "type": "string", "maxLength": 100 },
                "count": { "title": "Count", "type": "integer", "minimum": 0, "default": 1 },
                "mood": { "title": "Mood", "enum": ["happy", "sad"], "type": "string", "default": "happy" },
                "next": { "anyOf": [{ "$ref": format!("#/$defs/{}", name((at + 1) % models)) }, { "type": "null" }], "default": null },
            })
        };
        let model = |at: u64| json!({ "title": name(at), "type": "object", "properties": properties(at), "required": ["name"] });
        let defs: serde_json::Map<String, Value> = (0..models).map(|at| (name(at), model(at))).collect();
        let mut fields = properties(0);
        for at in 0..models.min(40) {
            fields[format!("part_{at}")] = json!({ "$ref": format!("#/$defs/{}", name(at)) });
        }
        // Required fields are unfolded: a form with over a hundred inputs.
        let parts = (0..models.min(32)).map(|at| format!("part_{at}"));
        let required: Vec<String> = std::iter::once("name".to_owned()).chain(parts).collect();
        schema = json!({ "$defs": defs, "title": "LongStart", "type": "object", "properties": fields, "required": required });
        let text = serde_json::to_string_pretty(&schema).expect("JSON");
        if text.lines().count() as u64 >= lines {
            return (schema, text.lines().count());
        }
    }
    (schema, 0)
}

/// Types a sentence into the first field.
async fn typing(page: &Page<'_>) -> Vec<f64> {
    const TEXT: &str = "The quick brown fox jumps over the lazy dog, twice a day.";
    page.open("").await;
    let begin = Instant::now();
    page.choose_workflow("scripted").await;
    let input = page
        .find(
            "the field",
            "return field(part('start-form') ?? document, 'name')",
            json!([]),
        )
        .await;
    let shown = begin.elapsed().as_secs_f64() * 1000.0;
    let watch = "
        window.keys = { script: [], layout: [] };
        let begun = 0;
        // Before the text changes: the driver's time between the key and this is not the page's.
        addEventListener('beforeinput', () => { begun = performance.now(); }, true);
        addEventListener('input', () => {
          // After all work of the key: each of its microtasks may start another.
          let turns = 50;
          const turn = () => {
            if (turns--) return queueMicrotask(turn);
            keys.script.push(performance.now() - begun);
            // Forces the browser's work for the next frame now.
            document.body.offsetHeight;
            keys.layout.push(performance.now() - begun);
          };
          turn();
        });
        return document.querySelectorAll('[data-part=start-form] :is(input, select, textarea)').length";
    let fields: f64 = page.ask(watch, json!([])).await;
    input.click().await.expect("a click");
    // Like keyboard input: chromedriver's own keys query the element before each key, which causes a layout of the page.
    for key in TEXT.chars() {
        let key = key.to_string();
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { key.as_str() } else { "" };
            let event = json!({ "type": kind, "key": key, "text": text });
            devtools(page.browser(), "Input.dispatchKeyEvent", event).await;
        }
    }
    let mut figures = Vec::new();
    for what in ["script", "layout"] {
        let mut keys: Vec<f64> = page.ask("return window.keys[args[0]]", json!([what])).await;
        keys.sort_by(f64::total_cmp);
        figures.push(crate::table::median(&keys));
        figures.push(keys.last().copied().unwrap_or(f64::NAN));
    }
    figures.extend([TEXT.chars().count() as f64, shown, fields]);
    figures
}
