//! The records that fit a question.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use workflow_cloud::{AgentData, DEFAULT_PAGE_SIZE, RowError, SearchRequest};

use super::asking::{Asking, RefreshAgentData, UseAgentDataOptions, asking};
use crate::cloud::error::AgentDataError;
use crate::cloud::wire::{Ask, Record};
use crate::reactive::*;

/// A record of a hook: an error of its own if its data do not have the type `T`.
pub type AgentDataRow<T> = Result<Arc<AgentData<T>>, Arc<RowError>>;

/// A record with its data decoded.
pub(super) fn row<T: DeserializeOwned>(record: &Record) -> AgentDataRow<T> {
    record.clone().decode().map(Arc::new).map_err(Arc::new)
}

/// What [`use_agent_data_search`] gives. Destructure it with `..`; more fields may come.
#[derive(Debug)]
pub struct UseAgentDataSearchReturn<T: Send + Sync + 'static> {
    /// The records of all pages so far, in order, each once. While the first page of another question is awaited, those of the question
    /// before stay: see [`is_previous`](Self::is_previous).
    pub rows: Signal<Vec<AgentDataRow<T>>>,
    /// Whether the rows are those of the question before.
    pub is_previous: Signal<bool>,
    /// The number of all matching records, if the request has `include_total`; LlamaCloud may estimate it. Exact is
    /// [`use_agent_data_count`](super::use_agent_data_count).
    pub total: Signal<Option<u64>>,
    /// Whether there are further pages.
    pub has_more: Signal<bool>,
    /// Adds the next page.
    pub load_more: LoadMoreAgentData,
    /// Whether an answer is awaited.
    pub loading: Signal<bool>,
    /// Why the newest request failed; the rows are as they were before. Cleared by the next answer.
    pub error: Signal<Option<AgentDataError>>,
    /// Asks again, for as many rows as there are.
    pub refresh: RefreshAgentData,
}

impl<T: Send + Sync> Clone for UseAgentDataSearchReturn<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for UseAgentDataSearchReturn<T> {}

/// Reads the records that fit a question, page after page, and keeps them fresh.
///
/// `request` may be a signal. Its empty names of deployment and collection are the client's; a filter that matches nothing asks nothing.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseAgentDataSearchReturn, use_agent_data_search};
/// use workflow_ui_core::agent_data::{Order, SearchRequest, field};
///
/// #[component]
/// fn Adults(least: RwSignal<u32>) -> impl IntoView {
///     let request = Signal::derive(move || SearchRequest {
///         filter: field("age").gte(least.get()),
///         order_by: Order::by("name"),
///         ..SearchRequest::default()
///     });
///     let UseAgentDataSearchReturn { rows, has_more, load_more, .. } =
///         use_agent_data_search::<serde_json::Value>(request);
///     view! {
///         <ul>
///             <For each=move || rows.get().into_iter().flatten() key=|row| (row.id.clone(), row.updated_at) let:row>
///                 <li>{row.data["name"].to_string()}</li>
///             </For>
///         </ul>
///         <button on:click=move |_| load_more.call() hidden=move || !has_more.get()>"More"</button>
///     }
/// }
/// ```
///
/// # Lifecycle
/// As [`use_agent_data_item`](super::use_agent_data_item). An answer to an older question never takes the place of a newer one's. Asking
/// again reads as many rows as are shown, up to 1 000 in one request. A record that moves between two pages while they are read is there
/// once.
///
/// # Errors
/// As [`use_agent_data_item`](super::use_agent_data_item).
#[track_caller]
pub fn use_agent_data_search<T>(request: impl Into<Signal<SearchRequest>>) -> UseAgentDataSearchReturn<T>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    use_agent_data_search_with_options(request, UseAgentDataOptions::default())
}

