//! The focus inside a form.

use crate::dom::{document, focus_first, is_focus_lost};
use leptos::prelude::request_animation_frame;
use web_sys::HtmlElement;

/// Call before the fields below `root` are rebuilt: if one of them has the focus, the new field of the same name gets it.
pub(crate) fn hand_focus_on(root: &HtmlElement) {
    let active = document().active_element();
    if !root.contains(active.as_deref()) {
        return;
    }
    let name = active.and_then(|active| active.get_attribute("name"));
    let name = name.unwrap_or_default();
    let root = root.clone();
    request_animation_frame(move || {
        if is_focus_lost() {
            // Nothing is found for a name that a selector can't have.
            focus_first(&root, &[&format!("[name=\"{name}\"]"), "input, textarea, select"]);
        }
    });
}

/// Focuses the first field with an error below `root`, or else the first field.
pub(crate) fn focus_field(root: &HtmlElement) {
    focus_first(root, &["[aria-invalid='true']", "input, textarea, select"]);
}
