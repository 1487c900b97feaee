//! Malformed responses, and unusual forms.

use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::Key;
use workflow_tests::{Canned, Script, ScriptedServer, Server, Stage, until};

use crate::RUN;

const START: &str = "POST /workflows/scripted/run-nowait";
const ANSWER: &str = "POST /events/scripted";

on!(scripted, Embedded:
    a_refused_field_shows_its_error_and_keeps_the_input,
    an_html_response_is_shown_as_text,
    a_refused_answer_keeps_the_input,
    unreadable_workflows_are_reported_and_retried,
    a_late_form_keeps_the_fields_typed_before,
    errors_without_a_field_are_shown,
    a_list_too_long_for_fields_is_shown_as_json,
    an_unreadable_ended_run_shows_the_reason,
    fields_with_a_new_description_keep_the_focus,
    a_schema_with_unknown_keywords_still_has_a_form,
    untouched_fields_are_omitted_and_digits_preserved,
    a_broken_list_does_not_hide_the_run,
    a_handler_that_cannot_be_read_is_not_a_failed_run,
);

fn person() -> Value {
    json!({
        "title": "PersonStart", "type": "object", "required": ["name", "sure"],
        "properties": {
            "name": { "title": "Name", "type": "string" },
            "sure": { "title": "Sure", "type": "boolean" },
            "nick": { "anyOf": [{ "type": "string" }, { "type": "null" }], "default": null, "title": "Nick" },
            "count": { "default": 3, "title": "Count", "type": "integer" },
            "ratio": { "anyOf": [{ "type": "number" }, { "type": "null" }], "default": null, "title": "Ratio" },
        },
    })
}

async fn a_refused_field_shows_its_error_and_keeps_the_input(stage: &Stage) {
    let scripted =
        ScriptedServer::start(Script::new().start_schema(person()).completed(&json!("fine"))).await;
    let detail = "Validation error for 'start_event': Failed to deserialize event: 1 validation error for PersonStart\n\
        name\n  Value error, we know nobody of that name [type=value_error, input_value='Nobody', input_type=str]\n    \
        For further information visit https://errors.pydantic.dev/2.14/v/value_error";
    scripted.say(START, Some(Canned::detail(400, detail)));
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.fill("name", "Nobody").await;
    page.fill("nick", "No").await;
    page.fill("sure", "true").await;
    page.press_run().await;
    page.until_form_says("we know nobody of that name").await;
    assert_eq!(page.field("name").await, "Nobody", "what was typed stays");
    assert_eq!(page.field("nick").await, "No", "what was typed stays");
    assert_eq!(page.field("sure").await, "true", "what was chosen stays");
    scripted.say(START, None);
    page.press_run().await;
    page.until_status("completed", RUN).await;
}

async fn an_html_response_is_shown_as_text(stage: &Stage) {
    let scripted =
        ScriptedServer::start(Script::new().start_schema(person()).completed(&json!("fine"))).await;
    let html = "<html><head><title>502 Bad Gateway</title></head><body><h1>Upstream is on holiday</h1></body></html>";
    scripted.say(START, Some(Canned::html(500, html)));
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.fill("name", "Ada").await;
    page.press_run().await;
    page.until_form_says("502 Bad Gateway").await;
    assert!(
        !page.text().await.contains("<h1>"),
        "no tags are shown: {}",
        page.text().await
    );
    assert_eq!(page.field("name").await, "Ada", "what was typed stays");
    scripted.say(START, None);
    page.press_run().await;
    page.until_status("completed", RUN).await;
}

async fn a_late_form_keeps_the_fields_typed_before(stage: &Stage) {
    const SCHEMA: &str = "GET /workflows/scripted/schema";
    let scripted =
        ScriptedServer::start(Script::new().start_schema(person()).completed(&json!("fine"))).await;
    scripted.say(SCHEMA, Some(Canned::detail(503, "Not yet")));
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.until_form_says("Not yet").await;
    page.press("Add field").await;
    page.type_in("Key", "name").await;
    page.type_in("Value", "Ada").await;
    page.press("Add field").await;
    page.find(
        "a second row",
        "const [, it] = document.querySelectorAll('[aria-label=Key]'); it?.focus(); return it",
        json!([]),
    )
    .await;
    page.keys("count").await;
    page.keys(Key::Tab + "1").await;
    scripted.say(SCHEMA, None);
    page.find(
        "the form of the schema, without anybody's doing",
        "return field(part('start-form'), 'nick')",
        json!([]),
    )
    .await;
    page.keys("2").await;
    assert_eq!(
        page.field("name").await,
        "Ada",
        "what was typed has found its field"
    );
    assert_eq!(page.field("count").await, "12", "and so has who was typing");
    page.press_run().await;
    page.until_status("completed", RUN).await;
    assert_eq!(scripted.bodies(START).len(), 1);
}

