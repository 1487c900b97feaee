//! The open prompts of all running runs.

use std::time::Duration;

use serde_json::json;
use thirtyfour::Key;
use workflow_tests::{FaultProxy, Page, Server, ServerOptions, Stage, until};

use crate::RUN;
use crate::interview::{DRINK, NAME, answer_drink, answer_name};

on_both!(
    a_prompt_of_another_clients_run_is_in_the_inbox,
    prompts_of_a_closed_run_stay_in_the_inbox,
    twenty_waiting_runs_leave_the_open_one_alone,
    a_row_keeps_the_focus_while_others_appear,
    runs_are_answered_one_after_the_other_by_keyboard,
    escape_returns_from_the_list_to_its_button,
);

/// The inbox contains this many prompts; checks the inbox, the window's title and the icon.
async fn until_asked(page: &Page<'_>, count: usize, limit: Duration) {
    let script = "const icon = document.querySelector('link[rel=icon]').href.startsWith('data:');
        return [Number(part('inbox').dataset.count), document.title, icon]";
    until(&format!("{count} open prompts"), limit, async || {
        let seen: (usize, String, bool) = page.ask(script, json!([])).await;
        let title = match count {
            0 => !seen.1.starts_with('('),
            _ => seen.1.starts_with(&format!("({count}) ")),
        };
        if seen.0 == count && title && seen.2 == (count > 0) {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }
    })
    .await;
}

/// Opens a run by its row in the inbox.
async fn go(page: &Page<'_>, handler: &str) {
    let toggle = "return part('inbox').querySelector('[aria-expanded]')";
    page.click("the inbox", toggle, json!([])).await;
    // With a single prompt the inbox has already opened it.
    let many: bool = page
        .ask("return part('inbox').dataset.count !== '1'", json!([]))
        .await;
    if many {
        let line = "const short = `${args[0].slice(0, 4)}…${args[0].slice(-4)}`;
            return [...part('inbox').querySelectorAll('li button')].find((it) =>
                [args[0], short].some((id) => it.textContent.includes(id)))";
        page.click("its line", line, json!([handler])).await;
    }
    page.until_run("the one that asks", RUN, |run| run.handler == handler)
        .await;
}

async fn a_prompt_of_another_clients_run_is_in_the_inbox(stage: &Stage) {
    // A separate server, because runs of other tests have prompts, too.
    let server = Server::start(stage.backend, ServerOptions::default());
    let page = stage.page_at(server.origin());
    page.open("").await;
    until_asked(&page, 0, RUN).await;
    let handler = server.api().start("interview", json!({})).await;
    until_asked(&page, 1, RUN).await;
    page.until_listed(&handler, "waiting").await;
    go(&page, &handler).await;
    answer_name(&page).await;
    until_asked(&page, 1, RUN).await;
    answer_drink(&page).await;
    page.until_status("completed", RUN).await;
    until_asked(&page, 0, RUN).await;
}

