//! The graph of a file: as declared by the workflow, or as used by a run.

use crate::graph::{Drawing, GraphView, Traffic};
use crate::json::Progress;
use crate::steps::{NONE, Steps};
use std::collections::HashMap;
use std::sync::Arc;
use workflow_protocol::{Graph, GraphEdge, GraphNode, NodeKind};

/// A graph with its use by a run, laid out for a file.
#[derive(Debug)]
pub struct Picture {
    /// The graph.
    pub view: GraphView,
    /// The part that the run used.
    pub traffic: Traffic,
    drawing: Option<Drawing>,
}

impl Picture {
    /// The declared graph. Edges and nodes that the run has not used are faint. `view` must be read.
    pub fn declared(view: GraphView, steps: &Steps) -> Self {
        let traffic = view.traffic(steps);
        Self::new(view, traffic)
    }

    /// Only the part that the run used, including undeclared nodes. `view` must be read.
    pub fn taken(view: &GraphView, steps: &Steps) -> Self {
        let traffic = view.traffic(steps);
        let mut path = Path::default();
        for (edge, count) in traffic.edges.iter().enumerate().filter(|(_, count)| **count > 0) {
            if let Some((from, to)) = view.edges.get(edge).copied()
                && let (Some(from), Some(to)) = (path.known(view, from), path.known(view, to))
            {
                path.arrow(from, to, *count);
            }
        }
        for (node, _) in traffic.nodes.iter().enumerate().filter(|(_, count)| **count > 0) {
            path.known(view, node as u32);
        }
        for (flow, into) in &traffic.undeclared {
            let step = path.named(view, steps.name(flow.step), NodeKind::Step);
            let class = path.named(view, steps.name(flow.class), NodeKind::Event);
            if flow.step != NONE {
                let (from, to) = if *into { (class, step) } else { (step, class) };
                path.arrow(from, to, flow.count);
            }
        }
        path.picture(view, &traffic)
    }

    fn new(view: GraphView, traffic: Traffic) -> Self {
        let drawing = view.layout.nodes.is_empty().then(|| view.drawing());
        Self {
            view,
            traffic,
            drawing,
        }
    }

    /// Continues the layout. Returns whether it is complete. A file shows the first 3 000 nodes.
    pub fn step(&mut self) -> Progress {
        let Some(mut drawing) = self.drawing.take() else {
            return Progress::Done;
        };
        if drawing.step() == Progress::More {
            self.drawing = Some(drawing);
            return Progress::More;
        }
        self.view.draw(drawing);
        Progress::Done
    }

    /// Executions of a step, or events of a class.
    pub(super) fn times(&self, node: u32) -> u32 {
        self.traffic.nodes.get(node as usize).copied().unwrap_or(0)
    }

    /// How often an edge was used.
    pub(super) fn taken_times(&self, edge: u32) -> u32 {
        self.traffic.edges.get(edge as usize).copied().unwrap_or(0)
    }

    /// Whether the run can use a node, and has not.
    pub(super) fn is_untaken(&self, number: u32, node: &GraphNode) -> bool {
        matches!(node.kind, NodeKind::Step | NodeKind::Event) && self.times(number) == 0
    }
}

/// The used part, while it is collected.
#[derive(Default)]
struct Path {
    nodes: Vec<GraphNode>,
    /// The indexes in `nodes`, by ids.
    places: HashMap<String, usize>,
    /// The nodes of the whole graph that these are, or [`NONE`].
    originals: Vec<u32>,
    arrows: Vec<(usize, usize)>,
    counts: HashMap<(usize, usize), u32>,
}

impl Path {
    /// The index of a node of the whole graph.
    fn known(&mut self, view: &GraphView, number: u32) -> Option<usize> {
        let node = view.node(number)?;
        Some(match self.places.get(&node.id) {
            Some(place) => *place,
            None => self.add(node.clone(), number),
        })
    }

    /// The index of a step or class of the run, which may not be in the graph.
    fn named(&mut self, view: &GraphView, name: &str, kind: NodeKind) -> usize {
        let declared = view.named(name).and_then(|number| self.known(view, number));
        declared.unwrap_or_else(|| {
            // No id of the graph starts like this, and equal names of different kinds stay distinct.
            let id = format!("undeclared {} {name}", kind.as_str());
            match self.places.get(&id) {
                Some(place) => *place,
                None => self.add(undeclared(id, name, kind), NONE),
            }
        })
    }

    fn add(&mut self, node: GraphNode, original: u32) -> usize {
        let place = self.nodes.len();
        self.places.insert(node.id.clone(), place);
        self.originals.push(original);
        self.nodes.push(node);
        place
    }

    fn arrow(&mut self, from: usize, to: usize, count: u32) {
        let sum = self.counts.entry((from, to)).or_insert_with(|| {
            self.arrows.push((from, to));
            0
        });
        *sum = sum.saturating_add(count);
    }

    fn picture(self, view: &GraphView, traffic: &Traffic) -> Picture {
        let id = |place: usize| {
            self.nodes
                .get(place)
                .map(|node| node.id.clone())
                .unwrap_or_default()
        };
        let edges = self.arrows.iter().map(|(from, to)| GraphEdge {
            source: id(*from),
            target: id(*to),
            label: None,
        });
        let edges = edges.collect();
        let nodes: Vec<u32> = self
            .originals
            .iter()
            .enumerate()
            .map(|(place, original)| {
                let declared = traffic.nodes.get(*original as usize).copied();
                declared.unwrap_or_else(|| {
                    let touching = self
                        .counts
                        .iter()
                        .filter(|((from, to), _)| *from == place || *to == place);
                    touching.map(|(_, count)| *count).max().unwrap_or(0)
                })
            })
            .collect();
        let at_work = self
            .originals
            .iter()
            .map(|original| traffic.at_work.get(*original as usize).copied().unwrap_or(0));
        let traffic = Traffic {
            nodes,
            at_work: at_work.collect(),
            edges: self
                .arrows
                .iter()
                .map(|arrow| self.counts.get(arrow).copied().unwrap_or(0))
                .collect(),
            undeclared: Vec::new(),
        };
        let mut path = GraphView::begin(Arc::new(Graph {
            name: view.graph.name.clone(),
            nodes: self.nodes,
            edges,
            description: None,
        }));
        while path.step(usize::MAX) == Progress::More {}
        Picture::new(path, traffic)
    }
}

fn undeclared(id: String, name: &str, kind: NodeKind) -> GraphNode {
    GraphNode {
        id,
        label: name.to_owned(),
        kind,
        description: None,
        event_type: None,
        event_types: Vec::new(),
        event_schema: None,
        produced_by: Vec::new(),
        type_name: None,
        getter_name: None,
        source_file: None,
        source_line: None,
        config_file: None,
        path_selector: None,
        config_schema: None,
        config_value: None,
    }
}
