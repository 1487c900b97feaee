//! Which requests are refused because of their host, origin, method or content type.

use std::net::Ipv4Addr;

use axum::Router;
use axum::http::header;
use axum::routing::any;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use workflow_debugger::{Access, Options};

use crate::proxy::{in_front_of, upstream};
use crate::support::{Answer, Server, client, soon};

/// The demo workflows, open to whom `access` says.
async fn with(access: Access) -> Server {
    Server::start(Options {
        access,
        ..Options::default()
    })
    .await
}

/// The status and the whole answer to a request whose head is written by hand; `HOST` stands for the server's address.
async fn raw(server: &Server, head: &str) -> (u16, String) {
    let address = server.base.strip_prefix("http://").expect("http");
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let head = head.replace("HOST", address).replace('\n', "\r\n");
    let request = format!("{head}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    soon("the answer", socket.read_to_string(&mut answer))
        .await
        .expect("an answer");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status: {answer}")), answer)
}

async fn send(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let method = method.parse().expect("a method");
    let mut request = client()
        .request(method, format!("{}{path}", server.base))
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::read(soon(path, request.send()).await.expect("an answer")).await
}

/// Starts a run of `greeting`.
async fn start(server: &Server, headers: &[(&str, &str)]) -> Answer {
    let body = json!({ "start_event": { "name": "Ada" } }).to_string();
    send(server, "POST", "/workflows/greeting/run-nowait", headers, &body).await
}

const JSON: (&str, &str) = ("content-type", "application/json");

async fn runs(server: &Server) -> usize {
    let list = server.get("/handlers").await.json();
    list["handlers"].as_array().expect("a list").len()
}

// Symptom: a page of evil.example read and started runs after its name was pointed at 127.0.0.1 (DNS rebinding).
// Cause: nothing looked at the Host header.
#[tokio::test]
async fn a_foreign_host_name_is_refused_everywhere() {
    let behind = Server::demo().await;
    for server in [Server::demo().await, in_front_of(&behind.base).await] {
        for path in ["/health", "/debugger/", "/", "/handlers", "/nope"] {
            let answer = server
                .get_with(
                    path,
                    &[("host", "evil.example:4600"), ("x-forwarded-host", "localhost")],
                )
                .await;
            assert_eq!(answer.status, 403, "{path}: {}", answer.text);
            let words = answer.json()["detail"].as_str().expect("words").to_owned();
            assert!(words.contains("--allow-host evil.example"), "{words}");
        }
        let started = start(&server, &[JSON, ("host", "evil.example")]).await;
        assert_eq!(started.status, 403, "{}", started.text);
    }
    assert_eq!(runs(&behind).await, 0, "nothing reached the upstream");
}

#[tokio::test]
async fn loopback_names_are_answered() {
    let server = Server::demo().await;
    for host in [
        "localhost",
        "localhost:4600",
        "LOCALHOST.:80",
        "app.localhost:1",
        "127.0.0.1",
        "127.9.9.9:4600",
        "[::1]:4600",
        "[::ffff:127.0.0.1]",
    ] {
        let answer = server.get_with("/health", &[("host", host)]).await;
        assert_eq!(answer.status, 200, "{host}: {}", answer.text);
    }
    for host in [
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.0.2.7",
        "0.0.0.0",
        "[::2]",
    ] {
        let answer = server.get_with("/health", &[("host", host)]).await;
        assert_eq!(answer.status, 403, "{host}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_request_has_exactly_one_host() {
    let server = Server::demo().await;
    for (head, expected) in [
        ("GET /health HTTP/1.1\nHost: HOST", 200),
        ("GET http://HOST/health HTTP/1.1\nHost: HOST", 200),
        ("GET /health HTTP/1.1\nX-Host: HOST", 400),
        ("GET /health HTTP/1.0\nX-Host: HOST", 400),
        ("GET /health HTTP/1.0\nHost: HOST", 200),
        ("GET /health HTTP/1.1\nHost: HOST\nHost: HOST", 400),
        ("GET /health HTTP/1.1\nHost: HOST\nHost: evil.example", 400),
        ("GET /health HTTP/1.1\nHost: evil.example, HOST", 400),
        ("GET /health HTTP/1.1\nHost: u@HOST", 400),
        ("GET /health HTTP/1.1\nHost:", 400),
        ("GET http://HOST/health HTTP/1.1\nX-Host: HOST", 400),
        ("GET http://evil.example/health HTTP/1.1\nHost: HOST", 400),
        ("GET http://HOST/health HTTP/1.1\nHost: evil.example", 400),
        ("GET http://evil.example/health HTTP/1.1\nHost: evil.example", 403),
    ] {
        let (status, answer) = raw(&server, head).await;
        assert_eq!(status, expected, "{head}: {answer}");
    }
}

#[tokio::test]
async fn more_hosts_are_answered_when_they_are_given() {
    let server = with(Access {
        hosts: ["debug.example.com", "192.0.2.7"]
            .map(|host| host.parse().expect("a host"))
            .to_vec(),
        ..Access::default()
    })
    .await;
    for (host, expected) in [
        ("debug.example.com", 200),
        ("Debug.Example.Com:8443", 200),
        ("192.0.2.7:80", 200),
        ("192.0.2.8", 403),
        ("other.example.com", 403),
        ("example.com", 403),
    ] {
        let answer = server.get_with("/health", &[("host", host)]).await;
        assert_eq!(answer.status, expected, "{host}: {}", answer.text);
    }
}

#[tokio::test]
async fn bound_beyond_loopback_every_address_is_answered_and_no_name() {
    let server = with(Access {
        bound: Ipv4Addr::UNSPECIFIED.into(),
        ..Access::default()
    })
    .await;
    for (host, expected) in [
        ("192.0.2.7:4600", 200),
        ("[2001:db8::7]:4600", 200),
        ("localhost", 200),
        ("evil.example", 403),
        ("192.0.2.7.evil.example", 403),
    ] {
        let answer = server.get_with("/health", &[("host", host)]).await;
        assert_eq!(answer.status, expected, "{host}: {}", answer.text);
    }
    let own = [
        JSON,
        ("host", "192.0.2.7:4600"),
        ("origin", "http://192.0.2.7:4600"),
    ];
    assert_eq!(start(&server, &own).await.status, 200);
    let other = [
        JSON,
        ("host", "192.0.2.7:4600"),
        ("origin", "http://203.0.113.9:4600"),
    ];
    assert_eq!(start(&server, &other).await.status, 403);
}

// Symptom: a form on any web page started runs, and a `fetch` without CORS cancelled and purged them.
// Cause: nothing looked at Origin and Sec-Fetch-Site, and bodies of any content type were taken.
#[tokio::test]
async fn pages_of_other_sites_change_nothing() {
    let behind = Server::demo().await;
    for server in [Server::demo().await, in_front_of(&behind.base).await] {
        for headers in [
            &[JSON, ("origin", "http://evil.example")][..],
            &[("content-type", "text/plain"), ("origin", "http://evil.example")],
            &[JSON, ("origin", "null")],
            &[
                JSON,
                ("origin", "http://evil.example"),
                ("sec-fetch-site", "same-origin"),
            ],
            &[JSON, ("sec-fetch-site", "cross-site")],
            &[JSON, ("origin", "http://localhost.evil.example")],
        ] {
            let refused = start(&server, headers).await;
            assert_eq!(refused.status, 403, "{headers:?}: {}", refused.text);
            assert!(refused.text.contains("--allow-origin"), "{}", refused.text);
            assert_eq!(refused.header("access-control-allow-origin"), "", "{headers:?}");
        }
        let named = start(&server, &[JSON, ("origin", "http://evil.example")]).await;
        assert!(
            named.text.contains("--allow-origin http://evil.example"),
            "{}",
            named.text
        );
        assert_eq!(runs(&server).await, 0, "nothing was started");
        let id = server.begin("endless", json!({})).await;
        let cancel = format!("/handlers/{id}/cancel?purge=true");
        for method in ["POST", "PUT", "DELETE", "PATCH", "PURGE"] {
            let refused = send(&server, method, &cancel, &[("origin", "http://evil.example")], "").await;
            assert_eq!(refused.status, 403, "{method}: {}", refused.text);
        }
        assert_eq!(server.status(&id).await, "running");
        assert_eq!(send(&server, "POST", &cancel, &[], "").await.status, 200);
    }
}

#[tokio::test]
async fn pages_of_this_machine_and_of_allowed_origins_may_start_runs() {
    let server = with(Access {
        origins: ["https://app.example.com", "null"]
            .map(|origin| origin.parse().expect("an origin"))
            .to_vec(),
        ..Access::default()
    })
    .await;
    for headers in [
        &[JSON][..],
        &[JSON, ("sec-fetch-site", "same-origin")],
        &[JSON, ("sec-fetch-site", "none")],
        &[JSON, ("origin", &server.base), ("sec-fetch-site", "same-origin")],
        &[
            JSON,
            ("origin", "http://localhost:3000"),
            ("sec-fetch-site", "cross-site"),
        ],
        &[
            JSON,
            ("origin", "https://app.example.com"),
            ("sec-fetch-site", "cross-site"),
        ],
        &[JSON, ("origin", "null")],
    ] {
        let answer = start(&server, headers).await;
        assert_eq!(answer.status, 200, "{headers:?}: {}", answer.text);
    }
    for origin in [
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
    ] {
        let answer = start(&server, &[JSON, ("origin", origin)]).await;
        assert_eq!(answer.status, 403, "{origin}: {}", answer.text);
    }
    let (status, answer) = raw(
        &server,
        "POST /handlers/x/cancel HTTP/1.1\nHost: HOST\nOrigin: https://app.example.com\nOrigin: http://evil.example",
    )
    .await;
    assert_eq!(status, 400, "two origins: {answer}");
}

#[tokio::test]
async fn bodies_must_say_that_they_are_json() {
    let behind = Server::demo().await;
    for server in [Server::demo().await, in_front_of(&behind.base).await] {
        for headers in [
            &[][..],
            &[("content-type", "text/plain")],
            &[("content-type", "application/x-www-form-urlencoded")],
        ] {
            let refused = start(&server, headers).await;
            assert_eq!(refused.status, 415, "{headers:?}: {}", refused.text);
            assert!(refused.text.contains("application/json"), "{}", refused.text);
        }
        for kind in ["application/json; charset=utf-8", "application/ld+json"] {
            assert_eq!(
                start(&server, &[("content-type", kind)]).await.status,
                200,
                "{kind}"
            );
        }
    }
    let fault = send(
        &behind,
        "POST",
        "/_faults/fail?status=418",
        &[("content-type", "text/plain")],
        "words",
    )
    .await;
    assert_eq!(fault.status, 200, "faults take any body: {}", fault.text);
}

#[tokio::test]
async fn other_upstream_paths_accept_any_content_type() {
    let app = Router::new().route("/upload", any(async |body: String| body));
    let front = in_front_of(&upstream(app).await).await;
    let answer = send(&front, "POST", "/upload", &[("content-type", "text/csv")], "a,b").await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "a,b"));
}

// Symptom: every web page could read the answers, in front of an upstream also with the upstream's permission.
// Cause: each origin was echoed into Access-Control-Allow-Origin, and the upstream's CORS headers passed.
#[tokio::test]
async fn only_allowed_origins_may_read_answers() {
    let permissive = Router::new().fallback(async || {
        [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "http://evil.example"),
            (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        ]
    });
    let access = Access {
        origins: vec!["https://app.example.com".parse().expect("an origin")],
        ..Access::default()
    };
    let in_front = Server::start(Options {
        upstream: Some(upstream(permissive).await.parse().expect("an address")),
        access: access.clone(),
        ..Options::default()
    })
    .await;
    for server in [with(access).await, in_front] {
        for (origin, expected) in [
            ("https://app.example.com", "https://app.example.com"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://evil.example", ""),
            ("null", ""),
        ] {
            let answer = server.get_with("/health", &[("origin", origin)]).await;
            assert_eq!(answer.status, 200, "{origin}");
            assert_eq!(answer.header("access-control-allow-origin"), expected, "{origin}");
            assert!(
                answer.header("vary").to_lowercase().contains("origin"),
                "caches keep the answers apart"
            );
            let preflight = send(
                &server,
                "OPTIONS",
                "/workflows/greeting/run-nowait",
                &[
                    ("origin", origin),
                    ("access-control-request-method", "POST"),
                    ("access-control-request-headers", "authorization,content-type"),
                    ("access-control-request-private-network", "true"),
                ],
                "",
            )
            .await;
            assert_eq!(
                preflight.header("access-control-allow-origin"),
                expected,
                "{origin}"
            );
            if expected.is_empty() {
                assert_eq!(preflight.status, 403, "{origin}");
                assert!(preflight.text.contains("--allow-origin"), "{}", preflight.text);
            } else {
                assert_eq!(preflight.status, 200, "{origin}");
                for (name, value) in [
                    ("access-control-allow-methods", "POST"),
                    ("access-control-allow-headers", "authorization,content-type"),
                    ("access-control-allow-credentials", "true"),
                    ("access-control-allow-private-network", "true"),
                ] {
                    assert_eq!(preflight.header(name), value, "{name}");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_options_request_that_asks_for_no_permission_goes_through() {
    let app = Router::new().fallback(async || "the upstream's own answer");
    let front = in_front_of(&upstream(app).await).await;
    let answer = send(&front, "OPTIONS", "/anything", &[], "").await;
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (200, "the upstream's own answer")
    );
}

#[tokio::test]
async fn connect_and_trace_are_refused() {
    let app = Router::new().fallback(async || "reached");
    let front = in_front_of(&upstream(app).await).await;
    for head in [
        "TRACE / HTTP/1.1\nHost: HOST",
        "CONNECT HOST HTTP/1.1\nHost: HOST",
        "CONNECT evil.example:443 HTTP/1.1\nHost: evil.example:443",
    ] {
        let (status, answer) = raw(&front, head).await;
        assert_eq!(status, 405, "{head}: {answer}");
        assert!(!answer.contains("reached"), "{answer}");
    }
}

#[tokio::test]
async fn no_answer_is_sniffed() {
    let app = Router::new().route("/page", any(async || "<script>"));
    let front = in_front_of(&upstream(app).await).await;
    let demo = Server::demo().await;
    for (server, path, host) in [
        (&demo, "/health", "localhost"),
        (&demo, "/", "localhost"),
        (&demo, "/nope", "localhost"),
        (&demo, "/debugger/", "localhost"),
        (&demo, "/health", "evil.example"),
        (&front, "/page", "localhost"),
        (&front, "/nope", "localhost"),
    ] {
        let answer = server.get_with(path, &[("host", host)]).await;
        assert_eq!(
            answer.header("x-content-type-options"),
            "nosniff",
            "{path} at {host}"
        );
    }
}
