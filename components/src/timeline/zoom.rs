//! A picture that is zoomed by buttons, keys, the wheel and two fingers: the frame that timeline and graph share.

use crate::dom::key_press;
use leptos::{ev, prelude::*};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, MouseEvent, TouchEvent, WheelEvent};

/// A picture that is drawn by hand and can be zoomed.
pub(crate) trait Zoom: 'static {
    /// The element to draw in was created. Does nothing by default.
    fn mount(&self, frame: &HtmlElement) {
        let _ = frame;
    }
    /// Zooms in (above 0), out (below 0) or to the whole picture (0), around a point of the window or the middle.
    fn zoom(&self, by: i32, at: Option<(i32, i32)>);
    /// The pointer pressed, moved, or clicked on an element, or the picture was scrolled.
    fn pointer(&self, event: &Event, target: &Element);
    /// The window was resized.
    fn resized(&self);
}

/// A note, a count, and the buttons that zoom.
#[component]
pub(super) fn ZoomBar(
    picture: Rc<dyn Zoom>,
    #[prop(into)] note: Signal<String>,
    #[prop(into)] count: Signal<String>,
    hidden: Signal<bool>,
) -> impl IntoView {
    let zoom = |by: i32| {
        let picture = Rc::clone(&picture);
        move |_| picture.zoom(by, None)
    };
    view! {
        <div class="wf-time__bar" hidden=hidden>
            <span class="wf-note" translate="no">
                {note}
            </span>
            <span class="wf-grow"></span>
            <span class="wf-muted wf-num" translate="no">
                {count}
            </span>
            <div class="wf-time__zoom" role="group" aria-label="Zoom">
                <button
                    type="button"
                    class="wf-button wf-button--icon"
                    aria-label="Zoom out"
                    title="Zoom out"
                    on:click=zoom(-1)
                >
                    "−"
                </button>
                <button type="button" class="wf-button wf-button--icon" title="Show everything" on:click=zoom(0)>
                    "Fit"
                </button>
                <button
                    type="button"
                    class="wf-button wf-button--icon"
                    aria-label="Zoom in"
                    title="Zoom in"
                    on:click=zoom(1)
                >
                    "+"
                </button>
            </div>
        </div>
    }
}

/// The element that a picture is drawn in.
#[component]
pub(super) fn ZoomFrame(
    picture: Rc<dyn Zoom>,
    /// The `data-part`.
    part: &'static str,
    /// The accessible name.
    label: &'static str,
    hidden: Signal<bool>,
) -> impl IntoView {
    let resized = Rc::clone(&picture);
    let resize = window_event_listener(ev::resize, move |_| resized.resized());
    on_cleanup(move || resize.remove());
    let on_wheel = {
        let picture = Rc::clone(&picture);
        move |event: WheelEvent| zoom_by_wheel(&*picture, &event)
    };
    let on_key = {
        let picture = Rc::clone(&picture);
        move |event: KeyboardEvent| zoom_by_key(&*picture, &event)
    };
    let on_touch = {
        let (picture, distance) = (Rc::clone(&picture), Rc::new(Cell::new(0.0)));
        move |event: TouchEvent| zoom_by_touch(&*picture, &event, &distance)
    };
    let on_mouse = {
        let picture = Rc::clone(&picture);
        move |event: MouseEvent| report_pointer(&*picture, &event)
    };
    let on_scroll = {
        let picture = Rc::clone(&picture);
        move |event: Event| report_pointer(&*picture, &event)
    };
    let mount = move |frame: Element| picture.mount(frame.unchecked_ref());
    view! {
        <div
            class="wf-time__frame"
            data-part=part
            part=part
            role="group"
            aria-label=label
            tabindex="0"
            hidden=hidden
            on:wheel=on_wheel
            on:keydown=on_key
            on:touchstart=on_touch.clone()
            on:touchmove=on_touch
            on:mousedown=on_mouse.clone()
            on:mousemove=on_mouse.clone()
            on:click=on_mouse
            on:scroll=on_scroll
            use:mount
        ></div>
    }
}

pub(super) fn report_pointer(picture: &dyn Zoom, event: &Event) {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(target) = target {
        picture.pointer(event, &target);
    }
}

/// Pinching on a touchpad is reported as a wheel with Ctrl.
pub(super) fn zoom_by_wheel(picture: &dyn Zoom, event: &WheelEvent) {
    if !event.ctrl_key() {
        return;
    }
    event.prevent_default();
    let by = if event.delta_y() < 0.0 { 1 } else { -1 };
    picture.zoom(by, Some((event.client_x(), event.client_y())));
}

pub(super) fn zoom_by_key(picture: &dyn Zoom, event: &KeyboardEvent) {
    let Some(key) = key_press(event) else { return };
    if key.ctrl_key() || key.meta_key() {
        return;
    }
    let by = match key.key().as_str() {
        "+" | "=" => 1,
        "-" => -1,
        "0" => 0,
        _ => return,
    };
    event.prevent_default();
    picture.zoom(by, None);
}

/// Two fingers zoom by a step whenever their distance has grown or shrunk by a step. One finger scrolls, which the browser does.
pub(super) fn zoom_by_touch(picture: &dyn Zoom, event: &TouchEvent, distance: &Cell<f64>) {
    let touches = event.touches();
    let (Some(one), Some(other), 2) = (touches.get(0), touches.get(1), touches.length()) else {
        return distance.set(0.0);
    };
    event.prevent_default();
    let x = one.client_x() - other.client_x();
    let y = one.client_y() - other.client_y();
    let now = f64::from(x).hypot(f64::from(y));
    let before = distance.get();
    let by = if before == 0.0 {
        // The fingers were just put down.
        return distance.set(now);
    } else if now >= before * 1.25 {
        1
    } else if now <= before * 0.8 {
        -1
    } else {
        return;
    };
    distance.set(now);
    let middle = |one: i32, other: i32| (one + other) / 2;
    let at = (
        middle(one.client_x(), other.client_x()),
        middle(one.client_y(), other.client_y()),
    );
    picture.zoom(by, Some(at));
}

/// Writes a text, unless it is there already.
pub(crate) fn write(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Writes lengths in pixels through the object model: the content security policy allows no style attributes.
pub(crate) fn style(element: &HtmlElement, lengths: &[(&str, i32)]) {
    let style = element.style();
    for (name, value) in lengths {
        let _ = style.set_property(name, &format!("{value}px"));
    }
}
