//! Keeps the keyboard focus at a usable place, and moves it to the next control of a task.

use leptos::{ev, prelude::*};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::Element;
use workflow_ui_components::prompt::focus_prompt;
use workflow_ui_components::{focus_first, is_focus_lost};

const CONTROLS: &str = "button:enabled, input:enabled, select:enabled, textarea:enabled";

/// When a lost focus is searched for after a key press: directly after it, and after a typical server response.
const RECOVERY_DELAYS: [Duration; 2] = [Duration::from_millis(60), Duration::from_millis(600)];

/// How often, and how many times, the page searches for a prompt of a run that is still loading.
const PROMPT_POLL: Duration = Duration::from_millis(80);
const PROMPT_POLLS: u32 = 60;

/// Moves the focus to the nearest enabled control when a control that was pressed by keyboard disappears or is disabled.
///
/// Lasts until the current owner is cleaned up.
pub(crate) fn recover_lost_focus() {
    let listener = window_event_listener(ev::click, |event| {
        let pressed_by_keyboard = event.detail() == 0;
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let Some(target) = target.filter(|target| pressed_by_keyboard && !moves_focus_itself(target)) else {
            return;
        };
        let ancestors: Vec<Element> =
            std::iter::successors(target.parent_element(), |element| element.parent_element()).collect();
        for delay in RECOVERY_DELAYS {
            let ancestors = ancestors.clone();
            set_timeout(
                move || {
                    for ancestor in ancestors {
                        if is_focus_lost() {
                            focus_first(&ancestor, &[CONTROLS]);
                        }
                    }
                },
                delay,
            );
        }
    });
    on_cleanup(move || listener.remove());
}

/// An answer moves the focus to the next prompt, and the inbox to the one that it opens. Enter in a field also clicks `Send`.
fn moves_focus_itself(target: &Element) -> bool {
    target
        .closest("[data-part='prompt'] [type='submit'], [data-part='inbox']")
        .is_ok_and(|found| found.is_some())
}

/// Focuses the first element that matches the selector, after the next frame has drawn it.
pub(crate) fn focus_in_next_frame(selector: &'static str) {
    request_animation_frame(move || {
        if let Some(root) = document().document_element() {
            focus_first(&root, &[selector]);
        }
    });
}

/// Focuses the selected tab of the open run, or of the comparison in its place, if the focused element was hidden or is gone, for
/// example with the start form.
pub(crate) fn focus_run_if_lost() {
    request_animation_frame(|| {
        if is_focus_lost() {
            focus_in_next_frame(
                ":is([data-part='run'], [data-part='compare']) [role='tab'][aria-selected='true']",
            );
        }
    });
}

/// Focuses a prompt of the run that was just opened when it appears, unless the user moves the focus first.
pub(crate) fn focus_prompt_when_loaded() {
    poll_for_prompt(document().active_element(), PROMPT_POLLS);
}

fn poll_for_prompt(focused_before: Option<Element>, polls_left: u32) {
    set_timeout(
        move || {
            let is_unmoved = is_focus_lost() || document().active_element() == focused_before;
            if is_unmoved && !focus_prompt() && polls_left > 0 {
                poll_for_prompt(focused_before, polls_left - 1);
            }
        },
        PROMPT_POLL,
    );
}
