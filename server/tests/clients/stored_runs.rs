//! `AgentDataStore` of llama-agents-server: a run with a prompt, whose server and store are both killed, goes on.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::running::{Running, Store, folder, free_port};
use crate::{HERE, variable};

async fn ask(method: &str, address: String, body: Option<Value>) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client
        .request(method.parse().unwrap(), &address)
        .header("authorization", "Bearer secret");
    if let Some(body) = body {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{address}: {text}"))
}

/// Asks until an answer fits.
async fn until(what: &str, address: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = ask("GET", address.to_owned(), None).await;
        if fits(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: {answer}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
#[ignore = "needs llama-agents-server: cargo xtask test cloud"]
async fn a_run_goes_on_after_its_server_and_the_store_were_killed() {
    let Some(python) = variable("WORKFLOW_TEST_CURRENT") else {
        return;
    };
    let folder = folder();
    let file = folder.0.join("rows.db");
    let (store_port, port) = (free_port(), free_port());
    let store = Store::start_at(store_port, Some(&file));
    let serve = |base: &str| {
        let mut command = Command::new(&python);
        command
            .arg(format!("{HERE}/stored_runs.py"))
            .args([base, &port.to_string()]);
        Running::start(command, port)
    };
    let server = serve(&store.base);
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let begun = ask(
        "POST",
        at("/workflows/greeting/run-nowait"),
        Some(json!({ "start_event": {} })),
    )
    .await;
    let id = begun["handler_id"].as_str().unwrap().to_owned();
    // The prompt is in the store when the run waits for its answer.
    let base = store.base.clone();
    let records = |collection: &str| {
        let body = json!({ "deployment_name": "app", "collection": collection, "page_size": 1000, "order_by": "sequence" });
        let address = format!("{base}/api/v1/beta/agent-data/:search?project_id=p-1");
        ask("POST", address, Some(body))
    };
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let events = records("workflow_contexts_events").await.to_string();
        if events.contains("InputRequired") && events.contains("WorkflowIdle") {
            break;
        }
        assert!(Instant::now() < deadline, "no prompt: {events}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(server);
    drop(store);
    let store = Store::start_at(store_port, Some(&file));
    let _server = serve(&store.base);
    until("the run is there", &at(&format!("/handlers/{id}")), |handler| {
        handler["status"] == "running"
    })
    .await;
    let answer = json!({ "event": { "type": "HumanResponseEvent", "value": { "response": "Ada" } } });
    ask("POST", at(&format!("/events/{id}")), Some(answer)).await;
    let done = until("the run ends", &at(&format!("/handlers/{id}")), |handler| {
        handler["status"] != "running"
    })
    .await;
    assert_eq!(done["status"], "completed", "{done}");
    assert!(done["result"].to_string().contains("hi Ada 3"), "{done}");
}
