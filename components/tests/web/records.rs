//! Records of Agent Data.

use crate::kit::Mounted;
use leptos::prelude::*;
use serde_json::{Value, json};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use workflow_protocol::{Method, RawJson};
use workflow_ui_components::cloud::{Column, ExtractedReview, ItemGrid, StatusCounts};
use workflow_ui_core::{
    AgentDataClient, HttpResponse, Reply, ScriptedTransport, StorageArea, UseAgentDataOptions, page_storage,
    provide_agent_data_client,
};

const SEARCH: &str = "/api/v1/beta/agent-data/:search";
const AGGREGATE: &str = "/api/v1/beta/agent-data/:aggregate";
const ITEM: &str = "/api/v1/beta/agent-data/1";

fn provide(server: &ScriptedTransport) {
    let client = AgentDataClient::builder("")
        .transport(server.clone())
        .no_storage()
        .build();
    provide_agent_data_client(client);
}

fn options() -> UseAgentDataOptions {
    UseAgentDataOptions {
        every_ms: None,
        ..UseAgentDataOptions::default()
    }
}

fn page(names: &[&str], next: Option<&str>) -> Reply {
    let items: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({"id": name, "deployment_name": "_public", "collection": "default",
            "data": {"name": name, "status": "approved"}})
        })
        .collect();
    Reply::json(200, json!({"items": items, "next_page_token": next}).to_string())
}

fn groups(count: u64) -> Reply {
    let groups = json!({"items": [{"group_key": {"status": "approved"}, "count": count}]});
    Reply::json(200, groups.to_string())
}

fn sent(mounted: &Mounted, method: Method, path: &str) -> Value {
    let request = mounted.server.requests(method, path).pop().expect("a request");
    serde_json::from_str(request.body.as_deref().unwrap_or("null")).expect("a body")
}

fn press(mounted: &Mounted, selector: &str) {
    mounted.find(selector).click();
}

async fn until_sent(mounted: &Mounted, count: usize, method: Method, path: &str) {
    mounted
        .until("a request", |mounted| {
            (mounted.server.count(method, path) >= count).then_some(())
        })
        .await;
}

fn grid(server: &ScriptedTransport) -> impl IntoView + use<> {
    provide(server);
    server
        .post(SEARCH, page(&["Ada", "Grace"], Some("t1")))
        .post(AGGREGATE, groups(3));
    let columns = vec![Column::field("Name", "name"), Column::status("Status", "status")];
    view! {
        <div style:height="300px" style:width="600px" style:display="flex" style:flex-direction="column">
            <ItemGrid columns status_field="status" page_size=2 options=options() />
        </div>
    }
}

#[wasm_bindgen_test]
async fn the_grid_sorts_filters_and_turns_pages() {
    let mounted = Mounted::new(grid);
    mounted
        .until_there("[data-part='item-row'][data-id='Ada'][data-status='accepted']")
        .await;
    mounted
        .until_there("[data-part='item-total'][data-count='3']")
        .await;
    assert_eq!(
        mounted.find("[data-part='item-range']").text_content().as_deref(),
        Some("1–2 of 3")
    );
    press(&mounted, "[data-part='item-sort']");
    until_sent(&mounted, 2, Method::Post, SEARCH).await;
    assert_eq!(sent(&mounted, Method::Post, SEARCH)["order_by"], "name");
    mounted
        .until_there("[data-part='item-sort'][data-sort='ascending']")
        .await;

    // The rows stay until those of the next page are here.
    mounted.server.post(SEARCH, Reply::Wait);
    press(&mounted, "[aria-label='Next page']");
    until_sent(&mounted, 3, Method::Post, SEARCH).await;
    assert_eq!(sent(&mounted, Method::Post, SEARCH)["page_token"], "t1");
    mounted.until_there("[data-part='item-row'][data-id='Ada']").await;
    mounted.server.answer(Method::Post, SEARCH, page(&["Hedy"], None));
    mounted
        .until_there("[data-part='item-row'][data-id='Hedy']")
        .await;
    mounted.until_there("[aria-label='Next page'][disabled]").await;

    mounted.server.post(SEARCH, page(&["Joan"], None));
    let select: HtmlSelectElement = mounted.find("[aria-label='Filter by status']").unchecked_into();
    select.set_value("accepted");
    let event = web_sys::Event::new("change").expect("an event");
    select.dispatch_event(&event).expect("a listener");
    mounted
        .until_there("[data-part='item-row'][data-id='Joan']")
        .await;
    let filter = &sent(&mounted, Method::Post, SEARCH)["filter"];
    assert_eq!(*filter, json!({"status": {"includes": ["accepted", "approved"]}}));
}

