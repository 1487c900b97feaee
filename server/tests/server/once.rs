//! Requests that come twice, as browsers send them when a connection breaks.

use std::time::Duration;

use axum::Router;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use crate::proxy::{in_front_of, upstream};
use crate::support::{Answer, Next, Server, client, soon, until};

/// A run that asks for a name.
struct Asking {
    server: Server,
    id: String,
    /// Where the workflows are, if not in the server itself.
    _behind: Option<Server>,
}

/// One on the demo workflows, and one on those behind another server.
async fn asking() -> [Asking; 2] {
    let behind = Server::demo().await;
    let front = in_front_of(&behind.base).await;
    [
        Asking::begin(Server::demo().await, None).await,
        Asking::begin(front, Some(behind)).await,
    ]
}

impl Asking {
    async fn begin(server: Server, behind: Option<Server>) -> Self {
        let id = server.begin("interview", json!({})).await;
        classes_until(&server, &id, "InputRequiredEvent").await;
        Self {
            server,
            id,
            _behind: behind,
        }
    }
}

async fn send(server: &Server, id: &str, key: Option<&str>, response: &str) -> Answer {
    ask(server, &format!("/events/{id}"), key, body(response)).await
}

async fn ask(server: &Server, path: &str, key: Option<&str>, body: String) -> Answer {
    let mut request = client()
        .post(format!("{}{path}", server.base))
        .header("content-type", "application/json")
        .body(body);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    Answer::read(soon("an answer", request.send()).await.expect("an answer")).await
}

fn body(response: &str) -> String {
    json!({ "event": { "type": "HumanResponseEvent", "value": { "response": response } } }).to_string()
}

/// The classes of a run's events so far, the internal ones too, to the first that is one of these.
async fn classes_until(server: &Server, id: &str, last: &str) -> Vec<String> {
    let mut events = server.events(id, "after_sequence=-1&include_internal=true").await;
    let mut classes = Vec::new();
    while classes.last().is_none_or(|class| class != last) {
        match events.next().await {
            Next::Event { data, .. } => classes.push(data["type"].as_str().unwrap_or("?").to_owned()),
            Next::Comment(_) => {}
            end => panic!("no {last} but {end:?} after {classes:?}"),
        }
    }
    classes
}

