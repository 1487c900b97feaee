//! A running app and a client for it.

use std::future::Future;
use std::time::Duration;

use futures::StreamExt;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use workflow_debugger::{Faults, Options, app, serve};

/// Anything that can hang is given up after this.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Gives a future the deadline.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(output) => output,
        Err(_) => panic!("took too long: {what}"),
    }
}

/// Waits for a condition that nothing announces.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    soon(what, async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// An app on a free port; dropping it closes the port.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) faults: Faults,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            status,
            headers,
            text: soon("body", response.text()).await.expect("a whole body"),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }
}

/// A client that follows nothing and keeps no connections.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .no_proxy()
        .build()
        .expect("a client")
}

impl Server {
    /// The demo workflows with faults allowed.
    pub(crate) async fn demo() -> Self {
        Self::start(Options::default()).await
    }

    pub(crate) async fn start(options: Options) -> Self {
        let faults = options.faults.clone().unwrap_or_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let app = app(Options {
            faults: Some(faults.clone()),
            ..options
        });
        let task = tokio::spawn(async move {
            let _ = serve(listener, app).await;
        });
        Self { base, faults, task }
    }

    pub(crate) async fn open(&self, path: &str) -> reqwest::Response {
        soon(path, client().get(format!("{}{path}", self.base)).send())
            .await
            .expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::read(self.open(path).await).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = client().get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::read(soon(path, request.send()).await.expect("an answer")).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let request = client()
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(body.to_string());
        Answer::read(soon(path, request.send()).await.expect("an answer")).await
    }

    /// Starts a run and gives its handler's id.
    pub(crate) async fn begin(&self, workflow: &str, value: Value) -> String {
        let answer = self
            .post(
                &format!("/workflows/{workflow}/run-nowait"),
                json!({ "start_event": value }),
            )
            .await;
        assert_eq!(answer.status, 200, "start of {workflow}: {}", answer.text);
        answer.json()["handler_id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn status(&self, id: &str) -> String {
        self.get(&format!("/handlers/{id}")).await.json()["status"]
            .as_str()
            .expect("a status")
            .to_owned()
    }

    /// A stream of events; `query` follows the question mark.
    pub(crate) async fn events(&self, id: &str, query: &str) -> Events {
        let response = self.open(&format!("/events/{id}?{query}")).await;
        assert_eq!(response.status(), 200, "stream of {id}?{query}");
        Events::new(response)
    }

    pub(crate) async fn answer(&self, id: &str, class: &str, value: Value) -> Answer {
        self.post(
            &format!("/events/{id}"),
            json!({ "event": { "type": class, "value": value } }),
        )
        .await
    }
}

type Chunks = futures::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>;

/// What a stream said next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Event {
        id: u64,
        data: Value,
    },
    Comment(String),
    /// The server ended the stream.
    End,
    /// The connection broke.
    Broken,
}

/// Reads an event stream block by block.
pub(crate) struct Events {
    chunks: Chunks,
    held: String,
}

impl Events {
    pub(crate) fn new(response: reqwest::Response) -> Self {
        Self {
            chunks: response.bytes_stream().boxed(),
            held: String::new(),
        }
    }

    pub(crate) async fn next(&mut self) -> Next {
        loop {
            if let Some((block, rest)) = self.held.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.held = rest;
                if let Some(comment) = block.strip_prefix(": ") {
                    return Next::Comment(comment.to_owned());
                }
                let (id, data) = block
                    .split_once("\ndata: ")
                    .unwrap_or_else(|| panic!("odd block: {block}"));
                let id = id
                    .strip_prefix("id: ")
                    .and_then(|id| id.parse().ok())
                    .expect("an id");
                return Next::Event {
                    id,
                    data: serde_json::from_str(data).unwrap_or(Value::String(data.to_owned())),
                };
            }
            match soon("the next event", self.chunks.next()).await {
                Some(Ok(bytes)) => self
                    .held
                    .push_str(std::str::from_utf8(&bytes).expect("chunks end between characters")),
                Some(Err(_)) => return Next::Broken,
                None => return Next::End,
            }
        }
    }

    /// The next event's id and class.
    pub(crate) async fn class(&mut self) -> (u64, String) {
        match self.next().await {
            Next::Event { id, data } => (id, data["type"].as_str().unwrap_or("?").to_owned()),
            other => panic!("no event but {other:?}"),
        }
    }

    /// All events to the end, and how it ended.
    pub(crate) async fn rest(&mut self) -> (Vec<(u64, Value)>, Next) {
        let mut events = Vec::new();
        loop {
            match self.next().await {
                Next::Event { id, data } => events.push((id, data)),
                Next::Comment(_) => {}
                end => return (events, end),
            }
        }
    }
}
