//! The edges between the panes: moved by pointer or arrow keys, and remembered.

use crate::preferences::Preferences;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, PointerEvent};
use workflow_ui_components::document;
use workflow_ui_components::key_press;
use workflow_ui_components::ui::{El, Var, div, frame, now, on_window};

/// The narrowest pane, and what is left at least between two of them; the stylesheet has the same figures.
const LEAST: i32 = 240;
const MIDDLE: i32 = 320;
/// What one press of an arrow key moves an edge by.
const STEP: i32 = 16;

/// Which pane an edge belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl Side {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Left => ("Width of the left pane", "--wf-left"),
            Self::Right => ("Width of the right pane", "--wf-right"),
        }
    }

    /// The widest that the stylesheet makes the pane, on a page of this width.
    fn most(self, page: i32) -> i32 {
        let most = match self {
            Self::Left => page * 2 / 5,
            Self::Right => page * 3 / 5 - MIDDLE,
        };
        most.max(LEAST)
    }
}

fn page_width() -> i32 {
    document()
        .document_element()
        .map_or(0, |root| root.client_width())
}

/// How wide the pane is that an edge stands in.
fn pane_width(edge: &HtmlElement) -> i32 {
    let pane = edge.parent_element();
    pane.and_then(|pane| pane.dyn_into::<HtmlElement>().ok())
        .map_or(0, |pane| pane.offset_width())
}

/// The edge of a pane, to be put into it. `body` is the element whose columns follow.
pub(crate) fn splitter(side: Side, body: &HtmlElement, preferences: Var<Preferences>) -> El {
    let (label, variable) = side.words();
    let width = move || preferences.with(|preferences| preferences.widths[side as usize]);
    let style = body.style();
    let element = div("wf-splitter");
    let edge = element.node().clone();
    // What was chosen may be more than there is room for.
    let tell = move || {
        for (name, width) in [
            ("aria-valuenow", pane_width(&edge)),
            ("aria-valuemax", side.most(page_width())),
        ] {
            // Setting an attribute of a known name can't fail.
            let _ = edge.set_attribute(name, &i64::from(width).to_string());
        }
    };
    let later = tell.clone();
    on_window("resize", move |_| tell());
    now(move || {
        // Taking away what was never set, or setting a valid length, can't fail.
        let _ = match width() {
            Some(width) => style.set_property(variable, &[&width.to_string(), "px"].concat()),
            None => style.remove_property(variable).map(drop),
        };
        // The first time the pane is not in the page yet.
        frame(later.clone());
    });
    let set = move |wanted: i32| {
        let wanted = wanted.clamp(LEAST, side.most(page_width()));
        preferences.change(|preferences| preferences.widths[side as usize] = u16::try_from(wanted).ok());
    };
    let node = element.node().clone();
    let from_key = move |event: web_sys::Event| {
        let Some(event) = key_press(&event) else {
            return;
        };
        let by = match (event.key().as_str(), side) {
            ("ArrowRight", Side::Left) | ("ArrowLeft", Side::Right) => STEP,
            ("ArrowLeft", Side::Left) | ("ArrowRight", Side::Right) => -STEP,
            _ => return,
        };
        event.prevent_default();
        set(pane_width(&node) + by);
    };
    let grip = element.node().clone();
    let from_pointer = move |event: web_sys::Event| {
        let Some(event) = event
            .dyn_ref::<PointerEvent>()
            .filter(|event| event.buttons() == 1)
        else {
            return;
        };
        // Refused only for a pointer that is gone.
        let _ = grip.set_pointer_capture(event.pointer_id());
        set(match side {
            Side::Left => event.client_x(),
            Side::Right => page_width() - event.client_x(),
        });
    };
    element
        .attr("role", "separator")
        .attr("aria-orientation", "vertical")
        .attr("aria-label", label)
        .attr("aria-valuemin", LEAST as u64)
        .attr("tabindex", "0")
        .on("keydown", from_key)
        .on("pointermove", from_pointer)
        .on("dblclick", move |_| {
            preferences.change(|preferences| preferences.widths[side as usize] = None)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_panes_leave_a_middle() {
        // Each was allowed half of the page: together nothing was left between them.
        for page in [1101, 1280, 1440, 1920, 3840] {
            let panes = [Side::Left, Side::Right].map(|side| side.most(page));
            assert!(panes.iter().all(|most| *most > LEAST), "{page}: {panes:?}");
            let middle = page - panes.iter().sum::<i32>();
            assert!(middle >= MIDDLE, "{page}: {middle} between {panes:?}");
        }
    }
}
