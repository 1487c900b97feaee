//! Tests of the test harness itself.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "tests report by failing")]

use std::time::Duration;

use futures::StreamExt as _;
use serde_json::json;
use workflow_tests::{Api, Canned, FaultProxy, Script, ScriptedServer, run_alone, until};

const LIMIT: Duration = Duration::from_secs(20);

fn target(server: &ScriptedServer) -> std::net::SocketAddr {
    server
        .base()
        .trim_start_matches("http://")
        .parse()
        .expect("an address")
}

fn three_events() -> Script {
    let event = |script: Script, step: u64| script.event("Progress", &json!({ "step": step }));
    event(event(event(Script::new(), 1), 2), 3)
}

/// Reads a stream to its end: the number of bytes, and whether it was broken.
async fn read(url: &str) -> (usize, bool) {
    let Ok(response) = reqwest::get(url).await else {
        return (0, true);
    };
    let mut stream = response.bytes_stream();
    let mut bytes = 0;
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => bytes += chunk.len(),
            Err(_) => return (bytes, true),
        }
    }
    (bytes, false)
}

#[test]
fn a_script_is_served_literally() {
    run_alone(LIMIT, async || {
        let server = ScriptedServer::start(three_events().completed(&json!("done"))).await;
        let api = Api::new(&server.base());
        let handler = api.start("scripted", json!({})).await;
        let classes: Vec<String> = api
            .events(&handler, true)
            .await
            .iter()
            .map(|event| event.class().to_owned())
            .collect();
        assert_eq!(
            classes,
            ["Progress", "Progress", "Progress", "StopEvent"],
            "the frames of the script, in order"
        );
        assert_eq!(
            api.handler(&handler).await["status"],
            "completed",
            "a complete script means completed"
        );
        let rest = api
            .send("GET", &format!("/events/{handler}?after_sequence=3"), None)
            .await;
        assert_eq!(rest.status, 204, "nothing is left after the last id");
    });
}

#[test]
fn a_script_sends_the_given_responses() {
    run_alone(LIMIT, async || {
        let server = ScriptedServer::start(Script::new()).await;
        server.say("GET /workflows", Some(Canned::html(500, "<h1>Oops</h1>")));
        let api = Api::new(&server.base());
        let answer = api.send("GET", "/workflows", None).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (500, "<h1>Oops</h1>"),
            "the canned words"
        );
        server.say("GET /workflows", None);
        assert_eq!(
            api.get("/workflows").await["workflows"][0],
            "scripted",
            "the script's own words again"
        );
    });
}

#[test]
fn a_healthy_proxy_changes_nothing() {
    run_alone(LIMIT, async || {
        let server = ScriptedServer::start(three_events().completed(&json!("done"))).await;
        let proxy = FaultProxy::start(target(&server)).await;
        let direct = Api::new(&server.base()).events(server.handler(), true).await;
        let passed = Api::new(&proxy.origin()).events(server.handler(), true).await;
        assert_eq!(direct, passed, "the same events through the proxy");
        assert_eq!(
            (proxy.streams(), proxy.cuts()),
            (1, 0),
            "one stream was asked for, none was cut"
        );
    });
}

#[test]
fn a_cut_breaks_only_open_streams() {
    run_alone(LIMIT, async || {
        let server = ScriptedServer::start(three_events()).await;
        let proxy = FaultProxy::start(target(&server)).await;
        let url = format!("{}/events/{}?after_sequence=-1", proxy.origin(), server.handler());
        let reading = tokio::spawn(async move { read(&url).await });
        until("the stream to be asked for", LIMIT, async || {
            match proxy.streams() {
                1 => Ok(()),
                streams => Err(format!("{streams} streams")),
            }
        })
        .await;
        proxy.cut();
        let (_, broke) = reading.await.unwrap();
        assert!(broke, "an open stream must break and not end");
        assert_eq!(
            Api::new(&proxy.origin()).get("/health").await["status"],
            "healthy",
            "new connections are served"
        );
    });
}

#[test]
fn streams_are_cut_after_the_given_number_of_bytes() {
    run_alone(LIMIT, async || {
        let server = ScriptedServer::start(three_events()).await;
        let proxy = FaultProxy::start(target(&server)).await;
        proxy.cut_streams_after(Some(300));
        let url = format!("{}/events/{}?after_sequence=-1", proxy.origin(), server.handler());
        let (bytes, broke) = read(&url).await;
        assert!(broke, "the stream must break");
        assert!(
            bytes < 300,
            "the head counts too, so fewer than 300 bytes of the body can have come: {bytes}"
        );
        proxy.cut_streams_after(None);
        assert_eq!(
            Api::new(&proxy.origin())
                .events_so_far(server.handler(), true)
                .await
                .len(),
            3,
            "healed"
        );
    });
}

#[test]
fn a_refusing_proxy_refuses() {
    run_alone(LIMIT, async || {
        let server = ScriptedServer::start(Script::new()).await;
        let proxy = FaultProxy::start(target(&server)).await;
        proxy.refuse(true);
        assert!(
            reqwest::get(format!("{}/health", proxy.origin())).await.is_err(),
            "refused while it refuses"
        );
        proxy.refuse(false);
        assert!(
            reqwest::get(format!("{}/health", proxy.origin())).await.is_ok(),
            "served again afterwards"
        );
    });
}
