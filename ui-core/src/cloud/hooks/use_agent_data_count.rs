//! How many records fit a question.

use workflow_cloud::Filter;

use super::asking::{RefreshAgentData, UseAgentDataOptions, asking};
use crate::cloud::client::count_of;
use crate::cloud::error::AgentDataError;
use crate::cloud::wire::Ask;
use crate::reactive::*;

/// What [`use_agent_data_count`] gives. Destructure it with `..`; more fields may come.
#[derive(Clone, Copy, Debug)]
pub struct UseAgentDataCountReturn {
    /// The number of records; none until the first answer. While another filter's is awaited, the number before stays.
    pub count: Signal<Option<u64>>,
    /// Whether an answer is awaited.
    pub loading: Signal<bool>,
    /// Why the newest request failed; the number is as it was before. Cleared by the next answer.
    pub error: Signal<Option<AgentDataError>>,
    /// Asks again.
    pub refresh: RefreshAgentData,
}

/// Counts the records that fit a filter, exactly, and keeps the number fresh. `filter` may be a signal; a filter that matches nothing
/// asks nothing.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseAgentDataCountReturn, use_agent_data_count};
/// use workflow_ui_core::agent_data::field;
///
/// #[component]
/// fn Pending() -> impl IntoView {
///     let UseAgentDataCountReturn { count, .. } = use_agent_data_count(field("status").eq("pending_review"));
///     view! { <p translate="no">{move || count.get()}</p> }
/// }
/// ```
///
/// # Lifecycle
/// As [`use_agent_data_item`](super::use_agent_data_item).
///
/// # Errors
/// As [`use_agent_data_item`](super::use_agent_data_item).
#[track_caller]
pub fn use_agent_data_count(filter: impl Into<Signal<Filter>>) -> UseAgentDataCountReturn {
    use_agent_data_count_with_options(filter, UseAgentDataOptions::default())
}

/// [`use_agent_data_count`] with settings.
#[track_caller]
pub fn use_agent_data_count_with_options(
    filter: impl Into<Signal<Filter>>,
    options: UseAgentDataOptions,
) -> UseAgentDataCountReturn {
    let filter = filter.into();
    let asking = asking(options, move || {
        Some(Ask::Groups(Box::new(count_of(filter.try_get()?))))
    });
    let count = Memo::new(move |before: Option<&Option<u64>>| {
        let sum = asking.get().and_then(|asked| {
            // Over no records there is no group, or one with 0.
            asked.with_answer(|answer| answer.groups.iter().filter_map(|group| group.count).sum())
        });
        sum.or_else(|| before.copied().flatten())
    });
    UseAgentDataCountReturn {
        count: count.into(),
        loading: asking.loading(),
        error: asking.error(),
        refresh: asking.refresh(),
    }
}
