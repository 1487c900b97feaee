//! Maps the events of a run to the rows of the list.

use super::ListState;
use super::engine::Engine;
use super::filter::{Filter, Matches};
use super::rows;
use crate::grid::{GridRef, RowSource, attribute};
use crate::pattern::{Dialect, Question, Verdict, prepare, verdicts};
use crate::work::SLICE;
use crate::worker::SearchScript;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use web_sys::{Element, HtmlElement};
use workflow_ui_core::Events;

/// How long a regular expression must stay as it is before it is tried. A half typed pattern is another pattern.
const TYPING: Duration = Duration::from_millis(150);

pub(super) struct EventRows {
    pub(super) state: ListState,
    pub(super) grid: GridRef,
    pub(super) events: RefCell<Events>,
    pub(super) matches: RefCell<Matches>,
    /// Whether the next slice of the filter is scheduled.
    scanning: Cell<bool>,
    selected: Signal<Option<u64>>,
    on_select: Callback<u64>,
    /// The last event of the moment that is shown.
    at: Signal<Option<u64>>,
    /// That event when it was scrolled into view last.
    at_revealed: Cell<Option<u64>>,
    /// The selected event that was scrolled into view last.
    revealed: Cell<Option<u64>>,
    /// The script that tries regular expressions.
    pub(super) script: Option<SearchScript>,
    /// The worker, while a regular expression is tried.
    pub(super) engine: RefCell<Option<Engine>>,
    /// Whether the search was given up.
    pub(super) given_up: Cell<bool>,
    /// Number of the last filter. The browser's verdict on an older one is ignored.
    request: Cell<u32>,
}

impl EventRows {
    pub(super) fn new(
        state: ListState,
        script: Option<SearchScript>,
        selected: Signal<Option<u64>>,
        on_select: Callback<u64>,
        at: Signal<Option<u64>>,
    ) -> Rc<Self> {
        Rc::new(Self {
            state,
            grid: GridRef::new(),
            events: RefCell::default(),
            matches: RefCell::default(),
            scanning: Cell::new(false),
            selected,
            on_select,
            at,
            at_revealed: Cell::new(None),
            revealed: Cell::new(None),
            script,
            engine: RefCell::default(),
            given_up: Cell::new(false),
            request: Cell::new(0),
        })
    }

    /// The index in the log of a row's event.
    fn index(&self, row: usize) -> Option<usize> {
        let matches = self.matches.borrow();
        if matches.is_on() {
            matches.found().get(row).map(|index| *index as usize)
        } else {
            Some(row)
        }
    }

    /// The sequence of a row's event.
    fn sequence(&self, row: usize) -> Option<u64> {
        let index = self.index(row)?;
        self.events.borrow().with(index, |event| event.sequence)
    }

    /// The row of the event with this sequence, or else the first row after it.
    fn row_from(&self, sequence: u64) -> usize {
        let from = self.events.borrow().row_from(sequence);
        let matches = self.matches.borrow();
        if matches.is_on() {
            matches.found().partition_point(|index| (*index as usize) < from)
        } else {
            from
        }
    }

    fn row_of(&self, sequence: u64) -> Option<usize> {
        let row = self.row_from(sequence);
        (self.sequence(row) == Some(sequence)).then_some(row)
    }

    fn is_same_run(&self, events: &Events) -> bool {
        self.events.borrow().same_run(events)
    }

    /// Shows the log as it is now.
    fn set_events(self: &Rc<Self>, events: Events) {
        let same_run = self.is_same_run(&events);
        let same_view = same_run && self.events.borrow().is_internal() == events.is_internal();
        // Another view of the same run keeps its scroll position, as far as the events there are still shown.
        let anchor = if same_run && !same_view {
            self.anchor()
        } else {
            None
        };
        self.events.replace(events);
        if same_view {
            self.resume();
            self.reveal_selected();
            self.reveal_moment();
            return;
        }
        if !same_run {
            self.revealed.set(None);
        }
        let filter = self.matches.borrow().filter().to_owned();
        self.begin(&filter, anchor);
        self.reveal_selected();
        self.reveal_moment();
    }

