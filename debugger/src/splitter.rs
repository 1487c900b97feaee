//! The edges between the panes: moved by pointer or arrow keys, and remembered.

use crate::preferences::Preferences;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};
use workflow_ui_components::document;
use workflow_ui_components::ui::{El, Var, div, now};

/// The narrowest pane, and what one press of an arrow key moves its edge by.
const LEAST: i32 = 240;
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
}

/// The edge of a pane, to be put into it. `body` is the element whose columns follow.
pub(crate) fn splitter(side: Side, body: &HtmlElement, preferences: Var<Preferences>) -> El {
    let (label, variable) = side.words();
    let width = move || preferences.with(|preferences| preferences.widths[side as usize]);
    let style = body.style();
    now(move || {
        // Taking away what was never set, or setting a valid length, can't fail.
        let _ = match width() {
            Some(width) => style.set_property(variable, &[&width.to_string(), "px"].concat()),
            None => style.remove_property(variable).map(drop),
        };
    });
    let set = move |wanted: i32| {
        let page = document()
            .document_element()
            .map_or(0, |root| root.client_width());
        let wanted = wanted.min(page / 2).max(LEAST);
        preferences.change(|preferences| preferences.widths[side as usize] = u16::try_from(wanted).ok());
    };
    let element = div("wf-splitter");
    let node = element.node().clone();
    let from_key = move |event: web_sys::Event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let by = match (event.key().as_str(), side) {
            ("ArrowRight", Side::Left) | ("ArrowLeft", Side::Right) => STEP,
            ("ArrowLeft", Side::Left) | ("ArrowRight", Side::Right) => -STEP,
            _ => return,
        };
        event.prevent_default();
        let pane = node.parent_element().map_or(0, |pane| pane.client_width());
        set(pane + by);
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
            Side::Right => {
                document()
                    .document_element()
                    .map_or(0, |root| root.client_width())
                    - event.client_x()
            }
        });
    };
    element
        .attr("role", "separator")
        .attr("aria-orientation", "vertical")
        .attr("aria-label", label)
        .attr("aria-valuemin", LEAST as u64)
        .attr("aria-valuenow", move || width().map_or(LEAST as u64, u64::from))
        .attr("tabindex", "0")
        .on("keydown", from_key)
        .on("pointermove", from_pointer)
        .on("dblclick", move |_| {
            preferences.change(|preferences| preferences.widths[side as usize] = None)
        })
}
