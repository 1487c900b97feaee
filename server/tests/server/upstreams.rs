//! Several upstreams side by side.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use serde_json::{Value, json};
use workflow_debugger::{Access, NamedUpstream, Options, Upstream};

use crate::proxy::upstream;
use crate::support::{Events, Next, Server, client, soon};

fn named(name: &str, base: &str) -> NamedUpstream {
    format!("{name}={base}").parse().expect("an upstream")
}

async fn in_front_of(upstreams: Vec<NamedUpstream>) -> Server {
    Server::start(Options {
        upstreams,
        ..Options::default()
    })
    .await
}

/// An upstream that answers with what it was asked.
async fn echo() -> String {
    let echo = Router::new().fallback(any(async |request: Request| {
        let shown = |name: header::HeaderName| {
            let values = request.headers().get_all(name).iter();
            let values: Vec<&str> = values.map(|value| value.to_str().unwrap_or("?")).collect();
            values.join(" + ")
        };
        axum::Json(json!({
            "path": request.uri().to_string(),
            "authorization": shown(header::AUTHORIZATION),
            "cookie": shown(header::COOKIE),
        }))
    }));
    upstream(echo).await
}

#[tokio::test]
async fn they_are_listed_without_their_addresses_and_tokens() {
    let base = echo().await;
    let tokened = named("b-2", &base).with_token("s3cret".parse().expect("a token"));
    let front = in_front_of(vec![named("a", "http://127.0.0.1:9"), tokened]).await;
    let list = front.get("/upstreams").await;
    assert_eq!(
        list.json(),
        json!({
            "upstreams": [{ "name": "a", "path": "/upstreams/a" }, { "name": "b-2", "path": "/upstreams/b-2" }],
            "root": "demo",
            "guarded": false,
        })
    );
    assert_eq!(list.header("cache-control"), "no-store");
    let none = Server::demo().await;
    assert_eq!(none.get("/upstreams").await.status, 404, "without upstreams");
}

#[tokio::test]
async fn runs_of_two_servers_go_through_one_origin() {
    let (one, two) = (Server::demo().await, Server::demo().await);
    let front = in_front_of(vec![named("one", &one.base), named("two", &two.base)]).await;
    for name in ["one", "two"] {
        let started = front
            .post(
                &format!("/upstreams/{name}/workflows/greeting/run-nowait"),
                json!({ "start_event": { "name": name } }),
            )
            .await;
        assert_eq!(started.status, 200, "{}", started.text);
        let id = started.json()["handler_id"].as_str().expect("an id").to_owned();
        let stream = front
            .open(&format!("/upstreams/{name}/events/{id}?after_sequence=-1"))
            .await;
        let (events, end) = Events::new(stream).rest().await;
        assert!(!events.is_empty(), "{name}");
        assert_eq!(end, Next::End, "{name}");
        let listed = front.get(&format!("/upstreams/{name}/handlers")).await.json();
        assert_eq!(
            listed["handlers"].as_array().map(Vec::len),
            Some(1),
            "{name}: {listed}"
        );
    }
    let own = front.get("/handlers").await.json();
    assert_eq!(own, json!({ "handlers": [] }), "the root has its own runs");
}

