//! An element of ours inside `view!`.

use super::El;
use leptos::prelude::{AddAnyAttr, IntoAny, IntoView, Mountable, Render, RenderHtml};
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{Position, PositionState};
use send_wrapper::SendWrapper;
use web_sys::Element;

/// An element of the components, as a view: what their `#[component]` functions return.
///
/// For client-side rendering. A server renders nothing in its place, and attributes spread onto it are ignored.
#[derive(Clone, Debug)]
pub struct View(SendWrapper<El>);

impl From<El> for View {
    fn from(element: El) -> Self {
        Self(SendWrapper::new(element))
    }
}

impl Render for View {
    type State = Element;

    fn build(self) -> Element {
        self.0.take().0.into()
    }

    fn rebuild(self, state: &mut Element) {
        let new = self.build();
        // Both are elements; a parent takes the one as well as the other.
        let _ = state.replace_with_with_node_1(&new);
        *state = new;
    }
}

impl AddAnyAttr for View {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self::Output<NewAttr>
    where
        Self::Output<NewAttr>: RenderHtml,
    {
        self
    }
}

impl RenderHtml for View {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Element {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// The element that a view with a single root element builds. For the time in which some components are still built by hand.
pub fn element_of(view: impl IntoView) -> El {
    let state = view.into_any().build();
    let element = state.elements().into_iter().next();
    super::keep(SendWrapper::new(state));
    El::of(element.unwrap_or_else(|| crate::dom::Dom::create_element("div", None)))
}

/// A view as a child of an element that is built by hand.
#[derive(Debug)]
pub struct Mounted<V>(pub V);

impl<V: IntoView> super::Child for Mounted<V> {
    fn add_to(self, parent: &web_sys::HtmlElement) {
        let mut state = self.0.into_any().build();
        state.mount(parent, None);
        super::keep(SendWrapper::new(state));
    }
}
