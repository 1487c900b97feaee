//! Hostile data from a server is shown as text. No part of it is executed, and it does not freeze the page.

use serde_json::{Value, json};
use workflow_tests::{
    Backend, BrowserOptions, Canned, Page, Script, ScriptedServer, Server, Stage, run_with, until,
};

use crate::RUN;

on!(scripted, Embedded:
    markup_is_shown_as_text_everywhere,
    markup_in_a_failure_is_text,
    markup_in_a_refusal_is_text,
    markup_in_a_closed_prompt_is_text,
    deep_nesting_does_not_freeze_the_page,
    endless_patterns_are_left_to_the_server,
    circular_definitions_leave_the_form_usable,
);

#[test]
fn a_megabyte_word_does_not_freeze_the_page() {
    let options = BrowserOptions {
        one_origin: true,
        ..BrowserOptions::default()
    };
    // Repeated layouts take time on a busy machine.
    let limit = std::time::Duration::from_secs(180);
    run_with(Backend::Embedded, limit, options, words_of_a_megabyte);
}

/// Markup, a script, an address, a template, right-to-left text, and a null.
const HOSTILE: &str = "<img src=x onerror=\"window.ran = 1\"></textarea></script><script>window.ran = 1</script>\
    <svg onload=\"window.ran = 1\"> javascript:window.ran=1 {{constructor.constructor('window.ran = 1')()}} \u{202e}live\u{202c} \
    \u{5e9}\u{5dc}\u{5d5}\u{5dd} nul\u{0}nul 'quoted' \\back &amp; \u{1f469}\u{200d}\u{1f680}";

/// A part of it, as the page must show it.
const AS_TEXT: &str = "<img src=x onerror=\"window.ran = 1\">";

/// Fails if a part of it became more than text.
async fn nothing_ran(page: &Page<'_>, place: &str) {
    let found: Vec<String> = page
        .ask(
            "const made = [...document.querySelectorAll('img, iframe, object, embed, script:not([src]), [onload], [onerror], [href^=\"javascript:\" i]')];
            return [...made.map((it) => it.outerHTML.slice(0, 200)), ...(window.ran === undefined ? [] : ['it ran'])]",
            json!([]),
        )
        .await;
    assert!(found.is_empty(), "{place}: {found:?}");
}

/// Waits for the hostile text in a part of the page, and checks how it is shown.
async fn shown_as_text(page: &Page<'_>, place: &str, part: &str) {
    let find = "const it = part(args[0]);
        const text = it && [it.textContent, ...[...it.querySelectorAll('option, input, textarea')].map((it) => it.value + it.title)].join(' ');
        return text?.includes(args[1]) ? it : null";
    page.find(&format!("the text in {place}"), find, json!([part, AS_TEXT]))
        .await;
    nothing_ran(page, place).await;
}

fn schema(word: &str) -> Value {
    json!({
        "title": word, "description": word, "type": "object", "required": ["plain"],
        "properties": {
            "plain": { "title": word, "description": word, "type": "string", "default": word },
            word: { "title": word, "type": "integer", "examples": [word] },
            "choice": { "title": word, "enum": [word, "other"] },
            "branch": { "title": word, "anyOf": [
                { "title": word, "type": "object", "properties": { word: { "type": "string", "title": word } } },
                { "type": "null" },
            ] },
            "odd": { "title": word, "type": word },
        },
    })
}

fn graph(word: &str) -> Value {
    let node = |id: &str, kind: &str| {
        json!({ "id": id, "label": word, "node_type": kind, "description": word, "event_type": word, "event_types": [word],
            "event_schema": schema(word), "produced_by": [word] })
    };
    json!({ "graph": { "name": word, "description": word,
        "nodes": [node(word, "step"), node("Start", "event"), node("odd", word)],
        "edges": [{ "source": "Start", "target": word, "label": word }, { "source": word, "target": "odd", "label": null }] } })
}

fn step(word: &str, state: &str) -> Value {
    json!({ "value": { "name": word, "step_state": state, "worker_id": word, "input_event_name": word, "output_event_name": word },
        "qualified_name": "workflows.events.StepStateChanged", "type": "StepStateChanged", "types": ["InternalDispatchEvent"] })
}

fn prompt(word: &str) -> Value {
    json!({ "value": { "_data": { "prefix": word } }, "qualified_name": "workflows.events.InputRequiredEvent",
        "type": "InputRequiredEvent", "types": null })
}

/// A server whose texts are all this one, and our page in front of it.
async fn server_of(word: &str, script: Script) -> (ScriptedServer, Server) {
    let script = script.start_schema(schema(word));
    let scripted = ScriptedServer::start(script).await;
    let canned = |json: &Value| {
        Some(Canned {
            status: 200,
            content_type: "application/json",
            body: json.to_string(),
        })
    };
    scripted.say(
        "GET /workflows",
        canned(&json!({ "workflows": ["scripted", word] })),
    );
    scripted.say("GET /workflows/scripted/representation", canned(&graph(word)));
    scripted.say(
        "GET /workflows/scripted/events",
        canned(&json!({ "events": [schema(word)] })),
    );
    let server = Server::in_front_of(&scripted.base());
    (scripted, server)
}

