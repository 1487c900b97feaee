//! A workflow's graph with what a run has taken of it: a picture, and the same nodes as a list.
//!
//! The picture is for the eyes and the pointer, the list says the same to everybody.

mod detail;
mod list;
mod picture;

use crate::grid::{ListOptions, RowSource, WindowedList};
use crate::reactive::*;
use crate::theme::mount_style;
use crate::timeline::{StepFold, Zoom, bar};
use crate::ui::{Call, El, Live, Var, div, dynamic, effect, el, span};
use list::NodeList;
use picture::Picture;
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::rc::Rc;
use workflow_inspector::graph::{GraphView, Traffic};
use workflow_protocol::NodeKind;
use workflow_ui_core::UseWorkflowReturn;

const STYLE: &str = include_str!("graph.css");

/// What both the picture and the list show.
pub(super) struct Shown {
    pub(super) fold: Rc<StepFold>,
    pub(super) view: RefCell<GraphView>,
    pub(super) traffic: RefCell<Traffic>,
    /// The chosen node's id.
    pub(super) chosen: Var<Option<String>>,
}

impl Shown {
    pub(super) fn choose(&self, node: u32) {
        if let Some(node) = self.view.borrow().node(node) {
            self.chosen.set(Some(node.id.clone()));
        }
    }

    pub(super) fn chosen_node(&self) -> Option<u32> {
        self.chosen
            .peek_with(|id| id.as_deref().and_then(|id| self.view.borrow().number(id)))
    }
}

/// The kind of a node in a word.
pub(super) fn kind_word(kind: &NodeKind) -> &str {
    match kind {
        NodeKind::ResourceConfig => "config",
        NodeKind::Other(word) if word.is_empty() => "node",
        kind => kind.as_str(),
    }
}

/// The graph of the run's workflow, drawn while `on` holds. `on_filter` shows the events that hold a text, internal ones
/// too if it says so.
pub(crate) fn graph(
    fold: Rc<StepFold>,
    on: Live<bool>,
    workflow: UseWorkflowReturn,
    on_select: Call<u64>,
    on_filter: Call<(String, bool)>,
) -> El {
    for style in [
        crate::icon::STYLE,
        crate::grid::STYLE,
        crate::events::STYLE,
        crate::timeline::STYLE,
        STYLE,
    ] {
        mount_style(style);
    }
    let shown = Rc::new(Shown {
        fold: Rc::clone(&fold),
        view: RefCell::default(),
        traffic: RefCell::default(),
        chosen: Var::new(None),
    });
    let chosen = shown.chosen;
    let there = Var::new(false);
    let summary = Var::new(String::new());
    let frame = div("wf-time__frame wf-graph__frame")
        .attr("data-part", "graph-picture")
        .attr("role", "group")
        .attr("aria-label", "Picture of the graph")
        .attr("tabindex", "0");
    let picture = Picture::mount(frame.node(), Rc::clone(&shown));
    let grid = div("wf-grid wf-graph__list")
        .attr("data-part", "graph-nodes")
        .attr("role", "grid")
        .attr("aria-label", "Nodes")
        .attr("aria-readonly", true);
    let source = Rc::new(NodeList(Rc::clone(&shown)));
    let options = ListOptions {
        row_role: "row",
        row_part: "graph-node",
        follow: false,
    };
    let list = WindowedList::mount(grid.node().clone(), source as Rc<dyn RowSource>, options);

    let (built, first) = (Rc::clone(&shown), Rc::clone(&picture));
    effect(move || {
        let graph = workflow.graph.get();
        let view = graph.as_deref().map(GraphView::new).unwrap_or_default();
        there.set(!view.nodes.is_empty());
        built.view.replace(view);
        first.build();
    });
    let (counted, drawn, version) = (Rc::clone(&shown), Rc::clone(&picture), fold.version);
    let rows = SendWrapper::new(list);
    effect(move || {
        let _ = (version.get(), there.get(), chosen.get());
        if on.get() {
            let traffic = counted.view.borrow().traffic(&counted.fold.steps.borrow());
            let words = told(&traffic, counted.view.borrow().left_out);
            if summary.peek() != words {
                summary.set(words);
            }
            counted.traffic.replace(traffic);
            drawn.draw();
            rows.changed();
        }
    });

    let none = move || !there.get();
    let nothing = move || {
        if workflow.loading.get() {
            String::from("Reading the graph…")
        } else if let Some(error) = workflow.error.get() {
            ["The graph can't be read: ", &error.to_string()].concat()
        } else {
            String::from("The server tells no graph of this workflow.")
        }
    };
    let words = span("wf-note").text(move || summary.get());
    let bar = bar(words, None, &(picture as Rc<dyn Zoom>)).flag("hidden", none);
    let about = dynamic(move || {
        let id = chosen.get()?;
        let at = shown.view.borrow().number(&id)?;
        untrack(|| detail::detail(&shown, at, on_select, on_filter))
    });
    el("section")
        .class("wf-time")
        .attr("data-part", "graph")
        .attr("role", "region")
        .attr("aria-label", "Graph")
        .child(bar)
        .child(frame.flag("hidden", none))
        .child(
            div("wf-graph__below")
                .flag("hidden", none)
                .flag("data-detail", move || chosen.with(Option::is_some))
                .child(grid)
                .child(about),
        )
        .child(
            div("wf-empty")
                .flag("hidden", move || !none())
                .child(el("p").class("wf-note").text(nothing)),
        )
}

/// What was taken of what is declared.
fn told(traffic: &Traffic, left_out: usize) -> String {
    let mut taken = 0_usize;
    for count in &traffic.edges {
        taken += usize::from(*count > 0);
    }
    let mut words = [
        &taken.to_string(),
        " of ",
        &traffic.edges.len().to_string(),
        " arrows taken",
    ]
    .concat();
    for (number, text) in [
        (traffic.undeclared.len(), " not declared"),
        (left_out, " more nodes than are shown"),
    ] {
        if number > 0 {
            words.push_str(", ");
            words.push_str(&number.to_string());
            words.push_str(text);
        }
    }
    words
}
