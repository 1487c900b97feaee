//! The lines.

use super::STYLE;
use super::document::Document;
use crate::dom::Dom;
use crate::dom::{attribute, child};
use crate::grid::{ListOptions, RowSource, WindowedList};
use crate::theme::mount_style;
use crate::ui::{El, div};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::{Element, HtmlElement};

/// What the stylesheet leaves free at both sides of a row, in pixels.
const SIDES: f64 = 24.0;

/// Characters of the element whose width tells how wide one is.
const RULED: f64 = 10.0;

struct Rows {
    document: Rc<Document>,
    /// As wide as [`RULED`] characters.
    ruler: RefCell<Option<HtmlElement>>,
}

impl RowSource for Rows {
    fn count(&self) -> usize {
        self.document
            .rows
            .borrow()
            .as_ref()
            .map_or(0, |rows| rows.count())
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        let cell = child(row, "span", "wf-json__line");
        Dom::set_attribute(&cell, "role", "gridcell");
        vec![cell.into()]
    }

    fn draw(&self, element: &HtmlElement, cells: &[Element], index: usize) {
        let rows = self.document.rows.borrow();
        let row = rows
            .as_ref()
            .and_then(|rows| rows.row(&self.document.tree.borrow(), index));
        let (Some(row), [cell]) = (row, cells) else { return };
        // Written only where it changes: what somebody has selected with the pointer stays selected.
        if cell.text_content().as_deref() != Some(row.text.as_str()) {
            cell.set_text_content(Some(&row.text));
        }
        attribute(element, "data-goes-on", row.goes_on.then_some(""));
    }

    fn selected(&self, _: usize) -> bool {
        false
    }

    fn open(&self, _: usize) {}

    fn resized(&self, width: f64) {
        let ruled = self
            .ruler
            .borrow()
            .as_ref()
            .map_or(0.0, |ruler| ruler.get_bounding_client_rect().width());
        let columns = if width > 0.0 && ruled > 0.0 {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a cast from floating point saturates"
            )]
            let columns = ((width - SIDES) * RULED / ruled) as usize;
            columns.max(1)
        } else {
            0
        };
        self.document.set_columns(columns);
    }
}

/// The document as text.
pub(crate) fn text_view(document: &Rc<Document>) -> El {
    mount_style(crate::grid::STYLE);
    mount_style(STYLE);
    let element = div("wf-grid wf-json__text")
        .attr("role", "grid")
        .attr("aria-label", "Payload as text")
        .attr("aria-readonly", true)
        .attr("data-part", "event-text");
    let options = ListOptions {
        row_role: "row",
        row_part: "text-row",
        follow: false,
    };
    document.add_rows();
    let source = Rc::new(Rows {
        document: Rc::clone(document),
        ruler: RefCell::default(),
    });
    let list = WindowedList::mount(
        element.node().clone(),
        Rc::clone(&source) as Rc<dyn RowSource>,
        options,
    );
    let ruler = child(element.node(), "div", "wf-json__ruler");
    Dom::set_attribute(&ruler, "aria-hidden", "true");
    source.ruler.replace(Some(ruler));
    document.text_list.replace(Some(list));
    element
}
