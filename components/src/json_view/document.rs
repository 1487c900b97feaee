//! A text that is being read, laid out and searched, a slice at a time, and the views that show it.

use crate::grid::WindowedList;
use crate::reactive::*;
use crate::ui::{Live, Var, frame, now};
use crate::work::{SLICE as SPELL, Work};
use send_wrapper::SendWrapper;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use workflow_inspector::json::{Finder, JsonKind, JsonTree, TextPlace, TextRows, unquote};
use workflow_inspector::text::count;

/// Bytes that are read or searched before the clock is asked.
const SLICE: usize = 1 << 16;

/// Rows that are laid out before the clock is asked.
const ROWS: usize = 512;

/// Rows that are laid out of a text that nobody sees.
const BEFOREHAND: usize = 64;

/// Columns of a text whose width isn't known yet.
const COLUMNS: usize = 80;

/// Depth from which on containers start folded.
const FOLDED_FROM: u32 = 3;

/// What stood where in the text view before its rows were cut to another width.
#[derive(Clone, Copy)]
struct Turned {
    top: TextPlace,
    from: f64,
    active: Option<TextPlace>,
}

/// A text, its tree and its rows, where the words that somebody looks for stand in it, and the lists that show it.
pub(crate) struct Document {
    pub(super) tree: RefCell<JsonTree>,
    /// None where the text isn't shown as text.
    pub(super) rows: RefCell<Option<TextRows>>,
    pub(super) tree_list: RefCell<Option<WindowedList>>,
    pub(super) text_list: RefCell<Option<WindowedList>>,
    finder: RefCell<Finder>,
    /// Which of the places found is the present one.
    at: Cell<Option<usize>>,
    /// Somebody asked for the next place (true) or the one before, which isn't known yet.
    wish: Cell<Option<bool>>,
    /// Where that stands in the text view.
    hit: Cell<Option<TextPlace>>,
    /// A place to be shown as soon as it is laid out.
    goal: Cell<Option<TextPlace>>,
    turned: Cell<Option<Turned>>,
    /// Is the text view in sight?
    seen: Cell<bool>,
    scheduled: Cell<bool>,
    /// What the search came to, in words.
    pub(super) told: Var<String>,
    /// The value that the tree's active row shows.
    active: Var<Option<u32>>,
    /// How far reading, layout and search are.
    work: Work,
}

/// Follows a text for as long as the owner lives, and shows in `work` how far it is.
pub(crate) fn document(text: Live<Arc<str>>, work: Work) -> Rc<Document> {
    let document = Rc::new(Document {
        tree: RefCell::new(JsonTree::new("", FOLDED_FROM)),
        rows: RefCell::default(),
        tree_list: RefCell::default(),
        text_list: RefCell::default(),
        finder: RefCell::default(),
        at: Cell::new(None),
        wish: Cell::new(None),
        hit: Cell::new(None),
        goal: Cell::new(None),
        turned: Cell::new(None),
        seen: Cell::new(false),
        scheduled: Cell::new(false),
        told: Var::new(String::new()),
        active: Var::new(None),
        work,
    });
    let going = Rc::downgrade(&document);
    work.on_resume(move || {
        if let Some(document) = going.upgrade() {
            document.work();
        }
    });
    // The lists hold the document and the document the lists: one of the two has to let go.
    let cleanup = SendWrapper::new(Rc::clone(&document));
    on_cleanup(move || {
        cleanup.tree_list.take();
        cleanup.text_list.take();
    });
    let follow = Rc::clone(&document);
    now(move || follow.open(text.get()));
    document
}

impl Document {
    fn open(self: &Rc<Self>, text: Arc<str>) {
        self.tree.replace(JsonTree::new(text, FOLDED_FROM));
        if let Some(rows) = self.rows.borrow_mut().as_mut() {
            *rows = TextRows::new(rows.columns());
        }
        // Who walks from event to event goes on looking for the same.
        let finder = Finder::new(self.finder.borrow().words());
        self.finder.replace(finder);
        self.at.set(None);
        self.wish.set(None);
        self.hit.set(None);
        self.goal.set(None);
        self.turned.set(None);
        self.active.set(None);
        self.work.done();
        self.with_lists(|list| list.set_active(None));
        self.work();
        self.with_lists(WindowedList::flush);
    }

    fn with_lists(&self, f: fn(&WindowedList)) {
        for list in [&self.tree_list, &self.text_list] {
            with(list, f);
        }
    }

