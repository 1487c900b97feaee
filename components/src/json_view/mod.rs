//! JSON as a foldable tree and as lines: grids over the original bytes, for any size.

mod document;
mod find;
mod source;
mod text;
mod tree;

pub(crate) use document::Document;
pub(crate) use find::SearchBar;
pub use source::JsonSource;
pub(crate) use text::DocumentText;
pub(crate) use tree::DocumentTree;

use crate::work::Work;
use leptos::prelude::*;

const STYLE: &str = include_str!("json_view.css");

/// JSON as a tree. Containers deeper than two levels start folded.
///
/// If the text is not valid JSON, it shows the part before the first error; [`JsonText`] shows all of it. Give it a height.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::json_view::{JsonText, JsonTreeView};
/// use workflow_ui_core::protocol::RawJson;
///
/// #[component]
/// fn Value(json: RawJson, received: RwSignal<String>) -> impl IntoView {
///     view! {
///         <JsonTreeView label="Value" text=json />
///         <JsonText text=received />
///         <JsonText text="[1, 2]" />
///     }
/// }
/// ```
#[component]
pub fn JsonTreeView(
    /// The name of the tree.
    label: &'static str,
    /// The text. A new one replaces the tree.
    #[prop(into)]
    text: JsonSource,
) -> impl IntoView {
    let document = Document::new(text.text(), Work::new());
    view! { <DocumentTree document label /> }
}

/// JSON as indented lines. Text that is not JSON is shown unchanged. Lines wider than the view continue on the next row.
///
/// See [`JsonTreeView`] for an example.
#[component]
pub fn JsonText(
    /// The text. A new one replaces the lines.
    #[prop(into)]
    text: JsonSource,
) -> impl IntoView {
    let document = Document::new(text.text(), Work::new());
    view! { <DocumentText document /> }
}
