//! A server that sends exactly the protocol text of a test, for cases that real servers cannot produce.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The handler of the script's only run.
const HANDLER: &str = "scripted";
const STARTED: &str = "2026-11-20T11:28:10.036927+00:00";

/// A literal response.
#[derive(Clone, Debug)]
pub struct Canned {
    /// The HTTP status.
    pub status: u16,
    /// The `content-type` header.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Canned {
    /// An error in the format of the server.
    #[must_use]
    pub fn detail(status: u16, detail: &str) -> Self {
        Self {
            status,
            content_type: "application/json",
            body: json!({ "detail": detail }).to_string(),
        }
    }

    /// An HTML page, as proxies and crashed servers send it.
    #[must_use]
    pub fn html(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: "text/html; charset=utf-8",
            body: body.to_owned(),
        }
    }
}

/// A response of this server besides its status and its body.
#[derive(Clone, Debug)]
enum Said {
    Words(Canned),
    /// A redirect to this address.
    Redirect(String),
    /// No response while the connection lives.
    Nothing,
}

/// A workflow named `scripted` and the frames of its only run. Every start is a start of that run.
#[derive(Clone, Debug)]
pub struct Script {
    start: Value,
    frames: Vec<(u64, String)>,
    ended: Option<Value>,
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

impl Script {
    /// A script without events, whose start event accepts any fields.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: json!({ "properties": {}, "title": "StartEvent", "type": "object" }),
            frames: vec![],
            ended: None,
        }
    }

    /// The schema of the start event.
    #[must_use]
    pub fn start_schema(mut self, schema: Value) -> Self {
        self.start = schema;
        self
    }

    /// The next sequence id.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.frames.len() as u64
    }

    /// The next event of the stream.
    #[must_use]
    pub fn event(self, class: &str, value: &Value) -> Self {
        self.envelope(&json!({ "value": value, "qualified_name": format!("script.{class}"), "type": class, "types": null }))
    }

    /// The same with the whole envelope.
    #[must_use]
    pub fn envelope(self, envelope: &Value) -> Self {
        self.data(&envelope.to_string())
    }

    /// A frame with any text as its data.
    #[must_use]
    pub fn data(mut self, data: &str) -> Self {
        let sequence = self.next();
        self.frames
            .push((sequence, format!("id: {sequence}\ndata: {data}\n\n")));
        self
    }

    /// A frame with this text as its data and without an id.
    #[must_use]
    pub fn nameless(mut self, data: &str) -> Self {
        // It is sent together with the previous event.
        let frame = format!("data: {data}\n\n");
        match self.frames.last_mut() {
            Some((_, text)) => text.push_str(&frame),
            None => panic!("the first frame needs an id"),
        }
        self
    }

    /// The end of the run with this result. Without it the stream stays open and silent.
    #[must_use]
    pub fn completed(self, result: &Value) -> Self {
        let stop = json!({
            "value": { "result": result }, "qualified_name": "workflows.events.StopEvent", "type": "StopEvent", "types": null
        });
        let mut script = self.envelope(&stop);
        script.ended = Some(stop);
        script
    }
}

/// A script behind a port. Dropping it closes the port.
#[derive(Debug)]
#[must_use = "dropping the server ends it"]
pub struct ScriptedServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    script: Script,
    state: Mutex<Changing>,
    released: Notify,
}

#[derive(Debug, Default)]
struct Changing {
    started: bool,
    completed: bool,
    canned: HashMap<String, Said>,
    /// Responses with a limited number of uses.
    brief: HashMap<String, usize>,
    held: HashSet<String>,
    /// Further rows of the list, as JSON.
    listed: String,
    requests: Vec<Asked>,
}

/// A received request.
#[derive(Debug)]
struct Asked {
    /// Method and path.
    kind: String,
    query: String,
    body: String,
    authorization: Option<String>,
}

