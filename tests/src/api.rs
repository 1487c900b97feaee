//! The server's state, read over HTTP. The reference of most tests.

use std::time::Duration;

use futures::StreamExt as _;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::{Seen, until};

/// One event as the server sent it.
#[derive(Clone, Debug, PartialEq)]
pub struct WireEvent {
    /// The sequence id of its frame.
    pub sequence: u64,
    /// The whole envelope; a JSON string if the text is not JSON.
    pub envelope: Value,
}

impl WireEvent {
    /// The class name; empty if the envelope has none.
    #[must_use]
    pub fn class(&self) -> &str {
        self.envelope["type"].as_str().unwrap_or_default()
    }

    /// The event's own fields.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.envelope["value"]
    }
}

/// The response to a raw request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `content-type` header; empty if there is none.
    pub content_type: String,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// The body as JSON; a JSON string if it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| Value::String(self.body.clone()))
    }
}

/// A plain client of one server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    client: Client,
}

impl Api {
    /// A client of the server at `base` (without a trailing slash).
    ///
    /// # Panics
    /// If no HTTP client can be created.
    #[must_use]
    pub fn new(base: &str) -> Self {
        // The real server closes the connection after each 204; a pooled connection would fail in the next request.
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .pool_max_idle_per_host(0);
        let client = client.build().expect("an HTTP client");
        Self {
            base: base.to_owned(),
            client,
        }
    }

    /// Sends any request: `method` and `path` as on the wire, `body` unchanged, declared as JSON.
    ///
    /// # Panics
    /// If there is no response within 20 s.
    pub async fn send(&self, method: &str, path: &str, body: Option<&str>) -> Answer {
        let method = method.parse().expect("an HTTP method");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_owned());
        }
        self.answer(path, request).await
    }

    /// Sends an event to a run, with an `Idempotency-Key` if there is one.
    ///
    /// # Panics
    /// If there is no response within 20 s.
    pub async fn send_event(&self, handler: &str, event: &Value, key: Option<&str>) -> Answer {
        self.post(&format!("/events/{handler}"), &json!({ "event": event }), key)
            .await
    }

    /// Posts JSON, with an `Idempotency-Key` if there is one.
    ///
    /// # Panics
    /// If there is no response within 20 s.
    pub async fn post(&self, path: &str, body: &Value, key: Option<&str>) -> Answer {
        let mut request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.answer(path, request).await
    }

    async fn answer(&self, path: &str, request: RequestBuilder) -> Answer {
        let request = request.timeout(Duration::from_secs(20));
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{path} of {}: {error}", self.base));
        let status = response.status().as_u16();
        let content_type = response
            .headers()
            .get("content-type")
            .and_then(|it| it.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = response
            .text()
            .await
            .unwrap_or_else(|error| panic!("body of {path}: {error}"));
        Answer {
            status,
            content_type,
            body,
        }
    }

    /// The body of a GET as JSON, with any status.
    pub async fn get(&self, path: &str) -> Value {
        self.send("GET", path, None).await.json()
    }

    /// Starts a run and returns its handler id.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn start(&self, workflow: &str, start_event: Value) -> String {
        let body = json!({ "start_event": start_event }).to_string();
        let answer = self
            .send("POST", &format!("/workflows/{workflow}/run-nowait"), Some(&body))
            .await;
        let json = answer.json();
        json["handler_id"]
            .as_str()
            .unwrap_or_else(|| panic!("{workflow} did not start: {answer:?}"))
            .to_owned()
    }

    /// The handler's record.
    pub async fn handler(&self, handler: &str) -> Value {
        self.get(&format!("/handlers/{handler}")).await
    }

    /// Waits until the server reports this `status` of the run.
    pub async fn until_status(&self, handler: &str, status: &str, limit: Duration) {
        until(
            &format!("the server to call {handler} {status}"),
            limit,
            async || {
                let record = self.handler(handler).await;
                if record["status"] == status {
                    Ok(())
                } else {
                    Err(record.to_string())
                }
            },
        )
        .await;
    }

    /// The address of a run's stream of public events, from the first event.
    #[must_use]
    pub fn stream_address(&self, handler: &str) -> String {
        format!(
            "{}/events/{handler}?after_sequence=-1&include_internal=false",
            self.base
        )
    }

    /// All events of an ended run, read until the server closes the stream.
    pub async fn events(&self, handler: &str, internal: bool) -> Vec<WireEvent> {
        self.read_events(handler, internal, Duration::from_secs(20)).await
    }

    /// The events of a running run so far: those before the first pause of 300 ms.
    pub async fn events_so_far(&self, handler: &str, internal: bool) -> Vec<WireEvent> {
        self.read_events(handler, internal, Duration::from_millis(300))
            .await
    }

    /// The sequence ids of the events that are not internal.
    pub async fn public_sequences(&self, handler: &str) -> Vec<u64> {
        self.events(handler, false)
            .await
            .iter()
            .map(|event| event.sequence)
            .collect()
    }

    async fn read_events(&self, handler: &str, internal: bool, pause: Duration) -> Vec<WireEvent> {
        let url = format!(
            "{}/events/{handler}?after_sequence=-1&include_internal={internal}",
            self.base
        );
        let response = self
            .client
            .get(&url)
            .send()
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        assert!(
            response.status().is_success(),
            "{url} answered {}",
            response.status()
        );
        let mut stream = response.bytes_stream();
        let mut bytes = Vec::new();
        while let Ok(Some(chunk)) = tokio::time::timeout(pause, stream.next()).await {
            bytes.extend_from_slice(&chunk.unwrap_or_else(|error| panic!("{url} broke off: {error}")));
        }
        frames(&String::from_utf8_lossy(&bytes))
    }
}

/// The frames of a stream in this server's format: one `id:` line and one `data:` line each. An incomplete frame is left out.
fn frames(text: &str) -> Vec<WireEvent> {
    let whole = text.rfind("\n\n").map_or("", |end| &text[..end]);
    whole
        .split("\n\n")
        .filter_map(|frame| event(frame).ok())
        .collect()
}

fn event(frame: &str) -> Seen<WireEvent> {
    let line = |name: &str| {
        frame
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
    };
    let sequence = line("id:").and_then(|id| id.parse().ok()).ok_or("no id")?;
    let data = line("data:").ok_or("no data")?;
    let envelope = serde_json::from_str(data).unwrap_or_else(|_| Value::String(data.to_owned()));
    Ok(WireEvent { sequence, envelope })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complete_frames_are_read_and_partial_ones_left_out() {
        let text = "id: 1\ndata: {\"type\":\"A\"}\n\n: heartbeat\n\nid: 4\ndata: {\"type\":\"B\"}\n\nid: 5\ndata: {\"ty";
        let seen: Vec<_> = frames(text)
            .iter()
            .map(|event| (event.sequence, event.class().to_owned()))
            .collect();
        assert_eq!(
            seen,
            [(1, "A".to_owned()), (4, "B".to_owned())],
            "heartbeats and half frames are no events"
        );
    }
}
