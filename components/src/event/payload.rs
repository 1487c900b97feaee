//! The payload of an event as a tree and as text.

use crate::copy::{CopyButton, selected_text};
use crate::dom::key_press;
use crate::json_view::{Document, DocumentText, DocumentTree, SearchBar};
use crate::work::{Work, WorkBar};
use leptos::{html, prelude::*};
use std::sync::Arc;
use web_sys::KeyboardEvent;

/// The views of a payload with their bar. They stay when another event is shown, and change their content.
#[component]
pub(super) fn PayloadViews(
    #[prop(into)] payload: Signal<Arc<str>>,
    /// The whole text of an event that could not be decoded.
    #[prop(into)]
    raw: Signal<Option<Arc<str>>>,
    /// Whether the text is shown instead of the tree.
    as_text: RwSignal<bool>,
) -> impl IntoView {
    let work = Work::new();
    let document = Document::new(payload, work);
    let has_active_row = document.has_active_row();
    let is_disabled = Signal::derive(move || !has_active_row.get());
    let copy_value = NodeRef::<html::Button>::new();
    let on_key = move |event: KeyboardEvent| {
        if is_copy(&event)
            && let Some(button) = copy_value.get_untracked()
            && !button.disabled()
        {
            event.prevent_default();
            button.click();
        }
    };
    view! {
        <div class="wf-event__bar">
            <div class="wf-event__views" role="group" aria-label="Payload as">
                <ViewButton label="Tree" text=false as_text />
                <ViewButton label="Text" text=true as_text />
            </div>
            <CopyButton
                label="Copy value"
                text="Value"
                value=move || document.value()
                disabled=is_disabled
                button_ref=copy_value
            />
            <CopyButton
                label="Copy path"
                text="Path"
                value=move || document.path()
                disabled=is_disabled
            />
            <SearchBar document label="Search in event" />
        </div>
        <WorkBar work label="Reading the payload" />
        <div class="wf-run__panel" hidden=as_text>
            <pre
                class="wf-event__raw"
                role="region"
                aria-label="Text of the frame"
                tabindex="0"
                translate="no"
                hidden=move || raw.with(Option::is_none)
            >
                {move || raw.get().map(|raw| raw.to_string())}
            </pre>
            <DocumentTree document label="Payload as a tree" on:keydown=on_key />
        </div>
        <div class="wf-run__panel" hidden=move || !as_text.get()>
            <DocumentText document />
        </div>
    }
}

#[component]
fn ViewButton(label: &'static str, text: bool, as_text: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="wf-button wf-button--plain"
            aria-pressed=move || (as_text.get() == text).to_string()
            on:click=move |_| as_text.set(text)
        >
            {label}
        </button>
    }
}

/// Whether these are the keys that copy, and nothing is selected that they would copy by themselves.
fn is_copy(event: &KeyboardEvent) -> bool {
    key_press(event).is_some_and(|event| {
        event.key() == "c"
            && (event.ctrl_key() || event.meta_key())
            && !event.alt_key()
            && selected_text().is_empty()
    })
}
