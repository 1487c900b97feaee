//! The picture: arrows in one SVG, nodes as elements above it. The browser scrolls it; it is scaled here.

use super::Shown;
use crate::events::hue;
use crate::grid::{attribute, child};
use crate::timeline::zoom::{Point, Zoom};
use crate::timeline::{style, write};
use leptos::prelude::document;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, MouseEvent};
use workflow_inspector::graph::{Place, Route, arrow_label, arrow_path, caption};
use workflow_inspector::text::count;
use workflow_protocol::{GraphNode, NodeKind};

const SVG: &str = "http://www.w3.org/2000/svg";
/// Room around everything, in pixels.
const EDGE: i32 = 16;
/// The scale in thousandths, at least and at most.
const LEAST: i32 = 150;
const MOST: i32 = 2_500;
/// Below this scale names can't be read.
const LEGIBLE: i32 = 750;

struct Node {
    element: HtmlElement,
    count: HtmlElement,
    /// What is drawn: turns, busy workers, and whether the node is selected.
    shown: Cell<Option<(u32, u32, bool)>>,
}

struct Arrow {
    path: Element,
    count: Element,
    /// How often it was taken, as drawn.
    shown: Cell<Option<u32>>,
}

pub(super) struct Picture {
    shown: Rc<Shown>,
    frame: HtmlElement,
    space: HtmlElement,
    stage: HtmlElement,
    svg: RefCell<Option<Element>>,
    nodes: RefCell<Vec<Node>>,
    arrows: RefCell<Vec<Arrow>>,
    /// The scale in thousandths that the user chose.
    scale: Cell<Option<i32>>,
    /// Where the mouse was pressed, plus the scroll position at that time.
    pressed: Cell<Option<Point>>,
}

impl Picture {
    pub(super) fn mount(root: &HtmlElement, shown: Rc<Shown>) -> Rc<Self> {
        root.set_text_content(None);
        let space = child(root, "div", "wf-graph__space");
        attribute(&space, "aria-hidden", Some("true"));
        Rc::new(Self {
            shown,
            frame: root.clone(),
            stage: child(&space, "div", "wf-graph__stage"),
            space,
            svg: RefCell::default(),
            nodes: RefCell::default(),
            arrows: RefCell::default(),
            scale: Cell::new(None),
            pressed: Cell::new(None),
        })
    }

    /// Drops the elements.
    pub(super) fn clear(&self) {
        self.stage.set_text_content(None);
        self.svg.take();
        self.nodes.take();
        self.arrows.take();
        self.scale.set(None);
    }

    /// Begins the picture of a graph that was laid out.
    pub(super) fn begin(&self) {
        self.clear();
        let view = self.shown.view.borrow();
        let svg = svg(&self.stage, "svg", "wf-graph__arrows");
        let size = (view.layout.width + 2 * EDGE, view.layout.height + 2 * EDGE);
        attribute(&svg, "width", Some(&size.0.to_string()));
        attribute(&svg, "height", Some(&size.1.to_string()));
        self.svg.replace(Some(svg));
    }

    /// Adds about this many elements; true while more are left.
    pub(super) fn build(&self, many: usize) -> bool {
        let view = self.shown.view.borrow();
        let svg = self.svg.borrow();
        let Some(svg) = svg.as_ref() else { return false };
        let (mut arrows, mut nodes) = (self.arrows.borrow_mut(), self.nodes.borrow_mut());
        for _ in 0..many {
            if let (Some(edge), Some(route)) = (
                view.drawn_edges.get(arrows.len()),
                view.layout.edges.get(arrows.len()),
            ) {
                arrows.push(arrow(svg, route, view.is_counted_first(*edge)));
            } else if let (Some(node), Some(place)) =
                (view.node(nodes.len() as u32), view.layout.nodes.get(nodes.len()))
            {
                let built = self.node(node, place);
                nodes.push(built);
            } else {
                drop((view, arrows, nodes));
                self.resized();
                return false;
            }
        }
        true
    }

    /// How many of the elements were added, in percent.
    pub(super) fn percent(&self) -> u32 {
        let view = self.shown.view.borrow();
        let all = view.layout.nodes.len() + view.drawn_edges.len();
        let there = self.nodes.borrow().len() + self.arrows.borrow().len();
        (there * 100).checked_div(all).unwrap_or(100) as u32
    }

    fn node(&self, node: &GraphNode, place: &Place) -> Node {
        let element = child(&self.stage, "div", "wf-graph__node");
        style(
            &element,
            &[
                ("left", place.x + EDGE),
                ("top", place.y + EDGE),
                ("width", place.width),
                ("height", place.height),
            ],
        );
        attribute(&element, "data-node", Some(&node.id));
        attribute(&element, "data-kind", Some(node.kind.as_str()));
        attribute(&element, "data-hue", node.event_class().map(hue));
        attribute(&element, "title", Some(&node.label));
        child(&element, "span", "wf-cut").set_text_content(Some(&caption(node)));
        let count = child(&element, "span", "wf-graph__badge");
        Node {
            element,
            count,
            shown: Cell::new(None),
        }
    }

