//! The monitor: several servers on one page.

use std::time::Duration;

use serde_json::json;
use thirtyfour::Key;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use workflow_tests::{
    Backend, BrowserOptions, FaultProxy, Look, Page, Server, ServerOptions, Stage, run_with, until,
    violations,
};

on!(embedded, Embedded:
    runs_and_prompts_of_two_servers_are_on_one_page,
    an_answer_is_continued_in_the_run_and_back_in_the_inbox,
    the_monitor_works_by_keyboard,
    invalid_addresses_and_other_servers_are_refused,
    nothing_keeps_anybody_out,
);

/// Time limit until a change reaches the page on a busy machine.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn failing_servers_do_not_delay_others() {
    let options = BrowserOptions {
        one_origin: true,
        ..BrowserOptions::default()
    };
    run_with(Backend::Python, Duration::from_secs(300), options, real_servers);
}

fn front(upstreams: &[(&str, String)]) -> Server {
    let named = upstreams
        .iter()
        .map(|(name, address)| format!("{name}={address}"));
    Server::start(
        Backend::Embedded,
        ServerOptions {
            upstreams: named.collect(),
            ..ServerOptions::default()
        },
    )
}

/// A server that responds to everything with a page.
async fn website() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4_096];
                let _ = stream.read(&mut request).await;
                let page = "<!doctype html><title>Shop</title>";
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    page.len()
                );
                let _ = stream.write_all([head.as_str(), page].concat().as_bytes()).await;
            });
        }
    });
    origin
}

async fn open(page: &Page<'_>, query: &str) {
    page.open_unready(&format!("?page=monitor{query}")).await;
    page.find("the monitor", "return part('monitor')", json!([]))
        .await;
}

/// Waits until the page shows this state of a deployment: `ok`, `down` or `signin`.
async fn until_health(page: &Page<'_>, name: &str, health: &str) {
    until(&format!("{name} to be {health}"), SOON, async || {
        let script =
            "return parts('deployment').find((it) => it.dataset.name === args[0])?.innerText.concat(' ',
            parts('deployment').find((it) => it.dataset.name === args[0]).dataset.health)";
        let seen: Option<String> = page.ask(script, json!([name])).await;
        match seen {
            Some(seen) if seen.ends_with(&format!(" {health}")) => Ok(()),
            seen => Err(format!("{seen:?}")),
        }
    })
    .await;
}

/// Waits until a run is listed with this status.
async fn until_listed(page: &Page<'_>, deployment: &str, handler: &str, status: &str) {
    until(&format!("{handler} to be {status}"), SOON, async || {
        let script = "return parts('monitor-run').filter((it) => it.dataset.handlerId === args[1])
            .map((it) => `${it.dataset.deployment} ${it.dataset.status}`)";
        let seen: Vec<String> = page.ask(script, json!([deployment, handler])).await;
        if seen == [format!("{deployment} {status}")] {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }
    })
    .await;
}

async fn until_prompts(page: &Page<'_>, count: usize) {
    until(&format!("{count} open prompts"), SOON, async || {
        let script = "return [Number(part('monitor-inbox').dataset.count), document.title]";
        let seen: (usize, String) = page.ask(script, json!([])).await;
        let title = match count {
            0 => !seen.1.starts_with('('),
            _ => seen.1.starts_with(&format!("({count}) ")),
        };
        if seen.0 == count && title {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }
    })
    .await;
}

/// Unfolds the prompt of a run.
async fn unfold(page: &Page<'_>, handler: &str, field: &str) {
    let row = "const it = parts('monitor-prompt').find((it) => it.dataset.handlerId === args[0]);
        const button = it?.querySelector('[aria-expanded]');
        return button?.getAttribute('aria-expanded') === 'false' ? button : button && document.body";
    page.click("the prompt", row, json!([handler])).await;
    page.find(
        "its form",
        "const card = part('prompt', part('monitor-inbox'));
         return card?.dataset.handlerId === args[0] && field(card, args[1]) ? card : null",
        json!([handler, field]),
    )
    .await;
}

/// Unfolds the prompt of a run, and answers it in its only field.
async fn answer(page: &Page<'_>, handler: &str, field: &str, value: &str) {
    unfold(page, handler, field).await;
    page.fill_prompt(field, value).await;
    page.press_send().await;
}

async fn tab(page: &Page<'_>, name: &str) {
    page.click(name, "return byRole('tab', args[0])", json!([name]))
        .await;
}

