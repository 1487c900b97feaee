//! Bounds: how much a client can make the server hold and do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::post;
use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use workflow_debugger::Options;

use crate::proxy::{in_front_of, upstream};
use crate::support::{Answer, Next, Server, client, soon, until};

const MEGABYTE: usize = 1024 * 1024;

async fn post_text(server: &Server, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
    let request = client().post(format!("{}{path}", server.base)).body(body);
    let mut request = request.header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::read(soon(path, request.send()).await.expect("an answer")).await
}

fn greeting(name: &str) -> String {
    json!({ "start_event": { "name": name } }).to_string()
}

fn answer_of(name: &str) -> String {
    json!({ "event": { "type": "HumanResponseEvent", "value": { "response": name } } }).to_string()
}

#[tokio::test]
async fn our_own_routes_refuse_more_than_16_mb() {
    // A body of any size was read into memory.
    let server = Server::demo().await;
    let id = server.begin("interview", json!({})).await;
    for path in [
        "/workflows/greeting/run-nowait".to_owned(),
        "/workflows/greeting/run".to_owned(),
        format!("/events/{id}"),
    ] {
        let answer = post_text(&server, &path, &[], greeting(&"x".repeat(16 * MEGABYTE))).await;
        assert_eq!(answer.status, 413, "{path}");
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.contains("16 MB"), "{path}: {detail}");
    }
    let answer = post_text(
        &server,
        "/workflows/greeting/run-nowait",
        &[],
        greeting(&"x".repeat(3 * MEGABYTE)),
    )
    .await;
    assert_eq!(answer.status, 200, "3 MB are taken");
}

/// An upstream that reports the length of each body that it gets.
async fn measuring() -> (Server, mpsc::UnboundedReceiver<usize>) {
    let (lengths, arrived) = mpsc::unbounded_channel();
    let route = post(async move |body: Bytes| {
        let _ = lengths.send(body.len());
        "{\"status\":\"sent\"}"
    });
    let app = Router::new()
        .route("/events/{id}", route)
        .layer(DefaultBodyLimit::disable());
    (in_front_of(&upstream(app).await).await, arrived)
}

#[tokio::test]
async fn a_request_with_a_key_has_1_mb_at_most() {
    let (front, mut arrived) = measuring().await;
    let large = answer_of(&"x".repeat(20 * MEGABYTE));
    let keyed = post_text(
        &front,
        "/events/h1",
        &[("idempotency-key", "\"k\"")],
        large.clone(),
    )
    .await;
    assert_eq!(keyed.status, 413);
    let detail = keyed.json()["detail"].as_str().unwrap_or_default().to_owned();
    assert!(
        detail.contains("1 MB") && detail.contains("Idempotency-Key"),
        "{detail}"
    );
    let length = large.len();
    let plain = post_text(&front, "/events/h1", &[], large).await;
    assert_eq!(plain.status, 200, "without a key there is no limit");
    assert_eq!(
        arrived.try_recv(),
        Ok(length),
        "the other one did not go upstream"
    );
}

#[tokio::test]
async fn an_incomplete_request_with_a_key_ends_with_its_client() {
    let (front, mut arrived) = measuring().await;
    let address = front.base.strip_prefix("http://").expect("an address");
    let mut hasty = TcpStream::connect(address).await.expect("a connection");
    let half = b"POST /events/h1 HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nidempotency-key: \"k\"\r\ncontent-length: 100\r\n\r\n{\"event\":";
    hasty.write_all(half).await.expect("written");
    drop(hasty);
    let whole = post_text(
        &front,
        "/events/h1",
        &[("idempotency-key", "\"k\"")],
        "{}".to_owned(),
    )
    .await;
    assert_eq!(whole.status, 200);
    assert_eq!(arrived.try_recv(), Ok(2), "the half one did not go upstream");
}

