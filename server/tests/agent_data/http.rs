//! What a store is beside its answers: guarded, faulty on demand, and still there after its process was killed.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::kit::{Folder, PREFIX, Server};

#[tokio::test]
async fn the_token_is_required_as_bearer_or_cookie() {
    let server = Server::guarded("s3cret").await;
    let body = || Some(json!({ "deployment_name": "app" }).to_string());
    for headers in [&[][..], &[("authorization", "Bearer other")]] {
        let answer = server.ask("POST", "/:search", headers, body()).await;
        assert_eq!(answer.status, 401);
        assert!(answer.json()["detail"].is_string());
    }
    for headers in [
        [("authorization", "Bearer s3cret")],
        [("cookie", "session=s3cret")],
    ] {
        assert_eq!(server.ask("POST", "/:search", &headers, body()).await.status, 200);
    }
    assert_eq!(
        server
            .ask("POST", "/_faults", &[], Some("[]".to_owned()))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn foreign_pages_are_kept_out() {
    let server = Server::memory().await;
    let origin = ("origin", "https://evil.example");
    let body = json!({ "deployment_name": "app", "data": {} }).to_string();
    let answer = server.ask("POST", "", &[origin], Some(body.clone())).await;
    assert_eq!(answer.status, 403);
    let answer = server.ask("DELETE", "/x", &[origin], None).await;
    assert_eq!(answer.status, 403);
    let rebound = server.ask("GET", "/x", &[("host", "evil.example")], None).await;
    assert_eq!(rebound.status, 403);
    // A page of this machine may, with the headers of the official clients.
    let preflight = [
        ("origin", "http://localhost:3000"),
        ("access-control-request-method", "PUT"),
        (
            "access-control-request-headers",
            "authorization,content-type,project-id,x-stainless-arch,x-sdk-name",
        ),
    ];
    let answer = server.ask("OPTIONS", "/x", &preflight, None).await;
    let header = |name: &str| {
        answer
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    assert_eq!(header("access-control-allow-origin"), "http://localhost:3000");
    assert_eq!(header("access-control-allow-credentials"), "true");
    assert_eq!(header("access-control-allow-methods"), "PUT");
    assert!(header("access-control-allow-headers").contains("x-stainless-arch"));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let untyped = client
        .post(format!("{}{PREFIX}", server.base))
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(
        untyped.status(),
        415,
        "a form or an untyped body is sent without asking"
    );
}

#[tokio::test]
async fn faults_come_in_order_and_end() {
    let server = Server::memory().await;
    let id = server.create(json!({ "n": 1 })).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/{id}");
    let faults = json!([
        { "status": 503, "headers": { "retry-after": "1" }, "body": { "detail": "busy" } },
        { "status": 500, "body": "<h1>broken</h1>" },
        {},
        { "cut": 5 },
        { "status": 502, "carried_out": true },
    ]);
    assert_eq!(server.post("/_faults", faults).await.status, 200);
    let busy = server.ask("GET", &path, &[], None).await;
    assert_eq!((busy.status, busy.json()), (503, json!({ "detail": "busy" })));
    assert_eq!(busy.headers["retry-after"], "1");
    let page = server.ask("GET", &path, &[], None).await;
    assert_eq!((page.status, page.text.as_str()), (500, "<h1>broken</h1>"));
    assert_eq!(page.headers["content-type"], "text/html");
    assert_eq!(server.ask("GET", &path, &[], None).await.status, 200);
    assert!(
        server.try_ask("GET", &path, &[], None).await.is_err(),
        "the answer breaks off"
    );
    assert_eq!(server.ask("DELETE", &path, &[], None).await.status, 502);
    assert_eq!(
        server.ask("GET", &path, &[], None).await.status,
        404,
        "it was carried out"
    );
    server.post("/_faults", json!([{ "status": 503 }])).await;
    server.post("/_faults", json!([])).await;
    assert_eq!(server.query("/:search", json!({})).await.status, 200);
    assert_eq!(
        server.post("/_faults", json!([{ "stauts": 1 }])).await.status,
        400
    );
}

/// The program, killed when it is dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workflow-debugger"));
    command
        .args(arguments)
        .env_remove("WORKFLOW_DEBUGGER_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts the program and reads its address.
fn start(file: &str) -> (Program, String) {
    use std::io::{BufRead as _, BufReader};
    let arguments = ["--port", "0", "--agent-data", "--data", file];
    let mut child = command(&arguments).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let base = first.strip_prefix("Workflow debugger: ").unwrap();
    let base = base.strip_suffix("/debugger/").unwrap().to_owned();
    std::thread::spawn(move || lines.for_each(drop));
    (Program(child), base)
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let folder = Folder::new();
    let file = folder.0.join("rows.db");
    let file = file.to_str().unwrap();
    // A connection that is kept belongs to the program that was killed.
    let client = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    let mut written = Vec::new();
    for round in 0..3 {
        let (program, base) = start(file);
        let address = format!("{base}{PREFIX}");
        for _ in 0..20 {
            let body = json!({ "deployment_name": "app", "data": { "n": written.len() } });
            let request = client
                .post(&address)
                .header("content-type", "application/json")
                .body(body.to_string());
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200);
            written.push(answer.text().await.unwrap());
        }
        // SIGKILL, in the middle of a request.
        let half = client
            .post(&address)
            .header("content-type", "application/json")
            .body("{}")
            .send();
        let killed = async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            drop(program);
        };
        let _ = tokio::join!(half, killed);
        let (_program, base) = start(file);
        for record in &written {
            let id = serde_json::from_str::<serde_json::Value>(record).unwrap()["id"].clone();
            let path = format!("{base}{PREFIX}/{}", id.as_str().unwrap());
            let read = client.get(path).send().await.unwrap().text().await.unwrap();
            assert_eq!(read, *record, "round {round}");
        }
    }
    #[cfg(unix)]
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}

#[test]
fn what_cannot_be_served_safely_is_refused() {
    let folder = Folder::new();
    let foreign = folder.0.join("foreign.db");
    std::fs::write(
        &foreign,
        "this is no database, whatever its name says: ".repeat(40),
    )
    .unwrap();
    let missing = folder.0.join("no/such/folder/rows.db");
    for (arguments, words) in [
        (vec!["--agent-data", "--host", "0.0.0.0"], "--token"),
        (vec!["--data", "x.db"], "--agent-data"),
        (
            vec!["--agent-data", "--data", foreign.to_str().unwrap()],
            "not a database",
        ),
        (
            vec!["--agent-data", "--data", missing.to_str().unwrap()],
            "No such file",
        ),
    ] {
        let output = command(&[&["--port", "0"], &arguments[..]].concat())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains(words),
            "{arguments:?}: {said}"
        );
    }
}

#[tokio::test]
async fn the_demo_extraction_writes_a_record_to_review() {
    let server = Server::memory().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let run = async |event: serde_json::Value| {
        let body = json!({ "start_event": event }).to_string();
        let request = client.post(format!("{}/workflows/extraction/run", server.base));
        let answer = request
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap();
        let text = answer.text().await.unwrap();
        let handler: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(handler["status"], "completed", "{text}");
        handler["result"]["value"]["item_id"]
            .as_str()
            .unwrap_or_else(|| panic!("no item: {text}"))
            .to_owned()
    };
    let first = run(json!({})).await;
    let read = server.ask("GET", &format!("/{first}"), &[], None).await.json();
    assert_eq!(read["deployment_name"], "_public");
    let data = &read["data"];
    assert_eq!(data["data"]["vendor"], "Example Ltd");
    assert_eq!(
        data["data"]["items"][1],
        json!({ "name": "Printer ink", "quantity": 2.0, "price": 24.0 })
    );
    assert_eq!(data["status"], "pending_review");
    assert_eq!(
        data["field_metadata"]["total"]["citation"][0]["matching_text"],
        "Total: 61.50"
    );
    assert_eq!(data["file_hash"].as_str().unwrap().len(), 64);
    let again = run(json!({})).await;
    assert_ne!(again, first);
    assert_eq!(
        server.ask("GET", &format!("/{first}"), &[], None).await.status,
        404,
        "it was replaced"
    );
    run(json!({ "text": "Vendor: A\nTotal: unreadable", "file_name": "b.txt" })).await;
    let found = server.post("/:search", json!({ "deployment_name": "_public", "collection": "extraction", "order_by": "overall_confidence" })).await;
    let found = found.json();
    assert_eq!(
        found["items"][0]["data"]["field_metadata"]["total"]["confidence"],
        0.0
    );
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_store_is_there_in_front_of_an_upstream() {
    let server = Server::before_an_upstream().await;
    let made = server.create(json!({ "n": 1 })).await;
    let path = format!("/{}", made["id"].as_str().unwrap());
    assert_eq!(server.ask("GET", &path, &[], None).await.json(), made);
    assert_eq!(server.query("/:search", json!({})).await.numbers(), [1]);
    let untyped = reqwest::Client::builder().no_proxy().build().unwrap();
    let untyped = untyped
        .post(format!("{}{PREFIX}", server.base))
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(untyped.status(), 415);
}
