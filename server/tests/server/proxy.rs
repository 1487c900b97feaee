//! The proxy in front of another server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use bytes::Bytes;
use futures::StreamExt;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use workflow_debugger::{Limits, Options, Upstream, app, listen, serve_within};

use crate::support::{Next, Server, client, soon, until};

/// Another app on a free port.
pub(crate) async fn upstream(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
    base
}

pub(crate) async fn in_front_of(base: &str) -> Server {
    let upstream: Upstream = base.parse().expect("an address");
    Server::start(Options {
        upstream: Some(upstream),
        ..Options::default()
    })
    .await
}

#[tokio::test]
async fn a_whole_run_goes_through() {
    let behind = Server::demo().await;
    let front = in_front_of(&behind.base).await;
    let id = front.begin("interview", json!({})).await;
    let mut events = front.events(&id, "after_sequence=-1").await;
    assert_eq!(
        events.class().await.1,
        "InputRequiredEvent",
        "events come before the run has ended: nothing is buffered"
    );
    front
        .answer(&id, "HumanResponseEvent", json!({ "response": "Ada" }))
        .await;
    assert_eq!(events.class().await.1, "Ask");
    front.answer(&id, "Answer", json!({ "choice": "tea" })).await;
    assert_eq!(events.class().await.1, "StopEvent");
    assert_eq!(events.next().await, Next::End);
    let left = front.get(&format!("/events/{id}")).await;
    assert_eq!((left.status, left.text.as_str()), (204, ""));
    assert_eq!(
        front.get("/handlers/nope").await.json(),
        json!({ "detail": "Handler not found" })
    );
    assert_eq!(
        front.get("/").await.header("location"),
        "/debugger/",
        "the root is the upstream's"
    );
}

#[tokio::test]
async fn the_paths_of_an_app_server_are_kept() {
    let behind = Server::start(Options {
        prefix: "/deployments/app".to_owned(),
        ..Options::default()
    })
    .await;
    let base = format!("{}/deployments/app", behind.base);
    let front = in_front_of(&base).await;
    assert_eq!(
        front.get("/deployments/app/health").await.json(),
        json!({ "status": "healthy" })
    );
    assert_eq!(
        front.get("/workflows").await.status,
        404,
        "the upstream has nothing at its root"
    );
    assert_eq!(
        front.get("/debugger/").await.header("location"),
        "/debugger/?api=/deployments/app"
    );
    let upstream: Upstream = base.parse().expect("an address");
    assert_eq!(
        soon("the check", workflow_debugger::check(&upstream)).await,
        Ok(()),
        "the API is asked where it is"
    );
}

