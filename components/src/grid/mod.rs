//! A windowed list: a fixed pool of row elements over any number of rows.
//!
//! The pool is as large as the viewport needs and no larger. Scrolling and arriving rows re-point the same elements: attributes
//! and text are written directly, in one function per frame, without a reactive graph per row.

mod window;

use crate::dom::Dom;
use crate::dom::{Listener, attribute, child, key_press, unique_id};
use crate::ui::frame;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, HtmlElement, MouseEvent, Node, ResizeObserver, WheelEvent};
use window::Window;

/// The stylesheet of windowed lists.
pub(crate) const STYLE: &str = include_str!("grid.css");

/// Mounts the stylesheet of windowed lists, for lists that are used by themselves.
pub fn mount_grid_style() {
    crate::theme::mount_style(STYLE);
}

/// What a [`WindowedList`] shows: how many rows there are, and how one is drawn.
pub trait RowSource: 'static {
    /// Number of rows now.
    fn count(&self) -> usize;
    /// Makes the inside of one pooled row, once; the returned elements are handed to [`draw`](Self::draw).
    fn build(&self, row: &HtmlElement) -> Vec<Element>;
    /// Draws row `index`, below [`count`](Self::count), into a pooled row. Called again only after the row moved or was invalidated.
    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize);
    /// Is the row selected (shown in a detail pane, say)?
    fn selected(&self, index: usize) -> bool;
    /// The person opened the row, by a click or by Enter.
    fn open(&self, index: usize);
    /// The keyboard moved onto the row. Does nothing by default.
    fn activate(&self, index: usize) {
        let _ = index;
    }
    /// A key that the list itself doesn't know was pressed on the row; true when it was taken. Takes none by default.
    fn key(&self, key: &str, index: usize) -> bool {
        let _ = (key, index);
        false
    }
    /// A click on the row; true when it was taken, so that it doesn't open the row. Takes none by default.
    fn click(&self, event: &Event, index: usize) -> bool {
        let _ = (event, index);
        false
    }
    /// The room for the rows was measured: their width in pixels, 0 while nothing of the list can be seen. Does nothing by default.
    fn resized(&self, width: f64) {
        let _ = width;
    }
    /// The view came to the end of the list, or left it. Does nothing by default.
    fn edge(&self, at_end: bool) {
        let _ = at_end;
    }
}

/// How a [`WindowedList`] presents itself to assistive technology.
#[derive(Clone, Copy, Debug)]
pub struct ListOptions {
    /// The rows' role: `row` in a `grid`, `treeitem` in a `tree`.
    pub row_role: &'static str,
    /// The rows' `data-part`.
    pub row_part: &'static str,
    /// Keep to the end of the list while the view stands there and rows arrive.
    pub follow: bool,
}

struct PoolRow {
    root: HtmlElement,
    cells: Vec<Element>,
    /// Index and version that were drawn last.
    drawn: Option<(usize, u32)>,
}

struct Inner {
    scroller: HtmlElement,
    space: HtmlElement,
    pool: HtmlElement,
    source: Rc<dyn RowSource>,
    options: ListOptions,
    id: String,
    rows: RefCell<Vec<PoolRow>>,
    window: Cell<Window>,
    /// The space height and the scroll position as last written; a scroll event that reports the latter is our own.
    written_space: Cell<f64>,
    written_scroll: Cell<f64>,
    first: Cell<usize>,
    version: Cell<u32>,
    active: Cell<Option<usize>>,
    following: Cell<bool>,
    pressed: Cell<bool>,
    scheduled: Cell<bool>,
    told_edge: Cell<Option<bool>>,
    told_count: Cell<Option<usize>>,
}

/// A mounted windowed list. Clones share the list; dropping the last one removes listeners and rows.
#[derive(Clone)]
pub struct WindowedList {
    inner: Rc<Inner>,
    _listeners: Rc<(Vec<Listener>, Option<Resize>)>,
}

impl std::fmt::Debug for WindowedList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WindowedList")
            .field("window", &self.inner.window.get())
            .finish_non_exhaustive()
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

