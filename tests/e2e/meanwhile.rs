//! What the user does while an answer of the server is awaited.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Page, Stage, devtools, until};

use crate::RUN;
use crate::interview::{DRINK, NAME};

on!(alone, Embedded:
    deleting_stops_when_its_dialog_is_closed,
    a_late_start_leaves_the_next_form_alone,
    a_late_refusal_is_reported_without_its_form,
    another_workflow_continues_no_handler,
    shortcuts_of_the_browser_open_no_palette,
    a_prompt_waits_for_the_description_of_its_answer,
    a_selection_that_ends_outside_keeps_the_dialog_open,
);

/// Holds back requests of a method whose path contains a text, until `letGo()`.
const HOLD: &str = "const plain = window.fetch.bind(window);
    window.held = [];
    window.letGo = () => { window.free = true; window.held.splice(0).forEach((go) => go()); };
    window.fetch = async (request, options) => {
      const [method, path] = [request.method ?? options?.method ?? 'GET', request.url ?? String(request)];
      if (method === window.holding[0] && path.includes(window.holding[1])) {
        if (!window.free) await new Promise((go) => window.held.push(go));
        if (window.answer) return new Response(window.answer, { status: 400, headers: { 'content-type': 'application/json' } });
      }
      return plain(request, options);
    };";

/// Holds back such requests of the open page.
async fn hold(page: &Page<'_>, method: &str, path: &str) {
    let script = format!("{HOLD} window.holding = [...args]");
    page.ask::<()>(&script, json!([method, path])).await;
}

async fn until_held(page: &Page<'_>) {
    let held = "return window.held.length ? document.body : null";
    page.find("the request", held, json!([])).await;
}

async fn let_go(page: &Page<'_>) {
    page.ask::<()>("window.letGo()", json!([])).await;
}

async fn deleting_stops_when_its_dialog_is_closed(stage: &Stage) {
    let api = stage.api();
    let handlers = ["stopped-1", "stopped-2", "stopped-3"];
    for handler in handlers {
        let body = json!({ "start_event": { "name": "Ada" }, "handler_id": handler }).to_string();
        let path = "/workflows/greeting/run-nowait";
        assert_eq!(api.send("POST", path, Some(&body)).await.status, 200);
    }
    let page = stage.page();
    page.open("").await;
    page.type_in("Filter runs by text", "stopped-").await;
    for handler in handlers {
        page.until_listed(handler, "completed").await;
    }
    hold(&page, "POST", "/cancel").await;
    page.press_and_confirm("Delete runs").await;
    until_held(&page).await;
    page.press("Keep them").await;
    // The dialog is another one when it is opened again.
    page.press("Delete runs").await;
    page.ask::<()>("window.held.splice(0).forEach((go) => go())", json!([]))
        .await;
    until("one deleted run", RUN, async || {
        let rows = page.run_rows().await.len();
        if rows == 2 { Ok(()) } else { Err(rows.to_string()) }
    })
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let held: usize = page.ask("return window.held.length", json!([])).await;
    assert_eq!(held, 0, "no other is requested");
    let mut left = 0;
    for handler in handlers {
        let answer = api.send("GET", &format!("/handlers/{handler}"), None).await;
        left += u32::from(answer.status == 200);
    }
    assert_eq!(left, 2, "only what was on its way is deleted");
}

/// The form of `progress`, while the start of a `greeting` is held back.
async fn start_held_back(stage: &Stage) -> Page<'_> {
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("greeting").await;
    page.fill("name", "Ada").await;
    hold(&page, "POST", "/workflows/greeting/").await;
    page.press_run().await;
    until_held(&page).await;
    page.choose_workflow("progress").await;
    page
}

async fn a_late_start_leaves_the_next_form_alone(stage: &Stage) {
    let page = start_held_back(stage).await;
    page.fill("steps", "7").await;
    let_go(&page).await;
    page.until_status("completed", RUN).await;
    assert_eq!(page.field("steps").await, "7");
    let focused: String = page
        .ask("return document.activeElement?.name ?? ''", json!([]))
        .await;
    assert_eq!(focused, "steps", "the field keeps the focus");
}

