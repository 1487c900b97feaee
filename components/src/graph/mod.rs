//! The graph of a workflow with the counts of a run: a picture, and the same nodes as a list.
//!
//! The picture is hidden from assistive technology; the list has the same content.

mod detail;
mod list;
mod painter;
mod pane;
mod picture;

use crate::timeline::StepFold;
use crate::watched::run_or_watch;
use leptos::prelude::*;
pub(crate) use pane::GraphPane;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use workflow_inspector::graph::{GraphView, Traffic};
use workflow_protocol::NodeKind;
use workflow_ui_core::UseWorkflowHandlerReturn;

/// What both the picture and the list show.
struct Shown {
    fold: Rc<StepFold>,
    view: RefCell<GraphView>,
    traffic: RefCell<Traffic>,
    /// The id of the selected node.
    chosen: RwSignal<Option<String>>,
    /// Whether the graph is that of a child workflow, of which the run knows no more than what it declares.
    is_child: Cell<bool>,
}

impl Shown {
    fn choose(&self, node: u32) {
        if let Some(node) = self.view.borrow().node(node) {
            self.chosen.try_set(Some(node.id.clone()));
        }
    }

    fn chosen_node(&self) -> Option<u32> {
        let number = |id: &Option<String>| self.view.borrow().number(id.as_deref()?);
        self.chosen.try_with_untracked(number).flatten()
    }
}

/// The word for the kind of a node.
fn kind_word(kind: &NodeKind) -> &str {
    match kind {
        NodeKind::ResourceConfig => "config",
        NodeKind::Other(word) => match word.as_str() {
            "" => "node",
            "workflow_agent" => "workflow agent",
            "child_connector" => "child workflow",
            word => word,
        },
        kind => kind.as_str(),
    }
}

/// The graph of a run's workflow, with how often the run took each node.
///
/// Give it a height: it fills the space that its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::graph::RunGraph;
///
/// #[component]
/// fn Graph(#[prop(into)] id: Signal<Option<String>>) -> impl IntoView {
///     view! { <RunGraph handler_id=id on_select=|sequence| leptos::logging::log!("{sequence}") /> }
/// }
/// ```
#[component]
pub fn RunGraph(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// Called with the sequence of the event that began a turn of a node, when that turn is opened.
    #[prop(optional, into)]
    on_select: Option<Callback<u64>>,
    /// Called with a text that the events of a node contain, when these events are asked for.
    #[prop(optional, into)]
    on_filter: Option<Callback<String>>,
    /// The sequence of the last event that counts: the graph shows the run as it was then. Defaults to none: the run as it is now.
    #[prop(optional, into)]
    at: Signal<Option<u64>>,
) -> impl IntoView {
    let run = run_or_watch(run, handler_id);
    let (fold, workflow) = StepFold::of_run(run, Signal::stored(true), at);
    view! {
        <GraphPane
            fold
            workflow
            on=Signal::stored(true)
            on_select=on_select.unwrap_or_else(|| Callback::new(|_| {}))
            on_filter=on_filter.unwrap_or_else(|| Callback::new(|_| {}))
        />
    }
}
