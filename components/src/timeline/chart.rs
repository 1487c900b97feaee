//! The chart: a pool of elements over the visible part of the lanes.

use super::shown::Shown;
use super::zoom::{Point, Zoom};
use crate::grid::{attribute, child, style};
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, MouseEvent};
use workflow_inspector::steps::{Axis, Frame};

/// The height of a lane, and of the axis above the lanes, in pixels.
pub(super) const LANE: i32 = 26;
pub(super) const HEAD: i32 = 24;
/// The room at the right end.
pub(super) const REST: i32 = 24;
/// The widest content that every browser scrolls.
const MOST_WIDE: f64 = 8_000_000.0;
/// The largest number of bars that are drawn.
pub(super) const MOST: usize = 400;

/// A drawn element and what it shows, in numbers, so that only what changed is written.
pub(super) struct Drawn {
    pub(super) element: HtmlElement,
    pub(super) shows: [i32; 8],
}

pub(super) type Pool = RefCell<Vec<Drawn>>;

/// The elements that are drawn in.
pub(super) struct Canvas {
    /// Scrolls the space.
    frame: HtmlElement,
    pub(super) space: HtmlElement,
    pub(super) head: HtmlElement,
    playhead: HtmlElement,
}

pub(super) struct Chart {
    pub(super) shown: Rc<Shown>,
    canvas: OnceCell<Canvas>,
    pub(super) lanes: Pool,
    pub(super) bars: Pool,
    pub(super) ticks: Pool,
    pub(super) folds: Pool,
    axis: RefCell<Axis>,
    /// 1 shows the whole run.
    zoom: Cell<f64>,
    /// Pixels per unit of the axis, as last drawn.
    pixels: Cell<f64>,
    /// Width and height of the space, as last drawn.
    size: Cell<(i32, i32)>,
    /// Where the playhead of a replay was last drawn.
    replayed: Cell<Option<i32>>,
}

impl Chart {
    pub(super) fn new(shown: Rc<Shown>) -> Self {
        Self {
            shown,
            canvas: OnceCell::new(),
            lanes: RefCell::default(),
            bars: RefCell::default(),
            ticks: RefCell::default(),
            folds: RefCell::default(),
            axis: RefCell::default(),
            zoom: Cell::new(1.0),
            pixels: Cell::new(1.0),
            size: Cell::new((0, 0)),
            replayed: Cell::new(None),
        }
    }

    /// Creates the elements that are drawn in, once.
    pub(super) fn mount(&self, frame: &HtmlElement) {
        self.canvas.get_or_init(|| {
            let space = child(frame, "div", "wf-time__space");
            attribute(&space, "aria-hidden", Some("true"));
            Canvas {
                frame: frame.clone(),
                head: child(&space, "div", "wf-time__head"),
                playhead: child(&space, "div", "wf-time__now"),
                space,
            }
        });
    }