impl WindowedList {
    /// Puts a list into `scroller`, which must be an empty element with a bounded height; it becomes the scroll container, takes
    /// the focus, and gets `aria-rowcount`. Its role and name are the caller's.
    #[must_use]
    pub fn mount(scroller: HtmlElement, source: Rc<dyn RowSource>, options: ListOptions) -> Self {
        let space = child(&scroller, "div", "wf-grid__space");
        let pool = child(&scroller, "div", "wf-grid__pool");
        Dom::set_attribute(&space, "aria-hidden", "true");
        Dom::set_attribute(
            &pool,
            "role",
            if options.row_role == "row" {
                "rowgroup"
            } else {
                "presentation"
            },
        );
        Dom::set_attribute(&scroller, "tabindex", "0");
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
            written_space: Cell::new(-1.0),
            written_scroll: Cell::new(0.0),
            first: Cell::new(0),
            version: Cell::new(0),
            active: Cell::new(None),
            following: Cell::new(options.follow),
            pressed: Cell::new(false),
            scheduled: Cell::new(false),
            told_edge: Cell::new(None),
            told_count: Cell::new(None),
        });
        let listeners = Inner::listen(&inner);
        let list = Self {
            inner,
            _listeners: Rc::new(listeners),
        };
        list.inner.measure();
        list.inner.draw();
        list
    }

    /// Rows were added at the end; rows that are drawn stay as they are. Draws in the next animation frame.
    pub fn grown(&self) {
        self.inner.schedule();
    }

    /// Rows changed: every row in sight is drawn anew in the next animation frame.
    pub fn changed(&self) {
        self.inner.version.set(self.inner.version.get().wrapping_add(1));
        self.inner.schedule();
    }

    /// The row that the keyboard stands on.
    #[must_use]
    pub fn active(&self) -> Option<usize> {
        self.inner.active.get()
    }

    /// Puts the keyboard's place onto a row, without scrolling and without telling the source.
    pub fn set_active(&self, index: Option<usize>) {
        self.inner.active.set(index);
        self.changed();
    }

    /// Scrolls as little as needed to show a row.
    pub fn reveal(&self, index: usize) {
        self.inner.refresh_count();
        let window = self.inner.window.get();
        self.inner.go(window.reveal(index));
    }

    /// Scrolls so that a row which was `from` pixels below the upper edge stands there again, after the rows around it changed.
    pub fn reveal_at(&self, index: usize, from: f64) {
        self.inner.refresh_count();
        let window = self.inner.window.get();
        self.inner.go(index as f64 * window.row - from);
    }

    /// The first row in sight and how far below the upper edge it stands (0 or negative).
    #[must_use]
    pub fn anchor(&self) -> Option<(usize, f64)> {
        let window = self.inner.window.get();
        let index = window.row_at(0.0)?;
        Some((index, index as f64 * window.row - window.offset))
    }

    /// Goes to the end, and follows it from then on (with [`ListOptions::follow`]).
    pub fn to_end(&self) {
        self.inner.refresh_count();
        let end = self.inner.window.get().max_offset();
        self.inner.go(end);
    }

    /// Stands the view at the end of the list?
    #[must_use]
    pub fn at_end(&self) -> bool {
        self.inner.window.get().at_end()
    }

    /// Gives the list the keyboard focus.
    pub fn focus(&self) {
        // Focus is refused only by elements that are not rendered.
        let _ = self.inner.scroller.focus();
    }

    /// Draws now instead of in the next animation frame. For tests, and for what must be there when a function returns.
    pub fn flush(&self) {
        self.inner.measure();
        self.inner.draw();
    }
}

impl Inner {
    fn listen(this: &Rc<Self>) -> (Vec<Listener>, Option<Resize>) {
        fn on(this: &Rc<Inner>, name: &'static str, f: fn(&Rc<Inner>, Event)) -> Listener {
            let weak = Rc::downgrade(this);
            Listener::new(&this.scroller, name, move |event| {
                if let Some(this) = weak.upgrade() {
                    f(&this, event);
                }
            })
        }
        let weak = Rc::downgrade(this);
        let wheel = Listener::active(&this.scroller, "wheel", move |event| {
            if let Some(this) = weak.upgrade() {
                this.on_wheel(&event);
            }
        });
        let listeners = vec![
            wheel,
            on(this, "scroll", |this, _| this.on_scroll()),
            on(this, "keydown", |this, event| this.on_key(&event)),
            on(this, "click", |this, event| this.on_click(&event)),
            on(this, "pointerdown", |this, _| this.pressed.set(true)),
            on(this, "pointerup", |this, _| this.pressed.set(false)),
            on(this, "pointerleave", |this, _| this.pressed.set(false)),
            on(this, "pointercancel", |this, _| this.pressed.set(false)),
        ];
        let weak = Rc::downgrade(this);
        let callback = Closure::<dyn FnMut()>::new(move || {
            if let Some(this) = weak.upgrade() {
                this.measure();
                this.draw();
            }
        });
        let resize = ResizeObserver::new(callback.as_ref().unchecked_ref())
            .ok()
            .map(|observer| {
                observer.observe(&this.scroller);
                Resize(observer, callback)
            });
        (listeners, resize)
    }

