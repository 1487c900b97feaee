//! The search in a document, and the bar that operates it.

use super::STYLE;
use super::document::{Content, Document};
use crate::dom::key_press;
use crate::icon::{Icon, IconView};
use crate::theme::mount_style;
use leptos::prelude::*;
use std::rc::Rc;
use web_sys::{HtmlInputElement, KeyboardEvent};
use workflow_inspector::json::Finder;
use workflow_inspector::text::count;

impl Content {
    pub(super) fn search(self: &Rc<Self>, words: &str) {
        self.finder.replace(Finder::new(words));
        self.current_match.set(None);
        self.pending_step.set(None);
        self.progress.resume();
        self.work();
    }

    pub(super) fn go(&self, forward: bool) {
        self.pending_step.set(Some(forward));
        self.settle();
    }

    /// Goes to the next or previous match, unless it is not known yet.
    pub(super) fn try_go(&self, forward: bool) {
        let found = {
            let finder = self.finder.borrow();
            let found = finder.found();
            let index = match self.current_match.get() {
                Some(at) if forward => at + 1,
                None if forward => 0,
                // The last one precedes the first one, and has to be known.
                Some(0) | None => usize::MAX,
                Some(at) => at - 1,
            };
            match found.get(index) {
                Some(offset) => Some((index, *offset as usize)),
                None if !finder.is_done() => return,
                None if forward => found.first().map(|offset| (0, *offset as usize)),
                None => found.last().map(|offset| (found.len() - 1, *offset as usize)),
            }
        };
        let Some((index, offset)) = found else {
            return self.pending_step.set(None);
        };
        let node = {
            let tree = self.tree.borrow();
            if !tree.is_read() && tree.position() <= offset {
                return;
            }
            tree.node_at(offset).unwrap_or(0)
        };
        self.pending_step.set(None);
        self.current_match.set(Some(index));
        let row = self.tree.borrow_mut().reveal(node);
        self.show_row(row);
        let rows = self.rows.borrow();
        let place = rows
            .as_ref()
            .map(|rows| rows.place_of(&self.tree.borrow(), offset));
        self.match_place.set(place);
        self.goal.set(place);
    }

    /// Updates the status of the search.
    pub(super) fn report_search(&self) {
        let status = self.describe_search();
        if self.search_status.try_with_untracked(|before| *before != status) == Some(true) {
            self.search_status.try_set(status);
        }
    }

    fn describe_search(&self) -> String {
        let finder = self.finder.borrow();
        let more = if finder.is_full() { "+" } else { "" };
        let found = format!("{}{more}", count(finder.found().len() as u64));
        match self.current_match.get() {
            _ if finder.words().is_empty() => String::new(),
            Some(at) => format!("{} of {found}", count(at as u64 + 1)),
            None if !finder.is_done() => "Searching…".to_owned(),
            None if finder.found().is_empty() => "Nothing found".to_owned(),
            None => format!("{found} found"),
        }
    }
}

/// A search field with the number of matches, and buttons that go to them.
#[component]
pub(crate) fn SearchBar(
    document: Document,
    /// The name of the field.
    label: &'static str,
) -> impl IntoView {
    mount_style(STYLE);
    let on_key = move |event: KeyboardEvent| {
        let Some(key) = key_press(&event) else { return };
        match key.key().as_str() {
            "Enter" => {
                event.prevent_default();
                document.go(!key.shift_key());
            }
            // The first Escape empties the field, the next one reaches the pane.
            "Escape" if !event_target_value(&event).is_empty() => {
                event.prevent_default();
                event.stop_propagation();
                event_target::<HtmlInputElement>(&event).set_value("");
                document.search("");
            }
            _ => {}
        }
    };
    view! {
        <div class="wf-json__search">
            <div class="wf-json__words">
                <IconView icon=Icon::Search />
                <input
                    class="wf-input"
                    type="search"
                    aria-label=label
                    placeholder="Search"
                    autocomplete="off"
                    spellcheck="false"
                    on:input=move |event| document.search(&event_target_value(&event))
                    on:keydown=on_key
                />
            </div>
            <span class="wf-json__found" role="status" translate="no">
                {document.search_status()}
            </span>
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon wf-json__previous"
                aria-label="Previous match"
                title="Previous match (Shift+Enter)"
                on:click=move |_| document.go(false)
            >
                <IconView icon=Icon::Chevron />
            </button>
            <button
                type="button"
                class="wf-button wf-button--plain wf-button--icon wf-json__next"
                aria-label="Next match"
                title="Next match (Enter)"
                on:click=move |_| document.go(true)
            >
                <IconView icon=Icon::Chevron />
            </button>
        </div>
    }
}
