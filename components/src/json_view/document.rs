//! A text that is read, laid out and searched a slice at a time.

use crate::grid::GridRef;
use crate::work::{SLICE as BUDGET, Work};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use workflow_inspector::json::{Finder, JsonKind, JsonTree, TextPlace, TextRows, unquote};

/// How many bytes are read or searched between two checks of the time.
const SLICE: usize = 1 << 16;

/// How many rows are laid out between two checks of the time.
const ROWS: usize = 512;

/// Rows that are laid out while the text view is not visible.
const BEFOREHAND: usize = 64;

/// The width of the text view before it is measured, in characters.
const COLUMNS: usize = 80;

/// The depth from which containers start folded.
const FOLDED_FROM: u32 = 3;

/// A JSON document with its views: the handle that components share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document(StoredValue<Rc<Content>, LocalStorage>);

impl Document {
    /// Follows a text until the current owner is cleaned up, and reports its progress to `work`.
    pub(crate) fn new(text: Signal<Arc<str>>, work: Work) -> Self {
        let content = Rc::new(Content::new(work));
        let weak = Rc::downgrade(&content);
        work.on_resume(move || {
            if let Some(content) = weak.upgrade() {
                content.work();
            }
        });
        let opened = Rc::clone(&content);
        Effect::new(move |_| opened.open(text.get()));
        Self(StoredValue::new_local(content))
    }

    pub(super) fn content(self) -> Option<Rc<Content>> {
        self.0.try_get_value()
    }

    /// The result of the search in words, for example "2 of 17".
    pub(super) fn search_status(self) -> Signal<String> {
        self.content()
            .map(|it| it.search_status.into())
            .unwrap_or_default()
    }

    /// Whether a row of the tree is active.
    pub(crate) fn has_active_row(self) -> Signal<bool> {
        let active = self.content().map(|it| it.active);
        Signal::derive(move || active.is_some_and(|active| active.with(Option::is_some)))
    }

    /// The value of the active row as it is in the text; of a string its content.
    pub(crate) fn value(self) -> String {
        self.content().map(|it| it.value()).unwrap_or_default()
    }

    /// The JSON pointer of the active row.
    pub(crate) fn path(self) -> String {
        let path = |it: Rc<Content>| it.tree.borrow().path(it.active_node().unwrap_or(0));
        self.content().map(path).unwrap_or_default()
    }

    /// Searches for a text. Nothing moves before [`go`](Self::go).
    pub(super) fn search(self, words: &str) {
        if let Some(content) = self.content() {
            content.search(words);
        }
    }

    /// Goes to the next match, or to the previous one; the first follows the last.
    pub(super) fn go(self, forward: bool) {
        if let Some(content) = self.content() {
            content.go(forward);
        }
    }
}

/// The rows at the upper edge and under the keyboard before the text was cut to another width.
#[derive(Clone, Copy)]
struct Rewrapped {
    top: TextPlace,
    from: f64,
    active: Option<TextPlace>,
}

/// A text, its tree and its rows, the search in it, and the grids that show it.
pub(super) struct Content {
    pub(super) tree: RefCell<JsonTree>,
    /// None if the text is not shown as text.
    pub(super) rows: RefCell<Option<TextRows>>,
    pub(super) tree_grid: GridRef,
    pub(super) text_grid: GridRef,
    pub(super) finder: RefCell<Finder>,
    /// The index of the current match.
    pub(super) current_match: Cell<Option<usize>>,
    /// The next match (true) or the previous one was asked for before it was known.
    pub(super) pending_step: Cell<Option<bool>>,
    /// The current match in the text view.
    pub(super) match_place: Cell<Option<TextPlace>>,
    /// A place to show as soon as it is laid out.
    pub(super) goal: Cell<Option<TextPlace>>,
    rewrapped: Cell<Option<Rewrapped>>,
    /// Whether the text view is visible.
    is_text_visible: Cell<bool>,
    is_scheduled: Cell<bool>,
    pub(super) search_status: RwSignal<String>,
    /// The node of the tree's active row.
    active: RwSignal<Option<u32>>,
    pub(super) progress: Work,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").finish_non_exhaustive()
    }
}

impl Content {
    fn new(progress: Work) -> Self {
        Self {
            tree: RefCell::new(JsonTree::new("", FOLDED_FROM)),
            rows: RefCell::default(),
            tree_grid: GridRef::new(),
            text_grid: GridRef::new(),
            finder: RefCell::default(),
            current_match: Cell::new(None),
            pending_step: Cell::new(None),
            match_place: Cell::new(None),
            goal: Cell::new(None),
            rewrapped: Cell::new(None),
            is_text_visible: Cell::new(false),
            is_scheduled: Cell::new(false),
            search_status: RwSignal::new(String::new()),
            active: RwSignal::new(None),
            progress,
        }
    }

    fn open(self: &Rc<Self>, text: Arc<str>) {
        self.tree.replace(JsonTree::new(text, FOLDED_FROM));
        if let Some(rows) = self.rows.borrow_mut().as_mut() {
            *rows = TextRows::new(rows.columns());
        }
        // The search goes on in the next text.
        let finder = Finder::new(self.finder.borrow().words());
        self.finder.replace(finder);
        self.current_match.set(None);
        self.pending_step.set(None);
        self.match_place.set(None);
        self.goal.set(None);
        self.rewrapped.set(None);
        self.active.try_set(None);
        self.progress.done();
        self.tree_grid.set_active(None);
        self.text_grid.set_active(None);
        self.work();
    }

