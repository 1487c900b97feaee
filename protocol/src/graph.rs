//! A workflow's steps and events as a graph.

use crate::json::Object;
use crate::{DecodeError, RawJson, schema_title};

/// A workflow's graph: the answer to `GET /workflows/{name}/representation`. It has cycles where the workflow loops, and its
/// nodes come in no useful order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The workflow's Python class.
    pub name: String,
    /// The class's documentation; the library's own where it has none.
    pub description: Option<String>,
    /// Steps, events and resources.
    pub nodes: Vec<GraphNode>,
    /// Arrows between them.
    pub edges: Vec<GraphEdge>,
}

impl Graph {
    /// Reads the server's answer, or what is inside its `graph`. Nodes and edges that can't be read are left out.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        let mut reader = GraphReader::new(json)?;
        while reader.step(usize::MAX) {}
        Ok(reader.finish())
    }
}

/// [`Graph::parse`] in slices, for graphs of any size.
///
/// ```
/// # use workflow_protocol::{Graph, GraphReader};
/// let json = r#"{"nodes":[{"id":"a"},{"id":"b"}],"edges":[{"source":"a","target":"b"}]}"#;
/// let mut reader = GraphReader::new(json)?;
/// while reader.step(1) {}
/// assert_eq!(reader.finish(), Graph::parse(json)?);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct GraphReader<'a> {
    nodes: std::vec::IntoIter<&'a str>,
    edges: std::vec::IntoIter<&'a str>,
    graph: Graph,
}

impl<'a> GraphReader<'a> {
    /// Finds the nodes and edges, and reads none yet.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn new(json: &'a str) -> Result<Self, DecodeError> {
        let frame = Object::read("graph", json, &[])?;
        let mut body = match frame.get("graph") {
            Some(graph) => Object::read("graph", graph, &[])?,
            None => frame,
        };
        let reader = Self {
            nodes: body.list("nodes").into_iter(),
            edges: body.list("edges").into_iter(),
            graph: Graph {
                name: body.word("name"),
                description: body.text("description"),
                ..Graph::default()
            },
        };
        body.end(reader)
    }

    /// Reads up to `many` nodes and edges; says whether there are more.
    pub fn step(&mut self, many: usize) -> bool {
        let left = many.saturating_sub(self.nodes.len());
        let nodes = self.nodes.by_ref().take(many);
        self.graph
            .nodes
            .extend(nodes.filter_map(|json| GraphNode::read(json).ok()));
        let edges = self.edges.by_ref().take(left);
        self.graph
            .edges
            .extend(edges.filter_map(|json| GraphEdge::read(json).ok()));
        self.nodes.len() > 0 || self.edges.len() > 0
    }

    /// What was read.
    pub fn finish(self) -> Graph {
        self.graph
    }
}

/// One node. Which fields are there depends on its kind; older servers lack some.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphNode {
    /// Names the node in edges. Of steps and events it is their name.
    pub id: String,
    /// What to show; the id where none is given.
    pub label: String,
    /// What the node stands for.
    pub kind: NodeKind,
    /// A docstring.
    pub description: Option<String>,
    /// Of an event: its class.
    pub event_type: Option<String>,
    /// Of an event: its class, then its ancestors below `Event`.
    pub event_types: Vec<String>,
    /// Of an event: the schema of its fields.
    pub event_schema: Option<RawJson>,
    /// Of an event: the steps that return it.
    pub produced_by: Vec<String>,
    /// Of a resource: its type.
    pub type_name: Option<String>,
    /// Of a resource: the function that makes it.
    pub getter_name: Option<String>,
    /// Of a resource: the file of that function, as an absolute path on the server.
    pub source_file: Option<String>,
    /// Of a resource: the line of that function, from 1.
    pub source_line: Option<u64>,
    /// Of a configured resource: the file that it is read from.
    pub config_file: Option<String>,
    /// Of a configured resource: the part of that file.
    pub path_selector: Option<String>,
    /// Of a configured resource: the schema of its value.
    pub config_schema: Option<RawJson>,
    /// Of a configured resource: its value.
    pub config_value: Option<RawJson>,
}

impl GraphNode {
    fn read(json: &str) -> Result<Self, DecodeError> {
        let mut object = Object::read("graph node", json, &["id"])?;
        let node = Self {
            id: object.word("id"),
            label: object.word("label"),
            kind: object.word("node_type").into(),
            description: object.text("description"),
            event_type: object.text("event_type"),
            event_types: object.texts("event_types"),
            event_schema: object.json("event_schema"),
            produced_by: object.texts("produced_by"),
            type_name: object.text("type_name"),
            getter_name: object.text("getter_name"),
            source_file: object.text("source_file"),
            source_line: object.number("source_line"),
            config_file: object.text("config_file"),
            path_selector: object.text("path_selector"),
            config_schema: object.json("config_schema"),
            config_value: object.json("config_value"),
        };
        object.end(node)
    }

    /// Whether this is an event of the class, or of one derived from it.
    pub fn is(&self, class: &str) -> bool {
        self.event_type.as_deref() == Some(class) || self.event_types.iter().any(|name| name == class)
    }

