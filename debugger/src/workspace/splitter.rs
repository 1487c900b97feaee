//! The edges between the panes: moved by pointer or arrow keys, and stored.

use crate::state::WorkspaceState;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use workflow_ui_components::key_press;

/// The smallest width of a pane, and of the middle pane, in pixels. The stylesheet has the same numbers.
const MIN_PANE: i32 = 240;
const MIN_MIDDLE: i32 = 320;
/// How far one press of an arrow key moves an edge, in pixels.
const STEP: i32 = 16;

/// The pane whose width an edge changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Side {
    const fn label(self) -> &'static str {
        match self {
            Self::Left => "Width of the left pane",
            Self::Right => "Width of the right pane",
        }
    }

    /// The greatest width of the pane in the stylesheet, for a page of this width.
    fn max_width(self, page: i32) -> i32 {
        let width = match self {
            Self::Left => page * 2 / 5,
            Self::Right => page * 3 / 5 - MIN_MIDDLE,
        };
        width.max(MIN_PANE)
    }

    /// The width of the pane when its edge is at `x`.
    fn width_at(self, x: i32) -> i32 {
        match self {
            Self::Left => x,
            Self::Right => page_width() - x,
        }
    }

    /// What a key adds to the width of the pane.
    fn step(self, key: &str) -> Option<i32> {
        match (key, self) {
            ("ArrowRight", Self::Left) | ("ArrowLeft", Self::Right) => Some(STEP),
            ("ArrowLeft", Self::Left) | ("ArrowRight", Self::Right) => Some(-STEP),
            _ => None,
        }
    }
}

/// The edge of its parent pane.
#[component]
pub(super) fn Splitter(side: Side) -> impl IntoView {
    let WorkspaceState { preferences, .. } = expect_context();
    let edge = NodeRef::<html::Div>::new();
    // The width on screen can be smaller than the preference if there is not enough room.
    let width = RwSignal::new(None::<i32>);
    let max = RwSignal::new(None::<i32>);
    let measure = move || {
        if let Some(edge) = edge.try_get_untracked().flatten() {
            width.set(Some(pane_width(&edge)));
            max.set(Some(side.max_width(page_width())));
        }
    };
    let listener = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || listener.remove());
    Effect::new(move |_| {
        preferences.with(|preferences| preferences.widths);
        request_animation_frame(measure);
    });
    let store = move |width: Option<u16>| {
        preferences.update(|preferences| preferences.widths[side as usize] = width);
    };
    let resize = move |width: i32| {
        let width = width.clamp(MIN_PANE, side.max_width(page_width()));
        store(u16::try_from(width).ok());
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let by = key_press(&event).and_then(|event| side.step(&event.key()));
        if let (Some(by), Some(edge)) = (by, edge.get_untracked()) {
            event.prevent_default();
            resize(pane_width(&edge) + by);
        }
    };
    // A press elsewhere that is moved across the edge selects text.
    let is_dragged = StoredValue::new(false);
    let on_press = move |event: ev::PointerEvent| {
        is_dragged.set_value(event.button() == 0);
        if let Some(edge) = edge.get_untracked() {
            // Fails only for a pointer that no longer exists.
            let _ = edge.set_pointer_capture(event.pointer_id());
        }
    };
    let on_drag = move |event: ev::PointerEvent| {
        if event.buttons() != 1 {
            is_dragged.set_value(false);
        } else if is_dragged.get_value() {
            resize(side.width_at(event.client_x()));
        }
    };
    view! {
        <div
            class="wf-splitter"
            role="separator"
            aria-orientation="vertical"
            aria-label=side.label()
            aria-valuemin=MIN_PANE
            aria-valuenow=move || width.get()
            aria-valuemax=move || max.get()
            tabindex="0"
            node_ref=edge
            on:keydown=on_key
            on:pointerdown=on_press
            on:pointermove=on_drag
            on:dblclick=move |_| store(None)
        ></div>
    }
}

fn page_width() -> i32 {
    document()
        .document_element()
        .map_or(0, |root| root.client_width())
}

/// Width of the parent pane of an edge.
fn pane_width(edge: &HtmlElement) -> i32 {
    let pane = edge.parent_element();
    pane.and_then(|pane| pane.dyn_into::<HtmlElement>().ok())
        .map_or(0, |pane| pane.offset_width())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_moves_the_edge_its_own_way() {
        assert_eq!(Side::Left.step("ArrowRight"), Some(STEP), "wider to the right");
        assert_eq!(
            Side::Right.step("ArrowRight"),
            Some(-STEP),
            "narrower to the right"
        );
        assert_eq!(Side::Left.step("Enter"), None);
    }

    #[test]
    fn both_panes_leave_a_middle() {
        // Symptom: nothing was left between two wide panes.
        // Cause: each was allowed half of the page.
        for page in [1101, 1280, 1440, 1920, 3840] {
            let panes = [Side::Left, Side::Right].map(|side| side.max_width(page));
            assert!(panes.iter().all(|width| *width > MIN_PANE), "{page}: {panes:?}");
            let middle = page - panes.iter().sum::<i32>();
            assert!(middle >= MIN_MIDDLE, "{page}: {middle} between {panes:?}");
        }
    }
}