#[wasm_bindgen_test]
async fn records_are_deleted_after_a_question_with_their_number() {
    let mounted = Mounted::new(grid);
    mounted
        .until_there("[data-part='item-row'][data-id='Grace']")
        .await;
    press(&mounted, "[data-id='Ada'] [data-part='item-tick']");
    press(&mounted, "[data-id='Grace'] [data-part='item-tick']");
    mounted
        .until_there("[data-id='Grace'][aria-selected='true']")
        .await;
    press(&mounted, "[aria-label='Delete selected records']");
    mounted.until_there("dialog[open] .wf-button--danger").await;
    let question = mounted
        .find("dialog[open] .wf-note")
        .text_content()
        .unwrap_or_default();
    assert!(question.starts_with("2 records"), "{question}");
    let path = "/api/v1/beta/agent-data/Ada";
    mounted.server.on(Method::Delete, path, Reply::json(200, "{}"));
    mounted.server.on(
        Method::Delete,
        "/api/v1/beta/agent-data/Grace",
        Reply::detail(403, "Read only"),
    );
    press(&mounted, "dialog[open] .wf-button--danger");
    mounted.until_there("dialog[open] [role='alert']").await;
    assert_eq!(mounted.server.count(Method::Delete, path), 1);
    let words = mounted
        .find("dialog[open] [role='alert']")
        .text_content()
        .unwrap_or_default();
    assert!(words.contains("Read only"), "{words}");
}

#[wasm_bindgen_test]
async fn statuses_are_counted_by_one_request() {
    let chosen = RwSignal::new(String::new());
    let mounted = Mounted::new(|server| {
        provide(server);
        server.post(AGGREGATE, groups(7));
        view! { <StatusCounts options=options() chosen on_choose=move |status| chosen.set(status) /> }
    });
    mounted
        .until_there("[data-part='status-count'][data-review='accepted'][data-count='7']")
        .await;
    press(&mounted, "[data-review='accepted']");
    mounted
        .until_there("[data-review='accepted'][aria-pressed='true']")
        .await;
    assert_eq!(chosen.get_untracked(), "accepted");
    press(&mounted, "[data-review='accepted']");
    assert_eq!(chosen.get_untracked(), "");
    assert_eq!(mounted.server.count(Method::Post, AGGREGATE), 1);
}

const SCHEMA: &str = r#"{"type":"object","required":["name","total"],"properties":{"name":{"title":"Name","type":"string"},
    "total":{"title":"Total","type":"integer"}}}"#;

fn record(name: &str, updated: u32) -> Reply {
    let text = format!(
        r#"{{"id":"1","deployment_name":"_public","collection":"default","updated_at":"2026-01-01T00:00:{updated:02}Z","data":
        {{"original_data":{{"name":"Ada","total":9007199254740993}},"data":{{"name":"{name}","total":9007199254740993}},"status":"pending_review",
        "overall_confidence":0.50,"field_metadata":{{"name":{{"confidence":0.0,"reasoning":"A guess"}},"total":{{"confidence":0.95}}}}}}}}"#
    );
    Reply::json(200, text)
}

/// The review of a record without unsaved work.
fn review(server: &ScriptedTransport) -> impl IntoView + use<> {
    let storage = page_storage();
    for key in storage.keys(StorageArea::Session, "workflow-ui.review ") {
        storage.set(StorageArea::Session, &key, None).expect("storage");
    }
    review_again(server)
}

/// The review of the same record, as after a reload.
fn review_again(server: &ScriptedTransport) -> impl IntoView + use<> {
    provide(server);
    server.get(ITEM, record("Ada", 0));
    let schema = RawJson::parse(SCHEMA).expect("a schema");
    view! { <ExtractedReview id=Signal::stored(Some("1".to_owned())) schema=Signal::stored(Some(schema)) options=options() /> }
}

