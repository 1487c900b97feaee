//! Prompts and answers.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Api, FaultProxy, Page, Server, ServerOptions, Stage, WireEvent, until};

use crate::RUN;
use crate::interview::{DRINK, NAME, answer_drink, answer_name};

on_both!(
    a_stock_prompt_is_answered_by_one_text,
    a_typed_prompt_is_answered_with_its_own_class,
    prompts_appear_one_after_the_other,
    enter_sends,
    a_double_click_sends_once,
    two_tabs_that_answer_at_once_send_once,
    the_prompt_is_still_open_after_a_reload,
    a_prompts_draft_survives_a_reload,
    a_prompt_answered_by_another_client_closes,
    an_open_prompt_ends_with_its_run,
    an_answered_prompt_stays_with_its_answer,
    an_answered_prompt_survives_a_reload,
    a_draft_is_removed_with_its_prompt,
    a_prompt_answered_by_another_client_is_marked,
    a_prompt_that_ended_with_its_run_is_marked,
    the_list_of_closed_prompts_is_hidden_while_empty,
);

on!(python_only, Python:
    a_stock_prompt_of_a_step_is_answered,
    a_choice_selects_the_listed_answer,
);

/// How often a step started, by the server's own log.
async fn began(api: &Api, handler: &str, step: &str) -> usize {
    let events = api.events_so_far(handler, true).await;
    let begins = |event: &&WireEvent| {
        event.class() == "StepStateChanged"
            && event.value()["step_state"] == "running"
            && event.value()["name"] == step
    };
    events.iter().filter(begins).count()
}

async fn a_stock_prompt_is_answered_by_one_text(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    let prompt = page.until_prompt(NAME).await;
    assert_eq!(prompt.handler, handler, "the prompt says whose it is");
    assert_eq!(
        prompt.fields,
        ["response"],
        "the stock event is answered by one text"
    );
    page.until_status("waiting", RUN).await;
    page.fill_prompt("response", "Ada").await;
    page.press_send().await;
    page.until_prompt("Ada").await;
    // Once for the start, and once more for the answer: a waiting step runs again from its start.
    assert_eq!(
        began(&stage.api(), &handler, "ask_name").await,
        2,
        "the answer was taken once"
    );
}

async fn a_typed_prompt_is_answered_with_its_own_class(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    let prompt = answer_name(&page).await;
    assert_eq!(
        prompt.fields,
        ["choice"],
        "one field per property of the class that answers"
    );
    page.fill_prompt("choice", "tea").await;
    page.press_send().await;
    page.until_status("completed", RUN).await;
    let result = page.result().await;
    assert!(result.contains("tea"), "the answer arrived: {result}");
    assert_eq!(
        began(&stage.api(), &handler, "serve").await,
        1,
        "the answer was taken once"
    );
}

async fn prompts_appear_one_after_the_other(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    let first = page.until_prompt(NAME).await;
    let second = answer_name(&page).await;
    assert!(
        second.sequence > first.sequence,
        "the second question is another prompt"
    );
    assert_eq!(page.open_prompts().await, 1, "the first is answered");
    answer_drink(&page).await;
    let run = page.until_status("completed", RUN).await;
    assert_eq!(run.handler, handler, "it is one run");
    let result = page.result().await;
    assert!(
        result.contains("Ada") && result.contains("tea"),
        "both answers arrived: {result}"
    );
    assert_eq!(page.open_prompts().await, 0, "no prompt is left open");
}

async fn enter_sends(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.fill_prompt("response", "Ada").await;
    page.enter_in_prompt("response").await;
    page.until_prompt(DRINK).await;
}

async fn a_double_click_sends_once(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.fill_prompt("response", "Ada").await;
    page.double_click_send().await;
    page.until_prompt(DRINK).await;
    let events = stage.api().events_so_far(&handler, true).await;
    let unhandled = events
        .iter()
        .filter(|event| event.class() == "UnhandledEvent")
        .count();
    assert_eq!(
        unhandled, 0,
        "two clicks are one answer: no second one found nobody waiting"
    );
    assert_eq!(
        began(&stage.api(), &handler, "ask_name").await,
        2,
        "two clicks are one answer"
    );
}

