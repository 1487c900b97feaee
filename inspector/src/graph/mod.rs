//! A workflow's graph as it is drawn: where its nodes stand, and what of it a run has taken.

mod layout;

pub use layout::{Layout, Place, Route, layout};

use crate::steps::{Flow, Steps};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use workflow_protocol::{Graph, GraphNode, NodeKind, class_name};

/// Nodes that are laid out. A workflow has dozens.
const MOST: usize = 1_000;

/// Characters of a label that a node shows.
const SHOWN: usize = 26;

/// A graph with its layout.
#[derive(Clone, Debug, Default)]
pub struct GraphView {
    /// The graph.
    pub graph: Arc<Graph>,
    /// Which of its nodes are laid out. The place in this list is a node's number everywhere else.
    nodes: Vec<usize>,
    /// Arrows between nodes that are there, each once.
    pub edges: Vec<(u32, u32)>,
    /// Where everything stands.
    pub layout: Layout,
    /// How many nodes are not shown because there are too many.
    pub left_out: usize,
}

/// What a run has taken of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// For each node: turns of a step, events of a class.
    pub nodes: Vec<u32>,
    /// For each node: workers at work.
    pub at_work: Vec<u32>,
    /// For each edge: how often it was taken.
    pub edges: Vec<u32>,
    /// What was taken and is not declared, and whether the step took the event (or returned it).
    pub undeclared: Vec<(Flow, bool)>,
}

impl GraphView {
    /// Lays out a graph. Nodes of equal id and arrows to nowhere are left out.
    pub fn new(graph: Arc<Graph>) -> Self {
        let mut view = Self {
            graph,
            ..Self::default()
        };
        let mut sizes = Vec::new();
        let graph = Arc::clone(&view.graph);
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        for (at, node) in graph.nodes.iter().enumerate() {
            if numbers.contains_key(node.id.as_str()) {
                continue;
            }
            if sizes.len() >= MOST {
                view.left_out += 1;
                continue;
            }
            numbers.insert(&node.id, sizes.len() as u32);
            sizes.push(size(node));
            view.nodes.push(at);
        }
        let mut known = HashSet::new();
        for edge in &graph.edges {
            let ends = numbers
                .get(edge.source.as_str())
                .zip(numbers.get(edge.target.as_str()));
            if let Some((from, to)) = ends
                && view.edges.len() < 4 * MOST
                && known.insert((*from, *to))
            {
                view.edges.push((*from, *to));
            }
        }
        view.layout = layout(&sizes, &view.edges);
        view
    }

    /// The number of the node with an id.
    pub fn number(&self, id: &str) -> Option<u32> {
        let is = |at: &usize| self.graph.nodes.get(*at).is_some_and(|node| node.id == id);
        self.nodes.iter().position(is).map(|at| at as u32)
    }

    /// One node.
    pub fn node(&self, number: u32) -> Option<&GraphNode> {
        self.graph.nodes.get(*self.nodes.get(number as usize)?)
    }

    /// The nodes from which arrows come to a node, or to which they go.
    pub fn neighbours(&self, number: u32, into: bool) -> Vec<u32> {
        let mut found = Vec::new();
        for (from, to) in &self.edges {
            let (here, there) = if into { (to, from) } else { (from, to) };
            if *here == number {
                found.push(*there);
            }
        }
        found
    }

