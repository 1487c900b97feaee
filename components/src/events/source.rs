//! Between the log and the pool: which event stands in which row.

use super::filter::{Filter, Matches};
use super::rows;
use super::search::Engine;
use crate::grid::{RowSource, WindowedList};
use crate::pattern::{Dialect, Question, Verdict, verdicts};
use crate::reactive::spawn_local;
use crate::ui::{Call, Live, Var, frame};
use crate::work::{SLICE, Work};
use crate::worker::SearchScript;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use web_sys::{Element, HtmlElement};
use workflow_ui_core::Events;

pub(super) struct Source {
    pub(super) events: RefCell<Events>,
    pub(super) matches: RefCell<Matches>,
    pub(super) list: RefCell<Option<WindowedList>>,
    pub(super) scanning: Cell<bool>,
    pub(super) selected: Live<Option<u64>>,
    pub(super) on_select: Call<u64>,
    pub(super) at_end: Var<bool>,
    /// Number of rows, for the words around the list.
    pub(super) shown: Var<usize>,
    /// The selection that was scrolled to already.
    pub(super) revealed: Cell<Option<u64>>,
    /// The script that tries regular expressions.
    pub(super) script: Option<SearchScript>,
    /// What tries them, while one is looked for.
    pub(super) engine: RefCell<Option<Engine>>,
    /// Whether the search for one was given up.
    pub(super) stuck: Cell<bool>,
    /// What is wrong with the one that was asked for; empty if nothing is.
    pub(super) trouble: Var<String>,
    /// How far the search is.
    pub(super) work: Work,
    /// Counts the filters that were asked for: the browser's word on an older one is of no use.
    pub(super) asked: Cell<u32>,
}

impl Source {
    pub(super) fn with_list(&self, f: impl FnOnce(&WindowedList)) {
        if let Some(list) = self.list.borrow().as_ref() {
            f(list);
        }
    }

    /// The place in the log of a row.
    fn place(&self, row: usize) -> Option<usize> {
        let matches = self.matches.borrow();
        if matches.is_on() {
            matches.found().get(row).map(|place| *place as usize)
        } else {
            Some(row)
        }
    }

    /// The sequence of a row's event.
    fn sequence(&self, row: usize) -> Option<u64> {
        let place = self.place(row)?;
        self.events.borrow().with(place, |event| event.sequence)
    }

    /// The row of the event with this sequence, else the first row after it.
    fn row_from(&self, sequence: u64) -> usize {
        let from = self.events.borrow().row_from(sequence);
        let matches = self.matches.borrow();
        if matches.is_on() {
            matches.found().partition_point(|place| (*place as usize) < from)
        } else {
            from
        }
    }

    fn row_of(&self, sequence: u64) -> Option<usize> {
        let row = self.row_from(sequence);
        (self.sequence(row) == Some(sequence)).then_some(row)
    }

    /// Is this the run that is shown?
    pub(super) fn has_run(&self, events: &Events) -> bool {
        self.events.borrow().same_run(events)
    }

    /// The log as it is now.
    pub(super) fn take(self: &Rc<Self>, events: Events) {
        let (same_run, same_view) = {
            let before = self.events.borrow();
            let same_run = before.same_run(&events);
            (same_run, same_run && before.is_internal() == events.is_internal())
        };
        // Another view of the run: what was read stays where it stood, as far as it is still there.
        let anchor = if same_run && !same_view {
            self.anchor()
        } else {
            None
        };
        self.events.replace(events);
        if same_view {
            self.scan();
            self.with_list(WindowedList::grown);
            self.told();
            self.reveal_selected();
            return;
        }
        if !same_run {
            self.revealed.set(None);
        }
        let filter = self.matches.borrow().filter().to_owned();
        self.begin(&filter, anchor);
        self.reveal_selected();
    }

    /// Another filter. A regular expression that the browser refuses changes nothing: what is listed stays.
    pub(super) fn refilter(self: &Rc<Self>, filter: &str) {
        self.asked.set(self.asked.get().wrapping_add(1));
        if self.matches.borrow().filter() == filter && !self.stuck.get() {
            return self.trouble.set(String::new());
        }
        let Filter { pattern, text, .. } = Filter::parse(filter);
        if !pattern || text.is_empty() || self.script.is_none() {
            return self.begin(filter, self.anchor());
        }
        let question = Question {
            pattern: text.to_owned(),
            text: String::new(),
        };
        let (weak, script, asked) = (Rc::downgrade(self), self.script, self.asked.get());
        let filter = filter.to_owned();
        spawn_local(async move {
            let verdict = verdicts(script, Dialect::Filter, &[question]).await.pop();
            let Some(this) = weak.upgrade().filter(|this| this.asked.get() == asked) else {
                return;
            };
            match verdict {
                Some(Verdict::Refused(words)) => this.trouble.set(words),
                _ => this.begin(&filter, this.anchor()),
            }
        });
    }

