//! The picture: arrows in one drawing, nodes as elements over it, scrolled by the browser and scaled by us.

use super::Shown;
use crate::dom::Dom;
use crate::dom::{attribute, child};
use crate::events::hue;
use crate::timeline::{Zoom, style, write};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, MouseEvent};
use workflow_inspector::graph::{Route, caption};
use workflow_inspector::text::count;
use workflow_protocol::NodeKind;

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
}

struct Arrow {
    path: Element,
    count: Element,
}

pub(super) struct Picture {
    shown: Rc<Shown>,
    frame: HtmlElement,
    space: HtmlElement,
    stage: HtmlElement,
    nodes: RefCell<Vec<Node>>,
    arrows: RefCell<Vec<Arrow>>,
    /// The scale in thousandths; none until somebody chose one.
    scale: Cell<Option<i32>>,
    /// Where the pointer took hold, and what was scrolled then.
    held: Cell<Option<(i32, i32)>>,
}

impl Picture {
    pub(super) fn mount(root: &HtmlElement, shown: Rc<Shown>) -> Rc<Self> {
        let space = child(root, "div", "wf-graph__space");
        Dom::set_attribute(&space, "aria-hidden", "true");
        Rc::new(Self {
            shown,
            frame: root.clone(),
            stage: child(&space, "div", "wf-graph__stage"),
            space,
            nodes: RefCell::default(),
            arrows: RefCell::default(),
            scale: Cell::new(None),
            held: Cell::new(None),
        })
    }

    /// Makes the elements of another graph.
    pub(super) fn build(&self) {
        let view = self.shown.view.borrow();
        self.stage.set_text_content(None);
        let svg = svg(&self.stage, "svg", "wf-graph__arrows");
        let size = (view.layout.width + 2 * EDGE, view.layout.height + 2 * EDGE);
        Dom::set_attribute(&svg, "width", &size.0.to_string());
        Dom::set_attribute(&svg, "height", &size.1.to_string());
        let mut arrows = Vec::with_capacity(view.edges.len());
        for (route, (from, to)) in view.layout.edges.iter().zip(&view.edges) {
            let path = self::svg(&svg, "path", "wf-graph__arrow");
            Dom::set_attribute(&path, "d", &path_of(route));
            let count = self::svg(&svg, "text", "wf-graph__often");
            // Where arrows part, their counts stand at their ends; where they meet, at their beginnings.
            let meet = view.neighbours(*to, true).len() > view.neighbours(*from, false).len();
            if let Some((x, y)) = label_of(route, meet) {
                Dom::set_attribute(&count, "x", &x.to_string());
                Dom::set_attribute(&count, "y", &y.to_string());
            }
            arrows.push(Arrow { path, count });
        }
        let mut nodes = Vec::with_capacity(view.layout.nodes.len());
        for (at, place) in view.layout.nodes.iter().enumerate() {
            let Some(node) = view.node(at as u32) else {
                continue;
            };
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
            Dom::set_attribute(&element, "data-node", &node.id);
            Dom::set_attribute(&element, "data-kind", node.kind.as_str());
            attribute(&element, "data-hue", node.event_class().map(hue));
            Dom::set_attribute(&element, "title", &node.label);
            child(&element, "span", "wf-cut").set_text_content(Some(&caption(node)));
            let count = child(&element, "span", "wf-graph__badge");
            nodes.push(Node { element, count });
        }
        self.nodes.replace(nodes);
        self.arrows.replace(arrows);
        self.scale.set(None);
        drop(view);
        self.resized();
    }

