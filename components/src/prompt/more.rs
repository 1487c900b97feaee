//! The open prompts that are not cards, as a windowed list.

use super::layout::Layout;
use super::run_prompts::RunPrompts;
use crate::dom::{focus_first, key_press};
use crate::grid::{self, ListOptions, RowSource, WindowedList, attribute, child};
use crate::theme::mount_style;
use leptos::{html, prelude::*};
use std::rc::Rc;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use workflow_inspector::text;
use workflow_protocol::{Prompt, PromptState};

/// Rows in sight, and rows that Page Up and Page Down skip.
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
    mount_style(grid::STYLE);
    let scroller = NodeRef::<html::Div>::new();
    let list = StoredValue::new_local(None::<WindowedList>);
    Effect::new(move |_| {
        layout.track();
        prompts.track();
        let Some(scroller) = scroller.get() else { return };
        list.update_value(|list| match list {
            // Another prompt is in the place of the active one.
            Some(list) => list.set_active(None),
            None => {
                let rows = Rows {
                    prompts,
                    layout,
                    on_choose,
                };
                let options = ListOptions {
                    row_role: "listitem",
                    row_part: "more-prompt",
                    follow: false,
                };
                *list = Some(WindowedList::mount(scroller.into(), Rc::new(rows), options));
            }
        });
    });
    let move_focus = move |event: KeyboardEvent| {
        let Some(key) = key_press(&event) else { return };
        let (Some(scroller), Some(last)) = (scroller.get_untracked(), count.get_untracked().checked_sub(1))
        else {
            return;
        };
        let from = focused_row();
        let to = match (key.key().as_str(), from) {
            ("Home", _) => 0,
            ("End", _) => last,
            ("ArrowDown" | "ArrowUp" | "PageDown" | "PageUp", None) => first_in_sight(list),
            ("ArrowDown", Some(from)) => from + 1,
            ("ArrowUp", Some(from)) => from.saturating_sub(1),
            ("PageDown", Some(from)) => from + ROWS,
            ("PageUp", Some(from)) => from.saturating_sub(ROWS),
            _ => return,
        };
        // The list has keys of its own for rows that cannot have the focus.
        event.prevent_default();
        let to = to.min(last);
        list.with_value(|list| list.as_ref().map(|list| list.reveal(to)));
        // The row is drawn before the next frame.
        request_animation_frame(move || {
            focus_first(&scroller, &[&format!("[aria-posinset='{}'] button", to + 1)]);
        });
    };
    view! {
        <div class="wf-more">
            <p class="wf-more__count wf-muted" translate="no">
                {move || format!("More prompts ({})", text::count(count.get() as u64))}
            </p>
            <div
                class="wf-grid wf-more__list"
                data-part="more-prompts"
                part="more-prompts"
                role="list"
                aria-label="More prompts"
                data-count=count
                style=("--wf-more-rows", move || count.get().min(ROWS).to_string())
                node_ref=scroller
                on:keydown=move_focus
            ></div>
        </div>
    }
}

/// The index of the row whose button has the focus.
fn focused_row() -> Option<usize> {
    let row = document().active_element()?.closest("[aria-posinset]").ok()??;
    row.get_attribute("aria-posinset")?
        .parse::<usize>()
        .ok()?
        .checked_sub(1)
}

fn first_in_sight(list: StoredValue<Option<WindowedList>, LocalStorage>) -> usize {
    let anchor = list.with_value(|list| list.as_ref().and_then(WindowedList::anchor));
    anchor.map_or(0, |(row, _)| row)
}

struct Rows {
    prompts: Memo<RunPrompts>,
    layout: Memo<Layout>,
    on_choose: Callback<u64>,
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
        let cell = |class: &str| {
            let cell = child(&button, "span", class);
            attribute(&cell, "translate", Some("no"));
            Element::from(cell)
        };
        vec![
            cell("wf-more__text wf-cut"),
            cell("wf-muted"),
            cell("wf-more__from"),
        ]
    }

    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize) {
        // A list item cannot be selected.
        attribute(row, "aria-selected", None);
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
}

const fn state_word(state: PromptState) -> &'static str {
    match state {
        PromptState::Open | PromptState::Closed => "",
        PromptState::Sending | PromptState::Sent => "answered",
        PromptState::Unhandled => "not taken",
        PromptState::Unknown => "may be answered",
    }
}
