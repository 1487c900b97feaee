//! What chart and picture have in common: they are zoomed by buttons, keys and the wheel.

use crate::dom::Listener;
use crate::ui::{El, button, div, keep, span};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, KeyboardEvent, WheelEvent};

/// Something that can be zoomed: larger (1), smaller (-1), or all of it (0), around a point of the window or the middle.
pub(crate) trait Zoom: 'static {
    /// Zooms.
    fn zoom(&self, by: i32, at: Option<(i32, i32)>);
    /// The pointer does something else.
    fn pointer(&self, event: &Event);
    /// The page has another size.
    fn resized(&self);
}

/// Listens on `frame`, for as long as the owner lives. Pointer events are `mousedown`, `mousemove`, `click` and `scroll`.
pub(crate) fn zoomable(frame: &HtmlElement, what: &Rc<dyn Zoom>) {
    for name in ["wheel", "keydown", "mousedown", "mousemove", "click", "scroll"] {
        let weak = Rc::downgrade(what);
        keep(Listener::active(frame, name, move |event| {
            if let Some(what) = weak.upgrade() {
                listen(&*what, &event);
            }
        }));
    }
    let weak = Rc::downgrade(what);
    crate::ui::on_window("resize", move |_| {
        if let Some(what) = weak.upgrade() {
            what.resized();
        }
    });
}

fn listen(what: &dyn Zoom, event: &Event) {
    if let Some(wheel) = event.dyn_ref::<WheelEvent>() {
        // Pinching on a touchpad is a wheel with Ctrl held.
        if wheel.ctrl_key() {
            event.prevent_default();
            let by = if wheel.delta_y() < 0.0 { 1 } else { -1 };
            what.zoom(by, Some((wheel.client_x(), wheel.client_y())));
        }
    } else if let Some(key) = event.dyn_ref::<KeyboardEvent>() {
        let by = match key.key().as_str() {
            "+" | "=" => 1,
            "-" => -1,
            "0" => 0,
            _ => return,
        };
        if !key.ctrl_key() && !key.meta_key() {
            event.prevent_default();
            what.zoom(by, None);
        }
    } else {
        what.pointer(event);
    }
}

/// A bar with words on the left, what else there is, and buttons to zoom.
pub(crate) fn bar(words: El, more: Option<El>, what: &Rc<dyn Zoom>) -> El {
    let mut group = div("wf-time__zoom")
        .attr("role", "group")
        .attr("aria-label", "Zoom");
    for (words, label, by) in [
        ("−", Some("Zoom out"), -1),
        ("Fit", None, 0),
        ("+", Some("Zoom in"), 1),
    ] {
        let what = Rc::clone(what);
        let one = button("wf-button wf-button--icon")
            .attr("aria-label", label)
            .attr("title", label.unwrap_or("Show everything"))
            .text(words)
            .on("click", move |_| what.zoom(by, None));
        group = group.child(one);
    }
    div("wf-time__bar")
        .child(words)
        .child(span("wf-grow"))
        .child(more)
        .child(group)
}
