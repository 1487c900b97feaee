//! The chat: what is written starts and answers, what comes is joined, and the page stays small.

use crate::kit::{Mounted, describe};
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use workflow_ui_components::chat::{Chat, ChatOptions};
use workflow_ui_components::renewal::Renewal;
use workflow_ui_components::start::Started;
use workflow_ui_core::protocol::Method;
use workflow_ui_core::{Reply, ScriptedStream, use_workflow_handler};

const INPUT: &str = "textarea";

fn mounted(options: ChatOptions) -> Mounted {
    Mounted::new(|server| {
        describe(server, "talk");
        view! { <Chat workflow="talk" options /> }
    })
}

/// Starts a run by writing, and gives its stream.
async fn started(chat: &Mounted, words: &str) -> ScriptedStream {
    // What it takes is asked for first.
    chat.until("the schema", |chat| {
        (chat.server.count(Method::Get, "/workflows/talk/schema") > 0 && chat.server.in_flight() == 0)
            .then_some(())
    })
    .await;
    chat.write(INPUT, words);
    chat.key(INPUT, "Enter", false);
    chat.until("a stream", |chat| chat.server.stream("/events/h1"))
        .await
}

fn said(chat: &Mounted) -> Vec<(String, String)> {
    let role = |element: &web_sys::Element| element.get_attribute("data-role").unwrap_or_default();
    let text = |element: &web_sys::Element| {
        let text = element.query_selector(".wf-chat__text").ok().flatten();
        text.and_then(|text| text.text_content())
            .map(|text| text.trim_start_matches("Show the whole message").to_owned())
            .unwrap_or_default()
    };
    let messages = chat.all("[data-part='message']");
    messages
        .iter()
        .map(|message| (role(message), text(message)))
        .collect()
}

async fn until_said(chat: &Mounted, expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(role, text)| ((*role).to_owned(), (*text).to_owned()))
        .collect();
    chat.until(&format!("{expected:?}"), |chat| {
        (said(chat) == expected).then_some(())
    })
    .await;
}