async fn a_late_refusal_is_reported_without_its_form(stage: &Stage) {
    let page = start_held_back(stage).await;
    let refuse = r#"window.answer = '{"detail":"Not today."}'; window.letGo()"#;
    page.ask::<()>(refuse, json!([])).await;
    let notice = "return [...document.querySelectorAll('[role=status], [role=alert]')].filter(shown)
        .find((it) => words(it).includes('greeting was not started') && words(it).includes('Not today.'))";
    page.find("the refusal", notice, json!([])).await;
}

async fn a_prompt_waits_for_the_description_of_its_answer(stage: &Stage) {
    let handler = stage.api().start("interview", json!({})).await;
    let source = format!("{HOLD} window.holding = ['GET', '/workflows/interview/'];");
    let script = json!({ "source": source });
    devtools(&stage.browser, "Page.addScriptToEvaluateOnNewDocument", script).await;
    let page = stage.page();
    page.open(&format!("?run={handler}")).await;
    page.until_prompt(NAME).await;
    until_held(&page).await;
    let is_waiting = "const prompt = part('prompt');
        return prompt.querySelector('[aria-busy=true]') && prompt.querySelector('[type=submit]').disabled
            && fields(prompt).length === 0 ? document.body : null";
    page.find("a prompt without a guessed form", is_waiting, json!([]))
        .await;
    let_go(&page).await;
    page.fill_prompt("response", "Ada").await;
    page.press_send().await;
    page.until_prompt(DRINK).await;
}

async fn a_selection_that_ends_outside_keeps_the_dialog_open(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.press("Send event").await;
    page.type_in("Event class", "HumanResponseEvent").await;
    let input = "return byRole('textbox', 'Event class')";
    let input = page.find("the field", input, json!([])).await;
    let driver = stage.browser.driver();
    let chain = driver.action_chain();
    let chain = chain
        .move_to_element_center(&input)
        .click_and_hold()
        .move_to(5, 400)
        .release();
    chain.perform().await.expect("a drag to the backdrop");
    let shown: bool = page
        .ask("return !!document.querySelector('dialog[open]')", json!([]))
        .await;
    assert!(shown, "it stays open");
    let chain = driver.action_chain().move_to(5, 400).click();
    chain.perform().await.expect("a click on the backdrop");
    let gone = "return document.querySelector('dialog[open]') ? null : document.body";
    page.find("no dialog", gone, json!([])).await;
}

async fn another_workflow_continues_no_handler(stage: &Stage) {
    let handler = stage.api().start("greeting", json!({ "name": "Ada" })).await;
    let page = stage.page();
    page.open("?workflow=progress").await;
    page.until_listed(&handler, "completed").await;
    page.open_run(&handler).await;
    page.press("Continue").await;
    let titled = |title: &str| {
        format!(
            "return [...document.querySelectorAll('button[aria-expanded]')].some((it) => words(it).startsWith('{title}')) ? document.body : null"
        )
    };
    page.find("the form to continue", &titled("Continue"), json!([]))
        .await;
    page.ask::<()>("history.back()", json!([])).await;
    page.find("the form of another workflow", &titled("Start run"), json!([]))
        .await;
    assert!(page.fields().await.contains(&"steps".to_owned()));
}

async fn shortcuts_of_the_browser_open_no_palette(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let press = "const event = new KeyboardEvent('keydown', { key: args[0], ctrlKey: true, ...args[1], bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
        return event.defaultPrevented";
    for other in ["shiftKey", "altKey"] {
        assert!(
            !page.ask::<bool>(press, json!(["K", { (other): true }])).await,
            "{other}"
        );
    }
    assert!(page.ask::<bool>(press, json!(["k", {}])).await, "Ctrl+K itself");
}
