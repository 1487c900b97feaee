//! The region of a graph: a bar, the picture, and the list of nodes with the detail of one.

use super::Shown;
use super::detail::{NodeDetail, NodeInfo, NodeNow};
use super::list::NodeList;
use super::painter::Painter;
use super::picture::Picture;
use crate::grid::{Grid, GridRef};
use crate::theme::mount_style;
use crate::timeline::StepFold;
use crate::timeline::zoom::{Point, Zoom, ZoomButtons, ZoomFrame};
use crate::work::{Work, WorkBar};
use leptos::{ev, html, prelude::*};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use workflow_inspector::graph::Traffic;
use workflow_inspector::text::count;
use workflow_ui_core::{UseWorkflowReturn, use_workflow};

const STYLE: &str = include_str!("graph.css");

/// What the parts of one pane share.
#[derive(Clone, Copy)]
struct PaneState {
    chosen: RwSignal<Option<String>>,
    /// The child workflow whose graph is shown in the place of the run's.
    child: RwSignal<Option<String>>,
    child_workflow: UseWorkflowReturn,
    /// Notifies when the counts were drawn.
    drawn: RwSignal<()>,
    status: RwSignal<Status>,
    work: Work,
    grid: GridRef,
    frame: NodeRef<html::Div>,
    /// Exists once the frame is mounted.
    painter: StoredValue<Option<Rc<Painter>>, LocalStorage>,
}

impl PaneState {
    fn with_painter(self, f: impl FnOnce(&Rc<Painter>)) {
        if let Some(painter) = self.painter.try_get_value().flatten() {
            f(&painter);
        }
    }

    /// Draws what the run has taken of its workflow's graph, while `on` is true.
    fn follow_run(self, shown: Rc<Shown>, workflow: UseWorkflowReturn, on: Signal<bool>) {
        let Self {
            status,
            frame,
            painter,
            ..
        } = self;
        let stages_ended = RwSignal::new(0);
        let drawn = Rc::clone(&shown);
        Effect::new(move |_| {
            let Some(frame) = frame.get() else { return };
            let picture = Picture::mount(&frame, Rc::clone(&drawn));
            let new = Painter::new(Rc::clone(&drawn), picture, self.work, stages_ended);
            painter.set_value(Some(new));
        });
        let version = shown.fold.version;
        let generation = Cell::new(shown.fold.generation());
        Effect::new(move |_| {
            version.track();
            // The graph of a child belonged to the run before.
            let run = shown.fold.generation();
            if generation.replace(run) != run && self.child.with_untracked(Option::is_some) {
                self.child.set(None);
            }
            let child = self.child_workflow.graph;
            let is_child = self.child.with(Option::is_some) && child.with(Option::is_some);
            shown.is_child.set(is_child);
            let graph = if is_child {
                child.get()
            } else {
                workflow.graph.get()
            };
            let is_loading = workflow.loading.get();
            stages_ended.track();
            self.chosen.track();
            let Some(painter) = painter.get_value().filter(|_| on.get()) else {
                return;
            };
            if let Some(graph) = graph
                && !Arc::ptr_eq(&graph, &shown.view.borrow().graph)
            {
                painter.open(graph);
            }
            let traffic = if painter.is_read() && !is_child {
                let activity = shown.fold.activity();
                shown
                    .view
                    .borrow()
                    .traffic_of(&shown.fold.steps.borrow(), &activity)
            } else {
                Traffic::default()
            };
            shown.traffic.replace(traffic);
            let now = Status::of(&shown, &painter, is_loading);
            if status.with_untracked(|status| *status != now) {
                status.set(now);
            }
            painter.picture.draw();
            self.grid.changed();
            self.drawn.set(());
            // The pane may become visible only now.
            request_animation_frame(move || painter.picture.resized());
        });
        let listener = window_event_listener(ev::resize, move |_| {
            self.with_painter(|painter| painter.picture.resized());
        });
        on_cleanup(move || listener.remove());
    }
}

