//! Asks before records are deleted, and does it.

use super::Items;
use crate::dialog::Dialog;
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use workflow_inspector::text::count;
use workflow_ui_core::{
    AgentDataError, DeleteAgentData, UseAgentDataOptions, UseAgentDataWriteReturn,
    use_agent_data_write_with_options,
};

/// The dialog that deletes the target records.
#[component]
pub(super) fn DeleteDialog(items: Items, options: UseAgentDataOptions) -> impl IntoView {
    let UseAgentDataWriteReturn { delete, .. } =
        use_agent_data_write_with_options::<serde_json::Value>(options);
    // They outlive the content of the dialog: closed and opened again, it starts nothing twice.
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None);
    view! {
        <Dialog open=items.deleting title="Delete records?">
            <DeleteForm items delete busy error />
        </Dialog>
    }
}

#[component]
fn DeleteForm(
    items: Items,
    delete: DeleteAgentData,
    busy: RwSignal<bool>,
    error: RwSignal<Option<String>>,
) -> impl IntoView {
    let Items {
        targets,
        selected,
        deleting,
        ..
    } = items;
    if !busy.get_untracked() {
        error.set(None);
    }
    let run = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let ids = targets.get_untracked();
        spawn_local(async move {
            for id in ids {
                match delete.call(id.clone()).await {
                    // 404: already deleted.
                    Ok(()) | Err(AgentDataError::NotFound(_)) => {
                        for list in [targets, selected] {
                            list.try_update(|list| list.retain(|known| *known != id));
                        }
                    }
                    Err(failure) => {
                        error.try_set(Some(failure.to_string()));
                    }
                }
            }
            busy.try_set(false);
            if targets.try_with_untracked(Vec::is_empty) == Some(true) {
                deleting.try_set(false);
            }
        });
    };
    let question = move || match targets.with(Vec::len) {
        1 => "1 record is deleted. This can't be undone.".to_owned(),
        many => format!(
            "{} records are deleted. This can't be undone.",
            count(many as u64)
        ),
    };
    view! {
        <div class="wf-part">
            <div class="wf-form">
                <p class="wf-note" translate="no">
                    {question}
                </p>
                <Show when=move || error.with(Option::is_some)>
                    <p class="wf-error" role="alert" translate="no">
                        {error}
                    </p>
                </Show>
            </div>
            <div class="wf-form__foot">
                <button type="button" class="wf-button" on:click=move |_| deleting.set(false)>
                    "Keep them"
                </button>
                <button type="button" class="wf-button wf-button--danger" disabled=busy on:click=run>
                    <IconView icon=Icon::Bin />
                    "Delete records"
                </button>
            </div>
        </div>
    }
}
