//! The nodes as a list: from left to right and top to bottom, then what was taken without being declared.

use super::{Shown, kind_word};
use crate::events::hue;
use crate::grid::{RowSource, attribute};
use crate::timeline::{build_cells, write_cells};
use leptos::prelude::WithUntracked as _;
use std::rc::Rc;
use web_sys::{Element, HtmlElement};
use workflow_inspector::graph::{GraphView, caption};
use workflow_inspector::text::count;
use workflow_protocol::NodeKind;

pub(super) struct NodeList(pub(super) Rc<Shown>);

/// Neighbours of a node that are named at most.
const NAMED: usize = 50;

/// The names of nodes, with commas.
fn names(view: &GraphView, nodes: impl ExactSizeIterator<Item = u32>) -> String {
    let mut out = String::new();
    let more = nodes.len().saturating_sub(NAMED);
    for node in nodes.take(NAMED) {
        if let Some(node) = view.node(node) {
            if !out.is_empty() {
                out.push_str(", ");
            }
            out.push_str(&caption(node));
        }
    }
    if more > 0 {
        out.push_str(" and ");
        out.push_str(&count(more as u64));
        out.push_str(" more");
    }
    out
}

/// The neighbours of a node: "from a, b to c".
pub(super) fn between(view: &GraphView, node: u32) -> String {
    let (into, out) = (
        names(view, view.neighbours(node, true)),
        names(view, view.neighbours(node, false)),
    );
    let mut words = String::new();
    if !into.is_empty() {
        words.push_str("from ");
        words.push_str(&into);
    }
    if !out.is_empty() {
        words.push_str(if into.is_empty() { "to " } else { " to " });
        words.push_str(&out);
    }
    words
}

/// How often a node was taken; nothing in the graph of a child workflow.
pub(super) fn times(shown: &Shown, kind: &NodeKind, times: u32, at_work: u32) -> String {
    let mut words = ["×", &count(u64::from(times))].concat();
    if at_work > 0 {
        words.push_str(" · at work: ");
        words.push_str(&at_work.to_string());
    }
    match kind {
        NodeKind::Step | NodeKind::Event if shown.is_child.get() => String::new(),
        NodeKind::Step | NodeKind::Event if times == 0 => String::from("not taken"),
        NodeKind::Step | NodeKind::Event => words,
        _ => String::new(),
    }
}

impl RowSource for NodeList {
    fn count(&self) -> usize {
        self.0.view.borrow().node_count() + self.0.traffic.borrow().undeclared.len()
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        build_cells(
            row,
            &[
                "wf-graph__kind",
                "wf-cut wf-graph__name",
                "wf-cut wf-graph__between",
                "wf-graph__times",
            ],
        )
    }

    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize) {
        let (view, traffic) = (self.0.view.borrow(), self.0.traffic.borrow());
        let words = match view.listed(index) {
            Some(at) => {
                let Some(node) = view.node(at) else { return };
                let of = |counts: &[u32]| counts.get(at as usize).copied().unwrap_or(0);
                attribute(row, "data-node", Some(&node.id));
                attribute(row, "data-kind", Some(node.kind.as_str()));
                attribute(row, "data-hue", node.event_class().map(hue));
                let often = times(&self.0, &node.kind, of(&traffic.nodes), of(&traffic.at_work));
                [
                    kind_word(&node.kind).to_owned(),
                    caption(node),
                    between(&view, at),
                    often,
                ]
            }
            None => {
                let Some((flow, into)) = traffic.undeclared.get(index - view.node_count()) else {
                    return;
                };
                let steps = self.0.fold.steps.borrow();
                for name in ["data-node", "data-hue"] {
                    attribute(row, name, None);
                }
                attribute(row, "data-kind", Some("undeclared"));
                let words = if *into { "took " } else { "returned " };
                let words = [words, steps.name(flow.class), ", which the graph doesn't declare"].concat();
                [
                    String::from("undeclared"),
                    steps.name(flow.step).to_owned(),
                    words,
                    String::new(),
                ]
            }
        };
        write_cells(cells, &words);
    }

    fn selected(&self, index: usize) -> bool {
        let chosen = self.0.chosen_node();
        chosen.is_some() && self.0.view.borrow().listed(index) == chosen
    }

    fn open(&self, index: usize) {
        let node = self.0.view.borrow().listed(index);
        if let Some(node) = node {
            self.0.choose(node);
        }
    }

    fn activate(&self, index: usize) {
        if self.0.chosen.try_with_untracked(Option::is_some) == Some(true) {
            self.open(index);
        }
    }
}