#[tokio::test]
async fn a_plain_upstream_keeps_its_paths_beside_them() {
    let (plain, other) = (Server::demo().await, Server::demo().await);
    let front = Server::start(Options {
        upstream: Some(plain.base.parse::<Upstream>().expect("an address")),
        upstreams: vec![named("other", &other.base)],
        ..Options::default()
    })
    .await;
    front.begin("greeting", json!({ "name": "Ada" })).await;
    assert_eq!(
        plain.get("/handlers").await.json()["handlers"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(other.get("/handlers").await.json(), json!({ "handlers": [] }));
    assert_eq!(front.get("/upstreams").await.json()["root"], "upstream");
    assert_eq!(front.get("/upstreams/other/health").await.status, 200);
}

// Symptom: a page of an upstream would run with the rights of the debugger's origin.
// Cause: below one path of our origin lies whatever the upstream answers.
#[tokio::test]
async fn only_the_api_is_passed_on_and_no_page() {
    let page = || {
        (
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            "<script>1</script>",
        )
    };
    let behind = Router::new()
        .route("/health", get(async move || page()))
        .route(
            "/handlers",
            get(async move || (StatusCode::UNAUTHORIZED, [("www-authenticate", "Bearer")], page())),
        )
        .route(
            "/workflows",
            get(async || ([(header::CONTENT_TYPE, "text/javascript")], "alert(1)")),
        )
        .route("/events/x", get(async || StatusCode::NO_CONTENT))
        .fallback(any(async || axum::Json(json!({ "reached": true }))));
    let base = upstream(behind).await;
    let front = in_front_of(vec![named("a", &base)]).await;
    for (path, status) in [
        ("/upstreams/a/health", 502),
        ("/upstreams/a/handlers", 401),
        ("/upstreams/a/workflows", 502),
        ("/upstreams/a/events/x", 204),
        ("/upstreams/a/handlers/x", 200),
        ("/upstreams/a/docs", 404),
        ("/upstreams/a/openapi.json", 404),
        ("/upstreams/a/", 404),
        ("/upstreams/b/health", 404),
        ("/upstreams/a/handlers/%2e%2e/docs", 404),
    ] {
        let answer = front.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        if status >= 400 {
            assert!(answer.json()["detail"].is_string(), "{path}: {}", answer.text);
        }
    }
    let refused = front.get("/upstreams/a/handlers").await;
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer",
        "the page can ask for a token"
    );
    let form = client()
        .post(format!("{}/upstreams/a/handlers/x/cancel", front.base))
        .header("content-type", "text/plain")
        .body("{}");
    assert_eq!(
        soon("a form", form.send()).await.expect("an answer").status(),
        415
    );
    let gone = in_front_of(vec![named("gone", "http://127.0.0.1:9")]).await;
    let answer = gone.get("/upstreams/gone/health").await;
    assert_eq!(answer.status, 502);
    assert!(!answer.text.contains("127.0.0.1"), "{}", answer.text);
}

#[tokio::test]
async fn cookies_belong_to_one_upstream() {
    let set = Router::new().fallback(any(async |headers: HeaderMap| {
        let given = headers
            .get(header::COOKIE)
            .map_or("none", |value| value.to_str().unwrap_or("?"));
        let cookies = [
            (header::SET_COOKIE, "sid=1; Path=/; HttpOnly"),
            (header::SET_COOKIE, "b=2; Domain=example.com"),
        ];
        (axum::response::AppendHeaders(cookies), axum::Json(json!(given))).into_response()
    }));
    let base = upstream(set).await;
    let front = in_front_of(vec![named("a", &base), named("b", &format!("{base}/b"))]).await;
    let answer = front
        .get_with(
            "/upstreams/a/health",
            &[("cookie", "session=x; wf.a.sid=1; wf.b.sid=2")],
        )
        .await;
    assert_eq!(answer.json(), json!("sid=1"), "an upstream gets its own cookies");
    let set: Vec<&str> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().expect("text"))
        .collect();
    assert_eq!(
        set,
        [
            "wf.a.sid=1; Path=/upstreams/a/; HttpOnly",
            "wf.a.b=2; Path=/upstreams/a/"
        ]
    );
}

#[tokio::test]
async fn each_upstream_gets_its_own_token() {
    let base = echo().await;
    let front = Server::start(Options {
        upstreams: vec![
            named("a", &base).with_token("for-a".parse().expect("a token")),
            named("b", &format!("{base}/base")),
        ],
        access: Access {
            token: Some("ours".parse().expect("a token")),
            ..Access::default()
        },
        ..Options::default()
    })
    .await;
    for path in ["/upstreams", "/upstreams/a/health", "/upstreams/b/health"] {
        assert_eq!(front.get(path).await.status, 401, "{path} requires our token");
    }
    let ask =
        async |path: &str, given: &[(&str, &str)]| -> Value { front.get_with(path, given).await.json() };
    let ours = ("authorization", "Bearer ours");
    let a = ask("/upstreams/a/handlers?status=running", &[ours]).await;
    assert_eq!(a["authorization"], "Bearer for-a");
    assert_eq!(a["path"], "/handlers?status=running");
    let b = ask("/upstreams/b/health", &[ours]).await;
    assert_eq!(
        b["authorization"], "",
        "no token of another upstream, and not ours"
    );
    assert_eq!(b["path"], "/base/health");
    let typed = [("cookie", "session=ours"), ("authorization", "Bearer typed")];
    let a = ask("/upstreams/a/health", &typed).await;
    assert_eq!(
        a["authorization"], "Bearer typed",
        "what a person typed comes first"
    );
    assert_eq!(ask("/upstreams", &[ours]).await["guarded"], true);
}

