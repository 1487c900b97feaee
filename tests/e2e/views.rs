//! The timeline, the graph and the wire of a run.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{NodeView, Page, Script, Stage, TurnView, devtools, until};

use crate::RUN;
use crate::interview::{NAME, answer_name};

on_both!(
    every_step_execution_is_listed,
    attempts_are_counted,
    waiting_for_a_person_is_listed,
    history_is_shown_as_order,
    a_turn_opens_its_event,
    the_graph_shows_taken_edges,
    a_node_links_to_its_events,
    the_keyboard_moves_through_nodes,
    the_wire_counts_what_came,
);

on!(alone, Embedded:
    fifty_thousand_step_events_need_few_elements,
    a_view_has_an_address,
    two_fingers_zoom_and_one_scrolls,
);

/// Time limit of a drawing.
const SOON: Duration = Duration::from_secs(10);

async fn until_turns(page: &Page<'_>, what: &str, wanted: impl Fn(&[TurnView]) -> bool) -> Vec<TurnView> {
    until(what, SOON, async || {
        let turns = page.turns().await;
        if wanted(&turns) {
            Ok(turns)
        } else {
            Err(format!("{turns:#?}"))
        }
    })
    .await
}

async fn until_nodes(page: &Page<'_>, what: &str, wanted: impl Fn(&[NodeView]) -> bool) -> Vec<NodeView> {
    until(what, SOON, async || {
        let nodes = page.nodes().await;
        if wanted(&nodes) {
            Ok(nodes)
        } else {
            Err(format!("{nodes:#?}"))
        }
    })
    .await
}

async fn every_step_execution_is_listed(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("fan_out", &[("pieces", "5"), ("seconds", "0.2")])
        .await;
    page.view("Timeline").await;
    page.until_status("completed", RUN).await;
    let turns = until_turns(&page, "all turns", |turns| {
        turns.len() == 11 && turns.iter().all(|turn| turn.outcome == "returned")
    })
    .await;
    let of = |step: &str| turns.iter().filter(|turn| turn.step == step).count();
    assert_eq!((of("split"), of("work"), of("gather")), (1, 5, 5), "{turns:#?}");
    assert!(
        turns.is_sorted_by_key(|turn| turn.sequence),
        "in the order in which they began"
    );
    assert!(
        turns.iter().any(|turn| turn.text.contains("Work → WorkDone")),
        "classes go by their bare names: {turns:#?}"
    );
    assert_eq!(
        page.timeline().await,
        Some((11, "time".to_owned())),
        "a run that this page started has times"
    );
}

async fn attempts_are_counted(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("failing", &[]).await;
    page.until_status("failed", RUN).await;
    page.view("Timeline").await;
    let turns = until_turns(&page, "three attempts", |turns| {
        turns.iter().filter(|turn| turn.step == "write").count() == 3
    })
    .await;
    let last = turns.last().expect("a turn");
    assert_eq!((last.step.as_str(), last.outcome.as_str()), ("write", "failed"));
    assert!(last.text.contains("attempt 3"), "{}", last.text);
    let prepare = turns.first().expect("a turn");
    assert_eq!(
        (prepare.step.as_str(), prepare.outcome.as_str()),
        ("prepare", "returned")
    );
}

async fn waiting_for_a_person_is_listed(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.view("Timeline").await;
    until_turns(&page, "a wait", |turns| {
        turns.iter().any(|turn| turn.outcome == "waiting")
    })
    .await;
    answer_name(&page).await;
    let turns = until_turns(&page, "the second wait", |turns| {
        turns.iter().any(|turn| turn.outcome == "waiting")
            && turns.iter().any(|turn| turn.outcome == "answered")
    })
    .await;
    let parked: Vec<&str> = turns
        .iter()
        .filter(|turn| turn.step == "ask_name")
        .map(|turn| turn.outcome.as_str())
        .collect();
    assert_eq!(
        parked,
        ["parked", "returned"],
        "the step waited inside and went on"
    );
}

async fn history_is_shown_as_order(stage: &Stage) {
    let handler = stage
        .api()
        .start("fan_out", json!({ "pieces": 3, "seconds": 0.1 }))
        .await;
    stage.api().until_status(&handler, "completed", RUN).await;
    let page = stage.page();
    page.open(&format!("?run={handler}&view=timeline")).await;
    until_turns(&page, "all turns", |turns| turns.len() == 7).await;
    assert_eq!(page.timeline().await, Some((7, "order".to_owned())));
    page.until_text("Order, not time").await;
}