/// An upstream whose answer is large, and does not end before it may.
async fn slow_and_large() -> (Server, watch::Sender<bool>, mpsc::UnboundedReceiver<()>) {
    let (go, gone) = watch::channel(false);
    let (ends, ended) = mpsc::unbounded_channel();
    let route = post(async move || {
        let (mut gone, ends) = (gone.clone(), ends.clone());
        let body = async_stream::stream! {
            yield Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 65 * 1024]));
            let _ = gone.wait_for(|gone| *gone).await;
            for _ in 0..32 {
                yield Ok(Bytes::from(vec![b'y'; 64 * 1024]));
            }
            let _ = ends.send(());
        };
        Body::from_stream(body)
    });
    let app = Router::new().route("/events/{id}", route);
    (in_front_of(&upstream(app).await).await, go, ended)
}

#[tokio::test]
async fn a_large_answer_to_a_request_with_a_key_comes_as_it_is_made() {
    // It was buffered to its end, however large it was.
    let (front, go, _ended) = slow_and_large().await;
    let request = client()
        .post(format!("{}/events/h1", front.base))
        .header("idempotency-key", "\"k\"")
        .header("content-type", "application/json")
        .body("{}");
    let answer = soon("the head", request.send()).await.expect("an answer");
    let mut chunks = answer.bytes_stream();
    let mut length = 0;
    while length < 65 * 1024 {
        length += soon("a piece", chunks.next())
            .await
            .expect("a piece")
            .expect("bytes")
            .len();
    }
    go.send_replace(true);
    while let Some(chunk) = soon("a piece", chunks.next()).await {
        length += chunk.expect("bytes").len();
    }
    assert_eq!(length, (65 + 32 * 64) * 1024);
}

#[tokio::test]
async fn a_large_answer_is_read_to_its_end_when_its_client_leaves() {
    let (front, go, mut ended) = slow_and_large().await;
    let request = client()
        .post(format!("{}/events/h1", front.base))
        .header("idempotency-key", "\"k\"")
        .header("content-type", "application/json")
        .body("{}");
    let answer = soon("the head", request.send()).await.expect("an answer");
    drop(answer);
    go.send_replace(true);
    soon("the end upstream", ended.recv()).await.expect("its end");
}

#[tokio::test]
async fn an_answer_is_replayed_to_its_caller_only_and_without_cookies() {
    // A client that knew the key and the body of another user's request got its answer, with the session in it.
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let route = post(async move || {
        let number = counted.fetch_add(1, Ordering::Relaxed);
        let cookies = [(header::SET_COOKIE, format!("session={number}"))];
        (StatusCode::OK, cookies, number.to_string()).into_response()
    });
    let app = Router::new().route("/events/{id}", route);
    let front = in_front_of(&upstream(app).await).await;
    let ask = async |headers: &[(&str, &str)]| {
        let headers = [headers, &[("idempotency-key", "\"k\"")]].concat();
        let answer = post_text(&front, "/events/h1", &headers, "{}".to_owned()).await;
        (answer.text.clone(), answer.header("set-cookie").to_owned())
    };
    let answer = |number: &str, cookie: &str| (number.to_owned(), cookie.to_owned());
    let alice: &[(&str, &str)] = &[("authorization", "Bearer alice")];
    assert_eq!(ask(alice).await, answer("0", "session=0"));
    assert_eq!(ask(alice).await, answer("0", ""), "the cookie is not replayed");
    assert_eq!(
        ask(&[("authorization", "Bearer bob")]).await,
        answer("1", "session=1")
    );
    assert_eq!(ask(&[]).await, answer("2", "session=2"));
    assert_eq!(ask(&[("cookie", "a=1")]).await, answer("3", "session=3"));
    assert_eq!(ask(&[("cookie", "a=1")]).await, answer("3", ""));
}