async fn prompts_of_a_closed_run_stay_in_the_inbox(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let api = server.api();
    let page = stage.page_at(server.origin());
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    let other = page.start("greeting", &[("name", "Ada")]).await;
    page.until_run("the other one", RUN, |run| {
        run.handler == other && run.status == "completed"
    })
    .await;
    until_asked(&page, 1, RUN).await;
    // Another client answers, and the next prompt appears.
    let body = r#"{"event":{"type":"HumanResponseEvent","value":{"response":"Ada"}}}"#;
    let answer = api.send("POST", &format!("/events/{handler}"), Some(body)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let asks =
        "return part('inbox').textContent.includes('What would you like to drink') ? document.body : null";
    page.find("the next question", asks, json!([])).await;
    until_asked(&page, 1, RUN).await;
    // It ends without this page.
    let ended = api
        .send("POST", &format!("/handlers/{handler}/cancel"), None)
        .await;
    assert_eq!(ended.status, 200, "{ended:?}");
    until_asked(&page, 0, RUN).await;
    page.until_listed(&handler, "cancelled").await;
}

/// Whether the focus is in a field of this name, in the prompt of this run.
async fn until_focused(page: &Page<'_>, handler: &str, field: &str) {
    let script = "const it = document.activeElement;
        return it.name === args[1] && it.closest('[data-part=prompt]')?.dataset.handlerId === args[0] ? it : null";
    page.find(&format!("the focus in {field}"), script, json!([handler, field]))
        .await;
}

async fn a_row_keeps_the_focus_while_others_appear(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let page = stage.page_at(server.origin());
    page.open("").await;
    for _ in 0..2 {
        server.api().start("interview", json!({})).await;
    }
    until_asked(&page, 2, RUN).await;
    page.keys("p").await;
    let line =
        "return part('inbox').contains(document.activeElement) && document.activeElement.closest('li')";
    page.find("the first line of the inbox", line, json!([])).await;
    server.api().start("interview", json!({})).await;
    until_asked(&page, 3, RUN).await;
    page.find("the same line", line, json!([])).await;
}

async fn runs_are_answered_one_after_the_other_by_keyboard(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let api = server.api();
    let page = stage.page_at(server.origin());
    page.open("").await;
    let mut waiting = [
        api.start("interview", json!({})).await,
        api.start("interview", json!({})).await,
    ];
    until_asked(&page, 2, RUN).await;
    page.keys("p").await;
    let line =
        "return part('inbox').contains(document.activeElement) && document.activeElement.closest('li')";
    page.find("the first line of the inbox", line, json!([])).await;
    page.keys(Key::Enter).await;
    let run = page
        .until_run("one of them", RUN, |run| waiting.contains(&run.handler))
        .await;
    if run.handler == waiting[1] {
        waiting.swap(0, 1);
    }
    let [first, second] = waiting;
    for (handler, left) in [(&first, 1), (&second, 0)] {
        until_focused(&page, handler, "response").await;
        page.keys("Ada" + Key::Enter).await;
        page.until_prompt(DRINK).await;
        until_focused(&page, handler, "choice").await;
        page.keys("tea" + Key::Enter).await;
        page.until_run("answered", RUN, |run| {
            run.handler == *handler && run.status == "completed"
        })
        .await;
        // No prompt is left: the run has the focus, and single keys are commands again.
        let tab = "const it = document.activeElement; return it.role === 'tab' && it.ariaSelected === 'true' ? it : null";
        page.find("the focus on the tab", tab, json!([])).await;
        until_asked(&page, left, RUN).await;
        if left > 0 {
            page.keys("p").await;
            page.find("the line of the other one", line, json!([])).await;
            page.keys(Key::Enter).await;
        }
    }
}

async fn twenty_waiting_runs_leave_the_open_one_alone(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let proxy = FaultProxy::start(server.address()).await;
    let api = server.api();
    for _ in 0..20 {
        api.start("interview", json!({})).await;
    }
    let open = api.start("endless", json!({ "per_second": 5 })).await;
    let page = stage.page_at(proxy.origin());
    page.open(&format!("?run={open}")).await;
    until_asked(&page, 20, Duration::from_secs(60)).await;
    let run = page
        .until_run("still streaming", RUN, |run| run.connection == "live")
        .await;
    page.until_run("counting on", RUN, |later| later.count >= run.count + 5)
        .await;
    assert_eq!(proxy.streams_of(&open), 1, "its stream was never interrupted");
    assert!(
        (2..=4).contains(&proxy.most_streams()),
        "looks are taken, and not too many: {}",
        proxy.most_streams()
    );
}

async fn escape_returns_from_the_list_to_its_button(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    for _ in 0..2 {
        server.api().start("interview", json!({})).await;
    }
    let page = stage.page_at(server.origin());
    page.open("").await;
    until_asked(&page, 2, RUN).await;
    page.tab_to("2 open prompts", false).await;
    page.keys(Key::Enter).await;
    page.keys(Key::Tab).await;
    let row = "return document.activeElement.closest('li') ? document.body : null";
    page.find("the focus in the list", row, json!([])).await;
    page.keys(Key::Escape).await;
    page.until_focused("2 open prompts").await;
    let closed = "return part('inbox').querySelector('ul').checkVisibility() ? null : document.body";
    page.find("no list", closed, json!([])).await;
}
