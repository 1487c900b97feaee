//! A page with elements, its server, and a proxy between them that counts streams.

use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::{By, WebElement};
use workflow_tests::{Backend, FaultProxy, Server, ServerOptions, Stage, ask, devtools, until};

/// Time limit of a step on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// One of the pages.
pub(crate) struct Site<'a> {
    stage: &'a Stage,
    pub(crate) server: Server,
    pub(crate) proxy: FaultProxy,
}

impl<'a> Site<'a> {
    /// Opens a page, such as `plain/index.html`, on its own server.
    pub(crate) async fn open(stage: &'a Stage, page: &str) -> Self {
        let (folder, file) = page.split_once('/').expect("a folder and a file");
        let site = Self::start(stage, folder).await;
        site.goto(&format!("{}/debugger/{file}", site.proxy.origin()))
            .await;
        site
    }

    /// Starts only the server, with the pages of a folder.
    pub(crate) async fn start(stage: &'a Stage, folder: &str) -> Self {
        let options = ServerOptions {
            page: Some(pages().join(folder)),
            faults: stage.backend == Backend::Embedded,
            ..ServerOptions::default()
        };
        let server = Server::start(stage.backend, options);
        let proxy = FaultProxy::start(server.address()).await;
        Self { stage, server, proxy }
    }

    pub(crate) async fn goto(&self, address: &str) {
        let driver = self.stage.browser.driver();
        driver.goto(address).await.expect("the page");
    }

    /// The result of a script on the page. Its arguments are `args`.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, script: &str, args: Value) -> T {
        ask(&self.stage.browser, script, args).await
    }

    /// Waits until a script returns anything but null, false or undefined.
    pub(crate) async fn until(&self, what: &str, script: &str, args: Value) -> Value {
        until(what, SOON, async || {
            let found: Value = self.ask(script, args.clone()).await;
            match found {
                Value::Null | Value::Bool(false) => {
                    let shown: String = self.ask("return document.body.innerText", json!(null)).await;
                    Err(shown)
                }
                found => Ok(found),
            }
        })
        .await
    }

    pub(crate) async fn find(&self, selector: &str) -> WebElement {
        let driver = self.stage.browser.driver();
        until(selector, SOON, async || {
            let found = driver.find(By::Css(selector)).await;
            found.map_err(|error| error.to_string())
        })
        .await
    }

    pub(crate) async fn press(&self, selector: &str) {
        let button = self.find(selector).await;
        until(
            &format!("{selector} to take a click"),
            SOON,
            async || match button.is_enabled().await {
                Ok(true) => button.click().await.map_err(|error| error.to_string()),
                other => Err(format!("enabled: {other:?}")),
            },
        )
        .await;
    }

    /// Presses one of the page's own buttons.
    pub(crate) async fn press_own(&self, name: &str) {
        let driver = self.stage.browser.driver();
        let path = format!("//button[not(@class)][normalize-space()='{name}']");
        let button = driver.find(By::XPath(path)).await.expect("the page's button");
        button.click().await.expect("a click");
    }

    /// Waits for a prompt and answers it.
    pub(crate) async fn answer(&self, words: &str, field: &str, answer: &str) {
        let script = "return [...document.querySelectorAll('[data-part=prompt]')].some((it) => it.innerText.includes(args))";
        self.until(words, script, json!(words)).await;
        let field = self
            .find(&format!("[data-part=prompt][data-state=open] [name={field}]"))
            .await;
        field.send_keys(answer).await.expect("an answer");
        self.press("[data-part=prompt][data-state=open] button[type=submit]")
            .await;
    }

    /// The events of the elements, with their details.
    pub(crate) async fn dispatched(&self) -> Vec<(String, Value)> {
        let script = "return [...document.querySelectorAll('#dispatched li')].map((it) => it.textContent)";
        let lines: Vec<String> = self.ask(script, json!(null)).await;
        let parsed = lines.iter().map(|line| {
            let (name, detail) = line.split_once(' ').expect("a name and a detail");
            (name.to_owned(), serde_json::from_str(detail).expect("JSON"))
        });
        parsed.collect()
    }

    /// Waits for an event of this name, and returns the detail of the latest.
    pub(crate) async fn until_dispatched(&self, name: &str) -> Value {
        until(&format!("{name} to be dispatched"), SOON, async || {
            let dispatched = self.dispatched().await;
            let last = dispatched.iter().rfind(|(dispatched, _)| dispatched == name);
            last.map(|(_, detail)| detail.clone())
                .ok_or_else(|| format!("{dispatched:?}"))
        })
        .await
    }

    /// Nodes and listeners of the page after garbage collection.
    pub(crate) async fn held(&self) -> (u64, u64) {
        for _ in 0..2 {
            devtools(&self.stage.browser, "HeapProfiler.collectGarbage", json!({})).await;
        }
        let counters = devtools(&self.stage.browser, "Memory.getDOMCounters", json!({})).await;
        let count = |name: &str| counters[name].as_u64().expect("a count");
        (count("nodes"), count("jsEventListeners"))
    }

    /// Waits until the server has so many streams open.
    pub(crate) async fn until_streams(&self, wanted: u64) {
        until(&format!("{wanted} streams to be open"), SOON, async || {
            let open = self.server.open_streams().await;
            if open == wanted {
                Ok(())
            } else {
                Err(open.to_string())
            }
        })
        .await;
    }
}

/// The folder of the pages.
pub(crate) fn pages() -> PathBuf {
    let folder = std::env::var_os("WORKFLOW_TEST_ELEMENTS").map(PathBuf::from);
    folder.expect(
        "WORKFLOW_TEST_ELEMENTS names the folder of the built pages: `cargo xtask test elements` builds them",
    )
}
