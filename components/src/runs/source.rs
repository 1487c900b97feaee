//! Between the list of handlers and the pool: which run stands in which row, and how one is drawn.

use crate::dom::Dom;
use crate::dom::{attribute, child};
use crate::grid::{RowSource, WindowedList};
use crate::icon::{Icon, icon_element, set_icon};
use crate::inbox::open_prompts;
use crate::run::times;
use crate::status::{draw_status, server_now, status_cell};
use crate::ui::{Call, Live, Var};
use std::cell::RefCell;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, MouseEvent};
use workflow_inspector::text;
use workflow_protocol::{HandlerState, Time};
use workflow_ui_core::WorkflowClient;

/// What runs are filtered by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunFilter {
    pub(super) text: String,
    pub(super) status: String,
    pub(super) workflow: String,
}

impl RunFilter {
    fn fits(&self, state: &HandlerState) -> bool {
        let handler = &state.handler;
        let fits = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        fits(&self.status, state.status.as_str())
            && fits(&self.workflow, &handler.workflow_name)
            && (self.text.is_empty()
                || [
                    Some(&handler.handler_id),
                    Some(&handler.workflow_name),
                    handler.run_id.as_ref(),
                    handler.error.as_ref(),
                ]
                .into_iter()
                .flatten()
                .any(|text| contains(text, &self.text)))
    }
}

/// Whether the text holds the needle, letters of either case.
fn contains(text: &str, needle: &str) -> bool {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    needle.is_empty()
        || text
            .windows(needle.len())
            .any(|part| part.eq_ignore_ascii_case(needle))
}

pub(super) struct Source {
    /// Knows which prompts are open.
    pub(super) client: Option<WorkflowClient>,
    pub(super) runs: RefCell<Vec<Arc<HandlerState>>>,
    pub(super) list: RefCell<Option<WindowedList>>,
    pub(super) open: Live<Option<String>>,
    pub(super) on_open: Call<String>,
    pub(super) shown: Var<usize>,
    /// The handlers that were ticked, of those that are listed.
    pub(super) ticked: Var<Vec<String>>,
    /// Whether runs can be ticked and deleted.
    pub(super) editable: Live<bool>,
    /// Asks whether these runs shall be deleted.
    pub(super) doom: Call<Vec<String>>,
}

impl Source {
    pub(super) fn with_list(&self, f: impl FnOnce(&WindowedList)) {
        if let Some(list) = self.list.borrow().as_ref() {
            f(list);
        }
    }

    /// The runs that are ticked; without ticks all that the filters let through.
    pub(super) fn meant(&self) -> Vec<Arc<HandlerState>> {
        let runs = self.runs.borrow();
        self.ticked.peek_with(|ticked| {
            let meant =
                |run: &&Arc<HandlerState>| ticked.is_empty() || ticked.contains(&run.handler.handler_id);
            runs.iter().filter(meant).cloned().collect()
        })
    }