    /// Shows what the run has taken by now.
    pub(super) fn draw(&self) {
        let view = self.shown.view.borrow();
        let traffic = self.shown.traffic.borrow();
        let chosen = self.shown.chosen_node();
        let of = |counts: &[u32], at: usize| counts.get(at).copied().unwrap_or(0);
        for (at, node) in self.nodes.borrow().iter().enumerate() {
            let (times, at_work) = (of(&traffic.nodes, at), of(&traffic.at_work, at));
            let counted = view
                .node(at as u32)
                .is_some_and(|node| matches!(node.kind, NodeKind::Step | NodeKind::Event));
            attribute(&node.element, "data-busy", (at_work > 0).then_some(""));
            attribute(
                &node.element,
                "data-untaken",
                (counted && times == 0).then_some(""),
            );
            attribute(
                &node.element,
                "data-selected",
                (chosen == Some(at as u32)).then_some(""),
            );
            let words = if times == 0 {
                String::new()
            } else {
                count(u64::from(times))
            };
            write(&node.count, &words);
        }
        for (at, arrow) in self.arrows.borrow().iter().enumerate() {
            let times = of(&traffic.edges, at);
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

    /// The scale in thousandths at which everything is in sight. Small graphs aren't blown up.
    fn fit(&self) -> i32 {
        let layout = &self.shown.view.borrow().layout;
        let width = self.frame.client_width() * 1000 / (layout.width + 2 * EDGE);
        let height = self.frame.client_height() * 1000 / (layout.height + 2 * EDGE);
        width.min(height).clamp(LEAST, 1000)
    }

    /// The scale in thousandths. Until somebody chooses one, everything that can be read is in sight.
    fn thousandths(&self) -> i32 {
        let scale = self.scale.get().unwrap_or_else(|| self.fit().max(LEGIBLE));
        scale.clamp(LEAST, MOST)
    }
}

impl Zoom for Picture {
    /// What stands at the point stays there.
    fn zoom(&self, by: i32, at: Option<(i32, i32)>) {
        let before = self.thousandths();
        self.scale.set(match by {
            0 => Some(self.fit()),
            1 => Some(before * 5 / 4),
            _ => Some(before * 4 / 5),
        });
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

    /// A click chooses a node. With a mouse the picture is dragged; fingers scroll by themselves.
    fn pointer(&self, event: &Event, target: &Element) {
        let Some(mouse) = event.dyn_ref::<MouseEvent>() else {
            return;
        };
        let (x, y) = (mouse.client_x(), mouse.client_y());
        match event.type_().as_str() {
            "mousedown" => {
                let held = (x + self.frame.scroll_left(), y + self.frame.scroll_top());
                self.held.set(Some(held));
            }
            "mousemove" if mouse.buttons() & 1 == 1 => {
                if let Some((left, top)) = self.held.get() {
                    self.frame.set_scroll_left(left - x);
                    self.frame.set_scroll_top(top - y);
                }
            }
            "click" => {
                let nodes = self.nodes.borrow();
                let node = nodes.iter().position(|node| node.element.contains(Some(target)));
                drop(nodes);
                if let Some(node) = node {
                    self.shown.choose(node as u32);
                }
            }
            _ => self.held.set(None),
        }
    }

    fn resized(&self) {
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
    let element = Dom::create_element(tag, Some(SVG));
    Dom::set_attribute(&element, "class", class);
    // A fresh element has no parent and no children: it can always be appended.
    let _ = parent.append_child(&element);
    element
}

/// An arrow as the text of a path, its head included.
fn path_of(route: &Route) -> String {
    let mut path = String::new();
    let put = |path: &mut String, command: char, points: &[(i32, i32)]| {
        path.push(command);
        for (x, y) in points {
            path.push_str(&(x + EDGE).to_string());
            path.push(' ');
            path.push_str(&(y + EDGE).to_string());
            path.push(' ');
        }
    };
    let points = &route.points;
    let (Some(first), Some(&(x, y))) = (points.first(), points.last()) else {
        return path;
    };
    put(&mut path, 'M', &[*first]);
    if let (true, [_, down, along, up]) = (route.back, points.as_slice()) {
        let turn = if along.0 < down.0 { -8 } else { 8 };
        put(&mut path, 'L', &[(down.0, down.1 - 8)]);
        put(&mut path, 'Q', &[*down, (down.0 + turn, down.1)]);
        put(&mut path, 'L', &[(along.0 - turn, along.1)]);
        put(&mut path, 'Q', &[*along, (along.0, along.1 - 8)]);
        put(&mut path, 'L', &[*up]);
        put(&mut path, 'M', &[(x - 4, y + 6)]);
        put(&mut path, 'L', &[*up, (x + 4, y + 6)]);
        return path;
    }
    for (nth, pair) in points.windows(2).enumerate() {
        let [a, b] = *pair else { continue };
        let middle = (a.0 + b.0) / 2;
        if nth % 2 == 0 && a.1 != b.1 {
            put(&mut path, 'C', &[(middle, a.1), (middle, b.1), b]);
        } else {
            put(&mut path, 'L', &[b]);
        }
    }
    put(&mut path, 'M', &[(x - 6, y - 4)]);
    put(&mut path, 'L', &[(x, y), (x - 6, y + 4)]);
    path
}

/// Where an arrow's count stands: above its first or its last bend, or above the middle of its way back.
fn label_of(route: &Route, first: bool) -> Option<(i32, i32)> {
    let (x, y) = match route.points.as_slice() {
        [_, down, along, _] if route.back => ((down.0 + along.0) / 2, down.1),
        // Three tenths of the way the bend has hardly begun, at seven tenths it is nearly over.
        [a, b, ..] if first => (a.0 + (b.0 - a.0) * 3 / 10, a.1 + (b.1 - a.1) / 6),
        [.., a, b] => (a.0 + (b.0 - a.0) * 7 / 10, a.1 + (b.1 - a.1) * 5 / 6),
        _ => return None,
    };
    Some((x + EDGE, y + EDGE - 5))
}
