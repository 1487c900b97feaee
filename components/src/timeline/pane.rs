//! The frame of timeline and graph for views that are still built by hand.

use super::zoom::{Zoom, report_pointer, write, zoom_by_key, zoom_by_touch, zoom_by_wheel};
use crate::dom::{Dom, Listener};
use crate::ui::{el, keep};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

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
                    zoom_by_touch(&*what, event.unchecked_ref(), &apart);
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

fn heard(what: &dyn Zoom, event: &Event) {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let by = target.and_then(|target| target.get_attribute("data-zoom"));
    if let Some(event) = event.dyn_ref() {
        zoom_by_wheel(what, event);
    } else if let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() {
        zoom_by_key(what, event);
    } else if let Some(by) = by {
        if event.type_() == "click" {
            what.zoom(by.parse().unwrap_or_default(), None);
        }
    } else {
        report_pointer(what, event);
    }
}

/// The first descendant that a selector names.
fn find(root: &Element, selector: &str) -> HtmlElement {
    let found = root.query_selector(selector).ok().flatten();
    // What is looked for stands in the text that was written just before.
    found
        .unwrap_or_else(|| Dom::create_element("div", None))
        .unchecked_into()
}