fn write(mounted: &Mounted, selector: &str, text: &str) {
    let field: HtmlInputElement = mounted.find(selector).unchecked_into();
    field.set_value(text);
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    let event = web_sys::Event::new_with_event_init_dict("input", &init).expect("an event");
    field.dispatch_event(&event).expect("a listener");
}

fn button(mounted: &Mounted, label: &str) -> web_sys::HtmlElement {
    let buttons = mounted.all("button");
    let found = buttons.into_iter().find(|button| {
        button.text_content().as_deref() == Some(label)
            && button.closest("[hidden]").is_ok_and(|hidden| hidden.is_none())
    });
    found
        .unwrap_or_else(|| panic!("no button {label}"))
        .unchecked_into()
}

#[wasm_bindgen_test]
async fn a_review_shows_what_is_known_and_writes_only_what_was_edited() {
    let mounted = Mounted::new(review);
    mounted.until_there("input[name='name']").await;
    let levels: Vec<_> = mounted
        .all("[data-part='confidence']")
        .iter()
        .map(|confidence| confidence.get_attribute("data-level").unwrap_or_default())
        .collect();
    assert_eq!(levels, ["zero", "high"]);
    assert_eq!(mounted.all("[data-part='original']:not([hidden])").len(), 0);
    write(&mounted, "input[name='name']", "Grace");
    mounted.until_there("[data-part='original']:not([hidden])").await;
    press(&mounted, "[aria-label='Undo to the extracted value of Name']");
    mounted
        .until("the extracted value", |mounted| {
            let field: HtmlInputElement = mounted.find("input[name='name']").unchecked_into();
            (field.value() == "Ada").then_some(())
        })
        .await;
    write(&mounted, "input[name='name']", "Hedy");
    mounted.server.on(Method::Put, ITEM, record("Hedy", 1));
    button(&mounted, "Accept").click();
    until_sent(&mounted, 1, Method::Put, ITEM).await;
    let request = mounted
        .server
        .requests(Method::Put, ITEM)
        .pop()
        .expect("a request");
    let body = request.body.unwrap_or_default();
    assert!(
        body.contains(r#""data":{"name":"Hedy","total":9007199254740993}"#),
        "{body}"
    );
    assert!(
        body.contains(r#""status":"accepted""#) && body.contains(r#""overall_confidence":0.50"#),
        "{body}"
    );
    mounted
        .until("a notice", |mounted| {
            let notice = mounted.find("[data-part='review-notice']").text_content();
            (notice.as_deref() == Some("Accepted.")).then_some(())
        })
        .await;
}

#[wasm_bindgen_test]
async fn a_refused_value_is_shown_at_its_field_and_nothing_typed_is_lost() {
    let mounted = Mounted::new(review);
    mounted.until_there("input[name='name']").await;
    write(&mounted, "input[name='name']", "Grace");
    let problems = r#"{"detail":[{"type":"x","loc":["body","data","data","name"],"msg":"Unknown person"}]}"#;
    mounted.server.on(Method::Put, ITEM, Reply::json(422, problems));
    button(&mounted, "Save").click();
    mounted
        .until_there("input[name='name'][aria-invalid='true']")
        .await;
    let field: HtmlInputElement = mounted.find("input[name='name']").unchecked_into();
    assert_eq!(field.value(), "Grace");
    mounted.server.get(ITEM, Reply::detail(404, "No data with ID: 1"));
    button(&mounted, "Save").click();
    mounted
        .until("an alert", |mounted| {
            let words = mounted.find(".wf-review__foot [role='alert']").text_content()?;
            words.contains("still here").then_some(())
        })
        .await;
    let field: HtmlInputElement = mounted.find("input[name='name']").unchecked_into();
    assert_eq!(field.value(), "Grace");
}

#[wasm_bindgen_test]
async fn every_refusal_is_named_and_nothing_typed_is_lost() {
    let mounted = Mounted::new(review);
    mounted.until_there("input[name='name']").await;
    write(&mounted, "input[name='name']", "Grace");
    let page = HttpResponse {
        status: 500,
        content_type: Some("text/html".to_owned()),
        body: "<h1>Bad <script>alert(1)</script> gateway</h1>".to_owned(),
        ..HttpResponse::default()
    };
    for (reply, words) in [
        (Reply::detail(401, "Expired"), "requires sign-in: Expired"),
        (Reply::detail(402, "No credits"), "requires payment: No credits"),
        (
            Reply::detail(403, "<b>Not yours</b>"),
            "refused access: <b>Not yours</b>",
        ),
        (Reply::detail(409, "Locked"), "Conflict: Locked"),
        (Reply::detail(413, "10 MB at most"), "Too large: 10 MB at most"),
        (Reply::detail(429, "Slow down"), "Too many requests: Slow down"),
        (Reply::Answer(page), "Agent Data failed (500)"),
        (
            Reply::json(200, r#"{"id":"1","data":{"#),
            "Could not read the record",
        ),
        (Reply::offline(), "Could not reach Agent Data"),
    ] {
        mounted.server.on(Method::Put, ITEM, reply);
        button(&mounted, "Save").click();
        mounted
            .until(words, |mounted| {
                let said = mounted.find(".wf-review__foot [role='alert']").text_content()?;
                said.contains(words).then_some(())
            })
            .await;
        let field: HtmlInputElement = mounted.find("input[name='name']").unchecked_into();
        assert_eq!(field.value(), "Grace", "{words}");
        assert!(
            mounted.all(".wf-review__foot [role='alert'] *").is_empty(),
            "{words}: markup"
        );
    }
    mounted.server.on(Method::Put, ITEM, record("Grace", 1));
    button(&mounted, "Save").click();
    mounted
        .until("a notice", |mounted| {
            let notice = mounted.find("[data-part='review-notice']").text_content();
            (notice.as_deref() == Some("Saved.")).then_some(())
        })
        .await;
}

#[wasm_bindgen_test]
async fn the_change_of_another_editor_is_shown_before_anything_is_written() {
    let mounted = Mounted::new(review);
    mounted.until_there("input[name='name']").await;
    write(&mounted, "input[name='name']", "Grace");
    mounted
        .server
        .get(ITEM, record("Eve", 5))
        .on(Method::Put, ITEM, record("Eve", 6));
    button(&mounted, "Save").click();
    mounted
        .until_there("dialog[open] [data-part='conflict-field']")
        .await;
    assert_eq!(mounted.server.count(Method::Put, ITEM), 0);
    let words = mounted
        .find("[data-part='conflict-field']")
        .text_content()
        .unwrap_or_default();
    assert!(words.contains("Grace") && words.contains("Eve"), "{words}");
    let radios = mounted.all("[data-part='conflict-field'] input");
    let theirs: HtmlInputElement = radios[1].clone().unchecked_into();
    theirs.click();
    press(&mounted, "dialog[open] .wf-button--primary");
    until_sent(&mounted, 1, Method::Put, ITEM).await;
    assert_eq!(sent(&mounted, Method::Put, ITEM)["data"]["data"]["name"], "Eve");
}

#[wasm_bindgen_test]
async fn unsaved_work_survives_a_reload_and_is_gone_after_a_save() {
    let mounted = Mounted::new(review);
    mounted.until_there("input[name='name']").await;
    write(&mounted, "input[name='name']", "Grace");
    drop(mounted);
    let value = |mounted: &Mounted| {
        let field: HtmlInputElement = mounted.find("input[name='name']").unchecked_into();
        field.value()
    };
    // Somebody else has written meanwhile: the work still begins with what the user saw.
    let mounted = Mounted::new(|server| {
        let view = review_again(server);
        server.get(ITEM, record("Eve", 5));
        view
    });
    mounted.until_there("input[name='name']").await;
    assert_eq!(value(&mounted), "Grace");
    button(&mounted, "Save").click();
    mounted
        .until_there("dialog[open] [data-part='conflict-field']")
        .await;
    mounted.server.on(Method::Put, ITEM, record("Grace", 6));
    press(&mounted, "dialog[open] .wf-button--primary");
    mounted
        .until("a notice", |mounted| {
            let notice = mounted.find("[data-part='review-notice']").text_content();
            (notice.as_deref() == Some("Saved.")).then_some(())
        })
        .await;
    drop(mounted);
    let left = page_storage().keys(StorageArea::Session, "workflow-ui.review ");
    assert_eq!(left, Vec::<String>::new());
}

/// A record with a thousand lines of five fields.
fn long_review(server: &ScriptedTransport) -> impl IntoView + use<> {
    provide(server);
    let line =
        |n: usize| json!({"text": format!("Line {n}"), "n": n, "price": 1.5, "unit": "kg", "paid": false});
    let note = json!({"confidence": 0.5});
    let notes = json!({"text": note, "n": note, "price": note, "unit": note, "paid": note});
    let lines: Vec<Value> = (1..=1_000).map(line).collect();
    let data = json!({"name": "Ada", "lines": lines});
    let record = json!({"id": "1", "deployment_name": "_public", "collection": "default",
        "data": {"original_data": data, "data": data, "status": "pending_review",
            "field_metadata": {"lines": vec![notes; 1_000]}}});
    server.get(ITEM, Reply::json(200, record.to_string()));
    let schema = r#"{"type":"object","properties":{"name":{"type":"string"},"lines":{"title":"Lines","type":"array","items":
        {"type":"object","required":["text","n"],"properties":{"text":{"title":"Text","type":"string"},"n":{"title":"N","type":"integer"},
        "price":{"type":"number"},"unit":{"type":"string"},"paid":{"type":"boolean"}}}}}}"#;
    let schema = RawJson::parse(schema).expect("a schema");
    view! { <ExtractedReview id=Signal::stored(Some("1".to_owned())) schema=Signal::stored(Some(schema)) options=options() /> }
}

