//! A session around the runs: sending, clearing up, finding, remembering.

use serde_json::json;
use thirtyfour::Key;
use workflow_tests::Stage;

use crate::RUN;
use crate::interview::{DRINK, NAME};

on_both!(
    any_event_is_sent_and_told_what_became_of_it,
    an_event_that_a_step_refuses_is_sent_to_all,
    the_listed_runs_are_deleted_together,
    a_handler_id_is_chosen,
    what_was_typed_survives_a_reload,
    a_recent_input_fills_the_form,
);

on!(embedded_only, Embedded:
    events_are_filtered_by_class,
    an_event_is_gone_to_by_its_sequence,
    a_paused_list_stays_while_events_are_counted,
    the_palette_starts_and_opens,
    panes_remember_their_width,
);

async fn any_event_is_sent_and_told_what_became_of_it(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.press("Send event").await;
    page.type_in("Event class", "HumanResponseEvent").await;
    page.type_in("Response", "Ada").await;
    page.press("Send").await;
    page.until_sent("HumanResponseEvent", &["sent", "taken"]).await;
    page.key_in("Event class", Key::Escape).await;
    page.until_prompt(DRINK).await;
}

async fn an_event_that_a_step_refuses_is_sent_to_all(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.press("Send event").await;
    page.type_in("Event class", "HumanResponseEvent").await;
    page.pick("Step", "ask_name").await;
    page.press("JSON").await;
    page.type_in("Event JSON", r#"{"response": "Ada"}"#).await;
    page.press("Send").await;
    // The step waits for it inside and does not list it: the server refuses, and says so.
    page.until_sent("HumanResponseEvent → ask_name", &["refused"])
        .await;
    page.pick("Step", "").await;
    page.press("Send").await;
    page.until_sent("HumanResponseEvent {", &["sent", "taken"]).await;
    page.key_in("Event class", Key::Escape).await;
    page.until_prompt(DRINK).await;
}

async fn the_listed_runs_are_deleted_together(stage: &Stage) {
    let api = stage.api();
    // Other tests have runs at the same server: only these may be listed when the button is pressed.
    let doomed = ["doomed-1", "doomed-2", "doomed-3"];
    for handler in doomed {
        let body = json!({ "start_event": { "name": "Ada" }, "handler_id": handler }).to_string();
        let started = api
            .send("POST", "/workflows/greeting/run-nowait", Some(&body))
            .await;
        assert_eq!(started.status, 200, "{started:?}");
    }
    let kept = api.start("progress", json!({ "steps": 2 })).await;
    let page = stage.page();
    page.open("").await;
    page.type_in("Filter runs by text", "doomed-").await;
    for handler in doomed {
        page.until_listed(handler, "completed").await;
    }
    page.until_not_listed(&kept).await;
    page.press_and_confirm("Delete runs").await;
    for handler in doomed {
        page.until_not_listed(handler).await;
        let answer = api.send("GET", &format!("/handlers/{handler}"), None).await;
        assert_eq!(answer.status, 404, "the server has forgotten it: {answer:?}");
    }
    let answer = api.send("GET", &format!("/handlers/{kept}"), None).await;
    assert_eq!(
        answer.status, 200,
        "what was not listed is still there: {answer:?}"
    );
}

async fn a_handler_id_is_chosen(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("greeting").await;
    page.fill("name", "Ada").await;
    page.click(
        "the line Handler id",
        "return [...document.querySelectorAll('summary')].find((it) => words(it) === 'Handler id')",
        json!([]),
    )
    .await;
    page.type_in("Handler id", "chosen-by-me").await;
    page.press_run().await;
    page.until_run("the chosen one", RUN, |run| {
        run.handler == "chosen-by-me" && run.status == "completed"
    })
    .await;
}

async fn what_was_typed_survives_a_reload(stage: &Stage) {
    let page = stage.page();
    page.open("?workflow=greeting").await;
    page.fill("name", "Ada").await;
    page.fill("count", "many").await;
    page.reload().await;
    page.find(
        "the field name",
        "return field(part('start-form') ?? document, 'name')",
        json!([]),
    )
    .await;
    assert_eq!(page.field("name").await, "Ada");
    assert_eq!(
        page.field("count").await,
        "\"many\"",
        "also what is wrong, as the JSON that it is"
    );
    page.fill_json("{\"name\": ").await;
    page.reload().await;
    page.find(
        "the JSON side",
        "return byRole('textbox', 'Start event JSON')",
        json!([]),
    )
    .await;
    assert_eq!(page.start_json().await, "{\"name\": ", "also what is broken");
}

async fn a_recent_input_fills_the_form(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("greeting", &[("name", "Ada"), ("count", "2")]).await;
    page.until_status("completed", RUN).await;
    page.start("greeting", &[("name", "Grace"), ("count", "3")]).await;
    page.until_status("completed", RUN).await;
    page.choose_workflow("greeting").await;
    assert_eq!(page.field("name").await, "Grace");
    let input = page
        .ask::<String>(
            "const all = [...document.querySelectorAll('select')].find((it) => label(it) === 'Recent inputs').options;
            return [...all].map((it) => it.value).find((it) => it.includes('Ada'))",
            json!([]),
        )
        .await;
    page.pick("Recent inputs", &input).await;
    page.find(
        "Ada in the form",
        "return field(part('start-form'), 'name')?.value === 'Ada' ? part('start-form') : null",
        json!([]),
    )
    .await;
    assert_eq!(page.field("count").await, "2", "all of that input");
}

async fn events_are_filtered_by_class(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("progress", &[("steps", "5"), ("per_second", "50")])
        .await;
    let run = page.until_status("completed", RUN).await;
    page.pick("Filter events by class", "StopEvent").await;
    page.find(
        "the stop event alone",
        "const seen = rows().map((it) => it.class);
        return seen.length === 1 && seen[0] === 'StopEvent' ? document.body : null",
        json!([]),
    )
    .await;
    page.find(
        "the filter in the address",
        "return location.search.includes('filter=class:StopEvent') ? document.body : null",
        json!([]),
    )
    .await;
    page.pick("Filter events by class", "").await;
    page.until_grid_count(run.count).await;
}

async fn an_event_is_gone_to_by_its_sequence(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("progress", &[("steps", "300"), ("per_second", "1000")])
        .await;
    page.until_status("completed", RUN).await;
    page.enter_in("Go to event", "7").await;
    page.until_in_view(7).await;
    page.find(
        "its detail",
        "return part('event')?.dataset.seq === '7' ? part('event') : null",
        json!([]),
    )
    .await;
}

async fn a_paused_list_stays_while_events_are_counted(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("endless", &[("per_second", "20")]).await;
    page.until_run("making progress", RUN, |run| run.count >= 5).await;
    page.press("Pause").await;
    page.find(
        "the button to be pressed",
        "const it = byRole('button', 'Pause'); return it?.ariaPressed === 'true' ? it : null",
        json!([]),
    )
    .await;
    let last = "return Math.max(...rows().map((it) => it.sequence))";
    let before: u64 = page.ask(last, json!([])).await;
    let counted = page.until_run("counting", RUN, |_| true).await.count;
    page.until_run("counting on", RUN, |run| run.count >= counted + 20)
        .await;
    assert_eq!(page.ask::<u64>(last, json!([])).await, before, "no row came in");
    page.press("Pause").await;
    page.find(
        "the rows to go on",
        "return Math.max(...rows().map((it) => it.sequence)) > args[0] ? document.body : null",
        json!([before]),
    )
    .await;
}

async fn the_palette_starts_and_opens(stage: &Stage) {
    let handler = stage.api().start("greeting", json!({ "name": "Ada" })).await;
    let page = stage.page();
    page.open("").await;
    page.until_listed(&handler, "completed").await;
    page.press("Commands").await;
    page.enter_in("Command", &handler).await;
    page.until_run("the named one", RUN, |run| run.handler == handler)
        .await;
    page.keys(Key::Control + "k").await;
    page.enter_in("Command", "start progress").await;
    page.find(
        "the form of progress",
        "return part('workflow').value === 'progress' && !document.querySelector('dialog[open]') ? document.body : null",
        json!([]),
    )
    .await;
}

async fn panes_remember_their_width(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let width = "return part('workflow').closest('main > *').getBoundingClientRect().width";
    let before: f64 = page.ask(width, json!([])).await;
    let edge = page
        .find(
            "the edge of the left pane",
            "return [...document.querySelectorAll('[role=separator]')].find((it) => label(it) === 'Width of the left pane')",
            json!([]),
        )
        .await;
    edge.focus().await.expect("a focus");
    edge.send_keys(Key::Right + Key::Right).await.expect("keys");
    let wider = "return part('workflow')?.closest('main > *').getBoundingClientRect().width > args[0] + 20 ? document.body : null";
    page.find("a wider pane", wider, json!([before])).await;
    page.reload().await;
    page.find("the same after a reload", wider, json!([before])).await;
}
