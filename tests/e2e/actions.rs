//! The actions on a run.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Page, Server, ServerOptions, Stage};

use crate::RUN;

on_both!(
    a_run_is_started_again_with_the_same_input,
    running_again_starts_one_run_also_after_a_reload,
    a_handler_is_not_continued_with_another_workflow,
    opening_another_run_closes_the_confirmation,
    a_handler_is_continued_without_mixing_its_runs,
    a_run_continued_by_another_client_is_followed,
    a_run_is_deleted,
    a_run_deleted_by_another_client_is_removed,
);

on!(embedded_only, Embedded:
    the_curl_command_follows_the_run_without_a_token,
    without_clipboard_access_text_is_copied_by_selection,
    a_failed_copy_is_reported,
);

async fn a_run_is_started_again_with_the_same_input(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let first = page.start("greeting", &[("name", "Ada"), ("count", "4")]).await;
    page.until_status("completed", RUN).await;
    page.press("Run again").await;
    let second = page
        .until_run("another one", RUN, |run| {
            run.handler != first && run.status == "completed"
        })
        .await;
    assert!(
        page.result().await.contains("Ada"),
        "the same name: {}",
        page.result().await
    );
    let sequences = stage.api().public_sequences(&second.handler).await;
    assert_eq!(sequences.len(), 5, "the same count: four greetings and the end");
}

async fn running_again_starts_one_run_also_after_a_reload(stage: &Stage) {
    // A separate server, because other tests start runs, too.
    let server = Server::start(stage.backend, ServerOptions::default());
    let page = stage.page_at(server.origin());
    page.open("").await;
    let first = page.start("greeting", &[("name", "Twice"), ("count", "4")]).await;
    page.until_status("completed", RUN).await;
    page.reload().await;
    page.until_status("completed", RUN).await;
    let twice = "const it = byRole('button', 'Run again');
        if (!it || it.disabled) return null;
        it.click(); it.click();
        return document.body";
    page.find("the button Run again", twice, json!([])).await;
    page.until_run("another one", RUN, |run| {
        run.handler != first && run.status == "completed"
    })
    .await;
    assert!(
        page.result().await.contains("Twice"),
        "the input of before the reload"
    );
    // A third run would have been requested by now, and would appear soon.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let all = server.api().get("/handlers").await;
    assert_eq!(all["handlers"].as_array().map(Vec::len), Some(2), "{all}");
}

async fn a_handler_is_not_continued_with_another_workflow(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    page.press("Continue").await;
    page.choose_workflow("progress").await;
    page.fill("steps", "2").await;
    page.press_run().await;
    page.until_run("one of its own", RUN, |run| {
        run.handler != handler && run.status == "completed"
    })
    .await;
    assert_eq!(stage.api().handler(&handler).await["workflow_name"], "greeting");
}

async fn opening_another_run_closes_the_confirmation(stage: &Stage) {
    let first = stage.api().start("greeting", json!({ "name": "Ada" })).await;
    let second = stage.api().start("greeting", json!({ "name": "Grace" })).await;
    let page = stage.page();
    page.open("").await;
    for handler in [&first, &second] {
        page.until_listed(handler, "completed").await;
        page.open_run(handler).await;
    }
    page.press("Delete run").await;
    page.find(
        "the question, which names the run",
        "const it = document.querySelector('dialog[open]'); return it?.textContent.includes(args[0]) ? it : null",
        json!([second]),
    )
    .await;
    page.ask::<()>("history.back()", json!([])).await;
    page.until_run("the first one", RUN, |run| run.handler == first)
        .await;
    page.find(
        "no question any more",
        "return document.querySelector('dialog[open]') ? null : document.body",
        json!([]),
    )
    .await;
}

async fn a_handler_is_continued_without_mixing_its_runs(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("greeting", &[("name", "Ada"), ("count", "7")]).await;
    let first = page.until_status("completed", RUN).await;
    page.press("Continue").await;
    page.fill("name", "Grace").await;
    page.fill("count", "3").await;
    page.press_run().await;
    let second = page
        .until_run("the second of this handler", RUN, |run| {
            run.handler == handler && run.run != first.run && !run.run.is_empty() && run.status == "completed"
        })
        .await;
    let record = stage.api().handler(&handler).await;
    assert_eq!(record["run_id"], second.run, "the server's latest run");
    assert_eq!(record["result"]["value"]["n"], 2, "its state was handed over");
    let sequences = stage.api().public_sequences(&handler).await;
    page.until_run("read to its end", RUN, |run| run.count == sequences.len() as u64)
        .await;
    assert_eq!(
        page.all_sequences().await,
        sequences,
        "the events of the second run and none of the first"
    );
    assert!(
        page.result().await.contains("Grace"),
        "the result of the second run: {}",
        page.result().await
    );
}