#[wasm_bindgen_test]
async fn a_review_of_five_thousand_fields_builds_a_page_of_them_at_a_time() {
    let mounted = Mounted::new(long_review);
    mounted.until_there("input[name='lines/0/text']").await;
    let fields = mounted.all("[data-part='confidence']").len();
    assert!(fields <= 110, "{fields} fields");
    let range: HtmlSelectElement = mounted
        .find("select[aria-label='Shown fields of Lines']")
        .unchecked_into();
    assert!(range.value().starts_with("1–"), "{}", range.value());

    // Another page, and back: what was typed is there.
    write(&mounted, "input[name='lines/0/text']", "Changed");
    press(&mounted, "[aria-label='Next fields of Lines']");
    mounted.until_there("input[name='lines/20/text']").await;
    assert!(mounted.all("input[name='lines/0/text']").is_empty());
    // The fields are built again, on the same page.
    write(&mounted, "input[name='lines/20/text']", "Other");
    mounted.until_there("[data-part='original']:not([hidden])").await;
    press(&mounted, "[aria-label='Undo to the extracted value of Text']");
    mounted
        .until("the extracted value", |mounted| {
            let field: HtmlInputElement = mounted.all("input[name='lines/20/text']").pop()?.unchecked_into();
            (field.value() == "Line 21").then_some(())
        })
        .await;
    press(&mounted, "[aria-label='Previous fields of Lines']");
    mounted.until_there("input[name='lines/0/text']").await;
    let field: HtmlInputElement = mounted.find("input[name='lines/0/text']").unchecked_into();
    assert_eq!(field.value(), "Changed");

    // A value that can't be saved is turned to.
    let range: HtmlSelectElement = mounted
        .find("select[aria-label='Shown fields of Lines']")
        .unchecked_into();
    range.set_selected_index(49);
    let event = web_sys::Event::new("change").expect("an event");
    range.dispatch_event(&event).expect("a listener");
    mounted.until_there("input[name='lines/999/n']").await;
    write(&mounted, "input[name='lines/999/n']", "x");
    press(&mounted, "[aria-label='Previous fields of Lines']");
    mounted.until_there("input[name='lines/979/n']").await;
    button(&mounted, "Save").click();
    mounted
        .until_there("input[name='lines/999/n'][aria-invalid='true']")
        .await;
}

