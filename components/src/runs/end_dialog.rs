//! Asks before runs are cancelled or deleted, and does it.

use super::ListState;
use crate::dialog::Dialog;
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use workflow_inspector::text::count;
use workflow_ui_core::{Error, use_workflow_client};

/// The dialog that cancels or deletes the target runs.
#[component]
pub(super) fn EndDialog(state: ListState, delete: bool) -> impl IntoView {
    let (open, title) = if delete {
        (state.deleting, "Delete runs?")
    } else {
        (state.cancelling, "Cancel runs?")
    };
    // They outlive the content of the dialog: closed and opened again, it starts nothing twice.
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None);
    view! {
        <Dialog open title>
            <EndForm state open delete busy error />
        </Dialog>
    }
}

#[component]
fn EndForm(
    state: ListState,
    open: RwSignal<bool>,
    delete: bool,
    busy: RwSignal<bool>,
    error: RwSignal<Option<String>>,
) -> impl IntoView {
    let ListState {
        targets, selected, ..
    } = state;
    let client = use_workflow_client();
    if !busy.get_untracked() {
        error.set(None);
    }
    let end = move |_| {
        let Some(client) = client.clone() else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let ids = targets.get_untracked();
        spawn_local(async move {
            for id in ids {
                match client.cancel(&id, delete).await {
                    // 404: the run was deleted or has ended already.
                    Ok(_) | Err(Error::Status { status: 404, .. }) => {
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
                open.try_set(false);
            }
        });
    };
    let (label, icon, about) = if delete {
        (
            "Delete runs",
            Icon::Bin,
            "to delete. Runs that have not ended are cancelled first; the server forgets all events of what is deleted. This can't be undone.",
        )
    } else {
        (
            "Cancel runs",
            Icon::Stop,
            "to cancel, of those that are selected and have not ended.",
        )
    };
    view! {
        <div class="wf-part">
            <div class="wf-form">
                <p class="wf-note" translate="no">
                    {move || format!("{} {about}", count(targets.with(Vec::len) as u64))}
                </p>
                <Show when=move || error.with(Option::is_some)>
                    <p class="wf-error" role="alert" translate="no">
                        {error}
                    </p>
                </Show>
            </div>
            <div class="wf-form__foot">
                <button type="button" class="wf-button" on:click=move |_| open.set(false)>
                    "Keep them"
                </button>
                <button type="button" class="wf-button wf-button--danger" disabled=busy on:click=end>
                    <IconView icon />
                    {label}
                </button>
            </div>
        </div>
    }
}
