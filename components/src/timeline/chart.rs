//! The chart: a pool of elements over the visible part of the lanes.

use super::list::{about, outcome, who};
use super::view::Shown;
use super::zoom::{Point, Zoom};
use crate::events::hue;
use crate::grid::{attribute, child, style, write};
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, MouseEvent};
use workflow_inspector::steps::{Axis, Frame, NONE, Steps, bars};
use workflow_inspector::text;

/// Height of a lane, and of the axis above them, in pixels.
const LANE: i32 = 26;
const HEAD: i32 = 24;
/// Room at the right end.
const REST: i32 = 24;
/// The widest content that every browser scrolls.
const MOST_WIDE: f64 = 8_000_000.0;
/// Bars that are drawn at most.
const MOST: usize = 400;
/// The least room for a label of the axis.
const TICK: i32 = 96;

/// A drawn element and what it shows, in numbers, so that only what changed is written.
struct Drawn {
    element: HtmlElement,
    shows: Key,
}

type Key = [i32; 8];
type Pool = RefCell<Vec<Drawn>>;

/// The elements that are drawn in.
struct Canvas {
    /// Scrolls the space.
    frame: HtmlElement,
    space: HtmlElement,
    head: HtmlElement,
    playhead: HtmlElement,
}

pub(super) struct Chart {
    shown: Rc<Shown>,
    canvas: OnceCell<Canvas>,
    lanes: Pool,
    bars: Pool,
    ticks: Pool,
    folds: Pool,
    axis: RefCell<Axis>,
    /// 1 shows the whole run.
    zoom: Cell<f64>,
    /// Pixels per unit of the axis, as last drawn.
    pixels: Cell<f64>,
    /// Width and height of the space, as last drawn.
    size: Cell<(i32, i32)>,
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
        let follows = is_live && was_at_end && self.zoom.get() > 1.01;
        let left = if follows {
            size.0 - view
        } else {
            frame.scroll_left()
        };
        let (top, height) = (frame.scroll_top(), frame.client_height());
        canvas.playhead.set_hidden(!is_live);
        style(&canvas.playhead, &[("left", label + end)]);
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

    fn draw_lanes(&self, steps: &Steps, frame: Frame, space: &HtmlElement) {
        let mut pool = self.lanes.borrow_mut();
        let count = frame.last.saturating_sub(frame.first) as usize;
        fill(&mut pool, count, space, "wf-time__lane");
        for (drawn, row) in pool.iter_mut().zip(frame.first..frame.last) {
            let Some(lane) = steps.rows().get(row as usize) else {
                break;
            };
            let key = [*lane as i32, row as i32, 0, 0, 0, 0, 0, 0];
            let Some(lane) = steps.lane(*lane) else { continue };
            let busy = steps.at_work(lane.step) > 0 && lane.step != NONE;
            attribute(&drawn.element, "data-busy", busy.then_some(""));
            if std::mem::replace(&mut drawn.shows, key) == key {
                continue;
            }
            style(&drawn.element, &[("top", HEAD + row as i32 * LANE)]);
            drawn.element.set_text_content(None);
            let name = child(&drawn.element, "span", "wf-time__name");
            let above = row
                .checked_sub(1)
                .and_then(|above| steps.rows().get(above as usize));
            let again = above
                .and_then(|above| steps.lane(*above))
                .is_some_and(|above| above.step == lane.step);
            let words = if lane.step == NONE {
                "waits for a person"
            } else {
                steps.name(lane.step)
            };
            let step = child(&name, "span", if again { "wf-cut wf-muted" } else { "wf-cut" });
            step.set_text_content(Some(words));
            if lane.step != NONE {
                child(&name, "span", "wf-muted").set_text_content(Some(&format!("#{}", lane.worker)));
            }
        }
    }

    fn draw_bars(&self, steps: &Steps, axis: &Axis, frame: Frame, label: i32, space: &HtmlElement) {
        let found = bars(steps, axis, frame);
        let selected = self.shown.selected_span();
        let mut pool = self.bars.borrow_mut();
        fill(&mut pool, found.len(), space, "wf-time__turn");
        for (drawn, bar) in pool.iter_mut().zip(found) {
            let Some(span) = steps.span(bar.span) else {
                continue;
            };
            let chosen = selected.is_some_and(|chosen| {
                chosen == bar.span
                    || bar.count > 1
                        && chosen > bar.span
                        && steps.span(chosen).is_some_and(|it| {
                            let at = (f64::from(axis.place(it.from)) * frame.scale) as i32;
                            it.lane == span.lane && at < bar.left + bar.width
                        })
            });
            let key = [
                bar.row as i32,
                bar.left,
                bar.width,
                bar.span as i32,
                bar.count as i32,
                bar.outcome as i32,
                i32::from(span.to == NONE),
                i32::from(chosen),
            ];
            let before = std::mem::replace(&mut drawn.shows, key);
            if before == key {
                continue;
            }
            let element = &drawn.element;
            style(
                element,
                &[
                    ("left", label + bar.left),
                    ("top", HEAD + bar.row as i32 * LANE + 4),
                    ("width", (bar.width - 1).max(2)),
                ],
            );
            attribute(element, "data-selected", chosen.then_some(""));
            if before.get(3..7) == key.get(3..7) && (before[2] > TEXT) == (bar.width > TEXT) {
                continue;
            }
            attribute(element, "data-part", Some("timeline-bar"));
            attribute(element, "data-seq", Some(&steps.sequence(&span).to_string()));
            attribute(element, "data-outcome", Some(bar.outcome.as_str()));
            attribute(element, "data-hue", Some(hue(steps.name(span.input))));
            attribute(element, "data-many", (bar.count > 1).then_some(""));
            let mut title = who(steps, &span);
            if bar.count > 1 {
                title.push_str(" · ");
                title.push_str(&text::count(u64::from(bar.count)));
                title.push_str(" turns: press to see them apart");
            } else {
                let took = steps.duration(&span, None).map(text::duration);
                for words in [about(steps, &span), outcome(&span), took.unwrap_or_default()] {
                    if !words.is_empty() {
                        title.push_str(" · ");
                        title.push_str(&words);
                    }
                }
            }
            attribute(element, "title", Some(&title));
            let words = if bar.width <= TEXT {
                String::new()
            } else if bar.count > 1 {
                format!("×{}", text::count(u64::from(bar.count)))
            } else {
                steps.name(span.input).to_owned()
            };
            element.set_text_content(Some(&words));
        }
    }

