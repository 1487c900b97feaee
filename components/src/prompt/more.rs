//! The open prompts that are not cards, as a windowed list.

use super::layout::Layout;
use super::run_prompts::RunPrompts;
use crate::dom::focus_first;
use crate::grid::{Grid, GridRef, RowSource, attribute, child};
use leptos::{html, prelude::*};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement};
use workflow_inspector::text;
use workflow_protocol::{Prompt, PromptState};

/// The most rows in sight.
const ROWS: usize = 6;

/// Characters of a prompt that a row shows.
const TEXT: usize = 200;

/// All open prompts that are not cards; nothing if there are none.
#[component]
pub(super) fn MorePrompts(
    prompts: Memo<RunPrompts>,
    layout: Memo<Layout>,
    /// Called with the sequence of the chosen prompt.
    on_choose: Callback<u64>,
) -> impl IntoView {
    let count = Memo::new(move |_| layout.with(|layout| layout.rows.len()));
    view! {
        <Show when=move || { count.get() > 0 }>
            <PromptList prompts layout count on_choose />
        </Show>
    }
}

#[component]
fn PromptList(
    prompts: Memo<RunPrompts>,
    layout: Memo<Layout>,
    count: Memo<usize>,
    on_choose: Callback<u64>,
) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    let grid = GridRef::new();
    Effect::new(move |_| {
        layout.with(|_| ());
        prompts.with(|_| ());
        grid.changed();
    });
    let source = Rc::new(Rows {
        prompts,
        layout,
        on_choose,
        root,
    });
    // Tab moves the focus between the rows, too.
    let focused = move |event: FocusEvent| {
        let row = row_of(&event);
        if row.is_some() && row != grid.active() {
            grid.set_active(row);
        }
    };
    view! {
        <div
            class="wf-more"
            style=("--wf-more-rows", move || count.get().min(ROWS).to_string())
            node_ref=root
            on:focusin=focused
        >
            <p class="wf-more__count wf-muted" translate="no">
                {move || format!("More prompts ({})", text::count(count.get() as u64))}
            </p>
            <Grid
                grid_ref=grid
                source
                label="More prompts"
                class="wf-grid wf-more__list"
                part="more-prompts"
                row_part="more-prompt"
                role="list"
                row_role="listitem"
                attr:data-count=count
            />
        </div>
    }
}

/// The index of the row that has received the focus.
fn row_of(event: &FocusEvent) -> Option<usize> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let row = target.closest("[aria-posinset]").ok()??;
    let position: usize = row.get_attribute("aria-posinset")?.parse().ok()?;
    position.checked_sub(1)
}

struct Rows {
    prompts: Memo<RunPrompts>,
    layout: Memo<Layout>,
    on_choose: Callback<u64>,
    root: NodeRef<html::Div>,
}

impl Rows {
    fn sequence(&self, index: usize) -> Option<u64> {
        let sequence = |layout: &Layout| layout.rows.get(index).copied();
        self.layout.try_with_untracked(sequence).flatten()
    }
}

impl RowSource for Rows {
    fn count(&self) -> usize {
        let count = |layout: &Layout| layout.rows.len();
        self.layout.try_with_untracked(count).unwrap_or_default()
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        let button = child(row, "button", "wf-more__prompt");
        attribute(&button, "type", Some("button"));
        let cell = |class: &str| Element::from(child(&button, "span", class));
        let cells = ["wf-more__text wf-cut", "wf-muted", "wf-more__from"].map(cell);
        attribute(&cells[2], "translate", Some("no"));
        cells.into()
    }

    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize) {
        let draw = |prompt: &Prompt| {
            attribute(row, "data-seq", Some(&prompt.sequence.to_string()));
            attribute(row, "data-state", Some(prompt.state.as_str()));
            attribute(row, "aria-posinset", Some(&(index + 1).to_string()));
            attribute(row, "aria-setsize", Some(&self.count().to_string()));
            let words: String = prompt.text().chars().take(TEXT).collect();
            let from = format!("{} #{}", prompt.class, prompt.sequence);
            for (cell, words) in cells.iter().zip([&words, state_word(prompt.state), &from]) {
                cell.set_text_content(Some(words));
            }
        };
        if let Some(sequence) = self.sequence(index) {
            self.prompts
                .try_with_untracked(|prompts| prompts.by_sequence(sequence).map(draw));
        }
    }

    fn selected(&self, _: usize) -> bool {
        false
    }

    fn open(&self, index: usize) {
        if let Some(sequence) = self.sequence(index) {
            self.on_choose.try_run(sequence);
        }
    }

    fn activate(&self, index: usize) {
        let root = self.root;
        // The row is drawn before the next frame.
        request_animation_frame(move || {
            if let Some(root) = root.try_get_untracked().flatten() {
                focus_first(&root, &[&format!("[aria-posinset='{}'] button", index + 1)]);
            }
        });
    }
}

const fn state_word(state: PromptState) -> &'static str {
    match state {
        PromptState::Open | PromptState::Closed => "",
        PromptState::Sending | PromptState::Sent => "answered",
        PromptState::Unhandled => "not taken",
        PromptState::Unknown => "may be answered",
    }
}