async fn errors_without_a_field_are_shown(stage: &Stage) {
    let schema = json!({
        "title": "LimitsStart", "type": "object", "required": ["limits"],
        "properties": { "limits": { "title": "Limits", "type": "object", "additionalProperties": { "type": "integer" } } },
    });
    let scripted = ScriptedServer::start(Script::new().start_schema(schema).completed(&json!("fine"))).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.press("Add to Limits").await;
    page.type_in("Key", "cpu").await;
    page.fill("limits/", "lots").await;
    page.press_run().await;
    page.find(
        "the error at the field, which is named after its key and has the focus",
        "const it = field(part('start-form'), 'limits/cpu');
        return it?.ariaInvalid === 'true' && it === document.activeElement && words(part('start-form')).includes('whole number') ? it : null",
        json!([]),
    )
    .await;
    // A key that the schema forbids, entered as JSON.
    let closed = json!({ "title": "ClosedStart", "type": "object", "properties": { "a": { "type": "string" } }, "additionalProperties": false });
    let scripted = ScriptedServer::start(Script::new().start_schema(closed).completed(&json!("fine"))).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.fill_json("{\"a\": \"b\", \"zzz\": 1}").await;
    page.press("JSON").await;
    page.press_run().await;
    page.until_form_says("zzz: Not a key of this object").await;
    assert!(scripted.bodies(START).is_empty(), "nothing was sent");
}

async fn a_list_too_long_for_fields_is_shown_as_json(stage: &Stage) {
    let schema = json!({
        "title": "ManyStart", "type": "object", "required": ["all"],
        "properties": { "all": { "title": "All", "type": "array", "items": { "type": "integer" } } },
    });
    let scripted = ScriptedServer::start(Script::new().start_schema(schema).completed(&json!("fine"))).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    let many: Vec<u32> = (0..1_500).collect();
    page.fill_json(&json!({ "all": many }).to_string()).await;
    page.press("JSON").await;
    let shown: String = page
        .ask("return byRole('textbox', 'All as JSON').value", json!([]))
        .await;
    assert_eq!(serde_json::from_str::<Vec<u32>>(&shown).unwrap(), many);
    page.press_run().await;
    page.until_status("completed", RUN).await;
}

async fn an_unreadable_ended_run_shows_the_reason(stage: &Stage) {
    let scripted = ScriptedServer::start(Script::new().completed(&json!("fine"))).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    let handler = page.start("scripted", &[]).await;
    page.until_status("completed", RUN).await;
    scripted.say(
        &format!("GET /events/{handler}"),
        Some(Canned::detail(422, "Cannot load events: no class named Gone")),
    );
    page.reload().await;
    page.until_text("no class named Gone").await;
}

async fn fields_with_a_new_description_keep_the_focus(stage: &Stage) {
    const EVENTS: &str = "GET /workflows/scripted/events";
    let prompt = json!({
        "value": { "_data": { "prefix": "What is your name?" } },
        "qualified_name": "workflows.events.InputRequiredEvent", "type": "InputRequiredEvent", "types": null
    });
    let scripted = ScriptedServer::start(Script::new().envelope(&prompt)).await;
    scripted.say(EVENTS, Some(Canned::detail(503, "Not yet")));
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_prompt("What is your name?").await;
    page.keys("p").await;
    let focused = "const it = document.activeElement;
        return it.name === 'response' && (!args[0] || !it.dataset.old) ? it : null";
    page.find("the focus in the field", focused, json!([false])).await;
    page.ask::<()>("document.activeElement.dataset.old = 'yes'", json!([]))
        .await;
    page.keys("Ad").await;
    scripted.say(EVENTS, None);
    page.find(
        "the focus in the field that took its place",
        focused,
        json!([true]),
    )
    .await;
    page.keys("a").await;
    let typed: String = page
        .ask("return field(part('prompt'), 'response').value", json!([]))
        .await;
    assert!(
        typed.contains("Ad") && typed.len() == 3,
        "nothing typed is lost: {typed}"
    );
}