    /// What distances mean: `time`, `order` or `mixed`.
    pub(super) fn scale(&self) -> &'static str {
        self.axis.borrow().scale()
    }

    /// Draws the part that is in view. Sizes are read before anything else is written, so that the page is laid out once.
    pub(super) fn draw(&self) {
        let Some(canvas) = self.canvas.get() else { return };
        let Canvas { frame, space, .. } = canvas;
        let steps = self.shown.fold.steps.borrow();
        let axis = Axis::new(&steps, self.shown.now.get());
        let view = frame.client_width();
        if view == 0 {
            self.axis.replace(axis);
            return;
        }
        let label = label_width(view);
        let end = self.fit(&axis, view, label);
        let rows = steps.rows().len() as i32;
        let size = (label + end + REST, HEAD + rows * LANE);
        let before = self.size.replace(size);
        let was_at_end = frame.scroll_left() + view >= before.0 - 2;
        if before != size {
            style(space, &[("width", size.0), ("height", size.1)]);
        }
        let is_live = self.shown.now.get().is_some() && !steps.has_ended();
        let replayed = self.shown.fold.moment(|_, moment| {
            let passed = moment.passed().checked_sub(1);
            let place = passed.map_or(0, |mark| axis.place(mark as u32));
            (f64::from(place) * self.pixels.get()) as i32
        });
        // The playhead of a replay stays in sight while it moves.
        let reveals = self.replayed.replace(replayed) != replayed;
        let scrolled = frame.scroll_left();
        let left = match replayed {
            Some(at) if reveals && (at < scrolled || at > scrolled + view - label - REST) => {
                (at - (view - label) / 2).max(0)
            }
            None if is_live && was_at_end && self.zoom.get() > 1.01 => size.0 - view,
            _ => scrolled,
        };
        let follows = left != scrolled;
        let (top, height) = (frame.scroll_top(), frame.client_height());
        canvas.playhead.set_hidden(!is_live && replayed.is_none());
        style(&canvas.playhead, &[("left", label + replayed.unwrap_or(end))]);
        attribute(space, "data-replay", replayed.is_some().then_some(""));
        let view_frame = Frame {
            scale: self.pixels.get(),
            left: left - 4,
            right: left + view - label + 4,
            first: (top / LANE) as u32,
            last: rows.min((top + height) / LANE + 1) as u32,
            most: MOST,
        };
        self.draw_lanes(&steps, view_frame, space);
        self.draw_bars(&steps, &axis, view_frame, label, space);
        self.draw_axis(&steps, &axis, view_frame, label, canvas);
        if follows {
            frame.set_scroll_left(left);
        }
        drop(steps);
        self.axis.replace(axis);
    }

    /// Chooses the scale, and returns the length of the axis in pixels.
    fn fit(&self, axis: &Axis, view: i32, label: i32) -> i32 {
        let end = f64::from(axis.end());
        let fit = f64::from((view - label - REST).max(40)) / end;
        // A hundred pixels for a millisecond show everything there is.
        let pixels = (fit * self.zoom.get()).min(MOST_WIDE / end).min(fit.max(100.0));
        self.zoom.set(pixels / fit);
        self.pixels.set(pixels);
        (end * pixels) as i32
    }
}

impl Chart {
    /// Zooms, and keeps what is at the point in its place.
    pub(super) fn zoom(&self, zoom: Zoom, at: Option<Point>) {
        let zoom = match zoom {
            Zoom::Fit => 1.0,
            Zoom::In => self.zoom.get() * 1.6,
            Zoom::Out => self.zoom.get() * 0.625,
        };
        self.zoom_to(zoom, at);
    }

    fn zoom_to(&self, zoom: f64, at: Option<Point>) {
        let Some(Canvas { frame, .. }) = self.canvas.get() else {
            return;
        };
        let label = label_width(frame.client_width());
        let x = match at {
            Some((x, _)) => x - frame.get_bounding_client_rect().left() as i32,
            None => (label + frame.client_width()) / 2,
        };
        let x = x.max(label);
        let place = f64::from(frame.scroll_left() + x - label) / self.pixels.get();
        self.zoom.set(zoom.max(1.0));
        self.draw();
        frame.set_scroll_left((place * self.pixels.get()) as i32 + label - x);
        self.draw();
    }

    /// A click on a bar opens its step run. A bar of several step runs zooms in.
    pub(super) fn on_mouse(&self, event: &MouseEvent) {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        if event.type_() != "click" {
            return;
        }
        let bar = {
            let bars = self.bars.borrow();
            let bar = bars.iter().find(|bar| bar.element.contains(target.as_deref()));
            bar.map(|bar| bar.shows)
        };
        let Some([_, _, _, span, count, ..]) = bar else {
            return;
        };
        if count == 1 {
            self.shown.open(span as u32);
        } else {
            let at = (event.client_x(), event.client_y());
            self.zoom_to(self.zoom.get() * 6.4, Some(at));
        }
    }
}

/// The width of the lanes' names.
const fn label_width(view: i32) -> i32 {
    if view < 520 { 96 } else { 168 }
}
