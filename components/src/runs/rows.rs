//! Maps the runs to the rows of the list, and draws them.

use super::ListState;
use crate::grid::{GridRef, RowSource, attribute, child};
use crate::icon::{Icon, icon_element, set_icon};
use crate::inbox::open_prompts;
use crate::run::times;
use crate::status::{draw_status, server_now, status_cell};
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, MouseEvent};
use workflow_inspector::text;
use workflow_protocol::{HandlerState, Time};
use workflow_ui_core::{WorkflowClient, use_workflow_client};

pub(super) struct RunRows {
    /// Knows which prompts are open.
    client: Option<WorkflowClient>,
    grid: GridRef,
    state: ListState,
    open: Signal<Option<String>>,
    on_open: Callback<String>,
    runs: RefCell<Vec<Arc<HandlerState>>>,
}

impl RunRows {
    pub(super) fn new(
        state: ListState,
        grid: GridRef,
        open: Signal<Option<String>>,
        on_open: Callback<String>,
    ) -> Rc<Self> {
        Rc::new(Self {
            client: use_workflow_client(),
            grid,
            state,
            open,
            on_open,
            runs: RefCell::default(),
        })
    }

    fn row_of(&self, id: &str) -> Option<usize> {
        self.runs
            .borrow()
            .iter()
            .position(|run| run.handler.handler_id == id)
    }

    fn id(&self, row: usize) -> Option<String> {
        self.runs
            .borrow()
            .get(row)
            .map(|run| run.handler.handler_id.clone())
    }

    /// Shows the runs as they are now. The scroll position stays, unless the view is at the top, where new runs come in.
    pub(super) fn set_runs(&self, runs: Vec<Arc<HandlerState>>) {
        let grid = self.grid;
        let anchor = grid.anchor().filter(|(row, from)| *row > 0 || *from < 0.0);
        let anchor = anchor.and_then(|(row, from)| Some((self.id(row)?, from)));
        let active = grid.active().and_then(|row| Some((row, self.id(row)?)));
        let last = runs.len().checked_sub(1);
        self.runs.replace(runs);
        self.state.retain_selected(|id| self.row_of(id).is_some());
        // A run that went is replaced by the next one.
        grid.set_active(active.and_then(|(row, id)| self.row_of(&id).or(last.map(|last| row.min(last)))));
        if let Some((row, from)) = anchor.and_then(|(id, from)| Some((self.row_of(&id)?, from))) {
            grid.reveal_at(row, from);
        }
    }

    fn is_editable(&self) -> bool {
        self.state.editable.try_get_untracked().unwrap_or_default()
    }

    fn toggle(&self, index: usize) {
        if let Some(id) = self.id(index) {
            self.state.toggle(id);
        }
    }
}

