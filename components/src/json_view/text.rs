//! The lines of a document.

use super::STYLE;
use super::document::{Content, Document};
use crate::grid::{Grid, RowSource, attribute, child};
use crate::theme::mount_style;
use leptos::{html, prelude::*};
use std::rc::Rc;
use web_sys::{Element, HtmlElement};

/// The padding at both sides of a row, in pixels, as in the stylesheet.
const SIDES: f64 = 24.0;

/// The width of the ruler in characters, as in the stylesheet.
const RULER: f64 = 10.0;

struct Rows {
    content: Rc<Content>,
    /// An element of [`RULER`] characters.
    ruler: NodeRef<html::Div>,
}

impl RowSource for Rows {
    fn count(&self) -> usize {
        self.content.rows.borrow().as_ref().map_or(0, |rows| rows.count())
    }

    fn build(&self, row: &HtmlElement) -> Vec<Element> {
        let cell = child(row, "span", "wf-json__line");
        attribute(&cell, "role", Some("gridcell"));
        vec![cell.into()]
    }

    fn draw(&self, element: &HtmlElement, cells: &[Element], index: usize) {
        let rows = self.content.rows.borrow();
        let row = rows
            .as_ref()
            .and_then(|rows| rows.row(&self.content.tree.borrow(), index));
        let (Some(row), [cell]) = (row, cells) else { return };
        // Written only if it changes, so that selected text stays selected.
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
        let ruler = self.ruler.try_get_untracked().flatten();
        let ruled = ruler.map_or(0.0, |ruler| ruler.get_bounding_client_rect().width());
        let columns = if width > 0.0 && ruled > 0.0 {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a cast from floating point saturates"
            )]
            let columns = ((width - SIDES) * RULER / ruled) as usize;
            columns.max(1)
        } else {
            0
        };
        self.content.set_columns(columns);
    }
}

/// The document as indented lines.
#[component]
pub(crate) fn DocumentText(document: Document) -> impl IntoView {
    mount_style(STYLE);
    document.content().map(|content| {
        content.add_rows();
        let ruler = NodeRef::new();
        let grid_ref = content.text_grid;
        view! {
            <Grid
                grid_ref
                source=Rc::new(Rows { content, ruler })
                class="wf-grid wf-json__text"
                label="Payload as text"
                part="event-text"
                row_part="text-row"
            >
                <div class="wf-json__ruler" aria-hidden="true" node_ref=ruler></div>
            </Grid>
        }
    })
}
