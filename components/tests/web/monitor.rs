//! `Monitor`: its deployments, runs, prompts, and servers of other kinds.

use crate::kit::Mounted;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};
use workflow_ui_components::monitor::{Deployment, Monitor, MonitorSummary, OpenRun};
use workflow_ui_core::{Reply, ScriptedTransport, WorkflowClient};

const DEPLOYMENTS: &str = include_str!("../../../protocol/tests/fixtures/manage/deployments.json");
const PROJECTS: &str = include_str!("../../../protocol/tests/fixtures/manage/projects.json");
const VERSION: &str = include_str!("../../../protocol/tests/fixtures/manage/version.json");
const LOGS: &str = include_str!("../../../protocol/tests/fixtures/manage/logs.txt");

/// A deployment whose server follows a script.
fn deployment(name: &str, server: &ScriptedTransport) -> Deployment {
    let base = format!("http://{name}.example");
    let client = WorkflowClient::builder(base.clone())
        .transport(server.clone().with_base(&base))
        .no_storage()
        .build();
    Deployment::new(name, client)
}

fn run(id: &str, workflow: &str, status: &str, error: &str) -> String {
    let completed = if status == "running" {
        "null"
    } else {
        r#""2026-11-20T11:28:12.000000+00:00""#
    };
    format!(
        r#"{{"handler_id":"{id}","workflow_name":"{workflow}","run_id":"r-{id}","error":{error},"result":null,"status":"{status}",
            "started_at":"2026-11-20T11:28:10.000000+00:00","updated_at":"2026-11-20T11:28:12.000000+00:00","completed_at":{completed}}}"#
    )
}

