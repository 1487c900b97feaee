//! The drawing of a workflow's graph: the positions of its nodes, and how often a run used them.

mod collecting;
mod layout;
mod path;

pub use collecting::Collecting;
pub use layout::{Layout, Layouter, Place, Route, layout};
pub use path::{arrow_label, arrow_path};

use crate::json::Progress;
use crate::steps::{Activity, Flow, NONE, Steps};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use workflow_protocol::{Graph, GraphNode, NodeKind, class_name};

/// The largest graph that is drawn automatically. A workflow has dozens of nodes.
const DRAWN: usize = 1_000;

/// How many nodes are drawn at most. More are too many for a browser's document.
const MOST: usize = 3_000;

/// How many edges are drawn per node.
const ARROWS: usize = 4;

/// How many characters of a label a node shows.
const SHOWN: usize = 26;

/// A graph, its numbered nodes, and its layout when it is drawn.
#[derive(Clone, Debug, Default)]
pub struct GraphView {
    /// The graph.
    pub graph: Arc<Graph>,
    /// Its nodes with distinct ids. The index in this list is the node's number.
    nodes: Vec<usize>,
    numbers: HashMap<String, u32>,
    /// Nodes by their names in runs: the name of a step, the class of an event.
    named: HashMap<String, Vec<u32>>,
    /// Edges between existing nodes, each once.
    pub edges: Vec<(u32, u32)>,
    known: HashSet<(u32, u32)>,
    /// For each node, the numbers of its outgoing and incoming edges.
    out: Vec<Vec<u32>>,
    into: Vec<Vec<u32>>,
    /// How many nodes and edges were read.
    read: (usize, usize),
    /// The positions of the drawn nodes, from 0 on, and of the edges of [`drawn_edges`](Self::drawn_edges).
    pub layout: Layout,
    /// The numbers of the drawn edges.
    pub drawn_edges: Vec<u32>,
}

/// A picture of a graph during its layout.
#[derive(Debug)]
pub struct Drawing {
    layouter: Layouter,
    edges: Vec<u32>,
}

impl Drawing {
    /// Continues the layout. Returns whether it is complete.
    pub fn step(&mut self) -> Progress {
        self.layouter.step()
    }

    /// The progress in percent.
    pub fn percent(&self) -> u32 {
        (self.layouter.done() * 100 / Layouter::STEPS) as u32
    }
}

/// The nodes and edges that a run used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// For each node: executions of a step, events of a class.
    pub nodes: Vec<u32>,
    /// For each node: running workers.
    pub at_work: Vec<u32>,
    /// For each edge: how often it was used.
    pub edges: Vec<u32>,
    /// Undeclared inputs and outputs, and whether it is an input.
    pub undeclared: Vec<(Flow, bool)>,
}

impl GraphView {
    /// Reads a graph, and lays it out unless it [is large](Self::is_large). Duplicate nodes and edges without a node are left out.
    pub fn new(graph: Arc<Graph>) -> Self {
        let mut view = Self::begin(graph);
        while view.step(usize::MAX) == Progress::More {}
        if !view.is_large() {
            let mut drawing = view.drawing();
            while drawing.step() == Progress::More {}
            view.draw(drawing);
        }
        view
    }

    /// A graph that was not read yet.
    pub fn begin(graph: Arc<Graph>) -> Self {
        Self {
            graph,
            ..Self::default()
        }
    }

    /// Reads about `many` more nodes or edges. Returns whether the graph is complete.
    pub fn step(&mut self, many: usize) -> Progress {
        let graph = Arc::clone(&self.graph);
        let (nodes, edges) = self.read;
        let stop = nodes.saturating_add(many).min(graph.nodes.len());
        for (at, node) in graph.nodes.iter().enumerate().take(stop).skip(nodes) {
            self.add_node(at, node);
        }
        let left = many.saturating_sub(stop - nodes);
        let stop_edges = edges.saturating_add(left).min(graph.edges.len());
        for edge in graph.edges.iter().take(stop_edges).skip(edges) {
            if let (Some(from), Some(to)) = (self.number(&edge.source), self.number(&edge.target)) {
                self.add_edge(from, to);
            }
        }
        self.read = (stop, stop_edges);
        if self.is_read() {
            Progress::Done
        } else {
            Progress::More
        }
    }