async fn a_run_continued_by_another_client_is_followed(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("greeting", &[("name", "Ada"), ("count", "7")]).await;
    let first = page
        .until_run("read to its end", RUN, |run| {
            run.connection == "closed" && run.count == 8
        })
        .await;
    let body = json!({ "start_event": { "name": "Grace", "count": 3 }, "handler_id": handler }).to_string();
    let continued = stage
        .api()
        .send("POST", "/workflows/greeting/run", Some(&body))
        .await;
    assert_eq!(continued.status, 200, "{continued:?}");
    let second = page
        .until_run("the other one", Duration::from_secs(30), |run| {
            run.run != first.run
        })
        .await;
    assert_eq!(second.handler, handler, "the handler is the same");
    page.until_run("read to its end", RUN, |run| {
        run.connection == "closed" && run.count == 4
    })
    .await;
    let sequences = stage.api().public_sequences(&handler).await;
    assert_eq!(
        page.all_sequences().await,
        sequences,
        "the events of the second run and none of the first"
    );
    assert!(
        page.result().await.contains("Grace"),
        "the result of the second run: {}",
        page.result().await
    );
}

async fn a_run_is_deleted(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("endless", &[("per_second", "5")]).await;
    page.until_run("making progress", RUN, |run| run.count >= 2).await;
    page.press_and_confirm("Delete run").await;
    page.until_run_is_not(&handler).await;
    let answer = stage
        .api()
        .send("GET", &format!("/handlers/{handler}"), None)
        .await;
    assert_eq!(answer.status, 404, "the server has forgotten it: {answer:?}");
    page.until_not_listed(&handler).await;
}

async fn a_run_deleted_by_another_client_is_removed(stage: &Stage) {
    let handler = stage.api().start("endless", json!({ "per_second": 5 })).await;
    let page = stage.page();
    page.open(&format!("?run={handler}")).await;
    page.until_run("making progress", RUN, |run| run.count >= 2).await;
    let deleted = stage
        .api()
        .send("POST", &format!("/handlers/{handler}/cancel?purge=true"), None)
        .await;
    assert_eq!(deleted.status, 200, "{deleted:?}");
    // Its stream still delivers the end; afterwards the handler is unknown.
    let ended = page
        .until_run("over", RUN, |run| {
            ["cancelled", "gone"].contains(&run.status.as_str())
        })
        .await;
    assert!(ended.count >= 2, "its events are kept: {ended:?}");
    page.reload().await;
    page.until_status("gone", RUN).await;
}

/// Opens a finished run and returns its handler.
async fn finished(stage: &Stage) -> (Page<'_>, String) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    (page, handler)
}

/// The copied text, when there is one.
pub(crate) async fn copied(page: &Page<'_>) -> String {
    page.find(
        "something to be copied",
        "return window.copied ? document.body : null",
        json!([]),
    )
    .await;
    page.ask("return window.copied", json!([])).await
}

async fn the_curl_command_follows_the_run_without_a_token(stage: &Stage) {
    let (page, handler) = finished(stage).await;
    page.click(
        "the server's panel",
        "return part('server').querySelector('button')",
        json!([]),
    )
    .await;
    page.type_in("Token", "s3cret-t0ken").await;
    page.press("Connect").await;
    page.until_run("the same after reconnecting", RUN, |run| {
        run.handler == handler && run.connection == "closed"
    })
    .await;
    let listen = "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }; return true";
    assert!(page.ask::<bool>(listen, json!([])).await);
    page.press("Copy as curl").await;
    let command = copied(&page).await;
    assert!(!command.contains("s3cret"), "{command}");
    let address = command
        .strip_prefix("curl -N '")
        .and_then(|rest| rest.strip_suffix('\''))
        .unwrap_or_else(|| panic!("{command}"));
    let path = address
        .strip_prefix(&stage.server().origin())
        .unwrap_or_else(|| panic!("{address}"));
    let answer = stage.api().send("GET", path, None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(
        answer.body.contains("StopEvent") && answer.body.contains("StepStateChanged"),
        "the whole stream of {handler}: {}",
        answer.body
    );
    assert!(
        !page.address().await.contains("s3cret"),
        "nor is it in the address"
    );
}

async fn without_clipboard_access_text_is_copied_by_selection(stage: &Stage) {
    let (page, handler) = finished(stage).await;
    let refuse = "navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
        document.addEventListener('copy', () => { window.copied = document.activeElement.value; });
        return true";
    assert!(page.ask::<bool>(refuse, json!([])).await);
    page.press("Copy as curl").await;
    let command = copied(&page).await;
    assert!(command.contains(&format!("/events/{handler}?")), "{command}");
    page.find(
        "the word that it was copied",
        "return [...document.querySelectorAll('[role=status]')].find((it) => it.textContent === 'Copied')",
        json!([]),
    )
    .await;
}

async fn a_failed_copy_is_reported(stage: &Stage) {
    let (page, _) = finished(stage).await;
    let refuse = "navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
        document.execCommand = () => false;
        return true";
    assert!(page.ask::<bool>(refuse, json!([])).await);
    page.press("Copy as curl").await;
    page.find(
        "the word that it was not copied",
        "return [...document.querySelectorAll('[role=status]')].find((it) => it.textContent.includes('allow copying'))",
        json!([]),
    )
    .await;
}
