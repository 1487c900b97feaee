//! Errors as text in `view!`.

use crate::Error;
use tachys::html::attribute::Attribute;
use tachys::html::attribute::any_attribute::AnyAttribute;
use tachys::hydration::Cursor;
use tachys::view::add_attr::AddAnyAttr;
use tachys::view::{Position, PositionState, Render, RenderHtml};

/// An error is rendered as its [`Display`](std::fmt::Display) text.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::use_workflows;
///
/// #[component]
/// fn Failure() -> impl IntoView {
///     let workflows = use_workflows();
///     view! { <p role="alert" translate="no">{workflows.error}</p> }
/// }
/// ```
impl Render for Error {
    type State = <String as Render>::State;

    fn build(self) -> Self::State {
        self.to_string().build()
    }

    fn rebuild(self, state: &mut Self::State) {
        self.to_string().rebuild(state);
    }
}

impl AddAnyAttr for Error {
    type Output<SomeNewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

impl RenderHtml for Error {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.to_string()
            .to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        self.to_string().hydrate::<FROM_SERVER>(cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}