#[tokio::test]
async fn a_control_plane_can_be_read_and_not_changed() {
    let base = echo().await;
    let front = in_front_of(vec![named("a", &base)]).await;
    let path = "/upstreams/a/api/v1beta1/deployments/app/logs?project_id=p1";
    let read = front.get(path).await;
    assert_eq!(
        read.json()["path"],
        "/api/v1beta1/deployments/app/logs?project_id=p1"
    );
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let change = client()
            .request(method.parse().expect("a method"), format!("{}{path}", front.base))
            .header("content-type", "application/json")
            .body("{}");
        let answer = soon("a change", change.send()).await.expect("an answer");
        assert_eq!(answer.status(), 405, "{method}");
    }
}

// Symptom: a server that accepts connections and never answers would keep one of the browser's six connections for each read.
// Cause: the proxy waits as long as the client does. The monitor's reads are limited; streams and everything that changes are not.
#[tokio::test]
async fn a_read_that_is_repeated_is_not_waited_for_longer_than_ten_seconds() {
    let never = Router::new().fallback(any(async || std::future::pending::<StatusCode>().await));
    let base = upstream(never).await;
    let front = in_front_of(vec![named("a", &base)]).await;
    let ask = async |path: &str| {
        let sent = client().get(format!("{}/upstreams/a{path}", front.base)).send();
        tokio::time::timeout(Duration::from_secs(14), sent).await
    };
    let (health, list, stream, result) = tokio::join!(
        ask("/health"),
        ask("/handlers?status=running"),
        ask("/events/x"),
        ask("/deployments/app/tasks/t/results"),
    );
    for answer in [health, list] {
        let answer = answer.expect("it is limited").expect("an answer");
        assert_eq!(answer.status(), 504);
        let words = answer.text().await.expect("a body");
        assert!(words.contains("no answer from a within 10 seconds"), "{words}");
    }
    assert!(
        stream.is_err() && result.is_err(),
        "streams and results are waited for"
    );
}

// Symptom: the answer of one upstream cleared the debugger's storage, or made the browser ask for a password for all upstreams.
// Cause: the headers of an answer passed, and some act on the whole origin.
#[tokio::test]
async fn headers_that_act_on_the_whole_origin_do_not_pass() {
    let given = || {
        let pairs = [
            ("clear-site-data", "\"*\""),
            ("strict-transport-security", "max-age=31536000"),
            ("www-authenticate", "Basic realm=\"r\""),
            ("nel", "{}"),
            ("report-to", "{}"),
            ("reporting-endpoints", "a=\"https://evil.example/\""),
            ("alt-svc", "h2=\":443\""),
            ("refresh", "0;url=https://evil.example/"),
            ("link", "<https://evil.example/>; rel=preload"),
            ("service-worker-allowed", "/"),
            ("x-own", "1"),
            ("cache-control", "no-store"),
            ("content-disposition", "attachment"),
            ("content-language", "en"),
            ("etag", "\"1\""),
            ("last-modified", "Thu, 26 Nov 2026 10:00:00 GMT"),
            ("retry-after", "1"),
            ("vary", "Origin"),
        ];
        axum::response::AppendHeaders(pairs)
    };
    let behind = Router::new()
        .route("/health", get(async move || (given(), axum::Json(json!({})))))
        .route(
            "/handlers",
            get(async move || (StatusCode::UNAUTHORIZED, given(), axum::Json(json!({})))),
        )
        .route(
            "/workflows",
            get(async || {
                let asks = [("www-authenticate", "Basic realm=\"r\", Bearer")];
                (StatusCode::UNAUTHORIZED, asks, axum::Json(json!({})))
            }),
        );
    let base = upstream(behind).await;
    let front = in_front_of(vec![named("a", &base)]).await;
    for (path, status) in [("/upstreams/a/health", 200), ("/upstreams/a/handlers", 401)] {
        let answer = front.get(path).await;
        assert_eq!(answer.status, status);
        for name in [
            "clear-site-data",
            "strict-transport-security",
            "www-authenticate",
            "nel",
            "report-to",
            "reporting-endpoints",
            "alt-svc",
            "refresh",
            "link",
            "service-worker-allowed",
            "x-own",
        ] {
            assert_eq!(answer.header(name), "", "{path}: {name}");
        }
        for (name, value) in [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("content-disposition", "attachment"),
            ("content-language", "en"),
            ("etag", "\"1\""),
            ("last-modified", "Thu, 26 Nov 2026 10:00:00 GMT"),
            ("retry-after", "1"),
        ] {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
    }
    let asks = front.get("/upstreams/a/workflows").await;
    assert_eq!(asks.header("www-authenticate"), "Bearer");
}
