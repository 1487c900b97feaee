//! Keeps the focus where somebody works by keyboard.

use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};
use workflow_ui_components::ui::{El, after, el, on_window};
use workflow_ui_components::{focus_first, is_focus_lost, part};

part! {
    "split", more, load,
    /// What somebody presses by keyboard may be gone or out of use afterwards: then the nearest thing has the focus that can be used.
    /// The element holds nothing: the code has time until the rest of the program comes.
    pub(crate) fn keep_focus_near() -> El {
        on_window("click", |event| {
            let by_keyboard = event
                .dyn_ref::<MouseEvent>()
                .is_some_and(|event| event.detail() == 0);
            let mut at = event
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok());
            // Prompts, and what leads to them, hand the focus on themselves: Enter in a field presses `Send`, too.
            let in_prompt = at
                .as_ref()
                .and_then(|at| at.closest("[data-part='prompt'], [data-part='inbox']").ok().flatten());
            let follows = by_keyboard && in_prompt.is_none();
            let mut above = Vec::new();
            while let Some(element) = at
                .and_then(|element| element.parent_element())
                .filter(|_| follows)
            {
                above.push(element.clone());
                at = Some(element);
            }
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
}
