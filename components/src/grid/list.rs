//! The windowed list: a pool of row elements that are written directly.

use super::input;
use super::source::{ListOptions, RowSource};
use super::window::Window;
use crate::dom::unique_id;
use crate::element::{attribute, child};
use gloo_events::EventListener;
use leptos::task::spawn_local;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver};

pub(super) struct PoolRow {
    pub(super) root: HtmlElement,
    pub(super) cells: Vec<Element>,
    /// The index and version that were drawn last.
    pub(super) drawn: Option<(usize, u32)>,
}

pub(super) struct Inner {
    pub(super) scroller: HtmlElement,
    pub(super) space: HtmlElement,
    pub(super) pool: HtmlElement,
    pub(super) source: Rc<dyn RowSource>,
    pub(super) options: ListOptions,
    pub(super) id: String,
    pub(super) rows: RefCell<Vec<PoolRow>>,
    pub(super) window: Cell<Window>,
    /// The scroll position as last written or read. A scroll event that reports it is our own.
    pub(super) written_scroll: Cell<f64>,
    pub(super) written_space: Cell<f64>,
    pub(super) written_count: Cell<Option<usize>>,
    pub(super) reported_edge: Cell<Option<bool>>,
    pub(super) first: Cell<usize>,
    pub(super) version: Cell<u32>,
    /// The window and version that were drawn last.
    pub(super) drawn: Cell<Option<(Window, u32)>>,
    pub(super) active: Cell<Option<usize>>,
    pub(super) following: Cell<bool>,
    pub(super) pressed: Cell<bool>,
    pub(super) scheduled: Cell<bool>,
    listeners: RefCell<Vec<EventListener>>,
    resize: RefCell<Option<Resize>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.space.remove();
        self.pool.remove();
    }
}

struct Resize(
    ResizeObserver,
    #[allow(dead_code, reason = "kept alive for the observer")] Closure<dyn FnMut()>,
);

impl Drop for Resize {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}

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

impl Inner {
    fn observe_size(this: &Rc<Self>) -> Option<Resize> {
        let weak = Rc::downgrade(this);
        let callback = Closure::<dyn FnMut()>::new(move || {
            if let Some(this) = weak.upgrade() {
                this.measure();
                this.schedule();
            }
        });
        let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
        observer.observe(&this.scroller);
        Some(Resize(observer, callback))
    }

    /// Draws once after the running task and the effects it woke, before the browser paints.
    pub(super) fn schedule(self: &Rc<Self>) {
        if self.scheduled.replace(true) {
            return;
        }
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            if let Some(this) = weak.upgrade() {
                this.scheduled.set(false);
                this.draw();
            }
        });
    }

    /// All rows have to be redrawn.
    pub(super) fn invalidate(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }

    /// Reads the sizes that CSS decides. Runs when the browser has just laid the page out.
    fn measure(&self) {
        let mut window = self.window.get();
        let was_hidden = window.viewport == 0.0;
        let was_at_end = self.following.get() && window.at_end();
        window.viewport = f64::from(self.scroller.client_height());
        if let Some(row) = self.rows.borrow().first() {
            let height = f64::from(row.root.offset_height());
            if height > 0.0 {
                window.row = height;
            }
        }
        if was_at_end && self.options.follow {
            window.offset = window.max_offset();
        }
        if was_hidden {
            // Browsers differ in what remains of a hidden element's scroll position.
            self.written_scroll.set(f64::from(self.scroller.scroll_top()));
        }
        self.window.set(window);
        self.source.resized(f64::from(self.scroller.client_width()));
    }

    pub(super) fn refresh_count(&self) {
        let mut window = self.window.get();
        window.count = self.source.count();
        if self.following.get() && !self.pressed.get() {
            window.offset = window.max_offset();
        }
        window.offset = window.within(window.offset);
        self.window.set(window);
    }

    /// Scrolls to an offset that was asked for, and draws at once.
    pub(super) fn go(&self, offset: f64) {
        let mut window = self.window.get();
        window.offset = window.within(offset);
        self.window.set(window);
        self.following.set(self.options.follow && window.at_end());
        self.draw();
    }
}