    /// What a run has taken so far.
    pub fn traffic(&self, steps: &Steps) -> Traffic {
        let name = |number: u32| {
            let node = self.node(number)?;
            let name = match &node.kind {
                NodeKind::Step => node.id.as_str(),
                _ => class_name(node.event_class()?),
            };
            steps.find(name)
        };
        let kind = |number: u32| self.node(number).map(|node| &node.kind);
        let is_step = |number: u32| kind(number) == Some(&NodeKind::Step);
        let names: Vec<Option<u32>> = (0..self.nodes.len() as u32).map(name).collect();
        let named = |number: u32| names.get(number as usize).copied().flatten();
        let (taken, given, asked) = (
            Sums::new(steps.taken()),
            Sums::new(steps.given()),
            Sums::new(steps.asked()),
        );
        let mut arrows_to: HashMap<u32, u32> = HashMap::new();
        for (_, to) in &self.edges {
            *arrows_to.entry(*to).or_default() += 1;
        }
        let mut traffic = Traffic::default();
        for number in 0..self.nodes.len() as u32 {
            let (mut count, mut at_work) = (0, 0);
            if let Some(name) = named(number) {
                if is_step(number) {
                    count = taken.of_step(name);
                    at_work = steps.at_work(name) as u32;
                } else {
                    count = taken
                        .of_class(name)
                        .max(given.of_class(name))
                        .max(asked.of_class(name));
                }
            }
            traffic.nodes.push(count);
            traffic.at_work.push(at_work);
        }
        for (from, to) in &self.edges {
            let count = match (is_step(*from), is_step(*to)) {
                // A step took it.
                (false, true) => match (named(*to), named(*from)) {
                    (Some(step), Some(class)) => taken.of(step, class),
                    _ => 0,
                },
                (true, false) => match (named(*from), named(*to)) {
                    (Some(step), Some(class)) => {
                        let returned = given.of(step, class);
                        let alone = arrows_to.get(to) == Some(&1);
                        // What a step sends by hand leaves no trace but with whoever takes it.
                        if returned == 0 && alone && given.of_class(class) == 0 {
                            taken.of_class(class).max(asked.of_class(class))
                        } else {
                            returned
                        }
                    }
                    // A resource goes with each turn.
                    (Some(step), None) if is_resource(kind(*to)) => taken.of_step(step),
                    _ => 0,
                },
                // Between classes and whoever answers from outside.
                (false, false) if kind(*to) == Some(&NodeKind::External) => {
                    named(*from).map_or(0, |class| asked.of_class(class))
                }
                (false, false) => named(*to).map_or(0, |class| taken.of_class(class)),
                (true, true) => 0,
            };
            traffic.edges.push(count);
        }
        let named = names.iter().enumerate().rev();
        let numbers: HashMap<u32, u32> = named
            .filter_map(|(at, name)| Some(((*name)?, at as u32)))
            .collect();
        let edges: HashSet<(u32, u32)> = self.edges.iter().copied().collect();
        for (flows, into) in [(steps.taken(), true), (steps.given(), false)] {
            for flow in flows {
                let edge = match (numbers.get(&flow.step), numbers.get(&flow.class)) {
                    (Some(step), Some(class)) if into => edges.contains(&(*class, *step)),
                    (Some(step), Some(class)) => edges.contains(&(*step, *class)),
                    _ => false,
                };
                if !edge && flow.class != crate::steps::NONE {
                    traffic.undeclared.push((*flow, into));
                }
            }
        }
        traffic
    }
}

fn is_resource(kind: Option<&NodeKind>) -> bool {
    matches!(kind, Some(NodeKind::Resource | NodeKind::ResourceConfig))
}

/// Flows summed up by step, by class and by both.
#[derive(Default)]
struct Sums {
    steps: HashMap<u32, u32>,
    classes: HashMap<u32, u32>,
    both: HashMap<(u32, u32), u32>,
}

impl Sums {
    fn new(flows: &[Flow]) -> Self {
        let mut sums = Self::default();
        for flow in flows {
            *sums.steps.entry(flow.step).or_default() += flow.count;
            *sums.classes.entry(flow.class).or_default() += flow.count;
            *sums.both.entry((flow.step, flow.class)).or_default() += flow.count;
        }
        sums
    }

    fn of_step(&self, step: u32) -> u32 {
        self.steps.get(&step).copied().unwrap_or_default()
    }

    fn of_class(&self, class: u32) -> u32 {
        self.classes.get(&class).copied().unwrap_or_default()
    }

    fn of(&self, step: u32, class: u32) -> u32 {
        self.both.get(&(step, class)).copied().unwrap_or_default()
    }
}

/// What a node is called: its label, else its id; of a class the bare name; cut to what fits.
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

/// The room that a node needs, for a monospaced text of 12 pixels.
fn size(node: &GraphNode) -> (i32, i32) {
    let text = caption(node).chars().count() as i32 * 15 / 2;
    match node.kind {
        NodeKind::Event => (text + 26, 24),
        // Beside the name stands how often.
        NodeKind::Step => (text + 54, 36),
        _ => (text + 30, 36),
    }
}
