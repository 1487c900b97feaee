//! The aligned events as rows.

use super::fold::Pair;
use crate::events::hue;
use crate::grid::{RowSource, attribute};
use crate::timeline::{build_cells, write_cells};
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::{Element, HtmlElement};
use workflow_inspector::compare::{Difference, changes};
use workflow_inspector::json::preview;

/// Characters of a payload in a row.
const SHOWN: usize = 160;
/// Payloads that are compared while a row is drawn, in bytes.
const SMALL: u64 = 32 * 1024;

pub(super) struct AlignedRows {
    pub(super) pair: Rc<Pair>,
    /// The rows of the comparison that are listed; none if all are.
    listed: RefCell<Option<Vec<usize>>>,
    /// The selected row of the comparison.
    pub(super) selected: RwSignal<Option<usize>>,
}

impl AlignedRows {
    pub(super) fn new(pair: Rc<Pair>, selected: RwSignal<Option<usize>>) -> Self {
        Self {
            pair,
            listed: RefCell::default(),
            selected,
        }
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
        let Some(at) = self.selected.try_get_untracked().flatten() else {
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
        let row = self.row(index);
        row.is_some() && self.selected.try_get_untracked().flatten() == row
    }

    fn open(&self, index: usize) {
        self.selected.try_set(self.row(index));
    }

    fn activate(&self, index: usize) {
        if self.selected.try_with_untracked(Option::is_some) == Some(true) {
            self.open(index);
        }
    }
}
