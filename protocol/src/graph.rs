//! The graph of a workflow's steps and events.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::json::decode;
use crate::{DecodeError, RawJson};

/// A workflow's graph, the content of a [`Representation`]. It has cycles if the workflow loops, and its nodes have no particular order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Graph {
    /// The workflow's Python class.
    pub name: String,
    /// The steps, events and resources.
    pub nodes: Vec<GraphNode>,
    /// The edges between them.
    pub edges: Vec<GraphEdge>,
    /// The documentation of the class; the library's own if the class has none.
    pub description: Option<String>,
}

/// The response to `GET /workflows/{name}/representation`. Clients read it with [`Graph::parse`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Representation {
    /// The workflow's graph.
    pub graph: Graph,
}

impl Graph {
    /// Reads the server's response, or the value of its `graph`. Invalid nodes and edges are left out.
    ///
    /// # Errors
    /// If the text is not a JSON object.
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
    /// Finds the nodes and edges without reading them.
    ///
    /// # Errors
    /// If the text is not a JSON object.
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

    /// Reads up to `many` nodes and edges. Returns whether there are more.
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

    /// The graph read so far.
    pub fn finish(self) -> Graph {
        self.graph
    }
}

/// A node. Its fields depend on its kind; older servers omit some.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct GraphNode {
    /// The id of the node in edges. For steps and events it is their name.
    pub id: String,
    /// The label. Empty if missing.
    #[serde(default)]
    pub label: String,
    /// The kind of the node.
    #[serde(rename = "node_type", default)]
    pub kind: NodeKind,
    /// A docstring.
    pub description: Option<String>,
    /// For events: the class.
    pub event_type: Option<String>,
    /// For events: the class, then its ancestors below `Event`.
    #[serde(default)]
    pub event_types: Vec<String>,
    /// For events: the schema of the fields.
    pub event_schema: Option<RawJson>,
    /// For events: the steps that return it.
    #[serde(default)]
    pub produced_by: Vec<String>,
    /// For resources: the type.
    pub type_name: Option<String>,
    /// For resources: the function that creates it.
    pub getter_name: Option<String>,
    /// For resources: the file of that function, as an absolute path on the server.
    pub source_file: Option<String>,
    /// For resources: the line of that function, from 1.
    pub source_line: Option<u64>,
    /// For configured resources: the source file.
    pub config_file: Option<String>,
    /// For configured resources: the part of that file.
    pub path_selector: Option<String>,
    /// For configured resources: the schema of the value.
    pub config_schema: Option<RawJson>,
    /// For configured resources: the value.
    pub config_value: Option<RawJson>,
}

impl GraphNode {
    /// Whether this is an event of the class, or of a derived one.
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

/// Each kind of node has its own fields, which are null if unknown.
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

/// The kind of a node: `node_type` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub enum NodeKind {
    /// A step of the workflow.
    Step,
    /// A class of events.
    Event,
    /// A person or program outside of the workflow.
    External,
    /// A resource that steps use.
    Resource,
    /// A resource read from a configuration file.
    ResourceConfig,
    /// Another kind, for example `agent` or `tool`.
    Other(String),
}

impl NodeKind {
    /// The kind as on the wire.
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
    /// The kind of a node without one.
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

/// An edge between two nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GraphEdge {
    /// The id of the source node.
    pub source: String,
    /// The id of the target node.
    pub target: String,
    /// From a step to a resource: the name of the parameter.
    pub label: Option<String>,
}