#[tokio::test]
async fn a_stream_cut_upstream_is_cut_for_the_client() {
    let behind = Server::demo().await;
    let front = in_front_of(&behind.base).await;
    let id = front.begin("endless", json!({})).await;
    let mut events = front.events(&id, "after_sequence=-1").await;
    events.class().await;
    behind.faults.cut_streams();
    assert_eq!(events.rest().await.1, Next::Broken, "not an end, but a break");
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_stream_upstream() {
    let behind = Server::demo().await;
    let front = in_front_of(&behind.base).await;
    let id = front.begin("endless", json!({ "per_second": 0.1 })).await;
    let mut events = front.events(&id, "after_sequence=-1").await;
    events.class().await;
    soon("one stream", behind.faults.streams_are(1)).await;
    drop(events);
    soon("no stream", behind.faults.streams_are(0)).await;
}

#[tokio::test]
async fn an_upload_is_not_held_back() {
    let first = Arc::new(Notify::new());
    let seen = first.clone();
    let app = Router::new().route(
        "/upload",
        any(async move |body: Body| {
            let mut chunks = body.into_data_stream();
            let mut all = Vec::new();
            while let Some(Ok(chunk)) = chunks.next().await {
                all.extend_from_slice(&chunk);
                seen.notify_one();
            }
            String::from_utf8_lossy(&all).into_owned()
        }),
    );
    let front = in_front_of(&upstream(app).await).await;
    let (sender, receiver) = mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
    sender.send(Ok(Bytes::from_static(b"one "))).expect("open");
    let chunks = futures::stream::unfold(receiver, async |mut receiver| {
        Some((receiver.recv().await?, receiver))
    });
    let request = client()
        .post(format!("{}/upload", front.base))
        .body(reqwest::Body::wrap_stream(chunks));
    let answer = tokio::spawn(request.send());
    soon(
        "the first part arrives while the second is not yet sent",
        first.notified(),
    )
    .await;
    sender.send(Ok(Bytes::from_static(b"two"))).expect("open");
    drop(sender);
    let answer = soon("the answer", answer)
        .await
        .expect("no panic")
        .expect("an answer");
    assert_eq!(soon("text", answer.text()).await.expect("text"), "one two");
}

#[tokio::test]
async fn headers_and_redirects_are_those_of_one_origin() {
    let app = Router::new()
        .route(
            "/headers",
            get(async |headers: HeaderMap| {
                let mut lines: Vec<String> = headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
                    .collect();
                lines.sort();
                lines.join("\n")
            }),
        )
        .route(
            "/absolute",
            get(async |headers: HeaderMap| {
                let host = headers[header::HOST].to_str().unwrap_or("?").to_owned();
                (
                    StatusCode::FOUND,
                    [(header::LOCATION, format!("http://{host}/deployments/app/?x=1"))],
                )
                    .into_response()
            }),
        );
    let base = upstream(app).await;
    let front = in_front_of(&base).await;
    let seen = front
        .get_with(
            "/headers",
            &[
                ("x-mine", "1"),
                ("connection", "x-mine"),
                ("authorization", "Bearer t"),
                ("x-forwarded-for", "203.0.113.1"),
                ("x-forwarded-host", "evil.example"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-prefix", "/evil"),
                ("x-real-ip", "203.0.113.1"),
                ("forwarded", "for=203.0.113.1;host=evil.example"),
            ],
        )
        .await
        .text;
    // Symptom: a client could write any address and host into what the upstream trusts.
    // Cause: headers of proxies before us were passed on, or extended.
    for planted in ["203.0.113.1", "evil", "x-real-ip", "https"] {
        assert!(!seen.contains(planted), "{planted}: {seen}");
    }
    let host = base.strip_prefix("http://").expect("http");
    assert!(seen.contains(&format!("host: {host}")), "{seen}");
    assert!(
        seen.contains("authorization: Bearer t") && seen.contains("x-forwarded-for: 127.0.0.1"),
        "{seen}"
    );
    assert!(
        seen.contains("x-forwarded-host: 127.0.0.1:") && seen.contains("x-forwarded-proto: http"),
        "{seen}"
    );
    assert!(
        !seen.contains("x-mine"),
        "what belongs to one connection stays there: {seen}"
    );
    assert_eq!(
        front.get("/absolute").await.header("location"),
        "/deployments/app/?x=1"
    );
}

/// Answers an upgrade and sends every byte back.
async fn echo(mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgrade.await.expect("an upgrade"));
        let mut buffer = [0; 64];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            stream.write_all(&buffer[..count]).await.expect("an open stream");
        }
    });
    let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "websocket")];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

#[tokio::test]
async fn sockets_pass_both_ways_and_close_with_each_other() {
    let front = in_front_of(&upstream(Router::new().route("/socket", any(echo))).await).await;
    let address = front.base.strip_prefix("http://").expect("http");
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let request = format!(
        "GET /socket HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: keep-alive, Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon("the answer's head", socket.read_u8()).await.expect("a byte"));
    }
    let head = String::from_utf8(head).expect("text").to_lowercase();
    assert!(
        head.starts_with("http/1.1 101 ") && head.contains("upgrade: websocket"),
        "{head}"
    );
    for words in ["hello", "again"] {
        socket.write_all(words.as_bytes()).await.expect("sent");
        let mut back = [0; 5];
        soon("the echo", socket.read_exact(&mut back))
            .await
            .expect("five bytes");
        assert_eq!(back, words.as_bytes());
    }
    socket.shutdown().await.expect("closed");
    let mut rest = Vec::new();
    soon("the other side closes, too", socket.read_to_end(&mut rest))
        .await
        .expect("an end");
    assert_eq!(rest, b"");
}