fn token(stream: &ScriptedStream, sequence: u64, text: &str) {
    let envelope = format!(r#"{{"type":"Token","types":null,"value":{{"text":"{text}"}}}}"#);
    stream.event(sequence, &envelope);
}

#[wasm_bindgen_test]
async fn what_is_written_starts_a_run_and_tokens_join_into_one_message() {
    let chat = mounted(ChatOptions::default());
    let stream = started(&chat, "the sea").await;
    let sent = chat.server.requests(Method::Post, "/workflows/talk/run-nowait");
    let body = sent[0].body.clone().unwrap_or_default();
    assert!(
        body.contains(r#"\"query\":\"the sea\""#) || body.contains(r#""query":"the sea""#),
        "{body}"
    );
    token(&stream, 0, "On");
    token(&stream, 1, " the sea");
    until_said(&chat, &[("user", "the sea"), ("assistant", "On the sea")]).await;
    assert_eq!(chat.all("[data-growing]").len(), 1, "more may come");
    assert!(
        chat.find("[type='submit']").has_attribute("disabled"),
        "the workflow is at work"
    );
    stream.event(
        2,
        r#"{"type":"StopEvent","types":null,"value":{"result":"On the sea"}}"#,
    );
    chat.until("its end", |chat| {
        chat.all("[data-growing]").is_empty().then_some(())
    })
    .await;
    assert_eq!(said(&chat).len(), 2, "the result says what was said");
}

#[wasm_bindgen_test]
async fn shift_and_enter_begin_a_new_line() {
    let chat = mounted(ChatOptions::default());
    chat.write(INPUT, "a");
    assert!(chat.key(INPUT, "Enter", true), "the field's own key");
    assert!(said(&chat).is_empty(), "nothing was sent");
}

#[wasm_bindgen_test]
async fn a_question_is_answered_where_it_is_asked() {
    let chat = mounted(ChatOptions::default());
    let stream = started(&chat, "hello").await;
    chat.server
        .post("/events/h1", Reply::json(200, r#"{"status":"sent"}"#));
    stream.event(
        0,
        r#"{"type":"InputRequiredEvent","types":null,"value":{"_data":{"prefix":"Name?"}}}"#,
    );
    chat.until_there("[data-question][data-state='open']").await;
    chat.write(INPUT, "Ada");
    chat.key(INPUT, "Enter", false);
    until_said(
        &chat,
        &[("user", "hello"), ("assistant", "Name?"), ("user", "Ada")],
    )
    .await;
    let sent = chat.server.requests(Method::Post, "/events/h1");
    let body = sent[0].body.clone().unwrap_or_default();
    assert!(
        body.contains("HumanResponseEvent") && body.contains("Ada"),
        "{body}"
    );
    assert_eq!(sent.len(), 1, "once");
}

#[wasm_bindgen_test]
async fn a_suggested_answer_leaves_what_was_typed() {
    let chat = mounted(ChatOptions::default());
    let stream = started(&chat, "hello").await;
    chat.server
        .post("/events/h1", Reply::json(200, r#"{"status":"sent"}"#));
    stream.event(
        0,
        r#"{"type":"InputRequiredEvent","types":null,"value":{"prefix":"Tea?","choices":["Yes","No"]}}"#,
    );
    chat.until_there(".wf-chat__offers button").await;
    chat.write(INPUT, "Rather a");
    chat.find(".wf-chat__offers button").click();
    until_said(
        &chat,
        &[("user", "hello"), ("assistant", "Tea?"), ("user", "Yes")],
    )
    .await;
    let field: web_sys::HtmlTextAreaElement = wasm_bindgen::JsCast::unchecked_into(chat.find(INPUT));
    assert_eq!(field.value(), "Rather a", "it was not sent");
}

#[wasm_bindgen_test]
async fn a_refused_answer_comes_back_with_the_servers_words() {
    let chat = mounted(ChatOptions::default());
    let stream = started(&chat, "hello").await;
    chat.server
        .post("/events/h1", Reply::detail(400, "not like this"));
    stream.event(
        0,
        r#"{"type":"InputRequiredEvent","types":null,"value":{"prefix":"Name?"}}"#,
    );
    chat.until_there("[data-question][data-state='open']").await;
    chat.write(INPUT, "Ada");
    chat.key(INPUT, "Enter", false);
    chat.until("the words", |chat| {
        let alerts = chat.all("[role='alert']");
        let said = alerts.iter().any(|alert| {
            alert
                .text_content()
                .is_some_and(|text| text.contains("not like this"))
        });
        said.then_some(())
    })
    .await;
    until_said(&chat, &[("user", "hello"), ("assistant", "Name?")]).await;
    let field: web_sys::HtmlTextAreaElement = wasm_bindgen::JsCast::unchecked_into(chat.find(INPUT));
    assert_eq!(field.value(), "Ada", "nothing typed is lost");
}

#[wasm_bindgen_test]
async fn a_start_that_is_refused_is_taken_back() {
    let chat = mounted(ChatOptions::default());
    chat.server
        .post("/workflows/talk/run-nowait", Reply::detail(500, "no more room"));
    chat.until("the schema", |chat| {
        (chat.server.count(Method::Get, "/workflows/talk/schema") > 0 && chat.server.in_flight() == 0)
            .then_some(())
    })
    .await;
    chat.write(INPUT, "hello");
    chat.key(INPUT, "Enter", false);
    chat.write(INPUT, "and more");
    chat.until_there("[role='alert']").await;
    let field: web_sys::HtmlTextAreaElement = wasm_bindgen::JsCast::unchecked_into(chat.find(INPUT));
    chat.until("both texts", |_| {
        (field.value() == "hello\nand more").then_some(())
    })
    .await;
    let words = chat.find(".wf-chat__form [role='alert']").text_content();
    assert!(
        words.is_some_and(|words| words.contains("no more room")),
        "the server's words"
    );
    assert!(said(&chat).is_empty(), "nothing was said");
}

/// A chat whose server does not send the schema of the workflow.
fn refused(schema: Reply, options: ChatOptions) -> (Mounted, Renewal) {
    let mut renewal = None;
    let chat = Mounted::new(|server| {
        describe(server, "talk");
        server.get("/workflows/talk/schema", schema);
        renewal = Some(Renewal::provide());
        view! { <Chat workflow="talk" options /> }
    });
    (chat, renewal.expect("it was provided"))
}

async fn until_it_can_be_sent(chat: &Mounted, expected: bool) {
    chat.until("the button", |chat| {
        (chat.find("[type='submit']").has_attribute("disabled") != expected).then_some(())
    })
    .await;
}

// Symptom: what was sent before the schema came was refused, or started a run with a field that the workflow doesn't know.
// Cause: without a schema the field `message` was taken.
#[wasm_bindgen_test]
async fn nothing_is_sent_before_it_is_known_what_the_workflow_takes() {
    let (chat, _) = refused(Reply::detail(401, "Unauthorized"), ChatOptions::default());
    chat.write(INPUT, "the sea");
    chat.key(INPUT, "Enter", false);
    chat.until_there(".wf-chat__news [role='alert']").await;
    chat.key(INPUT, "Enter", false);
    until_it_can_be_sent(&chat, false).await;
    let words = chat.find(".wf-chat__news [role='alert']").text_content();
    assert!(
        words.is_some_and(|words| words.contains("Unauthorized")),
        "the server's words"
    );
    assert_eq!(
        chat.server.count(Method::Post, "/workflows/talk/run-nowait"),
        0,
        "nothing was sent"
    );
    describe(&chat.server, "talk");
    chat.find(".wf-chat__news .wf-link").click();
    until_it_can_be_sent(&chat, true).await;
    assert!(
        chat.all(".wf-chat__news [role='alert']").is_empty(),
        "nothing is wrong any more"
    );
    chat.key(INPUT, "Enter", false);
    chat.until("a stream", |chat| chat.server.stream("/events/h1"))
        .await;
    let sent = chat.server.requests(Method::Post, "/workflows/talk/run-nowait");
    let body = sent[0].body.clone().unwrap_or_default();
    assert!(body.contains("query"), "{body}");
}

#[wasm_bindgen_test]
async fn a_field_that_is_named_needs_no_schema() {
    let options = ChatOptions {
        field: "query".to_owned(),
        ..ChatOptions::default()
    };
    // As of a start event that has none.
    let (chat, _) = refused(Reply::detail(500, "no schema"), options);
    chat.write(INPUT, "the sea");
    until_it_can_be_sent(&chat, true).await;
    chat.key(INPUT, "Enter", false);
    chat.until("a stream", |chat| chat.server.stream("/events/h1"))
        .await;
}

// Symptom: with a new token everything came but what a chat's workflow takes.
// Cause: only runs and lists were asked for again.
#[wasm_bindgen_test]
async fn a_renewal_asks_again_what_the_workflow_takes() {
    let (chat, renewal) = refused(Reply::detail(401, "Unauthorized"), ChatOptions::default());
    chat.write(INPUT, "the sea");
    chat.until_there(".wf-chat__news [role='alert']").await;
    describe(&chat.server, "talk");
    renewal.call();
    until_it_can_be_sent(&chat, true).await;
    let asked = chat.server.count(Method::Get, "/workflows/talk/schema");
    renewal.call();
    chat.key(INPUT, "Enter", false);
    chat.until("a stream", |chat| chat.server.stream("/events/h1"))
        .await;
    assert_eq!(
        chat.server.count(Method::Get, "/workflows/talk/schema"),
        asked,
        "what is known is not asked for again"
    );
}

#[wasm_bindgen_test]
async fn another_turn_continues_the_handler_below() {
    let chat = mounted(ChatOptions::default());
    let stream = started(&chat, "one").await;
    token(&stream, 0, "first");
    let done = r#"{"handler_id":"h1","run_id":"r1","status":"completed","workflow_name":"talk"}"#;
    chat.server.get("/handlers/h1", Reply::json(200, done));
    stream.event(1, r#"{"type":"StopEvent","types":null,"value":{}}"#);
    stream.close();
    chat.until_there("[data-status='completed']").await;
    let next = r#"{"handler_id":"h1","run_id":"r2","status":"running","workflow_name":"talk"}"#;
    chat.server
        .post("/workflows/talk/run-nowait", Reply::json(200, next))
        .get("/handlers/h1", Reply::json(202, next));
    chat.write(INPUT, "two");
    chat.key(INPUT, "Enter", false);
    let stream = chat
        .until("another stream", |chat| {
            chat.server.streams("/events/h1").into_iter().next()
        })
        .await;
    token(&stream, 0, "second");
    until_said(
        &chat,
        &[
            ("user", "one"),
            ("assistant", "first"),
            ("user", "two"),
            ("assistant", "second"),
        ],
    )
    .await;
    let sent = chat.server.requests(Method::Post, "/workflows/talk/run-nowait");
    let body = sent[1].body.clone().unwrap_or_default();
    assert!(body.contains("\"handler_id\":\"h1\""), "{body}");
}

#[wasm_bindgen_test]
async fn with_a_run_of_the_page_the_page_opens_what_a_message_started() {
    let chat = Mounted::new(|server| {
        describe(server, "talk");
        let opened = RwSignal::new(None::<String>);
        let run = use_workflow_handler(opened, true);
        let on_started = move |started: Started| {
            assert!(started.input.as_str().contains("the sea"), "{}", started.input);
            opened.set(Some(started.handler_id));
        };
        view! { <Chat workflow="talk" run on_started /> }
    });
    let stream = started(&chat, "the sea").await;
    token(&stream, 0, "On the sea");
    until_said(&chat, &[("user", "the sea"), ("assistant", "On the sea")]).await;
}

#[wasm_bindgen_test]
async fn another_choice_of_the_page_opens_another_conversation() {
    let chosen = RwSignal::new(None::<String>);
    let chat = Mounted::new(|server| {
        describe(server, "talk");
        view! { <Chat workflow="talk" handler_id=chosen /> }
    });
    let stream = started(&chat, "the sea").await;
    token(&stream, 0, "On the sea");
    until_said(&chat, &[("user", "the sea"), ("assistant", "On the sea")]).await;
    let other = r#"{"handler_id":"h2","run_id":"r2","status":"running","workflow_name":"talk"}"#;
    chat.server.get("/handlers/h2", Reply::json(202, other));
    chosen.set(Some("h2".to_owned()));
    until_said(&chat, &[]).await;
    chat.until_there("[data-handler-id='h2']").await;
}

#[wasm_bindgen_test]
async fn fifty_thousand_tokens_leave_a_small_page() {
    const TOKENS: u64 = 50_000;
    const MOST: usize = 120;
    let chat = mounted(ChatOptions::default());
    let stream = started(&chat, "much").await;
    let mut most = 0;
    for block in 0..50 {
        let mut bytes = String::new();
        for sequence in block * 1000..(block + 1) * 1000 {
            bytes.push_str(&format!(
                "id: {sequence}\ndata: {{\"type\":\"Token\",\"types\":null,\"value\":{{\"text\":\"word \"}}}}\n\n"
            ));
        }
        stream.bytes(bytes);
        let expected = ((block + 1) * 1000).to_string();
        chat.until("the block", |chat| {
            let read = chat.find("[data-part='chat']").get_attribute("data-events");
            (read.as_deref() == Some(&expected)).then_some(())
        })
        .await;
        most = most.max(chat.all("*").len());
    }
    assert!(most < MOST, "{most} elements at most");
    assert_eq!(
        chat.all("[data-part='message']").len(),
        2,
        "one message for {TOKENS} tokens"
    );
    chat.find(".wf-chat__whole").click();
    chat.until("all of it", |chat| {
        let length = said(chat).last().map(|(_, text)| text.len())?;
        (length == TOKENS as usize * "word ".len()).then_some(())
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_thousand_messages_are_shown_a_hundred_at_a_time() {
    let chat = mounted(ChatOptions::default());
    let stream = started(&chat, "many").await;
    for sequence in 0..1000 {
        stream.event(
            sequence,
            &format!(r#"{{"type":"MessageEvent","types":null,"value":{{"text":"m{sequence}"}}}}"#),
        );
    }
    chat.until("the newest", |chat| {
        (said(chat).last()?.1 == "m999").then_some(())
    })
    .await;
    assert_eq!(said(&chat).len(), 100, "the newest");
    chat.find(".wf-chat__earlier").click();
    chat.until("more", |chat| (said(chat).len() == 200).then_some(()))
        .await;
    assert_eq!(said(&chat)[0].1, "m800", "the hundred before");
}

#[wasm_bindgen_test]
async fn whole_messages_are_announced_and_pieces_are_not() {
    let chat = mounted(ChatOptions::default());
    let stream = started(&chat, "hello").await;
    token(&stream, 0, "Hel");
    let log = chat.find("[role='log']");
    assert_eq!(
        log.get_attribute("aria-live").as_deref(),
        Some("off"),
        "pieces are not read out"
    );
    token(&stream, 1, "lo");
    stream.event(2, r#"{"type":"StopEvent","types":null,"value":{}}"#);
    chat.until("the announcement", |chat| {
        let statuses = chat.all("[role='status']");
        let is_announced = statuses
            .iter()
            .any(|status| status.text_content().as_deref() == Some("Hello"));
        is_announced.then_some(())
    })
    .await;
}