async fn a_refused_answer_keeps_the_input(stage: &Stage) {
    let prompt = json!({
        "value": { "_data": { "prefix": "What is your name?" } },
        "qualified_name": "workflows.events.InputRequiredEvent", "type": "InputRequiredEvent", "types": null
    });
    let scripted = ScriptedServer::start(Script::new().envelope(&prompt)).await;
    scripted.say(
        ANSWER,
        Some(Canned::detail(
            400,
            "Failed to deserialize event: that is no name",
        )),
    );
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_prompt("What is your name?").await;
    page.fill_prompt("response", "4711").await;
    page.press_send().await;
    page.until_text("that is no name").await;
    let open = page.until_prompt("What is your name?").await;
    assert_eq!(open.state, "open", "it can be answered again");
    let typed: String = page
        .ask("return field(part('prompt'), 'response').value", json!([]))
        .await;
    assert_eq!(typed, "4711", "what was typed stays");
    scripted.say(ANSWER, None);
    page.fill_prompt("response", "Ada").await;
    page.press_send().await;
    until("the second answer", RUN, async || {
        match scripted.bodies(ANSWER).as_slice() {
            [_, second] if second.contains("Ada") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

async fn unreadable_workflows_are_reported_and_retried(stage: &Stage) {
    let scripted = ScriptedServer::start(Script::new().completed(&json!("fine"))).await;
    scripted.say(
        "GET /workflows",
        Some(Canned::html(500, "<title>Out of order</title>")),
    );
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.until_text("Out of order").await;
    scripted.say("GET /workflows", None);
    page.reload().await;
    page.start("scripted", &[]).await;
    page.until_status("completed", RUN).await;
}

async fn a_schema_with_unknown_keywords_still_has_a_form(stage: &Stage) {
    let schema = json!({
        "title": "OddStart", "type": "object", "required": ["name", "odd"], "x-unknown": { "deep": true },
        "properties": {
            "name": { "title": "Name", "type": "string", "format": "no-such-format", "x-widget": "hologram" },
            "odd": { "title": "Odd", "type": "quaternion" },
            "either": { "title": "Either", "oneOf": [{ "type": "string" }, { "type": "object", "properties": {} }] },
            "anything": true,
            "lost": { "$ref": "#/$defs/Nowhere" },
            "loop": { "$ref": "#/$defs/Loop" },
            "pattern": { "title": "Pattern", "type": "string", "pattern": "([unclosed", "default": 7 },
        },
        "$defs": { "Loop": { "type": "object", "properties": { "again": { "$ref": "#/$defs/Loop" } } } },
    });
    let scripted = ScriptedServer::start(Script::new().start_schema(schema).completed(&json!("fine"))).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.fill("name", "Ada").await;
    page.fill("odd", r#"{"i": 1, "j": 2}"#).await;
    page.press_run().await;
    page.until_status("completed", RUN).await;
    let sent = start_event(&scripted);
    assert_eq!(sent["name"], "Ada", "the field that we know: {sent}");
    assert_eq!(
        sent["odd"],
        json!({ "i": 1, "j": 2 }),
        "raw JSON for the field that we don't: {sent}"
    );
    assert_eq!(
        sent.as_object().map(serde_json::Map::len),
        Some(2),
        "untouched fields are left out: {sent}"
    );
}

async fn untouched_fields_are_omitted_and_digits_preserved(stage: &Stage) {
    let scripted =
        ScriptedServer::start(Script::new().start_schema(person()).completed(&json!("fine"))).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[("name", "Ada"), ("count", "12345678901234567890")])
        .await;
    let bodies = scripted.bodies(START);
    let body: Value = serde_json::from_str(bodies.last().expect("a start")).expect("JSON");
    assert_eq!(
        body["start_event"]["type"], "PersonStart",
        "an envelope, so that no field is mistaken for one"
    );
    let sent = start_event(&scripted);
    assert_eq!(sent["name"], "Ada", "{sent}");
    assert_eq!(sent["sure"], false, "a required boolean is always sent: {sent}");
    assert!(
        bodies[0].contains("12345678901234567890"),
        "integers are kept to the digit: {bodies:?}"
    );
    assert!(
        sent.get("nick").is_none() && sent.get("ratio").is_none(),
        "untouched optional fields: {sent}"
    );
}

async fn a_broken_list_does_not_hide_the_run(stage: &Stage) {
    let scripted = ScriptedServer::start(Script::new().completed(&json!("fine"))).await;
    scripted.say(
        "GET /handlers",
        Some(Canned::detail(500, "Internal server error: the table is on fire")),
    );
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_status("completed", RUN).await;
    assert!(
        page.result().await.contains("fine"),
        "the run is followed all the same"
    );
}

async fn a_handler_that_cannot_be_read_is_not_a_failed_run(stage: &Stage) {
    let script = Script::new()
        .event("ProgressEvent", &json!({ "step": 1 }))
        .completed(&json!("fine"));
    let scripted = ScriptedServer::start(script).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    scripted.say(
        "GET /handlers/scripted",
        Some(Canned::html(500, "<title>Out of order</title>")),
    );
    page.start("scripted", &[]).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let run = page.run().await.expect("the run");
    assert!(
        !["failed", "gone", "cancelled"].contains(&run.status.as_str()),
        "nobody said that it failed: {run:?}"
    );
    scripted.say("GET /handlers/scripted", None);
    page.until_status("completed", RUN).await;
    assert!(
        page.result().await.contains("fine"),
        "its result came when it could be read"
    );
}

/// The fields of the latest start event.
fn start_event(scripted: &ScriptedServer) -> Value {
    let bodies = scripted.bodies(START);
    let body: Value = serde_json::from_str(bodies.last().expect("a start")).expect("JSON");
    body["start_event"]["value"].clone()
}
