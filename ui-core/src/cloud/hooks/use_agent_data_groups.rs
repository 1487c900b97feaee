//! Groups of records.

use std::sync::Arc;

use workflow_cloud::{AggregateRequest, Group};

use super::asking::{RefreshAgentData, UseAgentDataOptions, asking};
use crate::cloud::error::AgentDataError;
use crate::cloud::wire::Ask;
use crate::reactive::*;

/// What [`use_agent_data_groups`] gives. Destructure it with `..`; more fields may come.
#[derive(Clone, Copy, Debug)]
pub struct UseAgentDataGroupsReturn {
    /// The groups. While those of another question are awaited, the groups before stay.
    pub groups: Signal<Vec<Arc<Group>>>,
    /// Whether an answer is awaited.
    pub loading: Signal<bool>,
    /// Why the newest request failed; the groups are as they were before. Cleared by the next answer.
    pub error: Signal<Option<AgentDataError>>,
    /// Asks again.
    pub refresh: RefreshAgentData,
}

/// Groups records by fields, and keeps the groups fresh. All pages are read, up to 10 000 groups.
///
/// `request` may be a signal. Its empty names of deployment and collection are the client's; a filter that matches nothing asks nothing.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseAgentDataGroupsReturn, use_agent_data_groups};
/// use workflow_ui_core::agent_data::AggregateRequest;
///
/// #[component]
/// fn ByStatus() -> impl IntoView {
///     let request = AggregateRequest {
///         group_by: vec!["status".to_owned()],
///         count: true,
///         ..AggregateRequest::default()
///     };
///     let UseAgentDataGroupsReturn { groups, .. } = use_agent_data_groups(request);
///     view! {
///         <ul>
///             {move || groups.get().iter().map(|group| view! {
///                 <li>{group.group_key["status"].to_string()} ": " {group.count}</li>
///             }).collect_view()}
///         </ul>
///     }
/// }
/// ```
///
/// # Lifecycle
/// As [`use_agent_data_item`](super::use_agent_data_item).
///
/// # Errors
/// As [`use_agent_data_item`](super::use_agent_data_item).
#[track_caller]
pub fn use_agent_data_groups(request: impl Into<Signal<AggregateRequest>>) -> UseAgentDataGroupsReturn {
    use_agent_data_groups_with_options(request, UseAgentDataOptions::default())
}

/// [`use_agent_data_groups`] with settings.
#[track_caller]
pub fn use_agent_data_groups_with_options(
    request: impl Into<Signal<AggregateRequest>>,
    options: UseAgentDataOptions,
) -> UseAgentDataGroupsReturn {
    let request = request.into();
    let asking = asking(options, move || Some(Ask::Groups(Box::new(request.try_get()?))));
    let groups = Memo::new(move |before: Option<&Vec<Arc<Group>>>| {
        let groups = asking
            .get()
            .and_then(|asked| asked.with_answer(|answer| answer.groups.clone()));
        groups.unwrap_or_else(|| before.cloned().unwrap_or_default())
    });
    UseAgentDataGroupsReturn {
        groups: groups.into(),
        loading: asking.loading(),
        error: asking.error(),
        refresh: asking.refresh(),
    }
}
