//! The aligned events as rows.

use super::fold::Pair;
use crate::events::hue;
use crate::grid::{RowSource, attribute};
use crate::timeline::{build_cells, write_cells};
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::{Element, HtmlElement};
use workflow_inspector::compare::{Difference, Row, changes};
use workflow_inspector::json::preview;

/// Characters of a payload in a row.
const SHOWN: usize = 160;
/// Payloads that are compared while a row is drawn, in bytes.
const SMALL: u64 = 32 * 1024;

/// The events of a row: their places in the first and the second trail.
pub(super) type Places = [Option<u32>; 2];

/// Whether a row is about the same event as the selected one. Rows move, and get their other event, while a run goes on.
fn is_about(row: &Row, selected: Places) -> bool {
    match selected {
        [Some(left), _] => row.left == Some(left),
        [None, right] => right.is_some() && row.right == right,
    }
}

pub(super) struct AlignedRows {
    pub(super) pair: Rc<Pair>,
    /// The rows of the comparison that are listed; none if all are.
    listed: RefCell<Option<Vec<usize>>>,
    /// The events of the selected row.
    selected: RwSignal<Option<Places>>,
}

impl AlignedRows {
    pub(super) fn new(pair: Rc<Pair>, selected: RwSignal<Option<Places>>) -> Self {
        Self {
            pair,
            listed: RefCell::default(),
            selected,
        }
    }

    pub(super) fn select(&self, row: usize) {
        let comparison = self.pair.comparison.borrow();
        let places = comparison.rows.get(row).map(|row| [row.left, row.right]);
        drop(comparison);
        self.selected.try_set(places);
    }

    /// The selected row of the comparison, as it is now.
    pub(super) fn selected_row(&self) -> Option<usize> {
        let selected = self.selected.try_get_untracked().flatten()?;
        let comparison = self.pair.comparison.borrow();
        comparison.rows.iter().position(|row| is_about(row, selected))
    }

    /// Lists all rows, or only those that differ.
    pub(super) fn list(&self, only_differences: bool) {
        let listed = only_differences.then(|| self.differences());
        self.listed.replace(listed);
    }

    /// The rows that differ.
    fn differences(&self) -> Vec<usize> {
        let comparison = self.pair.comparison.borrow();
        let rows = comparison.rows.iter().enumerate();
        rows.filter(|(_, row)| row.difference() != Difference::Same)
            .map(|(at, _)| at)
            .collect()
    }

    /// The row that differs next after the selected one, or before it.
    pub(super) fn next_difference(&self, forward: bool) -> Option<usize> {
        let all = self.differences();
        let Some(at) = self.selected_row() else {
            return all.first().copied();
        };
        if forward {
            all.iter().find(|row| **row > at).or(all.first()).copied()
        } else {
            all.iter().rev().find(|row| **row < at).or(all.last()).copied()
        }
    }

    /// The row of the comparison at a place in the list.
    fn row(&self, index: usize) -> Option<usize> {
        match self.listed.borrow().as_ref() {
            Some(listed) => listed.get(index).copied(),
            None => Some(index),
        }
    }

    /// The place in the list of a row of the comparison.
    pub(super) fn place(&self, row: usize) -> Option<usize> {
        match self.listed.borrow().as_ref() {
            Some(listed) => listed.binary_search(&row).ok(),
            None => Some(row),
        }
    }
}

/// A payload, or what changed in it.
fn about(pair: &Pair, row: usize, difference: Difference) -> String {
    let [left, right] = pair.payloads(row, SMALL);
    match (difference, &left, &right) {
        (Difference::Changed, Some(left), Some(right)) => {
            let found = changes(left, right);
            let Some(first) = found.list.first() else {
                return preview(right, SHOWN);
            };
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| String::from("nothing"));
            let mut words = format!("{}: {} → {}", first.path, value(&first.left), value(&first.right));
            if found.list.len() > 1 {
                words.push_str(&format!(", and {} more", found.list.len() - 1));
            }
            words
        }
        _ => preview(right.or(left).as_deref().unwrap_or_default(), SHOWN),
    }
}

impl RowSource for AlignedRows {
    fn count(&self) -> usize {
        let listed = self.listed.borrow().as_ref().map(Vec::len);
        listed.unwrap_or_else(|| self.pair.comparison.borrow().rows.len())
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        build_cells(
            row,
            &[
                "wf-compare__number",
                "wf-compare__number",
                "wf-compare__difference",
                "wf-cut wf-compare__name",
                "wf-cut wf-compare__about",
            ],
        )
    }

    fn draw(&self, element: &HtmlElement, cells: &[Element], index: usize) {
        let Some(at) = self.row(index) else { return };
        let comparison = self.pair.comparison.borrow();
        let Some(row) = comparison.rows.get(at) else {
            return;
        };
        let difference = row.difference();
        let (mut numbers, mut name, mut class) =
            ([String::new(), String::new()], String::new(), String::new());
        for (nth, (side, place)) in self.pair.sides.iter().zip([row.left, row.right]).enumerate() {
            let side = side.borrow();
            let item = place.and_then(|place| side.trail.items().get(place as usize));
            let Some(item) = item else { continue };
            if let Some(number) = numbers.get_mut(nth) {
                *number = item.sequence.to_string();
            }
            name = side.trail.label(item);
            side.trail.name(item.class).clone_into(&mut class);
        }
        for (attribute_name, number) in ["data-left", "data-right"].into_iter().zip(&numbers) {
            attribute(
                element,
                attribute_name,
                Some(number)
                    .filter(|number| !number.is_empty())
                    .map(String::as_str),
            );
        }
        attribute(element, "data-difference", Some(difference.as_str()));
        attribute(element, "data-type", Some(&class));
        attribute(element, "data-hue", Some(hue(&class)));
        let word = if difference == Difference::Same {
            ""
        } else {
            difference.as_str()
        };
        let [left, right] = numbers;
        write_cells(
            cells,
            &[
                left,
                right,
                word.to_owned(),
                name,
                about(&self.pair, at, difference),
            ],
        );
    }

    fn selected(&self, index: usize) -> bool {
        let Some(selected) = self.selected.try_get_untracked().flatten() else {
            return false;
        };
        let comparison = self.pair.comparison.borrow();
        let row = self.row(index).and_then(|row| comparison.rows.get(row));
        row.is_some_and(|row| is_about(row, selected))
    }

    fn open(&self, index: usize) {
        if let Some(row) = self.row(index) {
            self.select(row);
        }
    }

    fn activate(&self, index: usize) {
        if self.selected.try_with_untracked(Option::is_some) == Some(true) {
            self.open(index);
        }
    }
}
