//! Maps the merged runs to the rows of the list, and draws them.

use super::state::MonitorState;
use crate::grid::{GridRef, RowSource, attribute, child};
use crate::status::{draw_status, status_cell};
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::{Element, HtmlElement};
use workflow_inspector::monitor::MonitorRun;
use workflow_inspector::text;

/// Characters of a failure's reason that a row shows.
const REASON: usize = 200;

pub(super) struct MonitorRows {
    grid: GridRef,
    state: MonitorState,
    runs: RefCell<Vec<MonitorRun>>,
}

impl MonitorRows {
    pub(super) fn new(state: MonitorState, grid: GridRef) -> Rc<Self> {
        Rc::new(Self {
            grid,
            state,
            runs: RefCell::default(),
        })
    }

    fn row_of(&self, run: &MonitorRun) -> Option<usize> {
        let is_it = |other: &MonitorRun| other.is(&run.deployment, &run.run.handler.handler_id);
        self.runs.borrow().iter().position(is_it)
    }

    fn run(&self, row: usize) -> Option<MonitorRun> {
        self.runs.borrow().get(row).cloned()
    }

    /// Shows the runs as they are now. The scroll position stays, unless the view is at the top, where new runs come in.
    pub(super) fn set_runs(&self, runs: Vec<MonitorRun>) {
        let grid = self.grid;
        let anchor = grid.anchor().filter(|(row, from)| *row > 0 || *from < 0.0);
        let anchor = anchor.and_then(|(row, from)| Some((self.run(row)?, from)));
        let active = grid.active().and_then(|row| Some((row, self.run(row)?)));
        let last = runs.len().checked_sub(1);
        self.runs.replace(runs);
        // A run that went is replaced by the next one.
        grid.set_active(active.and_then(|(row, run)| self.row_of(&run).or(last.map(|last| row.min(last)))));
        if let Some((row, from)) = anchor.and_then(|(run, from)| Some((self.row_of(&run)?, from))) {
            grid.reveal_at(row, from);
        }
    }

    fn is_open(&self, run: &MonitorRun) -> bool {
        let open = self.state.open.try_get_untracked().flatten();
        open.is_some_and(|open| run.is(&open.deployment, &open.handler_id))
    }
}

impl RowSource for MonitorRows {
    fn count(&self) -> usize {
        self.runs.borrow().len()
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        let cell = |class: &str| {
            let cell = child(row, "span", class);
            attribute(&cell, "role", Some("gridcell"));
            Element::from(cell)
        };
        let status = status_cell(row, "wf-status wf-monitor__status");
        attribute(&status, "role", Some("gridcell"));
        let name = cell("wf-cut wf-monitor__workflow");
        let place = cell("wf-cut wf-monitor__place");
        let reason = cell("wf-cut wf-monitor__reason");
        let id = cell("wf-monitor__id");
        let time = cell("wf-monitor__time");
        let took = cell("wf-monitor__time");
        attribute(&took, "title", Some("Duration"));
        vec![status, name, place, reason, id, time, took]
    }

    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize) {
        let runs = self.runs.borrow();
        let (Some(run), [status, name, place, reason, id, time, took]) = (runs.get(index), cells) else {
            return;
        };
        let handler = &run.run.handler;
        let word = run.run.status.as_str();
        attribute(row, "aria-current", self.is_open(run).then_some("true"));
        attribute(row, "data-deployment", Some(&run.deployment));
        attribute(row, "data-handler-id", Some(&handler.handler_id));
        attribute(row, "data-status", Some(word));
        draw_status(status, word);
        name.set_text_content(Some(&handler.workflow_name));
        place.set_text_content(Some(&run.deployment));
        let words: String = run.reason().unwrap_or_default().chars().take(REASON).collect();
        attribute(reason, "title", (!words.is_empty()).then_some(&words));
        reason.set_text_content(Some(&words));
        id.set_text_content(Some(&text::short_id(&handler.handler_id)));
        attribute(id, "title", Some(&handler.handler_id));
        let now = self.state.now.try_get_untracked().unwrap_or_default();
        let [ago, duration] = match run.took(now) {
            Some(took) => [text::ago(now.since(run.started_at)), text::duration(took)],
            None => Default::default(),
        };
        attribute(time, "title", Some(&handler.started_at));
        time.set_text_content(Some(&ago));
        took.set_text_content(Some(&duration));
    }

    fn selected(&self, index: usize) -> bool {
        self.runs.borrow().get(index).is_some_and(|run| self.is_open(run))
    }

    fn open(&self, index: usize) {
        if let Some(run) = self.run(index) {
            self.state.open_run(&run.deployment, &run.run.handler.handler_id);
        }
    }
}
