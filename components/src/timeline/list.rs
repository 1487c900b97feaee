//! The turns of the steps as a list, in the order in which they began.

use super::Shown;
use crate::dom::Dom;
use crate::dom::{attribute, child};
use crate::events::hue;
use crate::grid::RowSource;
use std::rc::Rc;
use web_sys::{Element, HtmlElement};
use workflow_inspector::steps::{NONE, Span, Steps};
use workflow_inspector::text;

pub(super) struct TurnList(pub(super) Rc<Shown>);

/// Who it was: a step with its worker, or somebody outside.
pub(super) fn who(steps: &Steps, span: &Span) -> String {
    match steps.lane(span.lane) {
        Some(lane) if lane.step == NONE => String::from("A person"),
        Some(lane) => [steps.name(lane.step), " #", &lane.worker].concat(),
        None => String::new(),
    }
}

/// What it was about: the classes that went in and came out.
pub(super) fn about(steps: &Steps, span: &Span) -> String {
    let mut words = steps.name(span.input).to_owned();
    if span.output != NONE {
        words.push_str(" → ");
        words.push_str(steps.name(span.output));
    }
    words
}

/// How it went: the outcome, and which attempt it was.
pub(super) fn outcome(span: &Span) -> String {
    let mut words = span.outcome.words().to_owned();
    if span.attempt > 1 {
        words.push_str(", attempt ");
        words.push_str(&span.attempt.to_string());
    }
    words
}

/// A coloured mark and a cell for each class.
pub(crate) fn build_cells(row: &HtmlElement, classes: &[&str]) -> Vec<Element> {
    let mark = child(row, "span", "wf-events__bar-mark");
    Dom::set_attribute(&mark, "aria-hidden", "true");
    let mut cells = Vec::with_capacity(classes.len());
    for class in classes {
        let cell = child(row, "span", class);
        Dom::set_attribute(&cell, "role", "gridcell");
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
        let steps = self.0.fold.steps.borrow();
        let Some(span) = steps.span(index as u32) else {
            return;
        };
        let sequence = steps.sequence(&span).to_string();
        Dom::set_attribute(row, "data-seq", &sequence);
        Dom::set_attribute(row, "data-outcome", span.outcome.as_str());
        Dom::set_attribute(row, "data-hue", hue(steps.name(span.input)));
        attribute(
            row,
            "data-step",
            steps.lane(span.lane).map(|lane| steps.name(lane.step)),
        );
        let took = steps.duration(&span, self.0.now.get());
        let took = took.map(text::duration).unwrap_or_default();
        write_cells(
            cells,
            &[
                sequence,
                who(&steps, &span),
                about(&steps, &span),
                outcome(&span),
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
        if self.0.selected.peek().is_some() {
            self.open(index);
        }
    }
}
