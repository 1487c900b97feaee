//! What a grid shows, and how it presents itself.

use web_sys::{Element, Event, HtmlElement};

/// The rows of a [`Grid`](super::Grid): how many there are, and how one is drawn.
///
/// Signals that are read here are not tracked: call [`changed`](super::GridRef::changed) or [`grown`](super::GridRef::grown) from an
/// effect when the rows change.
pub trait RowSource: 'static {
    /// The current number of rows.
    fn count(&self) -> usize;
    /// Creates the content of one pooled row, once. The returned elements are passed to [`draw`](Self::draw).
    fn build(&self, row: &HtmlElement) -> Vec<Element>;
    /// Draws row `index`, which is below [`count`](Self::count), into a pooled row. Runs again only after the row moved or was
    /// invalidated.
    fn draw(&self, row: &HtmlElement, cells: &[Element], index: usize);
    /// Whether the row is selected, for example shown in a detail pane.
    fn selected(&self, index: usize) -> bool;
    /// The user opened the row with a click or with Enter.
    fn open(&self, index: usize);
    /// The keyboard moved onto the row. Does nothing by default.
    fn activate(&self, index: usize) {
        let _ = index;
    }
    /// A key that the grid does not handle was pressed on the row. Returns true if it was handled. Handles none by default.
    fn key(&self, key: &str, index: usize) -> bool {
        let _ = (key, index);
        false
    }
    /// The row was clicked. Returns true if the click was handled and must not open the row. Handles none by default.
    fn click(&self, event: &Event, index: usize) -> bool {
        let _ = (event, index);
        false
    }
    /// The grid was measured: its width in pixels, 0 while it is not visible. Does nothing by default.
    fn resized(&self, width: f64) {
        let _ = width;
    }
    /// The view reached the end of the list, or left it. Does nothing by default.
    fn edge(&self, at_end: bool) {
        let _ = at_end;
    }
}

/// How the rows are presented.
#[derive(Clone, Copy, Debug)]
pub struct ListOptions {
    /// The role of the rows: `row` in a `grid`, `treeitem` in a `tree`, `listitem` in a `list`.
    pub row_role: &'static str,
    /// The `data-part` of the rows.
    pub row_part: &'static str,
    /// Whether the view stays at the end of the list while rows arrive there.
    pub follow: bool,
}