    /// Applies another filter. A regular expression that the browser rejects leaves the list as it is.
    fn set_filter(self: &Rc<Self>, filter: &str) {
        let request = self.request.get().wrapping_add(1);
        self.request.set(request);
        if self.matches.borrow().filter() == filter && !self.given_up.get() {
            return self.set_error(String::new());
        }
        let Filter { pattern, text, .. } = Filter::parse(filter);
        if !pattern || text.is_empty() || self.script.is_none() {
            return self.begin(filter, self.anchor());
        }
        let question = Question {
            pattern: text.to_owned(),
            text: String::new(),
        };
        let (rows, script) = (Rc::downgrade(self), self.script);
        let filter = filter.to_owned();
        spawn_local(async move {
            let verdict = verdicts(script, Dialect::Filter, &[question]).await.pop();
            let Some(rows) = rows.upgrade().filter(|rows| rows.request.get() == request) else {
                return;
            };
            match verdict {
                Some(Verdict::Refused(error)) => rows.set_error(error),
                _ => rows.begin(&filter, rows.anchor()),
            }
        });
    }

    pub(super) fn set_error(&self, error: String) {
        self.state.filter_error.try_set(error);
    }

    /// How much of the log was searched, in percent.
    pub(super) fn percent(&self) -> u32 {
        self.matches.borrow().percent(self.events.borrow().len())
    }

    /// Continues the search, and shows what was found.
    pub(super) fn resume(self: &Rc<Self>) {
        self.scan();
        self.show_found();
    }

    /// Shows the rows found so far.
    pub(super) fn show_found(&self) {
        self.grid.grown();
        self.publish_count();
    }

    /// Starts to search the log from its first event.
    fn begin(self: &Rc<Self>, filter: &str, anchor: Option<(u64, f64)>) {
        // The worker may be busy with the previous filter, and may never finish.
        self.engine.take();
        self.given_up.set(false);
        self.state.work.done();
        self.set_error(String::new());
        self.matches.replace(Matches::new(filter));
        self.scan();
        self.restore(anchor);
        self.publish_count();
    }

    /// The first event in view, unless the view follows the end.
    fn anchor(&self) -> Option<(u64, f64)> {
        if self.grid.at_end() {
            return None;
        }
        let (row, from) = self.grid.anchor()?;
        Some((self.sequence(row)?, from))
    }

    fn restore(&self, anchor: Option<(u64, f64)>) {
        let active = self
            .selected_sequence()
            .and_then(|sequence| self.row_of(sequence));
        self.grid.set_active(active);
        match anchor {
            Some((sequence, from)) => self.grid.reveal_at(self.row_from(sequence), from),
            None => self.grid.to_end(),
        }
    }

    fn selected_sequence(&self) -> Option<u64> {
        self.selected.try_get_untracked().flatten()
    }

    /// Marks the selected event.
    fn select(&self, sequence: Option<u64>) {
        if sequence.is_none() {
            self.revealed.set(None);
        }
        self.grid.changed();
        self.reveal_selected();
    }

    /// Scrolls to the selected event once, unless the list itself selected it.
    pub(super) fn reveal_selected(&self) {
        let selected = self.selected_sequence();
        if self.revealed.get() == selected {
            return;
        }
        let Some(row) = selected.and_then(|sequence| self.row_of(sequence)) else {
            return;
        };
        self.revealed.set(selected);
        self.grid.set_active(Some(row));
        self.grid.reveal(row);
    }

    /// How many events of the log came until the moment that is shown; none if that is now.
    fn passed(&self) -> Option<usize> {
        let at = self.at.try_get_untracked().flatten()?;
        let events = self.events.borrow();
        let from = events.row_from(at);
        let is_there = events.with(from, |event| event.sequence) == Some(at);
        Some(from + usize::from(is_there))
    }

    /// Draws another moment, and scrolls to its last event.
    fn show_moment(&self) {
        self.at_revealed.set(None);
        self.grid.changed();
        self.reveal_moment();
    }

    fn reveal_moment(&self) {
        let at = self.at.try_get_untracked().flatten();
        if at.is_none() || self.at_revealed.get() == at {
            return;
        }
        let Some(last) = self.passed().and_then(|passed| passed.checked_sub(1)) else {
            return;
        };
        // The event may be on its way.
        if last + 1 < self.events.borrow().len() {
            self.at_revealed.set(at);
        }
        let matches = self.matches.borrow();
        let row = if matches.is_on() {
            let passed = matches.found().partition_point(|index| *index as usize <= last);
            passed.saturating_sub(1)
        } else {
            last
        };
        drop(matches);
        self.grid.reveal(row);
    }

