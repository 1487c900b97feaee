//! Pages of other sites, and a server that requires a token.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Backend, BrowserOptions, FolderServer, Server, ServerOptions, Stage, run_with, until};

use crate::RUN;
use crate::elsewhere::connect;
use crate::interview::{NAME, answer_drink, answer_name};

on_both!(a_token_in_the_panel_opens_the_server);

mod browser {
    use super::*;

    #[test]
    fn a_page_of_another_site_cannot_start_runs() {
        let limit = Duration::from_secs(60);
        run_with(
            Backend::Embedded,
            limit,
            BrowserOptions::default(),
            another_site_cannot_start_runs,
        );
    }
}

/// Waits until the browser shows this text.
async fn until_shown(stage: &Stage, words: &str) {
    until(words, RUN, async || {
        let shown = stage
            .browser
            .driver()
            .execute("return document.body?.innerText ?? ''", vec![])
            .await;
        match shown.map(|it| it.json().to_string()) {
            Ok(shown) if shown.contains(words) => Ok(()),
            Ok(shown) => Err(shown),
            Err(error) => Err(error.to_string()),
        }
    })
    .await;
}

// Symptom: a form on any web page could start runs, and so could a `fetch` without CORS; a name that pointed to this machine was accepted
// as ours. Cause: Host and Origin were not compared with the server's own.
async fn another_site_cannot_start_runs(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/elements/plain");
    let elsewhere = FolderServer::start(folder.into()).await;
    let driver = stage.browser.driver();
    let foreign = elsewhere.origin().replace("127.0.0.1", "evil.test");
    // A style sheet is shown as text: a page of that origin without scripts.
    driver
        .goto(format!("{foreign}/theme.css"))
        .await
        .expect("a page of another site");
    let target = format!("{}/workflows/endless/run-nowait", server.origin());
    let requests = r#"return (async () => {
        const kinds = [];
        for (const body of ['{"start_event":{}}', new Blob(['{"start_event":{}}'])]) {
            kinds.push((await fetch(arguments[0], { method: 'POST', mode: 'no-cors', body })).type);
        }
        return kinds;
    })()"#;
    let kinds = driver
        .execute(requests, vec![json!(target)])
        .await
        .expect("both are answered");
    assert_eq!(*kinds.json(), json!(["opaque", "opaque"]));
    let form = r#"
        const form = document.createElement('form');
        Object.assign(form, { method: 'POST', enctype: 'text/plain', action: arguments[0] });
        const field = document.createElement('input');
        Object.assign(field, { name: '{"start_event":{},"x":"', value: '"}' });
        form.append(field);
        document.documentElement.append(form);
        form.submit();"#;
    driver.execute(form, vec![json!(target)]).await.expect("a form");
    until_shown(stage, &format!("--allow-origin {foreign}")).await;
    let rebound = server.origin().replace("127.0.0.1", "evil.test");
    driver
        .goto(format!("{rebound}/handlers"))
        .await
        .expect("a page under the other name");
    until_shown(stage, "--allow-host evil.test").await;
    let runs = server.api().get("/handlers").await;
    assert_eq!(runs["handlers"], json!([]), "nothing was started");
}

async fn a_token_in_the_panel_opens_the_server(stage: &Stage) {
    let server = Server::start(
        stage.backend,
        ServerOptions {
            token: Some("s3cret"),
            ..ServerOptions::default()
        },
    );
    let page = stage.page_at(server.origin());
    page.open("").await;
    let is_closed = async || {
        let closed =
            "const it = part('server'); return ['down', 'signin'].includes(it?.dataset.health) ? it : null";
        page.find("a server that is closed to the page", closed, json!([]))
            .await;
        assert_eq!(page.workflows().await, Vec::<String>::new());
    };
    is_closed().await;
    connect(&page, "", "other!").await;
    is_closed().await;
    connect(&page, "", "s3cret").await;
    page.until_health("ok").await;
    // Starts, the event stream and answers send the token.
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    answer_name(&page).await;
    answer_drink(&page).await;
    page.until_status("completed", RUN).await;
    let address = page.address().await;
    assert!(!address.contains("s3cret"), "no token in {address}");
    page.reload().await;
    page.until_status("completed", RUN).await;
    page.until_health("ok").await;
}