    fn tick(&self, index: usize) {
        let Some(id) = self.id(index) else { return };
        self.ticked.change(|ticked| {
            let before = ticked.len();
            ticked.retain(|known| *known != id);
            if ticked.len() == before {
                ticked.push(id);
            }
        });
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

    /// The runs as they are now. What was read stays where it stood, unless that was the top: there the newest run comes in.
    pub(super) fn take(&self, runs: &[Arc<HandlerState>], filter: &RunFilter) {
        let mut anchor = None;
        let mut active = None;
        self.with_list(|list| {
            anchor = list.anchor().filter(|(row, from)| *row > 0 || *from < 0.0);
            active = list.active();
        });
        let anchor = anchor.and_then(|(row, from)| Some((self.id(row)?, from)));
        let active = active.and_then(|row| Some((row, self.id(row)?)));
        self.runs
            .replace(runs.iter().filter(|run| filter.fits(run)).cloned().collect());
        // Nothing is done to runs that aren't in the list.
        let stale = |id: &String| self.row_of(id).is_none();
        if self.ticked.peek_with(|ticked| ticked.iter().any(stale)) {
            self.ticked.change(|ticked| ticked.retain(|id| !stale(id)));
        }
        let shown = self.count();
        if self.shown.peek() != shown {
            self.shown.set(shown);
        }
        self.with_list(|list| {
            // In the place of a run that went, the next one.
            let last = shown.checked_sub(1);
            list.set_active(active.and_then(|(row, id)| self.row_of(&id).or(last.map(|last| row.min(last)))));
            if let Some((row, from)) = anchor.and_then(|(id, from)| Some((self.row_of(&id)?, from))) {
                list.reveal_at(row, from);
            }
        });
    }
}

impl RowSource for Source {
    fn count(&self) -> usize {
        self.runs.borrow().len()
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        let cell = |parent: &Element, class: &str| {
            let cell = child(parent, "span", class);
            Dom::set_attribute(&cell, "role", "gridcell");
            Element::from(cell)
        };
        let part = |cell: &Element, name: &str| Dom::set_attribute(cell, "data-part", name);
        let marked = |parent: &Element, class: &str, name: &str, mark: Icon| {
            let cell = cell(parent, class);
            part(&cell, name);
            let svg = icon_element();
            set_icon(&svg, mark);
            let _ = cell.append_child(&svg);
            cell
        };
        let _ = marked(row, "wf-runs__tick", "run-tick", Icon::Check);
        // Only a run that waits has prompts, and its word leaves room for their number.
        let state = child(row, "span", "wf-runs__status");
        let status = status_cell(&state, "wf-status");
        Dom::set_attribute(&status, "role", "gridcell");
        let asks = marked(&state, "wf-runs__asks", "run-prompts", Icon::Ask);
        let number = child(&asks, "span", "").into();
        let name = cell(row, "wf-cut wf-runs__name");
        let id = cell(row, "wf-runs__id");
        let time = cell(row, "wf-runs__time");
        let took = cell(row, "wf-runs__time");
        part(&took, "run-duration");
        Dom::set_attribute(&took, "title", "Duration");
        vec![status, asks, number, name, id, time, took]
    }

    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize) {
        let runs = self.runs.borrow();
        let (Some(run), [status, asks, number, name, id, time, took]) = (runs.get(index), cells) else {
            return;
        };
        let handler = &run.handler;
        let word = run.status.as_str();
        let is_open = self
            .open
            .peek_with(|open| open.as_ref() == Some(&handler.handler_id));
        attribute(row, "aria-current", is_open.then_some("true"));
        Dom::set_attribute(row, "data-handler-id", &handler.handler_id);
        Dom::set_attribute(row, "data-status", word);
        draw_status(status, word);
        let open = self.client.as_ref();
        let open = open.map_or(0, |client| client.open_prompts(&handler.handler_id));
        attribute(asks, "hidden", (open == 0).then_some(""));
        if open > 0 {
            let words = open_prompts(open);
            Dom::set_attribute(asks, "aria-label", &words);
            Dom::set_attribute(asks, "title", &words);
            number.set_text_content(Some(&text::count(open as u64)));
        }
        name.set_text_content(Some(&handler.workflow_name));
        id.set_text_content(Some(&text::short_id(&handler.handler_id)));
        Dom::set_attribute(id, "title", &handler.handler_id);
        // Where there is no room for the id, and little for the name.
        let whole = [&handler.workflow_name, " ", &handler.handler_id].concat();
        Dom::set_attribute(name, "title", &whole);
        let [ago, duration] = past(run, server_now(self.client.as_ref()));
        Dom::set_attribute(time, "title", &handler.started_at);
        time.set_text_content(Some(&ago));
        took.set_text_content(Some(&duration));
    }

    fn selected(&self, index: usize) -> bool {
        let id = self.id(index);
        self.ticked
            .peek_with(|ticked| id.is_some_and(|id| ticked.contains(&id)))
    }

    fn key(&self, key: &str, index: usize) -> bool {
        if !self.editable.peek() {
            return false;
        }
        let any = !self.ticked.peek_with(Vec::is_empty);
        match key {
            " " => self.tick(index),
            "Escape" if any => self.ticked.set(Vec::new()),
            "Delete" if any => self.doom.run(self.ticked.peek()),
            "Delete" => self.doom.run(self.id(index).into_iter().collect()),
            _ => return false,
        }
        true
    }

    fn click(&self, event: &Event, index: usize) -> bool {
        if !self.editable.peek() {
            return false;
        }
        let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        let on_tick = target.is_some_and(|target| {
            target
                .closest("[data-part='run-tick']")
                .is_ok_and(|it| it.is_some())
        });
        let beside = event
            .dyn_ref::<MouseEvent>()
            .is_some_and(|event| event.ctrl_key() || event.meta_key());
        if on_tick || beside {
            self.tick(index);
        }
        on_tick || beside
    }

    fn open(&self, index: usize) {
        if let Some(id) = self.id(index) {
            self.on_open.run(id);
        }
    }
}

/// How long ago a run was started, and how long it took, or takes so far; nothing where the time can't be read.
fn past(run: &HandlerState, now: Time) -> [String; 2] {
    times(run).map_or_else(Default::default, |(start, end)| {
        let took = end.unwrap_or(now).since(start);
        [text::ago(now.since(start)), text::duration(took)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use workflow_protocol::{Handler, RunStatus};

    fn run(id: &str, workflow: &str, status: RunStatus) -> HandlerState {
        let json = format!(
            r#"{{"handler_id":"{id}","workflow_name":"{workflow}","status":"running","error":"Disk full"}}"#
        );
        HandlerState {
            handler: Handler::parse(&json).unwrap(),
            status,
        }
    }

    #[test]
    fn a_run_tells_when_it_began_and_how_long_it_takes() {
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

    #[test]
    fn filters_are_all_to_be_met() {
        let it = run("3v86PAPfjq", "hitl", RunStatus::Waiting);
        let filter = |text: &str, status: &str, workflow: &str| RunFilter {
            text: text.into(),
            status: status.into(),
            workflow: workflow.into(),
        };
        for (found, want) in [
            (filter("", "", ""), true),
            (filter("86pa", "", ""), true),
            (filter("disk", "waiting", "hitl"), true),
            (filter("HIT", "", ""), true),
            (filter("", "running", ""), false),
            (filter("", "", "hit"), false),
            (filter("zzz", "waiting", "hitl"), false),
        ] {
            assert_eq!(found.fits(&it), want, "{found:?}");
        }
    }
}