/// [`use_agent_data_search`] with settings.
#[track_caller]
pub fn use_agent_data_search_with_options<T>(
    request: impl Into<Signal<SearchRequest>>,
    options: UseAgentDataOptions,
) -> UseAgentDataSearchReturn<T>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let request = request.into();
    let asking = asking(options, move || Some(Ask::Search(Box::new(request.try_get()?))));
    // How many rows this hook shows; others that ask the same may show more.
    let limit = Memo::new(move |_| request.try_with(page_rows).unwrap_or_default());
    let shown: RwSignal<Option<(usize, usize)>> = RwSignal::new(None);
    let wanted = move || {
        let page = limit.get();
        // A number of pages belongs to the question it was asked for.
        let key = question_key(asking);
        let pages = shown
            .get()
            .filter(|(asked, _)| *asked == key)
            .map_or(1, |(_, pages)| pages);
        page.saturating_mul(pages)
    };
    let raw = Memo::new_with_compare(
        move |before: Option<&Shown>| {
            let limit = wanted();
            let answer = asking.get().and_then(|asked| {
                asked.with_answer(|answer| Shown {
                    rows: answer.rows.iter().take(limit).cloned().collect(),
                    total: answer.total,
                    has_more: answer.next.is_some() || answer.rows.len() > limit,
                    is_previous: false,
                })
            });
            answer.unwrap_or_else(|| Shown {
                is_previous: true,
                ..before.cloned().unwrap_or_default()
            })
        },
        |before, now| before != now,
    );
    let rows = Memo::new_with_compare(
        move |before: Option<&Vec<Decoded<T>>>| {
            raw.with(|shown| decode_rows(&shown.rows, before.map(Vec::as_slice).unwrap_or_default()))
        },
        |_, _| true,
    );
    UseAgentDataSearchReturn {
        rows: Signal::derive(move || rows.with(|rows| rows.iter().map(|row| row.row.clone()).collect())),
        is_previous: Signal::derive(move || raw.with(|shown| shown.is_previous && !shown.rows.is_empty())),
        total: Signal::derive(move || raw.with(|shown| shown.total)),
        has_more: Signal::derive(move || raw.with(|shown| shown.has_more)),
        load_more: LoadMoreAgentData {
            asking,
            limit,
            shown,
            raw,
        },
        loading: asking.loading(),
        error: asking.error(),
        refresh: asking.refresh(),
    }
}

/// Adds a page of records to a hook.
#[derive(Clone, Copy, Debug)]
pub struct LoadMoreAgentData {
    asking: Asking,
    limit: Memo<usize>,
    shown: RwSignal<Option<(usize, usize)>>,
    raw: Memo<Shown>,
}

impl LoadMoreAgentData {
    /// Adds the next page. Does nothing while one is awaited, and after the last one.
    pub fn call(&self) {
        let key = untrack(|| question_key(self.asking));
        let pages = self.shown.try_get_untracked().flatten();
        let pages = pages
            .filter(|(asked, _)| *asked == key)
            .map_or(1, |(_, pages)| pages);
        let (Some(asked), Some(limit)) = (self.asking.get_untracked(), self.limit.try_get_untracked()) else {
            return;
        };
        let has_next = self.raw.try_with_untracked(|shown| {
            let is_awaited = asked.is_asking() && shown.rows.len() < limit.saturating_mul(pages);
            shown.has_more && !shown.is_previous && !is_awaited
        });
        if has_next == Some(true) {
            self.pages(pages.saturating_add(1));
        }
    }

    /// Shows this many pages, at least one.
    pub fn pages(&self, pages: usize) {
        let (Some(asked), Some(limit)) = (self.asking.get_untracked(), self.limit.try_get_untracked()) else {
            return;
        };
        let key = untrack(|| question_key(self.asking));
        let pages = pages.max(1);
        let _ = self.shown.try_set(Some((key, pages)));
        asked.want(pages.saturating_mul(limit));
    }
}

/// Tells questions of one hook apart.
fn question_key(asking: Asking) -> usize {
    asking.get().map_or(0, |asked| asked.number())
}

fn page_rows(request: &SearchRequest) -> usize {
    let size = request.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
    usize::try_from(size).unwrap_or(usize::MAX).max(1)
}

/// What a hook shows of the pages.
#[derive(Clone, Debug, Default)]
struct Shown {
    rows: Vec<Arc<Record>>,
    total: Option<u64>,
    has_more: bool,
    is_previous: bool,
}

/// Records that did not change are the same ones.
impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.is_previous == other.is_previous
            && self.has_more == other.has_more
            && self.total == other.total
            && self.rows.len() == other.rows.len()
            && self
                .rows
                .iter()
                .zip(&other.rows)
                .all(|(one, two)| Arc::ptr_eq(one, two))
    }
}

/// A record, and what it was decoded from.
struct Decoded<T> {
    raw: Arc<Record>,
    row: AgentDataRow<T>,
}

/// Decodes records; those that were decoded before stay.
fn decode_rows<T: DeserializeOwned>(records: &[Arc<Record>], before: &[Decoded<T>]) -> Vec<Decoded<T>> {
    let rows = records.iter().enumerate().map(|(at, raw)| {
        let is_same = |known: &&Decoded<T>| Arc::ptr_eq(&known.raw, raw);
        let known = before
            .get(at)
            .filter(is_same)
            .or_else(|| before.iter().find(is_same));
        Decoded {
            raw: raw.clone(),
            row: known.map_or_else(|| row(raw), |known| known.row.clone()),
        }
    });
    rows.collect()
}
