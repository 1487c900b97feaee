//! A document as a tree.

use super::STYLE;
use super::document::{Content, Document};
use crate::grid::{Grid, RowSource, attribute, child};
use crate::icon::{Icon, icon_element, set_icon};
use crate::theme::mount_style;
use leptos::prelude::*;
use std::rc::Rc;
use web_sys::{Element, HtmlElement};
use workflow_inspector::json::{JsonKey, JsonKind, JsonRow, preview, unquote};

/// Characters of a value that a row shows: more than any pane is wide.
const SHOWN: usize = 240;

/// The deepest level that is indented.
const DEEPEST: u32 = 40;

struct Rows(Rc<Content>);

impl Rows {
    /// Folds or unfolds a container. False if that changes nothing.
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
        self.0.tree_grid.changed();
        true
    }

    fn move_to(&self, node: Option<u32>) {
        let row = node.and_then(|node| self.0.tree.borrow().row_of_node(node));
        self.0.show_row(row);
    }

    fn first_child(&self, index: usize) -> Option<u32> {
        let tree = self.0.tree.borrow();
        let row = tree.row(index).filter(|row| row.children != 0)?;
        Some(row.node + 1)
    }

    fn parent(&self, index: usize) -> Option<u32> {
        let tree = self.0.tree.borrow();
        tree.parent(tree.row(index)?.node)
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
        let indent = format!("{}px", row.depth.min(DEEPEST) * 14);
        let _ = element.style().set_property("padding-inline-start", &indent);
        attribute(element, "aria-level", Some(&(row.depth + 1).to_string()));
        let is_container = row.children != 0;
        let expanded = if row.folded { "false" } else { "true" };
        attribute(element, "aria-expanded", is_container.then_some(expanded));
        if let Some(icon) = twist.first_element_child() {
            attribute(&icon, "hidden", (!is_container).then_some(""));
        }
        key.set_text_content(Some(&key_text(row.key)));
        attribute(value, "data-kind", Some(row.kind.as_str()));
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
            "ArrowRight" if !self.toggle(index, Some(false)) => self.move_to(self.first_child(index)),
            "ArrowLeft" if !self.toggle(index, Some(true)) => self.move_to(self.parent(index)),
            "ArrowRight" | "ArrowLeft" => {}
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
    let is_open = row.children != 0 && !row.folded;
    match row.kind {
        JsonKind::Object if is_open => format!("{{{}}}", row.children),
        JsonKind::Array if is_open => format!("[{}]", row.children),
        _ => preview(row.text, SHOWN),
    }
}

/// The document as a tree with foldable containers.
#[component]
pub(crate) fn DocumentTree(
    document: Document,
    /// The name of the tree.
    label: &'static str,
) -> impl IntoView {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    document.content().map(|content| {
        let grid_ref = content.tree_grid;
        view! {
            <Grid
                grid_ref
                source=Rc::new(Rows(content))
                class="wf-grid wf-json"
                label
                row_part="json-row"
                role="tree"
                row_role="treeitem"
            />
        }
    })
}
