//! Asks before runs are cancelled or deleted, and does it.

use super::ListState;
use crate::dialog::{Each, EachDialog};
use crate::icon::Icon;
use futures::FutureExt as _;
use leptos::prelude::*;
use workflow_inspector::text::count;
use workflow_ui_core::{Error, use_workflow_client};

/// The dialog that cancels or deletes the target runs.
#[component]
pub(super) fn EndDialog(state: ListState, delete: bool) -> impl IntoView {
    let (open, title, button, about) = if delete {
        (
            state.deleting,
            "Delete runs?",
            ("Delete runs", Icon::Bin),
            "to delete. Runs that have not ended are cancelled first; the server forgets all events of what is deleted. This can't be undone.",
        )
    } else {
        (
            state.cancelling,
            "Cancel runs?",
            ("Cancel runs", Icon::Stop),
            "to cancel, of those that are selected and have not ended.",
        )
    };
    let targets = state.targets;
    let client = use_workflow_client();
    let act = UnsyncCallback::new(move |id: String| {
        let client = client.clone();
        async move {
            let Some(client) = client else {
                return Err(Error::NoClient.to_string());
            };
            match client.cancel(&id, delete).await {
                // 404: the run was deleted or has ended already.
                Ok(_) | Err(Error::Status { status: 404, .. }) => Ok(()),
                Err(failure) => Err(failure.to_string()),
            }
        }
        .boxed_local()
    });
    let each = Each {
        open,
        targets,
        selected: state.selected,
        question: Signal::derive(move || format!("{} {about}", count(targets.with(Vec::len) as u64))),
        button,
        act,
    };
    view! { <EachDialog title each /> }
}
