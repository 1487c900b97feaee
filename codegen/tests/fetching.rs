//! Asking a server for its schemas.

#![allow(clippy::unwrap_used, reason = "tests report by failing")]
#![cfg(feature = "command")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use workflow_codegen::{Error, Schemas, fetch};

/// A server that has these answers, and 404 for everything else; its address. It ends with the test's process.
fn serve(answers: &'static [(&'static str, u16, &'static str)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let head: Vec<String> = BufReader::new(&stream)
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let path = head
                .first()
                .and_then(|line| line.split(' ').nth(1))
                .unwrap_or_default();
            let found = answers.iter().find(|(known, ..)| *known == path);
            let (status, body) = found.map_or((404, "{}"), |(_, status, body)| (*status, *body));
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} It\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    base
}

const NAMES: (&str, u16, &str) = ("/workflows", 200, r#"{"workflows":["one","two"]}"#);
const EVENTS: &str = r#"{"events":[{"title":"Answer","type":"object"}]}"#;
const SCHEMA: &str =
    r#"{"start":{"title":"A start","type":"object"},"stop":{"title":"Stop","type":"object"}}"#;
const GRAPH: &str =
    r#"{"graph":{"nodes":[{"event_type":"Start","event_schema":{"title":"A start","type":"object"}}]}}"#;

/// The server's address goes before it.
fn says(result: Result<Schemas, Error>, words: &str) {
    let error = result.unwrap_err().to_string();
    assert!(
        error.starts_with("http://127.0.0.1") && error.contains(words),
        "{error}"
    );
}

#[test]
fn a_graph_that_cannot_be_had_costs_no_workflow() {
    // One workflow that could not be drawn left all without types: each failing request was the end.
    let base = serve(&[
        NAMES,
        ("/workflows/one/schema", 200, SCHEMA),
        ("/workflows/one/events", 200, EVENTS),
        (
            "/workflows/one/representation",
            500,
            r#"{"detail":"no graph today"}"#,
        ),
        ("/workflows/two/schema", 200, SCHEMA),
        ("/workflows/two/events", 200, EVENTS),
        ("/workflows/two/representation", 200, GRAPH),
    ]);
    let schemas = fetch(&base, &[]).unwrap();
    let starts: Vec<(&str, String)> = schemas
        .workflows()
        .map(|(name, workflow)| (name, workflow.start["title"].to_string()))
        .collect();
    assert_eq!(
        starts,
        [
            ("one", r#""A start""#.to_owned()),
            ("two", r#""Start""#.to_owned())
        ],
        "the title does where the graph is missing"
    );
}

#[test]
fn what_is_no_workflow_server_is_an_error_that_says_so() {
    // Another program on that port made a file without types, and no word.
    let lists: [&'static [_]; 2] = [
        &[("/workflows", 200, "{}")],
        &[("/workflows", 200, r#"{"workflows":"none"}"#)],
    ];
    for answers in lists {
        says(fetch(&serve(answers), &[]), "the answer has no list `workflows`");
    }
    let base = serve(&[("/workflows", 200, "[]")]);
    says(fetch(&base, &[]), "the answer is no JSON object");
    // Nor is one that has no schemas.
    let base = serve(&[NAMES, ("/workflows/one/schema", 200, r#""none""#)]);
    says(
        fetch(&base, &[]),
        "/workflows/one/schema: the answer is no JSON object",
    );
    says(fetch(&serve(&[NAMES]), &[]), "404");
}
