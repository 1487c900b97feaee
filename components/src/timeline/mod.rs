//! When steps were at work: a chart with a lane for each worker, and the same turns as a list.
//!
//! The chart is a pool of elements over the part that is in sight; how many turns there are changes nothing about it. It is for the
//! eyes and the pointer, the list below says the same to everybody.

mod chart;
mod fold;
mod list;
mod zoom;

pub(crate) use chart::style;
pub(crate) use fold::StepFold;
pub(crate) use list::{build_cells, write_cells};
pub(crate) use zoom::{Zoom, bar, zoomable};

use crate::grid::{ListOptions, RowSource, WindowedList};
use crate::reactive::*;
use crate::theme::mount_style;
use crate::ui::{Call, El, Live, Var, div, effect, el, every, span};
use chart::Chart;
use list::TurnList;
use send_wrapper::SendWrapper;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use workflow_inspector::text::count;
use workflow_protocol::RunStatus;

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

/// The timeline of a run, drawn while `on` holds.
pub(crate) fn timeline(
    fold: Rc<StepFold>,
    on: Live<bool>,
    status: Signal<RunStatus>,
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
    let shown = Rc::new(Shown {
        fold: Rc::clone(&fold),
        now: Cell::new(None),
        selected,
        on_select,
    });
    let scale = Var::new("");
    let turns = Var::new(0_usize);
    let frame = div("wf-time__frame wf-time__chart")
        .attr("data-part", "timeline-chart")
        .attr("role", "group")
        .attr("aria-label", "Chart of the steps")
        .attr("tabindex", "0");
    let chart = Chart::mount(frame.node(), Rc::clone(&shown));
    let grid = div("wf-grid wf-time__list")
        .attr("data-part", "step-runs")
        .attr("role", "grid")
        .attr("aria-label", "Step runs")
        .attr("aria-readonly", true);
    let source = Rc::new(TurnList {
        shown: Rc::clone(&shown),
        list: RefCell::default(),
    });
    let options = ListOptions {
        row_role: "row",
        row_part: "step-run",
        follow: true,
    };
    let list = WindowedList::mount(
        grid.node().clone(),
        Rc::clone(&source) as Rc<dyn RowSource>,
        options,
    );
    source.list.replace(Some(list.clone()));
    let cleanup = SendWrapper::new(Rc::clone(&source));
    on_cleanup(move || {
        cleanup.list.take();
    });

    let draw = {
        let (chart, shown, list) = (Rc::clone(&chart), Rc::clone(&shown), list);
        Rc::new(move || {
            if !on.peek() {
                return;
            }
            let ended = status.get_untracked().is_terminal();
            shown.now.set((!ended).then(|| crate::dom::now() as u64));
            chart.draw();
            list.changed();
            if scale.peek() != chart.scale() {
                scale.set(chart.scale());
            }
            let count = shown.fold.steps.borrow().spans().len();
            if turns.peek() != count {
                turns.set(count);
                // It may have become visible by that.
                chart.schedule();
            }
        })
    };
    let (drawn, ticking) = (Rc::clone(&draw), Rc::clone(&draw));
    let version = fold.version;
    effect(move || {
        let _ = (version.get(), on.get(), status.get());
        drawn();
    });
    every(TICK, move || {
        if !status.get_untracked().is_terminal() {
            ticking();
        }
    });
    let (chosen, source) = (Rc::clone(&chart), Rc::clone(&source));
    effect(move || {
        let _ = selected.get();
        if on.peek() {
            chosen.schedule();
            source.reveal();
        }
    });

    let none = move || turns.get() == 0;
    let words = move || match scale.get() {
        "order" => "Order, not time: these events came before this page watched.",
        "mixed" => "First order, not time; then the times at which events arrived here.",
        _ => "Times at which events arrived here.",
    };
    let turns_word = move || [&count(turns.get() as u64), " turns"].concat();
    let bar = bar(
        span("wf-note").text(words),
        Some(span("wf-muted wf-num").text(turns_word)),
        &(chart as Rc<dyn Zoom>),
    )
    .flag("hidden", none);
    let nothing = div("wf-empty").flag("hidden", move || !none()).child(
        el("p")
            .class("wf-note")
            .text("No step has started yet. Steps show up here when they do."),
    );
    let frame = frame.flag("hidden", none);
    el("section")
        .class("wf-time")
        .attr("data-part", "timeline")
        .attr("role", "region")
        .attr("aria-label", "Timeline")
        .attr("data-scale", move || scale.get())
        .attr("data-count", move || turns.get())
        .child(bar)
        .child(frame)
        .child(grid.flag("hidden", none))
        .child(nothing)
}