    fn schedule(self: &Rc<Self>) {
        if self.scheduled.replace(true) {
            return;
        }
        let weak: Weak<Self> = Rc::downgrade(self);
        frame(move || {
            if let Some(this) = weak.upgrade() {
                this.scheduled.set(false);
                this.draw();
            }
        });
    }

    /// Reads the sizes that CSS decides.
    fn measure(&self) {
        let mut window = self.window.get();
        let was_end = self.following.get() && window.at_end();
        window.viewport = f64::from(self.scroller.client_height());
        if let Some(row) = self.rows.borrow().first() {
            let height = f64::from(row.root.offset_height());
            if height > 0.0 {
                window.row = height;
            }
        }
        if was_end && self.options.follow {
            window.offset = window.max_offset();
        }
        self.window.set(window);
        self.source.resized(f64::from(self.scroller.client_width()));
    }

    fn refresh_count(&self) {
        let mut window = self.window.get();
        window.count = self.source.count();
        if self.following.get() && !self.pressed.get() {
            window.offset = window.max_offset();
        }
        window.offset = window.within(window.offset);
        self.window.set(window);
    }

    /// Goes to an offset because something asked for it.
    fn go(self: &Rc<Self>, offset: f64) {
        let mut window = self.window.get();
        window.offset = window.within(offset);
        self.window.set(window);
        self.following.set(self.options.follow && window.at_end());
        self.draw();
    }

    fn draw(&self) {
        self.refresh_count();
        let window = self.window.get();
        if self.written_space.replace(window.space()) != window.space() {
            let _ = self.space.style().set_property("height", &px(window.space()));
        }
        if self.told_count.replace(Some(window.count)) != Some(window.count) && self.options.row_role == "row"
        {
            Dom::set_attribute(&self.scroller, "aria-rowcount", &window.count.to_string());
        }
        self.write_scroll(window);
        let first = window.first();
        self.resize_pool(window.pool());
        self.turn(first);
        let _ = self.pool.style().set_property(
            "transform",
            &translate(window.pool_top(first, self.written_scroll.get())),
        );
        self.draw_rows(first, window.count);
        let at_end = window.at_end();
        if self.told_edge.replace(Some(at_end)) != Some(at_end) {
            self.source.edge(at_end);
        }
    }