#[tokio::test]
async fn many_undeclared_keys_and_many_unique_items_are_checked_in_time() {
    // 80 000 undeclared keys took 30 s and nothing else was answered: each key was searched for in a list of the others.
    let server = Server::demo().await;
    let mut fields = serde_json::Map::new();
    fields.insert("name".to_owned(), json!("Ada"));
    for number in 0..100_000 {
        fields.insert(format!("key {number}"), json!(number));
    }
    let path = "/workflows/greeting/run-nowait";
    let answer = post_text(&server, path, &[], json!({ "start_event": fields }).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let tags: Vec<String> = (0..100_000).map(|number| format!("tag {number}")).collect();
    let order = json!({ "start_event": { "tags": tags } }).to_string();
    let answer = post_text(&server, "/workflows/rich_form/run-nowait", &[], order).await;
    assert_eq!(answer.status, 400, "other fields are missing: {}", answer.text);
}

#[tokio::test]
async fn a_value_with_many_problems_is_refused_in_few_words() {
    // An answer could be many times as large as the request that it refused.
    let server = Server::demo().await;
    let labels: serde_json::Map<String, Value> = (0..50_000)
        .map(|number| (format!("label {number}"), json!(number)))
        .collect();
    let order = json!({ "start_event": { "labels": labels } }).to_string();
    let answer = post_text(&server, "/workflows/rich_form/run-nowait", &[], order).await;
    assert_eq!(answer.status, 400);
    let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
    let count = detail
        .split("Failed to deserialize event: ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    let count: usize = count.and_then(|count| count.parse().ok()).unwrap_or_default();
    assert!(count > 50_000, "all are counted: {}", &detail[..100]);
    assert!(detail.len() < 2 * MEGABYTE, "{} bytes", detail.len());
}

async fn small_store(store_bytes: usize) -> Server {
    Server::start(Options {
        store_bytes,
        ..Options::default()
    })
    .await
}

async fn handlers(server: &Server) -> Vec<Value> {
    let list = server.get("/handlers").await.json();
    list["handlers"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn ended_runs_are_forgotten_when_the_store_is_full() {
    // Six requests filled more than three gigabytes.
    let server = small_store(MEGABYTE).await;
    let start = json!({ "steps": 3, "per_second": 0, "payload_bytes": 100_000 });
    let mut ids = Vec::new();
    for _ in 0..10 {
        let id = server.begin("progress", start.clone()).await;
        until("the end of the run", async || {
            server.status(&id).await == "completed"
        })
        .await;
        ids.push(id);
    }
    let left = handlers(&server).await;
    assert!(
        (1..4).contains(&left.len()),
        "{} runs of 300 KB are left",
        left.len()
    );
    assert_eq!(
        left.last().map(|left| left["handler_id"].clone()),
        ids.last().map(|id| json!(id))
    );
}

#[tokio::test]
async fn new_runs_and_events_are_refused_when_running_ones_fill_the_store() {
    let server = small_store(200_000).await;
    let path = "/workflows/interview/run-nowait";
    let mut running = Vec::new();
    let refused = loop {
        let answer = post_text(&server, path, &[], json!({ "start_event": {} }).to_string()).await;
        if answer.status != 200 {
            break answer;
        }
        running.push(answer.json()["handler_id"].as_str().expect("an id").to_owned());
        assert!(running.len() < 100, "each takes 4 KB at least");
    };
    assert_eq!(refused.status, 507);
    let detail = refused.json()["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.contains("full") && detail.contains("Cancel"), "{detail}");
    let first = &running[0];
    let sent = post_text(
        &server,
        &format!("/events/{first}"),
        &[],
        answer_of(&"x".repeat(100_000)),
    )
    .await;
    assert_eq!(sent.status, 507, "{}", sent.text);
    assert_eq!(server.status(first).await, "running", "the run goes on");
    post_text(&server, &format!("/handlers/{first}/cancel"), &[], String::new()).await;
    let again = post_text(&server, path, &[], json!({ "start_event": {} }).to_string()).await;
    assert_eq!(again.status, 200, "an ended run makes room: {}", again.text);
}

#[tokio::test]
async fn a_run_that_fills_the_store_fails() {
    let server = small_store(MEGABYTE).await;
    let start = json!({ "steps": 1_000, "per_second": 0, "payload_bytes": 10_000 });
    let id = server.begin("progress", start).await;
    let mut events = server.events(&id, "after_sequence=-1").await;
    let (events, end) = events.rest().await;
    assert_eq!(end, Next::End);
    assert_eq!(
        events.last().map(|(_, data)| data["type"].clone()),
        Some(json!("WorkflowFailedEvent"))
    );
    let handler = server.get(&format!("/handlers/{id}")).await.json();
    let error = handler["error"].as_str().unwrap_or_default();
    assert!(error.contains("full"), "{error}");
    let greeted = server.begin("greeting", json!({ "name": "Ada" })).await;
    until("the end", async || server.status(&greeted).await == "completed").await;
}
