//! Asks before records are deleted, and does it.

use super::Items;
use crate::dialog::{Each, EachDialog};
use crate::icon::Icon;
use futures::FutureExt as _;
use leptos::prelude::*;
use workflow_inspector::text::count;
use workflow_ui_core::{
    AgentDataError, UseAgentDataOptions, UseAgentDataWriteReturn, use_agent_data_write_with_options,
};

/// The dialog that deletes the target records.
#[component]
pub(super) fn DeleteDialog(items: Items, options: UseAgentDataOptions) -> impl IntoView {
    let UseAgentDataWriteReturn { delete, .. } =
        use_agent_data_write_with_options::<serde_json::Value>(options);
    let targets = items.targets;
    let question = Signal::derive(move || match targets.with(Vec::len) {
        1 => "1 record is deleted. This can't be undone.".to_owned(),
        many => format!(
            "{} records are deleted. This can't be undone.",
            count(many as u64)
        ),
    });
    let act = UnsyncCallback::new(move |id: String| {
        let deleting = delete.call(id);
        async move {
            match deleting.await {
                // 404: already deleted.
                Ok(()) | Err(AgentDataError::NotFound(_)) => Ok(()),
                Err(failure) => Err(failure.to_string()),
            }
        }
        .boxed_local()
    });
    let each = Each {
        open: items.deleting,
        targets,
        selected: items.selected,
        question,
        button: ("Delete records", Icon::Bin),
        act,
    };
    view! { <EachDialog title="Delete records?" each /> }
}
