//! Malformed events.

use serde_json::json;
use workflow_tests::{Script, ScriptedServer, Server, Stage, until};

use crate::RUN;

on!(scripted, Embedded:
    a_frame_that_is_not_json_is_shown_and_the_stream_continues,
    an_event_of_an_unknown_class_is_shown,
    odd_envelopes_break_nothing,
    an_event_of_a_megabyte_is_shown,
    html_in_a_payload_stays_text,
    fields_under_data_are_shown_as_fields,
);

fn progress(script: Script, step: u64) -> Script {
    script.event(
        "ProgressEvent",
        &json!({ "step": step, "total": 3, "message": format!("step {step}") }),
    )
}

async fn a_frame_that_is_not_json_is_shown_and_the_stream_continues(stage: &Stage) {
    let script = progress(Script::new(), 1).data(r#"{"value": {"broken": tru"#);
    let script = progress(script, 2).completed(&json!("fine"));
    let page = stage.completed(script).await;
    assert!(
        page.result().await.contains("fine"),
        "the run is followed to its end"
    );
    assert_eq!(
        page.all_sequences().await,
        [0, 1, 2, 3],
        "what can't be read is an event too"
    );
    page.open_event(1).await;
    let text = page.event_text().await;
    assert!(
        text.contains("broken"),
        "the raw text is there to look at: {text}"
    );
}

async fn an_event_of_an_unknown_class_is_shown(stage: &Stage) {
    let script = Script::new().event(
        "NeverHeardOfEvent",
        &json!({ "deep": { "er": [1, 2, { "x": null }] } }),
    );
    let page = stage.completed(script.completed(&json!("fine"))).await;
    let rows = page.rows().await;
    assert_eq!(
        rows.first().map(|row| row.class.as_str()),
        Some("NeverHeardOfEvent"),
        "{rows:?}"
    );
    page.open_event(0).await;
    assert!(
        page.event_text().await.contains("deep"),
        "{}",
        page.event_text().await
    );
}

async fn odd_envelopes_break_nothing(stage: &Stage) {
    let script = Script::new()
        .data("null")
        .data("[]")
        .data("\"text\"")
        .data("{}")
        .envelope(&json!({ "value": null, "type": null, "types": null, "qualified_name": null }))
        .envelope(&json!({ "value": 7, "type": 8, "types": "no list", "qualified_name": [] }))
        .envelope(&json!({ "type": "NoValue" }))
        .data(r#"{"value":{"big":123456789012345678901234567890,"big":2},"type":"Digits","types":null}"#)
        .completed(&json!(null));
    let count = script.next();
    let page = stage.completed(script).await;
    page.until_run("read to its end", RUN, |run| run.count == count)
        .await;
    assert_eq!(
        page.all_sequences().await,
        (0..count).collect::<Vec<_>>(),
        "each is an event"
    );
    for sequence in 0..count {
        page.open_event(sequence).await;
    }
    page.open_event(7).await;
    let text = page.event_text().await;
    assert!(
        text.contains("123456789012345678901234567890"),
        "integers are kept to the digit: {text}"
    );
}

async fn an_event_of_a_megabyte_is_shown(stage: &Stage) {
    let long = "0123456789abcdef".repeat(65_536);
    let script = Script::new().event("BigEvent", &json!({ "note": "big one", "blob": long }));
    let page = stage
        .completed(progress(script, 1).completed(&json!("fine")))
        .await;
    assert_eq!(page.all_sequences().await, [0, 1, 2], "it is one event of three");
    let row = page
        .rows()
        .await
        .into_iter()
        .find(|row| row.sequence == 0)
        .expect("its row");
    assert!(
        row.text.len() < 4_000,
        "a row shows the beginning only: {} characters",
        row.text.len()
    );
    page.open_event(0).await;
    assert!(
        page.event_text().await.contains("big one"),
        "its fields can be looked at"
    );
    page.open_event(1).await;
}

async fn html_in_a_payload_stays_text(stage: &Stage) {
    let evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
    let script = Script::new()
        .event(evil, &json!({ evil: evil }))
        .completed(&json!(evil));
    let page = stage.completed(script).await;
    page.open_event(0).await;
    assert!(
        page.event_text().await.contains("<img src=x"),
        "markup is shown as text"
    );
    assert!(page.result().await.contains("<img src=x"), "in the result too");
    let images: u64 = page
        .ask("return document.querySelectorAll('img[src=x]').length", json!([]))
        .await;
    assert_eq!(images, 0, "nothing of it became part of the page");
    assert!(
        !stage.browser.driver().title().await.unwrap().contains("owned"),
        "no script ran"
    );
}

async fn fields_under_data_are_shown_as_fields(stage: &Stage) {
    let prompt = json!({
        "value": { "_data": { "prefix": "What is your name?", "user_id": "u1" } },
        "qualified_name": "workflows.events.InputRequiredEvent", "type": "InputRequiredEvent", "types": null
    });
    let scripted = ScriptedServer::start(Script::new().envelope(&prompt)).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_prompt("What is your name?").await;
    page.fill_prompt("response", "Ada").await;
    page.double_click_send().await;
    let sent = until("the answer to be sent", RUN, async || {
        let bodies = scripted.bodies("POST /events/scripted");
        bodies.first().cloned().ok_or_else(|| "nothing sent".to_owned())
    })
    .await;
    let sent: serde_json::Value = serde_json::from_str(&sent).expect("JSON");
    assert_eq!(sent["event"]["type"], "HumanResponseEvent", "the stock answer");
    assert_eq!(sent["event"]["value"]["response"], "Ada", "what was typed");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(
        scripted.bodies("POST /events/scripted").len(),
        1,
        "two clicks are one answer"
    );
}
