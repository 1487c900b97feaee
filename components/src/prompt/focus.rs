//! Where the focus goes while the user answers prompts.

use super::layout::Layout;
use super::run_prompts::RunPrompts;
use crate::dom::{focus_first, is_focus_lost};
use leptos::{html, prelude::*};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement};

/// A run that asks nothing more for this long goes on.
const PAUSE: Duration = Duration::from_millis(300);

/// A prompt that can be answered.
const ANSWERABLE: &str =
    "[data-part='prompt']:is([data-state='open'], [data-state='unhandled'], [data-state='unknown'])";

/// Focuses the first open prompt of the page: its first field, or `Send` if it has none. Returns whether there is a prompt.
pub fn focus_prompt() -> bool {
    let document = document();
    let card = [ANSWERABLE, "[data-part='prompt']"]
        .into_iter()
        .find_map(|selector| document.query_selector(selector).ok().flatten());
    if let Some(card) = &card {
        focus_card(card);
    }
    card.is_some()
}

fn focus_card(card: &Element) {
    // The picker of classes comes before the fields, but the answer is what matters.
    focus_first(
        card,
        &["fieldset :is(input, textarea, select)", "[type='submit']"],
    );
}

/// The sequence of the prompt whose card has received the focus.
pub(super) fn card_of(event: &FocusEvent) -> Option<u64> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let card = target.closest("[data-part='prompt']").ok()??;
    card.get_attribute("data-seq")?.parse().ok()
}

/// Focuses the card of the chosen prompt as soon as it is drawn.
pub(super) fn focus_chosen(list: NodeRef<html::Div>, layout: Memo<Layout>, chosen: RwSignal<Option<u64>>) {
    Effect::new(move |_| {
        let Some(sequence) = chosen.get() else { return };
        let is_card = |layout: &Layout| layout.cards.iter().any(|key| key.sequence == sequence);
        if !layout.with(is_card) {
            return;
        }
        chosen.set(None);
        request_animation_frame(move || {
            let Some(list) = list.try_get_untracked().flatten() else {
                return;
            };
            let selector = format!("[data-part='prompt'][data-seq='{sequence}']");
            if let Some(card) = list.query_selector(&selector).ok().flatten() {
                reveal_card(&card);
            }
        });
    });
}

/// Shows and focuses a card, also one whose form cannot be used because it was sent.
fn reveal_card(card: &Element) {
    card.scroll_into_view();
    focus_card(card);
    let focused = document().active_element();
    if !card.contains(focused.as_deref()) {
        let _ = card.set_attribute("tabindex", "-1");
        if let Some(card) = card.dyn_ref::<HtmlElement>() {
            let _ = card.focus();
        }
    }
}

/// Moves the focus on when an answer was sent: its form is disabled then and loses the focus. The next open prompt gets it, or the
/// same one if it was refused, or else the selected tab of the run.
pub(super) fn follow_answers(
    list: NodeRef<html::Div>,
    prompts: Memo<RunPrompts>,
    is_answering: StoredValue<bool>,
) {
    Effect::new(move |_| {
        prompts.with(|_| ());
        if is_answering.get_value() {
            for delay in [Duration::ZERO, PAUSE] {
                set_timeout(move || proceed(list, is_answering, delay == PAUSE), delay);
            }
        }
    });
}

fn proceed(list: NodeRef<html::Div>, is_answering: StoredValue<bool>, has_waited: bool) {
    let Some(list) = list.try_get_untracked().flatten() else {
        return;
    };
    if is_answering.try_get_value() != Some(true) {
        return;
    }
    if !is_focus_lost() {
        is_answering.set_value(list.contains(document().active_element().as_deref()));
        return;
    }
    let find = |selector: &str| list.query_selector(selector).ok().flatten();
    if let Some(card) = find(ANSWERABLE) {
        is_answering.set_value(false);
        focus_card(&card);
    } else if has_waited && find("[data-part='prompt']").is_none() {
        is_answering.set_value(false);
        if let Some(run) = list.closest("[data-part='run']").ok().flatten() {
            focus_first(&run, &["[role='tab'][aria-selected='true']"]);
        }
    }
}
