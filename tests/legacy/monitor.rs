//! The page's monitor over real servers of four kinds at once: llama-deploy 0.9.2 and 0.2.2, `llamactl serve`, and a control plane.

use std::time::Duration;

use serde_json::json;
use thirtyfour::Key;
use workflow_tests::{
    Api, Backend, BrowserOptions, Legacy, LegacyServer, Look, Page, Server, ServerOptions, run_with, until,
    violations,
};

/// How long a change may take to reach the page on a busy machine.
const SOON: Duration = Duration::from_secs(40);

/// Waits until the row of a deployment has these words.
async fn until_says(page: &Page<'_>, name: &str, words: &[&str]) {
    until(&format!("{name} to say {words:?}"), SOON, async || {
        let script = "const it = parts('deployment').find((it) => it.dataset.name === args[0]);
            return it && `${it.dataset.health} ${it.innerText}`";
        let seen: Option<String> = page.ask(script, json!([name])).await;
        let seen = seen.unwrap_or_default();
        if words.iter().all(|words| seen.contains(words)) {
            Ok(())
        } else {
            Err(seen)
        }
    })
    .await;
}

#[test]
fn the_monitor_lists_every_kind_of_server() {
    let options = BrowserOptions {
        one_origin: true,
        ..BrowserOptions::default()
    };
    run_with(
        Backend::Embedded,
        Duration::from_secs(400),
        options,
        async |stage| {
            let old = LegacyServer::start(Legacy::Deploy092).await;
            let oldest = LegacyServer::start(Legacy::Deploy022).await;
            let current = LegacyServer::start(Legacy::AppServer).await;
            let platform = LegacyServer::start(Legacy::ControlPlane).await;
            let front = Server::start(
                Backend::Embedded,
                ServerOptions {
                    upstreams: vec![
                        format!("old={}", old.origin()),
                        format!("oldest={}", oldest.origin()),
                        format!("current={}", current.deployment()),
                        format!("platform={}", platform.origin()),
                    ],
                    ..ServerOptions::default()
                },
            );
            let page = stage.page_at(front.origin());
            page.open_unready("?page=monitor").await;
            until_says(&page, "old", &["ok", "llama-deploy 0.9 (legacy)", "toy"]).await;
            until_says(&page, "oldest", &["ok", "llama-deploy 0.2 (legacy)", "greet"]).await;
            until_says(&page, "current", &["ok", "ask", "greet"]).await;
            // A prompt of the deployment behind `llamactl serve` is answered from here.
            let api = Api::new(&current.deployment());
            let asks = api.start("ask", json!({})).await;
            let unfold = "return parts('monitor-prompt').find((it) => it.dataset.handlerId === args[0])
                ?.querySelector('[aria-expanded=false]')";
            page.click("the prompt", unfold, json!([asks])).await;
            page.fill_prompt("response", "Ada").await;
            page.press_send().await;
            api.until_status(&asks, "completed", SOON).await;
            // The control plane requires a token, and shows its deployments and a log.
            until_says(&page, "platform", &["signin"]).await;
            let field = "return parts('deployment').find((it) => it.dataset.name === 'platform')
                .querySelector('input[type=password]')";
            let field = page.find("the field of the token", field, json!([])).await;
            field.send_keys("secret").await.expect("typing");
            field.send_keys(Key::Enter + "").await.expect("Enter");
            until_says(
                &page,
                "platform",
                &["ok", "Control plane", "Greeter", "RolloutFailed", "main 4f0c1c0"],
            )
            .await;
            page.press("Log of Greeter").await;
            page.find(
                "its lines",
                "const it = parts('deployment-log').find((it) => !it.hidden);
                 return it?.textContent === 'line 0\\nline 1\\nline 2' ? it : null",
                json!([]),
            )
            .await;
            assert!(!page.address().await.contains("secret"));
            let mut wrong = Vec::new();
            for look in Look::ALL {
                look.put_on(page.browser()).await;
                let found = violations(page.browser()).await;
                wrong.extend(found.into_iter().map(|it| format!("{look:?}: {it}")));
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        },
    );
}
