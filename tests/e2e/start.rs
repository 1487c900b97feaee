//! Starting a run from its form.

use serde_json::json;
use workflow_tests::{Server, ServerOptions, Stage, until};

use crate::RUN;
use crate::interview::NAME;

on_both!(
    every_workflow_of_the_server_can_be_chosen,
    a_run_starts_and_finishes,
    the_sent_event_equals_the_input,
    a_start_event_can_be_written_as_json,
    the_address_bar_contains_the_open_view,
    a_second_run_replaces_the_first,
    a_refused_start_keeps_the_input,
    a_folding_form_moves_the_focus,
    the_icon_is_set_only_when_it_changes,
);

on!(python_only, Python:
    a_workflow_with_an_odd_name_is_started,
    groups_show_their_defaults_before_they_are_added,
);

async fn every_workflow_of_the_server_can_be_chosen(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("greeting").await;
    let served = stage.api().get("/workflows").await;
    assert_eq!(
        serde_json::json!(page.workflows().await),
        served["workflows"],
        "the server's workflows, in its order"
    );
}

async fn a_run_starts_and_finishes(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    assert!(
        page.result().await.contains("Ada"),
        "the result greets whom we named: {}",
        page.result().await
    );
    let sequences = stage.api().public_sequences(&handler).await;
    let ended = page
        .until_run("read to its end", RUN, |run| run.connection == "closed")
        .await;
    assert_eq!(
        ended.count,
        sequences.len() as u64,
        "every public event was counted"
    );
    assert_eq!(
        page.all_sequences().await,
        sequences,
        "the server's public events, in its order"
    );
    assert_eq!(
        ended.run,
        stage.api().handler(&handler).await["run_id"],
        "the server's id of the run"
    );
    page.until_listed(&handler, "completed").await;
}

async fn the_sent_event_equals_the_input(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("greeting").await;
    until("a field per property", RUN, async || {
        let fields = page.fields().await;
        let is_there = |field: &&str| fields.iter().any(|it| it == field);
        ["name", "count", "mood"]
            .iter()
            .all(is_there)
            .then_some(())
            .ok_or_else(|| format!("{fields:?}"))
    })
    .await;
    let values = [
        ("name", "Grace \"quoted\" Höpper"),
        ("count", "2"),
        ("mood", "sad"),
    ];
    let handler = page.start("greeting", &values).await;
    page.until_status("completed", RUN).await;
    let record = stage.api().handler(&handler).await;
    let value = &record["result"]["value"];
    let greeting = value["greeting"].as_str().unwrap_or_default();
    assert!(
        greeting.contains("Grace \"quoted\" Höpper"),
        "the name came to the server as it was typed: {record}"
    );
    assert!(greeting.ends_with("..."), "the mood is the chosen one: {record}");
    let events = stage.api().public_sequences(&handler).await;
    assert_eq!(
        events.len(),
        3,
        "two greetings and the end, so the count came as a number"
    );
}