async fn runs_and_prompts_of_two_servers_are_on_one_page(stage: &Stage) {
    let [one, two] = [(); 2].map(|()| Server::start(stage.backend, ServerOptions::default()));
    let front = front(&[("one", one.origin()), ("two", two.origin())]);
    let page = stage.page_at(front.origin());
    open(&page, "").await;
    until_health(&page, "one", "ok").await;
    until_health(&page, "two", "ok").await;
    let names: Vec<String> = page
        .ask(
            "return parts('deployment').map((it) => it.dataset.name)",
            json!([]),
        )
        .await;
    assert_eq!(names, ["one", "two"], "the demo of the front is no deployment");
    let failed = one.api().start("failing", json!({})).await;
    let asks = two.api().start("interview", json!({})).await;
    until_listed(&page, "one", &failed, "failed").await;
    until_prompts(&page, 1).await;
    until_listed(&page, "two", &asks, "waiting").await;
    let reason: String = page
        .ask(
            "return parts('monitor-run').find((it) => it.dataset.status === 'failed').innerText",
            json!([]),
        )
        .await;
    assert!(reason.contains("one"), "{reason}");
    answer(&page, &asks, "response", "Ada").await;
    page.find(
        "the next question",
        "return part('monitor-inbox').innerText.includes('drink') ? document.body : null",
        json!([]),
    )
    .await;
    // A run of any workflow of any deployment.
    tab(&page, "Start").await;
    page.find("the deployments", "return part('start-deployment')", json!([]))
        .await;
    let choose = "const it = part('start-deployment'); it.value = args[0];
        it.dispatchEvent(new Event('change', { bubbles: true })); return it";
    page.find("the second", choose, json!(["two"])).await;
    page.choose_workflow("greeting").await;
    page.fill("name", "Ada").await;
    page.press_run().await;
    let run = page.until_status("completed", SOON).await;
    let address = page.address().await;
    assert!(
        address.contains("page=monitor")
            && address.contains("deployment=two")
            && address.contains(&run.handler),
        "{address}"
    );
    assert_eq!(two.api().handler(&run.handler).await["status"], "completed");
    // The address opens the same run.
    page.open_unready(&address[address.find('?').expect("a query")..])
        .await;
    page.until_status("completed", SOON).await;
    page.press("Back to the runs").await;
    tab(&page, "Trends").await;
    page.find("what was seen", "return part('trends')", json!([]))
        .await;
}

async fn an_answer_is_continued_in_the_run_and_back_in_the_inbox(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let front = front(&[("one", server.origin())]);
    let page = stage.page_at(front.origin());
    let handler = server.api().start("interview", json!({})).await;
    open(&page, "").await;
    until_prompts(&page, 1).await;
    let value = |part: &str, value: &str| {
        format!(
            "return field(part('prompt', part('{part}')) ?? document.createElement('p'), 'response')?.value === '{value}' ? document.body : null"
        )
    };
    unfold(&page, &handler, "response").await;
    page.fill_prompt("response", "A").await;
    page.press("Open run").await;
    page.find("the draft in the run", &value("run", "A"), json!([]))
        .await;
    let input = "return field(part('prompt', part('run')), 'response')";
    let input = page.find("the field", input, json!([])).await;
    input.send_keys("da").await.expect("keys");
    page.press("Back to the runs").await;
    unfold(&page, &handler, "response").await;
    page.find(
        "the draft in the inbox",
        &value("monitor-inbox", "Ada"),
        json!([]),
    )
    .await;
}

async fn the_monitor_works_by_keyboard(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let front = front(&[("one", server.origin())]);
    let page = stage.page_at(front.origin());
    let handler = server.api().start("greeting", json!({ "name": "Ada" })).await;
    page.open("").await;
    page.keys("m").await;
    page.find("the monitor", "return part('monitor')", json!([]))
        .await;
    until_listed(&page, "one", &handler, "completed").await;
    page.find(
        "the list",
        "const it = part('monitor-runs'); it.focus(); return it",
        json!([]),
    )
    .await;
    page.keys(Key::Down).await;
    page.keys(Key::Enter).await;
    page.until_status("completed", SOON).await;
    let focused =
        "return document.activeElement.textContent.includes(args[0]) ? document.activeElement : null";
    page.find("the way back", focused, json!(["Back to the runs"]))
        .await;
    page.keys(Key::Enter).await;
    let listed = "return document.activeElement === part('monitor-runs') ? document.body : null";
    page.find("the focus in the list", listed, json!([])).await;
}

