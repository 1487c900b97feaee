//! Working with several runs: sending events, deleting, finding, remembering.

use serde_json::json;
use thirtyfour::Key;
use workflow_tests::{Page, Stage, devtools, until};

use crate::RUN;
use crate::interview::{DRINK, NAME};

on_both!(
    any_event_is_sent_and_its_outcome_shown,
    an_event_that_a_step_refuses_is_sent_to_all_steps,
    the_listed_runs_are_deleted_together,
    a_handler_id_is_chosen,
    form_input_survives_a_reload,
    a_recent_input_fills_the_form,
);

on!(embedded_only, Embedded:
    events_are_filtered_by_class,
    an_event_is_found_by_its_sequence,
    a_paused_list_is_stable_and_counts_new_events,
    closing_an_event_closes_nothing_else,
    a_filter_is_kept_before_the_address_has_it,
    a_pause_ends_with_its_run,
    an_id_unusable_in_urls_is_refused_at_its_field,
    the_palette_starts_and_opens,
    panes_remember_their_width,
    stored_pane_widths_leave_room_for_the_middle,
    an_edge_reports_its_panes_width,
    the_filter_is_reached_from_any_view,
    the_events_are_reached_from_any_view,
    single_key_shortcuts_can_be_turned_off,
);

async fn any_event_is_sent_and_its_outcome_shown(stage: &Stage) {
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

async fn an_event_that_a_step_refuses_is_sent_to_all_steps(stage: &Stage) {
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
    // The step waits for it inside and does not list it: the server refuses it with a message.
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
    // Other tests have runs at the same server, so only these may be listed when the button is pressed.
    let deleted = ["deleted-1", "deleted-2", "deleted-3"];
    for handler in deleted {
        let body = json!({ "start_event": { "name": "Ada" }, "handler_id": handler }).to_string();
        let started = api
            .send("POST", "/workflows/greeting/run-nowait", Some(&body))
            .await;
        assert_eq!(started.status, 200, "{started:?}");
    }
    let kept = api.start("progress", json!({ "steps": 2 })).await;
    let page = stage.page();
    page.open("").await;
    page.type_in("Filter runs by text", "deleted-").await;
    for handler in deleted {
        page.until_listed(handler, "completed").await;
    }
    page.until_not_listed(&kept).await;
    page.press_and_confirm("Delete runs").await;
    for handler in deleted {
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

async fn form_input_survives_a_reload(stage: &Stage) {
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
    assert_eq!(page.field("count").await, "many", "also what is wrong");
    // A form that is not visible when the page is closed is stored as well.
    page.choose_workflow("progress").await;
    page.reload().await;
    page.choose_workflow("greeting").await;
    assert_eq!(page.field("name").await, "Ada");
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

async fn an_event_is_found_by_its_sequence(stage: &Stage) {
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

async fn a_paused_list_is_stable_and_counts_new_events(stage: &Stage) {
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

async fn closing_an_event_closes_nothing_else(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("progress", &[("steps", "8")]).await;
    page.until_status("completed", RUN).await;
    page.open_event(2).await;
    page.filter_events("steps").await;
    page.view("Timeline").await;
    page.press("Close event").await;
    until("the address without the event", RUN, async || {
        let address = page.address().await;
        let has = |part: &str| address.contains(part);
        if has(&handler) && has("view=timeline") && has("filter=steps") && !has("event=") {
            Ok(())
        } else {
            Err(address)
        }
    })
    .await;
}

/// The address follows a filter after a delay. Each script changes the history within that delay.
async fn a_filter_is_kept_before_the_address_has_it(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("progress", &[("steps", "8")]).await;
    page.until_status("completed", RUN).await;
    let filter = "const input = byRole('textbox', 'Filter events');
        input.value = args[0];
        input.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise((done) => setTimeout(done, 20));";
    let kept = "const kept = byRole('textbox', 'Filter events').value === args[0]
            && new URLSearchParams(location.search).get('filter') === args[0]
            && !part('event');
        return kept ? document.body : null";

    page.open_event(2).await;
    let close = format!("{filter} byRole('button', 'Close event').click()");
    page.ask_slowly::<()>(&close, json!(["step"])).await;
    page.find("the filter after Close", kept, json!(["step"])).await;

    page.open(&format!("?run={handler}")).await;
    page.until_status("completed", RUN).await;
    page.find("a row", "return parts('event-row').find(shown)", json!([]))
        .await;
    let open = format!(
        "{filter} let row; while (!(row = parts('event-row').find(shown))) await frame(); row.click()"
    );
    page.ask_slowly::<()>(&open, json!(["Progress"])).await;
    page.find("the event", "return part('event')", json!([])).await;
    page.ask::<()>("history.back()", json!([])).await;
    page.find("the filter after Back", kept, json!(["Progress"]))
        .await;
}

async fn a_pause_ends_with_its_run(stage: &Stage) {
    let other = stage.api().start("greeting", json!({ "name": "Ada" })).await;
    let page = stage.page();
    page.open("").await;
    page.start("endless", &[("per_second", "20")]).await;
    page.until_run("making progress", RUN, |run| run.count >= 5).await;
    page.press("Pause").await;
    page.until_listed(&other, "completed").await;
    page.open_run(&other).await;
    page.until_status("completed", RUN).await;
    let all = stage.api().public_sequences(&other).await;
    page.find(
        "all rows of the other run, and no pause",
        "return rows().length === args[0] && byRole('button', 'Pause').ariaPressed === 'false' ? document.body : null",
        json!([all.len()]),
    )
    .await;
}

async fn an_id_unusable_in_urls_is_refused_at_its_field(stage: &Stage) {
    let page = stage.page();
    page.open("?workflow=greeting").await;
    page.fill("name", "Ada").await;
    let line = "return [...document.querySelectorAll('summary')].find((it) => words(it) === 'Handler id')";
    page.click("the line Handler id", line, json!([])).await;
    page.type_in("Handler id", "team/42").await;
    // When folded again, the refusal must be visible.
    page.click("the line Handler id", line, json!([])).await;
    page.press_run().await;
    page.until_form_says("No slashes").await;
    let focused: String = page.ask("return label(document.activeElement)", json!([])).await;
    assert_eq!(focused, "Handler id");
    assert!(page.run().await.is_none(), "nothing was started");
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

/// A page of this width.
async fn resize(page: &Page<'_>, width: u32) {
    let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    devtools(page.browser(), "Emulation.setDeviceMetricsOverride", size).await;
}

/// A page of this width, with an event open next to the run.
async fn three_panes<'a>(stage: &'a Stage, width: u32) -> Page<'a> {
    let page = stage.page();
    resize(&page, width).await;
    page.open("").await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    page.open_event(1).await;
    page
}

/// The widths of the left pane, the run and the right pane, when they are as expected.
async fn until_wide(page: &Page<'_>, what: &str, wanted: &str) {
    let script = format!(
        "const [left, middle, right] = [part('workflow').closest('main > *'), part('run'), part('event').closest('main > *')]
            .map((it) => it.getBoundingClientRect().width);
        return {wanted} ? document.body : null"
    );
    page.find(what, &script, json!([])).await;
}

async fn stored_pane_widths_leave_room_for_the_middle(stage: &Stage) {
    // Each pane could be half as wide as the screen on which it was resized; on a smaller screen no room was left between two.
    let page = three_panes(stage, 3000).await;
    for (edge, x) in [("left", 1150), ("right", 1600)] {
        let pull = "const edge = [...document.querySelectorAll('[role=separator]')].find((it) => label(it) === `Width of the ${args[0]} pane`);
            edge.dispatchEvent(new PointerEvent('pointerdown', { button: 0, buttons: 1, bubbles: true }));
            edge.dispatchEvent(new PointerEvent('pointermove', { buttons: 1, clientX: args[1], bubbles: true }));
            return true";
        page.ask::<bool>(pull, json!([edge, x])).await;
    }
    until_wide(&page, "wide panes", "left > 1100 && right > 1300").await;
    for width in [1110, 1000] {
        resize(&page, width).await;
        until_wide(
            &page,
            &format!("a middle at {width}"),
            "innerWidth < 1200 && middle >= 319",
        )
        .await;
    }
    page.reload().await;
    until_wide(&page, "a middle after a reload", "middle >= 319").await;
}

async fn an_edge_reports_its_panes_width(stage: &Stage) {
    // It reported 240 for a pane of 376.
    let page = three_panes(stage, 1440).await;
    let check = "const off = [...document.querySelectorAll('[role=separator]')].filter((it) => {
            const [least, now, most] = [it.ariaValueMin, it.ariaValueNow, it.ariaValueMax].map(Number);
            return !(Math.abs(now - it.parentElement.getBoundingClientRect().width) <= 1 && least <= now && now <= most);
        });
        return off.length === 0 && document.querySelectorAll('[role=separator]').length === 2 ? document.body : null";
    page.find("both widths", check, json!([])).await;
    let edge = page
        .find(
            "the edge of the left pane",
            "return [...document.querySelectorAll('[role=separator]')].find((it) => label(it) === 'Width of the left pane')",
            json!([]),
        )
        .await;
    edge.focus().await.expect("a focus");
    edge.send_keys(Key::Right + Key::Right).await.expect("keys");
    until_wide(&page, "a wider pane", "left > 400").await;
    page.find("both widths, of which one is another", check, json!([]))
        .await;
}

async fn the_filter_is_reached_from_any_view(stage: &Stage) {
    // Elements in a hidden panel cannot be focused.
    let page = stage.page();
    page.open("").await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    page.view("Timeline").await;
    page.keys("/").await;
    let focused = "const it = byRole('textbox', 'Filter events'); return it && it === document.activeElement ? it : null";
    page.find("the focus in the filter", focused, json!([])).await;
}

async fn the_events_are_reached_from_any_view(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    page.view("Result").await;
    page.keys("e").await;
    let list = "const it = part('events'); return shown(it) && it === document.activeElement ? it : null";
    page.find("the focus on the list", list, json!([])).await;
    // A list without rows cannot be focused.
    page.filter_events("nothing is like this").await;
    page.find(
        "an empty list",
        "return shown(part('events')) ? null : part('run')",
        json!([]),
    )
    .await;
    page.view("Result").await;
    page.keys("e").await;
    let tab = "const it = byRole('tab', 'Events'); return it && it === document.activeElement ? it : null";
    page.find("the focus on the tab", tab, json!([])).await;
}

async fn single_key_shortcuts_can_be_turned_off(stage: &Stage) {
    // `?` is a single key, too: users of speech input say it accidentally.
    let page = stage.page();
    page.open("").await;
    let open = "return [...document.querySelectorAll('dialog[open]')].map(label).join()";
    let until_open = async |name: &str| {
        let script = format!("return (() => {{ {open} }})() === args[0] ? document.body : null");
        page.find(&format!("{name:?} to be open"), &script, json!([name]))
            .await;
    };
    page.keys("?").await;
    until_open("Keyboard shortcuts").await;
    page.switch("Single-key shortcuts").await;
    page.keys(Key::Escape).await;
    until_open("").await;
    page.keys("?").await;
    page.keys(Key::Control + "k").await;
    // Only the palette: the dialog of shortcuts would have opened first.
    until_open("Commands").await;
    page.keys(Key::Escape).await;
    until_open("").await;
    page.press("Keyboard shortcuts").await;
    until_open("Keyboard shortcuts").await;
}