async fn a_turn_opens_its_event(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("fan_out", &[("pieces", "2"), ("seconds", "0.2")])
        .await;
    page.view("Timeline").await;
    page.until_status("completed", RUN).await;
    let turns = until_turns(&page, "all turns", |turns| turns.len() == 5).await;
    let turn = turns.iter().find(|turn| turn.step == "work").expect("a turn");
    let bar = "return parts('timeline-bar').filter(shown).find((it) => Number(it.dataset.seq) === args[0])";
    page.click("a bar of the chart", bar, json!([turn.sequence]))
        .await;
    let text = page.event_text().await;
    assert!(text.contains("step_state"), "its event is open: {text}");
    let wanted = format!("event={}", turn.sequence);
    assert!(page.address().await.contains(&wanted), "and in the address");
    let chosen = "return parts('step-run').filter((it) => it.ariaSelected === 'true').map((it) => Number(it.dataset.seq))";
    let chosen: Vec<u64> = page.ask(chosen, json!([])).await;
    assert_eq!(chosen, [turn.sequence], "its row is marked");
}

async fn the_graph_shows_taken_edges(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("fan_out", &[("pieces", "4"), ("seconds", "0")]).await;
    page.until_status("completed", RUN).await;
    page.view("Graph").await;
    let nodes = until_nodes(&page, "counts", |nodes| {
        nodes
            .iter()
            .any(|node| node.node == "work" && node.text.contains("×4"))
    })
    .await;
    let text = |id: &str| {
        let node = nodes.iter().find(|node| node.node == id);
        node.map(|node| node.text.clone()).unwrap_or_default()
    };
    assert!(
        text("split").contains("from FanStart to Work"),
        "{}",
        text("split")
    );
    assert!(text("WorkDone").contains("×4"), "{}", text("WorkDone"));
    page.until_text("7 of 7 arrows taken").await;
    // The picture is as large as its frame allows, also when its tab was shown after the run had ended.
    page.view("Timeline").await;
    page.view("Graph").await;
    let picture =
        "const it = part('graph-picture').firstElementChild; return it && it.clientWidth > 100 ? it : null";
    page.find("the picture", picture, json!([])).await;
    page.start("failing", &[]).await;
    page.until_status("failed", RUN).await;
    page.view("Graph").await;
    let nodes = until_nodes(&page, "the other workflow", |nodes| {
        nodes
            .iter()
            .any(|node| node.node == "write" && node.text.contains("×3"))
    })
    .await;
    let stop = nodes
        .iter()
        .find(|node| node.node == "StopEvent")
        .expect("a node");
    assert!(
        stop.text.contains("not taken"),
        "declared and never reached: {}",
        stop.text
    );
}

async fn a_node_links_to_its_events(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("fan_out", &[("pieces", "2"), ("seconds", "0")]).await;
    page.until_status("completed", RUN).await;
    page.view("Graph").await;
    let resource = "return parts('graph-node').find((it) => it.dataset.kind === 'resource')";
    page.click("the resource", resource, json!([])).await;
    page.until_text("Source:").await;
    let event = "return parts('graph-node').find((it) => it.dataset.node === 'Work')";
    page.click("an event", event, json!([])).await;
    page.until_text("piece").await;
    page.press("Its events").await;
    let shown = "return byRole('tab', 'Events').ariaSelected === 'true' ? part('events') : null";
    page.find("the events", shown, json!([])).await;
    // Typed text goes into the address after a delay.
    until("its class in the filter", SOON, async || {
        let address = page.address().await;
        if address.contains("filter=Work") {
            Ok(())
        } else {
            Err(address)
        }
    })
    .await;
}

async fn the_keyboard_moves_through_nodes(stage: &Stage) {
    use thirtyfour::Key;
    let page = stage.page();
    page.open("").await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    page.view("Graph").await;
    let grid = page
        .find("the nodes", "return part('graph-nodes')", json!([]))
        .await;
    until_nodes(&page, "nodes", |nodes| nodes.len() >= 3).await;
    grid.send_keys(Key::Home).await.expect("keys");
    grid.send_keys(Key::Enter).await.expect("keys");
    let first = page.find("the node", "return part('node')", json!([])).await;
    assert_eq!(stage.browser.role(&first).await, "region");
    assert_eq!(
        first.attr("data-node").await.expect("an attribute").as_deref(),
        Some("GreetStart")
    );
}

async fn the_wire_counts_what_came(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page
        .start("progress", &[("steps", "20"), ("per_second", "0")])
        .await;
    page.until_run("read to its end", RUN, |run| run.connection == "closed")
        .await;
    page.view("Wire").await;
    let all = stage.api().events(&handler, true).await;
    let last = all.last().expect("an end").sequence;
    page.until_text(&format!("Cursor #{last}")).await;
    page.until_text(&format!("Events {}", all.len())).await;
    let script =
        "const it = part('wire').dataset; return [Number(it.bytes), Number(it.missing), Number(it.connects)]";
    let [bytes, missing, connects]: [u64; 3] = page.ask(script, json!([])).await;
    assert!(bytes > 20 * 60, "bytes of the stream are counted: {bytes}");
    assert_eq!((missing, connects), (0, 1), "nothing was lost");
}

