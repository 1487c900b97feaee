//! The handle of a grid.

use super::list::WindowedList;
use super::source::{ListOptions, RowSource};
use leptos::prelude::*;
use std::rc::Rc;
use web_sys::HtmlElement;

/// A handle that redraws and scrolls a [`Grid`](super::Grid), as a `NodeRef` refers to an element.
///
/// Its methods do nothing before the grid is mounted and after it is unmounted, also when the owner is gone.
#[derive(Clone, Copy, Debug)]
pub struct GridRef(StoredValue<Option<WindowedList>, LocalStorage>);

impl Default for GridRef {
    fn default() -> Self {
        Self::new()
    }
}

impl GridRef {
    /// A handle for a grid that is mounted later.
    #[must_use]
    pub fn new() -> Self {
        Self(StoredValue::new_local(None))
    }

    pub(super) fn mount(self, scroller: HtmlElement, source: Rc<dyn RowSource>, options: ListOptions) {
        self.unmount();
        let list = WindowedList::mount(scroller, source, options);
        let _ = self.0.try_set_value(Some(list));
    }

    pub(super) fn unmount(self) {
        let list = self.0.try_update_value(Option::take);
        drop(list);
    }

    fn list(self) -> Option<WindowedList> {
        self.0.try_get_value().flatten()
    }

    /// Rows were added at the end. Rows that are drawn already stay as they are.
    pub fn grown(self) {
        if let Some(list) = self.list() {
            list.grown();
        }
    }

    /// Rows changed: all visible rows are redrawn.
    pub fn changed(self) {
        if let Some(list) = self.list() {
            list.changed();
        }
    }

    /// The row that the keyboard is on.
    #[must_use]
    pub fn active(self) -> Option<usize> {
        self.list()?.active()
    }

    /// Moves the keyboard to a row, without scrolling and without a call of [`RowSource::activate`].
    pub fn set_active(self, index: Option<usize>) {
        if let Some(list) = self.list() {
            list.set_active(index);
        }
    }

    /// Scrolls as little as needed to show a row, which is drawn when this returns.
    pub fn reveal(self, index: usize) {
        if let Some(list) = self.list() {
            list.reveal(index);
        }
    }

    /// Scrolls so that the row is `from` pixels below the upper edge. See [`anchor`](Self::anchor).
    pub fn reveal_at(self, index: usize, from: f64) {
        if let Some(list) = self.list() {
            list.reveal_at(index, from);
        }
    }

    /// The first visible row and its distance from the upper edge, 0 or negative.
    #[must_use]
    pub fn anchor(self) -> Option<(usize, f64)> {
        self.list()?.anchor()
    }

    /// Scrolls to the end, and follows it from then on if the grid follows.
    pub fn to_end(self) {
        if let Some(list) = self.list() {
            list.to_end();
        }
    }

    /// Whether the view is at the end of the list. True while no grid is mounted.
    #[must_use]
    pub fn at_end(self) -> bool {
        self.list().is_none_or(|list| list.at_end())
    }

    /// Focuses the grid.
    pub fn focus(self) {
        if let Some(list) = self.list() {
            list.focus();
        }
    }
}