    /// How much of the log was searched, in percent.
    pub(super) fn percent(&self) -> u32 {
        self.matches.borrow().percent(self.events.borrow().len())
    }

    /// Goes on with a search that was stopped.
    pub(super) fn go_on(self: &Rc<Self>) {
        self.scan();
        self.with_list(WindowedList::grown);
        self.told();
    }

    /// Looks for what fits a filter, from the first event on.
    fn begin(self: &Rc<Self>, filter: &str, anchor: Option<(u64, f64)>) {
        // What it was asked is of no use any more, and may never end.
        self.engine.take();
        self.stuck.set(false);
        self.work.done();
        self.trouble.set(String::new());
        self.matches.replace(Matches::new(filter));
        self.scan();
        self.restore(anchor);
        self.told();
    }

    /// The event at the upper edge, unless the view follows the end.
    fn anchor(&self) -> Option<(u64, f64)> {
        let list = self.list.borrow();
        let list = list.as_ref().filter(|list| !list.at_end())?;
        let (row, from) = list.anchor()?;
        Some((self.sequence(row)?, from))
    }

    fn restore(&self, anchor: Option<(u64, f64)>) {
        let active = self.selected.peek().and_then(|sequence| self.row_of(sequence));
        self.with_list(|list| {
            list.set_active(active);
            match anchor {
                Some((sequence, from)) => list.reveal_at(self.row_from(sequence), from),
                None => list.to_end(),
            }
        });
    }

    /// Marks the selected event, and shows it if something else than the list itself selected it.
    pub(super) fn select(&self, sequence: Option<u64>) {
        if sequence.is_none() {
            self.revealed.set(None);
        }
        self.with_list(WindowedList::changed);
        self.reveal_selected();
    }

    pub(super) fn reveal_selected(&self) {
        let selected = self.selected.peek();
        if self.revealed.get() == selected {
            return;
        }
        let Some(row) = selected.and_then(|sequence| self.row_of(sequence)) else {
            return;
        };
        self.with_list(|list| {
            self.revealed.set(selected);
            list.set_active(Some(row));
            list.reveal(row);
        });
    }

    pub(super) fn told(&self) {
        let shown = self.count();
        if self.shown.peek() != shown {
            self.shown.set(shown);
        }
    }

    /// Looks at events that the filter hasn't seen, a slice a frame.
    fn scan(self: &Rc<Self>) {
        if !self.matches.borrow().pattern().is_empty() {
            return self.search();
        }
        if self.work.is_stopped() {
            return;
        }
        let done = {
            let events = self.events.borrow();
            let mut matches = self.matches.borrow_mut();
            if !matches.is_on() {
                return;
            }
            let until = crate::dom::now() + SLICE;
            matches.scan(
                events.len(),
                || crate::dom::now() < until,
                |place, look| {
                    events.with(place, |event| {
                        look(&event.class.name, event.value.unwrap_or_default())
                    });
                },
            )
        };
        if done {
            return self.work.done();
        }
        self.work.running(self.percent());
        if self.scanning.replace(true) {
            return;
        }
        let weak: Weak<Self> = Rc::downgrade(self);
        frame(move || {
            if let Some(this) = weak.upgrade() {
                this.scanning.set(false);
                this.scan();
                this.with_list(WindowedList::grown);
                this.told();
            }
        });
    }
}

impl RowSource for Source {
    fn count(&self) -> usize {
        let matches = self.matches.borrow();
        if matches.is_on() {
            matches.found().len()
        } else {
            self.events.borrow().len()
        }
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        rows::build(row)
    }

    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize) {
        let Some(place) = self.place(index) else { return };
        let events = self.events.borrow();
        let before = place
            .checked_sub(1)
            .and_then(|before| events.with(before, |event| event.seen))
            .flatten();
        events.with(place, |event| rows::draw(row, cells, &event, before));
    }

    fn selected(&self, index: usize) -> bool {
        let selected = self.selected.peek();
        selected.is_some() && selected == self.sequence(index)
    }

    fn open(&self, index: usize) {
        if let Some(sequence) = self.sequence(index) {
            self.revealed.set(Some(sequence));
            self.on_select.run(sequence);
        }
    }

    fn activate(&self, index: usize) {
        // With the detail open, the arrow keys walk through the details.
        if self.selected.peek().is_some() {
            self.open(index);
        }
    }

    fn edge(&self, at_end: bool) {
        self.at_end.set(at_end);
    }
}
