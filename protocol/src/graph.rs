//! The graph of a workflow's steps and events.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::json::decode;
use crate::{DecodeError, RawJson};

/// A workflow's graph, the content of a [`Representation`]. It has cycles where the workflow loops, and its nodes are in no useful
/// order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Graph {
    /// The workflow's Python class.
    pub name: String,
    /// Steps, events and resources.
    pub nodes: Vec<GraphNode>,
    /// Arrows between them.
    pub edges: Vec<GraphEdge>,
    /// The documentation of the class; the library's own if the class has none.
    pub description: Option<String>,
}

/// The answer to `GET /workflows/{name}/representation`. Clients read it with [`Graph::parse`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Representation {
    /// The workflow's graph.
    pub graph: Graph,
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
    nodes: std::vec::IntoIter<&'a RawValue>,
    edges: std::vec::IntoIter<&'a RawValue>,
    graph: Graph,
}

impl<'a> GraphReader<'a> {
    /// Finds the nodes and edges, and reads none yet.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn new(json: &'a str) -> Result<Self, DecodeError> {
        #[derive(Deserialize)]
        struct Frame<'a> {
            #[serde(borrow)]
            graph: Option<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Body<'a> {
            #[serde(default)]
            name: String,
            #[serde(borrow, default)]
            nodes: Vec<&'a RawValue>,
            #[serde(borrow, default)]
            edges: Vec<&'a RawValue>,
            description: Option<String>,
        }
        let Frame { graph } = decode("graph", json)?;
        let body: Body<'a> = decode("graph", graph.map_or(json, RawValue::get))?;
        Ok(Self {
            nodes: body.nodes.into_iter(),
            edges: body.edges.into_iter(),
            graph: Graph {
                name: body.name,
                description: body.description,
                ..Graph::default()
            },
        })
    }

    /// Reads up to `many` nodes and edges; says whether there are more.
    pub fn step(&mut self, many: usize) -> bool {
        let left = many.saturating_sub(self.nodes.len());
        let nodes = self.nodes.by_ref().take(many);
        self.graph
            .nodes
            .extend(nodes.filter_map(|json| decode("graph node", json.get()).ok()));
        let edges = self.edges.by_ref().take(left);
        self.graph
            .edges
            .extend(edges.filter_map(|json| decode("graph edge", json.get()).ok()));
        self.nodes.len() > 0 || self.edges.len() > 0
    }

    /// What was read.
    pub fn finish(self) -> Graph {
        self.graph
    }
}

/// One node. Which fields are there depends on its kind; older servers lack some.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct GraphNode {
    /// Names the node in edges. Of steps and events it is their name.
    pub id: String,
    /// What to show. Empty when missing.
    #[serde(default)]
    pub label: String,
    /// What the node stands for.
    #[serde(rename = "node_type", default)]
    pub kind: NodeKind,
    /// A docstring.
    pub description: Option<String>,
    /// Of an event: its class.
    pub event_type: Option<String>,
    /// Of an event: its class, then its ancestors below `Event`.
    #[serde(default)]
    pub event_types: Vec<String>,
    /// Of an event: the schema of its fields.
    pub event_schema: Option<RawJson>,
    /// Of an event: the steps that return it.
    #[serde(default)]
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

/// Each kind of node has fields of its own, which are null if unknown.
impl Serialize for GraphNode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("label", &self.label)?;
        map.serialize_entry("node_type", self.kind.as_str())?;
        match &self.kind {
            NodeKind::Step => map.serialize_entry("description", &self.description)?,
            NodeKind::Event => {
                map.serialize_entry("event_type", &self.event_type)?;
                map.serialize_entry("event_types", &self.event_types)?;
                map.serialize_entry("event_schema", &self.event_schema)?;
                map.serialize_entry("produced_by", &self.produced_by)?;
            }
            NodeKind::External => {}
            NodeKind::Resource => {
                map.serialize_entry("type_name", &self.type_name)?;
                map.serialize_entry("getter_name", &self.getter_name)?;
                map.serialize_entry("source_file", &self.source_file)?;
                map.serialize_entry("source_line", &self.source_line)?;
                map.serialize_entry("description", &self.description)?;
            }
            NodeKind::ResourceConfig => {
                map.serialize_entry("type_name", &self.type_name)?;
                map.serialize_entry("config_file", &self.config_file)?;
                map.serialize_entry("path_selector", &self.path_selector)?;
                map.serialize_entry("config_schema", &self.config_schema)?;
                map.serialize_entry("config_value", &self.config_value)?;
                map.serialize_entry("description", &self.description)?;
            }
            NodeKind::Other(_) => {
                map.serialize_entry("event_type", &self.event_type)?;
                map.serialize_entry("event_types", &self.event_types)?;
            }
        }
        map.end()
    }
}

/// What a node stands for: the wire's `node_type`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub enum NodeKind {
    /// A step of the workflow.
    Step,
    /// A class of events.
    Event,
    /// A person or program outside of the workflow.
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GraphEdge {
    /// The id of the node that it leaves.
    pub source: String,
    /// The id of the node that it enters.
    pub target: String,
    /// From a step to its resource: the name of the parameter.
    pub label: Option<String>,
}
