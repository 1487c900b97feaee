//! The content of the chart: lanes, bars, and the labels of the axis.

use super::chart::{Canvas, Chart, Drawn, HEAD, LANE, MOST, REST};
use super::list::{about, outcome, who};
use crate::events::hue;
use crate::grid::{attribute, child, style, write};
use web_sys::HtmlElement;
use workflow_inspector::steps::{Axis, Frame, NONE, Steps, bars};
use workflow_inspector::text;

/// The least room for a label of the axis.
const TICK: i32 = 96;

/// The width from which a bar has room for words.
const TEXT: i32 = 44;

impl Chart {
    pub(super) fn draw_lanes(&self, steps: &Steps, frame: Frame, space: &HtmlElement) {
        let activity = self.shown.fold.activity();
        let mut pool = self.lanes.borrow_mut();
        let count = frame.last.saturating_sub(frame.first) as usize;
        fill(&mut pool, count, space, "wf-time__lane");
        for (drawn, row) in pool.iter_mut().zip(frame.first..frame.last) {
            let Some(lane) = steps.rows().get(row as usize) else {
                break;
            };
            let key = [*lane as i32, row as i32, 0, 0, 0, 0, 0, 0];
            let Some(lane) = steps.lane(*lane) else { continue };
            let busy = activity.workers(lane.step) > 0;
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
            let is_same_step = above
                .and_then(|above| steps.lane(*above))
                .is_some_and(|above| above.step == lane.step);
            let words = if lane.step == NONE {
                "waits for a person"
            } else {
                steps.name(lane.step)
            };
            let step = child(
                &name,
                "span",
                if is_same_step { "wf-cut wf-muted" } else { "wf-cut" },
            );
            step.set_text_content(Some(words));
            if lane.step != NONE {
                child(&name, "span", "wf-muted").set_text_content(Some(&format!("#{}", lane.worker)));
            }
        }
    }

    pub(super) fn draw_bars(
        &self,
        steps: &Steps,
        axis: &Axis,
        frame: Frame,
        label: i32,
        space: &HtmlElement,
    ) {
        let found = bars(steps, axis, frame);
        let selected = self.shown.selected_span();
        let passed = self.shown.fold.moment(|_, moment| moment.passed());
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
            let is_later = passed.is_some_and(|passed| span.from as usize >= passed);
            let key = [
                bar.row as i32,
                bar.left,
                bar.width,
                bar.span as i32,
                bar.count as i32,
                bar.outcome as i32,
                i32::from(span.to == NONE),
                i32::from(chosen) + 2 * i32::from(is_later),
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
            attribute(element, "data-future", is_later.then_some(""));
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
                for words in [
                    about(steps, bar.span, &span),
                    outcome(steps, bar.span, span.outcome),
                    took.unwrap_or_default(),
                ] {
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

    pub(super) fn draw_axis(&self, steps: &Steps, axis: &Axis, frame: Frame, label: i32, canvas: &Canvas) {
        let pixel = |place: u32| (f64::from(place) * frame.scale) as i32;
        let mut notches = Vec::new();
        let mut words: Vec<(i32, String)> = Vec::new();
        // The intervals that labels take.
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
                words.push((label + middle, format!("{} idle", text::duration(fold.ms))));
            }
        }
        let notch_words = words.len();
        // Labels are 1, 2 or 5 times a power of ten apart.
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
            // There is no time within a fold.
            let folded = axis
                .folds()
                .iter()
                .any(|fold| fold.from < place && place < fold.to);
            // No label is cut off at the right end.
            if free && !folded && x + TICK / 2 <= pixel(axis.end()) + REST {
                let words_here = match axis.elapsed(place) {
                    Some(ms) => text::duration(ms),
                    None => axis
                        .mark_at(place)
                        .and_then(|mark| steps.marks().get(mark as usize))
                        .map(|mark| format!("event {}", mark.sequence))
                        .unwrap_or_default(),
                };
                // Without times several places belong to one event.
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

fn leading(mut number: u32) -> u32 {
    while number >= 10 {
        number /= 10;
    }
    number
}

/// Makes a pool large enough, and hides the elements that are not needed.
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
