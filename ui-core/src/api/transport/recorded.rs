//! Recorded runs, played back by a [`ScriptedTransport`].

use serde_json::{Value, json};
use workflow_protocol::{DecodeError, Handler, Request, endpoint};

use super::{HttpMeta, HttpResponse, Reply, ScriptedStream, ScriptedTransport};

/// A recorded run: its handler, its event stream byte for byte, and the server's description of its workflow.
///
/// # Recording
/// Save the answers of these addresses unchanged:
///
/// | part | address |
/// | --- | --- |
/// | handler | `/handlers/{id}` |
/// | stream | `/events/{id}?sse=true&after_sequence=-1&include_internal=true` |
/// | schema | `/workflows/{name}/schema` |
/// | events | `/workflows/{name}/events` |
/// | graph | `/workflows/{name}/representation` |
///
/// # Example
/// ```
/// use workflow_ui_core::{Recording, ScriptedTransport};
///
/// let recording = Recording::new(
///     r#"{"handler_id":"h1","workflow_name":"greet","run_id":"r1","status":"completed"}"#,
///     "id: 0\ndata: {\"type\":\"StopEvent\",\"value\":{}}\n\n",
/// )?;
/// let server = ScriptedTransport::new();
/// server.serve(&recording);
/// # Ok::<(), workflow_ui_core::protocol::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    handler: Handler,
    json: String,
    stream: Vec<u8>,
    schema: Option<String>,
    events: Option<String>,
    graph: Option<String>,
}

impl Recording {
    /// A run from the JSON of its handler and the bytes of its stream.
    ///
    /// # Errors
    /// If the handler cannot be decoded.
    pub fn new(handler: &str, stream: impl Into<Vec<u8>>) -> Result<Self, DecodeError> {
        Ok(Self {
            handler: Handler::parse(handler)?,
            json: handler.to_owned(),
            stream: stream.into(),
            schema: None,
            events: None,
            graph: None,
        })
    }

    /// A run from its stream alone. Its handler is generated.
    ///
    /// # Errors
    /// None for a `status` that is a plain word.
    pub fn of_stream(
        id: &str,
        workflow: &str,
        status: &str,
        stream: impl Into<Vec<u8>>,
    ) -> Result<Self, DecodeError> {
        let handler = json!({
            "handler_id": id,
            "workflow_name": workflow,
            "run_id": format!("run-{id}"),
            "started_at": "2026-01-01T12:00:00+00:00",
            "status": status,
        });
        Self::new(&handler.to_string(), stream)
    }

    /// Adds the server's description of the workflow: the answers for its schema, its events and its graph.
    #[must_use]
    pub fn with_workflow(mut self, schema: &str, events: &str, graph: &str) -> Self {
        self.schema = Some(schema.to_owned());
        self.events = Some(events.to_owned());
        self.graph = Some(graph.to_owned());
        self
    }

    /// The same run before its end. The handler is running, and the test feeds the stream.
    #[must_use]
    pub fn running(mut self) -> Self {
        if let Ok(Value::Object(mut fields)) = serde_json::from_str(&self.json) {
            fields.insert("status".to_owned(), json!("running"));
            for name in ["error", "result", "completed_at"] {
                fields.insert(name.to_owned(), Value::Null);
            }
            self.json = Value::Object(fields).to_string();
        }
        if let Ok(handler) = Handler::parse(&self.json) {
            self.handler = handler;
        }
        self
    }

    /// The handler.
    pub const fn handler(&self) -> &Handler {
        &self.handler
    }

    /// The frames of the stream in order, each with the empty line that ends it.
    pub fn frames(&self) -> Vec<&[u8]> {
        let mut frames = Vec::new();
        let mut start = 0;
        for end in frame_ends(&self.stream) {
            frames.extend(self.stream.get(start..end));
            start = end;
        }
        frames.extend(self.stream.get(start..).filter(|rest| !rest.is_empty()));
        frames
    }

    /// Sends the frames of this range to an open stream, as far as they exist.
    pub fn feed(&self, stream: &ScriptedStream, frames: std::ops::Range<usize>) {
        for frame in self.frames().get(frames).unwrap_or_default() {
            stream.bytes(*frame);
        }
    }
}

/// The places behind each empty line.
fn frame_ends(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..)?;
        let lf = rest
            .windows(2)
            .position(|pair| pair == b"\n\n")
            .map(|found| found + 2);
        let crlf = rest
            .windows(4)
            .position(|pair| pair == b"\r\n\r\n")
            .map(|found| found + 4);
        at += [lf, crlf].into_iter().flatten().min()?;
        Some(at)
    })
}

impl ScriptedTransport {
    /// Answers like the recorded server: the run's handler, its workflow, and the whole stream if the run has ended. The stream of a running
    /// run opens and waits for [`Recording::feed`].
    pub fn serve(&self, recording: &Recording) -> &Self {
        let handler = &recording.handler;
        let workflow = &handler.workflow_name;
        let path = |request: Request| request.path.split('?').next().unwrap_or_default().to_owned();
        let about = [
            (endpoint::schema(workflow), &recording.schema),
            (endpoint::events(workflow), &recording.events),
            (endpoint::representation(workflow), &recording.graph),
        ];
        for (request, answer) in about {
            if let Some(answer) = answer {
                self.get(&path(request), Reply::json(200, answer));
            }
        }
        let status = match handler.status.as_str() {
            "completed" => 200,
            "failed" | "cancelled" => 500,
            _ => 202,
        };
        let id = &handler.handler_id;
        self.get(&path(endpoint::handler(id)), Reply::json(status, &recording.json));
        let stream = if handler.status.is_terminal() {
            Reply::Answer(HttpResponse {
                status: 200,
                content_type: Some("text/event-stream".to_owned()),
                retry_after: None,
                meta: HttpMeta::default(),
                body: String::from_utf8_lossy(&recording.stream).into_owned(),
            })
        } else {
            Reply::Stream
        };
        self.get(&path(endpoint::stream(id, -1, true)), stream)
    }

    /// Serves these runs, and lists them and their workflows.
    pub fn serve_all(&self, recordings: &[Recording]) -> &Self {
        let mut names: Vec<&str> = Vec::new();
        for recording in recordings {
            self.serve(recording);
            let name = recording.handler.workflow_name.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let handlers: Vec<&str> = recordings
            .iter()
            .map(|recording| recording.json.as_str())
            .collect();
        // Joined as texts: a recorded answer stays as it is, digit by digit.
        let handlers = format!("{{\"handlers\":[{}]}}", handlers.join(","));
        self.get("/handlers", Reply::json(200, handlers));
        self.get(
            "/workflows",
            Reply::json(200, json!({ "workflows": names }).to_string()),
        )
    }
}