/// The graph of a run's workflow. It is updated while `on` is true.
#[component]
pub fn GraphPane(
    fold: Rc<StepFold>,
    workflow: UseWorkflowReturn,
    on: Signal<bool>,
    on_select: Callback<u64>,
    on_filter: Callback<String>,
) -> impl IntoView {
    for style in [
        crate::icon::STYLE,
        crate::grid::STYLE,
        crate::events::STYLE,
        crate::timeline::STYLE,
        STYLE,
    ] {
        mount_style(style);
    }
    let chosen = RwSignal::new(None);
    let child = RwSignal::new(None);
    let child_workflow = use_workflow(child);
    let shown = Rc::new(Shown {
        fold,
        view: RefCell::default(),
        traffic: RefCell::default(),
        chosen,
        is_child: Cell::new(false),
    });
    let status = RwSignal::new(Status::default());
    let state = PaneState {
        chosen,
        child,
        child_workflow,
        drawn: RwSignal::new(()),
        status,
        work: Work::new(),
        grid: GridRef::new(),
        frame: NodeRef::new(),
        painter: StoredValue::new_local(None),
    };
    state.follow_run(Rc::clone(&shown), workflow, on);
    let on_zoom = Callback::new(move |(zoom, at): (Zoom, Option<Point>)| {
        state.with_painter(|painter| painter.picture.zoom(zoom, at));
    });
    let is_empty = Memo::new(move |_| status.with(|status| status.nothing.is_some()));
    let offer = Memo::new(move |_| status.with(|status| status.offer));
    let draw = move |()| state.with_painter(Painter::draw);
    view! {
        <section
            class="wf-time"
            role="region"
            data-part="graph"
            part="graph"
            aria-label="Graph"
            data-workflow=child
        >
            {move || child.get().map(|name| view! { <ChildBar state name /> })}
            <div class="wf-time__bar" hidden=is_empty>
                <span class="wf-note" translate="no">
                    {move || status.with(|status| status.text.clone())}
                </span>
                <span class="wf-grow"></span>
                <span class="wf-muted wf-num"></span>
                <ZoomButtons on_zoom />
            </div>
            <ZoomFrame
                part="graph-picture"
                label="Picture of the graph"
                frame=state.frame
                hidden=move || status.with(|status| status.nothing.is_some() || status.is_large)
                on_zoom
                on_mouse=move |event| state.with_painter(|painter| painter.picture.on_mouse(&event))
            />
            <Below state shown hidden=is_empty on_select on_filter />
            <div class="wf-empty" hidden=move || !is_empty.get()>
                <p class="wf-note" translate="no">
                    {move || status.with(|status| status.nothing)}
                </p>
            </div>
            <WorkBar work=state.work label="Drawing the graph" />
            {move || offer.get().map(|offer| view! { <DrawOffer offer on_draw=draw /> })}
        </section>
    }
}

/// The list of the nodes, and the detail of the selected one.
#[component]
fn Below(
    state: PaneState,
    shown: Rc<Shown>,
    hidden: Memo<bool>,
    on_select: Callback<u64>,
    on_filter: Callback<String>,
) -> impl IntoView {
    let PaneState {
        chosen,
        child,
        grid,
        drawn,
        ..
    } = state;
    let nodes = Rc::new(NodeList(Rc::clone(&shown)));
    let shown = StoredValue::new_local(shown);
    let detail = move |id: String| {
        let info = shown.with_value(|shown| NodeInfo::of(shown, &id));
        let now = Memo::new(move |_| {
            drawn.track();
            let now = shown.try_with_value(|shown| NodeNow::of(shown, &id)).flatten();
            now.unwrap_or_default()
        });
        info.map(|info| {
            let on_child = move |name| {
                chosen.set(None);
                child.set(Some(name));
            };
            view! { <NodeDetail info now on_close=move |()| chosen.set(None) on_select on_filter on_child /> }
        })
    };
    view! {
        <div
            class="wf-time__below wf-graph__below"
            data-detail=move || chosen.with(Option::is_some)
            hidden=hidden
        >
            <Grid
                source=nodes
                grid_ref=grid
                class="wf-grid wf-time__list"
                label="Nodes"
                part="graph-nodes"
                row_part="graph-node"
                attr:translate="no"
            />
            <For each=move || chosen.get() key=String::clone children=detail />
        </div>
    }
}