async fn two_tabs_that_answer_at_once_send_once(stage: &Stage) {
    // A separate server: other tests' runs would be polled too, and posted events are counted.
    let server = Server::start(stage.backend, ServerOptions::default());
    let proxy = FaultProxy::start(server.address()).await;
    let page = stage.page_at(proxy.origin());
    let driver = stage.browser.driver();
    let mut tabs = vec![driver.window().await.expect("a tab")];
    tabs.push(driver.new_tab().await.expect("another tab"));
    driver.switch_to_window(tabs[0].clone()).await.expect("a tab");
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    for (tab, name) in tabs.iter().zip(["Ada", "Bob"]) {
        driver.switch_to_window(tab.clone()).await.expect("a tab");
        page.open(&format!("?run={handler}")).await;
        page.until_prompt(NAME).await;
        page.fill_prompt("response", name).await;
        // Both press on the same signal: a driver could only press in one tab after the other.
        let listen = "window.presses = 0;
            window.pressChannel = new BroadcastChannel('press');
            window.pressChannel.onmessage = () => {
                // Does nothing if the other tab was fast enough to disable the button here.
                byRole('button', 'Send', part('prompt'))?.click();
                window.presses += 1;
            };
            return true";
        assert!(page.ask::<bool>(listen, json!([])).await, "it listens");
    }
    // A slow answer, so that the second press cannot be too late.
    proxy.delay(Duration::from_millis(300));
    let before = proxy.posted_events();
    let press = "new BroadcastChannel('press').postMessage(null); return true";
    assert!(
        page.ask::<bool>(press, json!([])).await,
        "both pages are notified"
    );
    for tab in &tabs {
        driver.switch_to_window(tab.clone()).await.expect("a tab");
        page.until_prompt("What would you like to drink").await;
        assert_eq!(
            page.open_prompts().await,
            1,
            "the answered prompt is closed in both tabs"
        );
        let presses: u64 = page.ask("return window.presses", json!([])).await;
        assert_eq!(presses, 1, "each tab has pressed");
    }
    assert_eq!(proxy.posted_events() - before, 1, "one answer was sent");
    let events = server.api().events_so_far(&handler, true).await;
    let unhandled = events.iter().filter(|event| event.class() == "UnhandledEvent");
    assert_eq!(unhandled.count(), 0, "no second answer found nobody waiting");
}

async fn the_prompt_is_still_open_after_a_reload(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    let before = page.until_prompt(NAME).await;
    page.reload().await;
    let after = page.until_prompt(NAME).await;
    assert_eq!(
        (after.handler, after.sequence),
        (handler, before.sequence),
        "the same prompt of the same run"
    );
    answer_name(&page).await;
    page.reload().await;
    page.until_prompt(DRINK).await;
    assert_eq!(page.open_prompts().await, 1, "the answered prompt stays closed");
}

async fn a_prompts_draft_survives_a_reload(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.fill_prompt("response", "Ada").await;
    page.reload().await;
    page.until_prompt(NAME).await;
    let typed = "return field(part('prompt'), args[0])?.value === args[1] ? part('prompt') : null";
    page.find("the name again", typed, json!(["response", "Ada"]))
        .await;
    page.press_send().await;
    // Also for a class of the workflow; and a sent answer is not a draft of the next prompt.
    page.until_prompt(DRINK).await;
    page.find("an empty field", typed, json!(["choice", ""])).await;
    page.fill_prompt("choice", "tea").await;
    page.reload().await;
    page.until_prompt(DRINK).await;
    page.find("the drink again", typed, json!(["choice", "tea"]))
        .await;
    page.press_send().await;
    page.until_status("completed", RUN).await;
}

async fn a_prompt_answered_by_another_client_closes(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    answer_name(&page).await;
    let body = r#"{"event":{"type":"Answer","value":{"choice":"water"}}}"#;
    let answer = stage
        .api()
        .send("POST", &format!("/events/{handler}"), Some(body))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    page.until_status("completed", RUN).await;
    no_open_prompt(&page).await;
}