/// A run that contains the text everywhere and waits for an answer.
fn talk(word: &str) -> Script {
    Script::new()
        .envelope(&step(word, "running"))
        .event(word, &json!({ word: word, "list": [word, { word: [word] }] }))
        .envelope(&step(word, "not_running"))
        .data(word.split(['\n', '\0']).next().unwrap_or_default())
        .envelope(&prompt(word))
}

async fn markup_is_shown_as_text_everywhere(stage: &Stage) {
    let (_scripted, server) = server_of(HOSTILE, talk(HOSTILE)).await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    shown_as_text(&page, "the workflows", "workflow").await;
    shown_as_text(&page, "the form", "start-form").await;
    page.fill_json("{\"plain\": \"x\"}").await;
    page.press_run().await;
    page.until_prompt(AS_TEXT).await;
    nothing_ran(&page, "the prompt").await;
    shown_as_text(&page, "the inbox", "inbox").await;
    page.switch("Show internal events").await;
    shown_as_text(&page, "the events", "events").await;
    page.open_event(1).await;
    shown_as_text(&page, "an event", "event").await;
    page.open_event(3).await;
    nothing_ran(&page, "an event that can't be read").await;
    page.view("Timeline").await;
    shown_as_text(&page, "the timeline", "timeline").await;
    page.view("Graph").await;
    shown_as_text(&page, "the graph", "graph").await;
    page.click("a node", "return part('graph-node')", json!([])).await;
    shown_as_text(&page, "a node", "node").await;
    page.press("Send event").await;
    page.type_in("Event class", HOSTILE.split('\0').next().unwrap_or_default())
        .await;
    nothing_ran(&page, "the dialog").await;
}

async fn markup_in_a_failure_is_text(stage: &Stage) {
    let failed = json!({ "value": { "step_name": HOSTILE, "exception": { "exception_type": HOSTILE, "exception_message": HOSTILE },
        "attempts": 3, "elapsed_seconds": 0.5 }, "qualified_name": "workflows.events.WorkflowFailedEvent",
        "type": "WorkflowFailedEvent", "types": ["StopEvent"] });
    let (_scripted, server) = server_of(HOSTILE, Script::new().envelope(&failed)).await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.fill_json("{\"plain\": \"x\"}").await;
    page.press_run().await;
    page.until_status("failed", RUN).await;
    shown_as_text(&page, "the failure", "failure").await;
}

async fn markup_in_a_refusal_is_text(stage: &Stage) {
    let script = Script::new().completed(&json!({ HOSTILE: [HOSTILE] }));
    let (scripted, server) = server_of(HOSTILE, script).await;
    let start = "POST /workflows/scripted/run-nowait";
    scripted.say(start, Some(Canned::detail(400, HOSTILE)));
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.fill_json("{\"plain\": \"x\"}").await;
    page.press_run().await;
    page.until_form_says(AS_TEXT).await;
    nothing_ran(&page, "a refusal").await;
    scripted.say(start, Some(Canned::html(502, HOSTILE)));
    page.press_run().await;
    page.until_form_says("502").await;
    nothing_ran(&page, "a refusal that is a page").await;
    scripted.say(start, None);
    page.press_run().await;
    page.until_status("completed", RUN).await;
    page.view("Result").await;
    shown_as_text(&page, "the result", "result").await;
}

async fn markup_in_a_closed_prompt_is_text(stage: &Stage) {
    let (_scripted, server) = server_of(HOSTILE, talk(HOSTILE).completed(&json!(null))).await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.fill_json("{\"plain\": \"x\"}").await;
    page.press_run().await;
    page.until_answered("cut_off", &[AS_TEXT]).await;
    shown_as_text(&page, "a closed question", "answered").await;
}

async fn words_of_a_megabyte(stage: &Stage) {
    let word = "w".repeat(1_000_000);
    let script = talk("Word")
        .event(&word, &json!({ "plain": word, word.as_str(): 1 }))
        .envelope(&prompt(&word));
    let (scripted, server) = server_of("Word", script).await;
    let schema = json!({ "title": word, "description": word, "type": "object", "properties": {
        "plain": { "title": word, "description": word, "type": "string", "default": word },
    } });
    let body =
        json!({ "start": schema, "stop": { "title": "StopEvent", "type": "object", "properties": {} } })
            .to_string();
    let canned = Canned {
        status: 200,
        content_type: "application/json",
        body,
    };
    scripted.say("GET /workflows/scripted/schema", Some(canned));
    let start = "POST /workflows/scripted/run-nowait";
    scripted.say(start, Some(Canned::detail(400, &word)));
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.press_run().await;
    // The description contains the text too, because the form may be shown before the request is sent.
    until("the start that is refused", RUN, async || {
        let requests = scripted.requests_with_queries();
        requests
            .iter()
            .any(|request| request.starts_with(start))
            .then_some(())
            .ok_or_else(|| format!("{requests:?}"))
    })
    .await;
    page.until_form_says("wwwwwwwwww").await;
    scripted.say(start, None);
    page.press_run().await;
    page.until_run("open", RUN, |run| run.count >= 4).await;
    for view in ["Timeline", "Graph", "Wire", "Log", "Events"] {
        page.view(view).await;
        // A frozen page draws no frame.
        page.ask_slowly::<()>("await frame(); await frame()", json!([]))
            .await;
    }
    page.open_event(5).await;
    let seen = "const view = part('event').getBoundingClientRect();
        const text = [...part('event').querySelectorAll('*')].find((it) => it.children.length === 0 && words(it).includes('plain'));
        return text?.getBoundingClientRect().top < view.bottom ? text : null";
    page.find("the payload below the name, without scrolling", seen, json!([]))
        .await;
    let wide: bool = page
        .ask(
            "return document.documentElement.scrollWidth > innerWidth",
            json!([]),
        )
        .await;
    assert!(!wide, "the page is not wider than its window");
}

