//! The state of a windowed list: a pool of row elements that are written directly.

use super::source::{ListOptions, RowSource};
use super::window::Window;
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
    pub(super) listeners: RefCell<Vec<EventListener>>,
    pub(super) resize: RefCell<Option<Resize>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.space.remove();
        self.pool.remove();
    }
}

pub(super) struct Resize(
    ResizeObserver,
    #[allow(dead_code, reason = "kept alive for the observer")] Closure<dyn FnMut()>,
);

impl Drop for Resize {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}

impl Inner {
    pub(super) fn observe_size(this: &Rc<Self>) -> Option<Resize> {
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