    /// Whether the graph is completely read.
    pub fn is_read(&self) -> bool {
        self.read == (self.graph.nodes.len(), self.graph.edges.len())
    }

    /// The progress of reading, in percent.
    pub fn percent(&self) -> u32 {
        let all = self.graph.nodes.len() + self.graph.edges.len();
        ((self.read.0 + self.read.1) * 100)
            .checked_div(all)
            .unwrap_or(100) as u32
    }

    fn add_node(&mut self, at: usize, node: &GraphNode) {
        if self.numbers.contains_key(&node.id) {
            return;
        }
        let number = self.nodes.len() as u32;
        self.nodes.push(at);
        self.out.push(Vec::new());
        self.into.push(Vec::new());
        self.numbers.insert(node.id.clone(), number);
        let name = match &node.kind {
            NodeKind::Step => Some(node.id.as_str()),
            _ => node.event_class().map(class_name),
        };
        if let Some(name) = name {
            self.named.entry(name.to_owned()).or_default().push(number);
        }
    }

    fn add_edge(&mut self, from: u32, to: u32) {
        if !self.known.insert((from, to)) {
            return;
        }
        let number = self.edges.len() as u32;
        self.edges.push((from, to));
        if let (Some(out), Some(into)) = (self.out.get_mut(from as usize), self.into.get_mut(to as usize)) {
            out.push(number);
            into.push(number);
        }
    }

    /// Whether the graph has so many nodes or edges that it is drawn only on request.
    pub fn is_large(&self) -> bool {
        self.nodes.len() > DRAWN || self.edges.len() > DRAWN * ARROWS
    }

    /// The number of nodes.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many nodes a picture shows.
    pub fn drawable(&self) -> usize {
        self.nodes.len().min(MOST)
    }

    /// The node in a row of the list: from left to right as in the picture, or in the server's order for a large graph.
    pub fn listed(&self, row: usize) -> Option<u32> {
        if self.is_large() || self.layout.order.len() != self.nodes.len() {
            (row < self.nodes.len()).then_some(row as u32)
        } else {
            self.layout.order.get(row).copied()
        }
    }

    /// Starts the layout of the picture.
    pub fn drawing(&self) -> Drawing {
        let most = self.drawable();
        let mut sizes = Vec::with_capacity(most);
        for number in 0..most as u32 {
            sizes.push(self.node(number).map(size).unwrap_or_default());
        }
        let (mut edges, mut ends) = (Vec::new(), Vec::new());
        for (number, (from, to)) in self.edges.iter().enumerate() {
            if (*from as usize) < most && (*to as usize) < most && edges.len() < most.max(DRAWN) * ARROWS {
                edges.push(number as u32);
                ends.push((*from, *to));
            }
        }
        Drawing {
            layouter: Layouter::new(sizes, ends),
            edges,
        }
    }

    /// Stores the layout of a finished picture.
    pub fn draw(&mut self, drawing: Drawing) {
        self.layout = drawing.layouter.finish();
        self.drawn_edges = drawing.edges;
    }

    /// The number of the node with an id.
    pub fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// One node.
    pub fn node(&self, number: u32) -> Option<&GraphNode> {
        self.graph.nodes.get(*self.nodes.get(number as usize)?)
    }