/// Symptom: what was known about a removed item was shown at a new one.
/// Cause: the new item got the id of the removed one.
#[wasm_bindgen_test]
async fn nothing_is_known_about_an_item_that_was_added() {
    let mounted = Mounted::new(|server| {
        provide(server);
        let data = json!({"lines": ["a", "b"]});
        let record = json!({"id": "1", "deployment_name": "_public", "collection": "default",
            "data": {"original_data": data, "data": data, "field_metadata": {"lines": [{"confidence": 0.9}, {"confidence": 0.8}]}}});
        server.get(ITEM, Reply::json(200, record.to_string()));
        view! { <ExtractedReview id=Signal::stored(Some("1".to_owned())) options=options() /> }
    });
    mounted.until_there("[name='lines/1']").await;
    let known = |mounted: &Mounted| {
        let all = mounted.all("[data-part='confidence']");
        let known = all.iter().filter_map(|one| one.text_content());
        known
            .map(|text| text.replace("Confidence: ", ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(known(&mounted), ["90 %", "80 %"]);
    press(&mounted, "[aria-label='Remove 2 of Lines']");
    mounted
        .until("one item", |mounted| (known(mounted) == ["90 %"]).then_some(()))
        .await;
    press(&mounted, "[aria-label='Add to Lines']");
    mounted
        .until("an item", |mounted| {
            (known(mounted) == ["90 %", "none"]).then_some(())
        })
        .await;
    // With the extracted values their notes are back.
    press(&mounted, "[aria-label='Remove 1 of Lines']");
    button(&mounted, "Undo to extracted").click();
    mounted
        .until("the items as extracted", |mounted| {
            (known(mounted) == ["90 %", "80 %"]).then_some(())
        })
        .await;
}

/// A record with these values, as they were extracted, that was written at this second.
fn record_of(data: &Value, updated: u32) -> Reply {
    let record = json!({"id": "1", "deployment_name": "_public", "collection": "default",
        "updated_at": format!("2026-01-01T00:00:{updated:02}Z"),
        "data": {"original_data": data, "data": data, "status": "error"}});
    Reply::json(200, record.to_string())
}

/// The review of a record, without unsaved work. Without a schema for `null`.
fn review_of(
    server: &ScriptedTransport,
    data: &Value,
    schema: &Value,
    options: UseAgentDataOptions,
) -> impl IntoView + use<> {
    let storage = page_storage();
    for key in storage.keys(StorageArea::Session, "workflow-ui.review ") {
        storage.set(StorageArea::Session, &key, None).expect("storage");
    }
    provide(server);
    server.get(ITEM, record_of(data, 0));
    let schema = (!schema.is_null()).then(|| RawJson::from_value(schema));
    view! { <ExtractedReview id=Signal::stored(Some("1".to_owned())) schema=Signal::stored(schema) options /> }
}

/// Symptom: a record whose extraction didn't fit the schema could not be rejected.
#[wasm_bindgen_test]
async fn values_that_do_not_fit_the_schema_can_be_rejected_and_not_accepted() {
    let data = json!({"name": 7, "note": "kept"});
    let schema = json!({"type": "object", "required": ["name", "total"],
        "properties": {"name": {"type": "string"}, "total": {"type": "integer"}}});
    let mounted = Mounted::new(|server| review_of(server, &data, &schema, options()));
    mounted.until_there("input[name='total']").await;
    button(&mounted, "Accept").click();
    mounted
        .until_there("input[name='total'][aria-invalid='true']")
        .await;
    assert_eq!(mounted.server.count(Method::Put, ITEM), 0);
    mounted.server.on(Method::Put, ITEM, record_of(&data, 1));
    button(&mounted, "Reject").click();
    until_sent(&mounted, 1, Method::Put, ITEM).await;
    let body = sent(&mounted, Method::Put, ITEM);
    assert_eq!(
        (&body["data"]["data"], &body["data"]["status"]),
        (&data, &json!("rejected"))
    );
    mounted
        .until("a notice", |mounted| {
            let notice = mounted.find("[data-part='review-notice']").text_content();
            (notice.as_deref() == Some("Rejected.")).then_some(())
        })
        .await;
}

/// Symptom: Accept replaced values that were no object by `{}`.
#[wasm_bindgen_test]
async fn values_that_are_no_object_are_kept_until_something_is_typed() {
    for data in [Value::Null, json!([1, "x"])] {
        let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}});
        let mounted = Mounted::new(|server| review_of(server, &data, &schema, options()));
        mounted.until_there("input[name='name']").await;
        mounted.server.on(Method::Put, ITEM, record_of(&data, 1));
        button(&mounted, "Accept").click();
        until_sent(&mounted, 1, Method::Put, ITEM).await;
        let body = sent(&mounted, Method::Put, ITEM);
        assert_eq!(
            (&body["data"]["data"], &body["data"]["status"]),
            (&data, &json!("accepted"))
        );
        mounted
            .until("a notice", |mounted| {
                let notice = mounted.find("[data-part='review-notice']").text_content();
                (notice.as_deref() == Some("Accepted.")).then_some(())
            })
            .await;
        let typed = json!({"name": "Ada"});
        write(&mounted, "input[name='name']", "Ada");
        mounted
            .server
            .get(ITEM, record_of(&data, 1))
            .on(Method::Put, ITEM, record_of(&typed, 2));
        button(&mounted, "Save").click();
        until_sent(&mounted, 2, Method::Put, ITEM).await;
        assert_eq!(sent(&mounted, Method::Put, ITEM)["data"]["data"], typed);
    }
}