impl ScriptedServer {
    /// Serves `script` on a free port.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn start(script: Script) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port for the script");
        let address = listener.local_addr().expect("the script's address");
        let shared = Arc::new(Shared {
            script,
            state: Mutex::default(),
            released: Notify::new(),
        });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            // It ends with the test; its errors do not matter then.
            let _ = axum::serve(listener, app).await;
        });
        Self {
            address,
            shared,
            serving,
        }
    }

    /// Its base URL.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The id of its only run.
    #[must_use]
    pub fn handler(&self) -> &'static str {
        HANDLER
    }

    /// Uses this response for every request of this kind (`"POST /workflows/scripted/run-nowait"`); `None` removes it.
    pub fn say(&self, request: &str, words: Option<Canned>) {
        self.answer(request, words.map(Said::Words), None);
    }

    /// The same for the next `times` requests only.
    pub fn say_times(&self, request: &str, words: Canned, times: usize) {
        self.answer(request, Some(Said::Words(words)), Some(times));
    }

    /// Redirects every request of this kind to an address.
    pub fn redirect(&self, request: &str, address: &str) {
        self.answer(request, Some(Said::Redirect(address.to_owned())), None);
    }

    /// Does not respond to the next `times` requests of this kind.
    pub fn keep_silent(&self, request: &str, times: usize) {
        self.answer(request, Some(Said::Nothing), Some(times));
    }

    fn answer(&self, request: &str, said: Option<Said>, times: Option<usize>) {
        let mut state = self.shared.lock();
        match said {
            Some(said) => state.canned.insert(request.to_owned(), said),
            None => state.canned.remove(request),
        };
        match times {
            Some(times) => state.brief.insert(request.to_owned(), times),
            None => state.brief.remove(request),
        };
    }

    /// Lists these handlers next to the script's own run.
    pub fn list(&self, handlers: &[Value]) {
        let rows: Vec<String> = handlers.iter().map(Value::to_string).collect();
        self.shared.lock().listed = rows.join(",");
    }

    /// A handler in the format of this server.
    #[must_use]
    pub fn described(id: &str, status: &str, started_at: &str) -> Value {
        let ended = (status != "running").then_some(started_at);
        json!({
            "handler_id": id, "workflow_name": "scripted", "run_id": format!("run-{id}"), "error": null, "status": status,
            "completed_at": ended, "result": null, "result_unreadable": false,
            "started_at": started_at, "updated_at": started_at,
        })
    }

    /// Leaves every request of this kind without a response; `false` responds to the waiting ones.
    pub fn hold(&self, request: &str, hold: bool) {
        let mut state = self.shared.lock();
        if hold {
            state.held.insert(request.to_owned());
        } else {
            state.held.remove(request);
        }
        drop(state);
        self.shared.released.notify_waiters();
    }

    /// All received requests, as method and path.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared
            .lock()
            .requests
            .iter()
            .map(|asked| asked.kind.clone())
            .collect()
    }

    /// The same with their queries: `"GET /handlers?status=running"`.
    #[must_use]
    pub fn requests_with_queries(&self) -> Vec<String> {
        let state = self.shared.lock();
        let whole = |asked: &Asked| match asked.query.as_str() {
            "" => asked.kind.clone(),
            query => format!("{}?{query}", asked.kind),
        };
        state.requests.iter().map(whole).collect()
    }

    /// The credentials of the requests that had any, in order of arrival.
    #[must_use]
    pub fn authorizations(&self) -> Vec<String> {
        let state = self.shared.lock();
        state
            .requests
            .iter()
            .filter_map(|asked| asked.authorization.clone())
            .collect()
    }

    /// The bodies of the requests of one kind, in order of arrival.
    #[must_use]
    pub fn bodies(&self, request: &str) -> Vec<String> {
        let state = self.shared.lock();
        state
            .requests
            .iter()
            .filter(|asked| asked.kind == request)
            .map(|asked| asked.body.clone())
            .collect()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Changing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handler(&self) -> Value {
        let ended = if self.lock().completed {
            self.script.ended.clone()
        } else {
            None
        };
        json!({
            "handler_id": HANDLER, "workflow_name": "scripted", "run_id": "scriptedrun", "error": null,
            "status": if ended.is_some() { "completed" } else { "running" },
            "completed_at": ended.as_ref().map(|_| STARTED), "result": ended, "result_unreadable": false,
            "started_at": STARTED, "updated_at": STARTED,
        })
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let kind = format!("{} {}", request.method(), request.uri().path());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let method = request.method().clone();
    let authorization = request.headers().get(header::AUTHORIZATION);
    let authorization = authorization.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let path = request.uri().path().trim_matches('/').to_owned();
    let body = to_bytes(request.into_body(), 1 << 20).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    shared.lock().requests.push(Asked {
        kind: kind.clone(),
        query: query.clone(),
        body,
        authorization,
    });
    loop {
        let mut released = pin!(shared.released.notified());
        released.as_mut().enable();
        if !shared.lock().held.contains(&kind) {
            break;
        }
        released.await;
    }
    let mut silent = false;
    {
        let mut state = shared.lock();
        match said(&mut state, &kind) {
            None => {}
            Some(Said::Words(words)) => return text(words.status, words.content_type, words.body),
            Some(Said::Redirect(address)) => return redirect(&address),
            Some(Said::Nothing) => silent = true,
        }
    }
    if silent {
        std::future::pending::<()>().await;
    }
    let path: Vec<&str> = path.split('/').collect();
    match (&method, path.as_slice()) {
        // Browsers send this before requests of pages of other origins.
        (&Method::OPTIONS, _) => text(200, "text/plain", String::new()),
        (&Method::GET, ["health"]) => reply(200, &json!({ "status": "healthy" })),
        (&Method::GET, ["workflows"]) => reply(200, &json!({ "workflows": ["scripted"] })),
        (&Method::GET, ["workflows", "scripted", "schema"]) => {
            let stop = json!({ "properties": {}, "title": "StopEvent", "type": "object" });
            reply(200, &json!({ "start": shared.script.start, "stop": stop }))
        }
        (&Method::GET, ["workflows", "scripted", "events"]) => {
            let classes = ["StartEvent", "StopEvent", "HumanResponseEvent"];
            let schemas = classes.map(|title| json!({ "properties": {}, "title": title, "type": "object" }));
            reply(200, &json!({ "events": schemas }))
        }
        (&Method::GET, ["workflows", "scripted", "representation"]) => reply(
            200,
            &json!({ "graph": { "name": "Scripted", "nodes": [], "edges": [], "description": null } }),
        ),
        (&Method::POST, ["workflows", "scripted", "run-nowait"]) => {
            shared.lock().started = true;
            reply(200, &shared.handler())
        }
        (&Method::GET, ["handlers"]) => {
            let (started, mut rows) = {
                let state = shared.lock();
                (state.started, state.listed.clone())
            };
            if query.contains("status=running") {
                rows.clear();
            }
            if started {
                let own = shared.handler().to_string();
                rows = if rows.is_empty() {
                    own
                } else {
                    [rows, own].join(",")
                };
            }
            text(200, "application/json", format!("{{\"handlers\":[{rows}]}}"))
        }
        (&Method::GET, ["handlers", HANDLER]) => {
            let handler = shared.handler();
            reply(if handler["status"] == "running" { 202 } else { 200 }, &handler)
        }
        (&Method::POST, ["events", HANDLER]) => reply(200, &json!({ "status": "sent" })),
        (&Method::GET, ["events", HANDLER]) => events(&shared, &query),
        _ => reply(404, &json!({ "detail": "Not Found" })),
    }
}

/// The response to this request; decrements its remaining uses.
fn said(state: &mut Changing, kind: &str) -> Option<Said> {
    let said = state.canned.get(kind).cloned()?;
    if let Some(left) = state.brief.get_mut(kind) {
        if *left == 0 {
            return None;
        }
        *left -= 1;
    }
    Some(said)
}

fn redirect(address: &str) -> Response {
    let mut response = text(302, "text/html", "<title>Moved</title>".to_owned());
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}

fn events(shared: &Arc<Shared>, query: &str) -> Response {
    let cursor = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("after_sequence="));
    let cursor: i64 = cursor.and_then(|it| it.parse().ok()).unwrap_or(-1);
    let after = |sequence: u64| i64::try_from(sequence).is_ok_and(|sequence| sequence > cursor);
    let frames: Vec<String> = shared
        .script
        .frames
        .iter()
        .filter(|(sequence, _)| after(*sequence))
        .map(|(_, text)| text.clone())
        .collect();
    if frames.is_empty() && shared.script.ended.is_some() {
        return text(204, "text/event-stream; charset=utf-8", String::new());
    }
    let frames = stream::iter(frames.into_iter().map(Ok::<_, Infallible>));
    let body = if shared.script.ended.is_some() {
        shared.lock().completed = true;
        Body::from_stream(frames)
    } else {
        Body::from_stream(frames.chain(stream::pending()))
    };
    build(200, "text/event-stream; charset=utf-8", body)
}

fn reply(status: u16, json: &Value) -> Response {
    text(status, "application/json", json.to_string())
}

fn text(status: u16, content_type: &str, body: String) -> Response {
    build(status, content_type, Body::from(body))
}

fn build(status: u16, content_type: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Ok(value) = content_type.parse() {
        headers.insert(header::CONTENT_TYPE, value);
    }
    // The real server allows pages of all origins.
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