    /// Works for as long as a frame allows, and continues in the next one.
    pub(super) fn work(self: &Rc<Self>) {
        if self.progress.is_stopped() {
            return self.settle();
        }
        let was_reading = !self.tree.borrow().is_read();
        let until = crate::dom::now() + BUDGET;
        let mut more = self.slice();
        while more && crate::dom::now() < until {
            more = self.slice();
        }
        if was_reading {
            // Containers grew, and a text that turned out to be no JSON has other rows.
            self.tree_grid.changed();
            self.text_grid.changed();
        } else {
            self.text_grid.grown();
        }
        self.settle();
        if !more {
            return self.progress.done();
        }
        self.progress.running(self.percent());
        if !self.is_scheduled.replace(true) {
            let weak = Rc::downgrade(self);
            request_animation_frame(move || {
                if let Some(this) = weak.upgrade() {
                    this.is_scheduled.set(false);
                    this.work();
                }
            });
        }
    }

    /// The progress of the slowest part.
    fn percent(&self) -> u32 {
        let tree = self.tree.borrow();
        let rows = self.rows.borrow();
        let rows = rows.as_ref().filter(|_| self.is_text_visible.get());
        let finder = self.finder.borrow();
        let search = if finder.words().is_empty() {
            100
        } else {
            finder.percent(tree.text().len())
        };
        let layout = rows.map_or(100, |rows| rows.percent(&tree));
        tree.percent().min(layout).min(search)
    }

    /// One slice of everything that is not done. True if something is left.
    fn slice(&self) -> bool {
        let mut tree = self.tree.borrow_mut();
        if !tree.is_read() {
            tree.step(SLICE);
        }
        let mut more = !tree.is_read();
        let is_text_visible = self.is_text_visible.get();
        if let Some(rows) = self.rows.borrow_mut().as_mut()
            && !rows.is_done()
            && (is_text_visible || rows.count() < BEFOREHAND)
        {
            rows.step(&tree, ROWS);
            more |= !rows.is_done() && is_text_visible;
        }
        let mut finder = self.finder.borrow_mut();
        if !finder.is_done() {
            finder.step(tree.text(), SLICE);
            more |= !finder.is_done();
        }
        more
    }

    /// Does what waited for the work to come this far.
    pub(super) fn settle(&self) {
        if let Some(forward) = self.pending_step.get() {
            self.try_go(forward);
        }
        if let Some(rewrapped) = self.rewrapped.get()
            && let Some(top) = self.row_of(rewrapped.top)
        {
            self.rewrapped.set(None);
            let active = rewrapped.active.and_then(|place| self.row_of(place));
            self.text_grid.set_active(active);
            self.text_grid.reveal_at(top, rewrapped.from);
        }
        if let Some(goal) = self.goal.get()
            && let Some(row) = self.row_of(goal)
        {
            self.goal.set(None);
            self.text_grid.set_active(Some(row));
            self.text_grid.reveal(row);
        }
        self.report_search();
    }

    fn row_of(&self, place: TextPlace) -> Option<usize> {
        let rows = self.rows.borrow();
        rows.as_ref()?.row_of(&self.tree.borrow(), place)
    }

    /// Makes a row of the tree the active one and scrolls to it.
    pub(super) fn show_row(&self, row: Option<usize>) {
        let Some(row) = row else { return };
        self.tree_grid.set_active(Some(row));
        self.tree_grid.reveal(row);
        self.activate(row);
    }

    /// The keyboard, a click or the search moved to a row of the tree.
    pub(super) fn activate(&self, row: usize) {
        let node = self.tree.borrow().node_at_row(row);
        self.active.try_set(node);
    }

    fn active_node(&self) -> Option<u32> {
        self.active.try_get_untracked().flatten()
    }

    fn value(&self) -> String {
        let node = self.active_node().unwrap_or(0);
        if !self.tree.borrow().is_read() {
            if node == 0 {
                // The whole text needs no reading.
                return self.tree.borrow().text().trim().to_owned();
            }
            // A container that is still being read is not copied by half.
            self.tree.borrow_mut().finish();
            self.tree_grid.changed();
            self.text_grid.changed();
        }
        let tree = self.tree.borrow();
        let value = tree.value(node);
        if tree.kind(node) == JsonKind::String {
            unquote(value).into_owned()
        } else {
            value.to_owned()
        }
    }

    /// Starts to lay the text out as rows.
    pub(super) fn add_rows(self: &Rc<Self>) {
        self.rows.replace(Some(TextRows::new(COLUMNS)));
        self.work();
    }

    /// The width of the text view in characters, 0 while it is not visible.
    pub(super) fn set_columns(self: &Rc<Self>, columns: usize) {
        self.is_text_visible.set(columns != 0);
        if columns == 0 {
            return;
        }
        if let Some(rewrapped) = self.rewrap(columns) {
            // A second change before the first one was settled: its place still counts.
            self.rewrapped.set(self.rewrapped.get().or(rewrapped));
            self.text_grid.changed();
        }
        self.work();
    }

    /// Cuts the rows to another width. None if nothing changes, else the place to return to, if there is one.
    fn rewrap(&self, columns: usize) -> Option<Option<Rewrapped>> {
        let tree = self.tree.borrow();
        let mut rows = self.rows.borrow_mut();
        let rows = rows.as_mut()?;
        let new = TextRows::new(columns);
        if new.columns() == rows.columns() {
            return None;
        }
        let place = |row| rows.place(&tree, row);
        // A match may start further back in its row.
        let active = |row| {
            let found = self.match_place.get();
            found
                .filter(|found| rows.row_of(&tree, *found) == Some(row))
                .or_else(|| place(row))
        };
        let rewrapped = self.text_grid.anchor().and_then(|(row, from)| {
            Some(Rewrapped {
                top: place(row)?,
                from,
                active: self.text_grid.active().and_then(active),
            })
        });
        *rows = new;
        Some(rewrapped)
    }
}
