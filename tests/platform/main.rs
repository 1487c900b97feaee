//! The real platform: the templates behind `llamactl serve`, as development servers and as built files; our binary in front of it; the page
//! on a real server from the wheel and under fixed names; invalid settings.
//!
//! `cargo xtask test platform` creates the environment.

#![allow(clippy::expect_used, reason = "tests and their helpers report by failing")]

mod cloud;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::{By, WebElement};
use workflow_tests::{
    Api, Backend, BrowserOptions, Developed, FolderServer, Front, Llamactl, Mounted, Page, Project, Server,
    Stage, ask, run_alone, run_with, script, until,
};

/// Time limit of an action of the interface.
const SOON: Duration = Duration::from_secs(30);

/// Time limit of a trunk build, on a machine that compiles something else too.
const BUILD: Duration = Duration::from_secs(150);

/// Time limit of a test: it installs packages, compiles, and starts several servers.
const LIMIT: Duration = Duration::from_secs(420);

/// An interface in a browser.
struct Shown<'a>(&'a Stage);

impl Shown<'_> {
    async fn open(&self, address: &str) {
        let driver = self.0.browser.driver();
        driver.goto(address).await.expect("the interface's page");
    }

    async fn reload(&self) {
        self.0.browser.driver().refresh().await.expect("a reload");
    }

    async fn look(&self, script: &str) -> Value {
        ask(&self.0.browser, script, json!(null)).await
    }

    /// Waits until the page contains this text.
    async fn until_it_says(&self, words: &str, limit: Duration) {
        until(&format!("the page to say {words:?}"), limit, async || {
            let text = self.look("return document.body?.innerText ?? ''").await;
            let text = text.as_str().unwrap_or_default();
            if text.contains(words) {
                Ok(())
            } else {
                Err(text.to_owned())
            }
        })
        .await;
    }

    async fn find(&self, path: &str) -> WebElement {
        let driver = self.0.browser.driver();
        until(path, SOON, async || {
            let found = driver.find(By::XPath(path)).await;
            found.map_err(|error| error.to_string())
        })
        .await
    }

    /// Fills in a field; a choice by its label.
    async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("//*[@name='{name}']")).await;
        field.send_keys(text).await.expect("a field");
    }

    async fn press(&self, button: &str) {
        let path = format!("//button[normalize-space()='{button}']");
        self.find(&path).await.click().await.expect("a click");
    }

    /// The reload socket connects to the page's own host, and passes through every server in front of trunk. (Its own port would only be
    /// reachable from this machine.)
    async fn reloads_from_its_own_host(&self, project: &Project) {
        let script = format!(
            "return new Promise((done) => {{
                const socket = new WebSocket(`ws://${{location.host}}{}.well-known/trunk/ws`);
                socket.onopen = () => done('open');
                socket.onerror = () => done('refused');
            }})",
            project.base()
        );
        assert_eq!(self.look(&script).await, "open", "a socket through the proxies");
        let script =
            "return document.documentElement.outerHTML.includes('const address = window.location.host')";
        assert_eq!(self.look(script).await, true, "the page's own script takes it");
    }

    /// The handler in the address, once it is there.
    async fn opened(&self) -> String {
        until("a run in the address", SOON, async || {
            let hash = self.look("return location.hash.slice(1)").await;
            match hash.as_str() {
                Some(hash) if !hash.is_empty() => Ok(hash.to_owned()),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }
}

fn on_stage(test: impl AsyncFnOnce(&Stage)) {
    run_with(Backend::Embedded, LIMIT, BrowserOptions::default(), test);
}

#[test]
fn the_basic_template_starts_follows_and_answers_a_run() {
    on_stage(async |stage| {
        let project = Project::of("basic");
        let page = Shown(stage);
        let words = Llamactl::without_npm(&project);
        assert!(words.contains("Package manager npm not found"), "{words}");
        {
            let llamactl = Llamactl::start(&project, &[]);
            page.open(&format!("{}{}", llamactl.origin(), project.base()))
                .await;
            page.until_it_says("Plan a trip", BUILD).await;
            let handler = plan_a_trip(&page, "Lisbon").await;
            llamactl.api().until_status(&handler, "completed", SOON).await;
            let record = llamactl.api().handler(&handler).await.to_string();
            assert!(
                record.contains("Lisbon") && record.contains("by the river"),
                "the server holds what was typed and what was answered: {record}"
            );
            // llamactl forwards one as the other, and a browser requests both.
            for end in ["", "/"] {
                let path = format!("{}{end}", project.base().trim_end_matches('/'));
                page.open(&format!("{}{path}#{handler}", llamactl.origin())).await;
                page.until_it_says("completed", SOON).await;
            }
            edited(&page, &project, &llamactl).await;
            in_one_origin(stage, &project, &llamactl, &handler).await;
        }
        as_files(stage, &project, "Plan a trip!", async |page: &Shown| {
            plan_a_trip(page, "Porto").await
        })
        .await;
        elsewhere(stage, &project).await;
    });
}

/// Starts a run, waits for its prompt and answers it; returns the run's handler.
async fn plan_a_trip(page: &Shown<'_>, city: &str) -> String {
    page.fill("city", city).await;
    page.press("Run").await;
    let handler = page.opened().await;
    page.until_it_says(&format!("Found the gardens of {city}"), SOON)
        .await;
    page.until_it_says(&format!("Where would you like to stay in {city}?"), SOON)
        .await;
    page.fill("stay", "by the river").await;
    page.press("Send").await;
    page.until_it_says("completed", SOON).await;
    page.until_it_says(&format!("from your room by the river into {city}"), SOON)
        .await;
    handler
}

/// A saved file appears on the page, and open views stay open.
async fn edited(page: &Shown<'_>, project: &Project, llamactl: &Llamactl) {
    let handler = page.opened().await;
    page.reloads_from_its_own_host(project).await;
    page.look("window.before = true; return 1").await;
    project.edit(
        "src/main.rs",
        "<h1>\"Plan a trip\"</h1>",
        "<h1>\"Plan a trip!\"</h1>",
    );
    page.until_it_says("Plan a trip!", BUILD).await;
    assert_eq!(
        page.look("return window.before ?? null").await,
        Value::Null,
        "it is another document"
    );
    assert_eq!(page.opened().await, handler, "the same run is open");
    page.until_it_says("completed", SOON).await;
    let script = "return document.querySelector('meta[name=llama-deploy-deployment-name]')?.content ?? null";
    assert_eq!(
        page.look(script).await,
        project.name,
        "the page knows its deployment, from {}",
        llamactl.origin()
    );
}

/// Our binary in front of `llamactl`: debugger and interface at one origin, with the reload socket through both.
async fn in_one_origin(stage: &Stage, project: &Project, llamactl: &Llamactl, handler: &str) {
    let front = Server::in_front_of(&llamactl.deployment());
    let debugger = Page::new(&stage.browser, front.origin());
    debugger.open(&format!("?run={handler}")).await;
    debugger.until_status("completed", SOON).await;
    assert!(
        debugger
            .address()
            .await
            .contains(&format!("api=/deployments/{}", project.name)),
        "the debugger knows the address of the workflows: {}",
        debugger.address().await
    );
    let page = Shown(stage);
    page.open(&format!("{}{}#{handler}", front.origin(), project.base()))
        .await;
    page.until_it_says("completed", SOON).await;
    page.reloads_from_its_own_host(project).await;
    project.edit(
        "index.html",
        "<title>Plan a trip</title>",
        "<title>A trip through both</title>",
    );
    until("a reload through both", BUILD, async || {
        match page.look("return document.title").await {
            title if title == "A trip through both" => Ok(()),
            title => Err(title.to_string()),
        }
    })
    .await;
}

/// The built files, served by the application server without a development server.
async fn as_files(stage: &Stage, project: &Project, heading: &str, work: impl AsyncFnOnce(&Shown) -> String) {
    let llamactl = Llamactl::start(project, &["--preview"]);
    let page = Shown(stage);
    // Also without the trailing slash, which the server redirects.
    page.open(&format!(
        "{}{}",
        llamactl.origin(),
        project.base().trim_end_matches('/')
    ))
    .await;
    page.until_it_says(heading, SOON).await;
    let handler = work(&page).await;
    let deep = page.look("return location.href").await;
    page.reload().await;
    page.until_it_says("completed", SOON).await;
    assert_eq!(page.look("return location.href").await, deep, "the same place");
    assert_eq!(page.opened().await, handler, "the same run");
    let socket = page
        .look("return document.documentElement.outerHTML.includes('trunk/ws')")
        .await;
    assert_eq!(socket, json!(false), "no reload script in what is deployed");
    let closed = TcpListener::bind(("127.0.0.1", llamactl.ui_port));
    assert!(closed.is_ok(), "a development server listens: {closed:?}");
}

/// Files at a path that they were not built for; a build without trunk sets another path.
async fn elsewhere(stage: &Stage, project: &Project) {
    let place = project
        .folder
        .with_file_name("elsewhere")
        .join("apps")
        .join("trip");
    let copied = std::process::Command::new("cp")
        .arg("-rL")
        .arg(project.ui())
        .arg({
            std::fs::create_dir_all(place.parent().expect("a folder above")).expect("a folder");
            &place
        })
        .status();
    assert!(copied.is_ok_and(|it| it.success()), "a copy of the interface");
    let page = place.join("dist/index.html");
    // As if it had been built for another path.
    let html = std::fs::read_to_string(&page).expect("the built page");
    std::fs::write(
        &page,
        html.replace("\"./", "\"/deployments/old/ui/")
            .replace("'./", "'/deployments/old/ui/"),
    )
    .expect("the built page");
    let output = script(
        &place,
        "build.mjs",
        &[
            ("PATH", "/nowhere"),
            ("LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH", "/apps/trip/dist"),
            ("LLAMA_DEPLOY_DEPLOYMENT_NAME", "the \"new\" one"),
            ("LLAMA_DEPLOY_PROJECT_ID", "p-1"),
        ],
    );
    assert!(output.status.success(), "{}", words(&output));
    assert!(
        words(&output).contains("taking the dist/ that was built before"),
        "{}",
        words(&output)
    );
    let served = FolderServer::start(project.folder.with_file_name("elsewhere")).await;
    let page = Shown(stage);
    page.open(&format!("{}/apps/trip/dist/#some-run", served.origin()))
        .await;
    page.until_it_says("Plan a trip!", SOON).await;
    page.until_it_says("the \"new\" one", SOON).await;
    let script = "return [...document.querySelectorAll('meta[name^=llama-deploy]')].map((it) => it.content)";
    assert_eq!(
        page.look(script).await,
        json!(["/apps/trip/dist", "the \"new\" one", "p-1"]),
        "path, name and project, once each"
    );
}

#[test]
fn the_review_template_lists_reviews_and_sends_decisions() {
    on_stage(async |stage| {
        let project = Project::of("review");
        let page = Shown(stage);
        let llamactl = Llamactl::start(&project, &[]);
        page.open(&format!("{}{}", llamactl.origin(), project.base()))
            .await;
        page.until_it_says("Document review", BUILD).await;
        let handler = review(&page, "Spring plan").await;
        llamactl.api().until_status(&handler, "completed", SOON).await;
        let record = llamactl.api().handler(&handler).await.to_string();
        assert!(
            record.contains("send back") && record.contains("Too short"),
            "{record}"
        );
        // A run that another client starts appears, and is counted as waiting.
        let other = llamactl
            .api()
            .start("review", json!({ "title": "From afar", "text": "TODO" }))
            .await;
        page.until_it_says("1 document waits for you.", SOON).await;
        let row = format!("//*[@data-part='run-row'][@data-handler-id='{other}']");
        page.find(&row).await.click().await.expect("a row");
        page.until_it_says("From afar", SOON).await;
        page.until_it_says("still holds TODO", SOON).await;
        drop(llamactl);
        as_files(stage, &project, "Document review", async |page: &Shown| {
            review(page, "Autumn plan").await
        })
        .await;
    });
}

/// Submits a document for review and answers the review; returns the run's handler.
async fn review(page: &Shown<'_>, title: &str) -> String {
    page.fill("title", title).await;
    page.fill("text", "A plan of a few words.").await;
    page.press("Put up for review").await;
    let handler = page.opened().await;
    page.until_it_says("6 words are very few", SOON).await;
    page.until_it_says(&format!("May “{title}” go out?"), SOON).await;
    page.fill("decision", "send back").await;
    page.fill("comment", "Too short").await;
    page.press("Send").await;
    page.until_it_says("Sent back", SOON).await;
    page.until_it_says("completed", SOON).await;
    handler
}

#[test]
fn the_page_is_mounted_by_the_wheel_and_by_the_servers_html() {
    on_stage(async |stage| {
        let mounted = Mounted::start();
        for path in ["", "/below", "/fixed"] {
            let page = stage.page_at(format!("{}{path}", mounted.origin()));
            page.open("").await;
            let handler = page.start("greeting", &[("name", "Ada")]).await;
            page.until_status("completed", SOON).await;
            assert!(page.result().await.contains("Ada"), "at {path}/debugger/");
            page.open(&format!("?run={handler}")).await;
            page.until_status("completed", SOON).await;
            // The script for regular expressions is next to the bundle, at any path.
            page.press("Regular expression").await;
            page.filter_events("^No event says this$").await;
            until("the expression to be tried", SOON, async || {
                let rows = page.rows().await.len();
                if rows == 0 {
                    Ok(())
                } else {
                    Err(format!("{rows} rows at {path}/debugger/"))
                }
            })
            .await;
            let places =
                "return performance.getEntriesByType('resource').map((it) => new URL(it.name).origin)";
            let places = ask::<Vec<String>>(&stage.browser, places, json!(null)).await;
            assert!(
                !places.is_empty() && places.iter().all(|origin| *origin == mounted.origin()),
                "everything comes from the server at {path}/debugger/: {places:?}"
            );
        }
        let below = Api::new(&format!("{}/below", mounted.origin()));
        a_repeated_event_counts_once(&below).await;
        a_repeated_start_or_cancel_counts_once(&below).await;
        an_incomplete_response_is_not_a_refusal(&Api::new(&mounted.origin())).await;
        a_request_in_chunks_does_not_block_the_server(&Api::new(&mounted.origin())).await;
        let place = "return document.querySelector('#root > .wf-page') !== null";
        assert!(
            ask::<bool>(&stage.browser, place, json!(null)).await,
            "the page is in #root"
        );
        // Without the trailing slash, and with a query that must be kept.
        let page = Shown(stage);
        page.open(&format!("{}/below/debugger?workflow=interview", mounted.origin()))
            .await;
        page.until_it_says("Start run", SOON).await;
        let address = page.look("return location.href").await;
        let address = address.as_str().unwrap_or_default();
        assert!(
            address.contains("/below/debugger/?")
                && address.contains("workflow=interview")
                && address.contains("api="),
            "{address}"
        );
        // The file name gives the same page, with the same policy.
        page.open(&format!("{}/below/debugger/index.html", mounted.origin()))
            .await;
        page.until_it_says("Start a run, or open one", SOON).await;
        let address = page.look("return location.href").await.to_string();
        assert!(
            address.contains("/below/debugger/index.html?") && address.contains("api="),
            "{address}"
        );
        for path in [
            "/debugger/",
            "/debugger/index.html",
            "/debugger//index.html",
            "/debugger/nothing",
        ] {
            let script =
                format!("return fetch('{path}').then((it) => it.headers.get('content-security-policy'))");
            let policy = page.look(&script).await.to_string();
            assert!(
                policy.contains("default-src 'none'") && policy.contains("base-uri 'none'"),
                "{path}: {policy}"
            );
        }
    });
}

/// A request that a browser repeats itself, with the same key, counts once.
async fn a_repeated_event_counts_once(api: &Api) {
    let answer = json!({ "type": "HumanResponseEvent", "value": { "response": "Ada" } });
    for (key, unhandled) in [(Some("k1"), 0), (None, 1)] {
        let handler = api.start("interview", json!({})).await;
        until("the question", SOON, async || {
            let events = api.events_so_far(&handler, false).await;
            let asked = events.iter().any(|event| event.class() == "InputRequiredEvent");
            if asked { Ok(()) } else { Err(format!("{events:?}")) }
        })
        .await;
        for _ in 0..2 {
            let sent = api.send_event(&handler, &answer, key).await;
            assert_eq!((sent.status, sent.json()), (200, json!({ "status": "sent" })));
        }
        until("the next question", SOON, async || {
            let events = api.events_so_far(&handler, true).await;
            let count = |class: &str| events.iter().filter(|event| event.class() == class).count();
            if count("Ask") == 1 && count("UnhandledEvent") == unhandled {
                Ok(())
            } else {
                Err(format!("key {key:?}: {events:?}"))
            }
        })
        .await;
    }
}

async fn a_repeated_start_or_cancel_counts_once(api: &Api) {
    let start = json!({ "start_event": {}, "handler_id": "twice" });
    for key in ["k1", "k2"] {
        let mut answers = Vec::new();
        for _ in 0..2 {
            let path = "/workflows/interview/run-nowait";
            answers.push(api.post(path, &start, Some(key)).await);
        }
        let run_ids: Vec<Value> = answers
            .iter()
            .map(|answer| answer.json()["run_id"].clone())
            .collect();
        assert!(run_ids[0].is_string(), "{answers:?}");
        assert_eq!(run_ids[0], run_ids[1], "one start");
        for _ in 0..2 {
            let cancelled = api.post("/handlers/twice/cancel", &json!({}), Some(key)).await;
            assert_eq!(
                (cancelled.status, cancelled.json()),
                (200, json!({ "status": "cancelled" }))
            );
        }
        // A handler can be continued after its run has ended.
        api.until_status("twice", "cancelled", SOON).await;
    }
}

/// The outcome is unknown: a page may neither treat it as refused nor repeat it.
async fn an_incomplete_response_is_not_a_refusal(api: &Api) {
    let event = json!({});
    for _ in 0..2 {
        let broken = api.post("/odd/events/broken", &event, Some("k1")).await;
        assert_eq!(broken.status, 502, "{}", broken.body);
        assert!(broken.json()["detail"].is_string(), "{}", broken.body);
    }
    let large = api.post("/odd/events/large", &event, Some("k1")).await;
    assert_eq!((large.status, large.body.len()), (200, 64 * 1024 + 1));
    let late = api.post("/odd/events/large", &event, Some("k1")).await;
    assert_eq!(late.status, 502, "it is not kept");
}

/// Symptom: after an event that was answered in chunks the server stopped responding.
/// Cause: the code that waits for the client's disconnect received the request's body again and again, and blocked the event loop.
async fn a_request_in_chunks_does_not_block_the_server(api: &Api) {
    for _ in 0..2 {
        let streamed = api.post("/odd/events/streamed", &json!({}), Some("k1")).await;
        assert_eq!(
            (streamed.status, streamed.body.as_str()),
            (200, "half of it, all of it")
        );
    }
    assert_eq!(api.send("GET", "/health", None).await.status, 200);
}

#[test]
fn the_proxy_shows_trunks_output_and_ends_with_its_parent() {
    run_alone(LIMIT, async || {
        let nobody = workflow_tests::free_port().to_string();
        let variables = [
            ("LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH", "/deployments/app/ui"),
            ("LLAMA_DEPLOY_DEPLOYMENT_NAME", "app"),
            ("LLAMA_DEPLOY_SERVER_PORT", nobody.as_str()),
        ];
        let trunk = "#!/bin/sh\necho 'error: no such <crate>' >&2\nexec sleep 1000\n";
        let mut front = Front::start(trunk, &variables);
        let api = Api::new(&format!("http://127.0.0.1:{}", front.port()));
        let page = until("trunk's words in a page", SOON, async || {
            let page = api.send("GET", "/deployments/app/ui", None).await;
            if page.body.contains("no such &lt;crate>") {
                Ok(page)
            } else {
                Err(page.body)
            }
        })
        .await;
        assert_eq!(page.status, 503, "the interface is not there yet");
        assert!(
            page.body.contains("http-equiv=\"refresh\""),
            "it looks again: {}",
            page.body
        );
        let beside = api.send("GET", "/deployments/app/workflows", None).await;
        assert_eq!(beside.status, 502, "nobody serves the workflows");
        assert!(beside.body.contains(&nobody), "{}", beside.body);
        front.orphan();
        until("the port to be free", SOON, async || {
            TcpListener::bind(("127.0.0.1", front.port())).map_err(|error| error.to_string())
        })
        .await;
    });
}

/// Sends bytes to a local port and reads the whole response.
fn raw(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_read_timeout(Some(SOON)).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .expect("an answer that ends with its connection");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Symptom: a page of another site read the interface and the workflows through a name that pointed to this machine.
/// Cause: the templates' development server accepted any `Host`, and forwarded requests with a local host.
#[test]
fn the_proxy_accepts_only_local_and_allowed_hosts() {
    run_alone(LIMIT, async || {
        let nobody = workflow_tests::free_port().to_string();
        let variables = [
            ("LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH", "/deployments/app/ui"),
            ("LLAMA_DEPLOY_DEPLOYMENT_NAME", "app"),
            ("LLAMA_DEPLOY_SERVER_PORT", nobody.as_str()),
            ("WORKFLOW_UI_ALLOWED_HOSTS", "dev.example.com, Other"),
        ];
        let front = Front::start("#!/bin/sh\nexec sleep 1000\n", &variables);
        let upgrade = "connection: upgrade\r\nupgrade: websocket\r\n";
        for (host, allowed) in [
            ("localhost", true),
            ("app.localhost:4502", true),
            ("127.0.0.1:4502", true),
            ("[::1]:4502", true),
            ("192.0.2.7:4502", true),
            ("DEV.example.com.:80", true),
            ("other", true),
            ("evil.example", false),
            ("dev.example.com.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("127.0.0.1@evil.example", false),
            ("localhost\r\nhost: evil.example", false),
            ("", false),
        ] {
            for path in ["/deployments/app/ui/", "/deployments/app/workflows"] {
                for more in ["connection: close\r\n", upgrade] {
                    let answer = raw(
                        front.port(),
                        &format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{more}\r\n"),
                    );
                    let refused = answer.starts_with("HTTP/1.1 403 ");
                    assert_eq!(refused, !allowed, "{host} {path} {more}: {answer}");
                    assert!(
                        allowed || host.contains('\n') || answer.contains("WORKFLOW_UI_ALLOWED_HOSTS"),
                        "the refusal names the variable: {answer}"
                    );
                }
            }
        }
    });
}

#[test]
#[ignore = "compiles the debugger for development"]
fn the_debugger_is_served_below_a_path_next_to_a_server() {
    run_with(
        Backend::Embedded,
        LIMIT * 2,
        BrowserOptions::default(),
        async |stage| {
            let server = Server::shared(Backend::Embedded);
            // Other paths go to the server: its API is at the root of the same origin.
            let developed = Developed::start("/debugger", server.address().port());
            for base in ["", "/"] {
                Shown(stage)
                    .open(&format!("{}/debugger{base}?api=/", developed.origin()))
                    .await;
                let page = stage.page_at(developed.origin());
                page.until_health("ok").await;
            }
            let page = stage.page_at(developed.origin());
            page.open("?api=/").await;
            page.start("greeting", &[("name", "Ada")]).await;
            page.until_status("completed", SOON).await;
            assert!(page.result().await.contains("Ada"), "{}", page.result().await);
        },
    );
}

fn words(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .concat()
}

#[test]
fn invalid_settings_are_reported_in_a_sentence() {
    // An unmodified template, without a build.
    let ui = std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/review/ui"));
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("its address").port().to_string();
    let base = "LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH";
    let no_trunk = ("PATH", "/nowhere");
    for (name, variables, expected) in [
        (
            "dev.mjs",
            &[("PORT", "eighty")][..],
            "PORT is `eighty`, which is not a port number.",
        ),
        ("dev.mjs", &[("PORT", port.as_str())], "is in use"),
        ("dev.mjs", &[no_trunk, ("PORT", "0")], "not a port number"),
        ("dev.mjs", &[no_trunk], "trunk is not on PATH"),
        (
            "build.mjs",
            &[no_trunk],
            "run this where Rust is, and commit dist/",
        ),
        (
            "build.mjs",
            &[no_trunk, (base, "http://host/ui")],
            "it should be a path such as",
        ),
        (
            "build.mjs",
            &[no_trunk, (base, "deployments/app/ui")],
            "without a slash at its beginning; taken as /deployments/app/ui/",
        ),
        (
            "build.mjs",
            &[no_trunk, (base, "/deployments/app/ui")],
            "LLAMA_DEPLOY_DEPLOYMENT_NAME is not set; taken as app, from the base path",
        ),
        (
            "build.mjs",
            &[no_trunk, (base, "/apps/one")],
            "LLAMA_DEPLOY_DEPLOYMENT_NAME is not set; the page takes the name",
        ),
        (
            "build.mjs",
            &[no_trunk, ("LLAMA_DEPLOY_SERVER_PORT", "70000")],
            "LLAMA_DEPLOY_SERVER_PORT is `70000`",
        ),
        (
            "build.mjs",
            &[no_trunk, ("LLAMA_CLOUD_BASE_URL", "cloud.example.com")],
            "LLAMA_CLOUD_BASE_URL is `cloud.example.com`; it should be an address",
        ),
        (
            "dev.mjs",
            &[no_trunk, ("WORKFLOW_UI_ALLOWED_HOSTS", "http://dev.example.com")],
            "it should be host names without scheme and port",
        ),
    ] {
        // A free port, unless the case is about the port.
        let free = workflow_tests::free_port().to_string();
        let all: Vec<(&str, &str)> = std::iter::once(("PORT", free.as_str()))
            .chain(variables.iter().copied())
            .collect();
        let output = script(&ui, name, &all);
        assert!(
            words(&output).contains(expected),
            "{name} with {variables:?}: {}",
            words(&output)
        );
        assert!(!output.status.success(), "{name} with {variables:?} goes on");
        assert!(
            !words(&output).contains("    at "),
            "a sentence and no trace: {}",
            words(&output)
        );
    }
}

#[test]
fn installing_a_server_without_a_built_page_reports_it() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(cargo)
        // `install` prefers the newest versions, which may not be available, unless the lock file is used.
        .args(["install", "--debug", "--offline", "--locked", "--path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../server"))
        .arg("--root")
        .arg(std::env::temp_dir().join("workflow-tests-never-installed"))
        .env("WORKFLOW_DEBUGGER_DIST", "/nowhere")
        .output()
        .expect("cargo runs");
    assert!(!output.status.success(), "it was installed without a page");
    assert!(
        words(&output).contains("there is no built page in /nowhere: run `cargo xtask build` first"),
        "{}",
        words(&output)
    );
}
