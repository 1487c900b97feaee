//! Asks a running server for its schemas.

use crate::{Error, Schemas, WorkflowSchemas};
use serde_json::Value;
use std::time::Duration;
use ureq::Agent;
use workflow_protocol::{Request, endpoint};

/// The schemas of all workflows of the server at `base` (`http://127.0.0.1:8000`, or with a deployment's path). `headers` go
/// with each request, such as `("authorization", "Bearer …")`. Each request may take half a minute.
///
/// # Errors
///
/// [`Error::Server`] when the server can't be reached, refuses, or answers with something else than a workflow server does. A graph
/// that can't be had is no error.
pub fn fetch(base: &str, headers: &[(String, String)]) -> Result<Schemas, Error> {
    let config = Agent::config_builder().timeout_global(Some(Duration::from_secs(30)));
    let server = Server {
        agent: config.http_status_as_error(false).build().into(),
        base: base.trim_end_matches('/'),
        headers,
    };
    let workflows = endpoint::workflows();
    let names = server.get(&workflows)?;
    let names = names["workflows"]
        .as_array()
        .ok_or_else(|| server.failed(&workflows, "the answer has no list `workflows`"))?;
    let mut schemas = Schemas::new();
    for name in names.iter().filter_map(Value::as_str) {
        let mut classes = server.get(&endpoint::schema(name))?;
        let mut events = server.get(&endpoint::events(name))?;
        // It only knows names better than the titles do, and a workflow whose graph can't be drawn runs all the same.
        let graph = server.get(&endpoint::representation(name)).unwrap_or_default();
        for part in ["start", "stop"] {
            name_class(&mut classes[part], &graph);
        }
        for event in events["events"].as_array_mut().into_iter().flatten() {
            name_class(event, &graph);
        }
        let workflow = WorkflowSchemas {
            start: classes["start"].take(),
            stop: classes["stop"].take(),
            events: events["events"]
                .as_array_mut()
                .map(std::mem::take)
                .unwrap_or_default(),
        };
        schemas.insert(name, workflow);
    }
    Ok(schemas)
}

struct Server<'a> {
    agent: Agent,
    base: &'a str,
    headers: &'a [(String, String)],
}

impl Server<'_> {
    fn url(&self, request: &Request) -> String {
        format!("{}{}", self.base, request.path)
    }

    fn failed(&self, request: &Request, reason: impl Into<String>) -> Error {
        Error::Server {
            url: self.url(request),
            reason: reason.into(),
        }
    }

    /// The object that the server answers with.
    fn get(&self, request: &Request) -> Result<Value, Error> {
        let failed = |reason: String| self.failed(request, reason);
        let mut request = self.agent.get(self.url(request));
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let mut answer = request.call().map_err(|error| failed(error.to_string()))?;
        let text = answer
            .body_mut()
            .read_to_string()
            .map_err(|error| failed(error.to_string()))?;
        if !answer.status().is_success() {
            return Err(failed(format!("{} {text}", answer.status())));
        }
        match serde_json::from_str(&text) {
            Ok(answer @ Value::Object(_)) => Ok(answer),
            Ok(_) => Err(failed("the answer is no JSON object".to_owned())),
            Err(error) => Err(failed(format!("the answer is not JSON: {error}"))),
        }
    }
}

/// Makes the title of a class's schema the class's name. It is, unless the class's author chose another title; the step graph
/// knows the names, with the same schemas (an older server leaves those out: there the title has to do).
fn name_class(schema: &mut Value, graph: &Value) {
    let nodes = graph["graph"]["nodes"].as_array().into_iter().flatten();
    let mut same = nodes.filter(|node| node["event_schema"] == *schema);
    if let Some(name) = same.next().and_then(|node| node.get("event_type"))
        && let Some(schema) = schema.as_object_mut()
    {
        schema.insert("title".to_owned(), name.clone());
    }
}
