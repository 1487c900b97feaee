//! When steps were at work: a chart with a lane for each worker, and the same turns as a list.
//!
//! The chart is a pool of elements over the part that is in sight; how many turns there are changes nothing about it. It is for the
//! eyes and the pointer, the list below says the same to everybody.

mod chart;
mod fold;
mod list;
mod pane;

pub(crate) use fold::StepFold;
pub(crate) use list::{build_cells, write_cells};
pub(crate) use pane::{Names, Pane, Zoom, style, write};

use crate::dom::Dom;
use crate::grid::{ListOptions, WindowedList};
use crate::reactive::*;
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{Call, El, Live, effect, every, frame, memo};
use chart::Chart;
use leptos::prelude::{IntoView, component};
use list::TurnList;
use std::cell::Cell;
use std::rc::Rc;
use workflow_inspector::text::count;
use workflow_protocol::RunStatus;
use workflow_ui_core::UseWorkflowHandlerReturn;

pub(crate) const STYLE: &str = include_str!("timeline.css");

/// How often a run that goes on is drawn, in milliseconds.
const TICK: i32 = 200;

/// What both the chart and the list show.
pub(super) struct Shown {
    pub(super) fold: Rc<StepFold>,
    /// Up to when what goes on is drawn; none once the run has ended.
    pub(super) now: Cell<Option<u64>>,
    pub(super) selected: Live<Option<u64>>,
    pub(super) on_select: Call<u64>,
}

impl Shown {
    /// The span that the selected event began or ended.
    pub(super) fn selected_span(&self) -> Option<u32> {
        self.fold.steps.borrow().span_at(self.selected.peek()?)
    }

    /// Opens the event with which a span began.
    pub(super) fn open(&self, span: u32) {
        let sequence = {
            let steps = self.fold.steps.borrow();
            steps.span(span).map(|span| steps.sequence(&span))
        };
        if let Some(sequence) = sequence {
            self.on_select.run(sequence);
        }
    }
}

const NAMES: Names = [
    ("timeline", "Timeline"),
    ("timeline-chart", "Chart of the steps"),
    ("step-runs", "Step runs"),
];

/// When the steps of a run were at work.
///
/// Give it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::timeline::RunTimeline;
/// use workflow_ui_components::ui::Call;
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Steps(id: Signal<String>) -> impl IntoView {
///     let run = use_workflow_handler(id, true);
///     let chosen = RwSignal::new(None);
///     view! { <RunTimeline run selected=chosen on_select=Call::new(move |event| chosen.set(Some(event))) /> }
/// }
/// ```
#[component]
pub fn RunTimeline(
    /// The run.
    run: workflow_ui_core::UseWorkflowHandlerReturn,
    /// The selected event's sequence.
    #[prop(into)]
    selected: Signal<Option<u64>>,
    /// The event with which a step began was opened.
    #[prop(into)]
    on_select: Call<u64>,
) -> impl IntoView {
    View::from(run_timeline(run.into(), selected.into(), on_select))
}

/// [`RunTimeline`] as an element.
pub fn run_timeline(run: UseWorkflowHandlerReturn, selected: Live<Option<u64>>, on_select: Call<u64>) -> El {
    let (fold, _) = StepFold::of_run(run);
    timeline(fold, memo(|| true), run.status, selected, on_select)
}

/// The timeline of a run, drawn while `on` holds.
pub(crate) fn timeline(
    fold: Rc<StepFold>,
    on: Live<bool>,
    status: Reading<RunStatus>,
    selected: Live<Option<u64>>,
    on_select: Call<u64>,
) -> El {
    for style in [
        crate::icon::STYLE,
        crate::grid::STYLE,
        crate::events::STYLE,
        STYLE,
    ] {
        mount_style(style);
    }
    let version = fold.version;
    let shown = Rc::new(Shown {
        fold,
        now: Cell::new(None),
        selected,
        on_select,
    });
    let pane = Pane::new(NAMES);
    let chart = Chart::mount(&pane.frame, Rc::clone(&shown));
    pane.listen(&(Rc::clone(&chart) as Rc<dyn Zoom>));
    let options = ListOptions {
        row_role: "row",
        row_part: "step-run",
        follow: true,
    };
    let source = Rc::new(TurnList(Rc::clone(&shown)));
    let list = WindowedList::mount(pane.grid.clone(), source, options);
    let root = pane.root.clone();
    let revealed = Cell::new(None);
    let ended = Rc::new(Cell::new(false));
    let has_ended = Rc::clone(&ended);
    // Runs in frames too, when the run's signals may be gone.
    let draw = Rc::new(move || {
        let live = !has_ended.get();
        shown.now.set(live.then(|| crate::dom::now() as u64));
        chart.draw();
        let turns = shown.fold.steps.borrow().spans().len();
        let nothing = (turns == 0).then_some("No step has started yet. Steps show up here when they do.");
        let words = match chart.scale() {
            "order" => "Order, not time: these events came before this page watched.",
            "mixed" => "First order, not time; then the times at which events arrived here.",
            _ => "Times at which events arrived here.",
        };
        if pane.tell(nothing, words, &[&count(turns as u64), " turns"].concat()) {
            chart.draw();
        }
        Dom::set_attribute(&pane.root, "data-scale", chart.scale());
        Dom::set_attribute(&pane.root, "data-count", &turns.to_string());
        list.changed();
        let chosen = shown.selected_span();
        if revealed.replace(chosen) != chosen
            && let Some(chosen) = chosen
            && list.active() != Some(chosen as usize)
        {
            list.set_active(Some(chosen as usize));
            list.reveal(chosen as usize);
        }
    });
    let ticking = Rc::clone(&draw);
    let ends = Rc::clone(&ended);
    effect(move || {
        let _ = (version.get(), selected.get());
        ends.set(status.get().is_terminal());
        if on.get() {
            // The panel comes into sight by another effect.
            let draw = Rc::clone(&draw);
            frame(move || draw());
        }
    });
    every(TICK, move || {
        if on.peek() && !ended.get() {
            ticking();
        }
    });
    El::of(root.into())
}
