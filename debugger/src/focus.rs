//! Keeps the focus where somebody works by keyboard.

use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};
use workflow_ui_components::ui::{El, after, el, on_window};
use workflow_ui_components::{focus_first, is_focus_lost};

/// What somebody presses by keyboard may be gone or out of use afterwards: then the nearest thing has the focus that can be used.
/// The element holds nothing: the code has time until the rest of the program comes.
pub(crate) fn keep_focus_near() -> El {
    on_window("click", |event| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let by_keyboard = event
            .dyn_ref::<MouseEvent>()
            .is_some_and(|event| event.detail() == 0);
        // Prompts, and what leads to them, hand the focus on themselves: Enter in a field presses `Send`, too.
        let handed_on = |at: &Element| {
            at.closest("[data-part='prompt'], [data-part='inbox']")
                .is_ok_and(|it| it.is_some())
        };
        let Some(target) = target.filter(|at| by_keyboard && !handed_on(at)) else {
            return;
        };
        let above: Vec<Element> =
            std::iter::successors(target.parent_element(), |at| at.parent_element()).collect();
        // At once, and when a server has answered.
        for wait in [60, 600] {
            let above = above.clone();
            after(wait, move || {
                for element in above {
                    if is_focus_lost() {
                        focus_first(
                            &element,
                            &["button:enabled, input:enabled, select:enabled, textarea:enabled"],
                        );
                    }
                }
            });
        }
    });
    el("span")
}
