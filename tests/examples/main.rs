//! Each app of `examples/` in Chromium with the embedded server.
//!
//! The apps have another origin than the server, as with a development server, and get its address from `?api=`. `cargo xtask test
//! examples` builds them and passes the folder in `WORKFLOW_TEST_EXAMPLES`.

#![allow(clippy::expect_used, reason = "tests and their helpers report by failing")]

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::{By, WebElement};
use workflow_tests::{
    Api, Backend, BrowserOptions, FolderServer, Script, ScriptedServer, Server, ServerOptions, Stage, ask,
    run_with, until,
};

/// Time limit of a step on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// Time limit of one app.
const LIMIT: Duration = Duration::from_secs(60);

/// Links that name another origin, `HOST`, and whether the user is asked for consent: the others are invalid addresses.
const LINKS: &[(&str, bool)] = &[
    ("/%09/HOST", false),
    ("/%0A/HOST", false),
    ("/%0D/HOST", false),
    ("/%09%5CHOST", false),
    ("http:////HOST", true),
    ("//HOST/deployments/app", true),
];

/// One test per app, named after it.
macro_rules! apps {
    ($($name:ident),+ $(,)?) => {
        mod app {
            use workflow_tests::{Backend, BrowserOptions, run_with};
            $(
                #[test]
                fn $name() {
                    run_with(Backend::Embedded, super::LIMIT, BrowserOptions::default(), super::$name);
                }
            )+
        }
        /// The tested apps.
        const APPS: &[&str] = &[$(stringify!($name)),+];
    };
}

apps!(app, start, watch, runs, events, inbox, session, result);

/// An app with its own server.
struct App<'a> {
    stage: &'a Stage,
    server: Server,
    folder: FolderServer,
    name: &'static str,
}

impl<'a> App<'a> {
    async fn new(stage: &'a Stage, name: &'static str) -> Self {
        Self {
            stage,
            server: Server::start(Backend::Embedded, ServerOptions::default()),
            folder: FolderServer::start(built()).await,
            name,
        }
    }

    fn api(&self) -> Api {
        self.server.api()
    }

    /// Opens it; `rest` is the end of its address.
    async fn open(&self, rest: &str) {
        let address = format!(
            "{}/{}/?api={}{rest}",
            self.folder.origin(),
            self.name,
            self.server.origin()
        );
        let driver = self.stage.browser.driver();
        driver.goto(address).await.expect("the app's page");
        // The server has another origin than the page, so the app asks for consent.
        answer(self.stage, &self.server.origin(), true).await;
    }

    /// The result of a script on the page.
    async fn look(&self, script: &str) -> Value {
        ask(&self.stage.browser, script, json!(null)).await
    }

    /// Waits until the page contains this text, and returns the page's text.
    async fn until_it_says(&self, words: &str) -> String {
        until(&format!("the page to say {words:?}"), SOON, async || {
            let text = self.look("return document.body.innerText").await;
            let text = text.as_str().unwrap_or_default();
            if text.contains(words) {
                Ok(text.to_owned())
            } else {
                Err(text.to_owned())
            }
        })
        .await
    }

    async fn find(&self, path: &str) -> WebElement {
        let driver = self.stage.browser.driver();
        until(path, SOON, async || {
            driver
                .find(By::XPath(path))
                .await
                .map_err(|error| error.to_string())
        })
        .await
    }

    async fn press(&self, button: &str) {
        let path = format!("//button[normalize-space()='{button}']");
        self.find(&path).await.click().await.expect("a click");
    }

    /// Writes into the page's only field.
    async fn write(&self, text: &str) {
        self.find("//input").await.send_keys(text).await.expect("a field");
    }

    /// The only run of a workflow, from the server.
    async fn only_run(&self) -> Value {
        let list = self.api().get("/handlers").await;
        let runs = list["handlers"].as_array().cloned().unwrap_or_default();
        assert_eq!(runs.len(), 1, "one run was started: {list}");
        runs.into_iter().next().unwrap_or_default()
    }
}

/// The folder of the built apps.
fn built() -> PathBuf {
    let folder = std::env::var_os("WORKFLOW_TEST_EXAMPLES").map(PathBuf::from);
    folder.expect(
        "WORKFLOW_TEST_EXAMPLES names the folder of the built apps: `cargo xtask test examples` builds them",
    )
}

#[test]
fn every_app_is_driven() {
    let folders = std::fs::read_dir(built()).expect("the folder of the built apps");
    let mut names: Vec<String> = folders
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let mut driven: Vec<&str> = APPS.to_vec();
    driven.sort_unstable();
    assert_eq!(names, driven, "the built apps, and those that are driven here");
}