/// The head of the answer to a request for an upgrade.
async fn upgraded(server: &Server, protocol: &str, more: &str) -> String {
    let address = server.base.strip_prefix("http://").expect("http");
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let request = format!(
        "GET /socket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n{more}\r\n"
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon("the answer's head", socket.read_u8()).await.expect("a byte"));
    }
    String::from_utf8(head).expect("text").to_lowercase()
}

// Symptom: any protocol could be tunnelled to the upstream, also by pages of other sites.
// Cause: every upgrade was passed on, and nothing looked at its Origin.
#[tokio::test]
async fn only_websockets_of_allowed_pages_are_tunnelled() {
    let app = Router::new().route(
        "/socket",
        any(
            async |request: Request| match request.headers().get(header::UPGRADE) {
                Some(_) => echo(request).await,
                None => "no upgrade".into_response(),
            },
        ),
    );
    let front = in_front_of(&upstream(app).await).await;
    let own = format!("Origin: {}\r\n", front.base);
    for (protocol, more, status) in [
        ("websocket", "", "101"),
        ("websocket", own.as_str(), "101"),
        ("websocket", "Origin: http://localhost:3000\r\n", "101"),
        ("websocket", "Origin: http://evil.example\r\n", "403"),
        ("websocket", "Origin: null\r\n", "403"),
        ("websocket", "Sec-Fetch-Site: cross-site\r\n", "403"),
        ("h2c", "Origin: http://evil.example\r\n", "403"),
        ("h2c", "", "200"),
        ("anything", own.as_str(), "200"),
        ("websocket, h2c", "", "200"),
    ] {
        let head = upgraded(&front, protocol, more).await;
        assert!(
            head.starts_with(&format!("http/1.1 {status} ")),
            "{protocol} {more}: {head}"
        );
    }
}

#[tokio::test]
async fn a_tunnel_counts_as_a_connection() {
    let base = upstream(Router::new().route("/socket", any(echo))).await;
    let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let app = app(Options {
        upstream: Some(base.parse().expect("an address")),
        ..Options::default()
    });
    tokio::spawn(serve_within(limits, listener, app));
    let mut tunnel = TcpStream::connect(address).await.expect("a connection");
    let request = format!(
        "GET /socket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    );
    tunnel.write_all(request.as_bytes()).await.expect("sent");
    until_head(&mut tunnel).await;
    let mut second = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET /debugger HTTP/1.1\r\nHost: {address}\r\n\r\n");
    second.write_all(request.as_bytes()).await.expect("sent");
    for words in ["hello", "again"] {
        tunnel.write_all(words.as_bytes()).await.expect("sent");
        let mut back = [0; 5];
        soon("the echo", tunnel.read_exact(&mut back))
            .await
            .expect("bytes");
    }
    let mut byte = [0; 1];
    let early = second.try_read(&mut byte);
    assert!(
        early.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock),
        "the second connection is not accepted yet"
    );
    drop(tunnel);
    soon("a place", second.read_exact(&mut byte))
        .await
        .expect("the answer begins");
}

#[tokio::test]
async fn an_upstream_can_not_switch_to_another_protocol() {
    let app = Router::new().route(
        "/socket",
        any(async || {
            let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "h2c")];
            (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
        }),
    );
    let front = in_front_of(&upstream(app).await).await;
    let head = upgraded(&front, "websocket", "").await;
    assert!(head.starts_with("http/1.1 502 "), "{head}");
}

