//! The windowed list as its users see it.

use super::inner::Inner;
use super::input;
use super::source::{ListOptions, RowSource};
use super::window::Window;
use crate::dom::unique_id;
use crate::element::{attribute, child};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::HtmlElement;

/// A mounted windowed list. Clones share the list; dropping the last one removes listeners and rows.
#[derive(Clone)]
pub struct WindowedList(Rc<Inner>);

impl std::fmt::Debug for WindowedList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WindowedList")
            .field("window", &self.0.window.get())
            .finish_non_exhaustive()
    }
}

impl WindowedList {
    /// Puts a list into `scroller`, an element with a bounded height, which becomes the scroll container and focusable. Its role and
    /// its name are the caller's.
    #[must_use]
    pub fn mount(scroller: HtmlElement, source: Rc<dyn RowSource>, options: ListOptions) -> Self {
        let space = child(&scroller, "div", "wf-grid__space");
        let pool = child(&scroller, "div", "wf-grid__pool");
        attribute(&space, "aria-hidden", Some("true"));
        let pool_role = if options.row_role == "row" {
            "rowgroup"
        } else {
            "presentation"
        };
        attribute(&pool, "role", Some(pool_role));
        attribute(&scroller, "tabindex", Some("0"));
        let inner = Rc::new(Inner {
            scroller,
            space,
            pool,
            source,
            options,
            id: unique_id("row"),
            rows: RefCell::default(),
            window: Cell::new(Window {
                row: 28.0,
                viewport: 0.0,
                count: 0,
                offset: 0.0,
            }),
            written_scroll: Cell::new(0.0),
            written_space: Cell::new(-1.0),
            written_count: Cell::new(None),
            reported_edge: Cell::new(None),
            first: Cell::new(0),
            version: Cell::new(0),
            drawn: Cell::new(None),
            active: Cell::new(None),
            following: Cell::new(options.follow),
            pressed: Cell::new(false),
            scheduled: Cell::new(false),
            listeners: RefCell::default(),
            resize: RefCell::default(),
        });
        inner.listeners.replace(input::listen(&inner));
        inner.resize.replace(Inner::observe_size(&inner));
        inner.draw();
        Self(inner)
    }

    /// Rows were added at the end. Rows that are drawn already stay as they are.
    pub fn grown(&self) {
        self.0.schedule();
    }

    /// Rows changed: all visible rows are redrawn.
    pub fn changed(&self) {
        self.0.invalidate();
        self.0.schedule();
    }

    /// The row that the keyboard is on.
    #[must_use]
    pub fn active(&self) -> Option<usize> {
        self.0.active.get()
    }

    /// Moves the keyboard to a row, without scrolling and without a call of [`RowSource::activate`].
    pub fn set_active(&self, index: Option<usize>) {
        self.0.active.set(index);
        self.changed();
    }

    /// Scrolls as little as needed to show a row, which is drawn when this returns.
    pub fn reveal(&self, index: usize) {
        self.0.refresh_count();
        let window = self.0.window.get();
        self.0.go(window.reveal(index));
    }

    /// Scrolls so that a row which was `from` pixels below the upper edge is there again, after the rows around it changed.
    pub fn reveal_at(&self, index: usize, from: f64) {
        self.0.refresh_count();
        let window = self.0.window.get();
        self.0.go(index as f64 * window.row - from);
    }

    /// The first visible row and its distance from the upper edge, 0 or negative.
    #[must_use]
    pub fn anchor(&self) -> Option<(usize, f64)> {
        let window = self.0.window.get();
        let index = window.row_at(0.0)?;
        Some((index, index as f64 * window.row - window.offset))
    }

    /// Scrolls to the end, and follows it from then on (with [`ListOptions::follow`]).
    pub fn to_end(&self) {
        self.0.refresh_count();
        let end = self.0.window.get().max_offset();
        self.0.go(end);
    }

    /// Whether the view is at the end of the list.
    #[must_use]
    pub fn at_end(&self) -> bool {
        self.0.window.get().at_end()
    }

    /// Focuses the list.
    pub fn focus(&self) {
        // Refused only for elements that are not rendered.
        let _ = self.0.scroller.focus();
    }
}
