//! The answers of the real server, written down by `reference/record.py`, asked of the embedded one.

use futures::StreamExt;
use serde_json::Value;
use workflow_debugger::Options;

use crate::normal::normal_body;
use crate::support::{Server, client, soon};

async fn ask(server: &Server, request: &Value, id: &str) -> Value {
    let path = request["path"].as_str().expect("a path").replace("{id}", id);
    let method = request["method"]
        .as_str()
        .expect("a method")
        .parse()
        .expect("a method");
    let mut sent = client().request(method, format!("{}{path}", server.base));
    if let Some(body) = request["body"].as_str() {
        sent = sent
            .header("content-type", "application/json")
            .body(body.replace("{id}", id));
    }
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        sent = sent.header(name, value.as_str().expect("a header"));
    }
    let response = soon(&path, sent.send()).await.expect("an answer");
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = match request["until"].as_u64() {
        None => soon(&path, response.text()).await.expect("a body"),
        Some(frames) => {
            let (mut chunks, mut text) = (response.bytes_stream(), String::new());
            while text.matches("\n\n").count() < usize::try_from(frames).expect("a count") {
                let bytes = soon(&path, chunks.next())
                    .await
                    .expect("more events")
                    .expect("bytes");
                text.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
            }
            let wanted: Vec<&str> = text
                .split_inclusive("\n\n")
                .take(usize::try_from(frames).expect("a count"))
                .collect();
            wanted.concat()
        }
    };
    let shown: serde_json::Map<String, Value> = ["content-type"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), headers.get(name)?.to_str().ok()?.into())))
        .collect();
    serde_json::json!({ "status": status, "headers": shown, "body": text })
}

async fn play(server: &Server, case: &Value) -> (usize, Vec<String>) {
    let (mut id, mut wrong, mut count) = (String::new(), Vec::new(), 0);
    for request in case.as_array().expect("a case") {
        let mut answer = ask(server, request, &id).await;
        let body = answer["body"].as_str().expect("text").to_owned();
        if let Some(given) = body
            .strip_prefix("{\"handler_id\":\"")
            .and_then(|rest| rest.split('"').next())
        {
            given.clone_into(&mut id);
        }
        answer["body"] = normal_body(&body).into();
        let mut expected = request["answer"].clone();
        expected["body"] = normal_body(expected["body"].as_str().expect("text")).into();
        count += 1;
        if answer != expected {
            wrong.push(format!(
                "{} {} {}\n  real     {expected}\n  embedded {answer}",
                request["method"], request["path"], request["body"]
            ));
        }
    }
    (count, wrong)
}

#[tokio::test]
async fn the_embedded_server_answers_as_the_real_one() {
    let recorded: Value =
        serde_json::from_str(include_str!("../../reference/answers.json")).expect("recorded answers");
    let server = Server::start(Options::default()).await;
    let cases = recorded.as_array().expect("cases");
    let played: Vec<(usize, Vec<String>)> = futures::stream::iter(cases)
        .map(|case| play(&server, case))
        .buffer_unordered(16)
        .collect()
        .await;
    let count: usize = played.iter().map(|(count, _)| count).sum();
    let wrong: Vec<String> = played.into_iter().flat_map(|(_, wrong)| wrong).collect();
    assert!(count > 600, "only {count} requests were recorded");
    assert!(
        wrong.is_empty(),
        "{} of {count} answers differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