async fn an_open_prompt_ends_with_its_run(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.press("Cancel run").await;
    page.until_status("cancelled", RUN).await;
    no_open_prompt(&page).await;
}

async fn an_answered_prompt_stays_with_its_answer(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    answer_name(&page).await;
    page.until_answered(
        "answered",
        &[NAME, "HumanResponseEvent", "Ada", "asked ", "sent "],
    )
    .await;
    answer_drink(&page).await;
    page.until_status("completed", RUN).await;
    page.until_answered("answered", &[DRINK, "Answer", "tea"]).await;
    page.until_answered("answered", &[NAME, "Ada"]).await;
    let line: String = page
        .ask(
            "return words(part('answered').querySelector('summary'))",
            json!([]),
        )
        .await;
    assert_eq!(line, "Answered questions (2)");
}

async fn a_draft_is_removed_with_its_prompt(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.fill_prompt("response", "Ada").await;
    page.press_send().await;
    page.until_prompt(DRINK).await;
    page.find(
        "no draft of the answered question",
        "const drafts = Object.keys(sessionStorage).filter((it) => it.includes(`${args[0]} `));
        return drafts.length === 0 ? document.body : null",
        json!([handler]),
    )
    .await;
}

async fn an_answered_prompt_survives_a_reload(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    answer_name(&page).await;
    answer_drink(&page).await;
    page.until_status("completed", RUN).await;
    page.reload().await;
    page.until_status("completed", RUN).await;
    page.until_answered("answered", &[NAME, "HumanResponseEvent", "Ada"])
        .await;
    page.until_answered("answered", &[DRINK, "Answer", "tea"]).await;
}

async fn a_prompt_answered_by_another_client_is_marked(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    let body = r#"{"event":{"type":"HumanResponseEvent","value":{"response":"Ada"}}}"#;
    let answer = stage
        .api()
        .send("POST", &format!("/events/{handler}"), Some(body))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    page.until_prompt(DRINK).await;
    page.until_answered("elsewhere", &[NAME, "answered elsewhere"])
        .await;
}

async fn a_prompt_that_ended_with_its_run_is_marked(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.press("Cancel run").await;
    page.until_status("cancelled", RUN).await;
    page.until_answered("cut_off", &[NAME, "no answer was seen before the run ended"])
        .await;
}

async fn the_list_of_closed_prompts_is_hidden_while_empty(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    let there: bool = page.ask("return part('answered') !== null", json!([])).await;
    assert!(!there, "nothing was answered yet");
}

async fn no_open_prompt(page: &Page<'_>) {
    until("no prompt to be open", RUN, async || {
        match page.open_prompts().await {
            0 => Ok(()),
            open => Err(format!("{open} prompts")),
        }
    })
    .await;
}

async fn a_stock_prompt_of_a_step_is_answered(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("stock_step", &[]).await;
    let prompt = page.until_prompt(NAME).await;
    assert_eq!(
        prompt.fields,
        ["response"],
        "the stock event is answered by one text"
    );
    page.fill_prompt("response", "Ada").await;
    page.press_send().await;
    page.until_status("completed", RUN).await;
    assert!(
        page.result().await.contains("Hello Ada"),
        "the answer arrived: {}",
        page.result().await
    );
}

/// Symptom: the buttons of a prompt whose answer is a `Literal` did nothing. Cause: choices were only typed, and only into the first field.
async fn a_choice_selects_the_listed_answer(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("ruling", &[]).await;
    page.until_prompt("Shall it pass?").await;
    page.press("reject").await;
    let chosen = "const it = part('prompt');
        return field(it, 'verdict')?.value === 'reject' && field(it, 'comment')?.value === '' ? it : null";
    page.find("the verdict, and no comment", chosen, json!([])).await;
    page.press_send().await;
    page.until_status("completed", RUN).await;
    let result = page.result().await;
    assert!(result.contains("reject"), "it was sent: {result}");
}
