//! The message about the last action.

use crate::state::WorkspaceState;
use leptos::prelude::*;
use workflow_ui_components::icon::{Icon, IconView};

/// The notice as an alert that can be dismissed.
#[component]
pub(super) fn Notice() -> impl IntoView {
    let WorkspaceState { notice, .. } = expect_context();
    // Each message is a new element, so that a repeated one is announced again.
    let count = StoredValue::new(0_u32);
    let messages = move || {
        count.update_value(|count| *count = count.wrapping_add(1));
        notice.get().map(|text| (count.get_value(), text))
    };
    view! {
        <div>
            <For
                each=messages
                key=|(number, _)| *number
                children=move |(_, text)| {
                    view! {
                        <div class="wf-page__notice" role="alert">
                            <span class="wf-grow wf-error">{text}</span>
                            <button
                                type="button"
                                class="wf-button wf-button--plain wf-button--icon"
                                aria-label="Dismiss"
                                on:click=move |_| notice.set(None)
                            >
                                <IconView icon=Icon::Cross />
                            </button>
                        </div>
                    }
                }
            />
        </div>
    }
}
