//! Long tasks show their progress, can be stopped, and keep the page responsive.

use std::time::Duration;

use serde_json::{Value, json};
use workflow_tests::{Canned, Page, Script, ScriptedServer, Server, Stage, devtools, until};

/// A debug build of the page is slow, and so are busy machines.
const LONG: Duration = Duration::from_secs(90);

on!(scripted, Embedded:
    a_long_filter_shows_progress_and_can_be_stopped,
    a_huge_graph_is_listed_and_drawn_on_request,
    a_huge_payload_is_read_in_slices,
);

/// Waits until the task named `label` has this state, and returns its value.
async fn until_work(page: &Page<'_>, label: &str, state: &str) -> u64 {
    until(&format!("{label} to be {state}"), LONG, async || {
        let seen: Value = page
            .ask(
                "const bar = [...document.querySelectorAll('[data-part=work]')].find((it) => it.querySelector('progress').ariaLabel === args[0]
                    || it.querySelector('progress').getAttribute('aria-label') === args[0]);
                return [bar?.dataset.state, Number(bar?.querySelector('progress').value ?? 0)]",
                json!([label]),
            )
            .await;
        if seen[0] == state { Ok(seen[1].as_u64().unwrap_or(0)) } else { Err(seen.to_string()) }
    })
    .await
}

/// Presses a button of the task named `label` as soon as it has this state. In one script, because a fast machine would finish before a
/// second command.
/// command arrives.
async fn press_work(page: &Page<'_>, label: &str, state: &str, button: &str) {
    page.ask_slowly::<()>(
        "const bar = () => [...document.querySelectorAll('[data-part=work]')]
            .find((it) => it.querySelector('progress').getAttribute('aria-label') === args[0]);
        const end = Date.now() + 60_000;
        while (bar()?.dataset.state !== args[1]) {
            if (Date.now() > end) throw new Error(`${args[0]} is ${bar()?.dataset.state}`);
            await new Promise((done) => setTimeout(done, 5));
        }
        byRole('button', args[2], bar()).click()",
        json!([label, state, button]),
    )
    .await;
}

/// Slows down the page's processor by this factor.
async fn slow_down(page: &Page<'_>, rate: u32) {
    devtools(
        page.browser(),
        "Emulation.setCPUThrottlingRate",
        json!({ "rate": rate }),
    )
    .await;
}

/// Stops the task, checks that its progress stops, and resumes it.
async fn stop_and_go_on(page: &Page<'_>, label: &str) {
    press_work(page, label, "running", "Stop").await;
    slow_down(page, 1).await;
    let stopped = until_work(page, label, "stopped").await;
    page.ask_slowly::<()>("await frame(); await frame(); await frame()", json!([]))
        .await;
    assert_eq!(
        until_work(page, label, "stopped").await,
        stopped,
        "nothing goes on"
    );
    assert!(stopped < 100, "{stopped} %");
    press_work(page, label, "stopped", "Go on").await;
    until_work(page, label, "idle").await;
}

// Symptom: `filter=` with 3 000 letters froze the page for eight seconds. Cause: each position of a payload was compared with the filter
// letter by letter, and the time was checked only between events.
async fn a_long_filter_shows_progress_and_can_be_stopped(stage: &Stage) {
    let needle = "a".repeat(3_000) + "b";
    let note = "a".repeat(1_000_000);
    let mut script = Script::new();
    for at in 0..30 {
        let end = if at == 29 { "b" } else { "" };
        script = script.event("Note", &json!({ "note": format!("{note}{end}") }));
    }
    let scripted = ScriptedServer::start(script.completed(&json!("fine"))).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_run("read to its end", LONG, |run| run.count == 31)
        .await;
    slow_down(&page, 6).await;
    page.ask::<()>(
        "const it = byRole('textbox', 'Filter events'); it.value = args[0]; it.dispatchEvent(new Event('input', { bubbles: true }))",
        json!([needle]),
    )
    .await;
    stop_and_go_on(&page, "Filtering events").await;
    until("the one event that matches", LONG, async || {
        let seen: Vec<u64> = page.rows().await.into_iter().map(|row| row.sequence).collect();
        if seen == [29] {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }
    })
    .await;
}

// Symptom: a graph of 300 000 nodes froze the page for fourteen seconds. Cause: each node was searched for among all previous ones.
async fn a_huge_graph_is_listed_and_drawn_on_request(stage: &Stage) {
    const NODES: usize = 60_000;
    let nodes: Vec<Value> = (0..NODES)
        .map(|at| json!({ "id": format!("n{at}"), "label": format!("Node {at}"), "node_type": "step" }))
        .collect();
    let edges: Vec<Value> = (1..NODES)
        .map(|at| json!({ "source": format!("n{}", at / 2), "target": format!("n{at}") }))
        .collect();
    let scripted = ScriptedServer::start(Script::new().completed(&json!("fine"))).await;
    let body = json!({ "graph": { "name": "Huge", "nodes": nodes, "edges": edges, "description": null } })
        .to_string();
    let graph = Canned {
        status: 200,
        content_type: "application/json",
        body,
    };
    scripted.say("GET /workflows/scripted/representation", Some(graph));
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_status("completed", LONG).await;
    page.view("Graph").await;
    until("all nodes in the list", LONG, async || {
        let rows: Value = page
            .ask(
                "return part('graph-nodes')?.getAttribute('aria-rowcount') ?? null",
                json!([]),
            )
            .await;
        if rows.as_str().and_then(|rows| rows.parse().ok()) == Some(NODES) {
            Ok(())
        } else {
            Err(rows.to_string())
        }
    })
    .await;
    let hidden: bool = page.ask("return !shown(part('graph-picture'))", json!([])).await;
    assert!(hidden, "there is no picture before somebody asks");
    page.until_text("The graph has 60").await;
    slow_down(&page, 6).await;
    page.press("Draw the first 3 000").await;
    stop_and_go_on(&page, "Drawing the graph").await;
    until("the picture", LONG, async || {
        let nodes: u64 = page
            .ask(
                "return part('graph-picture').querySelectorAll('[data-node]').length",
                json!([]),
            )
            .await;
        if nodes == 3_000 {
            Ok(())
        } else {
            Err(nodes.to_string())
        }
    })
    .await;
}

// Symptom: a payload of 62 MB of numbers froze the page for six seconds. Cause: the list of its values was reallocated again and again, and
// the task could not be stopped.
async fn a_huge_payload_is_read_in_slices(stage: &Stage) {
    let numbers: Vec<String> = (0..3_000_000).map(|at| at.to_string()).collect();
    let frame = format!(
        "{{\"value\":{{\"numbers\":[{}]}},\"qualified_name\":\"script.Big\",\"type\":\"Big\",\"types\":null}}",
        numbers.join(",")
    );
    let scripted = ScriptedServer::start(Script::new().data(&frame).completed(&json!("fine"))).await;
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    // The server may report the run as completed while its event is still arriving.
    page.until_run("read to its end", LONG, |run| run.count == 2)
        .await;
    slow_down(&page, 6).await;
    page.open_event(0).await;
    stop_and_go_on(&page, "Reading the payload").await;
    // The last number is found.
    page.type_in("Search in event", "2999999").await;
    page.until_text("1 found").await;
}