async fn deep_nesting_does_not_freeze_the_page(stage: &Stage) {
    const DEPTH: usize = 50_000;
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(DEPTH), close.repeat(DEPTH));
    let mut script = Script::new();
    for payload in [deep("[", "]"), deep("{\"a\":", "}")] {
        script = script.data(&format!(
            "{{\"value\":{{\"deep\":{payload}}},\"qualified_name\":\"script.Deep\",\"type\":\"Deep\",\"types\":null}}"
        ));
    }
    let scripted = ScriptedServer::start(script.completed(&json!("fine"))).await;
    let mut schema = json!({ "type": "string" });
    for _ in 0..100 {
        schema = json!({ "type": "object", "required": ["in"], "properties": { "in": schema } });
    }
    let schema =
        json!({ "start": schema, "stop": { "type": "object", "properties": {}, "title": "StopEvent" } });
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_status("completed", RUN).await;
    for sequence in [0, 1] {
        page.open_event(sequence).await;
        page.ask_slowly::<()>("await frame(); await frame()", json!([]))
            .await;
    }
    let body = schema.to_string();
    let canned = Canned {
        status: 200,
        content_type: "application/json",
        body,
    };
    scripted.say("GET /workflows/scripted/schema", Some(canned));
    page.open("?workflow=scripted").await;
    page.find("the deep form", "return part('start-form')", json!([]))
        .await;
    page.ask_slowly::<()>("await frame(); await frame()", json!([]))
        .await;
}

/// Symptom: pressing Run froze the page permanently. Cause: the schema's patterns take exponential time in an engine that cannot be
/// interrupted, and a check let some of them through.
async fn endless_patterns_are_left_to_the_server(stage: &Stage) {
    let many = "(a|a)".repeat(30);
    let patterns = ["^(a+)+$", "^(a|a){40}$", "^(a*){30}$", &format!("^{many}$")];
    let mut properties = json!({ "plain": { "type": "string", "title": "Plain", "pattern": "^[a-z]+$" } });
    for (at, pattern) in patterns.iter().enumerate() {
        properties[format!("word{at}")] = json!({ "type": "string", "title": "Word", "pattern": pattern });
    }
    let schema =
        json!({ "title": "Start", "type": "object", "required": ["plain"], "properties": properties });
    let script = Script::new().start_schema(schema).completed(&json!("taken"));
    let scripted = ScriptedServer::start(script).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    for at in 0..patterns.len() {
        page.fill(&format!("word{at}"), &("a".repeat(60) + "!")).await;
    }
    page.fill("plain", "1").await;
    // A simple pattern has its result before the worker hangs in another one.
    page.press_run().await;
    page.until_form_says("Does not match ^[a-z]+$").await;
    page.fill("plain", "x").await;
    page.press_run().await;
    page.until_status("completed", RUN).await;
    let sent = scripted.bodies("POST /workflows/scripted/run-nowait");
    assert_eq!(sent.len(), 1, "one start: {sent:?}");
    assert!(
        sent[0].contains("aaaa!"),
        "the server decides about what was typed: {sent:?}"
    );
}

/// Symptom: "Reading the form…" for every workflow until the page was reloaded. Cause: circular definitions were followed until the stack
/// overflowed.
async fn circular_definitions_leave_the_form_usable(stage: &Stage) {
    let mut defs = serde_json::Map::new();
    for at in 0..64 {
        let next = format!("#/$defs/D{}", (at + 1) % 64);
        defs.insert(format!("D{at}"), json!({ "anyOf": [{ "$ref": next }] }));
    }
    let schema = json!({ "title": "Start", "type": "object", "$defs": defs, "required": ["ring", "plain"], "properties": {
        "ring": { "$ref": "#/$defs/D0", "title": "Ring" },
        "plain": { "type": "string", "title": "Plain" },
    } });
    let script = Script::new().start_schema(schema).completed(&json!("taken"));
    let scripted = ScriptedServer::start(script).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.fill("plain", "x").await;
    page.until_form_says("Enter JSON").await;
    page.fill("ring", "[1]").await;
    page.press_run().await;
    page.until_status("completed", RUN).await;
    let sent = scripted.bodies("POST /workflows/scripted/run-nowait");
    assert!(sent.iter().any(|body| body.contains("\"ring\":[1]")), "{sent:?}");
}