    /// The class of an event node.
    pub fn event_class(&self) -> Option<&str> {
        let named = self
            .event_type
            .as_deref()
            .or_else(|| self.event_types.first().map(String::as_str));
        named.or((self.kind == NodeKind::Event).then_some(self.id.as_str()))
    }
}

/// What a node stands for: the wire's `node_type`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// A step of the workflow.
    Step,
    /// A class of events.
    Event,
    /// Whoever answers from outside.
    External,
    /// Something that steps ask the workflow for.
    Resource,
    /// A resource read from a configuration file.
    ResourceConfig,
    /// What another server may say, such as `agent` or `tool`.
    Other(String),
}

impl NodeKind {
    /// The wire's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Step => "step",
            Self::Event => "event",
            Self::External => "external",
            Self::Resource => "resource",
            Self::ResourceConfig => "resource_config",
            Self::Other(word) => word,
        }
    }
}

impl Default for NodeKind {
    /// For a node that does not tell.
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl From<String> for NodeKind {
    fn from(word: String) -> Self {
        match word.as_str() {
            "step" => Self::Step,
            "event" => Self::Event,
            "external" => Self::External,
            "resource" => Self::Resource,
            "resource_config" => Self::ResourceConfig,
            _ => Self::Other(word),
        }
    }
}

/// An arrow between two nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GraphEdge {
    /// The id of the node that it leaves.
    pub source: String,
    /// The id of the node that it enters.
    pub target: String,
    /// From a step to its resource: the name of the parameter.
    pub label: Option<String>,
}

/// A class that can answer a question, with the schema of its fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResponseClass {
    /// The class.
    pub class: String,
    /// The JSON Schema for a form. None where the server describes none: any fields are taken then.
    pub schema: Option<RawJson>,
}

/// The class of a registered event: the one to which the graph gives the same schema, else the schema's title. A title is the class's
/// name unless its author chose another (`ConfigDict(title=…)`); older servers tell no schemas in the graph.
pub fn schema_class(graph: Option<&Graph>, schema: &RawJson) -> Option<String> {
    let mut nodes = graph.map_or(&[][..], |graph| &graph.nodes).iter();
    nodes
        .find(|node| node.event_schema.as_ref() == Some(schema))
        .and_then(GraphNode::event_class)
        .map(str::to_owned)
        .or_else(|| schema_title(schema))
}

/// [`response_classes`] with their schemas: the registered event's, else the graph's.
pub fn answer_classes(graph: Option<&Graph>, events: &[RawJson]) -> Vec<ResponseClass> {
    let described = |class: &str| {
        let registered = events
            .iter()
            .find(|schema| schema_class(graph, schema).as_deref() == Some(class));
        let nodes = graph.map_or(&[][..], |graph| &graph.nodes);
        let shown = || nodes.iter().find(|node| node.event_class() == Some(class));
        registered
            .cloned()
            .or_else(|| shown().and_then(|node| node.event_schema.clone()))
    };
    response_classes(graph, events)
        .into_iter()
        .map(|class| ResponseClass {
            schema: described(&class),
            class,
        })
        .collect()
}

impl GraphEdge {
    fn read(json: &str) -> Result<Self, DecodeError> {
        let mut object = Object::read("graph edge", json, &["source", "target"])?;
        let edge = Self {
            source: object.word("source"),
            target: object.word("target"),
            label: object.text("label"),
        };
        object.end(edge)
    }
}

/// The classes that can answer a workflow's questions, likeliest first.
///
/// `events` are the schemas of what the workflow takes ([`EventSchemas`](crate::EventSchemas)); empty when not known. The graph tells which of them derive from
/// `HumanResponseEvent`. A step that waits inside shows none there; so `HumanResponseEvent` itself can answer wherever it is registered. Where neither
/// is known, whatever is registered beyond the graph's own events may.
pub fn response_classes(graph: Option<&Graph>, events: &[RawJson]) -> Vec<String> {
    const BASE: &str = "HumanResponseEvent";
    const NO_ANSWER: [&str; 3] = ["StartEvent", "StopEvent", "InputRequiredEvent"];
    let registered: Vec<String> = events
        .iter()
        .filter_map(|schema| schema_class(graph, schema))
        .collect();
    let nodes = graph.map_or(&[][..], |graph| &graph.nodes);
    // Two classes may have one and the same schema, if their author gave both one title; by its schema only the first is found.
    let is_registered = |node: &GraphNode, class: &str| {
        registered.iter().any(|name| name == class)
            || node
                .event_schema
                .as_ref()
                .is_some_and(|schema| events.contains(schema))
    };
    let mut shown = Vec::new();
    for node in nodes.iter().filter(|node| node.is(BASE)) {
        let class = node.event_class().unwrap_or_default();
        if (events.is_empty() || is_registered(node, class)) && !shown.iter().any(|name| name == class) {
            shown.push(class.to_owned());
        }
    }
    // A step that waits inside for the stock answer doesn't show, also beside steps that take one of their own.
    if registered.iter().any(|name| name == BASE) && !shown.iter().any(|name| name == BASE) {
        shown.push(BASE.to_owned());
    }
    if !shown.is_empty() {
        return shown;
    }
    let known = |name: &str| nodes.iter().any(|node| node.event_class() == Some(name));
    registered
        .into_iter()
        .filter(|name| !known(name) && !NO_ANSWER.contains(&name.as_str()))
        .collect()
}
