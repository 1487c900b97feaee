//! A JSON text as a foldable tree and as lines: windowed lists over the bytes as they came, whatever their size.

mod document;
mod search;
mod text;
mod tree;

use crate::ui::View;
use crate::ui::{El, Live};
use crate::work::Work;
pub(crate) use document::{Document, document};
use leptos::prelude::{IntoView, component};
pub(crate) use search::search_bar;
use std::sync::Arc;
pub(crate) use text::text_view;
pub(crate) use tree::tree_view;

const STYLE: &str = include_str!("json_view.css");

/// A JSON text as a tree. Containers deeper than two levels start folded.
///
/// Text that is no JSON shows what stands before its first error; [`JsonText`] shows it whole.
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
    tree_view(&document(text, Work::new()), label)
}

/// A JSON text on indented lines; what is no JSON as it came. Lines that are wider than their place go on below.
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
    text_view(&document(text, Work::new()))
}