/// Prompts of two runs with the same sequence number: the row of the first must not become the row of the second, nor may its answer.
async fn app(stage: &Stage) {
    const FIELD: &str = "//section[@aria-label='The opened run']//form//input";
    let app = App::new(stage, "app").await;
    app.open("").await;
    app.press("Run").await;
    app.until_it_says("What is your name?").await;
    let first = app.only_run().await["handler_id"].clone();
    app.find(FIELD).await.send_keys("Ada").await.expect("a field");

    app.press("Run").await;
    until("an empty field", SOON, async || {
        let field = app.find(FIELD).await;
        let typed = field.prop("value").await.ok().flatten().unwrap_or_default();
        if typed.is_empty() { Ok(()) } else { Err(typed) }
    })
    .await;
    app.find(FIELD).await.send_keys("Bob").await.expect("a field");
    app.press("Answer").await;
    app.until_it_says("What would you like to drink, Bob?").await;
    app.find(FIELD).await.send_keys("tea").await.expect("a field");
    app.press("Answer").await;
    app.until_it_says("Bob drinks tea.").await;
    let list = app.api().get("/handlers").await;
    let runs = list["handlers"].as_array().cloned().unwrap_or_default();
    let waiting = runs.iter().find(|run| run["handler_id"] == first);
    assert_eq!(
        waiting.map(|run| &run["status"]),
        Some(&json!("running")),
        "nobody answered the first run: {list}"
    );
}

async fn start(stage: &Stage) {
    let app = App::new(stage, "start").await;
    app.open("").await;
    app.press("Greet").await;
    // The text comes from the server, which may be fast.
    app.until_it_says(" is ").await;
    let run = app.only_run().await;
    assert_eq!(run["workflow_name"], "greeting", "{run}");
    app.until_it_says(run["handler_id"].as_str().unwrap_or("an id"))
        .await;
    let started = app
        .api()
        .events(run["handler_id"].as_str().unwrap_or_default(), false)
        .await;
    let last = started.last().map(|event| event.value().to_string());
    assert!(
        last.as_ref().is_some_and(|value| value.contains("Ada")),
        "the name in the field was sent: {last:?}"
    );
}

async fn watch(stage: &Stage) {
    let app = App::new(stage, "watch").await;
    // It must run longer than an unoptimised app takes to load.
    let event = json!({ "steps": 30, "per_second": 3 });
    let id = app.api().start("progress", event).await;
    app.open(&format!("#{id}")).await;
    app.until_it_says("running (live)").await;
    app.until_it_says("Progress").await;
    let text = app.until_it_says("completed (closed)").await;
    assert!(
        text.contains("\"done\":30"),
        "the last event, or the result: {text}"
    );
}

async fn runs(stage: &Stage) {
    let app = App::new(stage, "runs").await;
    let ended = app.api().start("greeting", json!({ "name": "Ada" })).await;
    let running = app
        .api()
        .start("progress", json!({ "steps": 600, "per_second": 2 }))
        .await;
    app.api().until_status(&ended, "completed", SOON).await;
    app.open("").await;
    let text = app.until_it_says(&running).await;
    assert!(
        text.contains(&ended) && text.contains("completed") && text.contains("running"),
        "both runs with their statuses: {text}"
    );
    // A run that another client starts appears automatically.
    let later = app.api().start("endless", json!({})).await;
    app.until_it_says(&later).await;
    app.press("Hide what has ended").await;
    until("the ended run to be hidden", SOON, async || {
        let text = app.look("return document.body.innerText").await.to_string();
        if !text.contains(&ended) && text.contains(&running) {
            Ok(())
        } else {
            Err(text)
        }
    })
    .await;
}