// Symptom: each poll of the page opened and closed a connection to the upstream.
// Cause: no connection was ever used again, because a POST over one that breaks can't be repeated.
#[tokio::test]
async fn connections_are_used_again_for_reading_only() {
    let app =
        Router::new().fallback(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.port().to_string());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
    let front = in_front_of(&base).await;
    let first = front.get("/a").await.text;
    // The connection is free again a moment after its answer has been passed on.
    until("a connection that is used again", async || {
        front.get("/a").await.text == first
    })
    .await;
    let post = async || front.post("/a", json!({})).await.text;
    let (one, two) = (post().await, post().await);
    assert!(one != first && two != first && one != two, "{first} {one} {two}");
}

/// An upstream that resets connections: it answers `answers` requests of each, and then resets it when the next one has come.
/// Gives its address and counts its connections.
async fn resetting(answers: &'static [usize]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let answered = answers.get(number).copied().unwrap_or(0);
            tokio::spawn(async move {
                for _ in 0..answered {
                    until_head(&mut socket).await;
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                    socket.write_all(answer).await.expect("answered");
                }
                until_head(&mut socket).await;
                socket.set_zero_linger().expect("a reset");
            });
        }
    });
    (base, count)
}

async fn until_head(socket: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
}

#[tokio::test]
async fn a_read_whose_connection_is_reset_is_repeated_once() {
    let (base, count) = resetting(&[1, 1]).await;
    let front = in_front_of(&base).await;
    assert_eq!(front.get("/a").await.text, "ok");
    let second = front.get("/a").await;
    assert_eq!(
        (second.status, second.text.as_str()),
        (200, "ok"),
        "over another connection, whether the first was used again or not"
    );
    assert_eq!(count.load(Ordering::SeqCst), 2);

    let (base, count) = resetting(&[]).await;
    let front = in_front_of(&base).await;
    assert_eq!(front.get("/a").await.status, 502);
    assert_eq!(count.load(Ordering::SeqCst), 2, "once, and not for ever");
}

#[tokio::test]
async fn what_changes_something_is_never_repeated() {
    let (base, count) = resetting(&[]).await;
    let front = in_front_of(&base).await;
    assert_eq!(front.post("/events/h1", json!({})).await.status, 502);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_upstream_that_is_down_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let front = in_front_of(&base).await;
    let answer = front.get("/workflows").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (502, "application/json")
    );
    let words = answer.json()["detail"].as_str().expect("words").to_owned();
    assert!(
        words.contains(&format!("cannot reach {base}: connection refused")),
        "{words}"
    );
    let upstream: Upstream = base.parse().expect("an address");
    let words = soon("the check", workflow_debugger::check(&upstream))
        .await
        .expect_err("nobody there");
    assert!(words.contains("connection refused"), "{words}");
}

#[tokio::test]
async fn an_upstream_that_dies_before_answering_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let front = in_front_of(&format!("http://{}", listener.local_addr().expect("an address"))).await;
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut some = [0; 16];
            let _ = socket.read(&mut some).await;
        }
    });
    let answer = front.get("/workflows").await;
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert!(
        answer.text.contains("cannot reach http://127.0.0.1:"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn what_is_no_workflow_server_is_found_out_at_start() {
    let base = upstream(Router::new()).await;
    let upstream: Upstream = base.parse().expect("an address");
    let words = soon("the check", workflow_debugger::check(&upstream))
        .await
        .expect_err("no workflow server");
    assert!(
        words.contains("404") && words.contains("/deployments/NAME"),
        "{words}"
    );
    let behind = Server::demo().await;
    let upstream: Upstream = behind.base.parse().expect("an address");
    assert_eq!(
        soon("the check", workflow_debugger::check(&upstream)).await,
        Ok(())
    );
}

#[tokio::test]
async fn many_requests_at_once_are_answered() {
    let behind = Server::demo().await;
    let front = in_front_of(&behind.base).await;
    let asked = (0..200).map(|_| front.get("/health"));
    let answers = soon("all answers", futures::future::join_all(asked)).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "every one");
}