    /// Draws what the run has taken so far.
    pub(super) fn draw(&self) {
        let view = self.shown.view.borrow();
        let traffic = self.shown.traffic.borrow();
        let chosen = self.shown.chosen_node();
        let of = |counts: &[u32], at: usize| counts.get(at).copied().unwrap_or(0);
        for (at, node) in self.nodes.borrow().iter().enumerate() {
            let (times, at_work) = (of(&traffic.nodes, at), of(&traffic.at_work, at));
            let now = (times, at_work, chosen == Some(at as u32));
            if node.shown.replace(Some(now)) == Some(now) {
                continue;
            }
            let counted = view
                .node(at as u32)
                .is_some_and(|node| matches!(node.kind, NodeKind::Step | NodeKind::Event));
            attribute(&node.element, "data-busy", (at_work > 0).then_some(""));
            attribute(
                &node.element,
                "data-untaken",
                (counted && times == 0 && !self.shown.is_child.get()).then_some(""),
            );
            attribute(&node.element, "data-selected", now.2.then_some(""));
            let words = if times == 0 {
                String::new()
            } else {
                count(u64::from(times))
            };
            write(&node.count, &words);
        }
        for (arrow, edge) in self.arrows.borrow().iter().zip(&view.drawn_edges) {
            let times = of(&traffic.edges, *edge as usize);
            if arrow.shown.replace(Some(times)) == Some(times) {
                continue;
            }
            attribute(&arrow.path, "data-taken", (times > 0).then_some(""));
            let words = if times == 0 {
                String::new()
            } else {
                count(u64::from(times))
            };
            write(&arrow.count, &words);
        }
        drop((view, traffic));
        self.resized();
    }

    /// The scale in thousandths at which everything is visible. Small graphs are not enlarged.
    fn fit(&self) -> i32 {
        let layout = &self.shown.view.borrow().layout;
        let width = self.frame.client_width() * 1000 / (layout.width + 2 * EDGE);
        let height = self.frame.client_height() * 1000 / (layout.height + 2 * EDGE);
        width.min(height).clamp(LEAST, 1000)
    }

    /// The scale in thousandths. Until the user chooses one, as much as is legible is visible.
    fn thousandths(&self) -> i32 {
        let scale = self.scale.get().unwrap_or_else(|| self.fit().max(LEGIBLE));
        scale.clamp(LEAST, MOST)
    }

    /// Changes the scale. The point, or else the middle of the frame, stays where it is.
    pub(super) fn zoom(&self, zoom: Zoom, at: Option<Point>) {
        let before = self.thousandths();
        self.scale.set(Some(match zoom {
            Zoom::Fit => self.fit(),
            Zoom::In => before * 5 / 4,
            Zoom::Out => before * 4 / 5,
        }));
        let after = self.thousandths();
        self.scale.set(self.scale.get().map(|_| after));
        self.resized();
        let bounds = self.frame.get_bounding_client_rect();
        let (x, y) = match at {
            Some((x, y)) => (x - bounds.left() as i32, y - bounds.top() as i32),
            None => (self.frame.client_width() / 2, self.frame.client_height() / 2),
        };
        let stay = |scrolled: i32, at: i32| {
            (i64::from(scrolled + at) * i64::from(after) / i64::from(before)) as i32 - at
        };
        let (left, top) = (
            stay(self.frame.scroll_left(), x),
            stay(self.frame.scroll_top(), y),
        );
        self.frame.set_scroll_left(left);
        self.frame.set_scroll_top(top);
    }

    /// A click selects a node. A mouse drags the picture; fingers scroll it natively.
    pub(super) fn on_mouse(&self, mouse: &MouseEvent) {
        let (x, y) = (mouse.client_x(), mouse.client_y());
        match mouse.type_().as_str() {
            "mousedown" => {
                let pressed = (x + self.frame.scroll_left(), y + self.frame.scroll_top());
                self.pressed.set(Some(pressed));
            }
            "mousemove" if mouse.buttons() & 1 == 1 => {
                if let Some((left, top)) = self.pressed.get() {
                    self.frame.set_scroll_left(left - x);
                    self.frame.set_scroll_top(top - y);
                }
            }
            "click" => {
                let target = mouse
                    .target()
                    .and_then(|target| target.dyn_into::<Element>().ok());
                let nodes = self.nodes.borrow();
                let node = nodes
                    .iter()
                    .position(|node| node.element.contains(target.as_deref()));
                drop(nodes);
                if let Some(node) = node {
                    self.shown.choose(node as u32);
                }
            }
            _ => self.pressed.set(None),
        }
    }

    /// Applies the scale to the size of the frame.
    pub(super) fn resized(&self) {
        if self.frame.client_width() == 0 {
            return;
        }
        let scale = self.thousandths();
        let layout = &self.shown.view.borrow().layout;
        let scaled = |length: i32| (i64::from(length + 2 * EDGE) * i64::from(scale) / 1000) as i32;
        style(
            &self.space,
            &[("width", scaled(layout.width)), ("height", scaled(layout.height))],
        );
        let digits = (1000 + scale % 1000).to_string();
        let text = [
            &(scale / 1000).to_string(),
            ".",
            digits.get(1..).unwrap_or_default(),
        ]
        .concat();
        let _ = self.stage.style().set_property("scale", &text);
    }
}

fn svg(parent: &Element, tag: &str, class: &str) -> Element {
    // Fails only for invalid tag names.
    let element = document()
        .create_element_ns(Some(SVG), tag)
        .unwrap_or_else(JsCast::unchecked_into);
    attribute(&element, "class", Some(class));
    let _ = parent.append_child(&element);
    element
}

fn arrow(parent: &Element, route: &Route, first: bool) -> Arrow {
    let path = svg(parent, "path", "wf-graph__arrow");
    attribute(&path, "d", Some(&arrow_path(route, EDGE)));
    let count = svg(parent, "text", "wf-graph__often");
    if let Some((x, y)) = arrow_label(route, first, EDGE) {
        attribute(&count, "x", Some(&x.to_string()));
        attribute(&count, "y", Some(&y.to_string()));
    }
    Arrow {
        path,
        count,
        shown: Cell::new(None),
    }
}