/// Names the child workflow whose graph is shown, and leads back to the run's.
#[component]
fn ChildBar(state: PaneState, name: String) -> impl IntoView {
    let back = move |_| {
        state.chosen.set(None);
        state.child.set(None);
    };
    let error = state.child_workflow.error;
    view! {
        <div class="wf-time__bar">
            <button type="button" class="wf-button" on:click=back>
                "Back to the run's graph"
            </button>
            <span class="wf-note" translate="no">
                {name}
                {move || error.get().map(|error| format!(": {error}"))}
            </span>
        </div>
    }
}

/// Offers to draw a large graph.
#[component]
fn DrawOffer(offer: Offer, #[prop(into)] on_draw: Callback<()>) -> impl IntoView {
    let all = count(offer.nodes as u64);
    let label = if offer.drawn < offer.nodes {
        format!("Draw the first {}", count(offer.drawn as u64))
    } else {
        "Draw it".to_owned()
    };
    view! {
        <div class="wf-graph__offer" data-part="graph-offer" part="graph-offer" translate="no">
            <p class="wf-note">
                {format!("The graph has {all} nodes. They are listed here; drawing them takes a while.")}
            </p>
            <button type="button" class="wf-button" on:click=move |_| on_draw.run(())>
                {label}
            </button>
        </div>
    }
}

/// What is shown around the picture.
#[derive(Clone, Debug, Default, PartialEq)]
struct Status {
    /// Why there is nothing to show.
    nothing: Option<&'static str>,
    /// How much of the graph was taken.
    text: String,
    /// Whether the graph is large and not drawn.
    is_large: bool,
    /// Offers to draw a large graph.
    offer: Option<Offer>,
}

/// A picture that is drawn only on request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Offer {
    /// Nodes of the graph.
    nodes: usize,
    /// Nodes that the picture would show.
    drawn: usize,
}

impl Status {
    fn of(shown: &Shown, painter: &Painter, is_loading: bool) -> Self {
        let view = shown.view.borrow();
        let nothing = if view.node_count() != 0 && painter.is_read() {
            None
        } else if is_loading || !painter.is_read() {
            Some("Reading the graph…")
        } else {
            Some("The server has no graph of this workflow.")
        };
        let is_drawn = painter.is_drawn();
        let left_out = view.node_count() - view.layout.nodes.len();
        let is_large = nothing.is_none() && !is_drawn && view.is_large();
        Self {
            nothing,
            text: if shown.is_child.get() {
                "A child workflow as declared: the server does not report its runs.".to_owned()
            } else {
                summary(&shown.traffic.borrow(), if is_drawn { left_out } else { 0 })
            },
            is_large,
            offer: (is_large && !painter.is_drawing()).then(|| Offer {
                nodes: view.node_count(),
                drawn: view.drawable(),
            }),
        }
    }
}

/// How much of the declared graph was taken.
fn summary(traffic: &Traffic, left_out: usize) -> String {
    let taken = traffic.edges.iter().filter(|count| **count > 0).count();
    let mut text = format!("{taken} of {} arrows taken", traffic.edges.len());
    for (number, what) in [
        (traffic.undeclared.len(), " not declared"),
        (left_out, " more nodes than are shown"),
    ] {
        if number > 0 {
            text.push_str(&format!(", {number}{what}"));
        }
    }
    text
}