    fn draw_axis(&self, steps: &Steps, axis: &Axis, frame: Frame, label: i32, canvas: &Canvas) {
        let pixel = |place: u32| (f64::from(place) * frame.scale) as i32;
        let mut notches = Vec::new();
        let mut words: Vec<(i32, String)> = Vec::new();
        // From which place on the next label has room.
        let mut taken: Vec<(i32, i32)> = Vec::new();
        for fold in axis.folds() {
            let (from, to) = (pixel(fold.from), pixel(fold.to));
            if to < frame.left || from > frame.right || notches.len() >= MOST {
                continue;
            }
            notches.push((label + from, to - from));
            let middle = (from + to) / 2;
            if taken.last().is_none_or(|last| last.1 <= middle - TICK / 2) {
                taken.push((middle - TICK / 2, middle + TICK / 2));
                words.push((label + middle, [&text::duration(fold.ms), " idle"].concat()));
            }
        }
        let notch_words = words.len();
        // Round distances: 1, 2 or 5 and zeros.
        let mut unit = 1_u32;
        while f64::from(unit) * frame.scale < f64::from(TICK) && unit < 500_000_000 {
            unit = match leading(unit) {
                2 => unit / 2 * 5,
                _ => unit * 2,
            };
        }
        let mut place = (f64::from(frame.left.max(0)) / frame.scale) as u32 / unit * unit;
        while place <= axis.end() && pixel(place) <= frame.right && words.len() < 100 {
            let x = pixel(place);
            let free = taken
                .iter()
                .all(|(from, to)| x + TICK / 2 <= *from || x - TICK / 4 >= *to);
            // Within a notch there is no time to tell.
            let folded = axis
                .folds()
                .iter()
                .any(|fold| fold.from < place && place < fold.to);
            // Nothing is cut at the right end.
            if free && !folded && x + TICK / 2 <= pixel(axis.end()) + REST {
                let words_here = match axis.elapsed(place) {
                    Some(ms) => text::duration(ms),
                    None => axis
                        .mark_at(place)
                        .and_then(|mark| steps.marks().get(mark as usize))
                        .map(|mark| ["event ", &mark.sequence.to_string()].concat())
                        .unwrap_or_default(),
                };
                // Where there is only order, several places belong to one event.
                if words.last().is_none_or(|last| last.1 != words_here) {
                    words.push((label + x, words_here));
                }
            }
            place = place.saturating_add(unit);
        }
        let mut pool = self.folds.borrow_mut();
        fill(&mut pool, notches.len(), &canvas.space, "wf-time__notch");
        for (drawn, notch) in pool.iter_mut().zip(notches) {
            style(&drawn.element, &[("left", notch.0), ("width", notch.1)]);
        }
        let mut pool = self.ticks.borrow_mut();
        fill(&mut pool, words.len(), &canvas.head, "wf-time__tick");
        for (nth, (drawn, tick)) in pool.iter_mut().zip(words).enumerate() {
            attribute(&drawn.element, "data-idle", (nth < notch_words).then_some(""));
            style(&drawn.element, &[("left", tick.0)]);
            write(&drawn.element, &tick.1);
        }
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

    /// A click on a bar opens its turn, or zooms in where the bar stands for several.
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

/// From which width on a bar has room for words.
const TEXT: i32 = 44;

fn leading(mut number: u32) -> u32 {
    while number >= 10 {
        number /= 10;
    }
    number
}

/// Makes a pool large enough, and hides what is not needed of it.
fn fill(pool: &mut Vec<Drawn>, count: usize, parent: &HtmlElement, class: &str) {
    while pool.len() < count {
        pool.push(Drawn {
            element: child(parent, "div", class),
            shows: [i32::MIN; 8],
        });
    }
    for (nth, drawn) in pool.iter_mut().enumerate() {
        let hidden = nth >= count;
        if drawn.element.hidden() != hidden {
            drawn.element.set_hidden(hidden);
        }
    }
}
