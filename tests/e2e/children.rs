//! Child workflows and agents in graphs, and runs that events name. Today's servers send none of these by themselves.

use serde_json::{Value, json};
use workflow_tests::{Canned, Page, Script, ScriptedServer, Server, Stage, until};

use crate::RUN;

on!(alone, Embedded:
    the_graph_of_a_child_workflow_is_opened,
    an_event_leads_to_the_run_that_it_names,
);

fn canned(body: &Value) -> Option<Canned> {
    Some(Canned {
        status: 200,
        content_type: "application/json",
        body: body.to_string(),
    })
}

async fn until_nodes(page: &Page<'_>, wanted: &[&str]) {
    until(&format!("the nodes {wanted:?}"), RUN, async || {
        let nodes = page.nodes().await;
        let shown: Vec<&str> = nodes.iter().map(|node| node.node.as_str()).collect();
        let mut wanted = wanted.to_vec();
        let mut found = shown.clone();
        wanted.sort_unstable();
        found.sort_unstable();
        if found == wanted {
            Ok(())
        } else {
            Err(format!("{shown:?}"))
        }
    })
    .await;
}

async fn choose_node(page: &Page<'_>, id: &str) {
    let row = "return parts('graph-node').filter(shown).find((it) => it.dataset.node === args[0])";
    page.click(id, row, json!([id])).await;
    let detail = "return part('node')?.dataset.node === args[0] ? part('node') : null";
    page.find("its detail", detail, json!([id])).await;
}

async fn the_graph_of_a_child_workflow_is_opened(stage: &Stage) {
    let scripted = ScriptedServer::start(Script::new().completed(&json!("fine"))).await;
    let node = |id: &str, kind: &str| json!({ "id": id, "label": id, "node_type": kind });
    let edge = |source: &str, target: &str| json!({ "source": source, "target": target, "label": null });
    let team = json!({ "graph": { "name": "Team", "description": null, "nodes": [
        node("team", "workflow_agent"), node("writer", "agent"), node("search", "tool"), node("pass", "handoff"),
        node("print", "child_connector")],
        "edges": [edge("team", "writer"), edge("writer", "search"), edge("writer", "pass"), edge("pass", "print")] } });
    let print = json!({ "graph": { "name": "Print", "description": null,
        "nodes": [node("render", "step"), node("bind", "step")], "edges": [] } });
    scripted.say(
        "GET /workflows",
        canned(&json!({ "workflows": ["scripted", "print"] })),
    );
    scripted.say("GET /workflows/scripted/representation", canned(&team));
    scripted.say("GET /workflows/print/representation", canned(&print));
    let empty = json!({ "properties": {}, "title": "StartEvent", "type": "object" });
    scripted.say(
        "GET /workflows/print/schema",
        canned(&json!({ "start": empty, "stop": empty })),
    );
    scripted.say("GET /workflows/print/events", canned(&json!({ "events": [] })));
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.choose_workflow("scripted").await;
    page.start("scripted", &[]).await;
    page.until_status("completed", RUN).await;
    page.view("Graph").await;
    let all = ["team", "writer", "search", "pass", "print"];
    until_nodes(&page, &all).await;
    choose_node(&page, "team").await;
    let is_offered = "return !!part('child-graph')";
    choose_node(&page, "print").await;
    page.find("the link to its graph", "return part('child-graph')", json!([]))
        .await;
    choose_node(&page, "team").await;
    assert!(
        !page.ask::<bool>(is_offered, json!([])).await,
        "the server has no workflow of this name"
    );
    choose_node(&page, "print").await;
    page.press("Open its graph").await;
    until_nodes(&page, &["render", "bind"]).await;
    let words: String = page.ask("return words(part('graph'))", json!([])).await;
    assert!(words.contains("print") && !words.contains("taken"), "{words}");
    page.press("Back to the run's graph").await;
    until_nodes(&page, &all).await;
}

async fn an_event_leads_to_the_run_that_it_names(stage: &Stage) {
    let script = Script::new()
        .event("Delegated", &json!({ "handler_id": "other" }))
        .event("Own", &json!({ "handler_id": "scripted" }))
        .completed(&json!("fine"));
    let scripted = ScriptedServer::start(script).await;
    let other = ScriptedServer::described("other", "completed", "2026-11-20T11:28:10.036927+00:00");
    scripted.say("GET /handlers/other", canned(&other));
    scripted.say(
        "GET /events/other",
        Some(Canned {
            status: 204,
            content_type: "text/plain",
            body: String::new(),
        }),
    );
    let server = Server::in_front_of(&scripted.base());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_status("completed", RUN).await;
    page.open_event(1).await;
    assert!(
        !page.ask::<bool>("return !!part('named-run')", json!([])).await,
        "it names the run that is open"
    );
    page.open_event(0).await;
    page.press("Open run other").await;
    page.until_run("the other run", RUN, |run| run.handler == "other")
        .await;
}