    /// Does what there is to do, for as long as a frame allows it, and goes on in the next one.
    pub(super) fn work(self: &Rc<Self>) {
        if self.work.is_stopped() {
            return self.settle();
        }
        let reading = !self.tree.borrow().is_read();
        let until = crate::dom::now() + SPELL;
        let mut more = self.slice();
        while more && crate::dom::now() < until {
            more = self.slice();
        }
        if reading {
            // Containers grew, and a text that is no JSON has other rows than it seemed to have.
            self.with_lists(WindowedList::changed);
        } else {
            with(&self.text_list, WindowedList::grown);
        }
        self.settle();
        if more {
            self.work.running(self.percent());
        } else {
            self.work.done();
        }
        if more && !self.scheduled.replace(true) {
            let weak: Weak<Self> = Rc::downgrade(self);
            frame(move || {
                if let Some(this) = weak.upgrade() {
                    this.scheduled.set(false);
                    this.work();
                }
            });
        }
    }

    /// How much of what is left to do was done, in percent.
    fn percent(&self) -> u32 {
        let tree = self.tree.borrow();
        let seen = self.seen.get();
        let rows = self.rows.borrow();
        let rows = rows
            .as_ref()
            .filter(|_| seen)
            .map_or(100, |rows| rows.percent(&tree));
        let found = self.finder.borrow();
        let found = if found.words().is_empty() {
            100
        } else {
            found.percent(tree.text().len())
        };
        tree.percent().min(rows).min(found)
    }

    /// One slice of everything that isn't done; true when something is left.
    fn slice(&self) -> bool {
        let mut tree = self.tree.borrow_mut();
        if !tree.is_read() {
            tree.step(SLICE);
        }
        let mut more = !tree.is_read();
        if let Some(rows) = self.rows.borrow_mut().as_mut()
            && !rows.is_done()
            && (self.seen.get() || rows.count() < BEFOREHAND)
        {
            rows.step(&tree, ROWS);
            more |= !rows.is_done() && self.seen.get();
        }
        let mut finder = self.finder.borrow_mut();
        if !finder.is_done() {
            finder.step(tree.text(), SLICE);
            more |= !finder.is_done();
        }
        more
    }

    /// Does what waited for the work to come this far.
    fn settle(&self) {
        if let Some(forward) = self.wish.get() {
            self.try_go(forward);
        }
        if let Some(turned) = self.turned.get()
            && let Some(top) = self.row_of(turned.top)
        {
            self.turned.set(None);
            let active = turned.active.and_then(|place| self.row_of(place));
            with(&self.text_list, |list| {
                list.set_active(active);
                list.reveal_at(top, turned.from);
            });
        }
        if let Some(goal) = self.goal.get()
            && let Some(row) = self.row_of(goal)
        {
            self.goal.set(None);
            with(&self.text_list, |list| {
                list.set_active(Some(row));
                list.reveal(row);
            });
        }
        let told = self.tell();
        if self.told.peek_with(|before| *before != told) {
            self.told.set(told);
        }
    }

    fn row_of(&self, place: TextPlace) -> Option<usize> {
        let rows = self.rows.borrow();
        rows.as_ref()?.row_of(&self.tree.borrow(), place)
    }

    fn tell(&self) -> String {
        let finder = self.finder.borrow();
        let mut found = count(finder.found().len() as u64);
        if finder.is_full() {
            found.push('+');
        }
        match self.at.get() {
            _ if finder.words().is_empty() => String::new(),
            Some(at) => [&count(at as u64 + 1), " of ", &found].concat(),
            None if !finder.is_done() => String::from("Searching…"),
            None if finder.found().is_empty() => String::from("Nothing found"),
            None => [&found, " found"].concat(),
        }
    }

    /// Looks for some words; nothing moves before [`go`](Self::go).
    pub(super) fn search(self: &Rc<Self>, words: &str) {
        self.finder.replace(Finder::new(words));
        self.at.set(None);
        self.wish.set(None);
        self.work.resume();
        self.work();
    }

    /// Goes to the next place that was found, or to the one before; behind the last comes the first.
    pub(super) fn go(&self, forward: bool) {
        self.wish.set(Some(forward));
        self.settle();
    }

