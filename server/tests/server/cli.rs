//! The command itself.

use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::support::{client, soon};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workflow-debugger"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Starts it on a free port and reads the address that it prints.
async fn started(arguments: &[&str]) -> (Child, String, Vec<String>) {
    let mut child = command(&[&["--port", "0"], arguments].concat())
        .spawn()
        .expect("the binary");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut said = Vec::new();
    while said.len() < 2 {
        said.push(
            soon("a line", lines.next_line())
                .await
                .expect("text")
                .expect("a line"),
        );
    }
    let page = said[0]
        .strip_prefix("Workflow debugger: ")
        .expect("the address line")
        .to_owned();
    (
        child,
        page.strip_suffix("/debugger/")
            .expect("the page's path")
            .to_owned(),
        said,
    )
}

async fn refused(arguments: &[&str]) -> String {
    let output = soon("the end", command(arguments).output())
        .await
        .expect("the binary");
    assert!(!output.status.success(), "{arguments:?} is no success");
    String::from_utf8(output.stderr).expect("text")
}

#[tokio::test]
async fn the_start_message_names_address_and_workflows() {
    let (_child, base, said) = started(&[]).await;
    assert!(!base.ends_with(":0"), "the real port is printed: {base}");
    assert!(
        said[1].contains("greeting") && said[1].contains("odd_events"),
        "{}",
        said[1]
    );
    let health = soon("health", client().get(format!("{base}/health")).send())
        .await
        .expect("an answer");
    assert_eq!(health.status(), 200);
    let faults = soon("faults", client().get(format!("{base}/_faults")).send())
        .await
        .expect("an answer");
    assert_eq!(faults.status(), 404, "faults must be asked for");
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_at_once_with_streams_open() {
    for signal in ["INT", "TERM"] {
        let (mut child, base, _) = started(&[]).await;
        let start = client()
            .post(format!("{base}/workflows/endless/run-nowait"))
            .header("content-type", "application/json")
            .body("{}");
        let text = soon("start", start.send())
            .await
            .expect("an answer")
            .text()
            .await
            .expect("text");
        let handler: serde_json::Value = serde_json::from_str(&text).expect("a handler");
        let id = handler["handler_id"].as_str().expect("an id");
        let stream = client()
            .get(format!("{base}/events/{id}?after_sequence=-1"))
            .send();
        let _open = soon("stream", stream).await.expect("a stream");
        let pid = child.id().expect("running").to_string();
        let sent = Command::new("kill")
            .args(["-s", signal, &pid])
            .status()
            .await
            .expect("kill");
        assert!(sent.success(), "{signal} was sent");
        let status = soon("the end", child.wait()).await.expect("a status");
        assert!(status.success(), "{signal}: {status}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_explained() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let words = refused(&["--port", &port]).await;
    assert!(
        words.contains(&format!("port {port} of 127.0.0.1 is in use")) && words.contains("--port 0"),
        "{words}"
    );
}

#[tokio::test]
async fn wrong_arguments_are_explained() {
    for (arguments, part) in [
        (["--allow-host", "http://x"], "a host name like debug.example.com"),
        (["--allow-host", "*"], "a host name like debug.example.com"),
        (
            ["--allow-origin", "app.example.com"],
            "an origin like https://app.example.com",
        ),
        (["--allow-origin", "*"], "an origin like https://app.example.com"),
        (["--token", "a b"], "a token consists of"),
        (["--upstream", "127.0.0.1:8000"], "write http://127.0.0.1:8000"),
        (
            ["--upstream", "ws://127.0.0.1:8000"],
            "begins with http:// or https://",
        ),
        (
            ["--upstream", "http://127.0.0.1:8000/workflows"],
            "write its base address, http://127.0.0.1:8000",
        ),
        (["--host", "nowhere"], "an address like 127.0.0.1"),
        (["--host", "203.0.113.7"], "is no address of this machine"),
        (
            ["--dist", "/no/such/folder"],
            "there is no index.html in /no/such/folder",
        ),
        (["--heartbeat", "soon"], "a number of seconds is needed"),
        (
            ["--prefix", "deployments"],
            "a path like /deployments/demo is needed",
        ),
    ] {
        let words = refused(&arguments).await;
        assert!(words.contains(part), "{arguments:?}: {words}");
    }
}

#[tokio::test]
async fn an_upstream_that_is_down_is_a_warning() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let upstream = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let (mut child, base, said) = started(&["--upstream", &upstream]).await;
    assert!(said[1].contains(&upstream), "{}", said[1]);
    let mut errors = child.stderr.take().expect("its errors");
    let mut words = String::new();
    while !words.contains("going on") {
        let mut some = [0; 256];
        let count = soon("a warning", errors.read(&mut some)).await.expect("text");
        assert_ne!(count, 0, "it ended: {words}");
        words.push_str(&String::from_utf8_lossy(&some[..count]));
    }
    assert!(words.contains("connection refused"), "{words}");
    let answer = soon("502", client().get(format!("{base}/workflows")).send())
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 502, "it goes on");
}

#[tokio::test]
async fn heartbeat_and_faults_can_be_set() {
    let (_child, base, _) = started(&["--heartbeat", "0.05", "--faults"]).await;
    let post = async |path: &str, body: String| {
        let sent = client()
            .post(format!("{base}{path}"))
            .header("content-type", "application/json")
            .body(body)
            .send();
        soon(path, async {
            sent.await.expect("an answer").text().await.expect("text")
        })
        .await
    };
    let started = post("/workflows/interview/run-nowait", json!({}).to_string()).await;
    let handler: serde_json::Value = serde_json::from_str(&started).expect("a handler");
    let id = handler["handler_id"].as_str().expect("an id");
    let stream = client()
        .get(format!("{base}/events/{id}?after_sequence=-1"))
        .send();
    let mut stream = soon("stream", stream).await.expect("a stream");
    let mut text = String::new();
    while !text.contains(": heartbeat\n\n") {
        let chunk = soon("a heartbeat", stream.chunk())
            .await
            .expect("bytes")
            .expect("more");
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert_eq!(post("/_faults/cut", String::new()).await, "{\"status\":\"ok\"}");
}

/// What it says to its standard error until the text appears.
async fn warned(child: &mut Child, text: &str) -> String {
    let mut errors = child.stderr.take().expect("its errors");
    let mut words = String::new();
    while !words.contains(text) {
        let mut some = [0; 256];
        let count = soon("a warning", errors.read(&mut some)).await.expect("text");
        assert_ne!(count, 0, "it ended: {words}");
        words.push_str(&String::from_utf8_lossy(&some[..count]));
    }
    words
}

#[tokio::test]
async fn beyond_loopback_the_start_message_explains_names_and_token() {
    let (mut child, _, _) = started(&["--host", "0.0.0.0"]).await;
    let words = warned(&mut child, "WORKFLOW_DEBUGGER_TOKEN").await;
    assert!(
        words.contains("--allow-host NAME") && words.contains("--token TOKEN"),
        "{words}"
    );
}

#[tokio::test]
async fn hosts_origins_and_a_token_can_be_given() {
    let (_child, base, _) = started(&[
        "--allow-host",
        "debug.example.com",
        "--allow-host",
        "other.example.com",
        "--allow-origin",
        "https://app.example.com",
        "--token",
        "s3cret",
    ])
    .await;
    for host in ["debug.example.com", "other.example.com", "localhost"] {
        let request = client()
            .get(format!("{base}/health"))
            .header("host", host)
            .header("origin", "https://app.example.com")
            .header("authorization", "Bearer s3cret");
        let answer = soon("health", request.send()).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{host}");
        assert_eq!(
            answer.headers()["access-control-allow-origin"],
            "https://app.example.com"
        );
    }
    let answer = soon("health", client().get(format!("{base}/health")).send()).await;
    assert_eq!(answer.expect("an answer").status(), 401);
}

#[tokio::test]
async fn a_token_can_be_given_by_the_environment_and_is_never_printed() {
    let mut child = command(&["--port", "0"])
        .env("WORKFLOW_DEBUGGER_TOKEN", "s3cret")
        .spawn()
        .expect("the binary");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line = soon("a line", lines.next_line())
        .await
        .expect("text")
        .expect("a line");
    let base = line
        .strip_prefix("Workflow debugger: ")
        .and_then(|page| page.strip_suffix("/debugger/"))
        .expect("the address");
    let answer = soon("health", client().get(format!("{base}/health")).send()).await;
    assert_eq!(answer.expect("an answer").status(), 401);
    for (given, name) in [("", "an empty one"), ("s3 cret", "one with a space")] {
        let output = command(&["--port", "0"])
            .env("WORKFLOW_DEBUGGER_TOKEN", given)
            .output();
        let output = soon("the end", output).await.expect("the binary");
        let words = String::from_utf8(output.stderr).expect("text");
        assert!(
            !output.status.success() && words.contains("a token consists of"),
            "{name}: {words}"
        );
        assert!(
            given.is_empty() || !words.contains(given),
            "{name} is printed: {words}"
        );
    }
}

#[tokio::test]
async fn upstreams_with_names_are_served_beside_the_demo() {
    let behind = crate::support::Server::demo().await;
    let argument = format!("orders={}", behind.base);
    let (mut child, base, said) = started(&["--upstream", &argument]).await;
    assert!(
        said[1].contains("greeting"),
        "the root stays the demo's: {}",
        said[1]
    );
    let health = format!("{base}/upstreams/orders/health");
    let answer = soon("health", client().get(health).send())
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    child.kill().await.expect("its end");
}

#[tokio::test]
async fn ambiguous_upstreams_are_refused() {
    for (arguments, part) in [
        (
            &["--upstream", "a=http://h:1", "--upstream", "a=http://h:2"][..],
            "have the name a",
        ),
        (
            &["--upstream", "a=http://h:1", "--upstream", "b=http://h:1/"],
            "a and b have the same address",
        ),
        (
            &["--upstream", "http://h:1", "--upstream", "http://h:2"],
            "one upstream without a name",
        ),
        (&["--upstream", "A=http://h:1"], "small letters"),
        (&["--upstream", "a=h:1"], "write http://h:1"),
        (&["--prefix", "/upstreams/x"], "a path like"),
    ] {
        let words = refused(arguments).await;
        assert!(words.contains(part), "{arguments:?}: {words}");
    }
}

#[tokio::test]
async fn tokens_of_upstreams_stay_on_this_machine_without_a_token_of_ours() {
    let tokened = |arguments: &[&str], token: &str| {
        let mut command = command(
            &[
                &["--port", "0", "--upstream", "my-app=http://127.0.0.1:9"],
                arguments,
            ]
            .concat(),
        );
        command.env("WORKFLOW_DEBUGGER_UPSTREAM_TOKEN_MY_APP", token);
        command
    };
    let output = tokened(&["--host", "0.0.0.0"], "s3cret").output();
    let output = soon("the end", output).await.expect("the binary");
    let words = String::from_utf8(output.stderr).expect("text");
    assert!(
        !output.status.success() && words.contains("--token TOKEN"),
        "{words}"
    );
    assert!(!words.contains("s3cret"), "{words}");
    let output = soon("the end", tokened(&[], "s3 cret").output())
        .await
        .expect("the binary");
    let words = String::from_utf8(output.stderr).expect("text");
    assert!(
        words.contains("WORKFLOW_DEBUGGER_UPSTREAM_TOKEN_MY_APP: a token consists of")
            && !words.contains("s3 cret"),
        "{words}"
    );
}
