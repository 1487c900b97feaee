//! Views by keyboard alone. Only the page's address is given; Tab reaches every control.

use serde_json::{Value, json};
use thirtyfour::Key;
use workflow_tests::{Page, Script, Server, ServerOptions, Stage, until};

use crate::RUN;
use crate::actions::copied;
use crate::comparing::until_compared;

on!(alone, Embedded:
    the_log_is_read_filtered_and_copied,
    the_turns_of_agents_are_opened,
    two_runs_are_compared,
);

const COPY: &str = "navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }; return true";

/// Waits until the active row of a grid has this text.
async fn until_active(page: &Page<'_>, grid: &str, wanted: &str) {
    let script =
        "const row = document.getElementById(part(args[0])?.getAttribute('aria-activedescendant') ?? '');
        return row ? words(row) : ''";
    until(&format!("the row {wanted:?} of {grid}"), RUN, async || {
        let found: String = page.ask(script, json!([grid])).await;
        if found.contains(wanted) {
            Ok(())
        } else {
            Err(found)
        }
    })
    .await;
}

/// Waits until a script gives this value.
async fn until_value(page: &Page<'_>, what: &str, script: &str, wanted: Value) {
    until(what, RUN, async || {
        let found: Value = page.ask(script, json!([])).await;
        if found == wanted {
            Ok(())
        } else {
            Err(found.to_string())
        }
    })
    .await;
}

async fn until_event_is_closed(page: &Page<'_>) {
    page.keys(Key::Escape).await;
    until_value(page, "no open event", "return !!part('event')", json!(false)).await;
}

async fn the_log_is_read_filtered_and_copied(stage: &Stage) {
    let handler = stage.api().start("failing", json!({})).await;
    stage.api().until_status(&handler, "failed", RUN).await;
    let page = stage.page();
    page.open(&format!("?run={handler}")).await;
    page.until_status("failed", RUN).await;
    assert!(page.ask::<bool>(COPY, json!([])).await);
    page.keys("6").await;
    page.until_focused("Log").await;
    page.tab_to("Filter log", false).await;
    page.keys("attempt").await;
    until_value(
        &page,
        "three lines",
        "return part('log').dataset.count",
        json!("3"),
    )
    .await;
    page.tab_to("Copy log", false).await;
    page.keys(Key::Enter).await;
    let text = copied(&page).await;
    assert_eq!(text.lines().count(), 3, "the filtered lines: {text}");
    page.tab_to("Log lines", false).await;
    page.keys(Key::Home).await;
    until_active(&page, "log-lines", "attempt 1").await;
    page.keys(Key::Down).await;
    until_active(&page, "log-lines", "attempt 2").await;
    page.keys(Key::Enter).await;
    let text = page.event_text().await;
    assert!(text.contains("write"), "the event of the line: {text}");
    until_event_is_closed(&page).await;
    page.until_focused("Log lines").await;
    page.tab_to("Filter log", true).await;
}

async fn the_turns_of_agents_are_opened(stage: &Stage) {
    let turn = |agent: &str| json!({ "input": [], "current_agent_name": agent });
    let script = Script::new();
    let first = script.next();
    let script = script.event("AgentInput", &turn("Researcher"));
    let lines = (0..60).map(|line| format!("line {line}")).collect::<Vec<_>>();
    let call = json!({ "tool_name": "search", "tool_kwargs": { "query": "tea" }, "tool_id": "c1" });
    let output = json!({ "content": lines.join("\n"), "is_error": false });
    let result = json!({ "tool_name": "search", "tool_kwargs": {}, "tool_id": "c1", "tool_output": output });
    let script = script.event("ToolCall", &call);
    let answered = script.next();
    let script = script.event("ToolCallResult", &result);
    let second = script.next();
    let script = script
        .event("AgentInput", &turn("Writer"))
        .completed(&json!("Tea!"));
    let page = stage.completed(script).await;
    page.keys("7").await;
    page.tab_to("Agents", false).await;
    page.tab_to("Turns of the agents", false).await;
    for (sequence, words) in [
        (first, "Researcher"),
        (answered, "tool_output"),
        (second, "Writer"),
    ] {
        page.tab_to(&format!("#{sequence}"), false).await;
        page.keys(Key::Enter).await;
        let text = page.event_text().await;
        assert!(text.contains(words), "{words} in the event {sequence}: {text}");
        until_event_is_closed(&page).await;
        page.until_focused(&format!("#{sequence}")).await;
    }
    page.tab_to("Result", true).await;
    page.keys(Key::End).await;
    let scrolled = "return document.activeElement.scrollTop > 0";
    until_value(&page, "the end of the result", scrolled, json!(true)).await;
}

async fn two_runs_are_compared(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let api = server.api();
    let mut runs = Vec::new();
    for name in ["Ada", "Grace"] {
        let handler = api.start("greeting", json!({ "name": name })).await;
        api.until_status(&handler, "completed", RUN).await;
        runs.push(handler);
    }
    let page = stage.page_at(server.origin());
    page.open(&format!("?run={}", runs[0])).await;
    page.until_status("completed", RUN).await;
    page.keys("1").await;
    page.until_focused("Events").await;
    page.tab_to("Compare", true).await;
    page.keys(Key::Enter).await;
    let listed =
        "return parts('run-row', document.querySelector('dialog[open]') ?? document.createElement('p'))
        .filter(shown).map((it) => it.dataset.handlerId)";
    until_value(&page, "both runs", listed, json!([runs[1], runs[0]])).await;
    // Symptom: a row moved away when a run started, and another one was clicked. Cause: new runs came first.
    let third = api.start("greeting", json!({ "name": "Alan" })).await;
    until_value(
        &page,
        "the new run behind",
        listed,
        json!([runs[1], runs[0], third]),
    )
    .await;
    page.tab_to("Runs", false).await;
    page.keys(Key::Home).await;
    page.keys(Key::Enter).await;
    let counts = until_compared(&page, "two greetings", |it| it.changed > Some(0)).await;
    assert_eq!((&counts.left, &counts.right), (&runs[0], &runs[1]));
    page.until_focused("Events").await;

    page.tab_to("Next difference", false).await;
    let change = "return parts('change').some((it) => it.textContent.includes('Grace'))";
    page.keys(Key::Enter).await;
    until_value(&page, "the changed value", change, json!(true)).await;
    page.tab_to("Aligned events", false).await;
    page.keys(Key::Home).await;
    let difference = "return part('compare-detail')?.dataset.difference ?? ''";
    until_value(&page, "the first row", difference, json!("same")).await;
    page.tab_to("Previous difference", true).await;
    page.keys(Key::Enter).await;
    until_value(&page, "a difference again", difference, json!("changed")).await;
    page.tab_to("Difference", false).await;
    page.tab_to("Close difference", false).await;
    page.keys(Key::Enter).await;
    until_value(&page, "no difference", difference, json!("")).await;
    page.until_focused("Aligned events").await;

    page.tab_to("Events", true).await;
    page.keys(Key::Right + Key::Right).await;
    page.until_focused("Input and result").await;
    page.tab_to("Inputs and results", false).await;
    page.keys(Key::Escape).await;
    page.until_run("the first run", RUN, |run| run.handler == runs[0])
        .await;
    page.until_focused("Events").await;
}
