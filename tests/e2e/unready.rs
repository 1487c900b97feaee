//! Nothing is sent before the fields of its form are drawn.

use serde_json::{Value, json};
use workflow_tests::{Page, Script, ScriptedServer, Server, Stage};

use crate::RUN;

const START: &str = "POST /workflows/scripted/run-nowait";
const SCHEMA: &str = "GET /workflows/scripted/schema";
const EVENTS: &str = "GET /workflows/scripted/events";

on!(scripted, Embedded:
    a_run_is_not_started_before_its_fields_are_drawn,
    an_event_is_not_sent_before_its_fields_are_drawn,
);

fn schema() -> Value {
    json!({ "title": "Start", "type": "object", "properties": {
        "depth": { "type": "integer", "title": "Depth", "default": 3 },
    } })
}

async fn server() -> (ScriptedServer, Server) {
    let script = Script::new().start_schema(schema()).completed(&json!("fine"));
    let scripted = ScriptedServer::start(script).await;
    let server = Server::in_front_of(&scripted.base());
    (scripted, server)
}

/// Records whether a button was enabled while a selector found nothing.
async fn watch(page: &Page<'_>, button: &str, fields: &str) {
    page.ask::<()>(
        "window.early = false;
        const look = () => {
            const it = document.querySelector(args[0]);
            if (it && !it.disabled && !document.querySelector(args[1])) window.early = true;
        };
        new MutationObserver(look).observe(document.body, { attributes: true, childList: true, subtree: true });
        look()",
        json!([button, fields]),
    )
    .await;
}

async fn was_early(page: &Page<'_>) -> bool {
    page.ask("return window.early", json!([])).await
}

// Symptom: pressing Run as soon as it was enabled started the workflow with its defaults. Cause: the button followed the schema's response,
// not the fields.
async fn a_run_is_not_started_before_its_fields_are_drawn(stage: &Stage) {
    let (scripted, server) = server().await;
    scripted.hold(SCHEMA, true);
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    let state: (bool, Option<String>) = page
        .ask(
            "return [part('run-button').disabled, part('start-form').getAttribute('aria-busy')]",
            json!([]),
        )
        .await;
    assert_eq!(state, (true, Some("true".to_owned())), "disabled, and busy");
    watch(
        &page,
        "[data-part=run-button]",
        "[data-part=start-form] [name=depth]",
    )
    .await;
    page.ask::<()>("part('start-form').requestSubmit()", json!([]))
        .await;
    scripted.hold(SCHEMA, false);
    page.find(
        "the form to be ready",
        "const form = part('start-form');
        return form.getAttribute('aria-busy') === 'false' && field(form, 'depth') && !part('run-button').disabled ? form : null",
        json!([]),
    )
    .await;
    assert!(!was_early(&page).await, "Run waits for the fields");
    assert!(
        !scripted.requests().iter().any(|it| it == START),
        "nothing was sent"
    );
    page.press_run().await;
    page.until_status("completed", RUN).await;
    assert_eq!(scripted.bodies(START).len(), 1);
}

async fn an_event_is_not_sent_before_its_fields_are_drawn(stage: &Stage) {
    let scripted = ScriptedServer::start(Script::new().event("Tick", &json!({}))).await;
    let server = Server::in_front_of(&scripted.base());
    scripted.hold(EVENTS, true);
    let page = stage.page_at(server.origin());
    page.open("?workflow=scripted&run=scripted").await;
    page.until_status("running", RUN).await;
    page.press("Send event").await;
    page.find("the dialog", "return part('send-form')", json!([]))
        .await;
    let class = page
        .find("the field of the class", "return part('send-class')", json!([]))
        .await;
    class.send_keys("HumanResponseEvent").await.expect("keys");
    let send = "[data-part=send-form] [type=submit]";
    let state: (bool, Option<String>) = page
        .ask(
            "return [document.querySelector(args[0]).disabled, part('send-form').getAttribute('aria-busy')]",
            json!([send]),
        )
        .await;
    assert_eq!(state, (true, Some("true".to_owned())), "disabled, and busy");
    watch(&page, send, "[data-part=send-form] [name=response]").await;
    page.ask::<()>("part('send-form').requestSubmit()", json!([]))
        .await;
    scripted.hold(EVENTS, false);
    page.find(
        "the form to be ready",
        "const form = part('send-form');
        return form.getAttribute('aria-busy') === 'false' && field(form, 'response') && !document.querySelector(args[0]).disabled ? form : null",
        json!([send]),
    )
    .await;
    assert!(!was_early(&page).await, "Send waits for the fields");
    assert!(
        scripted.bodies("POST /events/scripted").is_empty(),
        "nothing was sent"
    );
}