/// Symptom: the other editor's value was written into the wrong item of a list from which the user had removed one.
#[wasm_bindgen_test]
async fn a_list_whose_items_i_removed_is_one_choice_of_the_dialog() {
    let data = json!({"lines": [{"n": 1, "t": "a"}, {"n": 2, "t": "b"}]});
    let theirs = json!({"lines": [{"n": 1, "t": "a"}, {"n": 5, "t": "b"}]});
    let mounted = Mounted::new(|server| review_of(server, &data, &Value::Null, options()));
    mounted.until_there("input[name='lines/1/n']").await;
    press(&mounted, "[aria-label='Remove 1 of Lines']");
    mounted
        .until("one item", |mounted| {
            mounted.all("input[name='lines/1/n']").is_empty().then_some(())
        })
        .await;
    mounted
        .server
        .get(ITEM, record_of(&theirs, 5))
        .on(Method::Put, ITEM, record_of(&theirs, 6));
    button(&mounted, "Save").click();
    mounted
        .until_there("dialog[open] [data-part='conflict-field']")
        .await;
    let choices = mounted.all("[data-part='conflict-field']");
    let legends: Vec<_> = choices
        .iter()
        .filter_map(|choice| choice.query_selector("legend").ok()??.text_content())
        .collect();
    assert!(legends.contains(&"lines".to_owned()), "{legends:?}");
    assert!(legends.iter().all(|legend| !legend.contains('0')), "{legends:?}");
    let at = legends.iter().position(|legend| legend == "lines").expect("it");
    let radios = choices[at].query_selector_all("input").expect("a selector");
    let theirs_radio: HtmlInputElement = radios.get(1).expect("a radio button").unchecked_into();
    theirs_radio.click();
    press(&mounted, "dialog[open] .wf-button--primary");
    until_sent(&mounted, 1, Method::Put, ITEM).await;
    assert_eq!(sent(&mounted, Method::Put, ITEM)["data"]["data"], theirs);
}