    fn write_scroll(&self, window: Window) {
        let scroll = window.scroll_of(window.offset);
        if (scroll - self.written_scroll.get()).abs() < 1.0 {
            return;
        }
        #[allow(clippy::cast_possible_truncation, reason = "bounded by MAX_SPACE")]
        self.scroller.set_scroll_top(scroll.round() as i32);
        // What the browser made of it: it rounds, and stops at the end.
        self.written_scroll.set(f64::from(self.scroller.scroll_top()));
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
            Dom::set_attribute(&root, "role", self.options.row_role);
            Dom::set_attribute(&root, "part", self.options.row_part);
            let cells = self.source.build(&root);
            rows.push(PoolRow {
                root,
                cells,
                drawn: None,
            });
        }
    }

    /// Moves elements from one end of the pool to the other, so that rows which stay in sight keep their elements.
    fn turn(&self, first: usize) {
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
        let mut rows = self.rows.borrow_mut();
        for (slot, row) in rows.iter_mut().enumerate() {
            let index = first + slot;
            if index >= count {
                if row.drawn.take().is_some() || !row.root.hidden() {
                    row.root.set_hidden(true);
                    Dom::remove_attribute(&row.root, "data-part");
                }
                continue;
            }
            if active == Some(index) {
                active_id = Some(index);
            }
            if row.drawn == Some((index, version)) {
                continue;
            }
            if row.drawn.is_none() {
                row.root.set_hidden(false);
                Dom::set_attribute(&row.root, "data-part", self.options.row_part);
            }
            row.drawn = Some((index, version));
            Dom::set_attribute(&row.root, "id", &self.row_id(index));
            if self.options.row_role == "row" {
                Dom::set_attribute(&row.root, "aria-rowindex", &(index + 1).to_string());
            }
            attribute(&row.root, "data-active", (active == Some(index)).then_some(""));
            Dom::set_attribute(
                &row.root,
                "aria-selected",
                if self.source.selected(index) {
                    "true"
                } else {
                    "false"
                },
            );
            self.source.draw(&row.root, &row.cells, index);
        }
        attribute(
            &self.scroller,
            "aria-activedescendant",
            active_id.map(|index| self.row_id(index)).as_deref(),
        );
    }

    fn row_id(&self, index: usize) -> String {
        let mut id = self.id.clone();
        id.push('-');
        id.push_str(&index.to_string());
        id
    }

    fn on_scroll(&self) {
        let scroll = f64::from(self.scroller.scroll_top());
        if (scroll - self.written_scroll.get()).abs() < 1.0 {
            return;
        }
        self.written_scroll.set(scroll);
        let mut window = self.window.get();
        window.offset = window.offset_of(scroll);
        self.window.set(window);
        self.following.set(self.options.follow && window.at_end());
        self.draw();
    }

    /// In a list longer than an element can be, a notch of the wheel would jump over pages: it is measured in rows instead.
    fn on_wheel(self: &Rc<Self>, event: &Event) {
        let window = self.window.get();
        let Some(event) = event.dyn_ref::<WheelEvent>() else {
            return;
        };
        if !window.scaled() || event.ctrl_key() || event.delta_y() == 0.0 {
            return;
        }
        event.prevent_default();
        let unit = match event.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => window.row,
            WheelEvent::DOM_DELTA_PAGE => window.viewport,
            _ => 1.0,
        };
        self.go(event.delta_y() * unit + window.offset);
    }

    fn on_click(self: &Rc<Self>, event: &Event) {
        let Some(index) = self.index_of(event) else { return };
        self.active.set(Some(index));
        self.version.set(self.version.get().wrapping_add(1));
        self.schedule();
        if !self.source.click(event, index) {
            self.source.open(index);
        }
    }

    /// The row under a click. Between press and release an arriving row may have re-pointed the element, and then the browser
    /// reports the list as the target: the place decides.
    fn index_of(&self, event: &Event) -> Option<usize> {
        let target: Node = event.target()?.dyn_into().ok()?;
        let rows = self.rows.borrow();
        if let Some(row) = rows.iter().find(|row| row.root.contains(Some(&target))) {
            return row.drawn.map(|(index, _)| index);
        }
        let event = event.dyn_ref::<MouseEvent>()?;
        let top = self.scroller.get_bounding_client_rect().top();
        self.window.get().row_at(f64::from(event.client_y()) - top)
    }

    fn on_key(self: &Rc<Self>, event: &Event) {
        let Some(event) = key_press(event) else {
            return;
        };
        if event.alt_key() || event.meta_key() || event.default_prevented() {
            return;
        }
        self.refresh_count();
        let window = self.window.get();
        let Some(last) = window.count.checked_sub(1) else {
            return;
        };
        let at = self.active.get().map(|at| at.min(last));
        // Without a place of its own the keyboard starts at what is in sight.
        let start = if window.at_end() {
            last
        } else {
            window.row_at(window.row / 2.0).unwrap_or(0)
        };
        let step = |by: isize| at.map_or(start, |at| at.saturating_add_signed(by).min(last));
        #[allow(clippy::cast_possible_wrap, reason = "rows of one viewport")]
        let page = window.page() as isize;
        let to = match event.key().as_str() {
            "ArrowDown" => step(1),
            "ArrowUp" => step(-1),
            "PageDown" => step(page),
            "PageUp" => step(-page),
            "Home" => 0,
            "End" => last,
            "Enter" => {
                if let Some(at) = at {
                    event.prevent_default();
                    self.source.open(at);
                }
                return;
            }
            key => {
                if let Some(at) = at
                    && !event.ctrl_key()
                    && self.source.key(key, at)
                {
                    event.prevent_default();
                    event.stop_propagation();
                }
                return;
            }
        };
        event.prevent_default();
        self.move_to(to);
    }

    fn move_to(self: &Rc<Self>, index: usize) {
        self.active.set(Some(index));
        self.version.set(self.version.get().wrapping_add(1));
        self.source.activate(index);
        self.go(self.window.get().reveal(index));
    }
}

#[allow(clippy::cast_possible_truncation, reason = "bounded by MAX_SPACE")]
fn px(value: f64) -> String {
    let mut text = (value.round() as i64).to_string();
    text.push_str("px");
    text
}

/// To a whole pixel: half ones would blur the text of every row.
fn translate(y: f64) -> String {
    let mut text = String::from("translateY(");
    text.push_str(&px(y));
    text.push(')');
    text
}
