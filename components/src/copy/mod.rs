//! A button that copies a text to the clipboard and shows whether that worked.

use crate::dom::copy_text;
use crate::icon::{Icon, IconView};
use leptos::task::spawn_local;
use leptos::{html, prelude::*};
use std::time::Duration;

/// How long the outcome is shown.
const OUTCOME_SHOWN: Duration = Duration::from_secs(2);

/// A button that copies a text. For two seconds after a click its icon shows the outcome, which a `status` beside it announces.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::copy::CopyButton;
///
/// #[component]
/// fn HandlerId(id: Signal<String>) -> impl IntoView {
///     view! { <code>{id}</code> <CopyButton label="Copy id" value=id /> }
/// }
/// ```
#[component]
pub fn CopyButton(
    /// The name of the button.
    label: &'static str,
    /// The text to copy, read on each click.
    #[prop(into)]
    value: Signal<String>,
    /// The text on the button. Defaults to none: the icon alone is shown.
    #[prop(optional)]
    text: &'static str,
    /// The icon before the first click.
    #[prop(default = Icon::Copy)]
    icon: Icon,
    /// Whether the button is disabled.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Receives the button, so that others can press it.
    #[prop(optional)]
    button_ref: NodeRef<html::Button>,
) -> impl IntoView {
    let outcome = RwSignal::new(None::<bool>);
    let copy = move |_| {
        let value = value.get_untracked();
        spawn_local(async move {
            let copied = copy_text(value).await;
            outcome.try_set(Some(copied));
            set_timeout(
                move || {
                    outcome.try_set(None);
                },
                OUTCOME_SHOWN,
            );
        });
    };
    let shown = move || match outcome.get() {
        None => icon,
        Some(true) => Icon::Check,
        Some(false) => Icon::Cross,
    };
    let announced = move || match outcome.get() {
        None => "",
        Some(true) => "Copied",
        Some(false) => "The browser doesn't allow copying here",
    };
    let class = if text.is_empty() {
        "wf-button wf-button--plain wf-button--icon"
    } else {
        "wf-button"
    };
    view! {
        <button
            type="button"
            class=class
            aria-label=label
            title=label
            disabled=disabled
            node_ref=button_ref
            on:click=copy
        >
            <IconView icon=shown />
            {(!text.is_empty()).then(|| view! { <span class="wf-button__text">{text}</span> })}
        </button>
        <span class="wf-sr" role="status" translate="no">
            {announced}
        </span>
    }
}

/// The text that is selected on the page, so that keys which copy it are left alone.
pub(crate) fn selected_text() -> String {
    let selection = window().get_selection().ok().flatten();
    selection.map_or_else(String::new, |selection| selection.to_string().into())
}
