//! Prompts and answers.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Api, FaultProxy, Page, Server, ServerOptions, Stage, WireEvent, until};

use crate::RUN;
use crate::interview::{DRINK, NAME, answer_drink, answer_name};

on_both!(
    a_stock_prompt_is_answered_by_one_text,
    a_typed_prompt_is_answered_with_its_own_class,
    one_question_comes_after_the_other,
    enter_sends,
    a_double_click_sends_once,
    two_tabs_that_answer_at_once_send_once,
    the_prompt_is_still_open_after_a_reload,
    what_was_typed_into_a_prompt_survives_a_reload,
    a_prompt_answered_elsewhere_closes,
    an_open_prompt_ends_with_its_run,
    an_answered_question_stays_with_its_answer,
    an_answered_question_is_still_there_after_a_reload,
    a_draft_goes_with_its_question,
    a_question_that_was_answered_elsewhere_says_so,
    a_question_that_ended_with_its_run_says_so,
    nothing_stands_there_before_anything_is_answered,
);

on!(python_only, Python:
    a_stock_prompt_of_a_step_is_answered,
    an_offer_is_chosen_where_the_answer_lists_it,
);

/// How often a step began, by the server's own log.
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
    // Once for the start, and once more when the answer came: a waiting step begins again from its top.
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

async fn one_question_comes_after_the_other(stage: &Stage) {
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
    // Of its own: other tests' runs would be looked at as well, and posted events are counted.
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
        // Both press when they are told: a driver could press in one tab only, and then in the other.
        let listen = "window.presses = 0;
            window.told = new BroadcastChannel('press');
            window.told.onmessage = () => {
                // Does nothing where the other tab was quick enough to have it disabled here.
                byRole('button', 'Send', part('prompt'))?.click();
                window.presses += 1;
            };
            return true";
        assert!(page.ask::<bool>(listen, json!([])).await, "it listens");
    }
    // An answer that is long on its way, so that the second press cannot be too late by luck.
    proxy.delay(Duration::from_millis(300));
    let before = proxy.posted_events();
    let press = "new BroadcastChannel('press').postMessage(null); return true";
    assert!(page.ask::<bool>(press, json!([])).await, "both are told");
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

async fn what_was_typed_into_a_prompt_survives_a_reload(stage: &Stage) {
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
    // Also for a class of the workflow's own, and what was sent is no draft of the next question.
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

async fn a_prompt_answered_elsewhere_closes(stage: &Stage) {
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

async fn an_answered_question_stays_with_its_answer(stage: &Stage) {
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

async fn a_draft_goes_with_its_question(stage: &Stage) {
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

async fn an_answered_question_is_still_there_after_a_reload(stage: &Stage) {
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

async fn a_question_that_was_answered_elsewhere_says_so(stage: &Stage) {
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

async fn a_question_that_ended_with_its_run_says_so(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.press("Cancel run").await;
    page.until_status("cancelled", RUN).await;
    page.until_answered("cut_off", &[NAME, "no answer was seen before the run ended"])
        .await;
}

async fn nothing_stands_there_before_anything_is_answered(stage: &Stage) {
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

/// Symptom: the buttons of a question whose answer is a `Literal` did nothing. Cause: offers were only typed, and only into the first
/// field.
async fn an_offer_is_chosen_where_the_answer_lists_it(stage: &Stage) {
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
