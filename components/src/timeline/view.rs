//! The timeline as a view, and when it is drawn.

use super::STYLE;
use super::chart::Chart;
use super::fold::StepFold;
use super::list::TurnList;
use super::shown::Shown;
use super::zoom::{Point, Zoom, ZoomButtons, ZoomFrame};
use crate::dom::set_interval_while_visible;
use crate::grid::{Grid, GridRef};
use crate::theme::mount_style;
use leptos::task::spawn_local;
use leptos::{ev, html, prelude::*};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use workflow_inspector::text::count;
use workflow_protocol::RunStatus;

/// How often the chart of a running run is drawn.
const TICK: Duration = Duration::from_millis(200);

/// The timeline of steps that are followed already.
#[component]
pub(crate) fn Timeline(
    fold: Rc<StepFold>,
    /// Whether it is visible: it is drawn only then.
    #[prop(into)]
    active: Signal<bool>,
    status: Signal<RunStatus>,
    selected: Signal<Option<u64>>,
    on_select: Option<Callback<u64>>,
) -> impl IntoView {
    mount_style(crate::events::STYLE);
    mount_style(STYLE);
    let shown = Rc::new(Shown {
        fold,
        now: Cell::new(None),
        selected,
        on_select,
    });
    let drawing = Rc::new(Drawing {
        chart: Chart::new(Rc::clone(&shown)),
        shown: Rc::clone(&shown),
        grid: GridRef::new(),
        turns: RwSignal::new(0),
        scale: RwSignal::new("time"),
        is_live: Cell::new(true),
        revealed: Cell::new(None),
        replayed: Cell::new(None),
        is_scheduled: Cell::new(false),
    });
    let Drawing {
        grid, turns, scale, ..
    } = *drawing;
    let frame = NodeRef::<html::Div>::new();
    let drawn = Rc::clone(&drawing);
    Effect::new(move |_| {
        drawn.shown.fold.version.track();
        selected.with(|_| ());
        drawn.is_live.set(!status.get().is_terminal());
        if let Some(frame) = frame.get()
            && active.get()
        {
            drawn.chart.mount(&frame);
            drawn.schedule();
        }
    });
    let ticking = Rc::clone(&drawing);
    let tick = move || {
        if ticking.is_live.get() && active.try_get_untracked() == Some(true) {
            ticking.draw();
        }
    };
    set_interval_while_visible(tick, TICK);
    let drawing = StoredValue::new_local(drawing);
    let with_chart = move |f: &dyn Fn(&Chart)| {
        if let Some(drawing) = drawing.try_get_value() {
            f(&drawing.chart);
        }
    };
    let resize = window_event_listener(ev::resize, move |_| with_chart(&Chart::draw));
    on_cleanup(move || resize.remove());
    let on_zoom = Callback::new(move |(zoom, at): (Zoom, Option<Point>)| {
        with_chart(&|chart| chart.zoom(zoom, at));
    });
    let on_mouse = move |event| with_chart(&|chart| chart.on_mouse(&event));
    let is_empty = Memo::new(move |_| turns.get() == 0);
    view! {
        <section
            class="wf-time"
            data-part="timeline"
            part="timeline"
            role="region"
            aria-label="Timeline"
            data-scale=scale
            data-count=turns
        >
            <div class="wf-time__bar" hidden=is_empty>
                <span class="wf-note" translate="no">
                    {move || describe_scale(scale.get())}
                </span>
                <span class="wf-grow"></span>
                <span class="wf-muted wf-num" translate="no">
                    {move || format!("{} turns", count(turns.get() as u64))}
                </span>
                <ZoomButtons on_zoom />
            </div>
            <ZoomFrame
                part="timeline-chart"
                label="Chart of the steps"
                frame
                hidden=is_empty
                on_zoom
                on_mouse
                on:scroll=move |_| with_chart(&Chart::draw)
            />
            <div class="wf-time__below" hidden=is_empty>
                <Grid
                    grid_ref=grid
                    source=Rc::new(TurnList(shown))
                    class="wf-grid wf-time__list"
                    label="Step runs"
                    part="step-runs"
                    row_part="step-run"
                    follow=true
                />
            </div>
            <div class="wf-empty" hidden=move || !is_empty.get()>
                <p class="wf-note">"No step has started yet. Steps show up here when they do."</p>
            </div>
        </section>
    }
}

fn describe_scale(scale: &str) -> &'static str {
    match scale {
        "order" => "Order, not time: these events came before this page watched.",
        "mixed" => "First order, not time; then the times at which events arrived here.",
        _ => "Times at which events arrived here.",
    }
}

/// Draws the chart and the list.
struct Drawing {
    shown: Rc<Shown>,
    chart: Chart,
    grid: GridRef,
    turns: RwSignal<usize>,
    scale: RwSignal<&'static str>,
    is_live: Cell<bool>,
    /// The selected span that was scrolled to.
    revealed: Cell<Option<u32>>,
    /// How many turns had begun at the moment that was scrolled to.
    replayed: Cell<Option<usize>>,
    is_scheduled: Cell<bool>,
}

impl Drawing {
    /// Draws after the effects that show what was hidden, before the browser paints.
    fn schedule(self: &Rc<Self>) {
        set_if_changed(self.turns, self.shown.fold.steps.borrow().spans().len());
        if self.is_scheduled.replace(true) {
            return;
        }
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            if let Some(this) = weak.upgrade() {
                this.is_scheduled.set(false);
                this.draw();
            }
        });
    }

    /// May run when the signals of the run are gone.
    fn draw(&self) {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds since 1970"
        )]
        let now = self.is_live.get().then(|| crate::dom::now() as u64);
        self.shown.now.set(now);
        self.chart.draw();
        set_if_changed(self.scale, self.chart.scale());
        self.grid.changed();
        let begun = self.shown.fold.moment(|_, moment| moment.begun());
        if self.replayed.replace(begun) != begun
            && let Some(row) = begun.and_then(|begun| begun.checked_sub(1))
        {
            self.grid.reveal(row);
        }
        let span = self.shown.selected_span();
        if self.revealed.replace(span) != span
            && let Some(row) = span.map(|span| span as usize)
            && self.grid.active() != Some(row)
        {
            self.grid.set_active(Some(row));
            self.grid.reveal(row);
        }
    }
}

fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|before| *before != value) == Some(true) {
        signal.try_set(value);
    }
}
