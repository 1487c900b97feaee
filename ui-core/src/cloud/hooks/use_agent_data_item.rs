//! One record.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::asking::{RefreshAgentData, UseAgentDataOptions, asking};
use super::use_agent_data_search::{AgentDataRow, row};
use crate::cloud::error::AgentDataError;
use crate::cloud::wire::Ask;
use crate::reactive::*;

/// What [`use_agent_data_item`] gives. Destructure it with `..`; more fields may come.
#[derive(Debug)]
pub struct UseAgentDataItemReturn<T: Send + Sync + 'static> {
    /// The record; none while it is awaited and if there is none. One whose data are of another shape is an error of its own.
    pub item: Signal<Option<AgentDataRow<T>>>,
    /// Whether the service said that there is no such record: it never was, or it was deleted.
    pub missing: Signal<bool>,
    /// Whether an answer is awaited. What is shown stays meanwhile.
    pub loading: Signal<bool>,
    /// Why the newest request failed; the record is as it was before. Cleared by the next answer.
    pub error: Signal<Option<AgentDataError>>,
    /// Asks again.
    pub refresh: RefreshAgentData,
}

impl<T: Send + Sync> Clone for UseAgentDataItemReturn<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for UseAgentDataItemReturn<T> {}

/// Reads one record and keeps it fresh. `id` may be a signal; `None`, or an empty id, means none.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use serde::Deserialize;
/// use workflow_ui_core::{UseAgentDataItemReturn, use_agent_data_item};
///
/// #[derive(Deserialize)]
/// struct Person { name: String }
///
/// #[component]
/// fn Name(id: Signal<Option<String>>) -> impl IntoView {
///     let UseAgentDataItemReturn { item, missing, error, .. } = use_agent_data_item::<Person>(id);
///     view! {
///         <p>{move || item.get().and_then(Result::ok).map(|person| person.data.name.clone())}</p>
///         <p hidden=move || !missing.get()>"There is no such person."</p>
///         <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// Hooks of one client that read the same record share one request. It is read again after every write of this page or of another tab
/// to its collection, when the page is shown again, and every 30 seconds ([`UseAgentDataOptions`]). When the id changes, the record
/// before is not shown any longer. Cleaning up the owner aborts its requests.
///
/// # Errors
/// `error` has the service's words; [`AgentDataError::NoClient`] outside a provider.
#[track_caller]
pub fn use_agent_data_item<T>(id: impl Into<Signal<Option<String>>>) -> UseAgentDataItemReturn<T>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    use_agent_data_item_with_options(id, UseAgentDataOptions::default())
}

/// [`use_agent_data_item`] with settings.
#[track_caller]
pub fn use_agent_data_item_with_options<T>(
    id: impl Into<Signal<Option<String>>>,
    options: UseAgentDataOptions,
) -> UseAgentDataItemReturn<T>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let id = id.into();
    let asking = asking(options, move || {
        let id = id.try_get().flatten().filter(|id| !id.is_empty())?;
        Some(Ask::Item(id))
    });
    let raw = Memo::new_with_compare(
        move |_| asking.get()?.with_answer(|answer| answer.rows.first().cloned())?,
        |before, now| match (before, now) {
            (Some(Some(before)), Some(Some(now))) => !Arc::ptr_eq(before, now),
            (before, now) => before.is_some_and(Option::is_some) != now.is_some_and(Option::is_some),
        },
    );
    let item = Memo::new_with_compare(move |_| raw.get().map(|record| row(&record)), |_, _| true);
    UseAgentDataItemReturn {
        item: item.into(),
        missing: Signal::derive(move || {
            let is_empty = asking
                .get()
                .and_then(|asked| asked.with_answer(|answer| answer.rows.is_empty()));
            is_empty.unwrap_or(false)
        }),
        loading: asking.loading(),
        error: asking.error(),
        refresh: asking.refresh(),
    }
}