async fn a_start_event_can_be_written_as_json(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("greeting").await;
    page.fill_json(r#"{"name":"Jason","count":1}"#).await;
    page.press_run().await;
    page.until_status("completed", RUN).await;
    assert!(
        page.result().await.contains("Jason"),
        "the JSON was the start event: {}",
        page.result().await
    );
}

async fn the_address_bar_contains_the_open_view(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    let address = page.address().await;
    assert!(
        address.contains(&format!("run={handler}")),
        "the run is in the address: {address}"
    );
    assert!(
        address.contains("workflow=greeting"),
        "the workflow is in the address: {address}"
    );
    stage.browser.driver().back().await.expect("back");
    page.until_run_is_not(&handler).await;
}

async fn a_second_run_replaces_the_first(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let first = page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    let second = page.start("greeting", &[("name", "Grace")]).await;
    assert_ne!(first, second, "a run of its own");
    page.until_status("completed", RUN).await;
    assert!(
        page.result().await.contains("Grace"),
        "the result of the second run: {}",
        page.result().await
    );
    page.open_run(&first).await;
    page.until_status("completed", RUN).await;
    assert!(
        page.result().await.contains("Ada"),
        "the result of the first run again: {}",
        page.result().await
    );
}

async fn a_refused_start_keeps_the_input(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("greeting").await;
    page.fill_json(r#"{"name": "Ada", "count": 99}"#).await;
    page.press_run().await;
    page.until_form_says("count: Input").await;
    let text: String = page.start_json().await;
    assert!(text.contains("99"), "what was typed is still there: {text:?}");
    assert_eq!(
        page.run().await.map(|run| run.handler),
        None,
        "nothing was started"
    );
    page.fill_json(r#"{"name": "Ada", "count": 1}"#).await;
    page.press_run().await;
    page.until_status("completed", RUN).await;
}

async fn a_workflow_with_an_odd_name_is_started(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("plain & odd?#% ü").await;
    page.fill_json(r#"{"any": "thing"}"#).await;
    page.press_run().await;
    page.until_status("completed", RUN).await;
    assert!(
        page.result().await.contains("thing"),
        "undeclared fields arrive: {}",
        page.result().await
    );
    page.reload().await;
    page.until_status("completed", RUN).await;
}

/// Symptom: the defaults of lists, objects and unions were not shown before `add` was pressed, a date's branch was called `Text`, and the
/// default of an enum was in the branch for any text.
/// Cause: only fields of one value showed a default; a value was put into the first branch that accepted it.
async fn groups_show_their_defaults_before_they_are_added(stage: &Stage) {
    let options = ServerOptions {
        models: Some("form_models"),
        ..ServerOptions::default()
    };
    let server = Server::start(stage.backend, options);
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("defaults").await;
    let described = "const group = [...part('start-form').querySelectorAll('fieldset')]
            .find((it) => squeeze(it.querySelector('legend').textContent).startsWith(args[0]));
        const ids = group?.getAttribute('aria-describedby')?.split(' ') ?? [];
        const texts = ids.map((id) => document.getElementById(id)).filter((it) => it && shown(it));
        return texts.some((it) => it.textContent === args[1]) ? group : null";
    for (group, default) in [
        ("Tags", r#"Default: ["red","green"]"#),
        ("Counts", r#"Default: {"a":1}"#),
        ("Home", r#"Default: {"street":"Main","number":1,"country":"NO"}"#),
        ("Mood", r#"Default: "sad""#),
        ("Due", r#"Default: "2026-11-20""#),
    ] {
        let what = format!("the default of {group}");
        page.find(&what, described, json!([group, default])).await;
    }
    for (group, branch, value) in [("Mood", "Mood", "sad"), ("Due", "Date", "2026-11-20")] {
        let add = "return byRole('button', `Add ${args[0]}`, part('start-form'))";
        page.click("the button that adds it", add, json!([group])).await;
        let landed = "const picker = byRole('any', `Kind of ${args[0]}`, part('start-form'));
            const it = field(part('start-form'), args[0].toLowerCase());
            return picker?.selectedOptions[0].textContent === args[1] && it?.value === args[2] ? it : null";
        page.find(
            "its default in its own branch",
            landed,
            json!([group, branch, value]),
        )
        .await;
    }
    page.press("Add Tags").await;
    page.fill("tags/1", "blue").await;
    page.press_run().await;
    page.until_status("completed", RUN).await;
    let result = page.result().await;
    assert!(result.contains("blue") && result.contains("sad"), "{result}");
}

async fn a_folding_form_moves_the_focus(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("greeting", &[("name", "Ada")]).await;
    let tab = "const it = document.activeElement;
        return it.role === 'tab' && part('run').contains(it) ? it : null";
    page.find("the focus in the run", tab, json!([])).await;
}

async fn the_icon_is_set_only_when_it_changes(stage: &Stage) {
    // A separate server: runs of other tests have prompts, which change the icon.
    let server = Server::start(stage.backend, ServerOptions::default());
    let page = stage.page_at(server.origin());
    page.open("").await;
    let watch = "window.set = 0;
        new MutationObserver((seen) => { window.set += seen.length; })
            .observe(document.querySelector('link[rel=icon]'), { attributes: true, attributeFilter: ['href'] });";
    page.ask::<serde_json::Value>(watch, json!([])).await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    assert_eq!(page.ask::<u64>("return window.set", json!([])).await, 0);
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    let marked = "return window.set === 1 ? document.body : null";
    page.find("the mark on the icon", marked, json!([])).await;
}
