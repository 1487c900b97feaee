//! A workflow's graph with what a run has taken of it: a picture, and the same nodes as a list.
//!
//! The picture is for the eyes and the pointer, the list says the same to everybody.

mod detail;
mod list;
mod painter;
mod picture;

use crate::dom::attribute;
use crate::grid::{ListOptions, WindowedList};
use crate::reactive::*;
use crate::theme::mount_style;
use crate::timeline::{Names, Pane, StepFold, Zoom};
use crate::ui::View;
use crate::ui::{Call, El, Live, Var, button, div, dynamic, effect, el, frame, memo};
use crate::work::{Work, work_bar};
use leptos::prelude::{IntoView, component};
use list::NodeList;
use painter::Painter;
use picture::Picture;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use workflow_inspector::graph::{GraphView, Traffic};
use workflow_inspector::text::count;
use workflow_protocol::NodeKind;
use workflow_ui_core::{UseWorkflowHandlerReturn, UseWorkflowReturn};

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

const NAMES: Names = [
    ("graph", "Graph"),
    ("graph-picture", "Picture of the graph"),
    ("graph-nodes", "Nodes"),
];

/// The graph of a run's workflow, with what the run has taken of it.
///
/// Give it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::graph::RunGraph;
/// use workflow_ui_components::ui::Call;
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Steps(id: Signal<String>) -> impl IntoView {
///     let run = use_workflow_handler(id, true);
///     view! { <RunGraph run on_select=Call::new(|event: u64| leptos::logging::log!("{event}")) /> }
/// }
/// ```
#[component]
pub fn RunGraph(
    /// The run.
    run: workflow_ui_core::UseWorkflowHandlerReturn,
    /// One of the newest turns of a node was opened: the event with which it began.
    #[prop(into)]
    on_select: Call<u64>,
    /// The events of a node are asked for: a text that they hold. Defaults to nothing.
    #[prop(optional, into)]
    on_filter: Option<Call<String>>,
) -> impl IntoView {
    let on_filter = on_filter.unwrap_or_else(|| Call::new(|_| {}));
    View::from(run_graph(run.into(), on_select, on_filter))
}

/// [`RunGraph`] as an element.
pub fn run_graph(run: UseWorkflowHandlerReturn, on_select: Call<u64>, on_filter: Call<String>) -> El {
    let (fold, workflow) = StepFold::of_run(run);
    graph(fold, memo(|| true), workflow, on_select, on_filter)
}

/// The graph of the run's workflow, drawn while `on` holds. `on_filter` shows the events that hold a text.
pub(crate) fn graph(
    fold: Rc<StepFold>,
    on: Live<bool>,
    workflow: UseWorkflowReturn,
    on_select: Call<u64>,
    on_filter: Call<String>,
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
    let version = fold.version;
    let chosen = Var::new(None);
    let shown = Rc::new(Shown {
        fold,
        view: RefCell::default(),
        traffic: RefCell::default(),
        chosen,
    });
    let pane = Pane::new(NAMES);
    let picture = Picture::mount(&pane.frame, Rc::clone(&shown));
    pane.listen(&(Rc::clone(&picture) as Rc<dyn Zoom>));
    let options = ListOptions {
        row_role: "row",
        row_part: "graph-node",
        follow: false,
    };
    let list = WindowedList::mount(pane.grid.clone(), Rc::new(NodeList(Rc::clone(&shown))), options);
    let work = Work::new();
    let painter = Painter::new(Rc::clone(&shown), Rc::clone(&picture), work);
    let turns = painter.turns;
    let offered = Var::new(None::<Offer>);
    let drawing = Rc::clone(&painter);
    let draw = Call::new(move |()| drawing.draw());
    let root = El::of(pane.root.clone().into())
        .child(work_bar(work, "Drawing the graph"))
        .child(dynamic(move || Some(offer(offered.get()?, draw))));
    let about = Rc::clone(&shown);
    let about = dynamic(move || {
        let id = chosen.get()?;
        let at = about.view.borrow().number(&id)?;
        untrack(|| detail::detail(&about, at, on_select, on_filter))
    });
    let below = El::of(pane.below.clone().into()).child(about);
    let _ = below.class("wf-time__below wf-graph__below");
    effect(move || {
        let graph = workflow.graph.get();
        version.track();
        turns.track();
        let detail = chosen.with(Option::is_some);
        attribute(&pane.below, "data-detail", detail.then_some(""));
        if !on.get() {
            return;
        }
        if let Some(graph) = graph
            && !Arc::ptr_eq(&graph, &shown.view.borrow().graph)
        {
            painter.open(graph);
        }
        let (traffic, nothing, words) = {
            let view = shown.view.borrow();
            let traffic = if painter.is_read() {
                view.traffic(&shown.fold.steps.borrow())
            } else {
                Traffic::default()
            };
            let left_out = view.node_count() - view.layout.nodes.len();
            let words = told(&traffic, if painter.is_drawn() { left_out } else { 0 });
            let nothing = if view.node_count() != 0 && painter.is_read() {
                None
            } else if workflow.loading.get() || !painter.is_read() {
                Some("Reading the graph…")
            } else {
                Some("The server tells no graph of this workflow.")
            };
            (traffic, nothing, words)
        };
        let large = nothing.is_none() && !painter.is_drawn() && shown.view.borrow().is_large();
        let now = (large && !painter.is_drawing()).then(|| {
            let view = shown.view.borrow();
            Offer {
                nodes: view.node_count(),
                drawn: view.drawable(),
            }
        });
        if offered.peek() != now {
            offered.set(now);
        }
        shown.traffic.replace(traffic);
        pane.tell(nothing, &words, "");
        if large {
            pane.frame.set_hidden(true);
        }
        picture.draw();
        list.changed();
        // Its panel may come into sight only now.
        let picture = Rc::clone(&picture);
        frame(move || picture.resized());
    });
    root
}

/// A picture that is drawn only when somebody asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Offer {
    /// Nodes of the graph.
    nodes: usize,
    /// Nodes that the picture would show.
    drawn: usize,
}

fn offer(offer: Offer, draw: Call<()>) -> El {
    let all = count(offer.nodes as u64);
    let words = if offer.drawn < offer.nodes {
        ["Draw the first ", &count(offer.drawn as u64)].concat()
    } else {
        String::from("Draw it")
    };
    div("wf-graph__offer")
        .attr("data-part", "graph-offer")
        .child(
            el("p").class("wf-note").text(
                [
                    "The graph has ",
                    &all,
                    " nodes. They are listed here; drawing them takes a while.",
                ]
                .concat(),
            ),
        )
        .child(button("wf-button").text(words).on("click", move |_| draw.run(())))
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