async fn fifty_thousand_step_events_need_few_elements(stage: &Stage) {
    let mut script = Script::new();
    for turn in 0..25_000_u64 {
        let worker = (turn % 3).to_string();
        for (state, output) in [
            ("running", json!(null)),
            ("not_running", json!("<class 'app.Done'>")),
        ] {
            let value = json!({ "name": "work", "step_state": state, "worker_id": worker,
                "input_event_name": "Work", "output_event_name": output });
            let types = ["InternalDispatchEvent"];
            script = script.envelope(&json!({ "value": value, "type": "StepStateChanged", "types": types }));
        }
    }
    let last = script.next() - 2;
    let page = stage.completed(script.completed(&json!("fine"))).await;
    page.view("Timeline").await;
    until("all turns to be counted", RUN, async || {
        match page.timeline().await {
            Some((25_000, _)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    let count: u64 = page
        .ask("return document.querySelectorAll('*').length", json!([]))
        .await;
    assert!(count < 2_000, "{count} elements for fifty thousand events");
    let bars: u64 = page
        .ask("return parts('timeline-bar').filter(shown).length", json!([]))
        .await;
    assert!((1..=400).contains(&bars), "{bars} bars");
    let grid = page
        .find("the turns", "return part('step-runs')", json!([]))
        .await;
    grid.send_keys(thirtyfour::Key::End).await.expect("keys");
    until_turns(&page, "the last turn", |turns| {
        turns.last().is_some_and(|turn| turn.sequence == last)
    })
    .await;
}

async fn a_view_has_an_address(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    for (name, part, role) in [
        ("Timeline", "timeline", "region"),
        ("Graph", "graph", "region"),
        ("Wire", "wire", "region"),
    ] {
        page.view(name).await;
        let find = "const it = part(args[0]); return it && shown(it) ? it : null";
        let element = page.find(name, find, json!([part])).await;
        assert_eq!(stage.browser.role(&element).await, role, "{name}");
        assert_eq!(stage.browser.name(&element).await, name);
        assert!(
            page.address().await.contains(&format!("view={part}")),
            "the address holds {name}"
        );
    }
    page.reload().await;
    page.find("the wire", "return part('wire')", json!([])).await;
}

async fn two_fingers_zoom_and_one_scrolls(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("fan_out", &[("pieces", "5"), ("seconds", "0.2")])
        .await;
    page.until_status("completed", RUN).await;
    for view in ["Timeline", "Graph"] {
        page.view(view).await;
        let wide = "const it = document.querySelector('[role=tabpanel]:not([hidden]) .wf-time__frame');
            if (!it?.clientWidth) return null;
            const space = it.firstElementChild.getBoundingClientRect();
            const { x, y, width, height } = it.getBoundingClientRect();
            return { space: space.width, x: x + width / 2, y: y + Math.min(height, 100) / 2 }";
        let place: Place = until("the picture", SOON, async || {
            let place: Option<Place> = page.ask(wide, json!([])).await;
            place
                .filter(|place| place.space > 0.0)
                .ok_or_else(|| format!("no {view}"))
        })
        .await;
        touch(&page, &place, &[(-30.0, 30.0), (-60.0, 60.0), (-90.0, 90.0)]).await;
        let after: Place = page.ask(wide, json!([])).await;
        assert!(
            after.space > place.space * 1.2,
            "{view} has grown from {} to {}",
            place.space,
            after.space
        );
        touch(&page, &place, &[(-90.0, 90.0), (-60.0, 60.0), (-30.0, 30.0)]).await;
        let back: Place = page.ask(wide, json!([])).await;
        assert!(back.space < after.space, "{view} has shrunk again");
    }
}

/// The middle of a picture, and the width of its visible part.
#[derive(Debug, serde::Deserialize)]
struct Place {
    space: f64,
    x: f64,
    y: f64,
}

/// Two fingers around the middle of a place, from each of these distances to the next.
async fn touch(page: &Page<'_>, place: &Place, ways: &[(f64, f64)]) {
    let dispatch = async |kind: &str, points: &[(f64, f64)]| {
        let points = points.iter().enumerate();
        let points: Vec<_> = points
            .map(|(id, (x, y))| json!({ "x": x, "y": y, "id": id }))
            .collect();
        let event = json!({ "type": kind, "touchPoints": points });
        devtools(page.browser(), "Input.dispatchTouchEvent", event).await;
    };
    for (at, (left, right)) in ways.iter().enumerate() {
        let points = [(place.x + left, place.y), (place.x + right, place.y)];
        dispatch(if at == 0 { "touchStart" } else { "touchMove" }, &points).await;
    }
    dispatch("touchEnd", &[]).await;
}