impl RowSource for RunRows {
    fn count(&self) -> usize {
        self.runs.borrow().len()
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        let cell = |parent: &Element, class: &str| {
            let cell = child(parent, "span", class);
            attribute(&cell, "role", Some("gridcell"));
            Element::from(cell)
        };
        let part = |cell: &Element, name: &str| attribute(cell, "data-part", Some(name));
        let marked = |parent: &Element, class: &str, name: &str, mark: Icon| {
            let cell = cell(parent, class);
            part(&cell, name);
            let svg = icon_element();
            set_icon(&svg, mark);
            let _ = cell.append_child(&svg);
            cell
        };
        let _ = marked(row, "wf-runs__tick", "run-tick", Icon::Check);
        // Only a waiting run has prompts. The word for its status is short enough to leave room for their number.
        let state = child(row, "span", "wf-runs__status");
        let status = status_cell(&state, "wf-status");
        attribute(&status, "role", Some("gridcell"));
        let asks = marked(&state, "wf-runs__asks", "run-prompts", Icon::Ask);
        let number = child(&asks, "span", "").into();
        let name = cell(row, "wf-cut wf-runs__name");
        let id = cell(row, "wf-runs__id");
        let time = cell(row, "wf-runs__time");
        let took = cell(row, "wf-runs__time");
        part(&took, "run-duration");
        attribute(&took, "title", Some("Duration"));
        vec![status, asks, number, name, id, time, took]
    }

    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize) {
        let runs = self.runs.borrow();
        let (Some(run), [status, asks, number, name, id, time, took]) = (runs.get(index), cells) else {
            return;
        };
        let handler = &run.handler;
        let word = run.status.as_str();
        let is_open = |open: &Option<String>| open.as_ref() == Some(&handler.handler_id);
        let is_open = self.open.try_with_untracked(is_open).unwrap_or_default();
        attribute(row, "aria-current", is_open.then_some("true"));
        attribute(row, "data-handler-id", Some(&handler.handler_id));
        attribute(row, "data-status", Some(word));
        draw_status(status, word);
        // The list hides the word where there is no room for it.
        attribute(status, "title", Some(word));
        let open = self.client.as_ref();
        let open = open.map_or(0, |client| client.open_prompts(&handler.handler_id));
        attribute(asks, "hidden", (open == 0).then_some(""));
        if open > 0 {
            let words = open_prompts(open);
            attribute(asks, "aria-label", Some(&words));
            attribute(asks, "title", Some(&words));
            number.set_text_content(Some(&text::count(open as u64)));
        }
        name.set_text_content(Some(&handler.workflow_name));
        id.set_text_content(Some(&text::short_id(&handler.handler_id)));
        attribute(id, "title", Some(&handler.handler_id));
        // Where there is no room for the id, and little for the name.
        let whole = [&handler.workflow_name, " ", &handler.handler_id].concat();
        attribute(name, "title", Some(&whole));
        let [ago, duration] = past(run, server_now(self.client.as_ref()));
        attribute(time, "title", Some(&handler.started_at));
        time.set_text_content(Some(&ago));
        took.set_text_content(Some(&duration));
    }

    fn selected(&self, index: usize) -> bool {
        self.id(index).is_some_and(|id| self.state.is_selected(&id))
    }

    fn key(&self, key: &str, index: usize) -> bool {
        if !self.is_editable() {
            return false;
        }
        let selected = self.state.selected.try_get_untracked().unwrap_or_default();
        match key {
            " " => self.toggle(index),
            "Escape" if !selected.is_empty() => self.state.retain_selected(|_| false),
            "Delete" if !selected.is_empty() => self.state.delete(selected),
            "Delete" => self.state.delete(self.id(index).into_iter().collect()),
            _ => return false,
        }
        true
    }

    fn click(&self, event: &Event, index: usize) -> bool {
        if !self.is_editable() {
            return false;
        }
        let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        let on_box = target.is_some_and(|target| {
            target
                .closest("[data-part='run-tick']")
                .is_ok_and(|found| found.is_some())
        });
        let with_key = event
            .dyn_ref::<MouseEvent>()
            .is_some_and(|event| event.ctrl_key() || event.meta_key());
        if on_box || with_key {
            self.toggle(index);
        }
        on_box || with_key
    }

    fn open(&self, index: usize) {
        if let Some(id) = self.id(index) {
            self.on_open.try_run(id);
        }
    }
}

/// How long ago a run was started, and how long it took or has taken so far. Empty if the times cannot be read.
fn past(run: &HandlerState, now: Time) -> [String; 2] {
    times(run).map_or_else(Default::default, |(start, end)| {
        let took = end.unwrap_or(now).since(start);
        [text::ago(now.since(start)), text::duration(took)]
    })
}

#[cfg(test)]
mod tests {
    use super::super::filters::tests::run;
    use super::*;
    use workflow_protocol::{Handler, RunStatus};

    #[test]
    fn a_run_shows_its_start_and_its_duration() {
        let now = Time(1_700_000_600_000);
        let state = |status: &str, run: RunStatus, more: &str| {
            let json = format!(
                r#"{{"handler_id":"h","workflow_name":"w","status":"{status}","started_at":"2023-11-14T22:13:20+00:00"{more}}}"#
            );
            HandlerState {
                handler: Handler::parse(&json).unwrap(),
                status: run,
            }
        };
        let completed =
            r#","completed_at":"2023-11-14T22:13:21.249+00:00","updated_at":"2023-11-14T22:20:00+00:00""#;
        let updated = r#","updated_at":"2023-11-14T22:15:25+00:00""#;
        for (run, want) in [
            (
                state("completed", RunStatus::Completed, completed),
                ["10 m ago", "1.24 s"],
            ),
            (
                state("cancelled", RunStatus::Cancelled, updated),
                ["10 m ago", "2 m 05 s"],
            ),
            (
                state("running", RunStatus::Waiting, updated),
                ["10 m ago", "10 m 00 s"],
            ),
        ] {
            assert_eq!(past(&run, now), want, "{run:?}");
        }
        let unreadable = run("h", "w", RunStatus::Running);
        assert_eq!(past(&unreadable, now), ["", ""], "a time that can't be read");
    }
}