fn well(runs: &[String]) -> ScriptedTransport {
    let server = ScriptedTransport::new();
    server
        .get("/health", Reply::json(200, r#"{"status":"healthy"}"#))
        .get(
            "/workflows",
            Reply::json(200, r#"{"workflows":["greet","review"]}"#),
        )
        .get(
            "/handlers",
            Reply::json(200, format!(r#"{{"handlers":[{}]}}"#, runs.join(","))),
        );
    server
}

fn row(mounted: &Mounted, name: &str) -> Element {
    mounted
        .find(&format!("[data-part='deployment'][data-name='{name}']"))
        .into()
}

async fn until_health(mounted: &Mounted, name: &str, health: &str) {
    let selector = format!("[data-part='deployment'][data-name='{name}'][data-health='{health}']");
    mounted.until_there(&selector).await;
}

fn runs(mounted: &Mounted) -> Vec<String> {
    let rows = mounted.all("[data-part='monitor-run']").into_iter();
    let rows = rows.filter(|row| !row.has_attribute("hidden"));
    rows.filter_map(|row| row.get_attribute("data-handler-id"))
        .collect()
}

async fn until_runs(mounted: &Mounted, expected: &[&str]) {
    mounted
        .until(&format!("the runs {expected:?}"), |mounted| {
            let mut found = runs(mounted);
            found.sort();
            (found == expected).then_some(())
        })
        .await;
}

fn text(element: &Element) -> String {
    element.text_content().unwrap_or_default()
}

#[wasm_bindgen_test]
async fn runs_of_all_deployments_are_one_list_with_filters() {
    let failed = run("b1", "review", "failed", r#""ValueError: no page""#);
    let (a, b) = (
        well(&[run("a1", "greet", "completed", "null")]),
        well(&[failed, run("b2", "greet", "completed", "null")]),
    );
    let opened = RwSignal::new(None::<OpenRun>);
    let mounted = Mounted::new(|_| {
        let deployments = vec![deployment("a", &a), deployment("b", &b)];
        view! { <Monitor deployments open=opened on_open=move |run| opened.set(run) /> }
    });
    until_health(&mounted, "a", "ok").await;
    until_health(&mounted, "b", "ok").await;
    until_runs(&mounted, &["a1", "b1", "b2"]).await;
    let failed = mounted.find("[data-part='monitor-run'][data-status='failed']");
    assert!(text(&failed).contains("ValueError: no page"), "{}", text(&failed));
    assert!(text(&row(&mounted, "b")).contains("1 failed"));

    mounted
        .find("[data-part='monitor-count'][data-status='completed']")
        .click();
    until_runs(&mounted, &["a1", "b2"]).await;
    let name: HtmlElement = row(&mounted, "b")
        .query_selector("button[aria-pressed]")
        .expect("a selector")
        .expect("a button")
        .unchecked_into();
    name.click();
    until_runs(&mounted, &["b2"]).await;
    name.click();
    mounted
        .find("[data-part='monitor-count'][data-status='completed']")
        .click();
    let search: HtmlInputElement = mounted.find("input[type='search']").unchecked_into();
    search.set_value("valueerror");
    let event = web_sys::Event::new("input").expect("an event");
    search.dispatch_event(&event).expect("a dispatched event");
    until_runs(&mounted, &["b1"]).await;

    mounted
        .find("[data-part='monitor-run'][data-handler-id='b1']")
        .click();
    mounted.until_there("[data-part='monitor-run-open']").await;
    assert_eq!(
        opened.get_untracked(),
        Some(OpenRun {
            deployment: "b".to_owned(),
            handler_id: "b1".to_owned()
        })
    );
    mounted.find("[data-part='monitor-run-open'] button").click();
    mounted
        .until("the list", |mounted| {
            mounted
                .all("[data-part='monitor-run-open']")
                .is_empty()
                .then_some(())
        })
        .await;
}

#[wasm_bindgen_test]
async fn a_prompt_unfolds_and_is_counted() {
    let running = run("a1", "greet", "running", "null");
    let server = well(std::slice::from_ref(&running));
    server.get("/handlers/a1", Reply::json(202, running));
    let summary = RwSignal::new(MonitorSummary::default());
    let mounted = Mounted::new(|_| {
        let deployments = vec![deployment("a", &server)];
        view! { <Monitor deployments on_summary=move |now| summary.set(now) /> }
    });
    let stream = mounted
        .until("its stream", |_| server.streams("/events/a1").into_iter().next())
        .await;
    stream.event(
        0,
        r#"{"value":{"prefix":"Your name?"},"qualified_name":"workflows.events.InputRequiredEvent","type":"InputRequiredEvent","types":[]}"#,
    );
    mounted.until_there("[data-part='monitor-prompt']").await;
    mounted
        .until("the number", |_| {
            (summary.get_untracked().prompts == 1).then_some(())
        })
        .await;
    mounted
        .find("[data-part='monitor-prompt'] [aria-expanded='false']")
        .click();
    mounted
        .until_there("[data-part='monitor-prompt'] [data-part='prompt']")
        .await;
}

#[wasm_bindgen_test]
async fn tokens_and_agreements_are_asked_for_at_the_deployment() {
    let locked = ScriptedTransport::new();
    locked.get("/health", Reply::detail(401, "Who are you?"));
    let elsewhere = ScriptedTransport::new();
    let (token, agreed) = (RwSignal::new(None), RwSignal::new(String::new()));
    let mounted = Mounted::new(|_| {
        let asked = Deployment {
            client: None,
            removable: true,
            ..deployment("elsewhere", &elsewhere)
        };
        let deployments = vec![deployment("locked", &locked), asked];
        view! {
            <Monitor
                deployments
                on_token=move |given: (String, String)| token.set(Some(given))
                on_agree=move |name: String| agreed.set(name)
            />
        }
    });
    until_health(&mounted, "locked", "signin").await;
    until_health(&mounted, "elsewhere", "ask").await;
    assert_eq!(elsewhere.log(), Vec::<String>::new(), "nothing was sent");
    let field = mounted
        .until("the field", |mounted| {
            mounted.all("input[type='password']").into_iter().next()
        })
        .await;
    let field: HtmlInputElement = field.unchecked_into();
    assert_eq!(
        field.get_attribute("aria-label").as_deref(),
        Some("Token of locked")
    );
    field.set_value(" s3cret ");
    let event = web_sys::Event::new("input").expect("an event");
    field.dispatch_event(&event).expect("a dispatched event");
    mounted.find("form[aria-label='Sign in'] [type='submit']").click();
    assert_eq!(
        token.get_untracked(),
        Some(("locked".to_owned(), "s3cret".to_owned()))
    );
    let buttons = mounted.all("[data-name='elsewhere'] .wf-button");
    let button = buttons.iter().find(|button| text(button) == "Use this server");
    button
        .expect("a button")
        .clone()
        .unchecked_into::<HtmlElement>()
        .click();
    assert_eq!(agreed.get_untracked(), "elsewhere");
}

#[wasm_bindgen_test]
async fn servers_of_other_kinds_are_listed_with_what_they_have() {
    let old = ScriptedTransport::new();
    old.get(
        "/status/",
        Reply::json(200, r#"{"status":"Healthy","deployments":["toy"]}"#),
    )
    .get(
        "/deployments/toy/tasks",
        Reply::json(200, r#"[{"task_id":"t1","input":"{}"}]"#),
    )
    .get("/deployments/toy/sessions", Reply::json(200, "[]"));
    let control = ScriptedTransport::new();
    control
        .get(
            "/api/v1beta1/deployments-public/version",
            Reply::json(200, VERSION),
        )
        .get(
            "/api/v1beta1/deployments/list-projects",
            Reply::json(200, PROJECTS),
        )
        .get("/api/v1beta1/deployments", Reply::json(200, DEPLOYMENTS));
    let added = RwSignal::new(None);
    let mounted = Mounted::new(|_| {
        let served = well(&[]);
        let deployments = vec![
            deployment("old", &old),
            deployment("control", &control),
            deployment("served", &served),
        ];
        let on_add = move |given: (String, String)| {
            added.set(Some(given));
            Err::<(), _>(String::from("There is one of this name"))
        };
        view! { <Monitor deployments on_add /> }
    });
    until_health(&mounted, "old", "ok").await;
    let of = |name: &str, what: &str| format!("[data-name='{name}'] {what}");
    mounted
        .until_there(&of("old", "[data-part='other-entry'][data-name='toy']"))
        .await;
    let toy = text(&row(&mounted, "old"));
    assert!(
        toy.contains("llama-deploy 0.9 (legacy)") && toy.contains("1 task · 0 sessions"),
        "{toy}"
    );

    until_health(&mounted, "control", "ok").await;
    let failing = of(
        "control",
        "[data-part='other-entry'][data-status='RolloutFailed'][data-failed]",
    );
    mounted.until_there(&failing).await;
    let words = text(&mounted.find(&failing));
    assert!(words.contains("main 4f0c1c0"), "{words}");
    mounted.find("[aria-label='Watch Greeter']").click();
    assert_eq!(
        added.get_untracked(),
        Some(("Greeter".to_owned(), "https://greeter.example.org/".to_owned()))
    );
    let refused = of("control", "[role='alert']:not([hidden])");
    mounted.until_there(&refused).await;

    mounted.find("[aria-label='Log of Greeter']").click();
    let stream = mounted
        .until("the log", |_| {
            control
                .streams("/api/v1beta1/deployments/greeter/logs")
                .into_iter()
                .next()
        })
        .await;
    stream.bytes(LOGS).close();
    mounted
        .until("the lines", |mounted| {
            let log = mounted
                .all("[data-part='deployment-log']:not([hidden])")
                .into_iter()
                .next()?;
            (text(&log) == "line 0\nline 1").then_some(())
        })
        .await;
    mounted.find("[aria-label='Log of Greeter']").click();
    mounted
        .until("the closed log", |mounted| {
            let open = mounted.all("[data-part='deployment-log']:not([hidden])");
            open.is_empty().then_some(())
        })
        .await;

    // Only workflow servers can start runs.
    mounted.find("[role='tab'][id*='start']").click();
    let select = mounted
        .until("the choice", |mounted| {
            mounted.all("[data-part='start-deployment']").into_iter().next()
        })
        .await;
    let select: HtmlSelectElement = select.unchecked_into();
    mounted
        .until("the only server", |_| {
            (select.options().length() == 1).then_some(())
        })
        .await;
}
