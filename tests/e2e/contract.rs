//! The accessible contract itself, and forbidden behaviour of the page.

use serde_json::json;
use workflow_tests::{Backend, BrowserOptions, Page, Stage, run_with};

use crate::RUN;
use crate::interview::NAME;

on!(embedded, Embedded: parts_have_their_roles_and_names, the_policy_is_strict, the_keyboard_is_enough);

#[test]
fn no_request_leaves_the_origin() {
    let limit = std::time::Duration::from_secs(60);
    run_with(
        Backend::Embedded,
        limit,
        BrowserOptions {
            network_log: true,
            one_origin: true,
            ..BrowserOptions::default()
        },
        nothing_leaves,
    );
}

/// Compares a part's role and name with the browser's accessibility tree.
async fn check(page: &Page<'_>, part: &str, role: &str, name: &str, wrong: &mut Vec<String>) {
    let element = page
        .find(&format!("the part {part}"), "return part(args[0])", json!([part]))
        .await;
    let seen = (
        page.browser().role(&element).await,
        page.browser().name(&element).await,
    );
    if seen != (role.to_owned(), name.to_owned()) {
        wrong.push(format!("{part} is {seen:?} and not {:?}", (role, name)));
    }
}

async fn parts_have_their_roles_and_names(stage: &Stage) {
    let mut wrong = Vec::new();
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("interview").await;
    check(&page, "workflow", "combobox", "Workflow", &mut wrong).await;
    check(&page, "start-form", "form", "Start run", &mut wrong).await;
    check(&page, "run-button", "button", "Run", &mut wrong).await;
    check(&page, "inbox", "region", "Open prompts", &mut wrong).await;
    page.start("interview", &[]).await;
    let prompt = page.until_prompt(NAME).await;
    check(&page, "runs", "grid", "Runs", &mut wrong).await;
    check(&page, "run", "region", "Run", &mut wrong).await;
    check(&page, "prompt", "region", "Input required", &mut wrong).await;
    check(&page, "events", "grid", "Events", &mut wrong).await;
    page.open_event(prompt.sequence).await;
    check(&page, "event", "region", "Event", &mut wrong).await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    page.result().await;
    check(&page, "result", "region", "Run result", &mut wrong).await;
    page.start("failing", &[]).await;
    page.until_status("failed", RUN).await;
    page.failure().await;
    let failure = page
        .find("the failure", "return part('failure')", json!([]))
        .await;
    if stage.browser.role(&failure).await != "alert" {
        wrong.push("a failure is no alert".to_owned());
    }
    let rows = "return [...document.querySelectorAll('[data-part=run-row], [data-part=event-row]')]
        .filter((it) => it.getAttribute('role') !== 'row' && it.tagName !== 'TR').map((it) => it.outerHTML.slice(0, 100))";
    wrong.extend(page.ask::<Vec<String>>(rows, json!([])).await);
    assert!(wrong.is_empty(), "the contract is not kept: {wrong:#?}");
}

async fn the_policy_is_strict(stage: &Stage) {
    let answer = reqwest::get(format!("{}/debugger/", stage.server().origin()))
        .await
        .expect("the page");
    let policy = answer
        .headers()
        .get("content-security-policy")
        .and_then(|it| it.to_str().ok())
        .map(str::to_owned);
    let policy = policy.expect("the page is served with a policy");
    assert!(
        policy.contains("default-src 'none'"),
        "nothing is allowed that isn't named: {policy}"
    );
    assert!(!policy.contains("'unsafe-inline'"), "nothing inline: {policy}");
    assert!(
        !policy.contains("'unsafe-eval'"),
        "only WebAssembly is compiled: {policy}"
    );
    let page = stage.page();
    page.open("").await;
    let inline: Vec<String> = page
        .ask(
            "return [...document.querySelectorAll('script:not([src]), style')]
                .filter((it) => it.textContent.trim()).map((it) => it.outerHTML.slice(0, 200))",
            json!([]),
        )
        .await;
    assert!(inline.is_empty(), "no inline script or style: {inline:?}");
    let policies = "return [...document.querySelectorAll('meta[http-equiv=Content-Security-Policy]')].map((it) => it.content)";
    let policies: Vec<String> = page.ask(policies, json!([])).await;
    assert!(
        policies.len() == 1 && policies[0].contains("connect-src 'self'"),
        "and under test it is bound to its own origin: {policies:?}"
    );
    // Every test checks that a watched run does not violate the policy: see `Browser::complaints`.
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
}

async fn nothing_leaves(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("progress", &[("steps", "10"), ("per_second", "10")])
        .await;
    page.until_status("completed", RUN).await;
    let requests = stage.browser.requests().await;
    assert!(
        requests.iter().any(|it| it.contains("/events/")),
        "the log of requests works: {requests:?}"
    );
    let origin = stage.server().origin();
    let own = |it: &&String| !it.starts_with(&origin) && !it.starts_with("data:") && !it.starts_with("blob:");
    let foreign: Vec<&String> = requests.iter().filter(own).collect();
    assert!(foreign.is_empty(), "no request leaves {origin}: {foreign:?}");
}

async fn the_keyboard_is_enough(stage: &Stage) {
    use thirtyfour::Key;
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("greeting").await;
    let name = page
        .find(
            "the field name",
            "return field(part('start-form'), 'name')",
            json!([]),
        )
        .await;
    name.send_keys("Ada").await.expect("keys");
    name.send_keys(Key::Enter).await.expect("Enter");
    page.until_status("completed", RUN).await;
    assert!(
        page.result().await.contains("Ada"),
        "Enter in the form starts the run"
    );
}
