//! The turns of the steps as rows, in the order in which they began.

use super::shown::Shown;
use crate::events::hue;
use crate::grid::{RowSource, attribute, child};
use std::rc::Rc;
use web_sys::{Element, HtmlElement};
use workflow_inspector::replay::attempt;
use workflow_inspector::steps::{NONE, Outcome, Span, Steps};
use workflow_inspector::text;

pub(super) struct TurnList(pub(super) Rc<Shown>);

/// Who did it: a step with its worker, or a person.
pub(super) fn who(steps: &Steps, span: &Span) -> String {
    match steps.lane(span.lane) {
        Some(lane) if lane.step == NONE => String::from("A person"),
        Some(lane) => format!("{} #{}", steps.name(lane.step), lane.worker),
        None => String::new(),
    }
}

/// The classes of the events that went in and came out, or the error in place of the latter.
pub(super) fn about(steps: &Steps, index: u32, span: &Span) -> String {
    let mut words = steps.name(span.input).to_owned();
    if span.output != NONE {
        words.push_str(" → ");
        words.push_str(steps.name(span.output));
    } else if let Some(error) = steps.error(index) {
        words.push_str(" → ");
        words.push_str(error);
    }
    words
}

/// The outcome, and which attempt it was of how many.
pub(super) fn outcome(steps: &Steps, span: u32, outcome: Outcome) -> String {
    match attempt(steps, span) {
        Some(attempt) => [outcome.words(), ", ", &attempt].concat(),
        None => outcome.words().to_owned(),
    }
}

/// A coloured mark and a cell for each class.
pub(crate) fn build_cells(row: &HtmlElement, classes: &[&str]) -> Vec<Element> {
    let mark = child(row, "span", "wf-events__bar-mark");
    attribute(&mark, "aria-hidden", Some("true"));
    let mut cells = Vec::with_capacity(classes.len());
    for class in classes {
        let cell = child(row, "span", class);
        attribute(&cell, "role", Some("gridcell"));
        cells.push(Element::from(cell));
    }
    cells
}

/// Writes a text into each cell.
pub(crate) fn write_cells(cells: &[Element], words: &[String]) {
    for (cell, words) in cells.iter().zip(words) {
        cell.set_text_content(Some(words));
    }
}

impl RowSource for TurnList {
    fn count(&self) -> usize {
        self.0.fold.steps.borrow().spans().len()
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        build_cells(
            row,
            &[
                "wf-events__seq",
                "wf-cut wf-time__who",
                "wf-cut wf-time__about",
                "wf-time__outcome",
                "wf-events__delta",
            ],
        )
    }

    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize) {
        let then = self.0.fold.outcome(index as u32);
        let steps = self.0.fold.steps.borrow();
        let Some(span) = steps.span(index as u32) else {
            return;
        };
        let sequence = steps.sequence(&span).to_string();
        attribute(row, "data-seq", Some(&sequence));
        attribute(row, "data-outcome", then.map(Outcome::as_str));
        attribute(row, "data-future", then.is_none().then_some(""));
        attribute(row, "data-hue", Some(hue(steps.name(span.input))));
        attribute(
            row,
            "data-step",
            steps.lane(span.lane).map(|lane| steps.name(lane.step)),
        );
        // One that lasts in a replay has no length yet.
        let took = match then {
            Some(then) if then == span.outcome => steps.duration(&span, self.0.now.get()),
            _ => None,
        };
        let took = took.map(text::duration).unwrap_or_default();
        let about = if then == Some(Outcome::Running) {
            steps.name(span.input).to_owned()
        } else {
            about(&steps, index as u32, &span)
        };
        write_cells(
            cells,
            &[
                sequence,
                who(&steps, &span),
                about,
                then.map(|then| outcome(&steps, index as u32, then))
                    .unwrap_or_else(|| "later".to_owned()),
                took,
            ],
        );
    }

    fn selected(&self, index: usize) -> bool {
        self.0.selected_span() == Some(index as u32)
    }

    fn open(&self, index: usize) {
        self.0.open(index as u32);
    }

    fn activate(&self, index: usize) {
        // With the detail open, the arrow keys walk through the details.
        if self.0.selected_event().is_some() {
            self.open(index);
        }
    }
}
