//! What a page shows beside each field of a form.

use leptos::prelude::*;
use workflow_inspector::form::Field;

/// Makes what is shown below each field of the forms under the current owner.
#[derive(Clone, Copy)]
pub(crate) struct FieldAside(pub(crate) Callback<Field, Option<AnyView>>);

/// What belongs beside this field, if a page has something to say about it.
pub(super) fn aside_of(field: &Field) -> Option<AnyView> {
    let FieldAside(make) = use_context()?;
    make.run(field.clone())
}
