//! A windowed list: a fixed pool of row elements over any number of rows.
//!
//! The pool is as large as the viewport needs. Scrolling and arriving rows reuse the same elements: attributes and text are written
//! directly, in one function, without a reactive graph per row. Outside it is one component, [`Grid`].

mod draw;
mod handle;
mod inner;
mod input;
mod list;
mod source;
mod window;

pub use handle::GridRef;
pub use list::WindowedList;
pub use source::{ListOptions, RowSource};

pub(crate) use crate::element::{attribute, child, style, write};
pub(crate) use crate::theme::GRID_STYLE as STYLE;

use crate::theme::mount_style;
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// A list of which only the visible rows are in the page, however many there are.
///
/// Give it a height. It scrolls by itself, takes the focus, and moves with the arrow keys, Page Up, Page Down, Home and End. Further
/// attributes and listeners can be added: `attr:data-count=…`, `on:keydown=…`.
///
/// All changes of one task, such as an update of the signals, are drawn once, before the browser paints.
///
/// ```no_run
/// use leptos::prelude::*;
/// use std::rc::Rc;
/// use web_sys::{Element, HtmlElement};
/// use workflow_ui_components::grid::{Grid, GridRef, RowSource};
///
/// struct Names(RwSignal<Vec<String>>);
///
/// impl RowSource for Names {
///     fn count(&self) -> usize {
///         self.0.with_untracked(Vec::len)
///     }
///     fn build(&self, _: &HtmlElement) -> Vec<Element> {
///         Vec::new()
///     }
///     fn draw(&self, row: &HtmlElement, _: &[Element], index: usize) {
///         self.0.with_untracked(|names| row.set_text_content(names.get(index).map(String::as_str)));
///     }
///     fn selected(&self, _: usize) -> bool {
///         false
///     }
///     fn open(&self, index: usize) {
///         leptos::logging::log!("opened row {index}");
///     }
/// }
///
/// #[component]
/// fn NameList(names: RwSignal<Vec<String>>) -> impl IntoView {
///     let grid = GridRef::new();
///     Effect::new(move |_| {
///         names.track();
///         grid.changed();
///     });
///     view! { <Grid grid_ref=grid source=Rc::new(Names(names)) label="Names" row_part="name" /> }
/// }
/// ```
#[component]
pub fn Grid(
    /// The rows.
    source: Rc<dyn RowSource>,
    /// The accessible name.
    label: &'static str,
    /// The `data-part` of the rows.
    row_part: &'static str,
    /// The handle that redraws and scrolls the list.
    #[prop(optional)]
    grid_ref: GridRef,
    /// All classes of the list, `wf-grid` included.
    #[prop(default = "wf-grid")]
    class: &'static str,
    /// The `data-part` of the list.
    #[prop(optional)]
    part: Option<&'static str>,
    /// The role of the list. Defaults to a read-only `grid`.
    #[prop(default = "grid")]
    role: &'static str,
    /// The role of the rows: `row` in a `grid`, `treeitem` in a `tree`, `listitem` in a `list`.
    #[prop(default = "row")]
    row_role: &'static str,
    /// Whether the view stays at the end of the list while rows arrive there.
    #[prop(optional)]
    follow: bool,
    /// Further elements in the scroll container.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    mount_style(STYLE);
    let options = ListOptions {
        row_role,
        row_part,
        follow,
    };
    let mount_rows = move |scroller: Element| {
        grid_ref.mount(scroller.unchecked_into(), Rc::clone(&source), options);
    };
    on_cleanup(move || grid_ref.unmount());
    view! {
        <div
            class=class
            role=role
            aria-label=label
            aria-readonly=(role == "grid").then_some("true")
            data-part=part
            part=part
            use:mount_rows
        >
            {children.map(|children| children())}
        </div>
    }
}

/// Mounts the stylesheet of grids, for lists that are mounted by hand.
pub fn mount_grid_style() {
    mount_style(STYLE);
}