async fn invalid_addresses_and_other_servers_are_refused(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let front = front(&[
        ("one", server.origin()),
        ("html", website().await),
        ("gone", String::from("http://127.0.0.1:9")),
    ]);
    let page = stage.page_at(front.origin());
    open(&page, "").await;
    until_health(&page, "one", "ok").await;
    until_health(&page, "html", "down").await;
    until_health(&page, "gone", "down").await;
    page.click(
        "the form",
        "return part('monitor').querySelector('details summary')",
        json!([]),
    )
    .await;
    for (name, address, part) in [
        ("one", "/deployments/x", "named one already"),
        ("two", "/upstreams/one/", "already, as one"),
        ("two", "http://a b", "address"),
    ] {
        let put = "const form = part('add-deployment');
            for (const [at, value] of [args[0], args[1]].entries()) {
              const it = form.querySelectorAll('input')[at];
              it.value = value; it.dispatchEvent(new Event('input', { bubbles: true }));
            }
            form.requestSubmit(); return form";
        page.find("the form", put, json!([name, address])).await;
        let says = "const it = part('add-deployment').querySelector('[role=alert]');
            return it?.textContent.includes(args[0]) ? it : null";
        page.find(part, says, json!([part])).await;
    }
    // An added deployment stays, and removing one closes its open run.
    let add = "const form = part('add-deployment');
        for (const [at, value] of [args[0], args[1]].entries()) {
          const it = form.querySelectorAll('input')[at];
          it.value = value; it.dispatchEvent(new Event('input', { bubbles: true }));
        }
        form.requestSubmit(); return form";
    page.find("the form", add, json!(["mine", "/"])).await;
    until_health(&page, "mine", "ok").await;
    open(&page, "").await;
    until_health(&page, "mine", "ok").await;
    let handler = front.api().start("endless", json!({})).await;
    until_listed(&page, "mine", &handler, "running").await;
    let row = "return parts('monitor-run').find((it) => it.dataset.handlerId === args[0])";
    page.click("the run", row, json!([handler])).await;
    page.until_status("running", SOON).await;
    page.click("its removal", "return byRole('button', 'Remove mine')", json!([]))
        .await;
    let says = "return part('monitor-run-open').innerText.includes('not watched') ? document.body : null";
    page.find("that it is gone", says, json!([])).await;
    page.press("Back to the runs").await;
}

async fn nothing_keeps_anybody_out(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let front = front(&[
        ("one", server.origin()),
        ("gone", String::from("http://127.0.0.1:9")),
    ]);
    let page = stage.page_at(front.origin());
    let asks = server.api().start("interview", json!({})).await;
    server.api().start("failing", json!({})).await;
    open(&page, "").await;
    until_prompts(&page, 1).await;
    until_health(&page, "gone", "down").await;
    server.api().start("greeting", json!({ "name": "Ada" })).await;
    let unfold = "return part('monitor-prompt').querySelector('[aria-expanded]')";
    page.click("the prompt", unfold, json!([])).await;
    page.find("its form", "return part('prompt')", json!([])).await;
    let mut wrong = Vec::new();
    for name in ["Runs", "Start", "Trends", "Alarms"] {
        tab(&page, name).await;
        look_at(&page, name, &mut wrong).await;
    }
    open(&page, &format!("&deployment=one&run={asks}")).await;
    page.until_status("waiting", SOON).await;
    look_at(&page, "an open run", &mut wrong).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn look_at(page: &Page<'_>, what: &str, wrong: &mut Vec<String>) {
    for look in Look::ALL {
        look.put_on(page.browser()).await;
        let found = violations(page.browser()).await;
        wrong.extend(found.into_iter().map(|it| format!("{what}, {look:?}: {it}")));
        let sideways: bool = page
            .ask(
                "return document.documentElement.scrollWidth > innerWidth",
                json!([]),
            )
            .await;
        if sideways {
            wrong.push(format!("{what}, {look:?}: the page scrolls sideways"));
        }
    }
}

async fn real_servers(stage: &Stage) {
    let start = |token| {
        Server::start(
            Backend::Python,
            ServerOptions {
                token,
                ..ServerOptions::default()
            },
        )
    };
    let (mortal, behind, locked) = (start(None), start(None), start(Some("s3cret")));
    let slow = FaultProxy::start(behind.workflows_address()).await;
    slow.delay(Duration::from_millis(1_500));
    let front = front(&[
        ("mortal", format!("http://{}", mortal.workflows_address())),
        ("slow", slow.origin()),
        ("locked", locked.origin()),
    ]);
    let page = stage.page_at(front.origin());
    open(&page, "").await;
    until_health(&page, "mortal", "ok").await;
    until_health(&page, "slow", "ok").await;
    until_health(&page, "locked", "signin").await;
    let asks = mortal.api().start("interview", json!({})).await;
    until_prompts(&page, 1).await;
    answer(&page, &asks, "response", "Ada").await;
    mortal
        .api()
        .until_status(&asks, "running", Duration::from_secs(5))
        .await;
    page.find(
        "the next question",
        "return part('monitor-inbox').innerText.includes('drink') ? document.body : null",
        json!([]),
    )
    .await;
    mortal.kill();
    until_health(&page, "mortal", "down").await;
    let meanwhile = behind.api().start("greeting", json!({ "name": "Ada" })).await;
    until_listed(&page, "slow", &meanwhile, "completed").await;
    // The token of the locked one.
    let field = page
        .find(
            "the field of the token",
            "return parts('deployment').find((it) => it.dataset.name === 'locked').querySelector('input[type=password]')",
            json!([]),
        )
        .await;
    field.send_keys("s3cret").await.expect("typing");
    field.send_keys(Key::Enter + "").await.expect("Enter");
    until_health(&page, "locked", "ok").await;
    let inside = locked.api().start("greeting", json!({ "name": "Bob" })).await;
    until_listed(&page, "locked", &inside, "completed").await;
    assert!(!page.address().await.contains("s3cret"));
    mortal.restart();
    until_health(&page, "mortal", "ok").await;
    let again = mortal.api().start("greeting", json!({ "name": "Eve" })).await;
    until_listed(&page, "mortal", &again, "completed").await;
}
