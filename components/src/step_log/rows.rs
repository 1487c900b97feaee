//! The lines of a log as rows, filtered in slices of time.

use crate::grid::{GridRef, RowSource, attribute};
use crate::timeline::{StepFold, build_cells, write_cells};
use crate::work::SLICE;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::{Element, HtmlElement};
use workflow_inspector::needle::Needle;
use workflow_inspector::replay::line;
use workflow_inspector::text;

/// Lines that are searched between two checks of the time.
const CHUNK: u32 = 128;

pub(super) struct LogRows {
    fold: Rc<StepFold>,
    pub(super) grid: GridRef,
    filter: RefCell<String>,
    needle: RefCell<Needle>,
    /// The marks whose lines match, as far as they were searched.
    found: RefCell<Vec<u32>>,
    searched: Cell<u32>,
    /// The steps that were searched.
    generation: Cell<u32>,
    is_scheduled: Cell<bool>,
    /// The number of rows.
    shown: RwSignal<usize>,
    on_select: Option<Callback<u64>>,
    /// The last mark of the moment that was scrolled to.
    revealed: Cell<Option<usize>>,
}

impl LogRows {
    pub(super) fn new(
        fold: Rc<StepFold>,
        shown: RwSignal<usize>,
        on_select: Option<Callback<u64>>,
    ) -> Rc<Self> {
        Rc::new(Self {
            fold,
            grid: GridRef::new(),
            filter: RefCell::default(),
            needle: RefCell::default(),
            found: RefCell::default(),
            searched: Cell::new(0),
            generation: Cell::new(0),
            is_scheduled: Cell::new(false),
            shown,
            on_select,
            revealed: Cell::new(None),
        })
    }

    /// Shows the log as it is now, with this filter.
    pub(super) fn update(self: &Rc<Self>, filter: &str) {
        let is_other = *self.filter.borrow() != filter;
        if is_other || self.generation.replace(self.fold.generation()) != self.fold.generation() {
            filter.clone_into(&mut self.filter.borrow_mut());
            self.needle.replace(Needle::new(filter));
            self.found.borrow_mut().clear();
            self.searched.set(0);
        }
        self.search();
        self.grid.changed();
        let passed = self.fold.moment(|_, moment| moment.passed());
        if self.revealed.replace(passed) != passed
            && let Some(last) = passed.and_then(|passed| passed.checked_sub(1))
        {
            self.grid.reveal(self.row_of(last as u32));
        }
    }

    fn search(self: &Rc<Self>) {
        let is_on = !self.filter.borrow().is_empty();
        let until = crate::dom::now() + SLICE;
        let mut more = false;
        if is_on {
            let steps = self.fold.steps.borrow();
            let needle = self.needle.borrow();
            let mut found = self.found.borrow_mut();
            let mut at = self.searched.get();
            while let Some(known) = line(&steps, at) {
                if needle.is_in(known.text.as_bytes()) {
                    found.push(at);
                }
                at += 1;
                if at.is_multiple_of(CHUNK) && crate::dom::now() > until {
                    more = true;
                    break;
                }
            }
            self.searched.set(at);
        }
        let count = self.count();
        if self.shown.try_get_untracked() != Some(count) {
            self.shown.try_set(count);
        }
        if more && !self.is_scheduled.replace(true) {
            let weak = Rc::downgrade(self);
            request_animation_frame(move || {
                if let Some(rows) = weak.upgrade() {
                    rows.is_scheduled.set(false);
                    rows.search();
                    rows.grid.grown();
                }
            });
        }
    }

    /// The mark of a row.
    fn mark(&self, row: usize) -> Option<u32> {
        if self.filter.borrow().is_empty() {
            return Some(row as u32);
        }
        self.found.borrow().get(row).copied()
    }

    /// The row of a mark, or of the last one before it.
    fn row_of(&self, mark: u32) -> usize {
        if self.filter.borrow().is_empty() {
            return mark as usize;
        }
        let after = self.found.borrow().partition_point(|found| *found <= mark);
        after.saturating_sub(1)
    }

    /// The shown lines as text.
    pub(super) fn text(&self) -> String {
        let steps = self.fold.steps.borrow();
        let mut text = String::new();
        for row in 0..self.count() {
            if let Some(known) = self.mark(row).and_then(|mark| line(&steps, mark)) {
                text.push_str(&known.text);
                text.push('\n');
            }
        }
        text
    }
}

impl RowSource for LogRows {
    fn count(&self) -> usize {
        if self.filter.borrow().is_empty() {
            self.fold.steps.borrow().marks().len()
        } else {
            self.found.borrow().len()
        }
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        build_cells(row, &["wf-events__seq", "wf-log__text", "wf-events__delta"])
    }

    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize) {
        let passed = self.fold.moment(|_, moment| moment.passed());
        let steps = self.fold.steps.borrow();
        let Some(mark) = self.mark(index) else { return };
        let Some(known) = line(&steps, mark) else { return };
        let sequence = known.sequence.to_string();
        let before = mark
            .checked_sub(1)
            .and_then(|before| steps.marks().get(before as usize)?.at);
        let since = match (known.at, before) {
            (Some(at), Some(before)) => ["+", &text::duration(at.saturating_sub(before))].concat(),
            _ => String::new(),
        };
        let is_later = passed.is_some_and(|passed| mark as usize >= passed);
        let is_last = passed == Some(mark as usize + 1);
        attribute(row, "data-seq", Some(&sequence));
        attribute(row, "data-failed", known.is_failure.then_some(""));
        attribute(row, "data-future", is_later.then_some(""));
        attribute(row, "aria-current", is_last.then_some("true"));
        write_cells(cells, &[sequence, known.text, since]);
    }

    fn selected(&self, _: usize) -> bool {
        false
    }

    fn open(&self, index: usize) {
        let steps = self.fold.steps.borrow();
        let sequence = self
            .mark(index)
            .and_then(|mark| Some(line(&steps, mark)?.sequence));
        drop(steps);
        if let (Some(sequence), Some(on_select)) = (sequence, self.on_select) {
            on_select.try_run(sequence);
        }
    }
}
