//! A JSON text as a foldable tree: a windowed list over the bytes as they came, whatever their size.

use crate::dom::Dom;
use crate::dom::{attribute, child};
use crate::grid::{ListOptions, RowSource, WindowedList};
use crate::icon::{Icon, icon_element, set_icon};
use crate::reactive::*;
use crate::theme::mount_style;
#[cfg(feature = "leptos")]
use crate::ui::View;
use crate::ui::{El, Live, div, el, frame, now};
#[cfg(feature = "leptos")]
use leptos::prelude::{IntoView, component};
use send_wrapper::SendWrapper;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use web_sys::{Element, HtmlElement};
use workflow_inspector::json::{JsonKey, JsonKind, JsonRow, JsonTree, Progress, preview, unquote};

const STYLE: &str = include_str!("json_view.css");

/// Bytes that are read of a text before the frame is given back.
const SLICE: usize = 1 << 18;

/// Characters of a value that a row shows: more than any pane is wide.
const SHOWN: usize = 240;

/// How many bytes of pretty text [`JsonText`] shows.
const TEXT_BOUND: usize = 1 << 18;

struct Rows {
    tree: RefCell<JsonTree>,
    list: RefCell<Option<WindowedList>>,
    reading: Cell<bool>,
}

impl Rows {
    fn with_list(&self, f: impl FnOnce(&WindowedList)) {
        if let Some(list) = self.list.borrow().as_ref() {
            f(list);
        }
    }

    fn toggle(&self, index: usize, folded: Option<bool>) -> bool {
        let mut tree = self.tree.borrow_mut();
        let Some(row) = tree.row(index) else { return false };
        let folded = folded.unwrap_or(!row.folded);
        if row.children == 0 || row.folded == folded {
            return false;
        }
        let node = row.node;
        tree.set_folded(node, folded);
        drop(tree);
        self.with_list(WindowedList::changed);
        true
    }

    fn move_to(&self, node: Option<u32>) {
        let row = node.and_then(|node| self.tree.borrow().row_of_node(node));
        if let Some(row) = row {
            self.with_list(|list| {
                list.set_active(Some(row));
                list.reveal(row);
            });
        }
    }

    /// Reads the text a slice a frame, so that opening megabytes never holds the page.
    fn read(self: &Rc<Self>) {
        if self.reading.replace(true) {
            return;
        }
        self.step();
    }

    fn step(self: &Rc<Self>) {
        let more = matches!(self.tree.borrow_mut().step(SLICE), Progress::More);
        self.with_list(WindowedList::changed);
        if !more {
            self.reading.set(false);
            return;
        }
        let weak: Weak<Self> = Rc::downgrade(self);
        frame(move || {
            if let Some(this) = weak.upgrade() {
                this.step();
            }
        });
    }
}

impl RowSource for Rows {
    fn count(&self) -> usize {
        self.tree.borrow().row_count()
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        let twist = child(row, "span", "wf-json__twist");
        let chevron = icon_element();
        set_icon(&chevron, Icon::Chevron);
        let _ = twist.append_child(&chevron);
        let key = child(row, "span", "wf-json__key");
        let value = child(row, "span", "wf-json__value");
        vec![twist.into(), key.into(), value.into()]
    }

    fn draw(&self, element: &HtmlElement, cells: &[Element], index: usize) {
        let tree = self.tree.borrow();
        let (Some(row), [twist, key, value]) = (tree.row(index), cells) else {
            return;
        };
        let indent = row.depth.min(40) * 14;
        let mut width = indent.to_string();
        width.push_str("px");
        let _ = element.style().set_property("padding-inline-start", &width);
        Dom::set_attribute(element, "aria-level", &(row.depth + 1).to_string());
        let open = row.children != 0 && !row.folded;
        attribute(
            element,
            "aria-expanded",
            (row.children != 0).then_some(if open { "true" } else { "false" }),
        );
        if let Some(icon) = twist.first_element_child() {
            attribute(&icon, "hidden", (row.children == 0).then_some(""));
        }
        key.set_text_content(Some(&key_text(row.key)));
        Dom::set_attribute(value, "data-kind", row.kind.as_str());
        value.set_text_content(Some(&value_text(&row)));
    }

    fn selected(&self, _: usize) -> bool {
        false
    }

    fn open(&self, index: usize) {
        self.toggle(index, None);
    }

