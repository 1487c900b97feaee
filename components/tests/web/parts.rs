//! The trigger, the progress bar and the provider.

use crate::kit::{Mounted, describe};
use leptos::prelude::{
    ElementChild as _, GetUntracked as _, IntoView as _, RwSignal, Set as _, document, view,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use workflow_ui_components::inbox::Inbox;
use workflow_ui_components::progress::RunProgress;
use workflow_ui_components::provider::ApiProvider;
use workflow_ui_components::renewal::Renewal;
use workflow_ui_components::start::Started;
use workflow_ui_components::status::StatusPill;
use workflow_ui_components::theme::provide_no_styles;
use workflow_ui_components::trigger::{TriggerButton, TriggerForm};
use workflow_ui_core::protocol::{Method, RawJson, RunStatus};
use workflow_ui_core::use_workflow_handler;
use workflow_ui_core::{
    AgentDataClient, BrowserClock, Clock as _, Reply, WorkflowClient, use_agent_data_client,
    use_workflow_client,
};

#[wasm_bindgen_test]
async fn the_button_starts_a_run_with_its_input_once() {
    let opened = RwSignal::new(String::new());
    let mounted = Mounted::new(|server| {
        describe(server, "talk");
        server.post("/workflows/talk/run-nowait", Reply::Wait);
        let input = RawJson::parse(r#"{"query":"tides"}"#).expect("JSON");
        view! {
            <TriggerButton workflow="talk" input label="Go" on_started=move |run: Started| opened.set(run.handler_id) />
        }
    });
    let button = mounted.find("button");
    assert_eq!(button.text_content().as_deref(), Some("Go"));
    button.click();
    button.click();
    let asked = |mounted: &Mounted| mounted.server.count(Method::Post, "/workflows/talk/run-nowait");
    mounted
        .until("the start", |mounted| (asked(mounted) > 0).then_some(()))
        .await;
    assert!(button.has_attribute("disabled"), "one at a time");
    let handler = r#"{"handler_id":"h1","run_id":"r1","status":"running","workflow_name":"talk"}"#;
    mounted.server.answer(
        Method::Post,
        "/workflows/talk/run-nowait",
        Reply::json(200, handler),
    );
    mounted
        .until("the run", |_| (opened.get_untracked() == "h1").then_some(()))
        .await;
    assert_eq!(asked(&mounted), 1, "two clicks, one run");
}

// Symptom: with a new token everything came but a trigger's form.
// Cause: only runs and lists were asked for again.
#[wasm_bindgen_test]
async fn a_renewal_asks_again_for_the_form() {
    let mut renewal = None;
    let mounted = Mounted::new(|server| {
        describe(server, "talk");
        server.get("/workflows/talk/schema", Reply::detail(401, "Unauthorized"));
        renewal = Some(Renewal::provide());
        view! { <TriggerForm workflow="talk" on_started=|_| {} /> }
    });
    mounted
        .until("the server's words", |mounted| {
            let errors = mounted.all(".wf-error");
            let is_reported = errors.iter().any(|error| {
                error
                    .text_content()
                    .is_some_and(|words| words.contains("Unauthorized"))
            });
            is_reported.then_some(())
        })
        .await;
    assert!(mounted.all("[name='query']").is_empty(), "no field is known");
    describe(&mounted.server, "talk");
    renewal.expect("it was provided").call();
    mounted.until_there("[name='query']").await;
}

#[wasm_bindgen_test]
async fn a_button_tells_why_nothing_was_started() {
    let mounted = Mounted::new(|server| {
        describe(server, "talk");
        server.post("/workflows/talk/run-nowait", Reply::detail(503, "no more room"));
        view! { <TriggerButton workflow="talk" label="Go" on_started=|_| {} /> }
    });
    mounted.find("button").click();
    mounted.until_there("[role='alert']").await;
    let words = mounted.find("[role='alert']").text_content();
    assert!(
        words.is_some_and(|words| words.contains("no more room")),
        "the server's words"
    );
}

#[wasm_bindgen_test]
async fn the_form_has_the_fields_of_its_workflow() {
    let mounted = Mounted::new(|server| {
        describe(server, "talk");
        view! { <TriggerForm workflow="talk" on_started=|_| {} /> }
    });
    mounted.until_there("[name='query']").await;
    assert_eq!(
        mounted.all("[data-part='run-button']").len(),
        1,
        "and what runs it"
    );
}

#[wasm_bindgen_test]
async fn progress_follows_the_newest_event_that_tells() {
    let mounted = Mounted::new(|server| {
        describe(server, "talk");
        let run = use_workflow_handler("h1", true);
        view! { <div><RunProgress run /></div> }
    });
    let stream = mounted
        .until("a stream", |mounted| mounted.server.stream("/events/h1"))
        .await;
    assert!(mounted.all("progress").is_empty(), "no event is about progress");
    stream.event(
        0,
        r#"{"type":"Step","types":null,"value":{"done":1,"total":4,"note":"one"}}"#,
    );
    stream.event(
        1,
        r#"{"type":"Other","types":null,"value":{"text":"nothing about it"}}"#,
    );
    stream.event(
        2,
        r#"{"type":"Step","types":null,"value":{"done":3,"total":4,"note":"three"}}"#,
    );
    mounted.until_there("progress[value='3']").await;
    assert_eq!(
        mounted.find("progress").get_attribute("max").as_deref(),
        Some("4")
    );
    let words = mounted
        .find("[data-part='progress']")
        .text_content()
        .unwrap_or_default();
    assert!(words.contains("three") && words.contains("3 of 4"), "{words}");
    let done = r#"{"handler_id":"h1","run_id":"r1","status":"completed","workflow_name":"talk"}"#;
    mounted.server.get("/handlers/h1", Reply::json(200, done));
    stream.event(3, r#"{"type":"StopEvent","types":null,"value":{}}"#);
    mounted.until_there("[data-status='completed']").await;
    assert_eq!(
        mounted.find("progress").get_attribute("value").as_deref(),
        Some("4"),
        "full"
    );
}

/// What a style sheet of the document says about an element's ground.
fn ground(mounted: &Mounted, selector: &str) -> String {
    let style = leptos::prelude::window().get_computed_style(&mounted.find(selector));
    let style = style.ok().flatten().expect("a style");
    style.get_property_value("background-color").unwrap_or_default()
}

#[wasm_bindgen_test]
fn styles_can_be_left_to_the_embedder() {
    let styled = Mounted::new(|_| view! { <StatusPill status=RunStatus::Failed /> });
    let bare = Mounted::new(|_| {
        provide_no_styles();
        // No other test mounts it with its styles into the document that all tests share.
        view! { <Inbox on_open=|_: String| {} /> }
    });
    const NONE: &str = "rgba(0, 0, 0, 0)";
    assert_ne!(ground(&styled, ".wf-status"), NONE, "a pill by default");
    let inbox = bare.find("[data-part='inbox']");
    let style = leptos::prelude::window()
        .get_computed_style(&inbox)
        .ok()
        .flatten();
    let display = style.and_then(|style| style.get_property_value("display").ok());
    assert_eq!(display.as_deref(), Some("block"), "its sheet was not adopted");
    assert_eq!(inbox.get_attribute("aria-label").as_deref(), Some("Open prompts"));
}

// Symptom: components without styles. Cause: the page had replaced the document's sheets, and ours were remembered as adopted.
#[wasm_bindgen_test]
async fn replaced_sheets_are_adopted_again() {
    const NONE: &str = "rgba(0, 0, 0, 0)";
    let first = Mounted::new(|_| view! { <StatusPill status=RunStatus::Failed /> });
    assert_ne!(ground(&first, ".wf-status"), NONE);
    let key = JsValue::from_str("adoptedStyleSheets");
    js_sys::Reflect::set(&document(), &key, &js_sys::Array::new()).expect("sheets can be replaced");
    assert_eq!(ground(&first, ".wf-status"), NONE, "no sheets");
    BrowserClock::new().sleep(0).await;
    let second = Mounted::new(|_| view! { <StatusPill status=RunStatus::Failed /> });
    assert_ne!(ground(&second, ".wf-status"), NONE, "adopted again");
}

#[wasm_bindgen_test]
fn several_providers_work_on_one_page() {
    let seen = RwSignal::new(Vec::<String>::new());
    let owner = leptos::prelude::Owner::new();
    owner.with(|| {
        let note_base = move || {
            let base = use_workflow_client()
                .map(|client| client.base_url())
                .unwrap_or_default();
            let mut all = seen.get_untracked();
            all.push(base);
            seen.set(all);
        };
        let records = AgentDataClient::builder("").project("p1").build();
        let note_project = move || {
            let client = use_agent_data_client();
            let project = client.and_then(|client| client.project().map(str::to_owned));
            let mut all = seen.get_untracked();
            all.extend(project);
            seen.set(all);
        };
        let shown = view! {
            <ApiProvider client=WorkflowClient::new("/one") agent_data=records>
                {note_base()} {note_project()}
            </ApiProvider>
            <ApiProvider client=WorkflowClient::new("/two")>{note_base()}</ApiProvider>
            {note_base()} {note_project()}
        };
        drop(shown.into_view());
    });
    assert_eq!(
        seen.get_untracked(),
        ["/one", "p1", "/two", ""],
        "each its own, and none beside them"
    );
    owner.cleanup();
}
