//! The bars of a view: limited by the available space, for any number of spans.

use super::{Axis, NONE, Outcome, Steps};

/// The narrowest bar, in pixels.
const NARROW: i32 = 3;

/// One drawn bar: a span, or several that are too close together to distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The row of its lane.
    pub row: u32,
    /// Its left edge in pixels from the start of the axis.
    pub left: i32,
    /// Its width in pixels, above 0.
    pub width: i32,
    /// The first of its spans.
    pub span: u32,
    /// The number of its spans.
    pub count: u32,
    /// The most important outcome among them.
    pub outcome: Outcome,
}

/// The visible part of a timeline.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Pixels per unit of the axis, above 0.
    pub scale: f64,
    /// The left edge in pixels.
    pub left: i32,
    /// The right edge in pixels.
    pub right: i32,
    /// The first row.
    pub first: u32,
    /// The row after the last.
    pub last: u32,
    /// The maximum number of bars (at least one per row).
    pub most: usize,
}

/// The bars of a frame, row by row from left to right. They never overlap within a row, and each is wide enough to be clicked.
pub fn bars(steps: &Steps, axis: &Axis, frame: Frame) -> Vec<Bar> {
    let mut narrow = NARROW;
    loop {
        let found = at_least(steps, axis, frame, narrow);
        // Coarser bars are fewer; the limit is the width of a row.
        if found.len() <= frame.most || narrow > frame.right.saturating_sub(frame.left) {
            return found;
        }
        narrow = narrow.saturating_mul(2);
    }
}

fn at_least(steps: &Steps, axis: &Axis, frame: Frame, narrow: i32) -> Vec<Bar> {
    let mut out: Vec<Bar> = Vec::new();
    let pixel = |place: u32| (f64::from(place) * frame.scale) as i32;
    for row in frame.first..frame.last {
        let lane = steps.rows().get(row as usize);
        let Some(lane) = lane.and_then(|lane| steps.lane(*lane)) else {
            break;
        };
        let edge = |index: u32| steps.span(index).map_or(0, |span| pixel(axis.place(span.to)));
        // Widened bars may extend into the frame from the left.
        let start = lane
            .spans
            .partition_point(|index| edge(*index).saturating_add(narrow) < frame.left);
        let mut cursor = i32::MIN;
        let mut last: Option<usize> = None;
        for index in lane.spans.get(start..).unwrap_or_default() {
            let Some(span) = steps.span(*index) else { continue };
            let left = pixel(axis.place(span.from));
            if left > frame.right {
                break;
            }
            let right = pixel(if span.to == NONE {
                axis.end()
            } else {
                axis.place(span.to)
            });
            if let Some(bar) = last.and_then(|last| out.get_mut(last))
                && right <= cursor
            {
                bar.count += 1;
                bar.outcome = bar.outcome.max(span.outcome);
                continue;
            }
            let left = left.max(cursor);
            let width = (right - left).max(narrow);
            cursor = left.saturating_add(width);
            last = Some(out.len());
            out.push(Bar {
                row,
                left,
                width,
                span: *index,
                count: 1,
                outcome: span.outcome,
            });
        }
    }
    out
}