    fn try_go(&self, forward: bool) {
        let (index, offset) = {
            let finder = self.finder.borrow();
            let found = finder.found();
            let index = match self.at.get() {
                Some(at) if forward => at + 1,
                None if forward => 0,
                // Before the first comes the last, which has to be known.
                Some(0) | None => usize::MAX,
                Some(at) => at - 1,
            };
            let place = match found.get(index) {
                Some(offset) => Some((index, *offset as usize)),
                None if !finder.is_done() => return,
                None if forward => found.first().map(|offset| (0, *offset as usize)),
                None => found.last().map(|offset| (found.len() - 1, *offset as usize)),
            };
            let Some(place) = place else {
                return self.wish.set(None);
            };
            place
        };
        let node = {
            let tree = self.tree.borrow();
            if !tree.is_read() && tree.position() <= offset {
                return;
            }
            tree.node_at(offset).unwrap_or(0)
        };
        self.wish.set(None);
        self.at.set(Some(index));
        let row = self.tree.borrow_mut().reveal(node);
        self.show_row(row);
        let place = self
            .rows
            .borrow()
            .as_ref()
            .map(|rows| rows.place_of(&self.tree.borrow(), offset));
        self.hit.set(place);
        self.goal.set(place);
    }

    /// Makes a row of the tree the active one and brings it into sight.
    pub(super) fn show_row(&self, row: Option<usize>) {
        let Some(row) = row else { return };
        with(&self.tree_list, |list| {
            list.set_active(Some(row));
            list.reveal(row);
        });
        self.activate(row);
    }

    /// The keyboard, a click or the search came to a row of the tree.
    pub(super) fn activate(&self, row: usize) {
        let node = self.tree.borrow().node_at_row(row);
        self.active.set(node);
    }

    /// Is there an active row?
    pub(crate) fn is_active(&self) -> bool {
        self.active.with(Option::is_some)
    }

    /// The value of the active row as it stands in the text; of a string, what it says.
    pub(crate) fn value(&self) -> String {
        if self.active.peek().unwrap_or(0) == 0 && !self.tree.borrow().is_read() {
            // All of it needs no reading.
            return self.tree.borrow().text().trim().to_owned();
        }
        if !self.tree.borrow().is_read() {
            // Of a container that is still being read, not half of it.
            self.tree.borrow_mut().finish();
            self.with_lists(WindowedList::changed);
        }
        let tree = self.tree.borrow();
        let node = self.active.peek().unwrap_or(0);
        let value = tree.value(node);
        if tree.kind(node) == JsonKind::String {
            unquote(value).into_owned()
        } else {
            value.to_owned()
        }
    }

    /// The active row's place as a JSON pointer.
    pub(crate) fn path(&self) -> String {
        self.tree.borrow().path(self.active.peek().unwrap_or(0))
    }

    /// Begins to show the text as text.
    pub(super) fn add_rows(self: &Rc<Self>) {
        self.rows.replace(Some(TextRows::new(COLUMNS)));
        self.work();
    }

    /// The text view has room for so many columns; none when it is out of sight.
    pub(super) fn set_columns(self: &Rc<Self>, columns: usize) {
        self.seen.set(columns != 0);
        if columns == 0 {
            return;
        }
        let turned = {
            let list = self.text_list.borrow();
            let tree = self.tree.borrow();
            let mut rows = self.rows.borrow_mut();
            let Some(rows) = rows.as_mut() else { return };
            let new = TextRows::new(columns);
            if new.columns() == rows.columns() {
                None
            } else {
                let place = |row| rows.place(&tree, row);
                // What was found may stand further back in its row.
                let active = |row| {
                    let hit = self.hit.get().filter(|hit| rows.row_of(&tree, *hit) == Some(row));
                    hit.or_else(|| place(row))
                };
                let list = list.as_ref();
                let turned = list.and_then(WindowedList::anchor).and_then(|(row, from)| {
                    Some(Turned {
                        top: place(row)?,
                        from,
                        active: list.and_then(WindowedList::active).and_then(active),
                    })
                });
                *rows = new;
                Some(turned)
            }
        };
        if let Some(turned) = turned {
            // A second turn before the first came to its place: that place still counts.
            self.turned.set(self.turned.get().or(turned));
            with(&self.text_list, WindowedList::changed);
        }
        self.work();
    }
}

/// Does something with a list, if it is mounted.
pub(super) fn with(list: &RefCell<Option<WindowedList>>, f: impl FnOnce(&WindowedList)) {
    // What is done to the list may come back to the document.
    let list = list.borrow().clone();
    if let Some(list) = list {
        f(&list);
    }
}