    /// The sources of a node's incoming edges, or the targets of its outgoing edges.
    pub fn neighbours(&self, number: u32, into: bool) -> impl ExactSizeIterator<Item = u32> + '_ {
        let lists = if into { &self.into } else { &self.out };
        let list = lists.get(number as usize).map(Vec::as_slice).unwrap_or_default();
        list.iter().map(move |edge| {
            let (from, to) = self.edges.get(*edge as usize).copied().unwrap_or_default();
            if into { from } else { to }
        })
    }

    /// What a run has used so far. Takes time linear in that, not in the size of the graph.
    pub fn traffic(&self, steps: &Steps) -> Traffic {
        self.traffic_of(steps, &steps.activity())
    }

    /// What a run had used at a moment, see [`Moment::activity`](crate::replay::Moment::activity).
    pub fn traffic_of(&self, steps: &Steps, activity: &Activity) -> Traffic {
        let sums = Sums::new(steps, activity);
        let mut traffic = Traffic {
            nodes: vec![0; self.nodes.len()],
            at_work: vec![0; self.nodes.len()],
            edges: vec![0; self.edges.len()],
            undeclared: Vec::new(),
        };
        // The nodes that the run has a name for.
        let mut names: HashMap<u32, u32> = HashMap::new();
        for name in &sums.names {
            for number in self.named.get(steps.name(*name)).into_iter().flatten() {
                names.insert(*number, *name);
                let (count, at_work) = if self.is_step(*number) {
                    (sums.taken_by(*name), activity.workers(*name))
                } else {
                    (sums.seen(*name), 0)
                };
                put(&mut traffic.nodes, *number, count);
                put(&mut traffic.at_work, *number, at_work);
            }
        }
        for number in names.keys() {
            for list in [&self.out, &self.into] {
                for edge in list.get(*number as usize).into_iter().flatten() {
                    put(&mut traffic.edges, *edge, self.taken(*edge, &names, &sums));
                }
            }
        }
        let first = |name: u32| self.named(steps.name(name));
        for (flows, into) in [(&activity.taken, true), (&activity.given, false)] {
            for flow in flows {
                let edge = match (first(flow.step), first(flow.class)) {
                    (Some(step), Some(class)) if into => self.known.contains(&(class, step)),
                    (Some(step), Some(class)) => self.known.contains(&(step, class)),
                    _ => false,
                };
                if !edge && flow.class != NONE {
                    traffic.undeclared.push((*flow, into));
                }
            }
        }
        traffic
    }

    /// The node with this name in runs: a step, or an event class. The first one of several.
    pub fn named(&self, name: &str) -> Option<u32> {
        self.named.get(name)?.first().copied()
    }

    /// Whether the count of an edge is placed at its start: counts of diverging edges are at their ends, of converging edges at their
    /// starts.
    pub fn is_counted_first(&self, edge: u32) -> bool {
        let (from, to) = self.edges.get(edge as usize).copied().unwrap_or_default();
        self.neighbours(to, true).len() > self.neighbours(from, false).len()
    }

    fn is_step(&self, number: u32) -> bool {
        self.node(number).is_some_and(|node| node.kind == NodeKind::Step)
    }

    /// How often an edge was used.
    fn taken(&self, edge: u32, names: &HashMap<u32, u32>, sums: &Sums) -> u32 {
        let Some((from, to)) = self.edges.get(edge as usize).copied() else {
            return 0;
        };
        let named = |number: u32| names.get(&number).copied();
        let kind = self.node(to).map(|node| &node.kind);
        match (self.is_step(from), self.is_step(to)) {
            // A step consumed it.
            (false, true) => match (named(to), named(from)) {
                (Some(step), Some(class)) => sums.taken(step, class),
                _ => 0,
            },
            (true, false) => match (named(from), named(to)) {
                (Some(step), Some(class)) => {
                    let returned = sums.given(step, class);
                    let alone = self.neighbours(to, true).len() == 1;
                    // An event that a step sends by hand is visible only where it is consumed.
                    if returned == 0 && alone && sums.given_of(class) == 0 {
                        sums.taken_of(class).max(sums.asked_of(class))
                    } else {
                        returned
                    }
                }
                // A resource is used in each execution.
                (Some(step), None) if is_resource(kind) => sums.taken_by(step),
                _ => 0,
            },
            // Between classes and the person who answers.
            (false, false) if kind == Some(&NodeKind::External) => {
                named(from).map_or(0, |class| sums.asked_of(class))
            }
            (false, false) => named(to).map_or(0, |class| sums.taken_of(class)),
            (true, true) => 0,
        }
    }
}

