//! What timeline and graph have in common: a bar, a picture that is zoomed by buttons, keys, the wheel and two fingers, and a list below it.

use crate::dom::Dom;
use crate::dom::{Listener, key_press};
use crate::ui::{el, keep};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, TouchEvent, WheelEvent};

const HTML: &str = r#"<div class="wf-time__bar"><span class="wf-note"></span><span class="wf-grow"></span><span class="wf-muted wf-num"></span>
<div class="wf-time__zoom" role="group" aria-label="Zoom"><button type="button" class="wf-button wf-button--icon" data-zoom="-1" aria-label="Zoom out" title="Zoom out">−</button>
<button type="button" class="wf-button wf-button--icon" data-zoom="0" title="Show everything">Fit</button>
<button type="button" class="wf-button wf-button--icon" data-zoom="1" aria-label="Zoom in" title="Zoom in">+</button></div></div>
<div class="wf-time__frame" role="group" tabindex="0"></div>
<div class="wf-time__below"><div class="wf-grid wf-time__list" role="grid" aria-readonly="true"></div></div>
<div class="wf-empty"><p class="wf-note"></p></div>"#;

/// The parts and names of a pane: its region, its picture, its list.
pub(crate) type Names = [(&'static str, &'static str); 3];

/// The elements of a pane. What stands in them is written directly.
#[derive(Clone)]
pub(crate) struct Pane {
    pub(crate) root: HtmlElement,
    pub(crate) frame: HtmlElement,
    pub(crate) below: HtmlElement,
    pub(crate) grid: HtmlElement,
    bar: HtmlElement,
    empty: HtmlElement,
}

impl Pane {
    pub(crate) fn new(names: Names) -> Self {
        let root = el("section")
            .class("wf-time")
            .attr("role", "region")
            .node()
            .clone();
        root.set_inner_html(HTML);
        let pane = Self {
            bar: find(&root, ".wf-time__bar"),
            frame: find(&root, ".wf-time__frame"),
            below: find(&root, ".wf-time__below"),
            grid: find(&root, ".wf-grid"),
            empty: find(&root, ".wf-empty"),
            root,
        };
        for (element, (part, name)) in [&pane.root, &pane.frame, &pane.grid].into_iter().zip(names) {
            Dom::set_attribute(element, "data-part", part);
            Dom::set_attribute(element, "aria-label", name);
        }
        pane
    }

    /// Shows what there is, or why there is nothing; whether the picture came into sight by that. `count` stands beside the buttons.
    pub(crate) fn tell(&self, nothing: Option<&str>, words: &str, count: &str) -> bool {
        let hidden = self.frame.hidden();
        write(&find(&self.bar, ".wf-note"), words);
        write(&find(&self.bar, ".wf-num"), count);
        write(&find(&self.empty, "p"), nothing.unwrap_or_default());
        for part in [&self.bar, &self.frame, &self.below] {
            part.set_hidden(nothing.is_some());
        }
        self.empty.set_hidden(nothing.is_none());
        hidden && nothing.is_none()
    }

    /// Listens, for as long as the owner lives.
    pub(crate) fn listen(&self, what: &Rc<dyn Zoom>) {
        for name in ["wheel", "keydown", "mousedown", "mousemove", "click", "scroll"] {
            let target = if name == "click" { &self.root } else { &self.frame };
            let weak = Rc::downgrade(what);
            keep(Listener::active(target, name, move |event| {
                if let Some(what) = weak.upgrade() {
                    heard(&*what, &event);
                }
            }));
        }
        let apart = Rc::new(Cell::new(0.0));
        for name in ["touchstart", "touchmove"] {
            let (weak, apart) = (Rc::downgrade(what), Rc::clone(&apart));
            keep(Listener::active(&self.frame, name, move |event| {
                if let Some(what) = weak.upgrade() {
                    touched(&*what, event.unchecked_ref(), &apart);
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
}

/// Something that can be zoomed.
pub(crate) trait Zoom: 'static {
    /// Larger (above 0), smaller (below), or all of it (0), around a point of the window or the middle.
    fn zoom(&self, by: i32, at: Option<(i32, i32)>);
    /// The pointer pressed, moved, or clicked on an element, or the picture was scrolled.
    fn pointer(&self, event: &Event, target: &Element);
    /// The window has another size.
    fn resized(&self);
}

fn heard(what: &dyn Zoom, event: &Event) {
    let Some(target) = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
    else {
        return;
    };
    let (by, at) = if let Some(wheel) = event.dyn_ref::<WheelEvent>() {
        // Pinching on a touchpad is a wheel with Ctrl held.
        if !wheel.ctrl_key() {
            return;
        }
        let by = if wheel.delta_y() < 0.0 { 1 } else { -1 };
        (by, Some((wheel.client_x(), wheel.client_y())))
    } else if event.type_() == "keydown" {
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
        (by, None)
    } else {
        match target.get_attribute("data-zoom").as_deref() {
            Some(_) if event.type_() != "click" => return,
            Some("1") => (1, None),
            Some("0") => (0, None),
            Some(_) => (-1, None),
            None => return what.pointer(event, &target),
        }
    };
    event.prevent_default();
    what.zoom(by, at);
}

/// Two fingers on the picture: a step whenever they are a step further from each other, or closer, than at the last one.
fn touched(what: &dyn Zoom, event: &TouchEvent, apart: &Cell<f64>) {
    let touches = event.touches();
    let (Some(one), Some(other), 2) = (touches.get(0), touches.get(1), touches.length()) else {
        // One finger scrolls, which is the browser's.
        return apart.set(0.0);
    };
    event.prevent_default();
    let (x, y) = (
        one.client_x() - other.client_x(),
        one.client_y() - other.client_y(),
    );
    let now = f64::from(x).hypot(f64::from(y));
    let before = apart.get();
    let by = if before == 0.0 {
        // They were just put down.
        return apart.set(now);
    } else if now >= before * 1.25 {
        1
    } else if now <= before * 0.8 {
        -1
    } else {
        return;
    };
    apart.set(now);
    let between = |one: i32, other: i32| (one + other) / 2;
    what.zoom(
        by,
        Some((
            between(one.client_x(), other.client_x()),
            between(one.client_y(), other.client_y()),
        )),
    );
}

/// The first descendant that a selector names.
pub(crate) fn find(root: &Element, selector: &str) -> HtmlElement {
    let found = root.query_selector(selector).ok().flatten();
    // What is looked for stands in the text that was written just before.
    found
        .unwrap_or_else(|| Dom::create_element("div", None))
        .unchecked_into()
}

/// Writes a text, unless it stands there already.
pub(crate) fn write(element: &Element, words: &str) {
    if element.text_content().as_deref() != Some(words) {
        element.set_text_content(Some(words));
    }
}

/// Writes lengths, in pixels, through the object model: the page's policy allows no style attributes.
pub(crate) fn style(element: &HtmlElement, lengths: &[(&str, i32)]) {
    let style = element.style();
    for (name, value) in lengths {
        let mut text = value.to_string();
        text.push_str("px");
        let _ = style.set_property(name, &text);
    }
}
