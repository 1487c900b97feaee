//! A frame whose picture is zoomed by buttons, keys, the wheel and two fingers.

use crate::dom::key_press;
use leptos::{ev, html, prelude::*};

/// A change of the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zoom {
    In,
    Out,
    /// Shows everything.
    Fit,
}

/// A point of the window that stays where it is.
pub(crate) type Point = (i32, i32);

#[component]
pub(crate) fn ZoomButtons(on_zoom: Callback<(Zoom, Option<Point>)>) -> impl IntoView {
    let zoom = move |zoom| move |_| on_zoom.run((zoom, None));
    view! {
        <div class="wf-time__zoom" role="group" aria-label="Zoom">
            <button
                type="button"
                class="wf-button wf-button--icon"
                data-zoom="-1"
                aria-label="Zoom out"
                title="Zoom out"
                on:click=zoom(Zoom::Out)
            >
                "−"
            </button>
            <button
                type="button"
                class="wf-button wf-button--icon"
                data-zoom="0"
                title="Show everything"
                on:click=zoom(Zoom::Fit)
            >
                "Fit"
            </button>
            <button
                type="button"
                class="wf-button wf-button--icon"
                data-zoom="1"
                aria-label="Zoom in"
                title="Zoom in"
                on:click=zoom(Zoom::In)
            >
                "+"
            </button>
        </div>
    }
}

/// An empty, scrollable frame. Its content is drawn by the caller.
#[component]
pub(crate) fn ZoomFrame(
    part: &'static str,
    label: &'static str,
    frame: NodeRef<html::Div>,
    #[prop(into)] hidden: Signal<bool>,
    on_zoom: Callback<(Zoom, Option<Point>)>,
    /// Called when the mouse is pressed, moved, or clicked.
    #[prop(into)]
    on_mouse: Callback<ev::MouseEvent>,
) -> impl IntoView {
    let on_wheel = move |event: ev::WheelEvent| {
        // Pinching on a touchpad is a wheel with Ctrl.
        if event.ctrl_key() {
            let zoom = if event.delta_y() < 0.0 {
                Zoom::In
            } else {
                Zoom::Out
            };
            event.prevent_default();
            on_zoom.run((zoom, Some((event.client_x(), event.client_y()))));
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let Some(event) = key_press(&event).filter(|event| !event.ctrl_key() && !event.meta_key()) else {
            return;
        };
        let zoom = match event.key().as_str() {
            "+" | "=" => Zoom::In,
            "-" => Zoom::Out,
            "0" => Zoom::Fit,
            _ => return,
        };
        event.prevent_default();
        on_zoom.run((zoom, None));
    };
    // The distance of the two fingers at the last step.
    let distance = StoredValue::new(None::<f64>);
    let on_touch = move |event: ev::TouchEvent| {
        let Some((now, middle)) = two_fingers(&event) else {
            // One finger scrolls, which the browser does.
            return distance.set_value(None);
        };
        event.prevent_default();
        let zoom = match distance.get_value() {
            None => return distance.set_value(Some(now)),
            Some(before) if now >= before * 1.25 => Zoom::In,
            Some(before) if now <= before * 0.8 => Zoom::Out,
            Some(_) => return,
        };
        distance.set_value(Some(now));
        on_zoom.run((zoom, Some(middle)));
    };
    view! {
        <div
            class="wf-time__frame"
            role="group"
            tabindex="0"
            data-part=part
            part=part
            aria-label=label
            hidden=hidden
            node_ref=frame
            on:wheel=on_wheel
            on:keydown=on_key
            on:touchstart=on_touch
            on:touchmove=on_touch
            on:mousedown=move |event| on_mouse.run(event)
            on:mousemove=move |event| on_mouse.run(event)
            on:click=move |event| on_mouse.run(event)
        ></div>
    }
}

/// The distance between two fingers, and the point in the middle.
fn two_fingers(event: &ev::TouchEvent) -> Option<(f64, Point)> {
    let touches = event.touches();
    let (Some(one), Some(other), 2) = (touches.get(0), touches.get(1), touches.length()) else {
        return None;
    };
    let (x, y) = (
        one.client_x() - other.client_x(),
        one.client_y() - other.client_y(),
    );
    let middle = (other.client_x() + x / 2, other.client_y() + y / 2);
    Some((f64::from(x).hypot(f64::from(y)), middle))
}