#[tokio::test]
async fn a_repeated_event_counts_once() {
    for Asking { server, id, .. } in &asking().await {
        let (first, second) = tokio::join!(
            send(server, id, Some("k1"), "Ada"),
            send(server, id, Some("k1"), "Ada")
        );
        let third = send(server, id, Some("k1"), "Ada").await;
        for answer in [first, second, third] {
            assert_eq!(
                (answer.status, answer.text.as_str()),
                (200, r#"{"status":"sent"}"#)
            );
        }
        server.answer(id, "Answer", json!({ "choice": "tea" })).await;
        let classes = classes_until(server, id, "StopEvent").await;
        assert!(
            !classes.iter().any(|class| class == "UnhandledEvent"),
            "nothing came twice: {classes:?}"
        );
        let late = send(server, id, Some("k2"), "Ada").await;
        assert_eq!(late.status, 409, "another key is another event");
        let again = send(server, id, Some("k1"), "Ada").await;
        assert_eq!(again.status, 200, "the answer stays what it was");
        let other = send(server, id, Some("k1"), "Bob").await;
        assert_eq!(other.status, 409, "so is another content");
    }
}

#[tokio::test]
async fn events_without_a_key_all_count() {
    for Asking { server, id, .. } in &asking().await {
        send(server, id, None, "Ada").await;
        send(server, id, None, "Ada").await;
        classes_until(server, id, "UnhandledEvent").await;
    }
}

#[tokio::test]
async fn a_client_that_goes_before_its_answer_gets_it_when_it_comes_again() {
    let (arrivals, mut arrived) = mpsc::unbounded_channel();
    let (go, gone) = watch::channel(false);
    let slow = Router::new().route(
        "/events/h1",
        post(async move || {
            let _ = arrivals.send(());
            let _ = gone.clone().wait_for(|gone| *gone).await;
            "{\"status\":\"sent\"}"
        }),
    );
    let front = in_front_of(&upstream(slow).await).await;
    let address = front.base.strip_prefix("http://").expect("an address");
    let mut hasty = TcpStream::connect(address).await.expect("a connection");
    let body = body("Ada");
    let request = format!(
        "POST /events/h1 HTTP/1.1\r\nhost: {address}\r\nidempotency-key: k1\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    hasty.write_all(request.as_bytes()).await.expect("written");
    soon("the event upstream", arrived.recv()).await;
    hasty.set_zero_linger().expect("a reset");
    drop(hasty);
    let again = send(&front, "h1", Some("k1"), "Ada");
    let (again, ()) = tokio::join!(again, async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        go.send_replace(true);
    });
    assert_eq!((again.status, again.text.as_str()), (200, r#"{"status":"sent"}"#));
    assert!(arrived.try_recv().is_err(), "it went upstream once");
}

/// The embedded workflows, and those behind another server, which is given too.
async fn both() -> [(Server, Option<Server>); 2] {
    let behind = Server::demo().await;
    let front = in_front_of(&behind.base).await;
    [(Server::demo().await, None), (front, Some(behind))]
}

#[tokio::test]
async fn a_repeated_continuation_starts_one_run() {
    // A page continued a quick handler twice, or was answered that it is still running, when its browser sent the start again.
    for (server, _behind) in &both().await {
        let path = "/workflows/greeting/run-nowait";
        let start = || json!({ "start_event": { "name": "Ada" }, "handler_id": "one" }).to_string();
        let run_id = |answer: &Answer| {
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer.json()["run_id"].clone()
        };
        let first = run_id(&ask(server, path, Some("k1"), start()).await);
        let ended = async || {
            let status = async || server.status("one").await == "completed";
            until("the end of the run", status).await;
        };
        ended().await;
        let continued = run_id(&ask(server, path, Some("k2"), start()).await);
        assert_ne!(first, continued, "another key is another start");
        ended().await;
        let again = run_id(&ask(server, path, Some("k2"), start()).await);
        assert_eq!(continued, again, "the answer of before");
        let handler = server.get("/handlers/one").await.json();
        assert_eq!(handler["run_id"], continued, "no third run");
    }
}

#[tokio::test]
async fn a_repeated_cancel_gets_the_same_response() {
    for (server, _behind) in &both().await {
        let id = server.begin("endless", json!({})).await;
        let path = format!("/handlers/{id}/cancel");
        let cancel = async |query: &str, key: Option<&str>| {
            let answer = ask(server, &format!("{path}{query}"), key, String::new()).await;
            (answer.status, answer.json()["status"].clone())
        };
        let cancelled = (200, json!("cancelled"));
        assert_eq!(cancel("", Some("k1")).await, cancelled);
        assert_eq!(cancel("", Some("k1")).await, cancelled);
        assert_eq!(
            cancel("", Some("k2")).await,
            (404, Value::Null),
            "nothing is left to cancel"
        );
        assert_eq!(
            cancel("?purge=true", Some("k1")).await,
            (200, json!("deleted")),
            "deleting is something else"
        );
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_refuses_nothing() {
    // A page took the 500 for a refusal and offered the prompt again, although its answer had arrived.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let front = in_front_of(&format!("http://{}", listener.local_addr().expect("an address"))).await;
    let (arrivals, mut arrived) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let _ = arrivals.send(());
            let mut some = [0; 4096];
            let _ = socket.read(&mut some).await;
            let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\":";
            let _ = socket.write_all(half).await;
        }
    });
    for time in ["the first time", "the second time"] {
        let answer = send(&front, "h1", Some("k1"), "Ada").await;
        assert_eq!(answer.status, 502, "{time}: {}", answer.text);
        assert!(answer.json()["detail"].is_string(), "{time}: {}", answer.text);
    }
    arrived.recv().await.expect("the first");
    assert!(arrived.try_recv().is_err(), "it went upstream once");
}

#[tokio::test]
async fn a_large_answer_reaches_one_who_waits_for_it_and_is_not_kept() {
    let (arrivals, mut arrived) = mpsc::unbounded_channel();
    let (go, gone) = watch::channel(false);
    let large = Router::new().route(
        "/events/h1",
        post(async move || {
            let _ = arrivals.send(());
            let _ = gone.clone().wait_for(|gone| *gone).await;
            "x".repeat(64 * 1024 + 1)
        }),
    );
    let front = in_front_of(&upstream(large).await).await;
    let waiting = || send(&front, "h1", Some("k1"), "Ada");
    let (first, second, ()) = tokio::join!(waiting(), waiting(), async {
        soon("the event upstream", arrived.recv()).await;
        // Both wait by now.
        tokio::time::sleep(Duration::from_millis(50)).await;
        go.send_replace(true);
    });
    let mut answers = [first, second].map(|answer| (answer.status, answer.text.len() > 64 * 1024));
    answers.sort_unstable();
    assert_eq!(answers, [(200, true), (502, false)]);
    let late = waiting().await;
    assert_eq!(late.status, 502, "what it came to is not known any longer");
    assert!(arrived.try_recv().is_err(), "it went upstream once");
}
