//! The tree.

use super::STYLE;
use super::document::{Document, with};
use crate::dom::Dom;
use crate::dom::{attribute, child};
use crate::grid::{ListOptions, RowSource, WindowedList};
use crate::icon::{Icon, icon_element, set_icon};
use crate::theme::mount_style;
use crate::ui::{El, div};
use std::rc::Rc;
use web_sys::{Element, HtmlElement};
use workflow_inspector::json::{JsonKey, JsonKind, JsonRow, preview, unquote};

/// Characters of a value that a row shows: more than any pane is wide.
const SHOWN: usize = 240;

struct Rows(Rc<Document>);

impl Rows {
    fn toggle(&self, index: usize, folded: Option<bool>) -> bool {
        let mut tree = self.0.tree.borrow_mut();
        let Some(row) = tree.row(index) else { return false };
        let folded = folded.unwrap_or(!row.folded);
        if row.children == 0 || row.folded == folded {
            return false;
        }
        let node = row.node;
        tree.set_folded(node, folded);
        drop(tree);
        with(&self.0.tree_list, WindowedList::changed);
        true
    }

    fn move_to(&self, node: Option<u32>) {
        let row = node.and_then(|node| self.0.tree.borrow().row_of_node(node));
        self.0.show_row(row);
    }
}

impl RowSource for Rows {
    fn count(&self) -> usize {
        self.0.tree.borrow().row_count()
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
        let tree = self.0.tree.borrow();
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
        self.0.activate(index);
        self.toggle(index, None);
    }

    fn activate(&self, index: usize) {
        self.0.activate(index);
    }

    fn key(&self, key: &str, index: usize) -> bool {
        match key {
            "ArrowRight" => {
                if !self.toggle(index, Some(false)) {
                    let child = {
                        let tree = self.0.tree.borrow();
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
                        let tree = self.0.tree.borrow();
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

/// The document as a tree.
pub(crate) fn tree_view(document: &Rc<Document>, label: &'static str) -> El {
    mount_style(crate::icon::STYLE);
    mount_style(crate::grid::STYLE);
    mount_style(STYLE);
    let element = div("wf-grid wf-json")
        .attr("role", "tree")
        .attr("aria-label", label);
    let options = ListOptions {
        row_role: "treeitem",
        row_part: "json-row",
        follow: false,
    };
    let source = Rc::new(Rows(Rc::clone(document)));
    let list = WindowedList::mount(element.node().clone(), source, options);
    document.tree_list.replace(Some(list));
    element
}