    fn key(&self, key: &str, index: usize) -> bool {
        match key {
            "ArrowRight" => {
                if !self.toggle(index, Some(false)) {
                    let child = {
                        let tree = self.tree.borrow();
                        tree.row(index)
                            .filter(|row| row.children != 0)
                            .map(|row| row.node + 1)
                    };
                    self.move_to(child);
                }
            }
            "ArrowLeft" => {
                if !self.toggle(index, Some(true)) {
                    let parent = {
                        let tree = self.tree.borrow();
                        tree.row(index).and_then(|row| tree.parent(row.node))
                    };
                    self.move_to(parent);
                }
            }
            " " => {
                self.toggle(index, None);
            }
            _ => return false,
        }
        true
    }
}

fn key_text(key: JsonKey<'_>) -> String {
    match key {
        JsonKey::Root => String::new(),
        JsonKey::Name(raw) => unquote(raw).into_owned(),
        JsonKey::Index(index) => index.to_string(),
    }
}

fn value_text(row: &JsonRow<'_>) -> String {
    let open = row.children != 0 && !row.folded;
    match row.kind {
        JsonKind::Object | JsonKind::Array if open => {
            let (left, right) = if row.kind == JsonKind::Object {
                ("{", "}")
            } else {
                ("[", "]")
            };
            [left, &row.children.to_string(), right].concat()
        }
        _ => preview(row.text, SHOWN),
    }
}

/// A JSON text as a tree. Containers deeper than two levels start folded.
///
/// Text that is no JSON shows what stands before its first error; [`JsonText`] shows it whole.
#[cfg(feature = "leptos")]
#[component]
pub fn JsonTreeView(
    /// The name of the tree.
    label: &'static str,
    /// The text. A new one replaces the tree.
    #[prop(into)]
    text: Live<Arc<str>>,
) -> impl IntoView {
    View::from(json_tree(label, text))
}

/// [`JsonTreeView`] as an element.
pub fn json_tree(label: &'static str, text: Live<Arc<str>>) -> El {
    mount_style(crate::icon::STYLE);
    mount_style(crate::grid::STYLE);
    mount_style(STYLE);
    let element = div("wf-grid wf-json")
        .attr("role", "tree")
        .attr("aria-label", label);
    let empty = JsonTree::new("", u32::MAX);
    let rows = Rc::new(Rows {
        tree: RefCell::new(empty),
        list: RefCell::default(),
        reading: Cell::new(false),
    });
    let options = ListOptions {
        row_role: "treeitem",
        row_part: "json-row",
        follow: false,
    };
    let list = WindowedList::mount(
        element.node().clone(),
        Rc::clone(&rows) as Rc<dyn RowSource>,
        options,
    );
    rows.list.replace(Some(list));
    // The list holds the rows and the rows the list: one of the two has to let go.
    let cleanup = SendWrapper::new(Rc::clone(&rows));
    on_cleanup(move || {
        cleanup.list.replace(None);
    });
    now(move || {
        let tree = JsonTree::new(text.get(), 3);
        rows.tree.replace(tree);
        rows.with_list(|list| list.set_active(None));
        rows.read();
    });
    element
}

/// A JSON text on indented lines; what is no JSON as it came. Long texts are cut with a sentence that says so.
#[cfg(feature = "leptos")]
#[component]
pub fn JsonText(
    /// The text.
    #[prop(into)]
    text: Live<Arc<str>>,
) -> impl IntoView {
    View::from(json_text(text))
}

/// [`JsonText`] as an element.
pub fn json_text(text: Live<Arc<str>>) -> El {
    mount_style(STYLE);
    el("pre")
        .class("wf-json__text wf-scroll")
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", "Payload as text")
        .attr("data-part", "event-text")
        .text(move || text.with(pretty))
}

/// The beginning of the pretty text.
fn pretty(text: &Arc<str>) -> String {
    let mut tree = JsonTree::new(Arc::clone(text), u32::MAX);
    if text.len() <= TEXT_BOUND {
        tree.finish();
        if tree.error().is_some() {
            return text.to_string();
        }
    } else {
        // Enough to fill the bound: pretty text is longer than its source.
        tree.step(TEXT_BOUND);
    }
    let mut out = String::new();
    let mut line = 0;
    while line < tree.line_count() && out.len() < TEXT_BOUND {
        for found in tree.lines(line..line + 256) {
            found.push_to(&mut out);
            out.push('\n');
        }
        line += 256;
    }
    if out.len() >= TEXT_BOUND || text.len() > TEXT_BOUND {
        let mut end = out.len().min(TEXT_BOUND);
        while !out.is_char_boundary(end) {
            end -= 1;
        }
        out.truncate(end);
        out.push_str("\n… cut here: Copy takes all of it.");
    } else {
        out.pop();
    }
    out
}