async fn events(stage: &Stage) {
    let app = App::new(stage, "events").await;
    app.open("").await;
    app.press("Count").await;
    let value = async || {
        let script = "const it = document.querySelector('progress'); return [it.value, it.max]";
        let value = app.look(script).await;
        (
            value[0].as_f64().unwrap_or_default(),
            value[1].as_f64().unwrap_or_default(),
        )
    };
    until("progress on the way", SOON, async || match value().await {
        (done, total) if done > 0.0 && done < total => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    until("all of it", SOON, async || match value().await {
        (50.0, 50.0) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

async fn inbox(stage: &Stage) {
    let app = App::new(stage, "inbox").await;
    app.open("").await;
    app.until_it_says("0 open").await;
    let id = app.api().start("interview", json!({})).await;
    app.until_it_says("What is your name?").await;
    app.write("Ada").await;
    // A second prompt rebuilt the row of the first: the field kept its text, and an empty answer was sent.
    let other = app.api().start("interview", json!({})).await;
    app.until_it_says("2 open").await;
    // The first row, because its run has waited longest.
    app.press("Send").await;
    app.until_it_says("What would you like to drink, Ada?").await;
    app.until_it_says("2 open").await;
    app.write("tea").await;
    app.press("Send").await;
    app.api().until_status(&id, "completed", SOON).await;
    app.until_it_says("1 open").await;
    let cancel = format!("/handlers/{other}/cancel");
    app.api().send("POST", &cancel, None).await;
    app.until_it_says("0 open").await;
    let record = app.api().handler(&id).await.to_string();
    assert!(record.contains("Ada") && record.contains("tea"), "{record}");
}

async fn session(stage: &Stage) {
    let app = App::new(stage, "session").await;
    app.open("").await;
    app.until_it_says("is running").await;
    until("events", SOON, async || {
        let text = app.look("return document.body.innerText").await.to_string();
        if text.contains("0 events") {
            Err(text)
        } else {
            Ok(())
        }
    })
    .await;
    let before = app.only_run().await;
    app.stage.browser.driver().refresh().await.expect("a reload");
    // It asks on each load, because the consent is not stored.
    answer(app.stage, &app.server.origin(), true).await;
    let text = app.until_it_says("is running, found again").await;
    let id = before["handler_id"].as_str().unwrap_or("an id");
    assert!(text.contains(id), "the run of before, {id}: {text}");
    app.only_run().await;
}

async fn result(stage: &Stage) {
    let app = App::new(stage, "result").await;
    app.open("").await;
    app.press("Greet").await;
    until("the result", SOON, async || {
        let text = app
            .look("return document.querySelector('#result').textContent")
            .await;
        let text = text.as_str().unwrap_or_default().to_owned();
        if text.contains("Ada") { Ok(()) } else { Err(text) }
    })
    .await;
}

// Symptom: `?api=/%09/host` was treated as a path of the page, and the app's requests, with their tokens, went to that host.
// Cause: the apps did not check whether the address is foreign, and the check itself compared texts.
#[test]
fn a_link_cannot_choose_the_server_of_an_example() {
    on_stage(async |stage| {
        let folder = FolderServer::start(built()).await;
        for name in APPS {
            for (link, is_question) in LINKS {
                let page = format!("{}/{name}/", folder.origin());
                nothing_is_asked(stage, &page, link, *is_question).await;
            }
        }
    });
}

#[test]
fn a_link_cannot_choose_the_server_of_a_template() {
    on_stage(async |stage| {
        let folder = FolderServer::start(templates()).await;
        for name in ["basic", "review", "extraction"] {
            for (link, _) in LINKS {
                let page = format!("{}/{name}/", folder.origin());
                nothing_is_asked(stage, &page, link, false).await;
            }
        }
    });
}

fn on_stage(test: impl AsyncFnOnce(&Stage)) {
    run_with(Backend::Embedded, 2 * LIMIT, BrowserOptions::default(), test);
}

/// Opens a page with a link to another origin, which must receive no request. The page uses its own origin instead.
async fn nothing_is_asked(stage: &Stage, page: &str, link: &str, is_question: bool) {
    let other = ScriptedServer::start(Script::new()).await;
    let link = link.replace("HOST", other.base().trim_start_matches("http://"));
    let driver = stage.browser.driver();
    driver
        .goto(format!("{page}?api={link}#scripted"))
        .await
        .expect("the app's page");
    if is_question {
        answer(stage, &other.base(), false).await;
    }
    let own = "return performance.getEntriesByType('resource').map((it) => it.name)
        .filter((name) => /\\/(workflows|handlers)/.test(name))";
    until(
        &format!("{page} to ask its own server, with {link}"),
        SOON,
        async || {
            // Apps that start a run by a button send their first requests here.
            let asked = ask::<Vec<String>>(&stage.browser, own, json!(null)).await;
            let buttons = "return document.querySelector('button')?.click() ?? null";
            if asked.is_empty() {
                ask::<Value>(&stage.browser, buttons, json!(null)).await;
                return Err("nothing was asked".to_owned());
            }
            let wrong = asked.iter().find(|name| !page.starts_with(origin_of(name)));
            assert_eq!(wrong, None, "{page}?api={link} asked another origin");
            Ok(())
        },
    )
    .await;
    assert_eq!(
        other.requests(),
        [""; 0],
        "{page}?api={link} asked another origin"
    );
}

/// Scheme, host and port of an absolute address.
fn origin_of(address: &str) -> &str {
    let path = address
        .match_indices('/')
        .nth(2)
        .map_or(address.len(), |(at, _)| at);
    &address[..path]
}

/// Answers the question about another server.
async fn answer(stage: &Stage, origin: &str, agree: bool) {
    let driver = stage.browser.driver();
    until("the question about the server", SOON, async || {
        match driver.get_alert_text().await {
            Ok(text) if text.contains(origin) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    let answered = if agree {
        driver.accept_alert().await
    } else {
        driver.dismiss_alert().await
    };
    answered.expect("an answer");
}

/// The folder of the built templates.
fn templates() -> PathBuf {
    let folder = std::env::var_os("WORKFLOW_TEST_TEMPLATES").map(PathBuf::from);
    folder.expect(
        "WORKFLOW_TEST_TEMPLATES names the folder of the built templates: `cargo xtask test examples` builds them",
    )
}
