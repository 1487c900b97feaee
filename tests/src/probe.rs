//! The page without views: `tests/probe`, built to WebAssembly, and what serves and controls it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::process::{Process, outputs};
use crate::server::{binary, until_it_answers};
use crate::{Api, Browser, devtools, free_port};

/// The folder of the built probe with its page.
///
/// # Panics
/// If `WORKFLOW_TEST_PROBE` does not name a folder with `probe.js` and `probe_bg.wasm`.
#[must_use]
pub fn probe_folder() -> PathBuf {
    let folder = std::env::var_os("WORKFLOW_TEST_PROBE").map(PathBuf::from);
    let folder = folder.filter(|it| it.join("probe_bg.wasm").is_file() && it.join("probe.js").is_file());
    let folder = folder.expect(
        "WORKFLOW_TEST_PROBE names the folder into which wasm-bindgen has put the probe (--target web --out-name probe): \
         `cargo xtask test tabs` builds it",
    );
    let page = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/probe/page"));
    for file in ["index.html", "page.js"] {
        // Written to a temporary name first, because another test may be reading it.
        let unfinished = folder.join(format!("{file}.{}", std::process::id()));
        std::fs::copy(page.join(file), &unfinished).expect("a file of the probe's page");
        std::fs::rename(&unfinished, folder.join(file)).expect("a file of the probe's page");
    }
    folder
}

/// Our binary with its demo workflows and with the probe in place of its page. Dropping it kills it.
#[derive(Debug)]
#[must_use = "dropping the server kills it"]
pub struct ProbeServer {
    port: u16,
    _process: Process,
}

impl ProbeServer {
    /// Starts it and waits until it responds.
    ///
    /// # Panics
    /// If it does not respond; with the end of its log.
    pub fn start() -> Self {
        let port = free_port();
        let mut command = Command::new(binary());
        command.args([
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--faults",
            "--dist",
        ]);
        command.arg(probe_folder());
        let log = outputs().join(format!("probe-{port}.log"));
        let mut process = Process::start("workflow-debugger", &mut command, &log).expect("the server starts");
        until_it_answers(&mut process, port, "/health");
        Self {
            port,
            _process: process,
        }
    }

    /// The page's address.
    #[must_use]
    pub fn page(&self) -> String {
        format!("{}/debugger/", self.origin())
    }

    /// Its socket address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Its base URL.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address())
    }

    /// A client of it.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&self.origin())
    }

    /// How many event streams are open at the server, and the maximum so far.
    pub async fn streams(&self) -> (u64, u64) {
        let streams = self.api().get("/_faults").await;
        let number = |key: &str| streams[key].as_u64().expect("a count of streams");
        (number("open_streams"), number("most_streams"))
    }
}

/// Runs a script on the current page. A returned promise is awaited.
///
/// # Panics
/// If the script throws or returns something else.
pub async fn ask<T: DeserializeOwned>(browser: &Browser, script: &str, args: Value) -> T {
    let answer = browser
        .driver()
        .execute(format!("const args = arguments[0]; {script}"), vec![args])
        .await
        .unwrap_or_else(|error| panic!("{script}: {error}"));
    serde_json::from_value(answer.json().clone())
        .unwrap_or_else(|error| panic!("{script} gave {}: {error}", answer.json()))
}

/// Opens the probe's page and waits until it is ready.
///
/// # Panics
/// If it does not become ready.
pub async fn open_probe(browser: &Browser, address: &str) {
    browser.driver().goto(address).await.expect("the probe's page");
    let ready = "return new Promise((done) => {
        const look = () => (document.title === 'ready' ? done(true) : setTimeout(look, 20));
        look();
    })";
    assert!(ask::<bool>(browser, ready, json!(null)).await, "the probe starts");
}

/// The page's memory after garbage collection: JavaScript's heap and WebAssembly's memory, and the number of listeners.
pub async fn held(browser: &Browser) -> (u64, u64, u64) {
    for _ in 0..2 {
        devtools(browser, "HeapProfiler.collectGarbage", json!({})).await;
    }
    let heap = devtools(browser, "Runtime.getHeapUsage", json!({})).await;
    let counters = devtools(browser, "Memory.getDOMCounters", json!({})).await;
    let wasm: u64 = ask(browser, "return wasmBytes()", json!(null)).await;
    let listeners = counters["jsEventListeners"].as_u64().unwrap_or_default();
    let used = heap["usedSize"].as_f64().unwrap_or_default();
    (used as u64, wasm, listeners)
}