    fn publish_count(&self) {
        let count = self.count();
        if self.state.shown.try_get_untracked() != Some(count) {
            self.state.shown.try_set(count);
        }
    }

    /// Applies the filter to events that were not searched yet, one slice per frame.
    fn scan(self: &Rc<Self>) {
        if !self.matches.borrow().pattern().is_empty() {
            return self.search();
        }
        let work = self.state.work;
        if work.is_stopped() {
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
                |index, look| {
                    events.with(index, |event| {
                        look(&event.class.name, event.value.unwrap_or_default());
                    });
                },
            )
        };
        if done {
            return work.done();
        }
        work.running(self.percent());
        if self.scanning.replace(true) {
            return;
        }
        let rows = Rc::downgrade(self);
        request_animation_frame(move || {
            if let Some(rows) = rows.upgrade() {
                rows.scanning.set(false);
                rows.resume();
            }
        });
    }
}

/// Marks the selected event, and scrolls to it.
pub(super) fn follow_selection(rows: &Rc<EventRows>) {
    let rows = Rc::clone(rows);
    Effect::new(move |_| rows.select(rows.selected.get()));
}

/// Marks the moment that is shown, and scrolls to it.
pub(super) fn follow_moment(rows: &Rc<EventRows>) {
    let rows = Rc::clone(rows);
    Effect::new(move |before: Option<Option<u64>>| {
        let at = rows.at.get();
        if before.is_some() || at.is_some() {
            rows.show_moment();
        }
        at
    });
}

/// Shows the events of the log, unless the list is paused. A pause ends with the run.
pub(super) fn follow_log(rows: &Rc<EventRows>) {
    let ListState {
        events,
        internal,
        paused,
        ..
    } = rows.state;
    let rows = Rc::clone(rows);
    Effect::new(move |shown: Option<bool>| {
        let (log, internal) = (events.get(), internal.get());
        if !rows.is_same_run(&log) {
            paused.set(false);
        }
        // The switch for internal events works during a pause, too.
        if paused.get() && shown == Some(internal) {
            return internal;
        }
        rows.set_events(log.with_internal(internal));
        internal
    });
}

/// Applies the filter: a text at once, a regular expression when its writer pauses.
pub(super) fn follow_filter(rows: &Rc<EventRows>, script: Option<SearchScript>) {
    let filter = rows.state.filter;
    let rows = Rc::clone(rows);
    Effect::new(move |_| {
        let text = filter.get();
        if !Filter::parse(&text).pattern {
            return rows.set_filter(&text);
        }
        prepare(script);
        let rows = Rc::downgrade(&rows);
        let apply = move || {
            if let Some(rows) = rows.upgrade() {
                rows.set_filter(&text);
            }
        };
        if let Ok(timer) = set_timeout_with_handle(apply, TYPING) {
            on_cleanup(move || timer.clear());
        }
    });
}

impl RowSource for EventRows {
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
        let Some(index) = self.index(index) else { return };
        let events = self.events.borrow();
        let before = index
            .checked_sub(1)
            .and_then(|before| events.with(before, |event| event.seen))
            .flatten();
        events.with(index, |event| rows::draw(row, cells, &event, before));
        let passed = self.passed();
        let is_later = passed.is_some_and(|passed| index >= passed);
        attribute(row, "data-future", is_later.then_some(""));
        let is_last = passed == Some(index + 1);
        attribute(row, "aria-current", is_last.then_some("true"));
    }

    fn selected(&self, index: usize) -> bool {
        let selected = self.selected_sequence();
        selected.is_some() && selected == self.sequence(index)
    }

    fn open(&self, index: usize) {
        if let Some(sequence) = self.sequence(index) {
            self.revealed.set(Some(sequence));
            self.on_select.try_run(sequence);
        }
    }

    fn activate(&self, index: usize) {
        // While an event is selected, the arrow keys select the next one.
        if self.selected_sequence().is_some() {
            self.open(index);
        }
    }

    fn edge(&self, at_end: bool) {
        self.state.at_end.try_set(at_end);
    }
}