fn put(counts: &mut [u32], at: u32, count: u32) {
    if let Some(place) = counts.get_mut(at as usize) {
        *place = count;
    }
}

/// The inputs and outputs of a run by node.
#[derive(Default)]
struct Sums {
    names: HashSet<u32>,
    /// By step and class.
    taken: HashMap<(u32, u32), u32>,
    given: HashMap<(u32, u32), u32>,
    taken_by: HashMap<u32, u32>,
    taken_of: HashMap<u32, u32>,
    given_of: HashMap<u32, u32>,
    asked_of: HashMap<u32, u32>,
}

impl Sums {
    fn new(steps: &Steps, activity: &Activity) -> Self {
        let mut sums = Self::default();
        for flow in &activity.taken {
            *sums.taken.entry((flow.step, flow.class)).or_default() += flow.count;
            *sums.taken_by.entry(flow.step).or_default() += flow.count;
            *sums.taken_of.entry(flow.class).or_default() += flow.count;
        }
        for flow in &activity.given {
            *sums.given.entry((flow.step, flow.class)).or_default() += flow.count;
            *sums.given_of.entry(flow.class).or_default() += flow.count;
        }
        for flow in &activity.asked {
            *sums.asked_of.entry(flow.class).or_default() += flow.count;
        }
        for flow in [&activity.taken, &activity.given, &activity.asked]
            .into_iter()
            .flatten()
        {
            sums.names.extend([flow.step, flow.class]);
        }
        for lane in (0..).map_while(|lane| steps.lane(lane)) {
            sums.names.insert(lane.step);
        }
        sums.names.remove(&NONE);
        sums
    }

    fn taken(&self, step: u32, class: u32) -> u32 {
        self.taken.get(&(step, class)).copied().unwrap_or(0)
    }

    fn given(&self, step: u32, class: u32) -> u32 {
        self.given.get(&(step, class)).copied().unwrap_or(0)
    }

    fn taken_by(&self, step: u32) -> u32 {
        self.taken_by.get(&step).copied().unwrap_or(0)
    }

    fn taken_of(&self, class: u32) -> u32 {
        self.taken_of.get(&class).copied().unwrap_or(0)
    }

    fn given_of(&self, class: u32) -> u32 {
        self.given_of.get(&class).copied().unwrap_or(0)
    }

    fn asked_of(&self, class: u32) -> u32 {
        self.asked_of.get(&class).copied().unwrap_or(0)
    }

    /// How often an event of a class was seen on any side.
    fn seen(&self, class: u32) -> u32 {
        self.taken_of(class)
            .max(self.given_of(class))
            .max(self.asked_of(class))
    }
}

fn is_resource(kind: Option<&NodeKind>) -> bool {
    matches!(kind, Some(NodeKind::Resource | NodeKind::ResourceConfig))
}

/// The text of a node: its label, else its id; for a class its bare name; shortened to fit.
pub fn caption(node: &GraphNode) -> String {
    let name = if node.kind == NodeKind::External {
        "A person"
    } else if node.label.is_empty() {
        class_name(&node.id)
    } else {
        &node.label
    };
    let mut cut: String = name.chars().take(SHOWN).collect();
    if cut.len() < name.len() {
        cut.pop();
        cut.push('…');
    }
    cut
}

/// The size of a node, for monospaced text of 12 pixels.
fn size(node: &GraphNode) -> (i32, i32) {
    let text = caption(node).chars().count() as i32 * 15 / 2;
    match node.kind {
        NodeKind::Event => (text + 26, 24),
        // The count is next to the name.
        NodeKind::Step => (text + 54, 36),
        _ => (text + 30, 36),
    }
}