/// Symptom: without a schema a review kept the fields of the record as it was read first.
#[wasm_bindgen_test]
async fn without_a_schema_a_record_that_is_read_again_gets_its_own_fields() {
    let often = UseAgentDataOptions {
        every_ms: Some(1_000),
        ..UseAgentDataOptions::default()
    };
    let mounted = Mounted::new(|server| review_of(server, &json!({}), &Value::Null, often));
    mounted
        .until_there("[data-part='review-status'][data-review='error']")
        .await;
    assert!(mounted.all("input[name='name']").is_empty());
    mounted
        .server
        .get(ITEM, record_of(&json!({"name": "Ada", "lines": ["a"]}), 1));
    mounted.until_there("input[name='name']").await;
    mounted.until_there("[name='lines/0']").await;
    let field: HtmlInputElement = mounted.find("input[name='name']").unchecked_into();
    assert_eq!(field.value(), "Ada");

    // Nothing that is typed is lost when the same record is read again.
    write(&mounted, "input[name='name']", "Grace");
    let reads = mounted.server.count(Method::Get, ITEM);
    until_sent(&mounted, reads + 2, Method::Get, ITEM).await;
    let field: HtmlInputElement = mounted.find("input[name='name']").unchecked_into();
    assert_eq!(field.value(), "Grace");
}
