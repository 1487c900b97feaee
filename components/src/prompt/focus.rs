//! Where the focus goes while questions are answered: a person with a keyboard never has to look for it.

use leptos::prelude::With as _;
use std::cell::Cell;
use std::rc::Rc;

use web_sys::Element;
use workflow_ui_core::UseWorkflowHandlerReturn;

use crate::dom::{document, focus_first, is_focus_lost};
use crate::ui::{El, after, effect};

/// Milliseconds after which a run that asks nothing more is taken to go on.
const PAUSE: i32 = 300;

/// A prompt that can be answered.
const ANSWERABLE: &str =
    "[data-part='prompt']:is([data-state='open'], [data-state='unhandled'], [data-state='unknown'])";

/// Puts the focus into the first open prompt of the page: into its first field, or onto `Send` where it has none. Gives `false` when
/// no prompt is there.
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
    // The picker of classes comes before: who answers has something to say first of all.
    focus_first(
        card,
        &["fieldset :is(input, textarea, select)", "[type='submit']"],
    );
}

/// Follows the answers that are given in a list of prompts: the form of one that is sent can't be used any more, and takes the focus with
/// it. Then the next open prompt gets it, or the same one when it was refused; or else what is shown of the run.
pub(super) fn follow(list: El, run: UseWorkflowHandlerReturn) -> El {
    let node = list.node().clone();
    let answering = Rc::new(Cell::new(false));
    let begun = Rc::clone(&answering);
    effect(move || {
        run.prompts.with(|_| ());
        if answering.get() {
            for wait in [0, PAUSE] {
                let (node, answering) = (node.clone(), Rc::clone(&answering));
                after(wait, move || go_on(&node, &answering, wait == PAUSE));
            }
        }
    });
    // Also of one that somebody else answers while it is being filled in.
    let typing = Rc::clone(&begun);
    list.on("submit", move |_| begun.set(true))
        .on("focusin", move |_| typing.set(true))
}

fn go_on(list: &Element, answering: &Cell<bool>, has_waited: bool) {
    if !answering.get() {
        return;
    }
    if !is_focus_lost() {
        answering.set(list.contains(document().active_element().as_deref()));
        return;
    }
    let find = |selector: &str| list.query_selector(selector).ok().flatten();
    if let Some(card) = find(ANSWERABLE) {
        answering.set(false);
        focus_card(&card);
    } else if has_waited && find("[data-part='prompt']").is_none() {
        answering.set(false);
        if let Some(run) = list.closest("[data-part='run']").ok().flatten() {
            focus_first(&run, &["[role='tab'][aria-selected='true']"]);
        }
    }
}
