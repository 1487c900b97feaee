//! The parts of an event's form under their old names, for components that are still built by hand.

use super::{EventErrors, EventFields, FormState, JsonToggle};
use crate::drafts::Drafts;
use crate::ui::{Call, El, Live, Mounted, element_of};
use leptos::tachys::html::node_ref::NodeRefContainer;
use leptos::{html, prelude::*};
use std::sync::Arc;
use web_sys::HtmlElement;
use workflow_inspector::form::Form;
use workflow_protocol::RawJson;
use workflow_ui_core::Error;

pub(crate) fn body(
    form: Live<Option<Arc<Form>>>,
    state: FormState,
    label: &'static str,
    no_fields: &'static str,
    on_submit: Call<()>,
) -> El {
    let on_submit = move |()| on_submit.run(());
    element_of(view! { <EventFields form state label no_fields on_submit /> })
}

pub(crate) fn general(state: FormState) -> Mounted<impl IntoView> {
    Mounted(view! { <EventErrors state /> })
}

pub(crate) fn json_button(form: Live<Option<Arc<Form>>>, state: FormState, node: HtmlElement) -> El {
    let element = node_ref(&node);
    element_of(view! { <JsonToggle form state element /> })
}

pub(crate) fn keep(drafts: Drafts, key: String, state: FormState) {
    state.keep_draft(drafts, key);
}

pub(crate) const fn laying(_: Live<Option<Arc<Form>>>, _: FormState) -> Option<El> {
    None
}

pub(crate) fn composed(
    state: FormState,
    form: &Arc<Form>,
    node: HtmlElement,
    then: impl FnOnce(RawJson) + 'static,
) {
    state.compose_event(form, node_ref(&node), then);
}

pub(crate) fn refused(state: FormState, form: &Form, error: &Error, node: &HtmlElement) {
    state.show_refusal(form, error, node_ref(node));
}

fn node_ref(node: &HtmlElement) -> NodeRef<html::Form> {
    let element = NodeRef::new();
    element.load(node);
    element
}

impl FormState {
    /// [`general_error`](Self::general_error).
    pub(crate) fn general(self) -> String {
        self.general_error()
    }
}
