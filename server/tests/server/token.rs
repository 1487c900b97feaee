//! A server that requires a token.

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::any;
use serde_json::json;
use workflow_debugger::{Access, Options};

use crate::proxy::upstream;
use crate::support::{Answer, Next, Server, client, soon};

fn guarded() -> Access {
    Access {
        token: Some("s3cret".parse().expect("a token")),
        ..Access::default()
    }
}

async fn demo() -> Server {
    Server::start(Options {
        access: guarded(),
        ..Options::default()
    })
    .await
}

const BEARER: (&str, &str) = ("authorization", "Bearer s3cret");

// Symptom: on a shared machine or network everybody who reached the port could use the server.
// Cause: there was nothing by which it could recognise its user.
#[tokio::test]
async fn every_route_of_the_api_requires_it() {
    let server = demo().await;
    for (method, path) in [
        ("GET", "/health"),
        ("GET", "/workflows"),
        ("GET", "/handlers"),
        ("GET", "/handlers/x"),
        ("GET", "/events/x"),
        ("POST", "/events/x"),
        ("POST", "/workflows/greeting/run"),
        ("POST", "/workflows/greeting/run-nowait"),
        ("POST", "/handlers/x/cancel"),
        ("GET", "/_faults"),
        ("POST", "/_faults/clear"),
        ("OPTIONS", "/health"),
        ("GET", "/nope"),
    ] {
        for credentials in [
            None,
            Some(("authorization", "Bearer other!")),
            Some(("authorization", "Basic s3cret")),
            Some(("cookie", "session=other!; s3cret=s3cret")),
        ] {
            let mut request = client().request(
                method.parse().expect("a method"),
                format!("{}{path}", server.base),
            );
            if let Some((name, value)) = credentials {
                request = request.header(name, value);
            }
            let answer = Answer::read(soon(path, request.send()).await.expect("an answer")).await;
            assert_eq!(
                (answer.status, answer.header("www-authenticate")),
                (401, "Bearer"),
                "{method} {path} {credentials:?}: {}",
                answer.text
            );
            assert!(answer.json()["detail"].is_string(), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn the_page_is_served_without_it() {
    let server = demo().await;
    assert_eq!(server.get("/").await.status, 307);
    assert_eq!(server.get("/debugger").await.status, 307);
    for path in ["/debugger/", "/debugger/nope.js"] {
        let answer = server.get(path).await;
        assert_ne!(answer.status, 401, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_run_is_followed_with_a_bearer_token_or_a_cookie() {
    let server = demo().await;
    for credentials in [BEARER, ("cookie", "theme=dark; session=s3cret")] {
        let (name, value) = credentials;
        let start = client()
            .post(format!("{}/workflows/greeting/run-nowait", server.base))
            .header(name, value)
            .header("content-type", "application/json")
            .body(json!({ "start_event": { "name": "Ada" } }).to_string());
        let started = Answer::read(soon("start", start.send()).await.expect("an answer")).await;
        assert_eq!(started.status, 200, "{credentials:?}: {}", started.text);
        let id = started.json()["handler_id"].as_str().expect("an id").to_owned();
        let stream = client()
            .get(format!("{}/events/{id}?after_sequence=-1", server.base))
            .header(name, value);
        let stream = soon("stream", stream.send()).await.expect("an answer");
        assert_eq!(stream.status(), 200, "{credentials:?}");
        let (events, end) = crate::support::Events::new(stream).rest().await;
        assert!(!events.is_empty(), "{credentials:?}");
        assert_eq!(end, Next::End);
    }
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_see_that_it_is_missing() {
    let server = demo().await;
    let answer = server
        .get_with("/health", &[("origin", "http://localhost:3000")])
        .await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "http://localhost:3000"
    );
    let preflight = client()
        .request(reqwest::Method::OPTIONS, format!("{}/health", server.base))
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    let preflight = soon("preflight", preflight.send()).await.expect("an answer");
    assert_eq!(preflight.status(), 200, "a preflight carries no credentials");
}

#[tokio::test]
async fn the_upstream_never_sees_it_and_gets_its_own() {
    let echo = Router::new().fallback(any(async |headers: HeaderMap| {
        let shown = |name: header::HeaderName| {
            let values: Vec<&str> = headers
                .get_all(name)
                .iter()
                .map(|value| value.to_str().unwrap_or("?"))
                .collect();
            values.join(" + ")
        };
        format!("{} | {}", shown(header::AUTHORIZATION), shown(header::COOKIE))
    }));
    let front = Server::start(Options {
        upstream: Some(upstream(echo).await.parse().expect("an address")),
        access: guarded(),
        ..Options::default()
    })
    .await;
    for (given, seen) in [
        (&[BEARER][..], " | "),
        (&[("cookie", "session=s3cret")], " | "),
        (&[BEARER, ("cookie", "a=1; session=s3cret; b=2")], " | a=1; b=2"),
        (
            &[("authorization", "Bearer theirs"), ("cookie", "session=s3cret")],
            "Bearer theirs | ",
        ),
        (&[BEARER, ("cookie", "session=theirs")], " | session=theirs"),
    ] {
        let answer = front.get_with("/anything", given).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, seen), "{given:?}");
    }
    assert_eq!(front.get("/anything").await.status, 401);
    let theirs = front
        .get_with("/anything", &[("authorization", "Bearer theirs")])
        .await;
    assert_eq!(theirs.status, 401, "another token is not ours");
}

// Symptom: an answer that was kept for an idempotency key would be given to somebody without the token.
// Cause: such answers come from a layer of their own, which must lie behind the check.
#[tokio::test]
async fn a_kept_answer_requires_it_as_well() {
    let server = demo().await;
    let ask = async |credentials: Option<(&'static str, &'static str)>| {
        let mut request = client()
            .post(format!("{}/workflows/greeting/run-nowait", server.base))
            .header("content-type", "application/json")
            .header("idempotency-key", "k1")
            .body(json!({ "start_event": { "name": "Ada" } }).to_string());
        if let Some((name, value)) = credentials {
            request = request.header(name, value);
        }
        Answer::read(soon("an answer", request.send()).await.expect("an answer")).await
    };
    let first = ask(Some(BEARER)).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(ask(None).await.status, 401);
    assert_eq!(ask(Some(BEARER)).await.text, first.text, "the same run");
}
