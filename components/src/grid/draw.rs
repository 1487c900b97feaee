//! Drawing the visible rows into the pool.

use super::inner::{Inner, PoolRow};
use super::window::Window;
use crate::element::{attribute, child};
use leptos::prelude::untrack;
use web_sys::Node;

impl Inner {
    pub(super) fn draw(&self) {
        untrack(|| {
            self.refresh_count();
            let window = self.window.get();
            let drawn = Some((window, self.version.get()));
            if self.drawn.replace(drawn) != drawn {
                self.draw_window(window);
            }
        });
    }

    /// Writes what changed. The scroll position comes last: setting it lays the page out, and nothing that is written afterwards makes
    /// the browser do it again.
    fn draw_window(&self, window: Window) {
        if self.written_space.replace(window.space()) != window.space() {
            let _ = self.space.style().set_property("height", &px(window.space()));
        }
        let is_grid = self.options.row_role == "row";
        if is_grid && self.written_count.replace(Some(window.count)) != Some(window.count) {
            attribute(&self.scroller, "aria-rowcount", Some(&window.count.to_string()));
        }
        let scroll = self.scroll_to_write(window);
        let first = window.first();
        self.resize_pool(window.pool());
        self.rotate(first);
        let top = window.pool_top(first, scroll.unwrap_or(self.written_scroll.get()));
        let _ = self.pool.style().set_property("transform", &translate(top));
        self.draw_rows(first, window.count);
        if let Some(scroll) = scroll {
            #[allow(clippy::cast_possible_truncation, reason = "bounded by MAX_SPACE")]
            self.scroller.set_scroll_top(scroll as i32);
            // The browser rounds, and stops at the end.
            self.written_scroll.set(f64::from(self.scroller.scroll_top()));
        }
        let at_end = window.at_end();
        if self.reported_edge.replace(Some(at_end)) != Some(at_end) {
            self.source.edge(at_end);
        }
    }

    /// The scroll position of the window if it has to be written. A list that is not visible is not scrolled.
    fn scroll_to_write(&self, window: Window) -> Option<f64> {
        let scroll = window.scroll_of(window.offset);
        let is_new = (scroll - self.written_scroll.get()).abs() >= 1.0;
        (is_new && window.viewport > 0.0).then(|| scroll.round())
    }

    fn resize_pool(&self, wanted: usize) {
        let mut rows = self.rows.borrow_mut();
        while rows.len() > wanted {
            if let Some(row) = rows.pop() {
                row.root.remove();
            }
        }
        while rows.len() < wanted {
            let root = child(&self.pool, "div", "wf-grid__row");
            attribute(&root, "role", Some(self.options.row_role));
            let cells = self.source.build(&root);
            rows.push(PoolRow {
                root,
                cells,
                drawn: None,
            });
        }
    }

    /// Moves elements from one end of the pool to the other, so that rows which stay visible keep their elements.
    fn rotate(&self, first: usize) {
        let before = self.first.replace(first);
        let mut rows = self.rows.borrow_mut();
        let by = first.abs_diff(before);
        if by == 0 || by >= rows.len() {
            return;
        }
        if first > before {
            rows.rotate_left(by);
            let at = rows.len() - by;
            for row in rows.iter().skip(at) {
                let _ = self.pool.append_child(&row.root);
            }
        } else {
            rows.rotate_right(by);
            let anchor: Option<Node> = self.pool.first_child();
            for row in rows.iter().take(by) {
                let _ = self.pool.insert_before(&row.root, anchor.as_ref());
            }
        }
    }

    fn draw_rows(&self, first: usize, count: usize) {
        let version = self.version.get();
        let active = self.active.get();
        let mut active_id = None;
        // Items of a list can't be selected. Those that can be chosen have a control that takes the focus.
        let is_list = self.options.row_role == "listitem";
        let mut rows = self.rows.borrow_mut();
        for (slot, row) in rows.iter_mut().enumerate() {
            let index = first + slot;
            if index >= count {
                if row.drawn.take().is_some() || !row.root.hidden() {
                    row.root.set_hidden(true);
                    attribute(&row.root, "data-part", None);
                }
                continue;
            }
            if active == Some(index) {
                active_id = Some(self.row_id(index));
            }
            if row.drawn == Some((index, version)) {
                continue;
            }
            if row.drawn.is_none() {
                row.root.set_hidden(false);
                attribute(&row.root, "data-part", Some(self.options.row_part));
            }
            row.drawn = Some((index, version));
            attribute(&row.root, "id", Some(&self.row_id(index)));
            if self.options.row_role == "row" {
                attribute(&row.root, "aria-rowindex", Some(&(index + 1).to_string()));
            }
            attribute(&row.root, "data-active", (active == Some(index)).then_some(""));
            if !is_list {
                let is_selected = self.source.selected(index);
                attribute(
                    &row.root,
                    "aria-selected",
                    Some(if is_selected { "true" } else { "false" }),
                );
            }
            self.source.draw(&row.root, &row.cells, index);
        }
        let active_id = active_id.filter(|_| !is_list);
        attribute(&self.scroller, "aria-activedescendant", active_id.as_deref());
    }

    fn row_id(&self, index: usize) -> String {
        format!("{}-{index}", self.id)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "bounded by MAX_SPACE")]
fn px(value: f64) -> String {
    format!("{}px", value.round() as i64)
}

/// Rounds to a whole pixel: half ones would blur the text of every row.
fn translate(y: f64) -> String {
    format!("translateY({})", px(y))
}
