//! Maps the records of a page to the rows of the table, and draws them.

use super::Items;
use super::head::heading_id;
use crate::cloud::column::Look;
use crate::cloud::status::{review_icon, review_word};
use crate::grid::{GridRef, RowSource, attribute, child};
use crate::icon::{Icon, icon_element, set_icon};
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, MouseEvent};
use workflow_cloud::AgentData;
use workflow_protocol::Time;

pub(super) struct ItemRows {
    items: Items,
    grid: GridRef,
    href: Option<Callback<Arc<AgentData>, String>>,
    on_open: Option<Callback<String>>,
    now: RwSignal<Time>,
    rows: RefCell<Vec<Arc<AgentData>>>,
}

impl ItemRows {
    pub(super) fn new(
        items: Items,
        grid: GridRef,
        href: Option<Callback<Arc<AgentData>, String>>,
        on_open: Option<Callback<String>>,
        now: RwSignal<Time>,
    ) -> Rc<Self> {
        Rc::new(Self {
            items,
            grid,
            href,
            on_open,
            now,
            rows: RefCell::default(),
        })
    }

    fn row_of(&self, id: &str) -> Option<usize> {
        self.rows.borrow().iter().position(|row| row.id == id)
    }

    fn id(&self, row: usize) -> Option<String> {
        self.rows.borrow().get(row).map(|row| row.id.clone())
    }

    /// Shows these records. The keyboard stays on its record, or goes to the next one if that went.
    pub(super) fn set_rows(&self, rows: Vec<Arc<AgentData>>) {
        let grid = self.grid;
        let active = grid.active().and_then(|row| Some((row, self.id(row)?)));
        let last = rows.len().checked_sub(1);
        self.rows.replace(rows);
        let is_gone = |selected: &Vec<String>| selected.iter().any(|id| self.row_of(id).is_none());
        if self.items.selected.try_with_untracked(is_gone) == Some(true) {
            self.items
                .selected
                .try_update(|selected| selected.retain(|id| self.row_of(id).is_some()));
        }
        grid.set_active(active.and_then(|(row, id)| self.row_of(&id).or(last.map(|last| row.min(last)))));
        grid.changed();
    }

    fn is_editable(&self) -> bool {
        self.items.editable.try_get_untracked().unwrap_or_default()
    }

    fn toggle(&self, index: usize) {
        if let Some(id) = self.id(index) {
            self.items.toggle(&id);
        }
    }

    fn build_cells(&self, row: &HtmlElement) -> Vec<Element> {
        let head = self.items.head_id.try_get_value().unwrap_or_default();
        let columns = self.items.columns.try_get_value().unwrap_or_default();
        let columns = columns.iter().enumerate().map(|(at, column)| {
            let cell = child(row, "span", "wf-items__cell");
            attribute(&cell, "role", Some("gridcell"));
            attribute(&cell, "aria-describedby", Some(&heading_id(&head, at)));
            match column.look {
                Look::Status => {
                    cell.class_list().add_1("wf-review-status").ok();
                    let _ = cell.append_child(&icon_element());
                    child(&cell, "span", "wf-cut");
                }
                Look::Text if at == 0 && self.href.is_some() => {
                    let link = child(&cell, "a", "wf-link wf-cut");
                    attribute(&link, "tabindex", Some("-1"));
                }
                Look::Text => {
                    child(&cell, "span", "wf-cut");
                }
            }
            Element::from(cell)
        });
        columns.collect()
    }
}

impl RowSource for ItemRows {
    fn count(&self) -> usize {
        self.rows.borrow().len()
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        let tick = child(row, "span", "wf-items__tick");
        attribute(&tick, "role", Some("gridcell"));
        attribute(&tick, "data-part", Some("item-tick"));
        attribute(&tick, "aria-label", Some("Selection"));
        let svg = icon_element();
        set_icon(&svg, Icon::Check);
        let _ = tick.append_child(&svg);
        self.build_cells(row)
    }

    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize) {
        let rows = self.rows.borrow();
        let Some(record) = rows.get(index) else { return };
        let columns = self.items.columns.try_get_value().unwrap_or_default();
        let now = self.now.try_get_untracked().unwrap_or_default();
        attribute(row, "data-id", Some(&record.id));
        for (at, (column, cell)) in columns.iter().zip(cells).enumerate() {
            let words = (column.text)(record, now);
            let Some(inner) = cell.last_element_child() else {
                continue;
            };
            if column.look == Look::Status {
                attribute(row, "data-status", Some(&words));
                attribute(cell, "data-review", Some(&words));
                if let Some(svg) = cell.first_element_child() {
                    set_icon(&svg, review_icon(&words));
                }
                inner.set_text_content(Some(review_word(&words)));
                continue;
            }
            if at == 0
                && let Some(href) = self.href.and_then(|href| href.try_run(Arc::clone(record)))
            {
                attribute(&inner, "href", Some(&href));
            }
            attribute(cell, "title", Some(&words));
            inner.set_text_content(Some(&words));
        }
    }

    fn selected(&self, index: usize) -> bool {
        let id = self.id(index);
        let is_selected = |selected: &Vec<String>| id.as_ref().is_some_and(|id| selected.contains(id));
        self.items
            .selected
            .try_with_untracked(is_selected)
            .unwrap_or_default()
    }

    fn key(&self, key: &str, index: usize) -> bool {
        if !self.is_editable() {
            return false;
        }
        let selected = self.items.selected.try_get_untracked().unwrap_or_default();
        match key {
            " " => self.toggle(index),
            "Escape" if !selected.is_empty() => {
                self.items.selected.try_set(Vec::new());
            }
            "Delete" if !selected.is_empty() => self.items.delete(selected),
            "Delete" => self.items.delete(self.id(index).into_iter().collect()),
            _ => return false,
        }
        true
    }

    fn click(&self, event: &Event, index: usize) -> bool {
        let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        let is_in = |selector: &str| {
            let found = target.as_ref().map(|target| target.closest(selector));
            found.is_some_and(|found| found.is_ok_and(|found| found.is_some()))
        };
        if is_in("a[href]") {
            // The browser follows it.
            return true;
        }
        let with_key = event
            .dyn_ref::<MouseEvent>()
            .is_some_and(|event| event.ctrl_key() || event.meta_key());
        if !self.is_editable() || !(with_key || is_in("[data-part='item-tick']")) {
            return false;
        }
        self.toggle(index);
        true
    }

    fn open(&self, index: usize) {
        let Some(id) = self.id(index) else { return };
        match (self.on_open, self.href) {
            (Some(on_open), _) => {
                on_open.try_run(id);
            }
            (None, Some(href)) => {
                let record = self.rows.borrow().get(index).cloned();
                if let Some(address) = record.and_then(|record| href.try_run(record)) {
                    let _ = window().location().assign(&address);
                }
            }
            (None, None) => {}
        }
    }
}
