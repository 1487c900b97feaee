//! Events that come twice, as browsers send them when a connection breaks.

use std::time::Duration;

use axum::Router;
use axum::routing::post;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};

use crate::proxy::{in_front_of, upstream};
use crate::support::{Answer, Next, Server, client, soon};

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
    let mut request = client()
        .post(format!("{}/events/{id}", server.base))
        .body(body(response));
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
async fn an_event_that_comes_twice_is_taken_once() {
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
async fn events_without_a_key_are_all_taken() {
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
        "POST /events/h1 HTTP/1.1\r\nhost: h\r\nidempotency-key: k1\r\ncontent-length: {}\r\n\r\n{body}",
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
