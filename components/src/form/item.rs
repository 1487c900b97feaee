//! Rows that can be removed: the items of a list, the entries of a map.

use super::FormState;
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use std::sync::Arc;
use workflow_inspector::form::{Field, FieldKind};

/// An item of a list or an entry of a map, with its key and the button that removes it.
#[component]
pub(super) fn GroupItem(
    group: Arc<Field>,
    position: usize,
    /// The item's field.
    inner: AnyView,
    state: FormState,
) -> impl IntoView {
    let key = matches!(group.kind, FieldKind::Map { .. }).then(|| {
        let items = state.inputs.with_untracked(|inputs| group.items(inputs));
        let text = items.into_iter().nth(position).map(|item| item.key);
        let group = Arc::clone(&group);
        let on_input = move |key: String| {
            state
                .inputs
                .update(|inputs| group.rename_item(inputs, position, &key));
            state.clear_errors_inside(&group.name);
        };
        view! { <KeyInput text=text.unwrap_or_default() on_input /> }
    });
    let label = format!("Remove {} of {}", position + 1, group.label);
    let remove = move |()| {
        state.inputs.update(|inputs| group.remove_item(inputs, position));
        // The errors of the items behind it name other positions.
        state.clear_errors_inside(&group.name);
    };
    view! {
        <div class="wf-group__item">
            {key} <div class="wf-grow">{inner}</div> <RemoveButton label on_click=remove />
        </div>
    }
}

/// The key of a row.
#[component]
pub(super) fn KeyInput(
    /// The key at first.
    text: String,
    #[prop(into)] on_input: Callback<String>,
) -> impl IntoView {
    view! {
        <input
            class="wf-input wf-group__key"
            type="text"
            aria-label="Key"
            placeholder="key"
            autocomplete="off"
            spellcheck="false"
            prop:value=text
            on:input=move |event| on_input.run(event_target_value(&event))
        />
    }
}

/// The button that removes a row.
#[component]
pub(super) fn RemoveButton(
    #[prop(into)] label: String,
    #[prop(into)] on_click: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="wf-button wf-button--plain wf-button--icon"
            aria-label=label
            on:click=move |_| on_click.run(())
        >
            <IconView icon=Icon::Cross />
        </button>
    }
}
